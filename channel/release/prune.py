"""Pruning: which releases stay, which objects they still need, and packs written again without the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import ExitStack
from datetime import datetime

import msgspec

from channel.release.contents import reachable
from channel.release.locks import locked
from channel.release.objects import MAP, ROLL, sound
from channel.release.pack import Pack, PackWriter
from channel.release.retired import expire, retire, retired
from channel.release.room import Room
from channel.release.tree import Root
from feeds.base.errors import BusyError

WASTE = 0.3
"""A pack of which a larger share is not needed any more is written again."""
FEW = 24
"""As many packs as may stand side by side before small ones are joined: each costs a look-up a probe."""


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What pruning did: releases dropped and kept, objects dropped, bytes given back, packs left."""

    dropped: int
    kept: int
    objects: int
    bytes: int
    packs: int


class _Live:
    """Which objects are needed."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.maps: set[bytes] = set()
        self.books: set[bytes] = set()

    def release(self, root: Root) -> None:
        """Everything that a release leads to."""
        self.maps.update(bytes.fromhex(key) for key in (root.answers, root.declared) if key)
        for _, _, page in reachable([root.contents, root.warnings], self._room.objects.get, self.maps):
            self.books.update(page.books)

    def __contains__(self, mark: tuple[int, bytes]) -> bool:
        kind, key = mark
        return key in (self.maps if kind == MAP else self.books)


def prune(room: Room, *, keep: int, now: datetime, wait: float = 30.0) -> Pruned:
    """Keep the last ``keep`` releases, both heads, for a day what others said, and every object that these need.

    Runs beside builders and only at its end waits up to ``wait`` seconds for them to finish. Raises BusyError when
    they do not, or when another prune runs; nothing is lost then.
    """
    with locked(room.lock("sweep"), wait=0.0):
        room.objects.refresh()
        kept, dropped = _choose(room, keep)
        live = _Live(room)
        for root in kept:
            live.release(root)
        _drop(room, dropped, now.timestamp())
        for root in retired(room):
            live.release(root)
        objects, size = _sweep(room, live, {root.id for root in kept}, wait)
        room.note("prune", room.heads(), dropped=len(dropped))
        return Pruned(dropped=len(dropped), kept=len(kept), objects=objects, bytes=size, packs=len(room.objects.packs))


def discard(room: Room, idents: Collection[str], now: datetime) -> int:
    """Forget releases that are of no use; heads stay. Their objects go with the next prune. Returns how many went."""
    heads = room.heads()
    roots = room.readable()
    gone = [root for root in roots if root.id in idents and root.id not in (heads.air, heads.built)]
    with locked(room.lock("sweep")):
        for root in gone:
            room.records.remove(root.id)
        expire(room, now.timestamp())
    readable = {root.id for root in roots}
    torn = [i for i in room.records.ids() if i in idents and i not in readable and i not in (heads.air, heads.built)]
    for ident in torn:
        room.records.remove(ident)
    return len(gone) + len(torn)


def tidy(room: Room) -> bool:
    """Join small packs when there are many. Takes nothing away, so builders and readers may go on meanwhile."""
    if len(room.objects.packs) <= FEW:
        return False
    try:
        with locked(room.lock("sweep"), wait=0.0):
            room.objects.refresh()
            small = _smallest(room.objects.packs)
            if len(small) < 2:
                return False
            fresh = _copy(room, small, None, set())
            _remove(room, [pack for pack in small if pack.name not in fresh])
            return True
    except BusyError:
        return False


def _smallest(packs: Iterable[Pack]) -> list[Pack]:
    """The smallest packs, so few that joining them does not hold up whoever publishes."""
    chosen, size = [], 0
    for pack in sorted(packs, key=lambda pack: pack.size)[: FEW - 4]:
        size += pack.size
        if size > ROLL // 2:
            break
        chosen.append(pack)
    return chosen


def _choose(room: Room, keep: int) -> tuple[list[Root], list[Root]]:
    roots = room.readable()
    heads = room.heads()
    stay = {root.id for root in roots[-max(1, keep) :]} | {heads.air, heads.built}
    return [r for r in roots if r.id in stay], [r for r in roots if r.id not in stay]


def _drop(room: Room, dropped: Iterable[Root], now: float) -> None:
    """Retire ``dropped`` and forget their records: in this order, so that a kill loses nothing that they say."""
    for root in dropped:
        retire(room, root, now)
    for root in dropped:
        room.records.remove(root.id)
    expire(room, now)


def _sweep(room: Room, live: _Live, walked: set[str], wait: float) -> tuple[int, int]:
    """Write wasteful packs again, then take the old ones away while no builder relies on them."""
    before = sum(pack.size for pack in room.objects.packs)
    copied: set[bytes] = set()
    doomed = _wasteful(room, live, copied)
    number = sum(pack.count for pack in room.objects.packs)
    fresh = _copy(room, doomed, live, copied)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(room.lock("write"), wait=wait))
        except BusyError:
            _remove(room, [pack for pack in room.objects.packs if pack.name in fresh])
            raise
        # Releases that were published meanwhile may need objects that nobody needed before.
        later = _Live(room)
        later.maps |= live.maps
        for root in room.readable():
            if root.id not in walked:
                later.release(root)
        later.maps -= live.maps
        if later.maps or later.books:
            fresh |= _copy(room, doomed, later, copied)
        _remove(room, [pack for pack in doomed if pack.name not in fresh])
        for leftover in room.objects.folder.glob(".*tmp"):
            room.disk.remove(leftover)
    left = room.objects.packs
    return number - sum(pack.count for pack in left), before - sum(pack.size for pack in left)


def _wasteful(room: Room, live: _Live, elsewhere: set[bytes]) -> list[Pack]:
    """Packs to write again. ``elsewhere`` receives the marks of live objects in the packs that stay."""
    doomed = []
    packs = sorted(room.objects.packs, key=lambda p: -p.size)
    crowded = len(packs) > FEW
    for pack in packs:
        mine = [(key + bytes((kind,)), length) for kind, key, _, length in pack if (kind, key) in live]
        mine = [(mark, length) for mark, length in mine if mark not in elsewhere]
        needed = sum(length for _, length in mine)
        if needed < (1 - WASTE) * pack.size or (crowded and pack.size < ROLL // 4):
            doomed.append(pack)
        else:
            elsewhere.update(mark for mark, _ in mine)
    return doomed


def _copy(room: Room, packs: Iterable[Pack], live: _Live | None, copied: set[bytes]) -> set[str]:
    """The sound objects of ``packs`` that are ``live`` (all, when None) into new packs; each mark once."""
    names: set[str] = set()
    writer: PackWriter | None = None
    try:
        for pack in packs:
            for kind, key, offset, length in pack:
                mark = key + bytes((kind,))
                if mark in copied or (live is not None and (kind, key) not in live):
                    continue
                data = pack.read(kind, key, offset, length)
                if data is None or not sound(key, data):
                    continue
                copied.add(mark)
                writer = writer or PackWriter(room.objects.folder, room.disk)
                writer.add(kind, key, data)
                if writer.size >= ROLL:
                    names.add(writer.finish() or "")
                    writer = None
        if writer is not None:
            names.add(writer.finish() or "")
    except BaseException:
        if writer is not None:
            writer.discard()
        raise
    room.objects.refresh()
    return names


def rewrite(room: Room, packs: list[Pack]) -> None:
    """Everything in ``packs`` that is sound into new packs, in their place. The caller holds the lock ``write``."""
    fresh = _copy(room, packs, None, set())
    _remove(room, [pack for pack in packs if pack.name not in fresh])


def _remove(room: Room, packs: Iterable[Pack]) -> None:
    present = {pack.name for pack in packs} & {path.stem for path in room.objects.folder.iterdir()}
    for name in sorted(present):
        # The pack first: an index alone is never looked at.
        room.disk.remove(room.objects.folder / f"{name}.pack")
        room.disk.remove(room.objects.folder / f"{name}.idx")
    room.objects.refresh()
