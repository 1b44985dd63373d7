"""What was taken down is said nowhere: its record leaves what its sources gave before any view is asked, so no list
has its row, no menu counts it and no ticker reads it out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import msgspec

from channel.lineup import Lineup
from feeds.source import Snapshot

Snapshots = Mapping[str, Snapshot]


class Down(NamedTuple):
    """What pages and items that were taken down mean to those who say something: the ``records`` by source that are
    not to be said, and the ``links`` that no record stands behind (pages, and items that are made of many records)."""

    records: Mapping[str, frozenset[str]] = {}
    links: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    """All that was taken down."""

    def withheld(self, snapshots: Snapshots) -> dict[str, Snapshot]:
        """What the sources gave, without those records; what lost one has a name of its own."""
        return {name: _without(snapshot, self.records.get(name, ())) for name, snapshot in snapshots.items()}


NOTHING = Down()


def down_of(units: Collection[str], lineup: Lineup, latest: Callable[[Collection[str]], Snapshots]) -> Down:
    """What ``units`` (``201``, ``201.h17``) stand for in what sources gave last, which ``latest`` finds by id."""
    items = [(unit, *unit.split(".")) for unit in units if "." in unit]
    named = {page: set(lineup.pages[page].sources.values()) for _, page, _ in items if page in lineup.pages}
    given = latest(sorted(set().union(*named.values()))) if named else {}
    known = {source: {record.id for record in snapshot.records} for source, snapshot in given.items()}
    records: dict[str, set[str]] = {}
    found = set()
    for unit, page, item in items:
        for source in named.get(page, ()):
            if item in known.get(source, ()):
                records.setdefault(source, set()).add(item)
                found.add(unit)
    withheld = {source: frozenset(ids) for source, ids in records.items()}
    return Down(withheld, frozenset(units) - found, frozenset(units))


def _without(snapshot: Snapshot, gone: Collection[str]) -> Snapshot:
    kept = tuple(record for record in snapshot.records if record.id not in gone)
    if len(kept) == len(snapshot.records):
        return snapshot
    name = hashlib.blake2b(f"{snapshot.digest} without {sorted(gone)}".encode(), digest_size=16).hexdigest()
    pinned = tuple(ident for ident in snapshot.pinned if ident not in gone)
    return msgspec.structs.replace(snapshot, records=kept, digest=name, pinned=pinned)
