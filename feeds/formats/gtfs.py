"""GTFS Schedule: a timetable as a dataset, and its lines as Route records.

The dataset (``feeds.timetable.Timetable``) answers "what leaves here next". Heeded are calendars and their exceptions,
frequencies (with or without exact times), times past 24:00, stop times left empty between two that are not, stops where
nobody may get on or only by asking for it, and what a stop takes from its station (name, coordinates, wheelchair
access). On-demand service has no departures and is left out. A line that runs neither today nor later is none: it is
quarantined. ``options.max_unpacked`` caps the archive's unpacked size in bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from feeds.base.clock import wall
from feeds.base.errors import FormatError
from feeds.coordinates import converter
from feeds.datasets import Arrays, Strings
from feeds.formats._archives import MOST_UNPACKED, SafeZip
from feeds.formats._gtfs import Seconds, StopTimes, Texts, read_stop_times, rows
from feeds.formats._gtfs_routes import Days, add_routes
from feeds.formats._gtfs_stops import read_stops
from feeds.formats._gtfs_table import Headway, Table
from feeds.formats._options import whole
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Overview, Parsed
from feeds.formats.glance import Glance
from feeds.records import Route
from feeds.source import Source
from feeds.timetable import Timetable

NAME = "gtfs"
_REQUIRED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
_MOST_DAYS = 1_200
_MOST_CELLS = 100_000_000
_DAYS_BEFORE = 30
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Route records and the timetable. Raises FormatError when a required file is missing or nothing ever leaves."""
    if not documents:
        raise FormatError("gtfs: no document")
    with SafeZip(documents[0].body, whole(source, "max_unpacked", MOST_UNPACKED)) as archive:
        archive.keep_beside("stop_times.txt")
        missing = [name for name in _REQUIRED if name not in archive]
        if missing or not ("calendar.txt" in archive or "calendar_dates.txt" in archive):
            raise FormatError(f"gtfs: {', '.join(missing) or 'calendar.txt'} missing")
        return _Reader(archive, Rows(source, Route, moment), moment, source).parsed()


def open_dataset(arrays: Arrays) -> Timetable:
    """The timetable in a dataset file."""
    return Timetable(arrays)


class _Reader:
    """One archive on its way to a timetable."""

    def __init__(self, archive: SafeZip, out: Rows, moment: datetime, source: Source) -> None:
        self._archive = archive
        self._convert = converter(source.coordinates)
        self._min_valid = source.min_valid
        self._moment = moment
        self._out = out
        self._texts = Texts()
        self._stops: dict[str, int] = {}
        self._routes: dict[str, int] = {}
        self._services: dict[str, int] = {}
        self._trips: dict[str, int] = {}
        self._columns: dict[str, list[Any]] = {
            name: []
            for name in (
                "stop_id", "stop_name", "stop_platform", "stop_wheelchair", "lon", "lat", "route_id", "route_name",
                "trip_id", "trip_route", "trip_head", "trip_service", "trip_direction",
            )
        }  # fmt: skip

    def parsed(self) -> Parsed:
        zone = self._zone()
        self._read_stops()
        self._read_routes()
        self._read_trips()
        day0, active = self._calendar()
        times = read_stop_times(self._archive, self._trips, self._stops, self._texts)
        for position, reason, value in times.wrong:
            self._out.problem(position, reason, value)
        self._check(times)
        frequencies = self._read_frequencies()
        table = Table(times, frequencies)
        self._tell_timeless(table)
        if not len(table.trip):
            why = f": {times.on_demand} stop times are of on-demand service" if times.on_demand else ""
            raise FormatError(f"gtfs: no departure could be read{why}")
        today = self._moment.astimezone(ZoneInfo(zone)).toordinal() - day0
        add_routes(self._out, table, self._columns, list(self._texts.index), Days(day0, active, today))
        parsed = self._out.parsed()
        about = sorted(trip for trip, spans in frequencies.items() if not all(span.exact for span in spans))
        dataset = Timetable(self._arrays(table, about, zone, day0, active))
        return msgspec.structs.replace(parsed, dataset=dataset, overview=_overview(dataset, day0 + today))

    def _check(self, times: StopTimes) -> None:
        """Raises FormatError where too few stop times are valid to believe the others."""
        total = len(times.trip) + times.left_out
        if total and len(times.trip) / total < self._min_valid:
            reason = times.wrong[0][1]
            raise FormatError(f"gtfs: only {len(times.trip)} of {total} stop times are valid ({reason})")
        if times.on_demand:
            reason = "stop times of on-demand service: they have no time of departure, left out"
            self._out.problem("stop_times.txt", f"{times.on_demand} {reason}")

    def _tell_timeless(self, table: Table) -> None:
        if table.timeless:
            reason = "stop times before the first or after the last time of their trip, left out"
            self._out.problem("stop_times.txt", f"{table.timeless} {reason}")
        names = list(self._trips)
        for trip in table.startless:
            self._out.problem("frequencies.txt", "its first stop has no time, so no run is known", names[trip])

    def _zone(self) -> str:
        """The time zone of all agencies. Raises FormatError when it is none: every time would be false."""
        found = ""
        for line, (name,) in rows(self._archive, "agency.txt", ("agency_timezone",)):
            try:
                zone = ZoneInfo(name).key if name else found
            except (ValueError, OSError, KeyError):
                raise FormatError(
                    f"gtfs: agency.txt line {line}: agency_timezone {name[:60]!r} is no time zone, "
                    f"expected a name such as {wall().key}"
                ) from None
            if found and zone != found:
                self._out.problem(f"agency.txt line {line}", f"another time zone than {found}, which counts", name)
            found = found or zone
        if not found:
            self._out.problem("agency.txt", f"without agency_timezone: times are read as of {wall().key}")
        return found or wall().key

    def _read_stops(self) -> None:
        columns, add = self._columns, self._texts.add
        for stop in read_stops(self._archive, self._out, self._convert):
            self._stops[stop.id] = len(self._stops)
            columns["stop_id"].append(add(stop.id))
            columns["stop_name"].append(add(stop.name))
            columns["stop_platform"].append(add(stop.platform))
            columns["stop_wheelchair"].append(stop.wheelchair)
            columns["lon"].append(stop.position[0])
            columns["lat"].append(stop.position[1])

    def _read_routes(self) -> None:
        wanted = ("route_id", "route_short_name", "route_long_name")
        for line, (ident, short, long) in rows(self._archive, "routes.txt", wanted):
            if not ident or ident in self._routes:
                self._out.problem(f"routes.txt line {line}", "without an id of its own", ident)
                continue
            self._routes[ident] = len(self._routes)
            self._columns["route_id"].append(self._texts.add(ident))
            self._columns["route_name"].append(self._texts.add(short or long or ident))

    def _read_trips(self) -> None:
        columns, add = self._columns, self._texts.add
        wanted = ("trip_id", "route_id", "service_id", "trip_headsign", "direction_id")
        for line, (ident, route, service, head, direction) in rows(self._archive, "trips.txt", wanted):
            if not ident or ident in self._trips or route not in self._routes or not service:
                reason = "an unknown route" if route not in self._routes else "without an id or service of its own"
                self._out.problem(f"trips.txt line {line}", reason, ident)
                continue
            self._trips[ident] = len(self._trips)
            columns["trip_id"].append(add(ident))
            columns["trip_route"].append(self._routes[route])
            columns["trip_head"].append(add(head))
            columns["trip_service"].append(self._services.setdefault(service, len(self._services)))
            columns["trip_direction"].append({"0": 0, "1": 1}.get(direction, 0))

    def _calendar(self) -> tuple[int, np.ndarray]:
        """The first day, and for each day from it on which services run."""
        spans = []
        for line, cells in rows(self._archive, "calendar.txt", ("service_id", "start_date", "end_date", *_WEEK)):
            first, last = _day(cells[1]), _day(cells[2])
            service = self._services.get(cells[0])
            if first is None or last is None or last < first:
                self._out.problem(f"calendar.txt line {line}", "its dates are not a span", cells[1:3])
            elif service is not None:
                spans.append((service, first, last, [cell == "1" for cell in cells[3:]]))
        exceptions = []
        for line, (name, text, kind) in rows(
            self._archive, "calendar_dates.txt", ("service_id", "date", "exception_type")
        ):
            day, service = _day(text), self._services.get(name)
            if day is None or kind not in ("1", "2"):
                self._out.problem(f"calendar_dates.txt line {line}", "not a date with 1 or 2", [text, kind])
            elif service is not None:
                exceptions.append((service, day, kind == "1"))
        self._tell_idle({service for service, *_ in spans} | {service for service, *_ in exceptions})
        days = [day for _, first, last, _ in spans for day in (first, last)] + [day for _, day, _ in exceptions]
        if not days:
            raise FormatError("gtfs: no service ever runs")
        day0, count = self._window(min(days), max(days))
        active = np.zeros((count, max(1, len(self._services))), dtype=bool)
        weekdays = (np.arange(count) + date.fromordinal(day0).weekday()) % 7
        for service, first, last, week in spans:
            low, high = max(0, first - day0), min(count, last + 1 - day0)
            if low < high:
                active[low:high, service] = np.asarray(week)[weekdays[low:high]]
        for service, day, runs in exceptions:
            if 0 <= day - day0 < count:
                active[day - day0, service] = runs
        return day0, active

    def _tell_idle(self, named: set[int]) -> None:
        idle = sum(service not in named for service in self._columns["trip_service"])
        if idle:
            self._out.problem("trips.txt", f"{idle} trips of services that are in no calendar, so they never run")

    def _window(self, first: int, last: int) -> tuple[int, int]:
        """(first day, days) of the calendar that is kept: one that pretends to hold for ever must not fill memory."""
        most = min(_MOST_DAYS, max(1, _MOST_CELLS // max(1, len(self._services))))
        day0 = max(first, min(last - most + 1, self._moment.toordinal() - _DAYS_BEFORE))
        return day0, min(last - day0 + 1, most)

    def _read_frequencies(self) -> dict[int, list[Headway]]:
        """The headways of each trip that has any."""
        seconds = Seconds()
        found: dict[int, list[Headway]] = {}
        for line, (name, start, end, headway, exact) in rows(
            self._archive, "frequencies.txt", ("trip_id", "start_time", "end_time", "headway_secs", "exact_times")
        ):
            first, last, trip = seconds[start], seconds[end], self._trips.get(name)
            every = int(headway) if headway.isdecimal() and len(headway) < 7 else 0
            if trip is None or first < 0 or last <= first or every < 10:
                self._out.problem(f"frequencies.txt line {line}", "not a trip with a span and a headway", name)
            else:
                found.setdefault(trip, []).append(Headway(first, last, every, exact == "1"))
        return found

    def _arrays(self, table: Table, about: list[int], zone: str, day0: int, active: np.ndarray) -> Arrays:
        order = np.lexsort((table.trip, table.leave, table.stop))
        service = np.asarray(self._columns["trip_service"], dtype=np.int32)
        counts = np.bincount(table.stop, minlength=len(self._stops))
        heads = np.asarray(self._columns["trip_head"], dtype=np.int32)
        # A trip without a headsign goes where it ends.
        nameless = np.flatnonzero(heads == 0)
        heads[nameless] = np.asarray(self._columns["stop_name"], dtype=np.int32)[table.last_stop(nameless)]
        blob, ends = Strings.pack(self._texts.index)
        arrays = {
            name: np.asarray(self._columns[name], dtype=np.int32)
            for name in ("stop_id", "stop_name", "stop_platform", "route_id", "route_name", "trip_id", "trip_route")
        }
        arrays.update(
            trip_head=heads,
            trip_start=table.starts(len(self._trips)),
            trip_direction=np.asarray(self._columns["trip_direction"], dtype=np.int8),
            trip_service=service,
            trip_about=np.asarray(about, dtype=np.int32),
            stop_wheelchair=np.asarray(self._columns["stop_wheelchair"], dtype=np.int8),
            lon=np.asarray(self._columns["lon"], dtype=np.float64),
            lat=np.asarray(self._columns["lat"], dtype=np.float64),
            stop_first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            leave=table.leave[order],
            trip=table.trip[order],
            head=table.head[order],
            sequence=table.sequence[order],
            service=service[table.trip[order]],
            active=active,
            text_blob=blob,
            text_ends=ends,
            **table.passed(),
        )
        # What most timetables have not takes no room in those.
        for name in ("run", "dwell", "pickup"):
            column = getattr(table, name)
            if column is not None:
                arrays[name] = column[order]
        return Arrays(NAME, {"zone": zone, "day0": day0, "longest": int(table.leave.max())}, arrays)


def _overview(timetable: Timetable, today: int) -> Overview:
    """How many departures there are, and from which day to which anything leaves."""
    days = timetable.days
    span = f"{days[0]} to {days[1]}" if days else ""
    last = days[1] if days else None
    over = last is None or last.toordinal() < today
    return Overview(count=len(timetable), what="departure", span=span, last=last, over=over)


def _day(text: str) -> int | None:
    """The ordinal of ``YYYYMMDD``."""
    text = text.strip()
    if len(text) != 8 or not text.isdecimal():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        return None


# The tables of GTFS and the columns by which each is told (gtfs.org, Schedule reference).
_TELLING = {
    "stop_times.txt": {"trip_id", "stop_sequence"}, "stops.txt": {"stop_id", "stop_name"},
    "routes.txt": {"route_id", "route_type"}, "trips.txt": {"route_id", "service_id", "trip_id"},
    "calendar.txt": {"service_id", "monday"}, "calendar_dates.txt": {"service_id", "exception_type"},
    "agency.txt": {"agency_name", "agency_timezone"}, "shapes.txt": {"shape_id", "shape_pt_lat"},
    "frequencies.txt": {"trip_id", "headway_secs"}, "transfers.txt": {"from_stop_id", "to_stop_id"},
    "feed_info.txt": {"feed_publisher_name", "feed_lang"}, "fare_attributes.txt": {"fare_id", "price"},
    "fare_rules.txt": {"fare_id", "route_id"}, "pathways.txt": {"pathway_id", "from_stop_id"},
    "levels.txt": {"level_id", "level_index"}, "attributions.txt": {"organization_name", "is_producer"},
    "translations.txt": {"table_name", "field_name", "translation"},
}  # fmt: skip


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """The archive of a timetable; a table of it alone, or an archive without the times, is a part."""
    if "stop_times.txt" in glance.members:
        return Evidence(certainty=1.0)
    parts = sorted(_TELLING.keys() & glance.members)
    if parts:
        why = f"an archive with {', '.join(parts[:6])}, but without stop_times.txt, so nothing says when a bus runs"
        return Evidence(certainty=0.9, instead=f"{why}; give the whole GTFS archive (.zip) of the timetable")
    name = next((name for name, columns in _TELLING.items() if columns <= glance.header), "")
    if name:
        text = f"this is {name}, one table of a GTFS timetable; give the archive (.zip) with all of its tables"
        return Evidence(certainty=0.9, instead=text)
    return None
