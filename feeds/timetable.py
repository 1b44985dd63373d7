"""A timetable: which vehicles leave which stop when, for any moment (GTFS Schedule as an indexed dataset).

Departures are sorted by stop and by seconds after the start of the service day (GTFS: noon minus 12 hours), which may
run past 24:00; a service day's calendar is one row of a table of days and services. A query looks at the service days
that can still have vehicles under way, so past-midnight trips of yesterday are found today.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import repeat
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from feeds.datasets import Arrays, Strings
from feeds.records import Departure, stable_id
from feeds.text import clean

_CHUNK = 256
_DAY = 86_400
PICKUPS = {2: "by telephone", 3: "by the driver"}
"""What a departure's status says where people do not just get on (pickup_type of stop_times.txt)."""


class Call(NamedTuple):
    """A vehicle that leaves a stop: when (seconds since 1970), which row of the timetable, which service day."""

    at: int
    row: int
    day: int


class Timetable:
    """Queries on a GTFS dataset."""

    KIND = "gtfs"

    def __init__(self, arrays: Arrays) -> None:
        if arrays.kind != self.KIND:
            raise ValueError(f"a dataset of {arrays.kind}, expected {self.KIND}")
        self._arrays = arrays
        self._first = arrays["stop_first"]
        self._leave = arrays["leave"]
        self._trip = arrays["trip"]
        self._head = arrays["head"]
        self._service = arrays["service"]
        self._active = arrays["active"]
        self._run, self._dwell, self._pickup = (arrays.arrays.get(name) for name in ("run", "dwell", "pickup"))
        self._about = frozenset(arrays["trip_about"].tolist())
        self._lon, self._lat = arrays["lon"], arrays["lat"]
        self._texts = Strings(arrays["text_blob"], arrays["text_ends"])
        self._zone = ZoneInfo(arrays.facts["zone"])
        self._day0 = int(arrays.facts["day0"])
        self._longest = int(arrays.facts["longest"])
        self._starts: dict[int, int] = {}
        self._cleaned: dict[tuple[int, int], str] = {}
        self._directions: dict[tuple[int, int], tuple[str, str]] = {}
        self._stop_index: dict[str, int] | None = None
        self._trip_index: dict[str, int] | None = None
        self._route_index: dict[str, int] | None = None
        has_calls = np.flatnonzero(np.diff(self._first))
        self._served = has_calls[np.isfinite(self._lon[has_calls])]

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return self._zone

    def to_bytes(self) -> bytes:
        """As ``DatasetStore`` keeps it."""
        return self._arrays.to_bytes()

    def __len__(self) -> int:
        """How many departures the timetable has."""
        return len(self._leave)

    def stop(self, stop_id: str) -> int | None:
        """The index of a stop by its GTFS id."""
        if self._stop_index is None:
            texts = self._texts
            self._stop_index = {texts[int(i)]: n for n, i in enumerate(self._arrays["stop_id"])}
        return self._stop_index.get(stop_id)

    def trip(self, trip_id: str) -> int | None:
        """The index of a trip by its GTFS id."""
        if self._trip_index is None:
            texts = self._texts
            self._trip_index = {texts[int(i)]: n for n, i in enumerate(self._arrays["trip_id"])}
        return self._trip_index.get(trip_id)

    @property
    def arrays(self) -> Arrays:
        """What the timetable is made of."""
        return self._arrays

    def is_active(self, day: date) -> np.ndarray | None:
        """Which services run on a day; None when the calendar does not reach it."""
        index = day.toordinal() - self._day0
        return self._active[index] if 0 <= index < len(self._active) else None

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day on which anything leaves; None when nothing ever does."""
        running = np.flatnonzero(np.any(self._active[:, np.unique(self._service)], axis=1))
        if not len(running):
            return None
        return date.fromordinal(self._day0 + int(running[0])), date.fromordinal(self._day0 + int(running[-1]))

    @property
    def trips(self) -> int:
        """How many trips the timetable has."""
        return len(self._arrays["trip_id"])

    def stop_name(self, index: int) -> str:
        """The name of a stop."""
        return self._texts[int(self._arrays["stop_name"][index])]

    def stop_said(self, index: int) -> str:
        """The name of a stop, as a record has it; "" where it has none."""
        return self._shown(int(self._arrays["stop_name"][index]), 120)

    def stop_key(self, index: int) -> str:
        """The GTFS id of a stop."""
        return self._texts[int(self._arrays["stop_id"][index])]

    def platform(self, index: int) -> str:
        """The platform that a stop is; "" when it is none."""
        return self._shown(int(self._arrays["stop_platform"][index]), 200)

    def wheelchair(self, index: int) -> bool | None:
        """Whether a wheelchair can board at a stop; None when nobody says so."""
        return {1: True, 2: False}.get(int(self._arrays["stop_wheelchair"][index]))

    def position(self, index: int) -> tuple[float, float]:
        """(lon, lat) of a stop."""
        return float(self._lon[index]), float(self._lat[index])

    def nearest(self, lon: float, lat: float, n: int = 3, within: float = 2_000.0) -> list[tuple[int, float]]:
        """The ``n`` nearest stops that anything leaves from, as (index, metres), at most ``within`` metres away."""
        x = np.radians(self._lon[self._served] - lon) * np.cos(np.radians(lat))
        y = np.radians(self._lat[self._served] - lat)
        metres = np.hypot(x, y) * 6_371_008.8
        close = np.flatnonzero(metres <= within)
        order = close[np.argsort(metres[close], kind="stable")[:n]]
        return [(int(self._served[i]), float(metres[i])) for i in order]

    def calls(
        self,
        stops: Iterable[int],
        moment: datetime,
        n: int = 8,
        horizon: timedelta = timedelta(hours=48),
        among: np.ndarray | None = None,
    ) -> list[Call]:
        """The next ``n`` calls at these stops together, from ``moment`` (included) on, soonest first; those of the
        trips alone for which ``among`` is true, if it is given."""
        now = math.ceil(moment.timestamp())
        until = now + int(horizon.total_seconds())
        found: list[Call] = []
        for stop in stops:
            low, high = int(self._first[stop]), int(self._first[stop + 1])
            if low < high:
                found.extend(self._at_stop(low, high, now, until, n, among))
        found.sort()
        return found[:n]

    def departures(
        self, stops: Iterable[int], moment: datetime, n: int = 8, horizon: timedelta = timedelta(hours=48)
    ) -> list[Departure]:
        """The same as records."""
        return [self.departure(call) for call in self.calls(stops, moment, n, horizon)]

    def departure(self, call: Call) -> Departure:
        """A call as a record."""
        line, destination = self.direction(call.row)
        status = PICKUPS.get(self.pickup(call.row), "")
        return self.record(self.departure_id(call), self.stop_of(call.row), line, destination, call.at, status)

    def record(self, ident: str, stop: int, line: str, destination: str, at: int, status: str = "") -> Departure:
        """A departure at a stop as a record; ``at`` is in seconds since 1970."""
        return Departure(
            id=ident,
            stop=self.stop_said(stop) or self.stop_key(stop)[:120],
            line=line,
            destination=destination,
            departs=datetime.fromtimestamp(at, UTC),
            platform=self.platform(stop),
            status=status,
        )

    def departure_id(self, call: Call) -> str:
        """The id of the call's record."""
        return stable_id("departure", self.trip_id(call.row), self.stop_id(call.row), str(call.at))

    def direction(self, row: int) -> tuple[str, str]:
        """Line and destination of a row, as a record has them."""
        trip, head = int(self._trip[row]), int(self._head[row])
        known = self._directions.get((trip, head))
        if known is None:
            text = head if head >= 0 else int(self._arrays["trip_head"][trip])
            line = self.line(int(self._arrays["trip_route"][trip]))
            known = self._directions[trip, head] = (line, self._shown(text, 200))
        return known

    def line(self, route: int) -> str:
        """The name of a route, as a record has it."""
        return self._shown(int(self._arrays["route_name"][route]), 120) or "-"

    def _shown(self, index: int, limit: int) -> str:
        """A text fit for a record; the same few thousand come again and again."""
        known = self._cleaned.get((index, limit))
        if known is None:
            known = self._cleaned[index, limit] = clean(self._texts[index], limit=limit)
        return known

    def trip_of(self, row: int) -> int:
        """The index of the trip that this row belongs to."""
        return int(self._trip[row])

    def trip_id(self, row: int) -> str:
        """The GTFS id of the trip in this row."""
        return self._texts[int(self._arrays["trip_id"][int(self._trip[row])])]

    def stop_id(self, row: int) -> str:
        """The GTFS id of the stop in this row."""
        return self.stop_key(self.stop_of(row))

    def sequence(self, row: int) -> int:
        """The ``stop_sequence`` of this row."""
        return int(self._arrays["sequence"][row])

    def pickup(self, row: int) -> int:
        """How people get on: 0 as usual, 2 after a telephone call, 3 after a word with the driver (pickup_type)."""
        return 0 if self._pickup is None else int(self._pickup[row])

    def dwell(self, row: int) -> int:
        """How many seconds before its departure the vehicle arrives."""
        return 0 if self._dwell is None else int(self._dwell[row])

    def run(self, row: int) -> int | None:
        """When the run of this row begins (seconds of the service day), if its trip runs by frequency."""
        run = -1 if self._run is None else int(self._run[row])
        return run if run >= 0 else None

    def is_about(self, trip: int) -> bool:
        """Whether the trip leaves only about every so often (frequencies.txt without exact_times)."""
        return trip in self._about

    def route(self, route_id: str) -> int | None:
        """The index of a route by its GTFS id."""
        if self._route_index is None:
            texts = self._texts
            self._route_index = {texts[int(i)]: n for n, i in enumerate(self._arrays["route_id"])}
        return self._route_index.get(route_id)

    def day_start(self, day: date) -> int:
        """When a service day starts (seconds since 1970)."""
        return self._start(day.toordinal() - self._day0)

    def route_id(self, row: int) -> str:
        """The GTFS id of the route in this row."""
        return self._texts[int(self._arrays["route_id"][int(self._arrays["trip_route"][int(self._trip[row])])])]

    def stop_of(self, row: int) -> int:
        """The index of the stop that this row belongs to."""
        return int(np.searchsorted(self._first, row, side="right")) - 1

    def day_of(self, call: Call) -> date:
        """The service day of a call."""
        return date.fromordinal(self._day0 + call.day)

    def _at_stop(self, low: int, high: int, now: int, until: int, n: int, among: np.ndarray | None) -> list[Call]:
        found: list[Call] = []
        leave = self._leave[low:high]
        for day in range(self._first_day(now), len(self._active)):
            start = self._start(day)
            if start > until or (len(found) >= n and start > found[n - 1].at):
                break
            first, last = leave.searchsorted(now - start), leave.searchsorted(until - start, "right")
            rows = self._running(low + int(first), low + int(last), day, n, among)
            leaves = (start + self._leave[rows]).tolist()
            found += map(Call, leaves, rows.tolist(), repeat(day))
            found.sort()
            del found[n:]
        return found

    def _first_day(self, now: int) -> int:
        """The first service day that can still have vehicles under way."""
        today = (now - self._start(0)) // _DAY
        day = max(0, today - self._longest // _DAY - 1)
        while day < today and now - self._start(day) > self._longest:
            day += 1
        return day

    def _running(self, at: int, end: int, day: int, n: int, among: np.ndarray | None) -> np.ndarray:
        """The first ``n`` of the rows from ``at`` to ``end`` that run on this day."""
        active, parts = self._active[day], [np.zeros(0, np.intp)]
        while at < end and n > 0:
            stop = min(at + _CHUNK, end)
            runs = active[self._service[at:stop]]
            if among is not None:
                runs &= among[self._trip[at:stop]]
            rows = at + runs.nonzero()[0][:n]
            parts.append(rows)
            n -= len(rows)
            at = stop
        return np.concatenate(parts) if len(parts) > 2 else parts[-1]

    def _start(self, day: int) -> int:
        """When a service day starts: noon minus 12 hours, which is not midnight when the clocks change."""
        if day not in self._starts:
            noon = datetime.combine(date.fromordinal(self._day0 + day), time(12), self._zone)
            self._starts[day] = int(noon.timestamp()) - _DAY // 2
        return self._starts[day]


def boards(
    timetable: Timetable, points: Sequence[tuple[float, float]], moment: datetime, n: int = 8, stops: int = 3
) -> list[list[Call]]:
    """For each (lon, lat) the next ``n`` calls at its ``stops`` nearest stops."""
    return [timetable.calls((stop for stop, _ in timetable.nearest(lon, lat, stops)), moment, n) for lon, lat in points]
