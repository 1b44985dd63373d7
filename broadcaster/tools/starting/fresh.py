"""A whole folder put in place by one step: whoever looks sees nothing of it, or all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from feeds.base.errors import PersonError
from feeds.base.machine import lives

_MARK = ".new-"
"""What a folder in the making is called after its name to be; the id of the process that makes it follows."""


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


def put(folder: Path, write: Callable[[Path], None]) -> None:
    """Have ``write`` fill a folder beside ``folder`` and give it that name when it returns; nothing stays when it
    raises. What an earlier call left, because it was killed, goes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in _left_behind(folder):
        shutil.rmtree(left, ignore_errors=True)
    work = folder.with_name(f".{folder.name}{_MARK}{os.getpid()}")
    work.mkdir()
    try:
        write(work)
        refuse_used(folder)
        # Over an empty folder too, in one step (rename(2)).
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _left_behind(folder: Path) -> Iterator[Path]:
    for path in folder.parent.glob(f".{folder.name}{_MARK}*"):
        number = path.name.rpartition("-")[2]
        if number.isdigit() and not lives(int(number)):
            yield path
