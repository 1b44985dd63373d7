"""Releases that are no longer kept: a box may still hold a page of theirs, so what they say stays a day.

::

    retired/UNTIL-SEQ    the record of a release, behind a checksum
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from channel.keys import key_of
from channel.release.room import Room
from channel.release.tree import Root, decode_root
from feeds.base.errors import StoreError

STAY = 24 * 3600
"""Seconds that what a release says outlives the release."""

_NAME = re.compile(r"[0-9]{12}-[0-9]{6,}")


def retire(room: Room, root: Root, now: float) -> None:
    """Keep what ``root`` says until a day after ``now`` (unix seconds), though nobody can roll back to it."""
    name, body = f"{int(now) + STAY:012d}-{root.seq:06d}", root.encode()
    room.disk.replace_file(room.folder / "retired" / name, key_of(name.encode() + body) + body)


def root_in(path: Path) -> Root:
    """The record in one file. Raises OSError, StoreError when it is damaged or another's."""
    data = path.read_bytes()
    if data[:16] != key_of(path.name.encode() + data[16:]):
        raise StoreError(f"{path}: damaged")
    return decode_root(data[16:], str(path))


def retired(room: Room) -> list[Root]:
    """The releases that stay for a day, newest first. A damaged one is passed over."""
    found = []
    for path in _files(room):
        with suppress(OSError, StoreError):
            found.append(root_in(path))
    return sorted(found, key=lambda root: -root.seq)


def expire(room: Room, now: float) -> None:
    """Forget those whose day is over."""
    for path in _files(room):
        if int(path.name[:12]) <= now:
            room.disk.remove(path)


def _files(room: Room) -> list[Path]:
    folder = room.folder / "retired"
    return sorted(p for p in folder.iterdir() if _NAME.fullmatch(p.name)) if folder.is_dir() else []
