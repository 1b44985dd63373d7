"""What stands between us and a hostile server: addresses that are never asked, and a deadline that closes the socket.

``requests`` and urllib3 time single reads, so a server that drips one byte a second can hold a thread for ever, and
they resolve before they connect, so a name can point elsewhere the second time. Here the connection is made to the
address that was checked, the peer is checked again on the connected socket, and one timer ends the whole.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

Resolver: TypeAlias = Callable[[str, int], list[tuple[int, str]]]
"""From host and port to (address family, address); raises OSError."""

_CONNECT_SECONDS = 10.0
_MAPPED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))


class Refused(OSError):
    """The address may not be asked."""


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet: not loopback, link-local, private, multicast or reserved."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        # NAT64 and 6to4 carry an IPv4 address inside, which may be a private one.
        if any(ip in network for network in _MAPPED) or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def resolve(host: str, port: int) -> list[tuple[int, str]]:
    """The system's answer."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, str(address[0])) for family, _, _, _, address in found]


class Guard:
    """Watches the connections of one fetch.

    ``seconds`` is the time for the whole; ``private`` allows every address. Use it as a context manager; after the
    time is over every open connection is shut down and ``expired`` is true.
    """

    def __init__(self, seconds: float, *, private: bool, resolver: Resolver = resolve) -> None:
        self.private = private
        self.expired = False
        self.refused = ""
        self._resolver = resolver
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.expire)
        self._timer.daemon = True

    def __enter__(self) -> Guard:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, at least a hundredth."""
        return max(0.01, self._end - time.monotonic())

    def connect(self, host: str, port: int) -> socket.socket:
        """A connected socket whose peer was checked. Raises Refused or OSError."""
        problem: OSError = OSError("the name has no address")
        for family, address in self._addresses(host, port):
            if not self.private and not is_public(address):
                self.refused = address
                problem = Refused(f"{address} is not a public address")
                continue
            try:
                return self._open(family, address, port)
            except OSError as error:
                problem = error
        raise problem

    def _open(self, family: int, address: str, port: int) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(_CONNECT_SECONDS, self.remaining))
            sock.connect((address, port))
            peer = str(sock.getpeername()[0])
            if not self.private and not is_public(peer):
                self.refused = peer
                raise Refused(f"{peer} is not a public address")
            self._watch(sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def _watch(self, sock: socket.socket) -> None:
        """Keep a second handle on the connection: TLS takes the first one away while it shakes hands."""
        with self._lock:
            if self.expired:
                raise TimeoutError("the deadline has passed")
            self._sockets.append(socket.socket(fileno=os.dup(sock.fileno())))

    def expire(self) -> None:
        """Shut every connection down; what the timer does when the time is over."""
        with self._lock:
            self.expired = True
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def _addresses(self, host: str, port: int) -> list[tuple[int, str]]:
        """The host's addresses, waited for no longer than the deadline: the system's resolver cannot be stopped."""
        with contextlib.suppress(ValueError):
            ip = ipaddress.ip_address(host.strip("[]"))
            return [(socket.AF_INET if ip.version == 4 else socket.AF_INET6, str(ip))]
        answer: list[Any] = []

        def ask() -> None:
            try:
                answer.append(self._resolver(host, port))
            except (OSError, UnicodeError) as error:
                answer.append(OSError(f"the name cannot be resolved: {error}"))

        thread = threading.Thread(target=ask, daemon=True, name="resolve")
        thread.start()
        thread.join(self.remaining)
        if not answer:
            raise TimeoutError("the name was not resolved in time")
        if isinstance(answer[0], OSError):
            raise answer[0]
        return list(answer[0])


class GuardedAdapter(HTTPAdapter):
    """A transport of ``requests`` whose every connection is made by a guard."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        guard = self._guard

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return guard.connect(self.host, self.port or 80)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return guard.connect(self.host, self.port or 443)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
