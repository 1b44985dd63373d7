"""A store of another format is not migrated: what it held is said anew, what people did to it is kept."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress

from channel.keys import key_of
from channel.release.heads import Heads
from channel.release.locks import locked
from channel.release.room import Room
from channel.release.tree import FORMAT
from feeds.base.errors import StoreError


def renew(room: Room) -> bool:
    """Empty a store whose release on air is of another format; whether it was. Notes, the as-run record and what was
    taken down stay, and the next release goes on counting. Raises BusyError, OSError."""
    if not _is_old(room):
        return False
    with ExitStack() as alone:
        for name in ("sweep", "write", "publish"):
            alone.enter_context(locked(room.lock(name), wait=60.0))
        heads = room.records.heads()
        room.records.write_heads(Heads(seq=heads.seq))
        for folder in ("packs", "retired", "releases"):
            for path in (room.folder / folder).iterdir():
                room.disk.remove(path)
        room.objects.refresh()
    return True


def _is_old(room: Room) -> bool:
    for path in (room.folder / "releases").glob("r*"):
        with suppress(OSError, StoreError, ValueError):
            line, _, check = path.read_bytes().partition(b"\n")
            if check == key_of(line).hex().encode() + b"\n" and json.loads(line).get("format") != FORMAT:
                return True
    return False
