"""Putting a release on air: everything heavy before the lock, the switch of one small file under it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

import msgspec

from channel.release.changes import Changes, Edits
from channel.release.heads import Heads, seq_of
from channel.release.locks import locked
from channel.release.room import Room
from channel.release.tree import LAYERS, TREE, Root
from feeds.base.errors import BusyError


class Published(msgspec.Struct, frozen=True):
    """What publishing did. ``id`` is the new release, ``on_air`` whether boxes get it (not while publishing is held),
    ``locked_ms`` how long others had to wait for it; ``before`` and ``after`` are the heads."""

    id: str
    seq: int
    on_air: bool
    locked_ms: float
    before: Heads
    after: Heads


def publish(
    room: Room,
    changes: Changes,
    *,
    action: str = "build",
    note: str = "",
    inputs: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> Published | None:
    """Lay ``changes`` over the release then on air and publish the result; None when nothing would differ.

    While publishing is held, pages go into the built line only and alerts go on air. Raises BusyError when another
    builder has published one of these pages since: what it says is not to be lost, and is asked again.
    """
    changes.flush()
    with locked(room.lock("publish")):
        started = time.perf_counter()
        heads = room.heads()
        air, built = room.root(heads.air), room.root(heads.built)
        _not_overtaken(changes, air, built)
        news: dict[str, object] = {
            "action": action,
            "note": note,
            "inputs": dict(inputs or built.inputs),
            "published": (at or room.clock.now()).timestamp(),
        }
        after = _commit(room, heads, air, built, changes, news)
        if after is None:
            return None
        spent = (time.perf_counter() - started) * 1000
        ident = after.air if after.air != heads.air else after.built
        return Published(ident, seq_of(ident), after.air == ident, spent, heads, after)


def _not_overtaken(changes: Changes, air: Root, built: Root) -> None:
    if changes.mending:
        return
    for layer in LAYERS:
        now = (built if layer == "pages" else air).said(layer)
        for page, over in changes.over(layer).items():
            if now.get(page, "") != over:
                raise BusyError(f"another builder published page {page} meanwhile", hint="build once more")


def _commit(
    room: Room, heads: Heads, air: Root, built: Root, changes: Changes, news: Mapping[str, object]
) -> Heads | None:
    """The part under the lock. Returns the new heads, or None when nothing differs."""
    pages = {
        "contents": _over(built.contents, changes.edits("pages")),
        "declared": changes.declared or built.declared,
    }
    shared = {
        "answers": air.answers if changes.answers is None else changes.answers,
        "warnings": _over(air.warnings, changes.edits("alerts")),
    }
    seq = _clean_ahead(room, heads)
    if not heads.held:
        root = _replace(air, **pages, **shared)
        if _same(root, air) and air.id:
            return None
        return switch(room, heads, _replace(root, base="", **news), seq, both=True)
    after = heads
    on_air = _replace(air, **shared)
    if not _same(on_air, air):
        after = switch(room, after, _replace(on_air, **{**news, "base": air.base or air.id}), seq, air=True)
    if pages != {name: getattr(built, name) for name in pages}:
        root = _replace(on_air, **pages, **{**news, "base": ""})
        after = switch(room, after, root, after.seq, built=True)
    return None if after is heads else after


def switch(
    room: Room, heads: Heads, root: Root, seq: int, *, both: bool = False, air: bool = False, built: bool = False
) -> Heads:
    """Write a release's record and make it a head. The caller holds the lock ``publish``."""
    root = root.named(seq + 1)
    room.records.write(root)
    after = msgspec.structs.replace(
        heads, seq=root.seq, air=root.id if both or air else heads.air, built=root.id if both or built else heads.built
    )
    put(room, after, root.action, release=root.id, note=root.note)
    return after


def put(room: Room, heads: Heads, action: str, **more: str) -> None:
    """Make ``heads`` the channel's, and note it."""
    room.records.write_heads(heads)
    room.note(action, heads, **more)


def _clean_ahead(room: Room, heads: Heads) -> int:
    """Remove records that were written but never became a head (their writer died); the highest number in use."""
    for ident in room.records.ids():
        if seq_of(ident) > heads.seq:
            room.records.remove(ident)
    return heads.seq


def _over(base: Mapping[str, str], edits: Edits) -> dict[str, str]:
    merged = {**base, **edits}
    return {page: key for page, key in sorted(merged.items()) if key is not None}


def _same(one: Root, other: Root) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in TREE)


def _replace(root: Root, **fields: object) -> Root:
    return msgspec.structs.replace(root, **fields)
