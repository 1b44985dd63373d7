"""The production server: granian with several workers on one listening socket."""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import socket
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from granian import _signals
from granian._granian import SocketHolder, WorkerSignal
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import mp
from granian.server.mp import MPServer

from broadcaster import guard
from broadcaster.origin.layer import fields_begin
from feeds.base.errors import BusyError

_LOG = logging.getLogger(__name__)
_LOGGERS = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("_granian", "granian.access")},
}
HEADER_TIMEOUT_MS = 10_000
"""A box sends its request in one packet; whoever needs longer holds a connection for nothing."""
BACKLOG = 4096
DRAIN_S = 0.3
"""How long a worker that ends goes on answering what it has accepted."""
_WRAPPER = "_wsgi_call_wrap"
"""Granian's own name for what turns an application into its callback; without it everything goes through WSGI."""
CONNECTIONS = 16_384
"""Open connections of a worker: idle and slow ones cost a file each, and must not keep others out."""


@dataclass(frozen=True)
class Listening:
    """Where and how to serve. ``workers`` are processes, ``threads`` those of each that run Python."""

    host: str
    port: int
    workers: int = 1
    threads: int = 8


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 is any free one. Raises BusyError when it is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _unusable(host, port, error) from None
    sock.setblocking(False)
    return sock


def _allow_files() -> None:
    """Raise this process's limit of open files as far as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1024
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def check_free(host: str, port: int) -> None:
    """Raises BusyError when nobody could listen there."""
    if port:
        listen(host, port).close()


def _unusable(host: str, port: int, error: OSError) -> BusyError:
    if error.errno == errno.EADDRINUSE:
        return BusyError(f"port {port} on {host} is taken", hint="name another with --port, or end who holds it")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return BusyError(f"cannot listen on {host} port {port}: {reason}", hint="name another with --host or --port")


def _without_advice(record: logging.LogRecord) -> bool:
    """Granian advises against more threads than cores; ours wait for a disk now and then, and are few."""
    return not record.getMessage().startswith("Configuration allows spawning")


class _Server(MPServer):
    """Granian on a socket that we opened.

    Granian on Linux lets each worker open a socket of its own (SO_REUSEPORT); then connections that wait in the queue
    of a worker that ends are reset. One socket for all workers has one queue, which outlives each of them.
    """

    def __init__(self, sock: socket.socket, **options: Any) -> None:
        super().__init__(**options)
        self._ours = sock

    def _init_shared_socket(self) -> None:
        shared: dict[str, Any] = vars(self)
        shared["_sso"] = self._ours
        shared["_shd"] = SocketHolder(self._ours.fileno(), False, BACKLOG)  # type: ignore[call-arg]  # its stub is behind
        shared["_sfd"] = self._ours.fileno()


class Quick(Protocol):
    """An application that can answer some requests without an ``environ`` and ``start_response`` of their own."""

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """WSGI (PEP 3333)."""

    def quick(self, environ: Any, before: int) -> Any:
        """Status, status line, header fields and body; None when the request is not one of these. ``before`` entries
        of ``environ`` stand before the header fields."""


def _open_lane() -> None:
    """In a worker: let granian ask ``quick`` first.

    WSGI has each request's fields copied into a dictionary with the process's own environment, and the status line made
    and read again; for an answer that is ready that is a third of all work in Python.
    """
    made = vars(mp).get(_WRAPPER)
    if made is None:
        return

    def wrap(app: Quick, *rest: Any) -> Callable[[Any, Any], int]:
        through_wsgi = made(app, *rest)
        if not hasattr(app, "quick"):
            return cast("Callable[[Any, Any], int]", through_wsgi)
        before: list[int] = []

        def answer(protocol: Any, scope: Any) -> int:
            if type(scope) is not dict:
                return int(through_wsgi(protocol, scope))
            if not before:
                before.append(fields_begin(scope))
            reply = app.quick(scope, before[0])
            if reply is None:
                return int(through_wsgi(protocol, scope))
            body = reply[3]
            protocol.response_bytes(reply[0], reply[2], body[0] if body else b"")
            return int(reply[0])

        return answer

    vars(mp)[_WRAPPER] = wrap


def _drain_before_the_end(listening: socket.socket) -> None:
    """In a worker: when it is told to end, stop accepting first, and end a moment later.

    A connection that was accepted just before the end would be closed with its request unread. Other workers go on with
    the shared queue; what this one has accepted already it answers in that moment.
    """
    nobody = socket.socket(listening.family, socket.SOCK_STREAM)
    nobody.setblocking(False)
    nobody.bind(("::1" if listening.family == socket.AF_INET6 else "127.0.0.1", 0))
    nobody.listen(1)

    def handle_signals() -> WorkerSignal:
        ended = WorkerSignal()

        def end(*_: object) -> None:
            # The server's own accepting goes on, on a socket to which nobody comes.
            for handle in _handles_of(listening):
                os.dup2(nobody.fileno(), handle)
            threading.Timer(DRAIN_S, ended.set).start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        return ended

    vars(_signals)["set_sync_signals"] = handle_signals


def _handles_of(sock: socket.socket) -> list[int]:
    """Every file handle of this process that is the same socket."""
    wanted = os.fstat(sock.fileno()).st_ino
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            state = os.fstat(int(path.name))
            if state.st_ino == wanted and stat.S_ISSOCK(state.st_mode):
                found.append(int(path.name))
    return found


def serve(where: Listening, load: Callable[[], Any], *, ready: Callable[[int], None] | None = None) -> None:
    """Serve the WSGI application that ``load`` gives in each worker, until SIGTERM or SIGINT; SIGHUP starts new
    workers and ends the old ones without losing a request. ``ready`` is told the port. Raises BusyError.
    """
    _allow_files()
    sock = listen(where.host, where.port)
    port = sock.getsockname()[1]
    server = _Server(
        sock,
        target="service-channel",
        address=where.host,
        port=port,
        interface=Interfaces.WSGI,
        workers=where.workers,
        blocking_threads=where.threads,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=128 * 1024),
        http="1",
        websockets=False,
        log_dictconfig=_LOGGERS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=10,
    )
    if ready is not None:
        server.on_startup(lambda: ready(port))
    logging.getLogger("_granian").addFilter(_without_advice)
    guard.watch()
    master = os.getpid()

    def in_worker() -> Any:
        # A worker has nothing to put in order: what is half sent when its master is gone has nobody to finish it.
        guard.watch(master, then=lambda: os._exit(1))
        _open_lane()
        _drain_before_the_end(sock)
        return load()

    server.serve(target_loader=in_worker, wrap_loader=False)
