"""The desk's tables, in the database of the archive. Moments are whole microseconds since 1970 in UTC."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Connection, Engine, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from feeds import migrations
from feeds.database import Writing, connect

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION = "desk_version"
"""The table that names the newest migration."""
_TURN = 0x6465736B
"""The advisory lock of PostgreSQL under which the desk is written to."""
_Long = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The metadata that the migrations build."""


class PersonRow(Base):
    """Somebody who may log in; ``towns`` (JSON, empty: all) is where their words may go; a password that
    somebody else chose holds until ``once``, and is to be changed before anything else; codes are made from
    ``secret`` (empty: none are asked), and none of ``step`` or before is taken again; never deleted, only ended."""

    __tablename__ = "desk_people"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    towns: Mapped[str] = mapped_column(Text)
    password: Mapped[str] = mapped_column(String(200))
    since: Mapped[int] = mapped_column(BigInteger)
    ended: Mapped[int | None] = mapped_column(BigInteger)
    once: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    secret: Mapped[str] = mapped_column(String(64), default="", server_default="")
    step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class SessionRow(Base):
    """A login: the hash of what the cookie says, what forms must bring back, and from where it came."""

    __tablename__ = "desk_sessions"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    form: Mapped[str] = mapped_column(String(64))
    began: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[str] = mapped_column(String(60), default="", server_default="")
    agent: Mapped[str] = mapped_column(String(200), default="", server_default="")


class TryRow(Base):
    """A login that failed, by account and by address."""

    __tablename__ = "desk_tries"

    id: Mapped[int] = mapped_column(_Long, primary_key=True, autoincrement=True)
    who: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[int] = mapped_column(BigInteger)


class TextRow(Base):
    """A text: its newest revision with what it is looked up by (``title`` in small letters), the one that was
    approved, by whom, and whether that was
    one of its writers."""

    __tablename__ = "desk_texts"
    __table_args__ = (Index("desk_texts_by_state", "state", "ends"),)

    id: Mapped[int] = mapped_column(_Long, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    approved: Mapped[int | None] = mapped_column(Integer)
    page: Mapped[str] = mapped_column(String(3))
    ends: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    kind: Mapped[str] = mapped_column(String(16), default="notice", server_default="notice")
    title: Mapped[str] = mapped_column(String(200), default="", server_default="")
    begins: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    approver: Mapped[str | None] = mapped_column(String(40))
    alone: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class PresenceRow(Base):
    """A text that is open in a tab of somebody's browser, and when that tab last said so."""

    __tablename__ = "desk_presence"

    text: Mapped[int] = mapped_column(_Long, primary_key=True)
    tab: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    seen: Mapped[int] = mapped_column(BigInteger)


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
    """The database at a SQLAlchemy URL with the desk's tables of today, and those of the archive beside which they
    stand."""
    engine = connect(url)
    migrations.upgrade(engine)
    migrations.upgrade(engine, MIGRATIONS, VERSION)
    return engine


class Turn(Writing):
    """One writing transaction of the desk. They take turns, with PostgreSQL as with SQLite: what one has read is still
    so when it writes, and the record of deeds stays one chain."""

    def __enter__(self) -> Connection:
        connection = super().__enter__()
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        return connection
