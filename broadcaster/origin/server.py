"""The production server: gunicorn's master, sockets and parser, with workers that answer at once what is ready.

All workers share one listening socket, so that a connection which waits in its queue outlives each of them. On SIGHUP
new workers start, and the old ones end when the new ones serve; a worker that ends takes no further connection, answers
what is under way, and says on each connection that this was the last answer.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from broadcaster.origin.careful import Exchange
from broadcaster.origin.layer import Layer
from broadcaster.origin.listening import BACKLOG, listen
from broadcaster.origin.loop import Loop
from broadcaster.station import parent_watch
from broadcaster.station.supervise import Child, Supervisor

_LOG = logging.getLogger(__name__)
DRAIN_S = 1.0
"""How long a worker that ends waits for boxes that keep a connection and ask nothing."""
SWITCH_S = 0.001
"""How soon a thread that computes gives way to the one that answers; Python's own 5 ms would be felt in each answer."""
RESPAWN_S = 0.5
SHARED_MEMORY = "/dev/shm"
CONNECTIONS = 16_384
"""Open connections of a worker: idle and slow ones cost a file each, and must not keep others out."""


@dataclass(frozen=True)
class Listening:
    """Where and how to serve. ``workers`` are processes, ``threads`` those of each that run Python."""

    host: str
    port: int
    workers: int = 1
    threads: int = 8


def _allow_files() -> None:
    """Raise this process's limit of open files as far as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1024
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class _Log(Logger):
    """Gunicorn's log as part of ours. It has no access log: that would hold addresses of households."""

    def setup(self, cfg: Any) -> None:
        """Leave the making of lines to the root logger."""
        self.cfg = cfg
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class _Worker(Worker):
    """A worker around the loop of the origin."""

    loop: Loop

    def load_wsgi(self) -> None:
        """Load the application, and end softly where that fails: whoever serves already goes on."""
        try:
            super().load_wsgi()
        except Exception:
            # Of the very first worker the master hears it and ends; later ones are started again.
            if self.age == 1:
                raise
            self.log.exception("a worker cannot start")
            time.sleep(RESPAWN_S)
            sys.exit(1)

    def run(self) -> None:
        """Serve until told to end."""
        sys.setswitchinterval(SWITCH_S)
        application = cast("Layer", self.wsgi)
        # With several listening sockets of one server the first names it; its port is only ever shown.
        server = self.sockets[0].getsockname()
        make = partial(_exchange, self, application, server)
        self.loop = Loop(
            self.sockets,
            application.door.answer,
            make,
            threads=self.cfg.threads,
            most=self.cfg.worker_connections,
            line=application.line,
            heard=application.door.heard,
            uploads=application.uploads,
        )
        self.loop.wake_by(self.PIPE[0])
        told = 0.0
        while self.alive:
            if time.monotonic() - told > 1:
                told = time.monotonic()
                self.notify()
            self.loop.turn(1.0)
        self.loop.drain(DRAIN_S, self.notify)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """SIGINT and SIGQUIT as SIGTERM: who stops a server in a terminal means nothing else."""
        self.handle_exit(sig, frame)


def _exchange(worker: _Worker, application: Layer, server: Any, data: bytes, client: Any) -> Exchange:
    return Exchange(data, client, application=application, server=server, cfg=worker.cfg, last=not worker.alive)


class _Master(Arbiter):
    """Gunicorn's master, which on SIGHUP would end the old workers while the new ones are still loading. It looks after
    the processes beside its workers, too."""

    def start(self) -> None:
        """Begin, with what runs beside the workers."""
        super().start()
        self.beside = Supervisor()
        for child in cast("_Application", self.app).beside:
            self.beside.add(child)

    def stop(self, graceful: bool = True) -> None:
        """End, the workers first: they may still wait for a paint."""
        super().stop(graceful)
        self.beside.end()

    def reload(self) -> None:
        """Start new workers beside the old ones."""
        for _ in range(self.cfg.workers):
            self.spawn_worker()

    def manage_workers(self) -> None:
        """Start what is missing; end what is too much once enough of the newer ones serve."""
        self.beside.tend()
        now = time.monotonic()
        newest = sorted(self.WORKERS.values(), key=lambda worker: worker.age)[-self.num_workers :]
        # Until a worker serves, its heartbeat is the wall clock's, and so in the future.
        if len(self.WORKERS) <= self.num_workers or all(worker.tmp.last_update() <= now for worker in newest):
            super().manage_workers()


class _Application(BaseApplication):
    """What gunicorn is told."""

    def __init__(self, options: dict[str, Any], load: Callable[[], Layer], beside: Sequence[Child]) -> None:
        self._options, self._load, self.beside = options, load, beside
        super().__init__()

    def load_config(self) -> None:
        """Our settings over gunicorn's own; neither a file nor the environment is asked."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of this worker, a Layer."""
        return self._load()


def serve(
    where: Listening,
    load: Callable[[], Layer],
    *,
    ready: Callable[[int], None] | None = None,
    beside: Sequence[Child] = (),
) -> None:
    """Serve the application that ``load`` gives in each worker, until SIGTERM or SIGINT; SIGHUP starts new workers and
    ends the old ones without losing a request. ``ready`` is told the port; ``beside`` are processes that are kept
    running as long. Raises BusyError.
    """
    _allow_files()
    sock = listen(where.host, where.port)
    port = sock.getsockname()[1]
    parent_watch.watch()
    master = os.getpid()

    def in_worker() -> Layer:
        # A worker has nothing to put in order: what is half sent when its master is gone has nobody to finish it.
        parent_watch.watch(master, then=lambda: os._exit(1))
        return load()

    options = {
        "bind": f"fd://{sock.detach()}",
        "workers": where.workers,
        "threads": where.threads,
        "worker_class": _Worker,
        "worker_connections": CONNECTIONS,
        "backlog": BACKLOG,
        "logger_class": _Log,
        "graceful_timeout": 10,
        "control_socket_disable": True,
        # Heartbeats are times of a file; on a disk that is full or slow they would be late.
        "worker_tmp_dir": SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None,
        # More than the layer allows, so that what is too long is told on a page of the box's own profile.
        "limit_request_field_size": 30_000,
        "when_ready": lambda _: ready(port) if ready is not None else None,
    }
    try:
        _Master(_Application(options, in_worker, beside)).run()
    except SystemExit as ended:
        if ended.code:
            raise
