"""GTFS-Realtime over a timetable: whatever the updates say, the next departures are those that a look at every single
call would find; a stop that is never quiet is no exception."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from feeding import parse
from gtfs_files import gtfs

from feeds.realtime import Realtime, Stop, Trip
from feeds.records import Departure
from feeds.timetable import Timetable
from feeds.trip_updates import DELETED

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 24, 8, 5, tzinfo=SHANGHAI)
TRIPS = 240
EVERY = 60
"""Seconds between two vehicles; each passes A, B and C."""
WORST = timedelta(minutes=90)


def busy() -> Timetable:
    """A vehicle a minute from 5:00 on at three stops, two lines in turns."""
    trips, times = ["route_id,service_id,trip_id,trip_headsign,direction_id"], []
    for n in range(TRIPS):
        trips.append(f"{'RN'[n % 2]},WD,m{n},,0")
        for place, stop in enumerate("ABC"):
            second = 5 * 3600 + n * EVERY + place * 300
            clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            times.append(f"m{n},{clock},{clock},{stop},{place + 1},0")
    head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type"
    files = {"trips.txt": "\n".join(trips), "stop_times.txt": "\n".join([head, *times]), "frequencies.txt": None}
    made = parse("gtfs", gtfs(files)).dataset
    assert isinstance(made, Timetable)
    return made


@pytest.fixture(scope="module")
def timetable() -> Timetable:
    return busy()


def stop_of(timetable: Timetable, name: str) -> int:
    index = timetable.stop(name)
    assert index is not None
    return index


def moments(departures: list[Departure]) -> list[str]:
    return [f"{(d.expected or d.departs).astimezone(SHANGHAI):%H:%M}" for d in departures]


def test_a_stop_that_is_never_quiet_has_departures(timetable: Timetable) -> None:
    """Ninety vehicles of the last hour and a half, of which one is still to come, hide none of the next."""
    late = Trip("m150", "20261124", False, None, (Stop(1, "A", 2100, None, False),))
    found = Realtime.of([late]).departures(timetable, [stop_of(timetable, "A")], MORNING, 3)
    assert moments(found) == ["08:05", "08:05", "08:06"]
    assert [d.status for d in found].count("late 35") == 1


def test_many_that_are_skipped_leave_the_others(timetable: Timetable) -> None:
    """The next hundred do not stop here: the one after them does, and is found."""
    skipped = [Trip(f"m{n}", "", False, None, (Stop(1, "A", None, None, True),)) for n in range(185, 235)]
    found = Realtime.of(skipped).departures(timetable, [stop_of(timetable, "A")], MORNING, 4)
    assert moments(found) == ["08:55", "08:56", "08:57", "08:58"]


def test_updates_of_trips_that_are_in_no_timetable_do_no_harm(timetable: Timetable) -> None:
    with_them = Realtime.of([Trip("nobody", "", True, 60, ())])
    stop = stop_of(timetable, "B")
    assert with_them.departures(timetable, [stop], MORNING, 9) == timetable.departures([stop], MORNING, 9)


def test_another_timetable_is_asked_anew() -> None:
    """A new timetable under the same updates: nothing of the old one's trips is believed."""
    updates = Realtime.of([Trip("m186", "", True, None, ())])
    for _ in range(2):
        table = busy()
        found = updates.departures(table, [stop_of(table, "A")], MORNING, 3)
        assert [d.status for d in found] == ["", "cancelled", ""]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_found_is_what_a_look_at_every_call_finds(timetable: Timetable, seed: int) -> None:
    """Updates sane and not: late, early, cancelled, skipped, out of order, by stop, by moment, of other days."""
    chance = random.Random(seed)
    trips = [trip(chance) for _ in range(150)]
    updates = Realtime.of(trips)
    for _ in range(6):
        stops = [stop_of(timetable, name) for name in chance.sample("ABC", chance.randint(1, 3))]
        moment = MORNING + timedelta(seconds=chance.randint(-3 * 3600, 3600))
        expected = slowly(timetable, trips, stops, moment)
        for n in (1, 4, 20):
            assert updates.departures(timetable, stops, moment, n) == expected[:n]
        leaving = updates.leaving(timetable, stops, moment, 20)
        assert {timetable.departure_id(found.call) for found in leaving} == {d.id for d in expected[:20]}


def trip(chance: random.Random) -> Trip:
    number = chance.randrange(TRIPS + 9)
    begins = int(MORNING.replace(hour=5, minute=0).timestamp()) + number * EVERY
    stops = tuple(
        Stop(
            sequence=chance.choice((-1, 0, 1, 2, 3, 3)),
            stop=chance.choice("ABCX"),
            delay=chance.choice((None, None, 0, 45, 240, 3000, -300)),
            at=chance.choice((None, None, begins + chance.randint(0, 3600))),
            skipped=chance.random() < 0.2,
            arrives=chance.random() < 0.3,
            no_data=chance.random() < 0.1,
        )
        for _ in range(chance.randint(0, 4))
    )
    day = chance.choice(("", "20261124", "20261124", "20261123"))
    kind = DELETED if chance.random() < 0.05 else ""
    return Trip(f"m{number}", day, chance.random() < 0.1, chance.choice((None, None, 120)), stops, kind=kind)


def slowly(timetable: Timetable, trips: list[Trip], stops: list[int], moment: datetime) -> list[Departure]:
    """Every call of two days, one by one, as the specification of trip updates has it."""
    found = []
    for call in timetable.calls(stops, moment - WORST, 10_000, timedelta(hours=48) + WORST):
        departure = timetable.departure(call)
        name, sequence = timetable.trip_id(call.row), timetable.sequence(call.row)
        day = f"{timetable.day_of(call):%Y%m%d}"
        near = abs(call.at - moment.timestamp()) < 12 * 3600
        mine = [t for t in trips if t.trip == name and (t.day == day or (not t.day and near))]
        update = min(mine, key=lambda t: not t.day, default=None)
        if update is not None and update.kind == DELETED:
            continue
        if update is not None and update.cancelled:
            departure = msgspec.structs.replace(departure, status="cancelled")
        elif update is not None:
            said = told(update)
            if sequence in said and said[sequence].skipped:
                continue
            delay = late(update, said, sequence, call.at)
            if delay is not None:
                minutes = abs(delay) // 60
                words = f"late {minutes}" if delay >= 60 else "on time" if delay > -60 else f"early {minutes}"
                expected = datetime.fromtimestamp(call.at + delay, UTC)
                departure = msgspec.structs.replace(departure, expected=expected, status=words)
        if (departure.expected or departure.departs) >= moment:
            found.append(departure)
    return sorted(found, key=lambda d: (d.expected or d.departs, d.id))


def told(trip: Trip) -> dict[int, Stop]:
    """What is said of each place of a trip; A, B and C are its first, second and last, whatever their numbers are."""
    said = {}
    for stop in trip.stops:
        place = " ABC".find(stop.stop)
        place = stop.sequence if place < 0 else place
        if place >= 0:
            said[place] = stop
    return said


def late(trip: Trip, said: dict[int, Stop], sequence: int, scheduled: int) -> int | None:
    """By the last place up to this one of which anything is said: its moment before its delay; nothing from NO_DATA on;
    before all of them the delay of the trip."""
    before = [
        place
        for place, stop in said.items()
        if place <= sequence and not stop.skipped and (stop.no_data or stop.delay is not None or stop.at is not None)
    ]
    if not before:
        return trip.delay
    place = max(before)
    stop = said[place]
    if stop.no_data:
        return None
    if stop.at is not None and place:
        # Five minutes lie between two stops. Half a day away it is about another run.
        by_moment = stop.at - (scheduled + (place - sequence) * 300)
        if abs(by_moment) < 12 * 3600:
            return by_moment
    return stop.delay
