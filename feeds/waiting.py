"""The items that wait for an editor, in the archive's database."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, insert, select, update

from feeds.review import Held, Verdict, content_of
from feeds.source import Snapshot
from feeds.tables import HeldRow, from_micros, to_micros

Hidden: TypeAlias = dict[str, set[tuple[str, str]]]
"""Source -> (item, wording) of what may not be shown."""


def hold(connection: Connection, held: Iterable[Held], moment: datetime) -> bool:
    """Note the items that may not be shown; whether one of them is new."""
    new = False
    for item in held:
        mine = (HeldRow.source == item.source, HeldRow.item == item.item, HeldRow.content == item.content)
        done = connection.execute(update(HeldRow).where(*mine).values(seen=to_micros(moment)))
        if not done.rowcount:
            new = True
            row = {
                "source": item.source, "item": item.item, "content": item.content, "reason": item.reason,
                "since": to_micros(item.since), "seen": to_micros(moment), "decided": None, "verdict": "",
            }  # fmt: skip
            connection.execute(insert(HeldRow), [row])
    return new


def hidden(connection: Connection, source_ids: Collection[str], at: datetime | None) -> Hidden:
    """What may not be shown (or could not at ``at``): whatever an editor had not released."""
    query = select(HeldRow.source, HeldRow.item, HeldRow.content).where(HeldRow.source.in_(list(source_ids)))
    released = HeldRow.verdict == "released"
    if at is not None:
        released &= HeldRow.decided <= to_micros(at)
        query = query.where(HeldRow.since <= to_micros(at))
    found: Hidden = {}
    for row in connection.execute(query.where(~released)):
        found.setdefault(row.source, set()).add((row.item, row.content))
    return found


def showing(snapshot: Snapshot, gone: set[tuple[str, str]]) -> Snapshot:
    """The snapshot without these items, under a name of its own."""
    items = {item for item, _ in gone}
    kept = tuple(r for r in snapshot.records if r.id not in items or (r.id, content_of(r)) not in gone)
    if len(kept) == len(snapshot.records):
        return snapshot
    missing = sorted(items - {record.id for record in kept})
    digest = hashlib.blake2b(f"{snapshot.digest} {missing}".encode(), digest_size=16).hexdigest()
    return msgspec.structs.replace(snapshot, records=kept, digest=digest)


def rows(connection: Connection, source_ids: Collection[str] | None) -> list[Any]:
    """The undecided rows, oldest first."""
    query = select(HeldRow.__table__).where(HeldRow.verdict == "").order_by(HeldRow.since, HeldRow.item)
    if source_ids is not None:
        query = query.where(HeldRow.source.in_(list(source_ids)))
    return list(connection.execute(query))


def with_records(undecided: Iterable[Any], now: dict[str, Snapshot]) -> list[Held]:
    """The rows whose item the source still has in that wording, with their records: the others need no decision."""
    records = {(name, record.id): record for name, snapshot in now.items() for record in snapshot.records}
    found = []
    for row in undecided:
        record = records.get((row.source, row.item))
        since = from_micros(row.since)
        if record is not None and since is not None and content_of(record) == row.content:
            found.append(
                Held(
                    source=row.source, item=row.item, content=row.content, reason=row.reason, since=since, record=record
                )
            )
    return found


def decide(connection: Connection, held: Held, verdict: Verdict, moment: datetime) -> bool:
    """Write an editor's decision down. False where somebody else was quicker."""
    mine = (HeldRow.source == held.source, HeldRow.item == held.item, HeldRow.content == held.content)
    undecided = update(HeldRow).where(*mine, HeldRow.verdict == "")
    return bool(connection.execute(undecided.values(verdict=verdict, decided=to_micros(moment))).rowcount)
