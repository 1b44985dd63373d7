"""Opening the archive's database, and writing to it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from feeds.base.errors import SpaceError

_LOCKED_S = 30.0
_POOL: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 27}
"""A third of what PostgreSQL allows by itself, for one of two processes that work."""


def patience(url: str) -> dict[str, Any]:
    """What to tell the driver of the database at ``url``, so that a server that is gone is known to be in seconds."""
    if make_url(url).get_backend_name() != "postgresql":
        return {}
    return {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }


class Writing:
    """``with`` one writing transaction, which takes the writer's place at once: it never has to give way half done.

    Raises SpaceError when the database has no room left.
    """

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(write=True)

    def __enter__(self) -> Connection:
        self._transaction = self._connection.begin()
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, *_: object) -> None:
        try:
            self._end(failed=kind is not None)
        except DatabaseError as late:
            error = late
            raise
        finally:
            self._connection.close()
            if _is_full(error):
                raise SpaceError("the archive") from error

    def _end(self, *, failed: bool) -> None:
        self._transaction.rollback() if failed else self._transaction.commit()


def _is_full(error: BaseException | None) -> bool:
    """Whether the database says so: SQLite's SQLITE_FULL, PostgreSQL's disk_full (53100)."""
    if not isinstance(error, DatabaseError):
        return False
    code = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "")
    return code in ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "53100")


def connect(url: str) -> Engine:
    """The engine for a SQLAlchemy URL; a SQLite file's folder is made, its log is written ahead and synced."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return create_engine(url, connect_args=patience(url), **_POOL)
    in_memory = not where.database or where.database == ":memory:"
    if where.database and not in_memory:
        Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"connect_args": {"timeout": 30, "check_same_thread": False}}
    if in_memory:
        options["poolclass"] = StaticPool
    else:
        options.update(pool_size=8, max_overflow=64)
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # The driver's own transactions begin too late and end too early; ours begin where we say (see "begin").
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("busy_timeout=30000", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        _write_ahead(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Have the log written ahead. Of several first starts one turns it on; to the others SQLite says at once that the
    file is locked, without waiting as it does for everything else."""
    until = time.monotonic() + _LOCKED_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
