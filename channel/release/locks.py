"""Locks between processes (and threads): ``flock`` on a file, given back by the kernel when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.base.errors import BusyError


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: float = 10.0) -> Iterator[None]:
    """Hold ``path``, alone or with other sharers; raises BusyError after ``wait`` seconds."""
    handle = acquire(path, shared=shared, wait=wait)
    try:
        yield
    finally:
        give_back(handle)


def acquire(path: Path, *, shared: bool = False, wait: float = 10.0) -> int:
    """The file handle that holds the lock until ``give_back``."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, kind)
            return handle
        except BlockingIOError:
            if time.monotonic() >= end:
                os.close(handle)
                raise BusyError(f"{path}: another process holds it", hint="try again when it is done") from None
            time.sleep(0.002)


def give_back(handle: int) -> None:
    """Release a lock. Said aloud rather than by closing alone: a forked worker may hold a copy of the handle."""
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)
