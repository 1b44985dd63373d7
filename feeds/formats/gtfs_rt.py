"""GTFS-Realtime: trip updates as a dataset over a timetable, service alerts as Article records.

Trip updates are asked through ``feeds.realtime.Realtime``. An alert's header becomes the title, its description the
body, its first active period the span; ``options.language`` (``zh`` by itself) chooses among translations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from google.transit import gtfs_realtime_pb2 as pb

from feeds.base.errors import FormatError
from feeds.datasets import Arrays
from feeds.formats._json import kind_of_markup
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.realtime import Realtime, Stop, Trip, moment_of
from feeds.records import Article, stable_id
from feeds.source import Source

NAME = "gtfs_rt"
_MOST_ROUTES = 12
_LONGEST_DELAY = 86_400


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Articles and trip updates. Raises FormatError when it is no GTFS-Realtime message."""
    if not documents:
        raise FormatError("gtfs_rt: no document")
    body = documents[0].body
    if body.lstrip()[:1] == b"<":
        raise FormatError(f"gtfs_rt: found {kind_of_markup(body[:200].decode('latin-1').lstrip())}")
    message = pb.FeedMessage()
    try:
        message.ParseFromString(body)
    except (DecodeError, RecursionError) as error:
        raise FormatError(f"gtfs_rt: not a GTFS-Realtime message: {error}"[:300]) from None
    rows = Rows(source, Article, moment, markup=False)
    trips = []
    for entity in message.entity[: source.max_items]:
        if entity.HasField("trip_update"):
            trip = _trip(entity.trip_update)
            if trip is None:
                rows.refuse(f"entity {entity.id[:40]}", "a trip update without a trip id", entity.id)
            else:
                trips.append(trip)
        if entity.HasField("alert"):
            rows.add(f"entity {entity.id[:40]}", _article(entity.id, entity.alert, source))
    parsed = rows.parsed(moment_of(message.header.timestamp))
    return msgspec.structs.replace(parsed, dataset=Realtime.of(trips))


def open_dataset(arrays: Arrays) -> Realtime:
    """The updates in a dataset file."""
    return Realtime(arrays)


def _trip(update: Any) -> Trip | None:
    if not update.trip.trip_id:
        return None
    kind = pb.TripDescriptor.ScheduleRelationship
    return Trip(
        trip=update.trip.trip_id[:200],
        day=update.trip.start_date[:8],
        cancelled=update.trip.schedule_relationship in (kind.Value("CANCELED"), 7),
        delay=_bounded(update.delay) if update.HasField("delay") else None,
        stops=tuple(_stops(update.stop_time_update)),
    )


def _stops(updates: Any) -> Iterator[Stop]:
    kind = pb.TripUpdate.StopTimeUpdate
    for update in updates:
        event = update.departure if update.HasField("departure") else update.arrival
        known = update.HasField("departure") or update.HasField("arrival")
        no_data = update.schedule_relationship == kind.NO_DATA
        yield Stop(
            sequence=update.stop_sequence if update.HasField("stop_sequence") else -1,
            stop=update.stop_id[:200],
            delay=_bounded(event.delay) if known and event.HasField("delay") and not no_data else None,
            at=event.time if known and event.HasField("time") and moment_of(event.time) and not no_data else None,
            skipped=update.schedule_relationship == kind.SKIPPED,
        )


def _bounded(delay: int) -> int | None:
    return delay if abs(delay) <= _LONGEST_DELAY else None


def _article(ident: str, alert: Any, source: Source) -> dict[str, Any]:
    period = alert.active_period[0] if alert.active_period else None
    body = _say(alert.description_text, source)
    routes = list(dict.fromkeys(entity.route_id for entity in alert.informed_entity if entity.route_id))
    return {
        "id": stable_id("gtfs-rt", ident),
        "title": _say(alert.header_text, source) or body[:100],
        "summary": body,
        "body": body,
        "begins": moment_of(period.start) if period is not None else None,
        "ends": moment_of(period.end) if period is not None else None,
        "facts": [["线路", "、".join(routes[:_MOST_ROUTES])]] if routes else [],
        "link": _say(alert.url, source) if _say(alert.url, source).startswith(("http://", "https://")) else "",
    }


def _say(text: Any, source: Source) -> str:
    """The translation in the wanted language, else the one in none, else the first."""
    wanted = str(source.options.get("language", "zh"))
    found = sorted(
        (0 if part.language.startswith(wanted) else 1 if not part.language else 2, place, part.text)
        for place, part in enumerate(text.translation)
    )
    return found[0][2] if found else ""


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """A protocol buffer whose first field is a header that starts with a version."""
    start = document.body[:12]
    found = start[:1] == b"\x0a" and start[2:3] == b"\x0a" and start[4:7].decode("latin-1") in ("1.0", "2.0")
    return Evidence(certainty=1.0) if found else None
