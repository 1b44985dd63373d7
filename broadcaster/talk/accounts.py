"""Whose answers are for which estate: a salted hash of an account and an estate, nothing else, forgotten on demand."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import BigInteger, Engine, String, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from feeds import migrations
from feeds.base.files import write_whole
from feeds.database import Writing, connect
from feeds.tables import to_micros

VERSION = "talk_version"
"""The table that names the newest migration."""
SALT = "talk-salt"
"""Its file in the state folder: without it nobody can tell whose hashes those are."""
KEPT = timedelta(days=400)
"""How long an estate is remembered for an account that is not heard of."""


class Accounts(Protocol):
    """What remembers estates."""

    def estate(self, account: str) -> str:
        """The estate of an account; empty: not known."""

    def remember(self, account: str, estate: str, now: datetime) -> None:
        """Remember the estate; nothing of an account without a name."""

    def forget(self, account: str) -> None:
        """Remember nothing of it any more."""


class NoAccounts:
    """Remembers nothing: for a terminal."""

    def estate(self, account: str) -> str:
        """Not known."""
        return ""

    def remember(self, account: str, estate: str, now: datetime) -> None:
        """Not remembered."""

    def forget(self, account: str) -> None:
        """Nothing to forget."""


class Base(DeclarativeBase):
    """The metadata that the migrations build."""


class AccountRow(Base):
    """An account, by its salted hash (HMAC-SHA-256), and its estate; ``seen`` in microseconds since 1970."""

    __tablename__ = "talk_accounts"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    estate: Mapped[str] = mapped_column(String(40))
    seen: Mapped[int] = mapped_column(BigInteger, index=True)


class KeptAccounts:
    """Accounts in the channel's database."""

    def __init__(self, engine: Engine, salt: bytes) -> None:
        self._engine, self._salt = engine, salt

    @classmethod
    def open(cls, url: str, state: Path) -> KeptAccounts:
        """Those of a channel; the salt is made where there is none."""
        engine = connect(url)
        migrations.upgrade(engine, Path(__file__).parent / "migrations", VERSION)
        path = state / SALT
        if not path.is_file():
            write_whole(path, secrets.token_bytes(32))
        return cls(engine, path.read_bytes())

    def estate(self, account: str) -> str:
        """The estate of an account; empty: not known."""
        if not account:
            return ""
        with self._engine.connect() as connection:
            query = select(AccountRow.estate).where(AccountRow.account == self._hash(account))
            return str(connection.execute(query).scalar() or "")

    def remember(self, account: str, estate: str, now: datetime) -> None:
        """Remember the estate, and forget who has not been heard of for long."""
        if not account:
            return
        with Writing(self._engine) as connection:
            known = self._hash(account)
            gone = (AccountRow.account == known) | (AccountRow.seen < to_micros(now - KEPT))
            connection.execute(delete(AccountRow).where(gone))
            connection.execute(
                AccountRow.__table__.insert().values(account=known, estate=estate, seen=to_micros(now))  # type: ignore[attr-defined]
            )

    def forget(self, account: str) -> None:
        """Remember nothing of it any more."""
        with Writing(self._engine) as connection:
            connection.execute(delete(AccountRow).where(AccountRow.account == self._hash(account)))

    def _hash(self, account: str) -> str:
        return hmac.new(self._salt, account.encode(), hashlib.sha256).hexdigest()
