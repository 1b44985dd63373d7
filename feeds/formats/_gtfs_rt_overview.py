"""Trip updates at a glance: how many, of what kinds, for when, and the first of them in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from feeds.base.clock import local, wall
from feeds.formats.base import Overview
from feeds.realtime import moment_of
from feeds.trip_updates import COPIED, DELETED, NEW, REPLACED, Stop, Trip

_MOST = 20
_LATE = timedelta(minutes=90)
"""So long after its last moment a trip may still be under way."""
_DAY = timedelta(days=1)
_KINDS = {NEW: "added", REPLACED: "replaced", COPIED: "duplicated", DELETED: "deleted"}


def overview(trips: Sequence[Trip], moment: datetime) -> Overview:
    """What the updates are about, as of ``moment``."""
    kinds = Counter(filter(None, map(_kind, trips)))
    spans = [_span(trip) for trip in trips]
    known = [span for span in spans if span is not None]
    begins, ends = (min(s for s, _ in known), max(e for _, e in known)) if known else (None, None)
    return Overview(
        count=len(trips),
        what="trip update",
        kinds=", ".join(f"{count} {kind}" for kind, count in kinds.items()),
        span=f"{_clock(begins)} to {_clock(ends)}" if begins and ends else "",
        last=local(ends).date() if ends else None,
        over=ends is not None and None not in spans and ends + _LATE < moment,
        first=tuple((_name(trip), "; ".join(_words(trip))) for trip in trips[:_MOST]),
    )


def _kind(trip: Trip) -> str:
    return "cancelled" if trip.cancelled else _KINDS.get(trip.kind, "")


def _name(trip: Trip) -> str:
    return trip.trip or f"route {trip.route}"


def _words(trip: Trip) -> Iterator[str]:
    if kind := _kind(trip):
        yield kind
    if trip.route and trip.trip:
        yield f"route {trip.route}"
    if trip.day:
        yield f"of {trip.day[:4]}-{trip.day[4:6]}-{trip.day[6:]}"
    if trip.start >= 0:
        yield f"starts {trip.start // 3600:02}:{trip.start // 60 % 60:02}"
    if trip.delay is not None:
        yield _late(trip.delay)
    if trip.stops:
        skipped = sum(stop.skipped for stop in trip.stops)
        yield f"stops: {len(trip.stops)}{f', {skipped} skipped' if skipped else ''}, the first: {_stop(trip.stops[0])}"


def _stop(stop: Stop) -> str:
    name = stop.stop or f"number {stop.sequence}"
    if stop.skipped or stop.no_data:
        return f"{name} {'skipped' if stop.skipped else 'without data'}"
    at = moment_of(stop.at) if stop.at else None
    said = [f"at {_clock(at)}"] if at else []
    said += [_late(stop.delay)] if stop.delay is not None else []
    return " ".join([name, *said])


def _late(seconds: int) -> str:
    return "on time" if not seconds else f"{abs(seconds)} s {'late' if seconds > 0 else 'early'}"


def _span(trip: Trip) -> tuple[datetime, datetime] | None:
    """From when to when a trip's stops have moments; else its day; None where nothing says when."""
    moments = [moment for stop in trip.stops if stop.at and (moment := moment_of(stop.at))]
    if moments:
        return min(moments), max(moments)
    try:
        day = datetime.strptime(trip.day, "%Y%m%d").replace(tzinfo=wall())
    except ValueError:
        return None
    return day, day + _DAY - timedelta(seconds=1)


def _clock(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}"
