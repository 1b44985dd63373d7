"""A correction: what one record of a source says instead, until when, and why."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.words import Words, check_times, line, prose
from channel.settings import Channel
from channel.words import N_
from feeds import corrections
from feeds.archive import Archive
from feeds.base.errors import NotFound
from feeds.records import AnyRecord

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
    ``pin`` it comes before the others."""

    source: str
    item: str
    fields: tuple[tuple[str, str], ...] = ()
    hide: bool = False
    pin: bool = False
    reason: str


def sources_of(channel: Channel) -> dict[str, str]:
    """The sources whose records can be corrected, with their publishers: nobody rewrites a public warning."""
    known = (source for source in channel.sources.values() if source.id not in channel.alert_sources)
    return {source.id: source.publisher for source in known if not source.is_desk}


def record_of(archive: Archive, channel: Channel, source: str, item: str) -> AnyRecord:
    """The record as its source says it now. Raises NotFound."""
    found = archive.latest(source, everything=True) if source in sources_of(channel) else None
    for record in found.records if found else ():
        if record.id == item:
            return record
    raise NotFound(f"record: found {item!r}, which {source!r} does not say now")


def name_of(record: AnyRecord) -> str:
    """What a record is called on the desk."""
    return next((str(found) for name in _NAMES if (found := getattr(record, name, ""))), record.id)


def checked(correction: Correction, record: AnyRecord, writer: Person) -> Correction:
    """The correction of that record with its words made harmless, and with what differs alone. Raises PersonError,
    naming the field."""
    known = corrections.fields_of(record)
    fields = {}
    for name, text in correction.fields:
        if name not in known:
            raise Refusal("fields", N_("{name} is no text of this record"), name=name)
        told = prose(name, text, MOST_TEXT, 0)
        if told != known[name]:
            fields[name] = told
    if not (fields or correction.hide or correction.pin):
        raise Refusal("fields", N_("nothing differs from what the source says"))
    try:
        corrections.applied(record, fields, "")
    except msgspec.ValidationError as error:
        raise Refusal("fields", N_("the record cannot say that ({why})"), why=str(error)) from None
    if writer.towns and getattr(record, "town", "") not in writer.towns:
        raise Refusal("towns", N_("{name} writes for {towns} alone"), name=writer.name, towns=", ".join(writer.towns))
    check_times(correction, _LONGEST)
    return msgspec.structs.replace(
        correction, title=name_of(record)[:80], fields=tuple(fields.items()) if not correction.hide else (),
        reason=line("reason", correction.reason, MOST_REASON),
    )  # fmt: skip


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
        known = corrections.fields_of(record_of(archive, channel, correction.source, correction.item))
    except NotFound:
        return False
    differs = any(known.get(name) not in (None, text) for name, text in correction.fields)
    return correction.hide or correction.pin or differs
