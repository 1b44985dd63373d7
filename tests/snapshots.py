"""Snapshots to keep in an archive: version ``n`` of a source's contacts."""

from __future__ import annotations

from datetime import datetime

from feeding import NOW

from feeds.records import Contact, Problem
from feeds.source import Snapshot, records_digest


def snapshot(n: int, moment: datetime = NOW, source: str = "one", count: int = 3) -> Snapshot:
    """The snapshot of ``source`` that says ``n``, first seen at ``moment``."""
    records = tuple(Contact(id=f"c{k}", name=f"第{n}版", phone=str(k)) for k in range(count))
    problems = (Problem(position="row 1", reason="没有名字", value="x"),)
    return Snapshot(
        source=source,
        observed=moment,
        checked=moment,
        digest=records_digest(records),
        records=records,
        problems=problems,
    )
