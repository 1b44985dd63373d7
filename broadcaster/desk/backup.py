"""What the desk keeps, as files of a backup, and a desk made of them again.

Every table of the desk is kept, whole, with the pictures that its texts name, but those that are of the day: who is
logged in, who has a text open, and logins that failed. Files name the migration that their rows are of: an older one is
brought forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, select, text

from broadcaster.desk import audit
from broadcaster.desk.tables import MIGRATIONS, VERSION, Base, PersonRow, PresenceRow, SessionRow, TextRow, TryRow
from feeds import migrations
from feeds.base.errors import TrustError
from feeds.tables import PictureRow

_OF_THE_DAY = frozenset(row.__tablename__ for row in (SessionRow, TryRow, PresenceRow))
_HEAD = "desk.json"
_AT_ONCE = 500
_LARGEST = 1 << 30


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """``desk.json``: the migration, and how many rows each table has."""

    format: int = 1
    version: str
    rows: dict[str, int]


class _Rows(msgspec.Struct, frozen=True, array_like=True):
    """Some rows of a table."""

    table: str
    columns: list[str]
    rows: list[list[Any]]


def keep(engine: Engine, folder: Path) -> Head:
    """Write every row into files of ``folder``, as of one moment."""
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
    counts: dict[str, int] = {}
    with connection, connection.begin():
        for table in kept_tables():
            name = str(table.name)
            counts[name] = 0
            for number, rows in enumerate(_read(connection, table)):
                counts[name] += len(rows.rows)
                packed = zstandard.compress(msgspec.msgpack.encode(rows))
                (folder / f"{name}.{number:06d}").write_bytes(packed)
    head = Head(version=migrations.head(MIGRATIONS), rows=counts)
    (folder / _HEAD).write_bytes(msgspec.json.encode(head))
    return head


def is_there(engine: Engine) -> bool:
    """Whether the database has a desk with people or texts."""
    with engine.connect() as connection:
        counts = (select(func.count()).select_from(row.__table__) for row in (PersonRow, TextRow))
        return any(connection.execute(count).scalar() for count in counts)


def load(connection: Connection, folder: Path) -> Head | None:
    """Fill an empty desk with the files of ``folder``, in the connection's transaction; None where they hold none.
    Raises TrustError for what is damaged, of a newer program, or whose record of deeds is not whole."""
    if not (folder / _HEAD).is_file():
        return None
    try:
        head = msgspec.json.decode((folder / _HEAD).read_bytes(), type=Head)
        if head.format != 1 or head.version > migrations.head(MIGRATIONS):
            raise TrustError("restore: the desk in this backup is of a newer version", hint="install that one first")
        migrations.move(connection, MIGRATIONS, VERSION, head.version)
        counts = dict.fromkeys(head.rows, 0)
        for path in sorted([*folder.glob("desk_*"), *folder.glob(f"{PictureRow.__tablename__}.*")]):
            packed = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=_LARGEST)
            rows = msgspec.msgpack.decode(packed, type=_Rows)
            counts[rows.table] += len(rows.rows)
            table = Table(rows.table, MetaData(), autoload_with=connection)
            connection.execute(insert(table), [dict(zip(rows.columns, row, strict=True)) for row in rows.rows])
    except (msgspec.MsgspecError, zstandard.ZstdError, KeyError, ValueError) as error:
        raise TrustError(f"restore: the desk in this backup is damaged: {error}") from None
    if counts != head.rows:
        raise TrustError("restore: the desk in this backup is damaged: rows are missing")
    migrations.move(connection, MIGRATIONS, VERSION, migrations.head(MIGRATIONS))
    _count_on(connection)
    if (row := audit.broken(connection)) is not None:
        raise TrustError(f"restore: row {row} of the desk's record is not as it was written")
    return head


def kept_tables() -> list[Table]:
    """The tables whose rows a backup keeps."""
    own = [table for table in Base.metadata.sorted_tables if table.name not in _OF_THE_DAY]
    return [*own, PictureRow.__table__]  # type: ignore[list-item]


def _read(connection: Connection, table: Table) -> Iterator[_Rows]:
    columns = [str(column.name) for column in table.columns]
    found = connection.execution_options(yield_per=_AT_ONCE).execute(select(table).order_by(*table.primary_key.columns))
    for some in found.partitions(_AT_ONCE):
        yield _Rows(str(table.name), columns, [list(row) for row in some])


def _count_on(connection: Connection) -> None:
    """Have PostgreSQL number further rows after those that came with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for table in kept_tables():
        if table.autoincrement_column is not None:
            name = table.autoincrement_column.name
            place = {"table": table.name, "column": name}
            if connection.execute(text("select pg_get_serial_sequence(:table, :column)"), place).scalar():
                newest = connection.execute(select(func.max(table.c[name]))).scalar() or 0
                told = text("select setval(pg_get_serial_sequence(:table, :column), :to, :is_used)")
                connection.execute(told, {**place, "to": max(newest, 1), "is_used": newest > 0})
