"""A timetable: which vehicles leave which stop when, for any moment (GTFS Schedule as an indexed dataset).

Departures are sorted by stop and by seconds after the start of the service day (GTFS: noon minus 12 hours), which may
run past 24:00; a service day's calendar is one row of a table of days and services. A query looks at the service days
that can still have vehicles under way, so past-midnight trips of yesterday are found today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from feeds.datasets import Arrays, Strings
from feeds.records import Departure, stable_id
from feeds.text import clean

_CHUNK = 256
_DAY = 86_400


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
        self._lon, self._lat = arrays["lon"], arrays["lat"]
        self._texts = Strings(arrays["text_blob"], arrays["text_ends"])
        self._zone = ZoneInfo(arrays.facts["zone"])
        self._day0 = int(arrays.facts["day0"])
        self._days_back = int(arrays.facts["longest"]) // _DAY
        self._starts: dict[int, int] = {}
        self._cleaned: dict[tuple[int, int], str] = {}
        self._stop_index: dict[str, int] | None = None
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

    def stop_name(self, index: int) -> str:
        """The name of a stop."""
        return self._texts[int(self._arrays["stop_name"][index])]

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
        self, stops: Iterable[int], moment: datetime, n: int = 8, horizon: timedelta = timedelta(hours=48)
    ) -> list[Call]:
        """The next ``n`` calls at these stops together, from ``moment`` (included) on, soonest first."""
        now = int(np.ceil(moment.timestamp()))
        until = now + int(horizon.total_seconds())
        found: list[Call] = []
        for stop in stops:
            low, high = int(self._first[stop]), int(self._first[stop + 1])
            if low < high:
                found.extend(self._at_stop(low, high, now, until, n))
        found.sort()
        return found[:n]

    def departures(
        self, stops: Iterable[int], moment: datetime, n: int = 8, horizon: timedelta = timedelta(hours=48)
    ) -> list[Departure]:
        """The same as records."""
        return [self.departure(call) for call in self.calls(stops, moment, n, horizon)]

    def departure(self, call: Call) -> Departure:
        """A call as a record."""
        trip, stop = int(self._trip[call.row]), self.stop_of(call.row)
        head = int(self._head[call.row])
        texts, arrays = self._texts, self._arrays
        if head < 0:
            head = int(arrays["trip_head"][trip])
        trip_id, stop_id = texts[int(arrays["trip_id"][trip])], texts[int(arrays["stop_id"][stop])]
        return Departure(
            id=stable_id("departure", trip_id, stop_id, str(call.at)),
            stop=self._shown(int(arrays["stop_name"][stop]), 120) or stop_id[:120],
            line=self._shown(int(arrays["route_name"][int(arrays["trip_route"][trip])]), 120) or "-",
            destination=self._shown(head, 200),
            departs=datetime.fromtimestamp(call.at, UTC),
            platform=self._shown(int(arrays["stop_platform"][stop]), 200),
        )

    def _shown(self, index: int, limit: int) -> str:
        """A text fit for a record; the same few thousand come again and again."""
        known = self._cleaned.get((index, limit))
        if known is None:
            known = self._cleaned[index, limit] = clean(self._texts[index], limit=limit)
        return known

    def trip_id(self, row: int) -> str:
        """The GTFS id of the trip in this row."""
        return self._texts[int(self._arrays["trip_id"][int(self._trip[row])])]

    def stop_id(self, row: int) -> str:
        """The GTFS id of the stop in this row."""
        return self._texts[int(self._arrays["stop_id"][self.stop_of(row)])]

    def sequence(self, row: int) -> int:
        """The ``stop_sequence`` of this row."""
        return int(self._arrays["sequence"][row])

    def route_id(self, row: int) -> str:
        """The GTFS id of the route in this row."""
        return self._texts[int(self._arrays["route_id"][int(self._arrays["trip_route"][int(self._trip[row])])])]

    def stop_of(self, row: int) -> int:
        """The index of the stop that this row belongs to."""
        return int(np.searchsorted(self._first, row, side="right")) - 1

    def day_of(self, call: Call) -> date:
        """The service day of a call."""
        return date.fromordinal(self._day0 + call.day)

    def _at_stop(self, low: int, high: int, now: int, until: int, n: int) -> list[Call]:
        found: list[Call] = []
        today = datetime.fromtimestamp(now, self._zone).date().toordinal() - self._day0
        for day in range(max(0, today - self._days_back - 1), len(self._active)):
            start = self._start(day)
            if start > until or (len(found) >= n and start > found[n - 1].at):
                break
            rows = self._running(low, high, now - start, until - start, day, n)
            found.extend(Call(start + int(self._leave[row]), row, day) for row in rows)
            found.sort()
            del found[n:]
        return found

    def _running(self, low: int, high: int, after: int, before: int, day: int, n: int) -> Iterator[int]:
        """The first ``n`` rows of a stop that run on this day between two seconds of it."""
        at = low + int(np.searchsorted(self._leave[low:high], after)) if after > 0 else low
        active = self._active[day]
        while at < high and n > 0:
            end = min(at + _CHUNK, high)
            for offset in np.flatnonzero(active[self._service[at:end]])[:n]:
                row = at + int(offset)
                if self._leave[row] > before:
                    return
                n -= 1
                yield row
            at = end

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
