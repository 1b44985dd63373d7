"""Assets of releases that are no longer kept: a box may still hold a page that names them, so they stay a day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from channel.release.objects import key_of
from channel.release.room import Room
from feeds.base.errors import StoreError

STAY = 24 * 3600
"""Seconds that an asset outlives the last release that named it."""

_NAME = re.compile(r"[0-9]{12}-[0-9]{6}")
_decode = msgspec.msgpack.Decoder(dict[str, bytes]).decode


def retire(room: Room, seq: int, now: float, units: Mapping[str, Iterable[bytes]]) -> None:
    """Write down that the assets of ``units`` (page or item -> keys) are kept until a day after ``now``."""
    data = {unit: b"".join(sorted(keys)) for unit, keys in sorted(units.items())}
    if data:
        until = int(now) + STAY
        name, body = f"{until:012d}-{seq:06d}", msgspec.msgpack.encode(data)
        room.disk.replace_file(room.folder / "retired" / name, key_of(name.encode() + body) + body)


def units_in(path: Path) -> dict[str, bytes]:
    """Page or item -> its keys joined, of one list. Raises OSError, StoreError when it is damaged or another's."""
    data = path.read_bytes()
    if data[:16] != key_of(path.name.encode() + data[16:]):
        raise StoreError(f"{path}: damaged")
    return _decode(data[16:])


def retired_units(room: Room) -> dict[str, set[bytes]]:
    """Every page and item whose assets are still kept, with their keys. A damaged list is passed over."""
    units: dict[str, set[bytes]] = {}
    for path in _files(room):
        with suppress(OSError, StoreError):
            for unit, joined in units_in(path).items():
                units.setdefault(unit, set()).update(joined[i : i + 16] for i in range(0, len(joined), 16))
    return units


def expire(room: Room, now: float) -> None:
    """Forget the lists whose day is over."""
    for path in _files(room):
        if int(path.name[:12]) <= now:
            room.disk.remove(path)


def _files(room: Room) -> list[Path]:
    folder = room.folder / "retired"
    return sorted(p for p in folder.iterdir() if _NAME.fullmatch(p.name)) if folder.is_dir() else []
