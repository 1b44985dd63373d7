"""Where the origins of a channel listen: each leaves a file in the state folder while it runs.

::

    state/serving/PID    HOST PORT
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from broadcaster.places import SERVING


@dataclass(frozen=True)
class Serving:
    """A process and where it listens."""

    pid: int
    host: str
    port: int


def announce(state: Path, host: str, port: int) -> None:
    """Say that this process listens there; where the state cannot be written nobody is told."""
    with suppress(OSError):
        (state / SERVING).mkdir(exist_ok=True)
        (state / SERVING / str(os.getpid())).write_text(f"{host} {port}\n", encoding="utf-8")


@contextmanager
def taken_back(state: Path) -> Iterator[None]:
    """What this process announced is gone after the block."""
    try:
        yield
    finally:
        # Workers are forked inside the block and leave it too: they take nothing back.
        with suppress(OSError):
            (state / SERVING / str(os.getpid())).unlink(missing_ok=True)


def running(state: Path) -> list[Serving]:
    """The origins of this machine that live; what a killed one left is passed over."""
    found = []
    for path in sorted((state / SERVING).glob("*")):
        with suppress(OSError, ValueError):
            host, port = path.read_text(encoding="utf-8").split()
            pid = int(path.name)
            if _is_origin(pid):
                found.append(Serving(pid, host, int(port)))
    return found


def _is_origin(pid: int) -> bool:
    """Whether the process lives and is one of ours: numbers are given again."""
    try:
        return b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
