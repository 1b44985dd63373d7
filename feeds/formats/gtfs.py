"""GTFS Schedule: a timetable as a dataset, and its lines as Route records.

The dataset (``feeds.timetable.Timetable``) answers "what leaves here next". Heeded are calendars and their exceptions,
frequencies, times past 24:00, stop times left empty between two that are not, and stops where nobody may get on.
``options.max_unpacked`` caps the archive's unpacked size in bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from feeds.base.errors import FormatError
from feeds.datasets import Arrays, Strings
from feeds.formats._archives import MOST_UNPACKED, SafeZip
from feeds.formats._gtfs import UNKNOWN, Seconds, StopTimes, Texts, read_stop_times, rows
from feeds.formats._options import whole
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Route, stable_id
from feeds.source import Source
from feeds.timetable import Timetable

NAME = "gtfs"
_REQUIRED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
_MOST_DAYS = 1_200
_MOST_CELLS = 100_000_000
_DAYS_BEFORE = 30
_MOST_RUNS = 3_000_000
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Route records and the timetable. Raises FormatError when a required file is missing or nothing ever leaves."""
    if not documents:
        raise FormatError("gtfs: no document")
    with SafeZip(documents[0].body, whole(source, "max_unpacked", MOST_UNPACKED)) as archive:
        missing = [name for name in _REQUIRED if name not in archive]
        if missing or not ("calendar.txt" in archive or "calendar_dates.txt" in archive):
            raise FormatError(f"gtfs: {', '.join(missing) or 'calendar.txt'} missing")
        return _Reader(archive, Rows(source, Route, moment), moment.toordinal()).parsed()


def open_dataset(arrays: Arrays) -> Timetable:
    """The timetable in a dataset file."""
    return Timetable(arrays)


class _Reader:
    """One archive on its way to a timetable."""

    def __init__(self, archive: SafeZip, out: Rows, today: int) -> None:
        self._archive = archive
        self._today = today
        self._out = out
        self._texts = Texts()
        self._stops: dict[str, int] = {}
        self._routes: dict[str, int] = {}
        self._services: dict[str, int] = {}
        self._trips: dict[str, int] = {}
        self._columns: dict[str, list[Any]] = {
            name: []
            for name in (
                "stop_id", "stop_name", "stop_platform", "lon", "lat", "route_id", "route_name", "trip_id",
                "trip_route", "trip_head", "trip_service", "trip_direction",
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
        table = _Table(times, self._read_frequencies())
        if not len(table.trip):
            raise FormatError("gtfs: no departure could be read")
        self._add_routes(table)
        parsed = self._out.parsed()
        quarantined = times.left_out
        dataset = Timetable(self._arrays(table, zone, day0, active))
        return Parsed(
            records=parsed.records, problems=parsed.problems, total=parsed.total + quarantined, dataset=dataset,
            shape=parsed.shape,
        )  # fmt: skip

    def _zone(self) -> str:
        for _, (name,) in rows(self._archive, "agency.txt", ("agency_timezone",)):
            try:
                return ZoneInfo(name.strip()).key
            except (ValueError, OSError, KeyError):
                break
        return "Asia/Shanghai"

    def _read_stops(self) -> None:
        columns, add = self._columns, self._texts.add
        for line, (ident, name, lon, lat, platform, kind) in rows(
            self._archive,
            "stops.txt",
            ("stop_id", "stop_name", "stop_lon", "stop_lat", "platform_code", "location_type"),
        ):
            if not ident or ident in self._stops:
                self._out.problem(f"stops.txt line {line}", "without an id of its own", ident)
                continue
            place = _position(lon, lat)
            if place is None and kind.strip() in ("", "0", "1", "2"):
                self._out.problem(f"stops.txt line {line}", "its position is not on earth", f"{lon}, {lat}")
            self._stops[ident] = len(self._stops)
            columns["stop_id"].append(add(ident))
            columns["stop_name"].append(add(name.strip()))
            columns["stop_platform"].append(add(platform.strip()))
            columns["lon"].append(place[0] if place else np.nan)
            columns["lat"].append(place[1] if place else np.nan)

    def _read_routes(self) -> None:
        wanted = ("route_id", "route_short_name", "route_long_name")
        for line, (ident, short, long) in rows(self._archive, "routes.txt", wanted):
            if not ident or ident in self._routes:
                self._out.problem(f"routes.txt line {line}", "without an id of its own", ident)
                continue
            self._routes[ident] = len(self._routes)
            self._columns["route_id"].append(self._texts.add(ident))
            self._columns["route_name"].append(self._texts.add(short.strip() or long.strip() or ident))

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
            columns["trip_head"].append(add(head.strip()))
            columns["trip_service"].append(self._services.setdefault(service, len(self._services)))
            columns["trip_direction"].append(direction.strip() == "1")

    def _calendar(self) -> tuple[int, np.ndarray]:
        """The first day, and for each day from it on which services run."""
        spans = []
        for line, cells in rows(self._archive, "calendar.txt", ("service_id", "start_date", "end_date", *_WEEK)):
            first, last = _day(cells[1]), _day(cells[2])
            service = self._services.get(cells[0])
            if first is None or last is None or last < first:
                self._out.problem(f"calendar.txt line {line}", "its dates are not a span", cells[1:3])
            elif service is not None:
                spans.append((service, first, last, [cell.strip() == "1" for cell in cells[3:]]))
        exceptions = []
        for line, (name, text, kind) in rows(
            self._archive, "calendar_dates.txt", ("service_id", "date", "exception_type")
        ):
            day, service = _day(text), self._services.get(name)
            if day is None or kind.strip() not in ("1", "2"):
                self._out.problem(f"calendar_dates.txt line {line}", "not a date with 1 or 2", [text, kind])
            elif service is not None:
                exceptions.append((service, day, kind.strip() == "1"))
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

    def _window(self, first: int, last: int) -> tuple[int, int]:
        """(first day, days) of the calendar that is kept: one that pretends to hold for ever must not fill memory."""
        most = min(_MOST_DAYS, max(1, _MOST_CELLS // max(1, len(self._services))))
        day0 = max(first, min(last - most + 1, self._today - _DAYS_BEFORE))
        return day0, min(last - day0 + 1, most)

    def _read_frequencies(self) -> dict[int, list[tuple[int, int, int]]]:
        """Trip -> (from, until, headway) in seconds."""
        seconds = Seconds()
        found: dict[int, list[tuple[int, int, int]]] = {}
        for line, (name, start, end, headway) in rows(
            self._archive, "frequencies.txt", ("trip_id", "start_time", "end_time", "headway_secs")
        ):
            first, last, trip = seconds[start], seconds[end], self._trips.get(name)
            every = int(headway) if headway.strip().isdecimal() and len(headway) < 7 else 0
            if trip is None or first < 0 or last <= first or every < 10:
                self._out.problem(f"frequencies.txt line {line}", "not a trip with a span and a headway", name)
            else:
                found.setdefault(trip, []).append((first, last, every))
        return found

    def _arrays(self, table: _Table, zone: str, day0: int, active: np.ndarray) -> Arrays:
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
        )
        return Arrays(NAME, {"zone": zone, "day0": day0, "longest": int(table.leave.max())}, arrays)

    def _add_routes(self, table: _Table) -> None:
        """A record for each line and direction: its ends, its hours, its usual headway."""
        texts = list(self._texts.index)
        routes = np.asarray(self._columns["trip_route"], dtype=np.int32)
        directions = np.asarray(self._columns["trip_direction"], dtype=np.int32)
        services = np.asarray(self._columns["trip_service"], dtype=np.int32)
        names = self._columns["stop_name"]
        trips, starts, first_stops, last_stops = table.runs()
        keys = routes[trips] * 2 + directions[trips]
        for key in np.unique(keys):
            mine = np.flatnonzero(keys == key)
            ends = first_stops[mine].astype(np.int64) << 32 | last_stops[mine]
            values, counts = np.unique(ends, return_counts=True)
            usual = int(values[np.argmax(counts)])
            line = texts[self._columns["route_name"][int(key) // 2]]
            ident = texts[self._columns["route_id"][int(key) // 2]]
            self._out.add(
                f"route {ident}",
                {
                    "id": stable_id("route", ident, str(int(key) % 2)),
                    "line": line,
                    "origin": texts[names[usual >> 32]],
                    "destination": texts[names[usual & 0xFFFFFFFF]],
                    "first": _clock(int(starts[mine].min())),
                    "last": _clock(int(starts[mine].max())),
                    "headway": _headway(starts[mine], services[trips[mine]]),
                },
            )


class _Table:
    """Stop times sorted by trip and sequence, with gaps filled and frequencies written out."""

    def __init__(self, times: StopTimes, frequencies: dict[int, list[tuple[int, int, int]]]) -> None:
        trip = np.frombuffer(times.trip, dtype=np.int32) if times.trip else np.zeros(0, np.int32)
        sequence = np.frombuffer(times.sequence, dtype=np.int32) if times.trip else trip
        order = np.lexsort((sequence, trip))
        self._all_trip = trip[order]
        self._all_stop = np.frombuffer(times.stop, dtype=np.int32)[order] if times.trip else trip
        leave = np.frombuffer(times.leave, dtype=np.int32)[order] if times.trip else trip
        self._all_leave = _filled(leave, self._all_trip)
        ends = np.flatnonzero(np.diff(self._all_trip)) if len(trip) else np.zeros(0, np.int64)
        self._firsts = np.concatenate([[0], ends + 1]) if len(trip) else ends
        self._lasts = np.concatenate([ends, [len(trip) - 1]]) if len(trip) else ends
        # Nobody leaves from a trip's last stop, nor where nobody may get on.
        boarding = self._all_leave >= 0
        boarding[self._lasts] = False
        if times.trip:
            boarding &= ~np.frombuffer(times.pickup, dtype=np.int8)[order].astype(bool)
        head = np.frombuffer(times.head, dtype=np.int32)[order] if times.trip else trip
        rows_ = np.flatnonzero(boarding)
        columns = (self._all_trip, self._all_stop, self._all_leave, head, sequence[order])
        self.trip, self.stop, self.leave, self.head, self.sequence = (column[rows_] for column in columns)
        self._start_of = dict(
            zip(self._all_trip[self._firsts].tolist(), self._all_leave[self._firsts].tolist(), strict=True)
        )
        self._frequencies = {trip: spans for trip, spans in frequencies.items() if trip in self._start_of}
        self._write_out()

    def last_stop(self, trips: np.ndarray) -> np.ndarray:
        """The last stop of each trip."""
        where = np.searchsorted(self._all_trip[self._lasts], trips)
        where = np.minimum(where, max(0, len(self._lasts) - 1))
        return np.asarray(self._all_stop[self._lasts[where]])

    def runs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(trip, start, first stop, last stop) of every run of every trip."""
        trips, starts, places = [], [], []
        for place, trip in enumerate(self._all_trip[self._firsts].tolist()):
            for start in self._starts(trip):
                trips.append(trip)
                starts.append(start)
                places.append(place)
        at = np.asarray(places, dtype=np.int64)
        return (
            np.asarray(trips, dtype=np.int64), np.asarray(starts, dtype=np.int64),
            self._all_stop[self._firsts[at]], self._all_stop[self._lasts[at]],
        )  # fmt: skip

    def _starts(self, trip: int) -> list[int]:
        spans = self._frequencies.get(trip)
        if spans is None:
            return [self._start_of[trip]] if self._start_of[trip] >= 0 else []
        return [start for first, last, every in spans for start in range(first, last, every)]

    def _write_out(self) -> None:
        """Replace the pattern of each trip that runs by frequency by its runs."""
        if not self._frequencies:
            return
        by_frequency = np.isin(self.trip, list(self._frequencies))
        parts = [[column[~by_frequency]] for column in self._columns()]
        runs = 0
        for trip in self._frequencies:
            mine = np.flatnonzero(self.trip == trip)
            starts = self._starts(trip)
            runs += len(starts) * len(mine)
            if runs > _MOST_RUNS:
                raise FormatError(f"gtfs: frequencies write out to more than {_MOST_RUNS} departures")
            shift = np.asarray(starts, dtype=np.int32) - np.int32(self._start_of[trip])
            for part, column in zip(parts, self._columns(), strict=True):
                part.append(np.tile(column[mine], len(shift)))
            parts[2][-1] = parts[2][-1] + np.repeat(shift, len(mine))
        self.trip, self.stop, self.leave, self.head, self.sequence = (np.concatenate(part) for part in parts)

    def _columns(self) -> tuple[np.ndarray, ...]:
        return self.trip, self.stop, self.leave, self.head, self.sequence


def _filled(leave: np.ndarray, trip: np.ndarray) -> np.ndarray:
    """Times between two timed stops of a trip, spread evenly (GTFS allows them to be empty); UNKNOWN where none is."""
    known = np.flatnonzero(leave >= 0)
    if len(known) == len(leave) or not len(known):
        return leave.copy()
    everywhere = np.arange(len(leave))
    filled = np.interp(everywhere, known, leave[known]).astype(np.int32)
    before = known[np.maximum(0, np.searchsorted(known, everywhere, side="right") - 1)]
    after = known[np.minimum(len(known) - 1, np.searchsorted(known, everywhere))]
    inside = (trip[before] == trip) & (trip[after] == trip) & (before <= everywhere) & (after >= everywhere)
    return np.where(inside, filled, UNKNOWN).astype(np.int32)


def _position(lon: str, lat: str) -> tuple[float, float] | None:
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        return None
    return (x, y) if -180 <= x <= 180 and -90 <= y <= 90 else None


def _day(text: str) -> int | None:
    """The ordinal of ``YYYYMMDD``."""
    text = text.strip()
    if len(text) != 8 or not text.isdecimal():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        return None


def _clock(seconds: int) -> str:
    return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}"


def _headway(starts: np.ndarray, services: np.ndarray) -> str:
    """The usual gap between two starts on the busiest service, as people say it; "" when there is none."""
    values, counts = np.unique(services, return_counts=True)
    mine = np.sort(starts[services == values[np.argmax(counts)]])
    gaps = np.diff(np.unique(mine))
    if not len(gaps):
        return ""
    minutes = max(1, round(timedelta(seconds=int(np.median(gaps))).total_seconds() / 60))
    return f"约{minutes}分钟" if minutes < 60 else f"约{round(minutes / 60, 1):g}小时"


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
