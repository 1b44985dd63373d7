"""What editors correct in the records of sources: applied to whatever a source says while it holds, and never written
into it, so that the source's next word undoes nothing and a correction's end leaves nothing behind."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from math import isfinite
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import inspect
from sqlalchemy import Connection, func, insert, select, update

from feeds.amendments import Amendment, amending
from feeds.records import AnyRecord, Record, Route
from feeds.source import Snapshot
from feeds.tables import CorrectionRow, from_micros, to_micros

FACT = "corrected"
"""The name of the fact that says that a record was corrected, and why; views have the word for it."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Of one ``item`` of one ``source``, from ``begins`` to before ``ends``: other words in its ``fields``, nothing of
    it at all, or its place before the others. ``text`` and ``revision`` name it."""

    text: int
    revision: int
    source: str
    item: str
    begins: datetime
    ends: datetime
    fields: dict[str, str] = {}
    hide: bool = False
    pin: bool = False
    reason: str = ""


class _Content(msgspec.Struct, frozen=True):
    fields: dict[str, str]
    hide: bool
    reason: str
    pin: bool = False


_TOLD = (inspect.StrType, inspect.IntType, inspect.FloatType)
_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(_Content).decode
R = TypeVar("R", bound=Record)
Standing: TypeAlias = Mapping[str, list[Correction]]
"""Source -> what is corrected there."""


@cache
def _kinds(kind: type[Record]) -> Mapping[str, tuple[bool, bool]]:
    """The fields that can be corrected: whether each is a number, and whether it may be unknown."""
    found = {}
    for field in msgspec.structs.fields(kind):
        known = inspect.type_info(field.type)
        types = known.types if isinstance(known, inspect.UnionType) else (known,)
        said = [one for one in types if not isinstance(one, inspect.NoneType)]
        if field.name != "id" and len(said) == 1 and isinstance(said[0], _TOLD):
            found[field.name] = not isinstance(said[0], inspect.StrType), len(types) > 1
    return found


def fields_of(record: Record) -> dict[str, str]:
    """The fields of a record that are text or a number, with what they say: what can be corrected."""
    values = ((name, getattr(record, name)) for name in _kinds(type(record)))
    return {name: "" if value is None else str(value) for name, value in values}


def in_force(connection: Connection, source_ids: Collection[str], at: datetime) -> Standing:
    """What holds at ``at``, the newest last."""
    moment = to_micros(at)
    query = (
        select(CorrectionRow.__table__)
        .where(CorrectionRow.source.in_(list(source_ids)), CorrectionRow.begins <= moment, CorrectionRow.ends > moment)
        .order_by(CorrectionRow.text, CorrectionRow.revision)
    )
    found: dict[str, list[Correction]] = {}
    for row in connection.execute(query):
        content, begins, ends = _decode(row.content), from_micros(row.begins), from_micros(row.ends)
        assert begins is not None and ends is not None
        found.setdefault(row.source, []).append(
            Correction(
                text=row.text, revision=row.revision, source=row.source, item=row.item, begins=begins, ends=ends,
                fields=content.fields, hide=content.hide, pin=content.pin, reason=content.reason,
            )
        )  # fmt: skip
    return found


def next_turn(connection: Connection, at: datetime) -> datetime | None:
    """When something begins to hold, or ends, after ``at``."""
    moment = to_micros(at)
    begins = select(func.min(CorrectionRow.begins)).where(CorrectionRow.begins > moment)
    ends = select(func.min(CorrectionRow.ends)).where(CorrectionRow.ends > moment)
    found = [connection.execute(query).scalar() for query in (begins, ends)]
    return from_micros(min((micros for micros in found if micros is not None), default=None))


def corrected(snapshot: Snapshot, corrections: Iterable[Correction]) -> Snapshot:
    """The snapshot as editors have it, under a name of its own. What does not fit a record any more is left out."""
    by_item = {correction.item: correction for correction in corrections}
    told = (amendment_of(one.item, one.fields, hide=one.hide, reason=one.reason) for one in by_item.values())
    amended = [amendment for amendment in told if amendment is not None]
    lines = {amendment.line: amendment for amendment in amended if amendment.line}
    records = tuple(
        made for record in snapshot.records if (made := _one(record, by_item.get(record.id), lines)) is not None
    )
    there = {record.id for record in records}
    pinned = tuple(item for item, correction in by_item.items() if correction.pin and item in there)
    if records == snapshot.records and not pinned and not amended:
        return snapshot
    state = hashlib.blake2b(snapshot.digest.encode(), digest_size=16)
    for one in by_item.values():
        state.update(_encode([one.item, one.fields, one.hide, one.pin, one.reason]))
    amendments = tuple({one.id: one for one in (*snapshot.amendments, *amended)}.values())
    return msgspec.structs.replace(
        snapshot, records=records, digest=state.hexdigest(), pinned=pinned, amendments=amendments
    )


def amendment_of(
    item: str, fields: Mapping[str, str], *, hide: bool = False, reason: str = ""
) -> Amendment | None:
    """What a correction says of a stop or a line of a timetable, the name of which is one of its ``fields``; None for
    one of a record."""
    named = {name: fields[name] for name in ("stop", "line") if name in fields}
    if len(named) != 1 or amending(**named).id != item:
        return None
    try:
        return msgspec.convert({"id": item, "hide": hide, "reason": reason, **fields}, Amendment)
    except msgspec.ValidationError:
        return None


def _one(
    record: AnyRecord, correction: Correction | None, lines: Mapping[str, Amendment]
) -> AnyRecord | None:
    if isinstance(record, Route) and (amendment := lines.get(record.line)) is not None:
        # The line of the timetable, as its own format tells it.
        if amendment.hide:
            return None
        record = msgspec.structs.replace(record, note=amendment.note or record.note)
    if correction is None:
        return record
    if correction.hide:
        return None
    try:
        return applied(record, correction.fields, correction.reason)
    except msgspec.ValidationError:
        return record


def applied(record: R, texts: Mapping[str, str], reason: str) -> R:
    """The record with other words in those of its fields that are text or numbers, and a fact that says why. Raises
    msgspec.ValidationError for what the record cannot say: a person's words are checked as a file's are."""
    known = _kinds(type(record))
    fields: dict[str, object] = {}
    for name, text in texts.items():
        if name in known:
            is_number, may_be_unknown = known[name]
            fields[name] = None if is_number and may_be_unknown and not text else text
    facts = getattr(record, "facts", None)
    if isinstance(facts, tuple) and fields:
        fields["facts"] = (*facts, (FACT, reason))
    builtins = msgspec.to_builtins(record) | msgspec.to_builtins(fields)
    made = msgspec.convert(builtins, type(record), strict=False)
    numbers = (getattr(made, name) for name in fields if known.get(name, (False,))[0])
    if not all(number is None or isfinite(number) for number in numbers):
        raise msgspec.ValidationError("a number without an end")
    return made


def settle(connection: Connection, wanted: Iterable[Correction], now: datetime) -> bool:
    """Bring what holds into line with ``wanted``: what is no longer wanted ends now, what is new begins now at the
    soonest, and nothing is forgotten. Whether anything changed."""
    there = {(one.text, one.revision): one for one in wanted}
    open_rows = select(CorrectionRow.text, CorrectionRow.revision).where(CorrectionRow.ends > to_micros(now))
    known = {(row.text, row.revision) for row in connection.execute(open_rows)}
    for text, revision in known - there.keys():
        mine = (CorrectionRow.text == text, CorrectionRow.revision == revision)
        connection.execute(update(CorrectionRow).where(*mine).values(ends=to_micros(now)))
    changed = bool(known - there.keys())
    for key, one in there.items():
        if key in known or one.ends <= now:
            continue
        row = {
            "text": one.text, "revision": one.revision, "source": one.source, "item": one.item,
            "begins": to_micros(max(one.begins, now)), "ends": to_micros(one.ends),
            "content": _encode(_Content(one.fields, one.hide, one.reason, one.pin)).decode(),
        }  # fmt: skip
        connection.execute(insert(CorrectionRow).values(**row))
        changed = True
    return changed
