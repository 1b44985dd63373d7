"""Across both changes of summer time the second example loses no page, no departure and no hour.

Every page is asked at each quarter of an hour from 23:00 before the clocks change to 05:00 after it, each time with
what the offices say then. What leaves is worked out here a second time, slowly, from the files of the timetable: a
time of GTFS counts from noon minus twelve hours of its service day.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
import pytest
from google.transit import gtfs_realtime_pb2 as realtime
from harbour import DUBLIN, PAGES, PLACES, City, generate

from channel.heading import source_line
from channel.paint.script import table
from channel.profiles import load_profiles
from channel.views.content import Board, BoardRow, Content, Forecast, Timegrid, Timetable
from feeds.timetable import Timetable as Dataset

pytestmark = pytest.mark.slow
SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
"""01:00 becomes 02:00."""
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""02:00 becomes 01:00."""
QUARTER, HOUR, MINUTE = timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=1)
HORIZON = timedelta(hours=20)
LONG = 90
"""Minutes; beyond this a board says when, and not in how many minutes."""


def quarters(change: datetime) -> list[datetime]:
    """From 23:00 on the wall clock of the evening before until 05:00 of the morning after."""
    summer = change is SPRING
    first = change - timedelta(hours=2 if summer else 3)
    last = change + timedelta(hours=3 if summer else 4)
    assert wall(first) == "23:00" and wall(last) == "05:00"
    return [first + QUARTER * n for n in range((last - first) // QUARTER + 1)]




def wall(moment: datetime) -> str:
    """The clock on the wall: an hour ahead of UTC between the two changes of 2026."""
    there = moment.astimezone(UTC) + (HOUR if SPRING <= moment < AUTUMN else timedelta())
    return f"{there:%H:%M}"


def day_of(moment: datetime) -> date:
    """The day on the wall."""
    return (moment.astimezone(UTC) + (HOUR if SPRING <= moment < AUTUMN else timedelta())).date()


NIGHTS = [*quarters(SPRING), *quarters(AUTUMN)]
ids = "{:%m%d-%H%MZ}".format


class Leaving(NamedTuple):
    """A departure, worked out from the files."""

    at: datetime
    stop: str
    line: str
    towards: str
    trip: str
    day: date


@cache
def files() -> dict[str, list[dict[str, str]]]:
    """The timetable's tables as they are written."""
    body = generate().base.FILES["buses.zip"].at(SPRING)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {n: list(csv.DictReader(io.StringIO(archive.read(n).decode()))) for n in archive.namelist()}


@cache
def services(day: date) -> frozenset[str]:
    """What runs on a day, by the calendar and its exceptions."""
    name = f"{day:%A}".lower()
    here = f"{day:%Y%m%d}"
    running = {
        row["service_id"]
        for row in files()["calendar.txt"]
        if row[name] == "1" and row["start_date"] <= here <= row["end_date"]
    }
    for row in files()["calendar_dates.txt"]:
        if row["date"] == here:
            (running.add if row["exception_type"] == "1" else running.discard)(row["service_id"])
    return frozenset(running)


@cache
def leaving_on(day: date) -> tuple[Leaving, ...]:
    """All departures of a service day. Where a trip ends nobody gets on."""
    midday = datetime.combine(day, time(12), tzinfo=DUBLIN).astimezone(UTC) - timedelta(hours=12)
    names = {row["route_id"]: row["route_short_name"] for row in files()["routes.txt"]}
    trips = {row["trip_id"]: row for row in files()["trips.txt"]}
    found = []
    for ident, rows in groupby(files()["stop_times.txt"], key=lambda row: row["trip_id"]):
        trip = trips[ident]
        if trip["service_id"] in services(day):
            for row in list(rows)[:-1]:
                hours, minutes, seconds = map(int, row["departure_time"].split(":"))
                moment = midday + timedelta(hours=hours, minutes=minutes, seconds=seconds)
                line, towards = names[trip["route_id"]], trip["trip_headsign"]
                found.append(Leaving(moment, row["stop_id"], line, towards, ident, day))
    return tuple(found)


def leaving(moment: datetime, stop: str = "", late: Mapping[tuple[str, str, date], int] | None = None) -> list[Leaving]:
    """Everything that leaves within twenty hours, soonest first; ``late`` are seconds by trip, stop and service day."""
    days = (day_of(moment) + timedelta(days=n) for n in (-2, -1, 0, 1, 2))
    every = (one for day in days for one in leaving_on(day) if stop in ("", one.stop))
    told = (
        one._replace(at=one.at + timedelta(seconds=(late or {}).get((one.trip, one.stop, one.day), 0))) for one in every
    )
    return sorted(one for one in told if moment <= one.at < moment + HORIZON)


def delays(moment: datetime) -> dict[tuple[str, str, date], int]:
    """How late each trip under way is at each of its stops from the next one on, as the feed of the minute has it."""
    feed = realtime.FeedMessage.FromString(generate().base.FILES["bus-updates.pb"].at(moment))
    stops: dict[str, list[str]] = {}
    for row in files()["stop_times.txt"]:
        stops.setdefault(row["trip_id"], []).append(row["stop_id"])
    found = {}
    for entity in feed.entity:
        if entity.HasField("trip_update"):
            update = entity.trip_update
            (first,) = update.stop_time_update
            day = datetime.strptime(update.trip.start_date, "%Y%m%d").date()  # noqa: DTZ007 - a service day
            for stop in stops[update.trip.trip_id][first.stop_sequence - 1 :]:
                found[update.trip.trip_id, stop, day] = first.departure.delay
    return found


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("harbour"))


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_no_page_falls_silent(city: City, moment: datetime) -> None:
    for number in PAGES:
        for estate in PLACES:
            body = msgspec.to_builtins(city.says(number, estate, moment).body)
            assert not body.get("empty"), (number, estate, body["empty"])


@pytest.mark.parametrize("number", PAGES)
def test_a_page_holds_until_the_moment_that_it_names(city: City, number: str) -> None:
    for moment in NIGHTS:
        said = city.says(number, PLACES[1], moment)
        assert said.valid_until is None or said.valid_until > moment, (number, said.valid_until)
        last = min(said.valid_until or moment + HOUR, moment + HOUR) - timedelta(seconds=1)
        later = city.asker.content(city.channel.lineup.page(number), PLACES[1], city.told(moment), last)
        assert (later.body, later.items) == (said.body, said.items), (number, last)


@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_the_header_says_the_time_of_the_wall(city: City, moment: datetime) -> None:
    say = city.channel.say
    assert (say.clock(moment), say.day_of(moment)) == (wall(moment), day_of(moment))
    said = city.says("401", PLACES[1], moment)
    forms = source_line(said.sources, day_of(moment), say, short=False).forms
    assert all(form.endswith(wall(moment)) for form in forms)


def test_the_remotes_script_knows_both_changes(city: City) -> None:
    script = table(load_profiles(("web-hd",))["web-hd"], PAGES, city.channel.say)
    rows = [tuple(row) for row in json.loads(script["zone"])]
    assert (int(SPRING.timestamp()), 60) in rows and (int(AUTUMN.timestamp()), 0) in rows


@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_the_week_has_seven_days_one_after_the_other(city: City, moment: datetime) -> None:
    body = city.says("501", PLACES[1], moment).body
    assert isinstance(body, Forecast)
    assert [day.date for day in body.days] == [str((day_of(moment) + timedelta(days=n)).day) for n in range(7)]


@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_what_is_on_television_now_is_what_the_guide_says(city: City, moment: datetime) -> None:
    """On each channel one programme runs, and its times are those of the wall clock."""
    body = city.says("700", PLACES[1], moment).body
    assert isinstance(body, Timegrid)
    for track in body.tracks:
        (now,) = [block for block in track.blocks if block.state == "now"]
        begins, ends = now.time.split("–")
        assert begins <= wall(moment) < ends or (begins > ends and (wall(moment) >= begins or wall(moment) < ends))


# --- departures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_the_timetable_has_each_departure_once(city: City, moment: datetime) -> None:
    snapshot = city.told(moment)["buses"]
    dataset = city.channel.datasets.open(snapshot.dataset)
    assert isinstance(dataset, Dataset)
    for row in files()["stops.txt"]:
        stop = dataset.stop(row["stop_id"])
        assert stop is not None
        calls = dataset.calls([stop], moment, 10_000, HORIZON - timedelta(seconds=1))
        told = [(call.at, *dataset.direction(call.row), dataset.trip_id(call.row)) for call in calls]
        expected = [(int(o.at.timestamp()), o.line, o.towards, o.trip) for o in leaving(moment, row["stop_id"])]
        assert sorted(told) == sorted(expected)
        assert len(set(told)) == len(told)


@pytest.mark.parametrize("heard", [True, False], ids=["live", "by the timetable"])
@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_the_board_counts_the_minutes_to_what_leaves(city: City, moment: datetime, heard: bool) -> None:
    names = {row["stop_name"]: row["stop_id"] for row in files()["stops.txt"]}
    late = delays(moment) if heard else {}
    for estate in city.channel.estates:
        body = city.says("401", estate, moment, without="" if heard else "bus-updates").body
        assert isinstance(body, Board)
        for stop in body.stops:
            ways: dict[tuple[str, str], list[datetime]] = {}
            for one in leaving(moment, names[stop.name], late)[:20]:
                ways.setdefault((one.line, one.towards), []).append(one.at)
            wanted = sorted(ways.items(), key=lambda way: (way[1][0], way[0]))[:6]
            assert [(row.line, row.destination) for row in stop.rows] == [way for way, _ in wanted], (estate, stop.name)
            for row, (_, times) in zip(stop.rows, wanted, strict=True):
                told, after = "0" if row.soon else row.minutes or row.at, [] if row.reason else times[1:2]
                assert told in figures(times[0], moment, heard=heard), (estate, stop.name, row)
                assert row.then in [figure for at in after for figure in figures(at, moment, heard=heard)] or not after


def figures(at: datetime, moment: datetime, *, heard: bool) -> list[str]:
    """What says that a bus leaves then: its minutes while they are few, and the clock where that is far away or where
    others are predicted."""
    minutes = (at - moment) // MINUTE
    clock = f"{'' if day_of(at) == day_of(moment) else 'tomorrow '}{wall(at)}"
    return [clock] if minutes > LONG else [str(minutes), clock] if heard else [str(minutes)]


@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_a_stop_has_its_minutes_under_the_hour_of_the_wall(city: City, moment: datetime) -> None:
    names = {row["stop_name"]: row["stop_id"] for row in files()["stops.txt"]}
    seen = 0
    for item in city.says("401", PLACES[0], moment).items:
        assert isinstance(item.body, Timetable)
        hour = moment.replace(minute=0)
        within = [one for one in leaving(hour, names[item.title]) if one.at < hour + timedelta(hours=19)]
        columns = sorted({0, *((one.at - hour) // HOUR for one in within)})[: len(item.body.days)]
        heads = [wall(hour + HOUR * column)[:2] + ":00" for column in columns]
        assert [day.label for day in item.body.days] == heads, item.title
        for row in item.body.rows:
            line, towards = row.name, row.under.removeprefix("to ")
            for column, cell in zip(columns, row.cells, strict=True):
                if re.fullmatch(r"\d\d( \d\d)*", cell.text):
                    begins = hour + HOUR * column
                    mine = [o for o in within if (o.line, o.towards) == (line, towards)]
                    minutes = sorted({wall(o.at)[3:] for o in mine if begins <= o.at < begins + HOUR})
                    assert cell.text.split() == minutes, (item.title, row.name)
                    seen += 1
    assert seen > 20


@pytest.mark.parametrize("moment", NIGHTS, ids=ids)
def test_the_next_ferries_are_those_of_the_timetable(city: City, moment: datetime) -> None:
    """The company's own table is in UTC; both say the same."""
    body = city.says("403", PLACES[0], moment).body
    assert isinstance(body, Timetable)
    ferries = [o for o in sailing(moment) if o.at > moment]
    for row in body.rows:
        mine = [o for o in ferries if o.towards == row.name]
        expected = [f"{'' if day_of(o.at) == day_of(moment) else 'tomorrow '}{wall(o.at)}" for o in mine]
        for cell, one in zip(row.cells, expected, strict=False):
            assert cell.text in (one, "Full"), (row.name, cell.text, one)
    assert {row.name for row in body.rows} == {o.towards for o in ferries}


def sailing(moment: datetime) -> list[Leaving]:
    """The ferries of the wall's today and tomorrow: a service day of theirs may end after midnight."""
    lines = {row["route_short_name"] for row in files()["routes.txt"] if row["route_type"] == "4"}
    today = day_of(moment)
    found = (o for n in (-1, 0, 1) for o in leaving_on(today + timedelta(days=n)) if o.line in lines)
    return sorted(found)


# --- one night, minute by minute --------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_the_night_bus_comes_down_to_zero_and_then_the_next_one_leads(city: City, change: datetime) -> None:
    """At one stop, minute by minute through the change: the first figure falls by one a minute, or another follows."""
    first = change - timedelta(minutes=75)
    before = None
    for minute in range(151):
        moment = first + MINUTE * minute
        said = city.asker.content(city.channel.lineup.page("401"), "pm03", still(city, first), moment)
        first_row = next(rows(said))
        figure = 0 if first_row.soon else int(first_row.minutes)
        assert before is None or figure == before - 1 or before == 0, moment
        before = figure


def still(city: City, moment: datetime) -> dict[str, Any]:
    """The timetable alone, as it was at a moment."""
    return {ident: city.told(moment)[ident] for ident in ("buses", "routes")}


def rows(said: Content) -> Iterator[BoardRow]:
    """The rows of the stop that is nearest."""
    assert isinstance(said.body, Board)
    return iter(said.body.stops[0].rows)


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        ("2026-03-29T00:35+00:00", ["02:00", "02:30", "03:00"]),
        ("2026-10-25T00:35+01:00", ["01:00", "01:30", "01:00"]),
    ],
)
def test_the_ruler_of_the_guide_leaps_with_the_clock(city: City, moment: str, hours: list[str]) -> None:
    """And back: the hour that is skipped does not stand there, the one that comes twice stands there twice."""
    from channel.render import Renderer

    when = datetime.fromisoformat(moment)
    screen = Renderer(city.channel).screens("700", "pm01", "web-hd", city.told(when), when)[0]
    clocks = [p.text for p in screen.pieces if getattr(p, "text", "").count(":") == 1 and len(p.text) == 5]
    ruler = [clock for clock in clocks if clock.endswith(("00", "30"))]
    assert [hour for hour in hours if hour in ruler[:8]] == hours
    assert ("01:30" in ruler) == ("01:30" in hours)
