"""Buses: the timetable (GTFS), what runs late now (GTFS-Realtime) and the list of lines: pages 401 and 402."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from .base import At, chance, pick, serves, texts
from .medical import lines as table
from .network import Line, Place, Trip, lines, trips
from .writing import CSV, csv_bytes, zip_bytes

GTFS = "application/zip"
PROTOBUF = "application/x-protobuf"
_WORDS = texts("buses")
_BEFORE = 10
"""Minutes before its start from which a trip is reported."""


@serves("buses", "buses.zip", GTFS, days=7)
def timetable(at: At) -> bytes:
    """Page 401: the timetable of this year and the next."""
    files: dict[str, Iterable[Sequence[object]]] = {
        "agency.txt": [("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"),
                       ("mh", "闵行公交", "https://bus.minhang.example/", "Asia/Shanghai", "zh")],
        "feed_info.txt": [("feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_version"),
                          ("闵行公交", "https://bus.minhang.example/", "zh", f"{at.date()}")],
        "stops.txt": _stops(),
        "routes.txt": [("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
                       *((line.id, "mh", line.name, _ends(line), 3) for line in lines())],
        "calendar.txt": _calendar(at.moment.year),
        "calendar_dates.txt": _holidays(at.moment.year),
        "trips.txt": [("route_id", "service_id", "trip_id", "trip_headsign", "direction_id"),
                      *((t.line.id, t.service, t.id, way(t)[-1].name, t.direction) for t in trips())],
        "stop_times.txt": _stop_times(),
    }  # fmt: skip
    return zip_bytes({name: _text(rows) for name, rows in files.items()}, packed=True)


def _text(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def way(trip: Trip) -> tuple[Place, ...]:
    """The trip's stop places in their order."""
    return trip.line.places if trip.direction == 0 else trip.line.places[::-1]


def stop_id(place: Place, direction: int) -> str:
    """The stop of a place on the side of the road where buses of this direction halt."""
    return f"{place.id}{'ab'[direction]}"


def _ends(line: Line) -> str:
    return f"{line.places[0].name} - {line.places[-1].name}"


def _stops() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [("stop_id", "stop_name", "stop_lat", "stop_lon")]
    served = {place for line in lines() for place in line.places}
    for place in sorted(served, key=lambda place: place.id):
        for direction in (0, 1):
            shift = 0.00012 if direction else -0.00012
            rows.append((stop_id(place, direction), place.name, f"{place.lat + shift:.6f}", f"{place.lon + shift:.6f}"))
    return rows


def _calendar(year: int) -> list[tuple[object, ...]]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    week = {"daily": (1,) * 7, "weekday": (1, 1, 1, 1, 1, 0, 0), "weekend": (0, 0, 0, 0, 0, 1, 1)}
    span = (f"{year}0101", f"{year + 1}1231")
    return [("service_id", *days, "start_date", "end_date"), *((name, *runs, *span) for name, runs in week.items())]


def _holidays(year: int) -> list[tuple[object, ...]]:
    """On the days of the new year and of the nation no extra buses run, but those to the sights do."""
    rows: list[tuple[object, ...]] = [("service_id", "date", "exception_type")]
    for day in (f"{year}0101", f"{year}1001", f"{year}1002", f"{year}1003", f"{year + 1}0101"):
        rows += [("weekday", day, 2), ("weekend", day, 1)]
    return rows


def _stop_times() -> Iterable[tuple[object, ...]]:
    yield ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
    for trip in trips():
        stops = [stop_id(place, trip.direction) for place in way(trip)]
        for order, (stop, minutes) in enumerate(zip(stops, trip.line.minutes(trip.direction), strict=True), 1):
            hours, minute = divmod(trip.start + minutes, 60)
            time = f"{hours:02d}:{minute:02d}:00"
            yield (trip.id, time, time, stop, order)


@serves("routes", "routes.csv", CSV + "; charset=utf-8", days=1)
def routes(at: At) -> bytes:
    """Page 402: every line, both ways."""
    columns = ("id", "线路", "起点站", "终点站", "首班", "末班", "间隔", "票价", "说明")
    rows = []
    for line in lines():
        for direction in (0, 1):
            mine = [trip for trip in trips() if trip.line.id == line.id and trip.direction == direction]
            first, last = min(t.start for t in mine), max(t.start for t in mine)
            stops = way(mine[0])
            rows.append(
                (f"{line.id}{direction}", line.name, stops[0].name, stops[-1].name, _clock(first), _clock(last),
                 _WORDS["headways"][line.kind], "2元" if len(stops) < 20 else "分段，1 到 3元",
                 _WORDS["notes"].get(line.kind, ""))
            )  # fmt: skip
    return csv_bytes(columns, rows)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def running(at: At) -> list[tuple[Trip, int]]:
    """The trips under way or about to start, with the days since their service day began (0 or 1)."""
    found = []
    for back in (0, 1):
        now = int((at.moment - at.clock(0, days=-back)).total_seconds()) // 60
        weekday = at.clock(0, days=-back).weekday()
        for trip in trips():
            runs = trip.service == "daily" or (trip.service == "weekday") == (weekday < 5)
            if runs and trip.start - _BEFORE <= now <= trip.start + trip.line.minutes(trip.direction)[-1]:
                found.append((trip, back))
    return found


def delay(at: At, trip: Trip, back: int) -> int:
    """Seconds that a trip is late, more in the rush hours; it changes slowly and is a little early at times."""
    rush = 1.6 if at.moment.hour in (7, 8, 17, 18) else 1.0
    slot = int(at.moment.timestamp()) // 240
    usual = chance("late", trip.id, at.date(-back)) ** 2 * 420 - 40
    return round((usual + 60 * (chance("late", trip.id, slot) - 0.5)) * rush / 10) * 10


@serves("bus-updates", "bus-updates.pb", PROTOBUF, minutes=1)
def updates(at: At) -> bytes:
    """Page 401: trip updates and one notice, as GTFS-Realtime 2.0."""
    # Imported here: only who asks for this document needs the library.
    from google.transit import gtfs_realtime_pb2 as realtime

    feed = realtime.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(at.moment.timestamp())
    for trip, back in running(at):
        _update(feed.entity.add(), realtime, at, trip, back)
    _notice(feed.entity.add(), at)
    return bytes(feed.SerializeToString(deterministic=True))


def _update(entity: Any, realtime: Any, at: At, trip: Trip, back: int) -> None:
    day = at.clock(0, days=-back)
    entity.id = f"u{trip.id}{back}"
    update = entity.trip_update
    update.trip.trip_id = trip.id
    update.trip.route_id = trip.line.id
    update.trip.start_date = day.strftime("%Y%m%d")
    update.timestamp = int(at.moment.timestamp())
    if chance("cancelled", trip.id, at.date(-back)) < 0.012:
        update.trip.schedule_relationship = realtime.TripDescriptor.CANCELED
        return
    now = int((at.moment - day).total_seconds()) // 60
    minutes = trip.line.minutes(trip.direction)
    ahead = next((n for n, minute in enumerate(minutes) if trip.start + minute >= now), len(minutes) - 1)
    late = delay(at, trip, back)
    stop = update.stop_time_update.add()
    stop.stop_sequence = ahead + 1
    stop.stop_id = stop_id(way(trip)[ahead], trip.direction)
    stop.departure.delay = late
    stop.departure.time = int((day + timedelta(minutes=trip.start + minutes[ahead], seconds=late)).timestamp())


def _notice(entity: Any, at: At) -> None:
    line = pick(lines(), "notice", at.day)
    head, text = pick(list(table(_WORDS["alerts"])), "notice", at.day)
    entity.id = f"a{at.day}"
    alert = entity.alert
    alert.informed_entity.add().route_id = line.id
    period = alert.active_period.add()
    period.start, period.end = (int(at.clock(hour).timestamp()) for hour in (5, 23))
    for field, words in ((alert.header_text, head), (alert.description_text, text.format(line=line.name))):
        translation = field.translation.add()
        translation.text, translation.language = words, "zh"
