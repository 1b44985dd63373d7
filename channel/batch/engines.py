"""Executors by the name that ``[render] executor`` gives: this process, a pool of processes, or an existing engine."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any

from channel.memory import collect_seldom
from feeds.base.errors import BusyError, PersonError

DASK = "dask://"


class Serial(Executor):
    """Does each job at once, in the caller's own process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future of a call that is over already."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Dask(Executor):
    """A running Dask cluster, reached through its scheduler. Its workers need this package and nothing else of ours."""

    def __init__(self, address: str, *, timeout: float = 10.0) -> None:
        """``address`` is ``HOST:PORT``. Raises PersonError when the extra is not installed, BusyError when nobody
        answers there within ``timeout`` seconds."""
        try:
            distributed = importlib.import_module("distributed")
        except ImportError:
            hint = "install service-channel[dask]"
            raise PersonError(f"render.executor: {DASK}{address} needs the package distributed", hint=hint) from None
        try:
            self._client = distributed.Client(f"tcp://{address}", set_as_default=False, timeout=timeout)
        except OSError as error:
            raise BusyError(f"render.executor: no scheduler answers at {address}: {error}") from None
        # Not pure: the engine's own cache would keep results that we have stored already.
        self._executor = self._client.get_executor(pure=False)
        self.workers = max(1, sum(self._client.ncores().values()))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future of a call on one of the workers; the engine itself tries again when a worker dies."""
        future: Future[Any] = self._executor.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; it goes on for others."""
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close(timeout=5)


def cores() -> int:
    """How many workers one machine keeps busy."""
    return len(os.sched_getaffinity(0))


def open_executor(name: str, workers: int) -> Executor:
    """The executor that ``[render] executor`` names. Raises PersonError, BusyError."""
    if name == "processes":
        return processes(workers)
    if name == "serial":
        return Serial()
    if name.startswith(DASK):
        return Dask(name.removeprefix(DASK))
    raise PersonError(f"channel.toml: render.executor: found {name!r}, expected processes, serial or {DASK}HOST:PORT")


def processes(workers: int) -> Executor:
    """A pool of ``workers`` processes that end when this process does, however it ends."""
    return ProcessPoolExecutor(
        workers,
        # Not fork: the caller has threads and holds locks that a copy of it must not inherit.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_attend,
        initargs=(os.getpid(),),
    )


def _attend(parent: int) -> None:
    """In a worker: leave interrupts to the parent, do not outlive it, and look for cycles seldom."""
    collect_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()
