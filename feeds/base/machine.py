"""What the machine refuses, in words: a full disk, a folder that may not be written, too many open files.

Such an error may come from any write, so it is named at the edge, where a command ends, and nowhere else.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from feeds.base.errors import ChannelError

_FULL = "the disk is full"
_READ_ONLY = "the file system may only be read"
_BROKEN = "the disk does not read or write"
_NEXT_TO_NOTHING = 64 << 10
_DENIED = "writing or reading there is not allowed"
_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EIO: _BROKEN,
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENAMETOOLONG: "that name is too long for a file or folder",
}
_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: "the database may only be read",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_IOERR: _BROKEN,
}


def of_the_machine(error: BaseException, folder: Path) -> ChannelError | None:
    """The error as a sentence with the folder and its free bytes, if the machine is what refused; else None.

    ``folder`` is where the command writes, for errors that do not say where they happened.
    """
    for cause in _causes(error):
        reason, where = "", folder
        if isinstance(cause, OSError) and cause.errno is not None:
            reason = _ERRNO.get(cause.errno, "")
            # A number is a descriptor, which says nothing to anybody.
            where = Path(str(cause.filename)) if isinstance(cause.filename, str) and cause.filename else folder
        elif isinstance(cause, sqlite3.Error):
            # The low byte is the family (SQLite, "Result and Error Codes").
            reason = _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, "")
        if reason == _BROKEN and _is_full(where):
            # What a database makes of a disk with no byte left.
            reason = _FULL
        if reason:
            return ChannelError(f"{where}: {reason}", hint=_hint(where))
    return None


def lives(pid: int) -> bool:
    """Whether a process of that number runs on this machine, whoever's it is."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _is_full(where: Path) -> bool:
    there = _standing(where) or where
    try:
        return shutil.disk_usage(there).free < _NEXT_TO_NOTHING
    except OSError:
        return False


def _standing(where: Path) -> Path | None:
    """The nearest folder above that there is; a name too long for the machine is none."""
    for path in (where, *where.absolute().parents):
        with suppress(OSError):
            if path.is_dir():
                return path
    return None


def _hint(where: Path) -> str:
    there = _standing(where)
    if there is None:
        return "there is no such folder"
    try:
        usage = shutil.disk_usage(there)
    except OSError:
        return f"{there} cannot be looked at"
    return f"{there} has {usage.free:,} of {usage.total:,} bytes free"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it wraps (SQLAlchemy's ``orig``), and what it came from."""
    seen: set[int] = set()
    ahead: list[BaseException | None] = [error]
    while ahead:
        one = ahead.pop(0)
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            ahead += [getattr(one, "orig", None), one.__cause__, one.__context__]
