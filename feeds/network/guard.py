"""What stands between us and a hostile server: addresses that are never asked, and a deadline that closes the socket.

``requests`` and urllib3 time single reads, so a server that drips one byte a second can hold a thread for ever, and
they resolve before they connect, so a name can point elsewhere the second time. Here the connection is made to the
address that was checked, the peer is checked again on the connected socket, and one timer ends the whole.
"""

from __future__ import annotations

import contextlib
import ipaddress
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
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


class Stop:
    """Ends every fetch that it was given to, at once."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._guards: set[Guard] = set()
        self._lock = threading.Lock()

    @property
    def is_set(self) -> bool:
        """Whether everything is to end."""
        return self._set.is_set()

    def set(self) -> None:
        """End them, and those that begin later."""
        self._set.set()
        with self._lock:
            guards = list(self._guards)
        for guard in guards:
            guard.expire()

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the end."""
        self._set.wait(seconds)

    def add(self, guard: Guard) -> None:
        """A fetch begins."""
        with self._lock:
            self._guards.add(guard)
        if self.is_set:
            guard.expire()

    def discard(self, guard: Guard) -> None:
        """A fetch is done."""
        with self._lock:
            self._guards.discard(guard)


class Guard:
    """Watches the connections of one fetch.

    ``seconds`` is the time for the whole; ``private`` allows every address; ``stop`` ends it earlier. Use it as a
    context manager; after the time is over every open connection is shut down and ``expired`` is true.
    """

    def __init__(
        self, seconds: float, *, private: bool, resolver: Resolver = resolve, stop: Stop | None = None
    ) -> None:
        self.private = private
        self.expired = False
        self.refused = ""
        self._resolver = resolver
        self._end = time.monotonic() + seconds
        self._share_end = math.inf
        self._is_cut = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._stop = stop or Stop()
        self._resolved = threading.Event()
        self._timer = self._timer_of(seconds)

    def __enter__(self) -> Guard:
        self._timer.start()
        self._stop.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._stop.discard(self)
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, or until the end of a share; at least a hundredth."""
        return max(0.01, min(self._end, self._share_end) - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed, or the share that one of several was given."""
        return self.expired or self._is_cut

    @contextlib.contextmanager
    def share(self, seconds: float) -> Iterator[None]:
        """What is done inside has at most so much of the time: what hangs must leave some for the others."""
        self._is_cut, self._share_end = False, time.monotonic() + seconds
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._is_cut, self._share_end = False, math.inf

    def _cut(self) -> None:
        with self._lock:
            if time.monotonic() < self._share_end - 0.001:
                return
            self._is_cut = True
            self._shut_down()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """The deadline moves by as long as this takes: time that the server has no part in."""
        self._timer.cancel()
        start = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - start
            self._timer = self._timer_of(self.remaining)
            self._timer.start()

    def expire(self) -> None:
        """End the whole now."""
        with self._lock:
            self.expired = True
            self._resolved.set()
            self._shut_down()

    def _shut_down(self) -> None:
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _timer_of(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self.expire)
        timer.daemon = True
        return timer

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
        watched = self._watch(sock)
        try:
            sock.settimeout(min(_CONNECT_SECONDS, self.remaining))
            sock.connect((address, port))
            peer = str(sock.getpeername()[0])
            if not self.private and not is_public(peer):
                self.refused = peer
                raise Refused(f"{peer} is not a public address")
        except BaseException:
            sock.close()
            with self._lock:
                self._sockets.remove(watched)
                watched.close()
            raise
        return sock

    def _watch(self, sock: socket.socket) -> socket.socket:
        """Keep a second handle on the connection: TLS takes the first one away while it shakes hands."""
        with self._lock:
            if self.is_over:
                sock.close()
                raise TimeoutError("the deadline has passed")
            self._sockets.append(socket.socket(fileno=os.dup(sock.fileno())))
            return self._sockets[-1]

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
            done.set()

        with self._lock:
            done = self._resolved = threading.Event()
            if self.expired:
                done.set()
        threading.Thread(target=ask, daemon=True, name="resolve").start()
        done.wait(self.remaining)
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
