"""How vehicles run now, laid over a timetable (GTFS-Realtime trip updates over GTFS Schedule)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from feeds.datasets import Arrays
from feeds.records import Departure
from feeds.timetable import Call, Timetable

_LATE_SECONDS = 60
_LOOK_BACK = timedelta(minutes=90)
"""A vehicle so late is still waited for."""


class Stop(NamedTuple):
    """A stop time update: which stop, and its delay in seconds or its moment (since 1970), or that it is skipped."""

    sequence: int
    stop: str
    delay: int | None
    at: int | None
    skipped: bool


class Trip(NamedTuple):
    """A trip update; ``day`` is ``YYYYMMDD`` or empty."""

    trip: str
    day: str
    cancelled: bool
    delay: int | None
    stops: tuple[Stop, ...]


class Realtime:
    """Trip updates by trip."""

    KIND = "gtfs_rt"

    def __init__(self, arrays: Arrays) -> None:
        if arrays.kind != self.KIND:
            raise ValueError(f"a dataset of {arrays.kind}, expected {self.KIND}")
        self._arrays = arrays
        self._trips: dict[str, list[Trip]] = {}
        for trip in msgspec.convert(arrays.facts["trips"], list[Trip]):
            self._trips.setdefault(trip.trip, []).append(trip)

    @classmethod
    def of(cls, trips: Iterable[Trip]) -> Realtime:
        """From updates."""
        plain: list[Any] = [[*trip[:4], [list(stop) for stop in trip.stops]] for trip in trips]
        return cls(Arrays(cls.KIND, {"trips": plain}, {}))

    def __len__(self) -> int:
        """How many trips have an update."""
        return sum(map(len, self._trips.values()))

    def to_bytes(self) -> bytes:
        """As ``DatasetStore`` keeps it."""
        return self._arrays.to_bytes()

    def departures(self, timetable: Timetable, stops: Iterable[int], moment: datetime, n: int = 8) -> list[Departure]:
        """The next ``n`` departures from ``moment`` on, by when they are expected; cancelled ones stay in place."""
        stops = list(stops)
        window = timetable.calls(stops, moment - _LOOK_BACK, n=4 * n + 40)
        found = []
        for call in window:
            departure = self._departure(timetable, call)
            if departure is not None and (departure.expected or departure.departs) >= moment:
                found.append(departure)
        found.sort(key=lambda departure: (departure.expected or departure.departs, departure.id))
        return found[:n]

    def _departure(self, timetable: Timetable, call: Call) -> Departure | None:
        """The call with what is known of it; None when the stop is skipped."""
        departure = timetable.departure(call)
        trip = self._trip(timetable, call)
        if trip is None:
            return departure
        if trip.cancelled:
            return msgspec.structs.replace(departure, status="取消")
        stop = _applying(trip, timetable.sequence(call.row), timetable.stop_id(call.row))
        if stop is not None and stop.skipped:
            return None
        delay = _delay(trip, stop, call, exact=stop is not None and _is_at(stop, timetable, call))
        if delay is None:
            return departure
        expected = departure.departs + timedelta(seconds=delay)
        return msgspec.structs.replace(departure, expected=expected, status=_words(delay))

    def _trip(self, timetable: Timetable, call: Call) -> Trip | None:
        day = timetable.day_of(call).strftime("%Y%m%d")
        updates = self._trips.get(timetable.trip_id(call.row), ())
        return next((trip for trip in updates if trip.day in ("", day)), None)


def _applying(trip: Trip, sequence: int, stop_id: str) -> Stop | None:
    """The update that holds at a stop: its own, else the last one before it (a delay carries on along the trip)."""
    held = None
    for stop in trip.stops:
        if stop.stop == stop_id and stop.sequence < 0:
            return stop
        if 0 <= stop.sequence <= sequence:
            held = stop
    if held is not None and held.skipped and held.sequence != sequence:
        # Skipping one stop says nothing about the next.
        return next((s for s in reversed(trip.stops) if 0 <= s.sequence < held.sequence and not s.skipped), None)
    return held


def _is_at(stop: Stop, timetable: Timetable, call: Call) -> bool:
    return stop.sequence == timetable.sequence(call.row) or (
        stop.sequence < 0 and stop.stop == timetable.stop_id(call.row)
    )


def _delay(trip: Trip, stop: Stop | None, call: Call, *, exact: bool) -> int | None:
    """Seconds late; negative is early."""
    if stop is not None:
        if stop.delay is not None:
            return stop.delay
        if stop.at is not None and exact:
            return stop.at - call.at
    return trip.delay


def _words(delay: int) -> str:
    if delay >= _LATE_SECONDS:
        return f"晚点{delay // 60}分"
    return "准点" if delay > -_LATE_SECONDS else f"提前{-delay // 60}分"


def moment_of(seconds: int) -> datetime | None:
    """The moment of a POSIX time; None when it is not one of our age."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 4_000_000_000 else None
