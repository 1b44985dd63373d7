"""A whole folder put in place by one step: whoever looks sees nothing of it, or all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.base.errors import PersonError
from feeds.base.machine import lives

_MARK = ".channel-new-"
"""What a folder in the making is called; the id of the process that makes it follows."""


def refuse_used(folder: Path) -> None:
    """Raises PersonError unless ``folder`` is not there, or is an empty one that nobody stands in."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise PersonError(f"{folder}: found a file, expected a folder that is not there yet")
    if not folder.exists():
        return
    inside = sorted(path.name for path in folder.iterdir())
    if inside:
        more = " …" if len(inside) > 3 else ""
        raise PersonError(
            f"{folder}: found {', '.join(inside[:3])}{more} in it, expected a new folder or an empty one",
            hint="name another folder; `channel new source` and `channel new page` add to a channel that is there",
        )
    if folder.resolve() == Path.cwd():
        raise PersonError(f"{folder}: found the folder that you stand in, expected the name of a new one in it")


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """A folder to work in, on the disk where ``folder`` will be; it goes when the block ends. What earlier ones left,
    because they were killed, goes too."""
    home = next(path for path in folder.parents if path.is_dir())
    for left in _left_behind(home):
        shutil.rmtree(left, ignore_errors=True)
    work = home / f"{_MARK}{os.getpid()}"
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def put(made: Path, folder: Path) -> None:
    """Give ``made`` the name ``folder``, over an empty folder too, in one step (rename(2)). Raises PersonError when
    there is something by now."""
    refuse_used(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made.rename(folder)


def _left_behind(home: Path) -> Iterator[Path]:
    for path in home.glob(f"{_MARK}*"):
        number = path.name.removeprefix(_MARK)
        if number.isdigit() and not lives(int(number)):
            yield path
