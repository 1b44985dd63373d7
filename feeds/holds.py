"""Sources that a person holds: what they said last stands in for all that they say until they are let go.

Gathering goes on, so that what would come is seen; nothing of it is on air before. Of a moment that has passed it is
known whether its source was held then.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from feeds.tables import HoldRow, SnapshotRow, from_micros, to_micros


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """``who`` holds a source since when, and why."""

    source: str
    since: datetime
    who: str
    reason: str


def hold(connection: Connection, held: Hold, snapshot: int | None = None) -> bool:
    """Have what the source said last, or an earlier ``snapshot`` of it, stand from now on. False where it is held
    already, or never said that."""
    there = select(HoldRow.id).where(HoldRow.source == held.source, HoldRow.until.is_(None))
    said = select(func.max(SnapshotRow.id)).where(SnapshotRow.source == held.source)
    if snapshot is not None:
        said = said.where(SnapshotRow.id == snapshot)
    snapshot = connection.execute(said).scalar()
    if snapshot is None or connection.execute(there).first():
        return False
    row = {**msgspec.structs.asdict(held), "since": to_micros(held.since), "snapshot": snapshot, "until": None}
    connection.execute(insert(HoldRow).values(**row))
    return True


def release(connection: Connection, source: str, now: datetime) -> bool:
    """Let a source go: what it says now is on air with the next build. False where it is not held."""
    mine = update(HoldRow).where(HoldRow.source == source, HoldRow.until.is_(None))
    return bool(connection.execute(mine.values(until=to_micros(now))).rowcount)


def holds(connection: Connection) -> dict[str, Hold]:
    """What is held now, by source."""
    query = select(HoldRow.__table__).where(HoldRow.until.is_(None)).order_by(HoldRow.source)
    return {row.source: _hold(row) for row in connection.execute(query)}


def frozen(connection: Connection, source_ids: Collection[str], at: datetime | None) -> dict[str, int]:
    """The snapshots that stand in for what their sources say, or stood at ``at``: source -> the snapshot's id."""
    query = select(HoldRow.source, HoldRow.snapshot).where(HoldRow.source.in_(list(source_ids)))
    if at is None:
        query = query.where(HoldRow.until.is_(None))
    else:
        moment = to_micros(at)
        query = query.where(HoldRow.since <= moment, HoldRow.until.is_(None) | (HoldRow.until > moment))
    return {row.source: row.snapshot for row in connection.execute(query.order_by(HoldRow.id))}


def kept() -> Any:
    """The ids of the snapshots that stand, or stood, in for others: they may not be pruned."""
    return select(HoldRow.snapshot)


def expire(connection: Connection, before: datetime) -> None:
    """Forget what was let go before a moment."""
    connection.execute(delete(HoldRow).where(HoldRow.until < to_micros(before)))


def _hold(row: Any) -> Hold:
    since = from_micros(row.since)
    assert since is not None
    return Hold(source=row.source, since=since, who=row.who, reason=row.reason)
