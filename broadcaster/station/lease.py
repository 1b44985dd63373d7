"""Who works: of several ``channel work`` on one store, one leads by a lease in the archive's database.

Whoever stands by watches the lease change: each renewal writes another value. One that has not changed for ``TERM_S``
of the watcher's own monotonic clock has run out; it is taken over at once when the holder said goodbye or was a process
of this machine that is gone. No wall clock decides anything: whichever machine's is set, by however much, the lease is
neither lost nor held on to. Two that both believed to lead would do the same work twice and publish the same bytes: the
store's own lock keeps it whole.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Engine, Float, Integer, MetaData, String, Table, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from feeds.base.machine import lives
from feeds.database import patience

_LOG = logging.getLogger(__name__)
TERM_S = 20.0
RENEW_S = 5.0
LOOK_S = 2.0
"""How often whoever stands by looks: with the term, another leads 24 s after the leader's machine fell silent."""
NAME = "work"
_METADATA = MetaData()
_LEASES = Table(
    "work_leases",
    _METADATA,
    Column("name", String(40), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("until", Float, nullable=False),
)


class Lease:
    """One process's claim. ``until`` says for people when it would run out, and 0 that it was given back."""

    def __init__(
        self, url: str, *, now: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        """``now`` is only written down, ``steady`` measures. Raises SQLAlchemyError when the database cannot be
        reached."""
        self._now, self._steady = now, steady
        self._seen: tuple[str, float] | None = None
        self._since = 0.0
        self._host, self._pid = socket.gethostname(), os.getpid()
        self.holder = f"{self._host}:{self._pid}:{os.urandom(4).hex()}"
        self._engine = _engine(url)
        self._make_table()
        self._stop = threading.Event()
        self.lost = threading.Event()
        """Set when another one leads although this process never gave the lease up."""

    def _make_table(self) -> None:
        try:
            _METADATA.create_all(self._engine, checkfirst=True)
        except SQLAlchemyError:
            # Two that begin at once both find no table; the second finds it made.
            _METADATA.create_all(self._engine, checkfirst=True)

    def take(self) -> bool:
        """Take or renew the lease; whether this process leads now. Raises SQLAlchemyError."""
        now = self._now()
        mine: dict[str, Any] = {"holder": self.holder, "host": self._host, "pid": self._pid, "until": now + TERM_S}
        with self._engine.begin() as connection:
            row = connection.execute(select(_LEASES).where(_LEASES.c.name == NAME)).mappings().first()
            if row is None:
                return self._first(connection, mine)
            if row["holder"] != self.holder and not self._has_run_out(row):
                return False
            if mine["until"] == row["until"]:
                # A clock that was set back to this very moment: to whoever watches, nothing would have changed.
                mine["until"] = now + TERM_S + 1.0
            # Only over what was just read: of two that both saw the term run out, one comes first.
            same = (_LEASES.c.name == NAME) & (_LEASES.c.holder == row["holder"]) & (_LEASES.c.until == row["until"])
            return connection.execute(update(_LEASES).where(same).values(**mine)).rowcount == 1

    def wait(self, ended: threading.Event) -> bool:
        """Stand by until this process leads (True) or ``ended`` is set (False)."""
        told = False
        while not ended.is_set():
            try:
                if self.take():
                    return True
            except SQLAlchemyError as error:
                # While the database is away the holder cannot renew either: it gets its term again.
                self._seen = None
                _LOG.warning("the lease cannot be read", extra={"error": type(error).__name__})
            if not told:
                told = True
                _LOG.info("standing by: another process works on this store", extra={"holder": self.leader()})
            ended.wait(LOOK_S)
        return False

    def leader(self) -> str:
        """Host and process that held the lease last, empty when it was given back or nobody can tell."""
        try:
            with self._engine.connect() as connection:
                row = connection.execute(select(_LEASES).where(_LEASES.c.name == NAME)).mappings().first()
        except SQLAlchemyError:
            return ""
        return f"{row['host']}:{row['pid']}" if row is not None and row["until"] else ""

    def keep(self) -> None:
        """Renew the lease from a thread of its own. While the database is away, nobody else can take it either."""
        threading.Thread(target=self._renew, name="lease", daemon=True).start()

    def give_back(self) -> None:
        """Let another one lead at once."""
        self._stop.set()
        try:
            with self._engine.begin() as connection:
                mine = (_LEASES.c.name == NAME) & (_LEASES.c.holder == self.holder)
                connection.execute(update(_LEASES).where(mine).values(until=0.0))
        except SQLAlchemyError as error:
            _LOG.warning("the lease runs out by itself", extra={"error": type(error).__name__})
        self._engine.dispose()

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_S):
            try:
                if not self.take() and not self._stop.is_set():
                    _LOG.error("another process took over", extra={"holder": self.leader()})
                    self.lost.set()
                    return
            except SQLAlchemyError as error:
                _LOG.warning("the lease is not renewed", extra={"error": type(error).__name__})

    @staticmethod
    def _first(connection: Connection, mine: dict[str, object]) -> bool:
        try:
            connection.execute(insert(_LEASES).values(name=NAME, **mine))
        except IntegrityError:
            return False
        return True

    def _has_run_out(self, row: Mapping[Any, Any]) -> bool:
        """Whether another one's lease may be taken: given back, of a process that is gone, or unchanged too long."""
        if not row["until"] or self._gone(row["host"], row["pid"]):
            return True
        seen = (row["holder"], row["until"])
        if seen != self._seen:
            self._seen, self._since = seen, self._steady()
        return self._steady() - self._since > TERM_S

    def _gone(self, host: str, pid: int) -> bool:
        """Whether the holder was a process of this machine that is no more."""
        return host == self._host and not lives(pid)


def _engine(url: str) -> Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, connect_args=patience(url))
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    return sa.create_engine(url, connect_args={"timeout": 5})
