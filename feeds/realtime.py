"""How vehicles run now, laid over a timetable (GTFS-Realtime trip updates over GTFS Schedule)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from feeds.datasets import Arrays
from feeds.records import Departure, stable_id
from feeds.text import clean
from feeds.timetable import Call, Timetable
from feeds.trip_updates import COPIED, NEW, REPLACED, Extra, Leaving, Stop, Trip, Update
from feeds.trips import Trips

__all__ = ["Extra", "Leaving", "Realtime", "Stop", "Trip", "moment_of"]

_LATE_SECONDS = 60
_LOOK_BACK = timedelta(minutes=90)
"""A vehicle so late is still waited for."""
_AHEAD = timedelta(hours=48)
_EARLY = 600
"""Seconds. A vehicle is not expected to leave earlier than this before its time."""
_SECOND = timedelta(seconds=1)
_MANY = 100_000
_SPARE = 20
"""Calls that are looked at beyond those asked for, because some are skipped, late or early."""
_UNKNOWN_TRIP = "of trips that the timetable does not have"
_UNKNOWN_RUN = "of a trip that runs by frequency, without the start of one of its runs"
_KNOWN = "of added trips with the id of a scheduled one: nobody knows which is meant"
_UNKNOWN_ROUTE = "of added trips without a known route, or without stops that have a time"
_STATES = {NEW: "added", REPLACED: "replaced"}

_by_moment = attrgetter("at")


class Realtime:
    """Trip updates by trip."""

    KIND = "gtfs_rt"

    def __init__(self, arrays: Arrays) -> None:
        if arrays.kind != self.KIND:
            raise ValueError(f"a dataset of {arrays.kind}, expected {self.KIND}")
        self._arrays = arrays
        self._trips = msgspec.convert(arrays.facts["trips"], list[Trip])
        self._seen: tuple[Timetable, _Laid] | None = None

    @classmethod
    def of(cls, trips: Iterable[Trip]) -> Realtime:
        """From updates."""
        plain: list[Any] = [[*trip[:4], [list(stop) for stop in trip.stops], *trip[5:]] for trip in trips]
        return cls(Arrays(cls.KIND, {"trips": plain}, {}))

    def __len__(self) -> int:
        """How many trips have an update."""
        return len(self._trips)

    def to_bytes(self) -> bytes:
        """As ``DatasetStore`` keeps it."""
        return self._arrays.to_bytes()

    def departures(self, timetable: Timetable, stops: Iterable[int], moment: datetime, n: int = 8) -> list[Departure]:
        """The next ``n`` departures from ``moment`` on, by when they are expected; cancelled ones stay in place."""
        found = [_record(timetable, leaving) for leaving in self.leaving(timetable, stops, moment, n)]
        return sorted(found, key=lambda departure: (departure.expected or departure.departs, departure.id))

    def leaving(self, timetable: Timetable, stops: Iterable[int], moment: datetime, n: int = 8) -> list[Leaving]:
        """The same without their words, for who asks for many stops: by when they leave, equal moments in any order."""
        stops, now, laid = list(stops), math.ceil(moment.timestamp()), self._over(timetable)
        # Of what should have left, only what is known to be late can still come.
        late = timetable.calls(stops, moment - _LOOK_BACK, _MANY, _LOOK_BACK - _SECOND, laid.known)
        others = [*laid.expected(late, now), *laid.extras(stops, now + int(_AHEAD.total_seconds()))]
        others = [leaving for leaving in others if leaving.at >= now]
        most = n + _SPARE
        while True:
            calls = timetable.calls(stops, moment, most, _AHEAD)
            found = others + [leaving for leaving in laid.expected(calls, now) if leaving.at >= now]
            found.sort(key=_by_moment)
            if len(calls) < most or (len(found) >= n and found[n - 1].at < calls[-1].at - _EARLY):
                return _first(found, n, timetable)
            most *= 4

    def left_out(self, timetable: Timetable) -> Mapping[str, int]:
        """How many updates say nothing about this timetable, by the reason: ``of trips that …``."""
        return self._over(timetable).left_out

    def _over(self, timetable: Timetable) -> _Laid:
        if self._seen is None or self._seen[0] is not timetable:
            self._seen = (timetable, _Laid(timetable, self._trips))
        return self._seen[1]


class _Laid:
    """Trip updates laid over one timetable."""

    def __init__(self, timetable: Timetable, updates: Iterable[Trip]) -> None:
        self._timetable = timetable
        self._trips = Trips(timetable)
        self._updates: dict[int, list[Update]] = {}
        self._extras: dict[int, list[Leaving]] = {}
        self._added: set[tuple[str, str, int]] = set()
        self.left_out: Counter[str] = Counter()
        # An update that names its day goes before one that does not.
        for trip in sorted(updates, key=lambda trip: not trip.day):
            reason = self._lay(trip)
            if reason:
                self.left_out[reason] += 1
        self.known = np.zeros(timetable.trips, dtype=bool)
        """Which of the timetable's trips have an update."""
        self.known[list(self._updates)] = True

    def expected(self, calls: Iterable[Call], now: int) -> list[Leaving]:
        """The calls with what is known of them; skipped stops are left out."""
        found = []
        names: dict[int, str] = {}
        for call in calls:
            leaving: Leaving | None = Leaving(call.at, call)
            updates = self._updates.get(self._timetable.trip_of(call.row))
            if updates is not None:
                day = names.get(call.day) or names.setdefault(call.day, f"{self._timetable.day_of(call):%Y%m%d}")
                update = next((update for update in updates if update.is_of(call, day, now)), None)
                leaving = update.leaving(call) if update else leaving
            if leaving is not None:
                found.append(leaving)
        return found

    def extras(self, stops: Iterable[int], until: int) -> list[Leaving]:
        """What leaves at these stops that is in no timetable."""
        return [leaving for stop in stops for leaving in self._extras.get(stop, ()) if leaving.at <= until]

    def _lay(self, trip: Trip) -> str:
        """Take one update; why it says nothing about this timetable."""
        index = self._index(trip)
        if trip.kind == NEW:
            return self._add(trip) if index is None else _KNOWN
        if index is None:
            return _UNKNOWN_TRIP
        if trip.kind == COPIED:
            return self._copy(trip, index)
        runs = self._trips.runs(index)
        start = _run(runs, trip.start, about=self._timetable.is_about(index)) if runs else None
        if runs and start is None:
            return _UNKNOWN_RUN
        self._updates.setdefault(index, []).append(Update(trip, index, start, self._timetable, self._trips))
        return self._add(trip) if trip.kind == REPLACED else ""

    def _index(self, trip: Trip) -> int | None:
        """The trip by its id; else by route, direction, day and start, where those are of one trip alone (Trip updates,
        Alternative trip matching)."""
        if trip.trip or trip.kind == NEW:
            return self._timetable.trip(trip.trip)
        route, day = self._timetable.route(trip.route), _day(trip.day)
        if route is None or day is None or trip.start < 0:
            return None
        return self._trips.trip_at(route, trip.direction if trip.direction >= 0 else None, trip.start, day)

    def _add(self, trip: Trip) -> str:
        """A trip of its own: all its stops but the last, where nobody gets on."""
        known = (trip.trip, trip.day, trip.start)
        if known in self._added:
            # A feed may say it twice, as ADDED and as NEW (migration to NEW).
            return ""
        route = self._timetable.route(trip.route)
        if route is None and trip.kind == REPLACED:
            index = self._timetable.trip(trip.trip)
            route = None if index is None else self._trips.route(index)
        table = self._timetable
        stops = [(table.stop(stop.platform or stop.stop), stop) for stop in trip.stops if not stop.skipped]
        timed = [(index, stop) for index, stop in stops[: max(1, len(stops) - 1)] if index is not None and stop.at]
        if route is None or not timed:
            return _UNKNOWN_ROUTE
        self._added.add(known)
        end = stops[-1][0] if len(stops) > 1 else None
        head = clean(trip.head, limit=200) or ("" if end is None else clean(table.stop_name(end), limit=200))
        for index, stop in timed:
            if stop.boards and stop.at is not None:
                ident = stable_id("departure", trip.trip, table.stop_key(index), str(stop.at))
                extra = Extra(stop.at, index, table.line(route), head, ident, stop.planned, trip.kind)
                late = None if stop.planned is None else stop.at - stop.planned
                self._extras.setdefault(index, []).append(Leaving(stop.at, extra, late))
        return ""

    def _copy(self, trip: Trip, index: int) -> str:
        """A trip of the timetable once more, at another start (TripProperties)."""
        day, begins = _day(trip.day), self._trips.begins(index)
        if day is None or trip.start < 0 or begins < 0:
            return _UNKNOWN_RUN
        update = Update(trip, index, None, self._timetable, self._trips)
        shift = self._timetable.day_start(day) + trip.start - begins
        for row in self._trips.rows(index):
            leaving = update.leaving(Call(shift + self._trips.offset(index, row), row, 0))
            if leaving is not None:
                self._extras.setdefault(self._timetable.stop_of(row), []).append(leaving)
        return ""


def _run(runs: list[int], start: int, *, about: bool) -> int | None:
    """Which run an update is about. Where runs leave only about so often, it is the nearest (start_time may then be
    arbitrary), as long as that is nearer than half a headway."""
    if start in runs or not runs or start < 0:
        return start if start in runs else None
    nearest = min(runs, key=lambda run: abs(run - start))
    gaps = [later - run for run, later in pairwise(runs)]
    return nearest if about and gaps and 2 * abs(nearest - start) <= min(gaps) else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _first(found: list[Leaving], n: int, timetable: Timetable) -> list[Leaving]:
    """The first ``n`` of what is sorted by moment; where equal moments are divided, the ids of their records decide."""
    if len(found) <= n or not n or found[n].at != found[n - 1].at:
        return found[:n]
    last = found[n - 1].at
    low, high = bisect_left(found, last, key=_by_moment), bisect_right(found, last, key=_by_moment)
    tied = sorted(found[low:high], key=lambda leaving: leaving.id(timetable))
    return (found[:low] + tied)[:n]


def _record(timetable: Timetable, leaving: Leaving) -> Departure:
    call = leaving.call
    if isinstance(call, Extra):
        planned = call.at if call.planned is None else call.planned
        state = _STATES[call.kind] if leaving.late is None else _words(leaving.late)
        departure = timetable.record(call.id, call.stop, call.line, call.destination, planned, state)
        return msgspec.structs.replace(departure, expected=datetime.fromtimestamp(leaving.at, UTC))
    departure = timetable.departure(call)
    if leaving.cancelled:
        return msgspec.structs.replace(departure, status="cancelled")
    moved = timetable.stop(leaving.platform) if leaving.platform else None
    if moved is not None:
        departure = msgspec.structs.replace(departure, platform=timetable.platform(moved))
    if leaving.late is None:
        return departure
    expected = datetime.fromtimestamp(leaving.at, UTC)
    status = ", ".join(filter(None, (_words(leaving.late), departure.status)))
    return msgspec.structs.replace(departure, expected=expected, status=status)


def _words(delay: int) -> str:
    if delay >= _LATE_SECONDS:
        return f"late {delay // 60}"
    return "on time" if delay > -_LATE_SECONDS else f"early {-delay // 60}"


def moment_of(seconds: int) -> datetime | None:
    """The moment of a POSIX time; None when it is not one of our age."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 4_000_000_000 else None
