"""Putting a release on air: everything heavy before the lock, the switch of one small file under it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime

import msgspec

from channel.release.changes import Changes
from channel.release.heads import Heads, seq_of
from channel.release.locks import locked
from channel.release.room import Room
from channel.release.tree import Root

ATTEMPTS = 4
"""After so many overtakings the last rebase is done under the lock, so that a slow builder is not starved."""


class Published(msgspec.Struct, frozen=True):
    """What publishing did. ``id`` is the new release, ``on_air`` whether boxes get it (not while publishing is held),
    ``locked_ms`` how long others had to wait for it; ``before`` and ``after`` are the heads."""

    id: str
    seq: int
    on_air: bool
    locked_ms: float
    before: Heads
    after: Heads


class _Plan(msgspec.Struct, frozen=True):
    """Edits laid over the heads of a moment: profile -> new index, and which indices they were laid over."""

    pages: Mapping[str, str | None]
    alerts: Mapping[str, str | None]
    answers: str | None
    contents: Mapping[str, str | None]
    warnings: Mapping[str, str | None]
    declared: str
    over: tuple[Mapping[str, str | None], Mapping[str, str | None]]


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

    While publishing is held, pages go into the built line only and alerts go on air.
    """
    for attempt in range(ATTEMPTS):
        with ExitStack() as stack:
            if attempt == ATTEMPTS - 1:
                stack.enter_context(locked(room.lock("publish")))
            plan = _plan(room, changes)
            changes.flush()
            if attempt < ATTEMPTS - 1:
                stack.enter_context(locked(room.lock("publish")))
            started = time.perf_counter()
            heads = room.heads()
            air, built = room.root(heads.air), room.root(heads.built)
            if plan.over == _touched(plan, air, built):
                made = (at or room.clock.now()).timestamp()
                after = _commit(room, heads, air, built, plan, action, note, dict(inputs or {}), made)
                if after is None:
                    return None
                spent = (time.perf_counter() - started) * 1000
                ident = after.air if after.air != heads.air else after.built
                return Published(ident, seq_of(ident), after.air == ident, spent, heads, after)
    raise AssertionError("the last attempt holds the lock, so its plan fits")


def _plan(room: Room, changes: Changes) -> _Plan:
    heads = room.heads()
    air, built = room.root(heads.air), room.root(heads.built)
    pages, alerts = changes.rebased("pages", built.pages), changes.rebased("alerts", air.alerts)
    plan = _Plan(
        pages, alerts, changes.rebased_answers(), changes.rebased_contents("pages"),
        changes.rebased_contents("alerts"), changes.declared, ({}, {}),
    )  # fmt: skip
    return msgspec.structs.replace(plan, over=_touched(plan, air, built))


def _touched(plan: _Plan, air: Root, built: Root) -> tuple[Mapping[str, str | None], Mapping[str, str | None]]:
    return {p: built.pages.get(p) for p in plan.pages}, {p: air.alerts.get(p) for p in plan.alerts}


def _commit(
    room: Room,
    heads: Heads,
    air: Root,
    built: Root,
    plan: _Plan,
    action: str,
    note: str,
    inputs: dict[str, str],
    made: float,
) -> Heads | None:
    """The part under the lock. Returns the new heads, or None when nothing differs."""
    news = {"action": action, "note": note, "inputs": inputs, "published": made}
    pages = {
        "pages": _over(built.pages, plan.pages),
        "contents": _over(built.contents, plan.contents),
        "declared": plan.declared or built.declared,
    }
    shared = {
        "alerts": _over(air.alerts, plan.alerts),
        "answers": plan.answers or air.answers,
        "warnings": _over(air.warnings, plan.warnings),
    }
    seq = _clean_ahead(room, heads)
    if not heads.held:
        root = _replace(air, **pages, **shared)
        return (
            None
            if _same(root, air) and air.id
            else switch(room, heads, _replace(root, base="", **news), seq, both=True)
        )
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


def _over(base: Mapping[str, str], edits: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**base, **edits}
    return {profile: key for profile, key in sorted(merged.items()) if key is not None}


def _same(one: Root, other: Root) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _TREES)


_TREES = ("pages", "alerts", "answers", "denied", "contents", "warnings", "declared")


def _replace(root: Root, **fields: object) -> Root:
    return msgspec.structs.replace(root, **fields)
