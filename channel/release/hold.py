"""Rolling back, resuming, taking down: what people do to the air. None of it touches a map of pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from channel.release.heads import Heads
from channel.release.locks import locked
from channel.release.publish import switch
from channel.release.room import Room
from channel.release.tree import Root, is_unit
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
    """Remove page ``201`` or item ``201.h17`` from every estate, profile and release at once, until ``put_back``; what
    was painted of it is answered no more."""
    return _deny(room, lambda units: {*units, unit}, unit, "takedown", note)


def put_back(room: Room, unit: str, note: str = "") -> Heads:
    """Undo ``take_down``. Raises NotFound when the unit was not taken down."""

    def fewer(units: set[str]) -> set[str]:
        if unit not in units:
            raise NotFound(f"take down: found {unit!r}, which was not taken down")
        return units - {unit}

    return _deny(room, fewer, unit, "putback", note)


def _deny(room: Room, change: Callable[[set[str]], set[str]], unit: str, action: str, note: str) -> Heads:
    if not is_unit(unit):
        raise PersonError(f"take down: found {unit!r}, expected a page such as 201 or an item such as 201.h17")
    with locked(room.lock("publish")):
        heads = room.heads()
        air = room.root(heads.air)
        units = tuple(sorted(change(set(air.units))))
        root = _made(
            room, air, action=action, base=air.base or air.id, units=units, note=f"{unit} {note}".strip()
        )  # fmt: skip
        return switch(room, heads, root, heads.seq, both=not heads.held, air=True)


def _pages(root: Root) -> dict[str, Any]:
    """The pages of a release: what they say, and by which declarations."""
    return {"contents": root.contents, "declared": root.declared}


def _made(room: Room, air: Root, **fields: Any) -> Root:
    return msgspec.structs.replace(air, published=room.clock.now().timestamp(), **fields)
