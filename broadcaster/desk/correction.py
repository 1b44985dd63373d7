"""A correction: what one record of a source says instead, or one stop or line of its timetable, until when, and why."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.words import Words, check_times, check_towns, line, prose
from channel.folder import Channel
from channel.words import N_
from feeds import corrections
from feeds.amendments import MOST_NOTE, Amendment
from feeds.archive import Archive
from feeds.base.errors import NotFound
from feeds.directory import Directory
from feeds.records import AnyRecord
from feeds.source import Snapshot
from feeds.timetable import Timetable

MOST_REASON, MOST_TEXT = 60, 2_000
_LONGEST = timedelta(days=366)
_NAMES = ("name", "title", "line", "item", "service", "place", "stop")
LABELS = {
    "name": N_("Name"), "title": N_("Title"), "phone": N_("Phone"), "address": N_("Address"), "hours": N_("Time"),
    "note": N_("Note"), "fee": N_("Fee"), "town": N_("Town"), "body": N_("Text"), "summary": N_("Summary"),
    "closed": N_("Why it is closed"), "kind": N_("Kind"), "level": N_("Level"), "venue": N_("Venue"),
    "lon": N_("Longitude"), "lat": N_("Latitude"), "available": N_("Free now"), "capacity": N_("In all"),
    "queue": N_("Waiting now"), "value": N_("Value"), "unit": N_("Unit"), "item": N_("Goods"), "market": N_("Market"),
    "date": N_("Date"), "begins": N_("From"), "ends": N_("Until"), "published": N_("Published"), "link": N_("Link"),
    "line": N_("Line"), "stop": N_("Stop"), "employer": N_("Employer"), "pay": N_("Pay"), "contact": N_("Contact"),
}  # fmt: skip
"""The names of fields on the desk; the others are called as they are."""


class Correction(Words, frozen=True, kw_only=True, tag="correction"):
    """Of the record ``item`` of ``source``: ``fields`` say something else, with ``hide`` it is not shown at all, with
    ``pin`` it comes before the others. Of a stop or a line of a timetable the first of the fields is its name."""

    source: str
    item: str
    fields: tuple[tuple[str, str], ...] = ()
    hide: bool = False
    pin: bool = False
    reason: str

    @property
    def amends(self) -> bool:
        """Whether it is of a stop or a line of a timetable."""
        return corrections.amendment_of(self.item, dict(self.fields)) is not None


def sources_of(channel: Channel) -> dict[str, str]:
    """The sources whose records can be corrected, with their publishers: nobody rewrites a public warning."""
    known = (source for source in channel.sources.values() if source.id not in channel.alert_sources)
    return {source.id: source.publisher for source in known if not source.is_desk}


def directory_of(archive: Archive, snapshot: Snapshot) -> Directory | None:
    """The stops and lines of a timetable; None where the source gives none."""
    dataset = archive.dataset(snapshot)
    return Directory(dataset) if isinstance(dataset, Timetable) else None


def record_of(archive: Archive, channel: Channel, source: str, item: str) -> AnyRecord | Amendment:
    """The record as its source says it now, or a stop or a line of its timetable. Raises NotFound."""
    found = archive.latest(source, everything=True) if source in sources_of(channel) else None
    directory = directory_of(archive, found) if found else None
    records: list[AnyRecord | Amendment] = list(found.records) if found else []
    for record in records + (directory.amendments() if directory else []):
        if record.id == item:
            return record
    raise NotFound(f"record: found {item!r}, which {source!r} does not say now")


def told_of(record: AnyRecord | Amendment) -> dict[str, str]:
    """What of a record a person may say otherwise, with what it says: of a stop or a line nothing but a note."""
    return {"note": record.note} if isinstance(record, Amendment) else corrections.fields_of(record)


def name_of(record: AnyRecord | Amendment) -> str:
    """What a record is called on the desk."""
    return next((str(found) for name in _NAMES if (found := getattr(record, name, ""))), record.id)


def checked(correction: Correction, record: AnyRecord | Amendment, writer: Person) -> Correction:
    """The correction of that record with its words made harmless, and with what differs alone. Raises PersonError,
    naming the field."""
    known, is_amendment = told_of(record), isinstance(record, Amendment)
    fields = {}
    for name, text in correction.fields:
        if name not in known:
            raise Refusal("fields", N_("{name} is no text of this record"), name=name)
        told = line(name, text, MOST_NOTE, 0) if is_amendment else prose(name, text, MOST_TEXT, 0)
        if told != known[name]:
            fields[name] = told
    pin = correction.pin and not is_amendment
    if not (fields or correction.hide or pin):
        raise Refusal("fields", N_("nothing differs from what the source says"))
    try:
        corrections.applied(record, fields, "")
    except msgspec.ValidationError as error:
        raise Refusal("fields", N_("the record cannot say that ({why})"), why=str(error)) from None
    check_towns(writer, {getattr(record, "town", "")})
    check_times(correction, _LONGEST)
    changed = tuple(fields.items()) if not correction.hide else ()
    return msgspec.structs.replace(
        correction, title=name_of(record)[:80], fields=(*_named(record), *changed), pin=pin,
        reason=line("reason", correction.reason, MOST_REASON),
    )  # fmt: skip


def _named(record: AnyRecord | Amendment) -> tuple[tuple[str, str], ...]:
    """The name by which a stop or a line is amended."""
    if not isinstance(record, Amendment):
        return ()
    return (("line", record.line) if record.line else ("stop", record.stop),)


def standing(ident: int, revision: int, correction: Correction) -> corrections.Correction:
    """The correction as the archive applies it."""
    return corrections.Correction(
        text=ident, revision=revision, source=correction.source, item=correction.item, begins=correction.begins,
        ends=correction.ends, fields=dict(correction.fields), hide=correction.hide, pin=correction.pin,
        reason=correction.reason,
    )  # fmt: skip


def fits(archive: Archive, channel: Channel, correction: Correction) -> bool:
    """Whether there is still something to correct: the record is there, and does not say the same by itself."""
    try:
        known = told_of(record_of(archive, channel, correction.source, correction.item))
    except NotFound:
        return False
    differs = any(known.get(name) not in (None, text) for name, text in correction.fields)
    return correction.hide or correction.pin or differs
