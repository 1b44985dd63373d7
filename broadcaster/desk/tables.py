"""The desk's tables, in the database of the archive. Moments are whole microseconds since 1970 in UTC."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Engine, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from feeds import migrations
from feeds.database import connect

VERSION = "desk_version"
"""The table that names the newest migration."""
_Long = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The metadata that the migrations build."""


class PersonRow(Base):
    """Somebody who may log in; ``towns`` (JSON, empty: all) is where their words may go; never deleted, only ended."""

    __tablename__ = "desk_people"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    towns: Mapped[str] = mapped_column(Text)
    password: Mapped[str] = mapped_column(String(200))
    since: Mapped[int] = mapped_column(BigInteger)
    ended: Mapped[int | None] = mapped_column(BigInteger)


class SessionRow(Base):
    """A login: the hash of what the cookie says, and what forms must bring back."""

    __tablename__ = "desk_sessions"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    form: Mapped[str] = mapped_column(String(64))
    began: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)


class TryRow(Base):
    """A login that failed, by account and by address."""

    __tablename__ = "desk_tries"

    id: Mapped[int] = mapped_column(_Long, primary_key=True, autoincrement=True)
    who: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[int] = mapped_column(BigInteger)


class TextRow(Base):
    """A text: its newest revision with its end, and the one that was approved."""

    __tablename__ = "desk_texts"
    __table_args__ = (Index("desk_texts_by_state", "state", "ends"),)

    id: Mapped[int] = mapped_column(_Long, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    approved: Mapped[int | None] = mapped_column(Integer)
    page: Mapped[str] = mapped_column(String(3))
    ends: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class RevisionRow(Base):
    """What a text said once; never changed."""

    __tablename__ = "desk_revisions"

    text: Mapped[int] = mapped_column(_Long, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    author: Mapped[str] = mapped_column(String(40))
    at: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))


class SampleRow(Base):
    """What an address gave, or a file that somebody brought, while a source is made of it; ``content`` is zstd."""

    __tablename__ = "desk_samples"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, index=True)
    who: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(60))
    private: Mapped[bool] = mapped_column(Boolean)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class AuditRow(Base):
    """Who did what; each row's hash is of the row and of the hash before it."""

    __tablename__ = "desk_audit"

    id: Mapped[int] = mapped_column(_Long, primary_key=True, autoincrement=True)
    at: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(40))
    did: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def open_database(url: str) -> Engine:
    """The database at a SQLAlchemy URL with the desk's tables of today."""
    engine = connect(url)
    migrations.upgrade(engine, Path(__file__).parent / "migrations", VERSION)
    return engine
