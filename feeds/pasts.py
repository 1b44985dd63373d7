"""The snapshots of sources without their records: what was said when, and how much of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from feeds.tables import SnapshotRow, from_micros


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot in the history, without its records."""

    id: int
    observed: datetime
    checked: datetime
    digest: str
    count: int
    quarantined: int


def history(connection: Connection, source: str, most: int) -> list[Past]:
    """The last snapshots of a source, newest first."""
    query = _columns().where(SnapshotRow.source == source).order_by(SnapshotRow.id.desc()).limit(most)
    return [_past(row) for row in connection.execute(query)]


def newest(connection: Connection, source_ids: Collection[str]) -> dict[str, Past]:
    """The last snapshot of each source that ever gave one."""
    last = select(func.max(SnapshotRow.id)).where(SnapshotRow.source.in_(source_ids)).group_by(SnapshotRow.source)
    query = _columns().where(SnapshotRow.id.in_(last))
    return {row.source: _past(row) for row in connection.execute(query)}


def _columns() -> Any:
    row = SnapshotRow
    return select(row.id, row.source, row.observed, row.checked, row.digest, row.count, row.quarantined)


def _past(row: Any) -> Past:
    observed, checked = from_micros(row.observed), from_micros(row.checked)
    assert observed is not None and checked is not None
    return Past(
        id=row.id, observed=observed, checked=checked, digest=row.digest, count=row._mapping["count"],
        quarantined=row.quarantined,
    )  # fmt: skip
