"""How each asking of a source went, one row an ask, and who wants one asked now, in the archive's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from feeds.tables import AskRow, WantedRow, from_micros, to_micros

KEEP = 10_080
"""Asks kept of each source: a week of one a minute."""
_MOST_ERROR = 300
Outcome: TypeAlias = Literal["changed", "unchanged", "failed", "kept"]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """``outcome`` as ``feeds.gather.Gathering`` has it; ``count`` is None where nothing came that was believed;
    ``seconds`` is how long it took."""

    source: str
    at: datetime
    outcome: Outcome
    count: int | None = None
    quarantined: int | None = None
    seconds: float = 0.0
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the source was read."""
        return self.outcome in ("changed", "unchanged")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """That ``who`` wanted the source asked, since when."""

    source: str
    at: datetime
    who: str


def note(connection: Connection, ask: Ask) -> None:
    """Write an ask down, in the transaction of what came of it; whoever wanted one has it. The oldest go."""
    mine = AskRow.source == ask.source
    number = 1 + (connection.execute(select(func.max(AskRow.number)).where(mine)).scalar() or 0)
    row = {**msgspec.structs.asdict(ask), "number": number, "at": to_micros(ask.at), "error": ask.error[:_MOST_ERROR]}
    connection.execute(insert(AskRow).values(**row))
    connection.execute(delete(AskRow).where(mine, AskRow.number <= number - KEEP))
    connection.execute(delete(WantedRow).where(WantedRow.source == ask.source))


def recent(connection: Connection, source: str, since: datetime) -> list[Ask]:
    """The asks of a source since a moment, the oldest first, after the last before it that went well."""
    mine, at = AskRow.source == source, to_micros(since)
    query = select(AskRow.__table__).where(mine)
    before = query.where(AskRow.at < at, AskRow.outcome.in_(("changed", "unchanged")))
    rows = [
        *connection.execute(before.order_by(AskRow.number.desc()).limit(1)),
        *connection.execute(query.where(AskRow.at >= at).order_by(AskRow.number)),
    ]
    return [_ask(row._mapping) for row in rows]


def expire(connection: Connection, before: datetime) -> None:
    """Forget the asks before a moment."""
    connection.execute(delete(AskRow).where(AskRow.at < to_micros(before)))


def want(connection: Connection, wish: Wish) -> None:
    """Have a source asked by whoever gathers; one that is wanted already stays so."""
    values = {"at": to_micros(wish.at), "who": wish.who}
    done = connection.execute(update(WantedRow).where(WantedRow.source == wish.source).values(**values))
    if not done.rowcount:
        connection.execute(insert(WantedRow).values(source=wish.source, **values))


def wanted(connection: Connection) -> Iterator[Wish]:
    """The sources that are wanted and were not asked since."""
    for row in connection.execute(select(WantedRow.__table__).order_by(WantedRow.at)).all():
        at = from_micros(row.at)
        assert at is not None
        yield Wish(source=row.source, at=at, who=row.who)


def _ask(row: Mapping[Any, Any]) -> Ask:
    found: dict[str, Any] = {name: row[name] for name in Ask.__struct_fields__}
    return Ask(**{**found, "at": from_micros(row["at"])})
