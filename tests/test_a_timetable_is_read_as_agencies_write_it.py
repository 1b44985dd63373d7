"""GTFS as agencies write it: spaces around cells, other heads, dwell and empty times, frequencies with and without
exact times, stops where people have to call, service on demand. Nothing of it makes a departure that is not there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from feeding import parse, sample
from gtfs_files import FILES, gtfs
from slow_gtfs import SlowGtfs

from feeds.base.clock import parse_moment
from feeds.base.errors import FormatError
from feeds.formats.base import Parsed
from feeds.timetable import Timetable

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = parse_moment("2026-11-24T05:00")
HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,start_pickup_drop_off_window,location_id"


def made(parsed: Parsed) -> Timetable:
    assert isinstance(parsed.dataset, Timetable)
    return parsed.dataset


def board(parsed: Parsed, stop: str, n: int = 40) -> list[str]:
    table = made(parsed)
    index = table.stop(stop)
    assert index is not None
    found = table.departures([index], DAY, n)
    return [f"{d.departs.astimezone(SHANGHAI):%d %H:%M:%S} {d.line} {d.destination} {d.status}".strip() for d in found]


def everything(parsed: Parsed) -> list[list[str]]:
    return [board(parsed, stop) for stop in "ABC"]


def with_spaces(text: str) -> str:
    return "\n".join(", ".join(line.split(",")) + " " for line in text.splitlines()) + "\n"


def with_quotes(text: str) -> str:
    return "\n".join(" , ".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()) + "\n"


def with_tabs(text: str) -> str:
    return "\n".join("\t" + " ,\u3000".join(line.split(",")) + "\u00a0" for line in text.splitlines()) + "\n"


@pytest.mark.parametrize(
    "change",
    [
        with_spaces,
        with_quotes,
        with_tabs,
        lambda text: text.partition("\n")[0].upper() + "\n" + text.partition("\n")[2],
        lambda text: "\ufeff" + text,
        lambda text: "\ufeff" + with_quotes(text),
        lambda text: with_spaces(text).replace("\n", "\r\n"),
        lambda text: text.replace("\n", ",made up,\n"),
    ],
    ids=["spaces", "quotes", "tabs and wide spaces", "capitals", "mark", "mark and quotes", "returns", "more columns"],
)  # type: ignore[misc]
def test_what_stands_around_a_cell_is_no_part_of_it(change: object) -> None:
    """ "Extra spaces between fields or field names should be removed"; so are marks and quotes."""
    assert callable(change)
    changed = parse("gtfs", gtfs({name: change(text) for name, text in FILES.items()}))
    assert everything(changed) == everything(parse("gtfs", gtfs()))
    assert changed.problems == ()


def test_utf_16_is_read() -> None:
    """What a spreadsheet calls Unicode."""
    assert everything(parse("gtfs", gtfs(encoding="utf-16"))) == everything(parse("gtfs", gtfs()))


@pytest.mark.parametrize(
    "names", [("old/", "new/"), ("new/", "old/"), ("", "old/"), ("old\\", "new\\"), ("a/old/", "new/")]
)
def test_two_versions_in_one_archive_are_not_mixed(names: tuple[str, str]) -> None:
    """The one in the shallower folder counts, of two the fuller one; nothing is taken from the other."""
    whole, other = names
    if whole.count("/") > other.count("/"):
        whole, other = other, whole
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for folder, leave_out in ((whole, "frequencies.txt"), (other, "routes.txt")):
            for name, text in FILES.items():
                if name != leave_out and not (folder == other and name == "calendar.txt"):
                    archive.writestr(folder + name, text.replace("莘庄", "旧") if folder == other else text)
    parsed = parse("gtfs", out.getvalue())
    assert everything(parsed) == everything(parse("gtfs", gtfs({"frequencies.txt": None})))
    assert "旧" not in {made(parsed).stop_name(n) for n in range(3)}


def test_a_feed_with_spaces_is_the_feed_without() -> None:
    """The two samples differ in nothing but spaces."""
    spaced, plain = (
        parse("gtfs", sample("tries", f"gtfs_{name}.zip").read_bytes()) for name in ("spaces_after_commas", "base")
    )
    assert spaced.records == plain.records
    assert made(spaced).to_bytes() == made(plain).to_bytes()


def times(*rows: str) -> Mapping[str, str]:
    return {
        "stop_times.txt": "\n".join([HEAD, *rows]) + "\n",
        "frequencies.txt": FILES["frequencies.txt"].splitlines()[0],
    }


def test_empty_times_end_where_the_next_vehicle_arrives() -> None:
    """From 8:00 on the way, at C from 8:20 to 8:40: halfway it is 8:10, not 8:20."""
    body = gtfs(
        times("t1,08:00:00,08:00:00,A,1,,,", "t1,,,B,2,,,", "t1,08:20:00,08:40:00,C,3,,,", "t1,09:00:00,,A,4,,,")
    )
    parsed = parse("gtfs", body)
    assert board(parsed, "B", 1) == ["24 08:10:00 173路 梅陇镇"]
    slow = SlowGtfs(body, SHANGHAI)
    assert [datetime.fromtimestamp(at, SHANGHAI).minute for at in slow.next("B", DAY, 1)] == [10]


def test_times_that_nobody_knows_are_told() -> None:
    """Before the first and after the last time of a trip there is nothing to reckon from."""
    parsed = parse("gtfs", gtfs(times("t1,,,A,1,,,", "t1,08:10:00,08:10:00,B,2,,,", "t1,08:20:00,,C,3,,,")))
    assert board(parsed, "A", 1) == []
    assert [p.reason for p in parsed.problems] == [
        "1 stop times before the first or after the last time of their trip, left out"
    ]


@pytest.mark.parametrize(
    ("pickup", "expected"),
    [
        ("", ["24 08:00:00 173路 梅陇镇"]),
        ("0", ["24 08:00:00 173路 梅陇镇"]),
        ("1", []),
        ("2", ["24 08:00:00 173路 梅陇镇 by telephone"]),
        ("3", ["24 08:00:00 173路 梅陇镇 by the driver"]),
    ],
)
def test_how_people_get_on_is_said(pickup: str, expected: list[str]) -> None:
    """Where nobody gets on there is no departure; where they have to ask, that is said (pickup_type)."""
    rows = (f"t1,08:00:00,08:00:00,A,1,{pickup},,", "t1,08:10:00,08:10:00,B,2,,,", "t1,08:20:00,08:20:00,C,3,,,")
    parsed = parse("gtfs", gtfs(times(*rows)))
    assert board(parsed, "A", 1) == expected


def test_service_on_demand_has_no_departures() -> None:
    """A window or an area between two stops is no stop time; it is counted, and the stops are used."""
    rows = (
        "t1,08:00:00,08:00:00,A,1,,,", "t1,,,B,2,2,08:00:00,", "t1,,,,3,2,08:00:00,area", "t1,08:20:00,08:20:00,C,4,,,",
        "t2,,,A,1,2,09:00:00,", "t2,,,C,2,2,09:00:00,",
    )  # fmt: skip
    parsed = parse("gtfs", gtfs(times(*rows)))
    assert [board(parsed, stop, 1) for stop in "AB"] == [["24 08:00:00 173路 梅陇镇"], []]
    assert [p.reason for p in parsed.problems] == [
        "4 stop times of on-demand service: they have no time of departure, left out"
    ]
    with pytest.raises(FormatError, match="no departure could be read: 2 stop times are of on-demand service"):
        parse("gtfs", gtfs(times(*rows[4:])))


FREQUENT = "trip_id,start_time,end_time,headway_secs,exact_times\n"


@pytest.mark.parametrize(
    ("rows", "starts", "about"),
    [
        ("often,20:00:00,21:00:00,1200,1\n", ["20:10", "20:30", "20:50"], False),
        ("often,20:00:00,21:00:00,1200,0\n", ["20:10", "20:30", "20:50"], True),
        ("often,20:00:00,21:00:00,1200,\n", ["20:10", "20:30", "20:50"], True),
        # The end is the beginning of the next headway, and no run of its own.
        ("often,20:00:00,20:30:00,900,1\noften,20:30:00,21:00:00,1800,1\n", ["20:10", "20:25", "20:40"], False),
        # A row that is there twice runs once.
        ("often,20:00:00,20:30:00,900,1\noften,20:00:00,20:30:00,900,1\n", ["20:10", "20:25"], False),
        ("often,24:30:00,25:00:00,900,1\n", ["00:40", "00:55"], False),
    ],
)
def test_frequencies_are_written_out(rows: str, starts: list[str], about: bool) -> None:
    """exact_times 0: vehicles leave about every so often; 1: they leave at those times."""
    parsed = parse("gtfs", gtfs({"frequencies.txt": FREQUENT + rows}))
    table, index = made(parsed), made(parsed).stop("A")
    assert index is not None
    calls = [call for call in table.calls([index], DAY, 99) if table.trip_id(call.row) == "often"]
    assert [f"{datetime.fromtimestamp(call.at, SHANGHAI):%H:%M}" for call in calls][: len(starts)] == starts
    assert {table.is_about(table.trip_of(call.row)) for call in calls} == {about}
    assert table.run(calls[0].row) == calls[0].at - 600 - table.day_start(table.day_of(calls[0]))


def test_a_frequency_without_a_time_at_its_first_stop_is_told() -> None:
    """When its runs pass cannot be known."""
    text = FILES["stop_times.txt"].replace("often,06:00:00,06:00:00,C", "often,,,C")
    parsed = parse("gtfs", gtfs({"stop_times.txt": text}))
    assert "frequencies.txt" in [p.position for p in parsed.problems]
    assert not [line for line in board(parsed, "A") if "夜宵线" in line and "00:50" not in line]


def test_trips_that_no_calendar_names_are_told() -> None:
    """They never run, and somebody should know."""
    trips = FILES["trips.txt"].replace("R,WD,t2", "R,LOST,t2")
    parsed = parse("gtfs", gtfs({"trips.txt": trips}))
    assert [p.reason for p in parsed.problems] == ["1 trips of services that are in no calendar, so they never run"]


def test_a_few_bad_rows_refuse_no_timetable_and_many_do() -> None:
    """Stop times are weighed against stop times, not against the few lines that they make."""
    bad = "".join(f"ghost{n},08:00:00,08:00:00,A,1,0\n" for n in range(12))
    parsed = parse("gtfs", gtfs({"stop_times.txt": FILES["stop_times.txt"] + bad}))
    assert (parsed.total, len(parsed.records), len(parsed.problems)) == (3, 3, 12)
    with pytest.raises(FormatError, match=r"only 14 of 26 stop times are valid \(an unknown trip"):
        parse("gtfs", gtfs({"stop_times.txt": FILES["stop_times.txt"] + bad}), min_valid=0.6)
