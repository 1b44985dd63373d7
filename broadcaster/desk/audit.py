"""The record of who did what at the desk: rows that are only ever added, each with a hash of itself and the last one.

A row that was changed or taken out breaks the chain from there on; ``verify`` says where.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, func, insert, select

from broadcaster.desk.tables import AuditRow
from feeds.tables import from_micros, to_micros

_FIRST = "0" * 64


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the record."""

    id: int
    at: datetime
    who: str
    did: str
    what: dict[str, Any]


def note(connection: Connection, at: datetime, who: str, did: str, **what: Any) -> None:
    """Add a row, in the transaction of what was done."""
    last = connection.execute(select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)).scalar() or _FIRST
    row = {"at": to_micros(at), "who": who, "did": did, "what": json.dumps(what, sort_keys=True, ensure_ascii=False)}
    connection.execute(insert(AuditRow).values(**row, before=last, hash=_hash(last, row)))


def newest(engine: Engine) -> int:
    """The number of the last deed: another one, and something was done."""
    with engine.connect() as connection:
        return connection.execute(select(func.max(AuditRow.id))).scalar() or 0


def verify(engine: Engine) -> int | None:
    """The number of the first row that is not as it was written, or that does not follow the one before; None when all
    are in order."""
    with engine.connect() as connection:
        return broken(connection)


def broken(connection: Connection) -> int | None:
    """The same, in a transaction."""
    before = _FIRST
    for found in connection.execute(select(AuditRow.__table__).order_by(AuditRow.id)):
        row = {name: getattr(found, name) for name in ("at", "who", "did", "what")}
        if found.before != before or found.hash != _hash(before, row):
            return int(found.id)
        before = found.hash
    return None


def deeds(engine: Engine, most: int = 200) -> Iterator[Deed]:
    """The newest rows first."""
    with engine.connect() as connection:
        query = select(AuditRow.__table__).order_by(AuditRow.id.desc()).limit(most)
        for row in connection.execute(query).all():
            at = from_micros(row.at)
            assert at is not None
            yield Deed(id=row.id, at=at, who=row.who, did=row.did, what=json.loads(row.what))


def _hash(before: str, row: dict[str, Any]) -> str:
    text = json.dumps([before, row["at"], row["who"], row["did"], row["what"]], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
