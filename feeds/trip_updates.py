"""What a trip update says of a call: how late it is, that it is skipped, cancelled or replaced (GTFS-Realtime).

Of a stop's time and its delay the time counts (StopTimeEvent). What is known at one stop carries on to those after it,
until another stop says something else or NO_DATA; a skipped stop says nothing of the next (Trip updates,
StopTimeUpdate). A moment gives a delay by the scheduled time of the stop that it was told for.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from feeds.timetable import Call, Timetable
from feeds.trips import Pass, Trips

ANOTHER_RUN = 12 * 3600
"""Seconds. What is so far from the timetable's is of the same trip on another day, in an update that names no day."""

NEW, REPLACED, COPIED, DELETED = "new", "replaced", "copied", "deleted"
"""What a trip update can be beside one of a scheduled trip (TripDescriptor.schedule_relationship)."""


class Stop(NamedTuple):
    """A stop time update: which stop (``sequence`` -1: by its id), and its delay in seconds or its moment (since 1970),
    of the arrival if it ``arrives``; or that it is skipped, or that nothing is known from here on (``no_data``).

    ``boards`` is False where nobody may get on, ``platform`` the id of the stop that it moved to, ``planned`` the
    moment of the schedule of a trip that is in no timetable.
    """

    sequence: int
    stop: str
    delay: int | None
    at: int | None
    skipped: bool
    arrives: bool = False
    no_data: bool = False
    boards: bool = True
    platform: str = ""
    planned: int | None = None


class Trip(NamedTuple):
    """A trip update; ``day`` is ``YYYYMMDD`` or empty, ``start`` when the run begins (seconds of the service day, -1
    unknown), ``kind`` one of the words above or empty. A copied trip is that of ``trip`` at another day and start."""

    trip: str
    day: str
    cancelled: bool
    delay: int | None
    stops: tuple[Stop, ...]
    start: int = -1
    kind: str = ""
    route: str = ""
    direction: int = -1
    head: str = ""


class Extra(NamedTuple):
    """A departure of a trip that is in no timetable; ``stop`` is the timetable's index."""

    at: int
    stop: int
    line: str
    destination: str
    id: str
    planned: int | None
    kind: str


class Leaving(NamedTuple):
    """A call with what is known of it: when it leaves (seconds since 1970), and how late that is (seconds, negative is
    early, None when nobody knows). ``platform`` is the stop that it was moved to."""

    at: int
    call: Call | Extra
    late: int | None = None
    cancelled: bool = False
    platform: str = ""

    def direction(self, timetable: Timetable) -> tuple[str, str]:
        """Its line and destination."""
        call = self.call
        return (call.line, call.destination) if isinstance(call, Extra) else timetable.direction(call.row)

    def id(self, timetable: Timetable) -> str:
        """The id of its record."""
        return self.call.id if isinstance(self.call, Extra) else timetable.departure_id(self.call)


class Update:
    """A trip update of a trip that the timetable has, ready to be asked for any of its stops."""

    def __init__(self, trip: Trip, index: int, start: int | None, timetable: Timetable, trips: Trips) -> None:
        self._trip = trip
        self._index = index
        self._start = start
        self._timetable = timetable
        self._trips = trips

    def is_of(self, call: Call, day: str, now: int) -> bool:
        """Whether it is about the run that the call is of. Of a trip that runs by frequency the start tells which; an
        update without a day is about the run of these hours."""
        if self._trip.day != day and (self._trip.day or abs(call.at - now) >= ANOTHER_RUN):
            return False
        run = self._timetable.run(call.row)
        return run is None or run == self._start

    def leaving(self, call: Call) -> Leaving | None:
        """The call as it is expected; None when the vehicle does not stop, or another trip takes its place."""
        if self._trip.kind in (DELETED, REPLACED):
            return None
        if self._trip.cancelled:
            return Leaving(call.at, call, cancelled=True)
        sequence = self._timetable.sequence(call.row)
        own = self._own.get(sequence)
        if own is not None and (own.skipped or not own.boards):
            return None
        late = self._late(call, sequence)
        return Leaving(call.at + (late or 0), call, late, platform=own.platform if own else "")

    def _late(self, call: Call, sequence: int) -> int | None:
        """Seconds late at a stop, by the last stop up to it of which something is said."""
        place = bisect_right(self._told, sequence)
        if not place:
            return self._trip.delay
        before = self._told[place - 1]
        stop = self._own[before]
        if stop.no_data:
            return None
        if stop.at is not None:
            scheduled = self._scheduled(call, sequence, before, arrives=stop.arrives)
            if scheduled is not None and abs(stop.at - scheduled) < ANOTHER_RUN:
                return stop.at - scheduled
        return stop.delay

    def _scheduled(self, call: Call, sequence: int, other: int, *, arrives: bool) -> int | None:
        """When the vehicle of the call should leave another of its stops, or arrive there."""
        if other == sequence:
            return call.at - (self._timetable.dwell(call.row) if arrives else 0)
        here, there = self._passes.get(sequence), self._passes.get(other)
        if here is None or there is None:
            return None
        return call.at + there.leave - here.leave - (there.dwell if arrives else 0)

    @cached_property
    def _passes(self) -> dict[int, Pass]:
        return {stop.sequence: stop for stop in self._trips.passes(self._index)}

    @cached_property
    def _own(self) -> dict[int, Stop]:
        """The stop time updates by the sequence of their stop. Where sequence and id name two stops, the id counts: it
        is a name, while sequences are often counted anew."""
        found: dict[int, Stop] = {}
        last = -1
        for stop in self._trip.stops:
            passed = self._passes.get(stop.sequence)
            known = None if not stop.stop or stop.stop == stop.platform else self._timetable.stop(stop.stop)
            agrees = known is None or (passed is not None and passed.stop == known)
            sequence = stop.sequence if stop.sequence >= 0 and agrees else self._place(known, last)
            if sequence is not None:
                found[sequence] = stop
                last = sequence
        return found

    def _place(self, index: int | None, last: int) -> int | None:
        """The sequence of a stop; of one that is passed again, the next after ``last``."""
        places = [stop.sequence for stop in self._passes.values() if stop.stop == index]
        if len(places) == 1:
            return places[0]
        return next((place for place in places if place > last), None)

    @cached_property
    def _told(self) -> list[int]:
        """The sequences from which on something else is known, in order."""
        says = (
            sequence
            for sequence, stop in self._own.items()
            if not stop.skipped and (stop.no_data or stop.delay is not None or stop.at is not None)
        )
        return sorted(says)
