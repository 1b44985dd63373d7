"""Assets of releases that are no longer kept: a box may still hold a page that names them, so they stay a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from channel.release.room import Room

STAY = 24 * 3600
"""Seconds that an asset outlives the last release that named it."""

_decode = msgspec.msgpack.Decoder(dict[str, bytes]).decode


def retire(room: Room, seq: int, now: float, units: Mapping[str, Iterable[bytes]]) -> None:
    """Write down that the assets of ``units`` (page or item -> keys) are kept until a day after ``now``."""
    data = {unit: b"".join(sorted(keys)) for unit, keys in sorted(units.items())}
    if data:
        until = int(now) + STAY
        room.disk.replace_file(room.folder / "retired" / f"{until:012d}-{seq:06d}", msgspec.msgpack.encode(data))


def retired_units(room: Room) -> dict[str, set[bytes]]:
    """Every page and item whose assets are still kept, with their keys."""
    units: dict[str, set[bytes]] = {}
    for path in _files(room):
        for unit, joined in _decode(path.read_bytes()).items():
            units.setdefault(unit, set()).update(joined[i : i + 16] for i in range(0, len(joined), 16))
    return units


def expire(room: Room, now: float) -> None:
    """Forget the lists whose day is over."""
    for path in _files(room):
        if int(path.name[:12]) <= now:
            room.disk.remove(path)


def _files(room: Room) -> list[Path]:
    folder = room.folder / "retired"
    return sorted(p for p in folder.iterdir() if p.name[0] != ".") if folder.is_dir() else []
