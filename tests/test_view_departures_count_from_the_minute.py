"""The board counts minutes to the next buses at the nearest stops, says 约 when updates are late and the timetable
when they are gone, and changes for the whole district at the same moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from feeding import parse
from gtfs_files import gtfs
from small_gtfs import timetable_of
from view_inputs import ESTATES, HOME, LOST, MORNING, SAY, SETTINGS, SOUTH, at, lineup, page, snapshot, source

from channel import views
from channel.views.base import Inputs
from channel.views.content import Board, Content
from feeds.realtime import Realtime, Stop, Trip
from feeds.records import Route, stable_id
from feeds.timetable import Timetable
from feeds.trip_updates import NEW

STOPS = [
    ("a1", "春申路", 31.1101, 121.3801), ("a2", "春申路", 31.1103, 121.3802),
    ("b1", "莘松路", 31.1120, 121.3810), ("z9", "终点", 31.2, 121.5),
]  # fmt: skip
TIMES = {
    "t1": ("747", [("a1", "08:14:30"), ("b1", "08:20:00"), ("z9", "09:00:00")]),
    "t2": ("747", [("a1", "08:30:00"), ("b1", "08:36:00"), ("z9", "09:10:00")]),
    "t3": ("夜1", [("a2", "22:30:00"), ("z9", "23:00:00")]),
    "t4": ("11", [("a2", "08:12:20"), ("z9", "08:40:00")]),
}
PAGE = page("departures", "401", title="附近公交", layout="board", options={"within": 600})
LINES = page("table", "402", title="公交线路", layout="table", sources={"rows": "routes"})


@pytest.fixture(scope="module")
def timetable() -> Timetable:
    return timetable_of(
        STOPS,
        [("747", "747路"), ("夜1", "夜1路"), ("11", "11路")],
        [(line, trip) for trip, (line, _) in TIMES.items()],
        [(t, s, n, x) for t, (_, calls) in TIMES.items() for n, (s, x) in enumerate(calls, 1)],
    )


def _content(
    timetable: Timetable,
    *updates: Trip,
    age: timedelta = timedelta(0),
    moment: datetime = MORNING,
    **given: object,
) -> Content:
    routes = [Route(id="r7470", line="747路", destination="终点")]
    heard = msgspec.structs.replace(snapshot([], moment - age), dataset=stable_id("updates", repr(updates)))
    table = msgspec.structs.replace(snapshot([]), dataset=stable_id("timetable", repr(timetable.to_bytes())))
    realtime = source("updates", "1min", fresh_for="2min", stale_after="10min")
    return views.make(
        Inputs(
            page=PAGE, estate=given.get("estate", HOME), moment=moment, lineup=lineup(PAGE, LINES),  # type: ignore
            estates=ESTATES, settings=SETTINGS,
            snapshots={"timetable": table, "updates": heard, "routes": snapshot(routes)},
            sources={"timetable": source("buses"), "updates": realtime, "routes": source("routes")},
            datasets={"timetable": timetable, "updates": Realtime.of(updates)}, say=SAY,
        )
    )  # fmt: skip


def _rows(made: Content) -> list[list[tuple[str, str, str, bool, str]]]:
    assert isinstance(made.body, Board)
    return [[(r.line, r.minutes, r.then, r.soon, r.reason) for r in stop.rows] for stop in made.body.stops]


def test_the_nearest_stop_comes_first_with_both_its_sides(timetable: Timetable) -> None:
    made = _content(timetable)
    assert isinstance(made.body, Board)
    walks = [(stop.name, stop.walk) for stop in made.body.stops]
    assert walks == [("春申路", "步行 1 分钟 · 按时刻表"), ("莘松路", "步行 5 分钟 · 按时刻表")]
    assert _rows(made)[0] == [
        ("11路", "", "", True, ""), ("747路", "2", "18", False, ""),
        ("夜1路", "", "", False, "开往终点，今天 22:30 有车"),
    ]  # fmt: skip
    assert [row.to for row in made.body.stops[0].rows] == ["", "402.r7470", ""]


def test_the_figures_change_with_the_minute_for_everyone(timetable: Timetable) -> None:
    late = MORNING + timedelta(seconds=41)
    made = _content(timetable, moment=late)
    assert made.valid_until == at("08:13")
    assert _rows(made) == _rows(_content(timetable))
    assert _rows(_content(timetable, moment=at("08:13")))[0][0][:2] == ("747路", "1")


def test_what_is_predicted_and_what_is_not_are_told_apart(timetable: Timetable) -> None:
    """Minutes are counted to what somebody predicts; beside it the timetable's departures stand by the clock, and the
    heading says so. A stop with nothing predicted says whose its minutes are."""
    made = _content(timetable, Trip("t1", "", False, 300, (Stop(1, "a1", 300, None, False),)))
    assert isinstance(made.body, Board)
    near, far = made.body.stops
    assert near.walk == "步行 1 分钟 · 08:12 实时 · 钟点按时刻表"
    assert [(row.line, row.minutes, row.at, row.then) for row in near.rows] == [
        ("11路", "", "08:12", ""), ("747路", "7", "", "08:30"), ("夜1路", "", "22:30", ""),
    ]  # fmt: skip
    assert not any(row.soon for row in near.rows)
    assert far.rows[0].minutes, "further on the same bus is late too"


def test_updates_move_buses_and_take_cancelled_ones_off(timetable: Timetable) -> None:
    delayed = Trip("t1", "", False, 300, (Stop(1, "a1", 300, None, False),))
    cancelled = Trip("t4", "", True, None, ())
    assert _rows(_content(timetable, delayed, cancelled))[0][0] == ("747路", "7", "08:30", False, "")


def test_late_updates_are_about_and_stale_ones_give_way_to_the_timetable(timetable: Timetable) -> None:
    delayed = Trip("t1", "", False, 300, (Stop(1, "a1", 300, None, False),))
    about = _content(timetable, delayed, age=timedelta(minutes=5))
    assert _rows(about)[0][1][:2] == ("747路", "约 7")
    stale = _content(timetable, delayed, age=timedelta(minutes=11))
    assert isinstance(stale.body, Board)
    assert _rows(stale)[0][1][:2] == ("747路", "2")
    assert stale.body.stops[0].walk == "步行 1 分钟 · 按时刻表"
    assert [line.state for line in stale.sources] == ["fresh", "stale", "fresh"]


@pytest.mark.parametrize("estate", [SOUTH, LOST])
def test_no_stop_near_is_a_sentence(timetable: Timetable, estate: object) -> None:
    made = _content(timetable, estate=estate)
    assert isinstance(made.body, Board) and made.body.stops == ()
    assert made.body.empty is not None and made.body.empty.sentence == "附近没有查到公交站"


def test_the_district_has_a_stop_for_each_town(timetable: Timetable) -> None:
    made = _content(timetable, estate=None)
    assert isinstance(made.body, Board)
    assert [(stop.name, stop.walk) for stop in made.body.stops] == [("莘庄 · 春申路", "按时刻表")]


FILES = {
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n"
        "s,春申站,31.1101,121.3801,1,,{}\na,,31.1101,121.3801,0,s,\nb,,31.1103,121.3802,0,s,\nz,终点,31.2,121.5,0,,\n"
    ),
    "routes.txt": "route_id,route_short_name,route_type\n1,1路,3\n2,2路,3\n3,3路,3\n",
    "trips.txt": "route_id,service_id,trip_id,trip_headsign\n1,WD,t1,终点\n2,WD,t2,终点\n3,WD,t3,终点\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n"
        "t1,08:00:00,08:00:00,a,1,\nt1,09:00:00,09:00:00,z,2,\n"
        "t2,08:20:00,08:20:00,b,1,2\nt2,09:00:00,09:00:00,z,2,\n"
        "t3,08:30:00,08:30:00,b,1,\nt3,09:00:00,09:00:00,z,2,\n"
    ),
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nt1,08:00:00,12:00:00,1200,{}\n",
}


def _odd(wheelchair: str = "", exact: str = "") -> Timetable:
    files = {**FILES, "stops.txt": FILES["stops.txt"].format(wheelchair)}
    files["frequencies.txt"] = FILES["frequencies.txt"].format(exact)
    made = parse("gtfs", gtfs(files)).dataset
    assert isinstance(made, Timetable)
    return made


@pytest.mark.parametrize(("exact", "minutes"), [("1", "8"), ("0", "约 8"), ("", "约 8")])
def test_what_runs_about_every_so_often_is_about(exact: str, minutes: str) -> None:
    """Of a line without exact times nobody knows the minute (frequencies.txt, exact_times); of the others they do."""
    rows = _rows(_content(_odd(exact=exact)))[0]
    assert [row[:2] for row in rows] == [("1路", minutes), ("2路", ""), ("3路", "18")]


def test_where_people_have_to_call_the_row_says_so() -> None:
    """No minutes are counted for a bus that comes only when somebody called (pickup_type 2)."""
    assert _rows(_content(_odd()))[0][1] == ("2路", "", "", False, "开往终点，今天 08:20 有车，须电话预约")


@pytest.mark.parametrize(
    ("wheelchair", "words"), [("1", " · 无障碍"), ("2", " · 轮椅不便"), ("", "")]
)
def test_both_sides_of_a_station_are_one_stop_with_its_name_and_access(wheelchair: str, words: str) -> None:
    """Two platforms without names are the station; whether a wheelchair gets on is the station's word."""
    body = _content(_odd(wheelchair)).body
    assert isinstance(body, Board)
    assert [(stop.name, stop.walk) for stop in body.stops] == [("春申站", f"步行 1 分钟 · 按时刻表{words}")]


def test_added_trips_are_on_the_board() -> None:
    """A bus that is in no timetable comes like the others."""
    when = int(at("08:15").timestamp())
    stops = (Stop(-1, "a", None, when, False), Stop(-1, "z", None, when + 3000, False))
    added = Trip("x", "20261124", False, None, stops, kind=NEW, route="3")
    made = _rows(_content(_odd(), added))[0]
    assert ("3路", "3", "08:30", False, "") in made
