"""The snapshots of every source, and how its gathering goes, in a database.

SQLite by default (write-ahead log, every commit on disk before it counts), any database by its SQLAlchemy URL. Each
method is one transaction: a process that dies at any point loses nothing that was there before.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, Engine, case, delete, func, insert, select, update

from feeds import asks, corrections, holds, migrations, pasts, pictures, waiting
from feeds.asks import Ask
from feeds.corrections import Correction
from feeds.database import Writing, connect
from feeds.datasets import DatasetStore
from feeds.holds import Hold
from feeds.pasts import Past
from feeds.records import AnyRecord, Problem
from feeds.review import Held, Verdict
from feeds.source import Snapshot
from feeds.tables import HeldRow, SnapshotRow, StateRow, from_micros, to_micros

log = logging.getLogger(__name__)
KEEP = 48
"""Snapshots kept of each source."""
_MOST_DECODED = 128
"""Contents that stay decoded: the newest of each source, and a while of those that change by the minute."""

_Contents = tuple[tuple[AnyRecord, ...], tuple[Problem, ...]]


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """How the gathering of a source goes. ``failures`` counts those in a row; ``seconds`` and ``bytes`` are the last
    gathering's; ``last_body`` is when a whole body last came (a 304 does not count). ``attempt`` names the bytes that
    are being read, or were when the process ended; ``stopped`` counts the readings that had to be stopped."""

    source: str
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    last_body: datetime | None = None
    resting_until: datetime | None = None
    failures: int = 0
    error: str = ""
    drift: str = ""
    seconds: float = 0.0
    bytes: int = 0
    etag: str = ""
    last_modified: str = ""
    recipe: str = ""
    shape: str = ""
    count: int = 0
    quarantined: int = 0
    attempt: str = ""
    stopped: int = 0


class Archive:
    """Open one with ``Archive.open``; safe to share among threads."""

    def __init__(self, engine: Engine, keep: int = KEEP, datasets: Path | None = None) -> None:
        self._engine = engine
        self._keep = keep
        self.datasets = DatasetStore(datasets) if datasets is not None else None
        self._decoded: OrderedDict[tuple[int, str], _Contents] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, url: str, *, keep: int = KEEP, datasets: Path | None = None) -> Archive:
        """The archive at a SQLAlchemy URL, brought to the newest schema; a SQLite file's folder is made.

        ``datasets`` is the folder for datasets; a SQLite file has one beside it by itself, without one none are kept.
        """
        engine = connect(url)
        migrations.upgrade(engine)
        file = engine.url.database if engine.url.get_backend_name() == "sqlite" else None
        if datasets is None and file and file != ":memory:":
            datasets = Path(file).parent / "datasets"
        return cls(engine, keep, datasets)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def latest(self, source_id: str, at: datetime | None = None, *, everything: bool = False) -> Snapshot | None:
        """What the source last gave (as it was known at ``at``), or gave before it was held, as editors have corrected
        it and without the items that wait for them; unless ``everything`` is asked for."""
        return self.latest_all([source_id], at, everything=everything).get(source_id)

    def latest_all(
        self,
        source_ids: Iterable[str],
        at: datetime | None = None,
        *,
        everything: bool = False,
        corrected: datetime | None = None,
        but: int = 0,
    ) -> dict[str, Snapshot]:
        """The same for many sources at once; those that never gave anything are absent. ``corrected``: as editors will
        have corrected it by then, ``but`` for what one text of theirs says."""
        source_ids = list(source_ids)
        stand: dict[str, int] = {}
        if not everything:
            with self._engine.connect() as connection:
                stand = holds.frozen(connection, source_ids, at)
        free = [name for name in source_ids if name not in stand]
        newest = select(func.max(SnapshotRow.id)).where(SnapshotRow.source.in_(free))
        if at is not None:
            newest = newest.where(SnapshotRow.observed <= to_micros(at))
        wanted = SnapshotRow.id.in_(newest.group_by(SnapshotRow.source)) | SnapshotRow.id.in_(stand.values())
        found = {snapshot.source: snapshot for snapshot in self._read(wanted, at)}
        if everything or not found:
            return found
        with self._engine.connect() as connection:
            gone = waiting.hidden(connection, found, at)
            mended = corrections.in_force(connection, found, corrected or at or datetime.now(UTC))
        for name, hidden in gone.items():
            found[name] = waiting.showing(found[name], hidden)
        for name, standing in mended.items():
            found[name] = corrections.corrected(found[name], (one for one in standing if one.text != but))
        return found

    def correct(self, wanted: Iterable[Correction], now: datetime) -> bool:
        """Have what sources say corrected from now on as ``wanted`` says, and in nothing else; whether that is
        something else than before."""
        with Writing(self._engine) as connection:
            return corrections.settle(connection, wanted, now)

    def next_correction(self, at: datetime) -> datetime | None:
        """When a correction begins or ends after ``at``."""
        with self._engine.connect() as connection:
            return corrections.next_turn(connection, at)

    def picture(self, key: str) -> bytes:
        """The bytes of a picture that records name. Raises NotFound."""
        with self._engine.connect() as connection:
            return pictures.find(connection, key).data

    def snapshot(self, ident: int) -> Snapshot | None:
        """A snapshot of the history."""
        return next(iter(self._read(SnapshotRow.id == ident, None)), None)

    def dataset(self, snapshot: Snapshot) -> Any:
        """The snapshot's dataset, such as a ``Timetable``; None when it has none or its file is gone."""
        if not snapshot.dataset or self.datasets is None:
            return None
        return self.datasets.open(snapshot.dataset)

    def save(
        self, snapshot: Snapshot, *, quarantined: int | None = None, held: Iterable[Held] = (), **state: Any
    ) -> bool:
        """Keep a snapshot; whether it is new. When it says the same as the last one, only ``checked`` moves.

        ``held`` are the items that may not be shown yet: those that an editor released in this wording are shown all
        the same. ``state`` are further fields of SourceState that this gathering knows: one that says its ``seconds``
        asked the source, and is written down among its asks.
        """
        known = {"count": len(snapshot.records), "quarantined": len(snapshot.problems), **state}
        if quarantined is not None:
            known["quarantined"] = quarantined
        named: list[str] = []
        with self._write() as connection:
            last = self._last(connection, snapshot.source)
            changed = last is None or last.digest != snapshot.digest
            changed |= waiting.hold(connection, held, snapshot.checked)
            if last is not None and last.digest == snapshot.digest:
                self._move(connection, last.id, snapshot.checked)
            else:
                connection.execute(insert(SnapshotRow), [_row(snapshot, known["quarantined"])])
                self._prune(connection, snapshot.source, self._keep)
                named = self._named(connection, snapshot.source) if snapshot.dataset else []
            self._note(connection, snapshot.source, **_success(snapshot.checked), **known)
            if "seconds" in state:
                outcome: asks.Outcome = "changed" if changed else "unchanged"
                self._asked(connection, snapshot.source, snapshot.checked, outcome)
        # Files go only after the transaction that forgot them is on disk.
        if named and self.datasets is not None:
            self.datasets.prune(snapshot.source, named)
        return changed

    def confirm(self, source_id: str, checked: datetime, **state: Any) -> None:
        """The source still says what it last said (a 304, the same bytes): only ``checked`` moves."""
        with self._write() as connection:
            last = self._last(connection, source_id)
            if last is not None:
                self._move(connection, last.id, checked)
            self._note(connection, source_id, **_success(checked), **state)
            self._asked(connection, source_id, checked, "unchanged")

    def begin(self, source_id: str, attempt: str) -> None:
        """The bytes of that name are about to be read; "" says that nothing is being read after all."""
        with self._write() as connection:
            self._note(connection, source_id, attempt=attempt)

    def failed(self, source_id: str, moment: datetime, error: str, **state: Any) -> None:
        """A gathering failed at ``moment``; what the source gave before stays.

        A clock that went back leaves the last success ahead of it: that counts as of now, so that it can age.
        """
        with self._write() as connection:
            connection.execute(
                update(SnapshotRow)
                .where(SnapshotRow.source == source_id, SnapshotRow.checked > to_micros(moment))
                .values(checked=to_micros(moment))
            )
            before = connection.execute(select(StateRow.failures).where(StateRow.source == source_id)).scalar()
            self._note(
                connection, source_id, last_attempt=moment, error=error[:1000], failures=(before or 0) + 1, attempt="",
                **state,
            )  # fmt: skip
            self._asked(connection, source_id, moment, "kept" if state.get("drift") else "failed")

    def waiting(self, source_ids: Iterable[str] | None = None) -> list[Held]:
        """The items that wait for an editor, oldest first, each with its record."""
        with self._engine.connect() as connection:
            undecided = waiting.rows(connection, None if source_ids is None else list(source_ids))
        now = self.latest_all({row.source for row in undecided}, everything=True)
        return waiting.with_records(undecided, now)

    def decide(self, source_id: str, item: str, verdict: Verdict, moment: datetime) -> bool:
        """Let an item go, or refuse it, in the wording that it has now. False when it is not waiting."""
        held = next((held for held in self.waiting([source_id]) if held.item == item), None)
        if held is None:
            return False
        with self._write() as connection:
            return waiting.decide(connection, held, verdict, moment)

    def state(self, source_id: str) -> SourceState:
        """How the source's gathering goes; all defaults when it was never tried."""
        return self.states([source_id]).get(source_id) or SourceState(source=source_id)

    def states(self, source_ids: Iterable[str] | None = None) -> dict[str, SourceState]:
        """The state of every source that was ever tried, or of these."""
        query = select(StateRow.__table__)
        if source_ids is not None:
            query = query.where(StateRow.source.in_(list(source_ids)))
        with self._engine.connect() as connection:
            return {row.source: _state(row._asdict()) for row in connection.execute(query)}

    def holds(self) -> dict[str, Hold]:
        """What is held now, by source."""
        with self._engine.connect() as connection:
            return holds.holds(connection)

    def history(self, source_id: str, n: int = 20) -> list[Past]:
        """The last ``n`` snapshots of a source, newest first."""
        with self._engine.connect() as connection:
            return pasts.history(connection, source_id, n)

    def newest(self, source_ids: Iterable[str]) -> dict[str, Past]:
        """The last snapshot of each source, held or not."""
        with self._engine.connect() as connection:
            return pasts.newest(connection, list(source_ids))

    def keep(self, n: int) -> None:
        """Drop all but the last ``n`` snapshots of each source."""
        with self._write() as connection:
            for source in connection.execute(select(SnapshotRow.source).distinct()).scalars().all():
                self._prune(connection, source, n)

    def expire(self, before: datetime) -> None:
        """Drop snapshots that were observed before that moment, except the newest of each source and those that stand
        in for it while it is held; and how asking went before."""
        row = SnapshotRow
        with self._write() as connection:
            asks.expire(connection, before)
            holds.expire(connection, before)
            newest = select(func.max(row.id)).group_by(row.source).scalar_subquery()
            old = row.observed < to_micros(before)
            connection.execute(delete(row).where(old, row.id.not_in(newest), row.id.not_in(holds.kept())))

    def not_after(self, moment: datetime) -> int:
        """Nothing was observed later than ``moment``, which is now: what says so was written by a clock that has gone
        back since, and would be hidden until the clock comes there again. How many snapshots said so.

        When the clock was wrong nobody knows; that they were observed before now is certain.
        """
        now = to_micros(moment)
        with self._write() as connection:
            ahead = (SnapshotRow.observed > now) | (SnapshotRow.checked > now)
            values = {name: _at_most(getattr(SnapshotRow, name), now) for name in ("observed", "checked", "updated")}
            found = connection.execute(update(SnapshotRow).where(ahead).values(**values)).rowcount
            values = {name: _at_most(getattr(HeldRow, name), now) for name in ("since", "seen", "decided")}
            ahead = (HeldRow.since > now) | (HeldRow.seen > now) | (HeldRow.decided > now)
            connection.execute(update(HeldRow).where(ahead).values(**values))
        return int(found)

    def _write(self) -> Writing:
        return Writing(self._engine)

    def _read(self, which: Any, at: datetime | None) -> list[Snapshot]:
        """Snapshots; only payloads that are not decoded yet are loaded."""
        row = SnapshotRow
        columns = (row.id, row.source, row.observed, row.checked, row.updated, row.digest, row.dataset)
        with self._engine.connect() as connection:
            found = connection.execute(select(*columns).where(which)).all()
            contents = self._contents(connection, {(item.id, item.digest) for item in found})
        snapshots = []
        for item in found:
            records = contents.get((item.id, item.digest))
            if records is None:
                continue
            checked = _moment(item.checked)
            snapshots.append(
                Snapshot(
                    source=item.source, observed=_moment(item.observed), updated=from_micros(item.updated),
                    checked=checked if at is None else min(checked, at), digest=item.digest,
                    records=records[0], problems=records[1], dataset=item.dataset,
                )
            )  # fmt: skip
        return snapshots

    def _contents(self, connection: Connection, keys: set[tuple[int, str]]) -> dict[tuple[int, str], _Contents]:
        with self._lock:
            known = {key: self._decoded[key] for key in keys if key in self._decoded}
        wanted = [ident for ident, digest in keys if (ident, digest) not in known]
        if wanted:
            query = select(SnapshotRow.id, SnapshotRow.digest, SnapshotRow.payload).where(SnapshotRow.id.in_(wanted))
            for row in connection.execute(query):
                try:
                    known[row.id, row.digest] = unpack(row.payload)
                except (msgspec.DecodeError, zstandard.ZstdError) as error:
                    log.error("snapshot %s cannot be read and counts as absent: %s", row.id, error)
        with self._lock:
            self._decoded.update(known)
            while len(self._decoded) > max(_MOST_DECODED, 2 * len(keys)):
                self._decoded.popitem(last=False)
        return known

    @staticmethod
    def _last(connection: Connection, source_id: str) -> Any:
        query = select(SnapshotRow.id, SnapshotRow.digest).where(SnapshotRow.source == source_id)
        return connection.execute(query.order_by(SnapshotRow.id.desc()).limit(1)).first()

    @staticmethod
    def _named(connection: Connection, source_id: str) -> list[str]:
        query = select(SnapshotRow.dataset).where(SnapshotRow.source == source_id)
        return list(connection.execute(query).scalars())

    @staticmethod
    def _move(connection: Connection, ident: int, checked: datetime) -> None:
        connection.execute(update(SnapshotRow).where(SnapshotRow.id == ident).values(checked=to_micros(checked)))

    @staticmethod
    def _prune(connection: Connection, source: str, n: int) -> None:
        mine = SnapshotRow.source == source
        oldest = select(SnapshotRow.id).where(mine).order_by(SnapshotRow.id.desc()).offset(max(1, n) - 1).limit(1)
        border = connection.execute(oldest).scalar()
        if border is not None:
            connection.execute(
                delete(SnapshotRow).where(mine, SnapshotRow.id < border, SnapshotRow.id.not_in(holds.kept()))
            )
            # A decision lives as long as any snapshot that it may concern.
            oldest_kept = select(func.min(SnapshotRow.observed)).where(mine).scalar_subquery()
            connection.execute(delete(HeldRow).where(HeldRow.source == source, HeldRow.seen < oldest_kept))

    @staticmethod
    def _asked(connection: Connection, source_id: str, moment: datetime, outcome: asks.Outcome) -> None:
        """Write down how asking went, as the source's state in this transaction has it."""
        row = connection.execute(select(StateRow.__table__).where(StateRow.source == source_id)).one()
        came = {"count": row._mapping["count"], "quarantined": row.quarantined} if not row.error else {}
        asks.note(connection, Ask(
            source=source_id, at=moment, outcome=outcome, seconds=row.seconds, error=row.error, **came
        ))  # fmt: skip

    @staticmethod
    def _note(connection: Connection, source_id: str, **values: Any) -> None:
        row = {name: _storable(name, value) for name, value in values.items()}
        done = connection.execute(update(StateRow).where(StateRow.source == source_id).values(**row))
        if not done.rowcount:
            connection.execute(insert(StateRow), [{**_BLANK, **row, "source": source_id}])


def _storable(name: str, value: Any) -> Any:
    """A field of a state as every database takes it: what a source sent for a validator or made an error say may hold
    anything. A validator that does not fit is none: half of it would be a lie."""
    if isinstance(value, datetime):
        return to_micros(value)
    if not isinstance(value, str):
        return value
    value = value.replace("\x00", "").encode("utf-8", "replace").decode()
    longest = getattr(StateRow.__table__.c[name].type, "length", None)
    return value if longest is None or len(value) <= longest else ""


def _at_most(column: Any, most: int | None) -> Any:
    return case((column > most, most), else_=column)


_MOMENTS = ("last_attempt", "last_success", "last_body", "resting_until")
_BLANK = {field: getattr(SourceState(source="x"), field) for field in SourceState.__struct_fields__}
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Contents)


def pack(records: tuple[AnyRecord, ...], problems: tuple[Problem, ...]) -> bytes:
    """Records and problems as the archive keeps them."""
    return zstandard.ZstdCompressor(level=6).compress(_encoder.encode((records, problems)))


def unpack(payload: bytes) -> _Contents:
    """The records and problems of ``pack``."""
    contents: _Contents = _decoder.decode(zstandard.ZstdDecompressor().decompress(payload))
    return contents


def _success(moment: datetime) -> dict[str, Any]:
    return {
        "last_attempt": moment, "last_success": moment, "failures": 0, "error": "", "resting_until": None,
        "attempt": "",
    }  # fmt: skip


def _row(snapshot: Snapshot, quarantined: int) -> dict[str, Any]:
    return {
        "source": snapshot.source,
        "observed": to_micros(snapshot.observed),
        "checked": to_micros(snapshot.checked),
        "updated": to_micros(snapshot.updated),
        "digest": snapshot.digest,
        "count": len(snapshot.records),
        "quarantined": quarantined,
        "dataset": snapshot.dataset,
        "payload": pack(snapshot.records, snapshot.problems),
    }


def _state(row: dict[str, Any]) -> SourceState:
    values: dict[str, Any] = {name: from_micros(v) if name in _MOMENTS else v for name, v in row.items()}
    return SourceState(**values)


def _moment(micros: int) -> datetime:
    moment = from_micros(micros)
    assert moment is not None
    return moment
