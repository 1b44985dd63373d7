"""GTFS-Realtime: trip updates as a dataset over a timetable, service alerts as Article records.

Trip updates are asked through ``feeds.realtime.Realtime``: delays, moments, skipped stops, cancelled, deleted, added,
duplicated and replaced trips, single runs of a trip that runs by frequency, other platforms. An alert's header becomes
the title, its description the body, of its periods the one that holds or comes next the span, and several of them are
told among the facts; ``options.language`` (``zh`` by itself) chooses among translations. What says nothing about
departures (vehicle positions, shapes, …) is counted and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from google.transit import gtfs_realtime_pb2 as pb

from feeds.base.clock import local
from feeds.base.errors import FormatError
from feeds.datasets import Arrays
from feeds.formats._gtfs import Seconds
from feeds.formats._gtfs_rt_overview import overview
from feeds.formats._json import kind_of_markup
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.languages import best
from feeds.realtime import Realtime, Stop, Trip, moment_of
from feeds.records import Article, stable_id
from feeds.source import Source, wanted_language
from feeds.trip_updates import COPIED, DELETED, NEW, REPLACED

NAME = "gtfs_rt"
_MOST_ROUTES = 12
_MOST_PERIODS = 6
_LONGEST_DELAY = 86_400
_TRIP = pb.TripDescriptor
_STOP = pb.TripUpdate.StopTimeUpdate
_KINDS = {
    _TRIP.ADDED: NEW, _TRIP.NEW: NEW, _TRIP.REPLACEMENT: REPLACED, _TRIP.DUPLICATED: COPIED, _TRIP.DELETED: DELETED,
}  # fmt: skip
_NO_DEPARTURES = "they say nothing about departures, left out"
_SILENT = {
    "vehicle": f"vehicle positions: {_NO_DEPARTURES}", "shape": f"shapes: {_NO_DEPARTURES}",
    "stop": "stops that are only in this feed: they are not read, left out",
    "trip_modifications": "trip modifications (detours): they are not read, left out",
}  # fmt: skip
"""Entities that are not read, by the field that says what they are."""


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Articles and trip updates; no dataset where all entities are of other kinds. Raises FormatError when it is no
    GTFS-Realtime message."""
    if not documents:
        raise FormatError("gtfs_rt: no document")
    message = _message(documents[0].body)
    rows = Rows(source, Article, moment, markup=False)
    trips: list[Trip] = []
    silent: Counter[str] = Counter()
    if message.header.incrementality == pb.FeedHeader.DIFFERENTIAL:
        rows.problem("header", "the feed holds only what changed (DIFFERENTIAL), expected a full dataset")
    for entity in message.entity[: source.max_items]:
        if entity.is_deleted:
            silent["deleted entities: there is nothing to delete in a full dataset, left out"] += 1
            continue
        silent.update(name for field, name in _SILENT.items() if entity.HasField(field))
        if entity.HasField("trip_update"):
            trip = _trip(entity.trip_update)
            fault = _fault(trip)
            if not fault:
                trips.append(trip)
            else:
                rows.problem(f"entity {entity.id[:40]}", fault, entity.id)
        if entity.HasField("alert"):
            _add_alert(rows, entity, source, moment)
    for name, count in silent.items():
        rows.problem("entities", f"{count} {name}")
    if len(message.entity) > source.max_items:
        rows.problem("entities", f"more than {source.max_items} entities: the rest was left out")
    parsed = rows.parsed(moment_of(message.header.timestamp))
    if not trips and silent:
        return parsed
    return msgspec.structs.replace(parsed, dataset=Realtime.of(trips), overview=overview(trips, moment))


def open_dataset(arrays: Arrays) -> Realtime:
    """The updates in a dataset file."""
    return Realtime(arrays)


def _message(body: bytes) -> Any:
    if body.lstrip()[:1] == b"<":
        raise FormatError(f"gtfs_rt: found {kind_of_markup(body[:200].decode('latin-1').lstrip())}")
    message = pb.FeedMessage()
    try:
        message.ParseFromString(body)
    except (DecodeError, RecursionError) as error:
        raise FormatError(f"gtfs_rt: not a GTFS-Realtime message: {error}"[:300]) from None
    return message


def _trip(update: Any) -> Trip:
    descriptor, properties = update.trip, update.trip_properties
    kind = _KINDS.get(descriptor.schedule_relationship, "")
    # A copy is told by what it is a copy of, and by the day and start of its own.
    when = properties if kind == COPIED else descriptor
    return Trip(
        trip=descriptor.trip_id[:200],
        day=when.start_date.replace("-", ""),
        cancelled=descriptor.schedule_relationship == _TRIP.CANCELED,
        delay=_bounded(update.delay) if update.HasField("delay") else None,
        stops=tuple(_stops(update.stop_time_update)),
        start=max(-1, Seconds()[when.start_time]),
        kind=kind,
        route=descriptor.route_id[:200],
        direction=descriptor.direction_id if descriptor.HasField("direction_id") else -1,
        head=properties.trip_headsign[:200],
    )


def _fault(trip: Trip) -> str:
    """Why an update cannot be used; "" when it can."""
    if trip.day and not (len(trip.day) == 8 and trip.day.isdecimal()):
        return f"its start_date is {trip.day[:20]!r}, expected YYYYMMDD"
    if not trip.trip and not (trip.route and trip.day and trip.start >= 0):
        return "a trip update without a trip id, or route, start_date and start_time in place of it"
    if trip.kind == COPIED and not (trip.day and trip.start >= 0):
        return "a duplicated trip without a start_date and start_time of its own"
    if trip.kind in (NEW, REPLACED) and not any(stop.at for stop in trip.stops):
        return "an added or replaced trip without the times of its stops"
    return ""


def _stops(updates: Any) -> Iterator[Stop]:
    for update in updates:
        leaves = update.departure.HasField("time") or update.departure.HasField("delay")
        event = update.departure if leaves else update.arrival
        no_data = update.schedule_relationship == _STOP.NO_DATA
        skipped = update.schedule_relationship == _STOP.SKIPPED
        known = not (no_data or skipped)
        properties = update.stop_time_properties
        yield Stop(
            sequence=update.stop_sequence if update.HasField("stop_sequence") else -1,
            stop=update.stop_id[:200],
            delay=_bounded(event.delay) if known and event.HasField("delay") else None,
            at=event.time if known and event.HasField("time") and moment_of(event.time) else None,
            skipped=skipped,
            arrives=not leaves,
            no_data=no_data,
            boards=properties.pickup_type != _STOP.StopTimeProperties.NONE,
            platform=properties.assigned_stop_id[:200],
            planned=event.scheduled_time if moment_of(event.scheduled_time) else None,
        )


def _bounded(delay: int) -> int | None:
    return delay if abs(delay) <= _LONGEST_DELAY else None


def _add_alert(rows: Rows, entity: Any, source: Source, moment: datetime) -> None:
    position, alert = f"entity {entity.id[:40]}", entity.alert
    body = _say(alert.description_text, source)
    title = _say(alert.header_text, source) or body[:100]
    if not title:
        rows.refuse(position, "an alert without a header or a description", entity.id)
        return
    spans = [(moment_of(period.start), moment_of(period.end)) for period in alert.active_period]
    begins, ends = _span(spans, moment)
    routes = list(dict.fromkeys(entity.route_id for entity in alert.informed_entity if entity.route_id))
    facts = [["routes", ", ".join(routes[:_MOST_ROUTES])]] if routes else []
    if len(spans) > 1:
        facts.append(["periods", "; ".join(_words(span) for span in spans[:_MOST_PERIODS])])
    link = _say(alert.url, source)
    rows.add(
        position,
        {
            "id": stable_id("gtfs-rt", entity.id),
            "title": title,
            "summary": body,
            "body": body,
            "begins": begins,
            "ends": ends,
            "facts": facts,
            "link": link if link.startswith(("http://", "https://")) else "",
        },
    )


_Span = tuple[datetime | None, datetime | None]
_ALWAYS = datetime.max.replace(tzinfo=UTC)


def _span(spans: Sequence[_Span], moment: datetime) -> _Span:
    """Of several periods the one that holds or comes next, else the last. An alert without any always holds."""
    ordered = sorted(spans, key=lambda span: span[1] or _ALWAYS)
    return next((span for span in ordered if (span[1] or _ALWAYS) > moment), ordered[-1] if ordered else (None, None))


def _words(span: _Span) -> str:
    """``11-29 22:00 – 11-30 05:00``; an end that is open is left out."""
    first, last = (f"{local(at):%m-%d %H:%M}" if at else "" for at in span)
    return f"{first} – {last}".strip()


def _say(text: Any, source: Source) -> str:
    """The translation in the wanted language, else the one in none, else the first."""
    parts = list(text.translation)
    place = best([part.language for part in parts], wanted_language(source))
    return "" if place is None else str(parts[place].text)


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """A protocol buffer whose first field is a header that starts with a version."""
    start = document.body[:12]
    found = start[:1] == b"\x0a" and start[2:3] == b"\x0a" and start[4:7].decode("latin-1") in ("1.0", "2.0")
    return Evidence(certainty=1.0) if found else None
