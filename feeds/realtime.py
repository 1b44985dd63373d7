"""How vehicles run now, laid over a timetable (GTFS-Realtime trip updates over GTFS Schedule)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np

from feeds.datasets import Arrays
from feeds.records import Departure
from feeds.timetable import Call, Timetable

_LATE_SECONDS = 60
_LOOK_BACK = timedelta(minutes=90)
"""A vehicle so late is still waited for."""
_EARLY = 600
"""Seconds. A vehicle is not expected to leave earlier than this before its time."""
_ANOTHER_RUN = 12 * 3600
"""Seconds. A moment so far from the timetable's is of the same trip on another day, in an update that names no day."""
_SECOND = timedelta(seconds=1)
_MANY = 100_000
_SPARE = 20
"""Calls that are looked at beyond those asked for, because some are skipped, late or early."""


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


class Leaving(NamedTuple):
    """A call with what is known of it: when it leaves (seconds since 1970), and how late that is (seconds, negative is
    early, None when nobody knows)."""

    at: int
    call: Call
    late: int | None = None
    cancelled: bool = False


_by_moment = attrgetter("at")


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
        self._seen: tuple[Timetable, dict[int, list[_Update]], np.ndarray] | None = None

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
        found = [_record(timetable, leaving) for leaving in self.leaving(timetable, stops, moment, n)]
        return sorted(found, key=lambda departure: (departure.expected or departure.departs, departure.id))

    def leaving(self, timetable: Timetable, stops: Iterable[int], moment: datetime, n: int = 8) -> list[Leaving]:
        """The same without their words, for who asks for many stops: by when they leave, equal moments in any order."""
        stops, now = list(stops), math.ceil(moment.timestamp())
        trips, known = self._of(timetable)
        # Of what should have left, only what is known to be late can still come.
        late = timetable.calls(stops, moment - _LOOK_BACK, _MANY, _LOOK_BACK - _SECOND, known)
        missed = [leaving for leaving in self._expected(timetable, late, trips) if leaving.at >= now]
        most = n + _SPARE
        while True:
            calls = timetable.calls(stops, moment, most)
            found = missed + [leaving for leaving in self._expected(timetable, calls, trips) if leaving.at >= now]
            found.sort(key=_by_moment)
            if len(calls) < most or (len(found) >= n and found[n - 1].at < calls[-1].at - _EARLY):
                return _first(found, n, timetable)
            most *= 4

    def _of(self, timetable: Timetable) -> tuple[dict[int, list[_Update]], np.ndarray]:
        """The updates by the timetable's own index of their trip, and which of its trips have one."""
        if self._seen is None or self._seen[0] is not timetable:
            trips: dict[int, list[_Update]] = {}
            for name, updates in self._trips.items():
                trip = timetable.trip(name)
                if trip is not None:
                    trips[trip] = list(map(_Update, updates))
            known = np.zeros(timetable.trips, dtype=bool)
            known[list(trips)] = True
            self._seen = (timetable, trips, known)
        return self._seen[1:]

    def _expected(self, timetable: Timetable, calls: list[Call], trips: dict[int, list[_Update]]) -> list[Leaving]:
        """The calls with what is known of them; skipped stops are left out."""
        found = []
        names: dict[int, str] = {}
        for call in calls:
            leaving: Leaving | None = Leaving(call.at, call)
            updates = trips.get(timetable.trip_of(call.row))
            if updates is not None:
                day = names.get(call.day) or names.setdefault(call.day, timetable.day_of(call).strftime("%Y%m%d"))
                update = next((update for update in updates if update.day in ("", day)), None)
                leaving = update.leaving(timetable, call) if update else leaving
            if leaving is not None:
                found.append(leaving)
        return found


class _Update:
    """A trip update, ready to be asked for any of its stops."""

    def __init__(self, trip: Trip) -> None:
        self.day = trip.day
        self._trip = trip
        self._own: dict[str, Stop] = {}
        for stop in trip.stops:
            if stop.sequence < 0:
                self._own.setdefault(stop.stop, stop)
        numbered = [stop for stop in trip.stops if stop.sequence >= 0]
        self._steps, self._held = _steps(numbered)
        self._served_steps, self._served = _steps([stop for stop in numbered if not stop.skipped])

    def leaving(self, timetable: Timetable, call: Call) -> Leaving | None:
        """The call as it is expected; None when the stop is skipped."""
        if self._trip.cancelled:
            return Leaving(call.at, call, cancelled=True)
        sequence = timetable.sequence(call.row)
        stop = self._applying(sequence, timetable.stop_id(call.row) if self._own else "")
        if stop is not None and stop.skipped:
            return None
        late = self._late(stop, call, sequence)
        return Leaving(call.at, call) if late is None else Leaving(call.at + late, call, late)

    def _applying(self, sequence: int, stop_id: str) -> Stop | None:
        """What holds at a stop: its own, else the last one before it (a delay carries on along the trip)."""
        if stop_id in self._own:
            return self._own[stop_id]
        step = bisect_right(self._steps, sequence)
        held = self._held[step - 1] if step else None
        if held is not None and held.skipped and held.sequence != sequence:
            # Skipping one stop says nothing about the next.
            step = bisect_left(self._served_steps, held.sequence)
            return self._served[step - 1] if step else None
        return held

    def _late(self, stop: Stop | None, call: Call, sequence: int) -> int | None:
        """Seconds late; negative is early."""
        if stop is not None:
            if stop.delay is not None:
                return stop.delay
            if stop.at is not None and (stop.sequence < 0 or stop.sequence == sequence):
                late = stop.at - call.at
                return late if abs(late) < _ANOTHER_RUN else None
        return self._trip.delay


def _steps(stops: list[Stop]) -> tuple[list[int], list[Stop]]:
    """For each sequence from which on another of ``stops`` is the last to name it or one before, that one."""
    kept: list[Stop] = []
    for stop in reversed(stops):
        if not kept or stop.sequence < kept[-1].sequence:
            kept.append(stop)
    kept.reverse()
    return [stop.sequence for stop in kept], kept


def _first(found: list[Leaving], n: int, timetable: Timetable) -> list[Leaving]:
    """The first ``n`` of what is sorted by moment; where equal moments are divided, the ids of their records decide."""
    if len(found) <= n or not n or found[n].at != found[n - 1].at:
        return found[:n]
    last = found[n - 1].at
    low, high = bisect_left(found, last, key=_by_moment), bisect_right(found, last, key=_by_moment)
    tied = sorted(found[low:high], key=lambda leaving: timetable.departure_id(leaving.call))
    return (found[:low] + tied)[:n]


def _record(timetable: Timetable, leaving: Leaving) -> Departure:
    departure = timetable.departure(leaving.call)
    if leaving.cancelled:
        return msgspec.structs.replace(departure, status="取消")
    if leaving.late is None:
        return departure
    expected = datetime.fromtimestamp(leaving.at, UTC)
    return msgspec.structs.replace(departure, expected=expected, status=_words(leaving.late))


def _words(delay: int) -> str:
    if delay >= _LATE_SECONDS:
        return f"晚点{delay // 60}分"
    return "准点" if delay > -_LATE_SECONDS else f"提前{-delay // 60}分"


def moment_of(seconds: int) -> datetime | None:
    """The moment of a POSIX time; None when it is not one of our age."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 4_000_000_000 else None
