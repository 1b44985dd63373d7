"""Rolling back, resuming, taking down: what people do to the air. None of it touches a map of pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from channel.release.artefact import asset_key, encode
from channel.release.changes import Changes
from channel.release.heads import Heads
from channel.release.locks import locked
from channel.release.publish import switch
from channel.release.retired import retired_units
from channel.release.room import Room
from channel.release.tree import Denied, Root, is_unit, unit_of
from channel.release.walk import walk
from feeds.base.errors import NotFound, PersonError


def rollback(room: Room, ident: str, note: str = "") -> Heads:
    """Put the pages of release ``ident`` on air again and hold publishing.

    It is a release of its own: alerts and what was taken down stay as they are now. Raises NotFound.
    """
    target = room.records.read(ident)
    with locked(room.lock("publish")):
        heads = room.heads()
        air = room.root(heads.air)
        root = _made(room, air, action="rollback", base=target.id, inputs=target.inputs, note=note, **_pages(target))
        return switch(room, msgspec.structs.replace(heads, held=True), root, heads.seq, air=True)


def resume(room: Room, note: str = "") -> Heads:
    """End the hold: what was built meanwhile goes on air. Without a hold nothing happens."""
    with locked(room.lock("publish")):
        heads = room.heads()
        if not heads.held:
            return heads
        air, built = room.root(heads.air), room.root(heads.built)
        root = _made(room, air, action="resume", base=built.id, inputs=built.inputs, note=note, **_pages(built))
        return switch(room, msgspec.structs.replace(heads, held=False), root, heads.seq, both=True)


def take_down(room: Room, unit: str, note: str = "") -> Heads:
    """Remove page ``201`` or item ``201.h17`` from every estate, profile and release at once, until ``put_back``.

    Pictures that only it used are no longer served, kept ones of earlier releases included.
    """
    _check(unit)
    used, spared = _pictures(room, unit)

    def more(denied: Denied) -> Denied:
        return Denied(tuple(sorted({*denied.units, unit})), tuple(sorted({*denied.assets, *(used - spared)})))

    return _deny(room, more, "takedown", f"{unit} {note}".strip())


def put_back(room: Room, unit: str, note: str = "") -> Heads:
    """Undo ``take_down``. Raises NotFound when the unit was not taken down."""
    _check(unit)
    used, _ = _pictures(room, unit)

    def fewer(denied: Denied) -> Denied:
        if unit not in denied.units:
            raise NotFound(f"take down: found {unit!r}, which was not taken down")
        return Denied(tuple(u for u in denied.units if u != unit), tuple(a for a in denied.assets if a not in used))

    return _deny(room, fewer, "putback", f"{unit} {note}".strip())


def _deny(room: Room, change: Callable[[Denied], Denied], action: str, note: str) -> Heads:
    with Changes(room) as guard, locked(room.lock("publish")):
        heads = room.heads()
        air = room.root(heads.air)
        denied = change(room.denied(air))
        key = guard.store_map(encode(denied))
        root = _made(room, air, action=action, base=air.base or air.id, denied=key, units=denied.units, note=note)
        return switch(room, heads, root, heads.seq, both=not heads.held, air=True)


def _pages(root: Root) -> dict[str, Any]:
    """The pages of a release: how they look, what they say, and by which declarations."""
    return {"pages": root.pages, "contents": root.contents, "declared": root.declared}


def _made(room: Room, air: Root, **fields: Any) -> Root:
    return msgspec.structs.replace(air, published=room.clock.now().timestamp(), **fields)


def _check(unit: str) -> None:
    if not is_unit(unit):
        raise PersonError(f"take down: found {unit!r}, expected a page such as 201 or an item such as 201.h17")


def _pictures(room: Room, unit: str) -> tuple[set[bytes], set[bytes]]:
    """Keys of the assets that ``unit`` refers to in any kept release, and of those that anything else refers to."""
    used: set[bytes] = set()
    spared: set[bytes] = set()
    for place, sheet in walk(room, room.readable()):
        for name, artefact in sheet.items():
            hit = place.group.endswith(unit[:3]) and unit in (unit_of(name), unit_of(name)[:3])
            (used if hit else spared).update(filter(None, map(asset_key, artefact.assets)))
    for name, keys in retired_units(room).items():
        (used if unit in (name, name[:3]) else spared).update(keys)
    return used, spared
