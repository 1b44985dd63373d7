"""Adding to a channel that is there: its own text stays as it is, and what a check refuses is taken back."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broadcaster.tools.checking import check
from broadcaster.tools.problems import Problem
from feeds.base.clock import SystemClock
from feeds.base.errors import Mistake, Mistakes

BACK = "nothing was changed"


@contextmanager
def checked(folder: Path, state: Path | None, path: Path) -> Iterator[None]:
    """Let the block change the file ``path`` of a channel, or make it; as it was before when the block fails, or when
    what ``channel check`` finds in people's files afterwards was not wrong before. Raises Mistakes."""
    with _alone(folder):
        yield from _checked(folder, state, path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One change of a folder at a time: of two at once the second would put back what the first added."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _checked(folder: Path, state: Path | None, path: Path) -> Iterator[None]:
    before = _found(folder, state)
    body = path.read_bytes() if path.is_file() else None
    made = not path.parent.is_dir()
    try:
        path.parent.mkdir(exist_ok=True)
        yield
        new = [problem for problem in _found(folder, state) if problem not in before]
        if new:
            raise Mistakes(_mistake(problem, folder) for problem in new)
    except BaseException:
        if body is None:
            path.unlink(missing_ok=True)
            if made:
                path.parent.rmdir()
        else:
            _write(path, body)
        raise


def append(path: Path, table: str) -> None:
    """Put a table at the end of a file that a person wrote, with that file's own line ends."""
    body = path.read_bytes()
    ends = b"\r\n" if b"\r\n" in body else b"\n"
    added = table.encode().replace(b"\n", ends)
    gap = b"" if not body else ends if body.endswith(b"\n") else 2 * ends
    _write(path, body + gap + added)


def _write(path: Path, body: bytes) -> None:
    """Whoever is killed here leaves the file as it was, or as it is to be."""
    # Where a link leads, so that a file that is kept elsewhere stays there.
    path = path.resolve()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(body)
        beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _found(folder: Path, state: Path | None) -> list[Problem]:
    """What is wrong in people's files; what sources gave, and when, is no matter here."""
    _, found = check(folder, state, SystemClock().now())
    return [problem for problem in found.problems if problem.kind == "line"]


def _mistake(problem: Problem, folder: Path) -> Mistake:
    name, _, line = problem.name.partition(":")
    return Mistake(str(folder / name), int(line or 0), problem.at, problem.sentence, BACK)
