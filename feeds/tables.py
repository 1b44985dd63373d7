"""The archive's tables. Moments are whole microseconds since 1970 in UTC, which every database keeps exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Float, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Long = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The metadata that the migrations build."""


class SnapshotRow(Base):
    """One snapshot of one source; ``payload`` is zstd over msgpack of (records, problems)."""

    __tablename__ = "snapshots"
    __table_args__ = (Index("snapshots_by_source", "source", "id"),)

    id: Mapped[int] = mapped_column(_Long, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(40))
    observed: Mapped[int] = mapped_column(BigInteger)
    checked: Mapped[int] = mapped_column(BigInteger)
    updated: Mapped[int | None] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(Integer)
    quarantined: Mapped[int] = mapped_column(Integer)
    dataset: Mapped[str] = mapped_column(String(120), default="", server_default="")
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class StateRow(Base):
    """How the gathering of one source goes."""

    __tablename__ = "states"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_attempt: Mapped[int | None] = mapped_column(BigInteger)
    last_success: Mapped[int | None] = mapped_column(BigInteger)
    last_body: Mapped[int | None] = mapped_column(BigInteger)
    resting_until: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    drift: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    etag: Mapped[str] = mapped_column(String(200), default="")
    last_modified: Mapped[str] = mapped_column(String(100), default="")
    recipe: Mapped[str] = mapped_column(String(64), default="")
    shape: Mapped[str] = mapped_column(Text, default="")
    count: Mapped[int] = mapped_column(Integer, default=0)
    quarantined: Mapped[int] = mapped_column(Integer, default=0)
    attempt: Mapped[str] = mapped_column(String(64), default="", server_default="")
    stopped: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class HeldRow(Base):
    """An item, in one wording, that waits for an editor or was decided on (``verdict``: released, refused)."""

    __tablename__ = "held"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    item: Mapped[str] = mapped_column(String(24), primary_key=True)
    content: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)
    decided: Mapped[int | None] = mapped_column(BigInteger)
    verdict: Mapped[str] = mapped_column(String(12), default="")


class CorrectionRow(Base):
    """What an editor corrects in one item of a source while it holds; ``content`` is JSON."""

    __tablename__ = "corrections"
    __table_args__ = (Index("corrections_by_source", "source", "ends"),)

    text: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    begins: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    item: Mapped[str] = mapped_column(String(24))
    ends: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Text)


class AskRow(Base):
    """How one asking of a source went; ``number`` counts those of the source. ``count`` and ``quarantined`` are empty
    where nothing came that could be read."""

    __tablename__ = "asks"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(12))
    count: Mapped[int | None] = mapped_column(Integer)
    quarantined: Mapped[int | None] = mapped_column(Integer)
    seconds: Mapped[float] = mapped_column(Float)
    error: Mapped[str] = mapped_column(Text)


class HoldRow(Base):
    """A time in which ``snapshot`` stands in for all that its source says; without ``until`` it goes on."""

    __tablename__ = "holds"
    __table_args__ = (Index("holds_by_source", "source", "until"),)

    id: Mapped[int] = mapped_column(_Long, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(40))
    snapshot: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int | None] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)


class WantedRow(Base):
    """A source that somebody wants asked now; gone when it was."""

    __tablename__ = "wanted"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(40))


class PictureRow(Base):
    """A picture of the channel's own; ``named`` is 1 once a text names it."""

    __tablename__ = "pictures"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    w: Mapped[int] = mapped_column(Integer)
    h: Mapped[int] = mapped_column(Integer)
    author: Mapped[str] = mapped_column(String(40))
    at: Mapped[int] = mapped_column(BigInteger)
    named: Mapped[int] = mapped_column(Integer)
    data: Mapped[bytes] = mapped_column(LargeBinary)


def to_micros(moment: datetime | None) -> int | None:
    """The moment as a column keeps it."""
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int | None) -> datetime | None:
    """The moment that a column holds."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)
