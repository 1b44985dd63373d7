"""A real HTTP server on loopback that misbehaves on request.

::

    with Upstream() as up:
        up.serve("/feed.xml", answer(b"<rss/>", media_type="text/xml", etag='"1"'))
        up.serve("/flaky", status(503, {"Retry-After": "1"}), answer(b"ok"))   # one after the other
        fetch(source(up.url("/feed.xml")), ...)
        up.requests[0].headers["user-agent"]

A behaviour is a function of (connection, request); it owns the connection, which is closed after it.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType

Behaviour = Callable[["Connection", "Request"], None]


@dataclass(frozen=True)
class Request:
    """What a client asked: method, path with query, headers by lower-case name."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass
class Connection:
    """One client's connection; ``gone`` is set when the server shuts down."""

    sock: socket.socket
    gone: threading.Event
    sent: int = 0

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)
        self.sent += len(data)

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the server's end; raises when it has come."""
        if self.gone.wait(seconds):
            raise ConnectionAbortedError

    def wait_for(self, event: threading.Event) -> None:
        """Say nothing until the test sets ``event``, or the server ends."""
        while not event.wait(0.01):
            self.wait(0)


@dataclass
class Upstream:
    """The server; a context manager."""

    requests: list[Request] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self._behaviours: dict[str, list[Behaviour]] = {}
        self._gone = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Upstream:
        self._listener = socket.create_server((self.host, 0), backlog=512)
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._gone.set()
        # Closing a listener does not wake a blocked accept(); a last visitor does.
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname(), timeout=1).close()
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)
        self._listener.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}:{self.port}{path}"

    def serve(self, path: str, *behaviours: Behaviour) -> str:
        """Behave so at ``path``: one behaviour a request in turn, the last one for ever. Returns the address."""
        self._behaviours[path] = list(behaviours)
        return self.url(path)

    def asked(self, path: str) -> list[Request]:
        """The requests for one path."""
        return [request for request in self.requests if request.path.partition("?")[0] == path]

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._gone.is_set():
            with contextlib.suppress(OSError):
                sock, _ = self._listener.accept()
                self._start(self._talk, sock)

    def _talk(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.add(sock)
        try:
            request = _read_request(sock)
            if request is not None:
                self._behaviour(request)(Connection(sock, self._gone), request)
        except OSError:
            pass  # the client went away, as clients do
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _behaviour(self, request: Request) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            waiting = self._behaviours.get(request.path.partition("?")[0], [status(404)])
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _read_request(sock: socket.socket) -> Request | None:
    sock.settimeout(60)
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = sock.recv(65_536)
        if not chunk:
            return None
        head += chunk
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return Request(method, path, {name.strip().lower(): value.strip() for name, _, value in pairs})


def _head(code: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {code} Said", "Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answer(
    body: bytes,
    *,
    code: int = 200,
    media_type: str = "",
    headers: Mapping[str, str] | None = None,
    etag: str = "",
    modified: str = "",
    zipped: bool = False,
) -> Behaviour:
    """A proper answer; with ``etag`` or ``modified`` a conditional request gets a 304."""

    def behave(connection: Connection, request: Request) -> None:
        fields = {"Content-Type": media_type or "application/octet-stream", **(headers or {})}
        if etag:
            fields["ETag"] = etag
        if modified:
            fields["Last-Modified"] = modified
        if (etag and request.headers.get("if-none-match") == etag) or (
            modified and not etag and request.headers.get("if-modified-since") == modified
        ):
            connection.send(_head(304, fields))
            return
        sent = gzip.compress(body, mtime=0) if zipped else body
        if zipped:
            fields["Content-Encoding"] = "gzip"
        connection.send(_head(code, {**fields, "Content-Length": str(len(sent))}) + sent)

    return behave


def status(code: int, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Nothing but a status."""
    return lambda connection, request: connection.send(_head(code, {"Content-Length": "0", **(headers or {})}))


def redirect(to: str, code: int = 302) -> Behaviour:
    """Go elsewhere."""
    return status(code, {"Location": to})


def hang(seconds: float = 600) -> Behaviour:
    """Take the request and say nothing."""
    return lambda connection, request: connection.wait(seconds)


def drip_head(seconds: float = 1.0) -> Behaviour:
    """The head of a proper answer, one byte each ``seconds``."""

    def behave(connection: Connection, request: Request) -> None:
        for byte in _head(200, {"Content-Length": "2", "X-Padding": "x" * 500}) + b"ok":
            connection.send(bytes([byte]))
            connection.wait(seconds)

    return behave


def drip_body(body: bytes, seconds: float = 1.0, *, announced: bool = False) -> Behaviour:
    """A prompt head, then one byte of the body each ``seconds``."""

    def behave(connection: Connection, request: Request) -> None:
        connection.send(_head(200, {"Content-Length": str(len(body))} if announced else {}))
        for byte in body:
            connection.send(bytes([byte]))
            connection.wait(seconds)

    return behave


def endless(*, chunked: bool = False) -> Behaviour:
    """A body that does not end."""

    def behave(connection: Connection, request: Request) -> None:
        connection.send(_head(200, {"Transfer-Encoding": "chunked"} if chunked else {}))
        block = b"x" * 65_536
        piece = b"10000\r\n" + block + b"\r\n" if chunked else block
        while not connection.gone.is_set():
            connection.send(piece)

    return behave


def endless_head() -> Behaviour:
    """Header lines that do not end."""

    def behave(connection: Connection, request: Request) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\n")
        while not connection.gone.is_set():
            connection.send(b"X-More: " + b"y" * 1000 + b"\r\n")

    return behave


def announced(length: int) -> Behaviour:
    """A Content-Length of ``length`` and no more than a byte of it."""
    return lambda connection, request: connection.send(_head(200, {"Content-Length": str(length)}) + b"x")


def bomb(megabytes: int, coding: str = "gzip") -> Behaviour:
    """A small body that unpacks to ``megabytes``."""

    def blocks() -> Iterator[bytes]:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
        for _ in range(megabytes):
            yield packer.compress(b"\0" * 1_000_000)
        yield packer.flush()

    packed = b"".join(blocks())
    return answer(packed, headers={"Content-Encoding": coding})


def reset_midway(body: bytes) -> Behaviour:
    """Half of what was announced, then a reset."""

    def behave(connection: Connection, request: Request) -> None:
        connection.send(_head(200, {"Content-Length": str(len(body))}) + body[: len(body) // 2])
        time.sleep(0.05)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def lying_etag(bodies: list[bytes], etag: str = '"same"') -> Behaviour:
    """Always the same ETag, always another body, and a 304 to whoever believes it."""
    left = list(bodies)

    def behave(connection: Connection, request: Request) -> None:
        if request.headers.get("if-none-match") == etag:
            connection.send(_head(304, {"ETag": etag}))
            return
        body = left.pop(0) if len(left) > 1 else left[0]
        connection.send(_head(200, {"ETag": etag, "Content-Length": str(len(body))}) + body)

    return behave
