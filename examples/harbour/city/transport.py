"""Buses and ferries: the timetable (GTFS), how they run now (GTFS-Realtime), the lines and the sailings.

A time of the timetable counts from noon minus twelve hours of its service day, as GTFS has it: on the two days on which
the clocks change that is not midnight.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from .base import DAY, ZONE, At, chance, csv_text, minutes_of, on, pick, plain, serves, texts

_WORDS = texts("transport")
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)
_WEEK = {
    "daily": (1, 1, 1, 1, 1, 1, 1), "weekday": (1, 1, 1, 1, 1, 0, 0), "weekend": (0, 0, 0, 0, 0, 1, 1),
    "late": (0, 0, 0, 0, 1, 1, 0),
}  # fmt: skip
_BEFORE = 15
"""Minutes before its start from which a trip is reported."""


class Trip(NamedTuple):
    """One run: its line, service, direction, and when it starts in minutes of its service day."""

    id: str
    line: dict[str, Any]
    service: str
    direction: int
    start: int

    @property
    def stops(self) -> list[str]:
        """The stops in their order."""
        names: list[str] = self.line["stops"].split()
        return names[:: -1 if self.direction else 1]

    @property
    def minutes(self) -> list[int]:
        """Minutes from the start to each stop: a bus makes 300 metres in one, a ferry says how long it takes."""
        found = [0]
        for one, other in pairwise(self.stops):
            found.append(found[-1] + (self.line.get("minutes") or max(1, round(_metres(one, other) / 300) + 1)))
        return found


@cache
def stops() -> dict[str, tuple[str, float, float]]:
    """Name, longitude and latitude by id."""
    return {ident: (name, lon, lat) for ident, name, lon, lat in _WORDS["stops"]}


def _metres(one: str, other: str) -> float:
    (_, lon, lat), (_, lon2, lat2) = stops()[one], stops()[other]
    return math.hypot((lon - lon2) * math.cos(math.radians(lat)), lat - lat2) * 111_320


@cache
def trips() -> tuple[Trip, ...]:
    """Every run of every line, both ways; the way back starts some minutes later."""
    found = []
    for line in _WORDS["line"]:
        for service, first, last, gap in line["runs"]:
            for direction in (0, 1):
                for start in range(minutes_of(first), minutes_of(last) + 1, gap):
                    ident = f"{line['id']}{service}{direction}{start:04d}"
                    found.append(Trip(ident, line, service, direction, start + 5 * direction))
    return tuple(found)


def closed_days(year: int) -> tuple[date, ...]:
    """The days on which nothing but the holiday service runs."""
    return date(year, 1, 1), date(year, 12, 25)


def quiet_days(year: int) -> tuple[date, ...]:
    """Public holidays on which the weekend's service runs: St Brendan's, summer and autumn."""
    return date(year, 3, 17), date(year, 8, 3), date(year, 10, 26)


def runs(service: str, day: date) -> bool:
    """Whether a service runs on a day."""
    if day in closed_days(day.year):
        return service == "holiday"
    if day in quiet_days(day.year) and service in ("weekday", "weekend"):
        return service == "weekend"
    return service in _WEEK and bool(_WEEK[service][day.weekday()])


def leaves(day: date, minutes: int) -> datetime:
    """The moment of a time of the timetable."""
    return on(day, 720).astimezone(UTC) + timedelta(minutes=minutes - 720)


@serves("buses.zip", "application/zip")
def timetable(at: At) -> bytes:
    """Page 401: the timetable of the last year, this one and the next."""
    years = (at.today.year - 1, at.today.year, at.today.year + 1)
    span = (f"{years[0]}0101", f"{years[2]}1231")
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    lines = _WORDS["line"]
    files: dict[str, Iterable[Sequence[object]]] = {
        "agency.txt": [("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"),
                       ("pmt", "Port Merrow Transport", "https://transport.merrow.example/", ZONE.key, "en")],
        "stops.txt": [("stop_id", "stop_name", "stop_lat", "stop_lon", "wheelchair_boarding"),
                      *((ident, name, lat, lon, 1 + (ident == "slp")) for ident, (name, lon, lat) in stops().items())],
        "routes.txt": [("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
                       *((line["id"], "pmt", line["name"], _ends(line), line["type"]) for line in lines)],
        "calendar.txt": [("service_id", *days, "start_date", "end_date"),
                         *((name, *week, *span) for name, week in _WEEK.items())],
        "calendar_dates.txt": [("service_id", "date", "exception_type"), *_exceptions(years)],
        "trips.txt": [("route_id", "service_id", "trip_id", "trip_headsign", "direction_id"),
                      *((t.line["id"], t.service, t.id, stops()[t.stops[-1]][0], t.direction) for t in trips())],
        "stop_times.txt": [("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"), *_stop_times()],
    }  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, rows in files.items():
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, csv_text(rows))
    return buffer.getvalue()


def _ends(line: dict[str, Any]) -> str:
    first, *_, last = line["stops"].split()
    return f"{stops()[first][0]} - {stops()[last][0]}"


def _exceptions(years: Iterable[int]) -> Iterable[tuple[object, ...]]:
    """Where a day differs from its weekday; the holiday service is in no calendar, only here."""
    for year in years:
        for day in (*closed_days(year), *quiet_days(year)):
            for service in (*_WEEK, "holiday"):
                usual = service in _WEEK and bool(_WEEK[service][day.weekday()])
                if runs(service, day) != usual:
                    yield service, f"{day:%Y%m%d}", 2 if usual else 1


def _stop_times() -> Iterable[tuple[object, ...]]:
    for trip in trips():
        for order, (stop, minutes) in enumerate(zip(trip.stops, trip.minutes, strict=True), 1):
            hour, minute = divmod(trip.start + minutes, 60)
            clock = f"{hour:02d}:{minute:02d}:00"
            yield trip.id, clock, clock, stop, order


@serves("bus-updates.pb", "application/x-protobuf", step=1)
def updates(at: At) -> bytes:
    """Page 401: how late the trips under way are, and one notice (GTFS-Realtime 2.0)."""
    # Imported here: only who asks for this document needs the library.
    from google.transit import gtfs_realtime_pb2 as realtime

    feed = realtime.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(at.moment.timestamp())
    for day in (at.today, at.day(-1)):
        now = (at.moment - leaves(day, 0)) // timedelta(minutes=1)
        for trip in trips():
            if runs(trip.service, day) and trip.start - _BEFORE <= now <= trip.start + trip.minutes[-1]:
                _report(feed.entity.add(), trip, day, now)
    alert = feed.entity.add(id=f"notice{at.today:%j}").alert
    alert.informed_entity.add().route_id = pick(_WORDS["line"], "notice", at.today)["id"]
    alert.header_text.translation.add(text=pick(_WORDS["notices"]["heads"], "notice", at.today), language="en")
    return bytes(feed.SerializeToString(deterministic=True))


def _report(entity: Any, trip: Trip, day: date, now: int) -> None:
    """From its next stop on a trip is so many seconds late, for all of its run."""
    entity.id = f"{trip.id}-{day:%m%d}"
    update = entity.trip_update
    update.trip.trip_id, update.trip.start_date = trip.id, f"{day:%Y%m%d}"
    ahead = next((n for n, minutes in enumerate(trip.minutes) if trip.start + minutes >= now), len(trip.minutes) - 1)
    stop = update.stop_time_update.add()
    stop.stop_sequence, stop.stop_id = ahead + 1, trip.stops[ahead]
    stop.departure.delay = round(chance("late", trip.id, day) ** 3 * 24) * 30


@serves("routes.csv", "text/csv")
def routes(at: At) -> bytes:
    """Page 402: the lines, both ways."""
    rows: list[tuple[object, ...]] = [("id", "Route", "From", "To", "First", "Last", "Headway", "Fare", "Note")]
    for line in _WORDS["line"]:
        for direction in (0, 1):
            mine = [t for t in trips() if t.line is line and t.direction == direction and t.service != "holiday"]
            first, last = (clock % DAY for clock in (min(t.start for t in mine), max(t.start for t in mine)))
            ends = [stops()[mine[0].stops[place]][0] for place in (0, -1)]
            times = (f"{clock // 60:02d}:{clock % 60:02d}" for clock in (first, last))
            rows.append(
                (f"{line['id']}{direction}", line["name"], *ends, *times, line["headway"], line["fare"],
                 line.get("note", ""))
            )  # fmt: skip
    return csv_text(rows)


@serves("sailings.csv", "text/csv")
def sailings(at: At) -> bytes:
    """Page 403: the ferries of today and tomorrow. The company writes its moments in UTC and does not say so."""
    found = [
        (leaves(day, trip.start), trip)
        for day in (at.day(-1), at.today, at.day(1))
        for trip in trips()
        if trip.line["type"] == 4 and runs(trip.service, day)
    ]
    rows: list[tuple[object, ...]] = [("id", "Pier", "Ferry", "To", "Departs (UTC)", "Berth", "Fare", "Places")]
    for moment, trip in sorted(found, key=lambda row: (row[0], row[1].id)):
        if moment.astimezone(ZONE).date() >= at.today:
            names = [stops()[trip.stops[place]][0] for place in (0, -1)]
            places = round(chance("places", trip.id, moment.date()) * 64)
            ident = f"{trip.id}d{moment:%j}"
            berth = "Berth 1" if trip.line["id"] == "f1" else "Berth 3"
            rows.append((ident, names[0], trip.line["name"], names[1], plain(moment), berth, "3.00", places))
    return csv_text(rows)
