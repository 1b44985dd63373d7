"""GTFS, stops.txt: what a stop does not say itself it takes from the station that it is part of: its name, where it
is, whether a wheelchair gets on. What neither says stays unknown, and is told."""

from __future__ import annotations

import math

import pytest
from feeding import parse
from gtfs_files import FILES, gtfs

from feeds.base.clock import on_clock_of, parse_moment
from feeds.base.errors import FormatError
from feeds.coordinates import gcj02_to_wgs84
from feeds.formats.base import Parsed
from feeds.records import Departure
from feeds.timetable import Timetable

HEAD = (
    "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,wheelchair_boarding,stop_timezone"
)
OTHERS = "B,春申路,31.1050,121.3900,,,,,\nC,梅陇镇,31.1000,121.4000,,,,,\n"
STATION = "S,莘庄站,31.1110,121.3850,1,,,1,"


def read(*stops: str, **more: object) -> Parsed:
    text = "\n".join([HEAD, *stops, OTHERS])
    return parse("gtfs", gtfs({"stops.txt": text}), **more)  # type: ignore[arg-type]


def table(parsed: Parsed) -> Timetable:
    assert isinstance(parsed.dataset, Timetable)
    return parsed.dataset


@pytest.mark.parametrize(
    ("stops", "name", "position", "platform", "wheelchair"),
    [
        # A platform without a name of its own; what it says itself counts.
        ((STATION, "A,,,,0,S,2,,"), "莘庄站", (121.3850, 31.1110), "2", True),
        ((STATION, "A,南广场,31.1,121.3,0,S,,2,"), "南广场", (121.3, 31.1), "", False),
        ((STATION, "A,,31.1,121.3,,S,,0,"), "莘庄站", (121.3, 31.1), "", True),
        # The station may stand below its platforms.
        (("A,,,,0,S,2,,", STATION), "莘庄站", (121.3850, 31.1110), "2", True),
        # A boarding area is part of a platform, which is part of a station.
        ((STATION, "P,,,,0,S,3,,", "A,,,,4,P,,,"), "莘庄站", (121.3850, 31.1110), "3", True),
        ((STATION, "P,,31.2,121.2,0,S,3,2,", "A,甲,,,4,P,,,"), "甲", (121.2, 31.2), "3", False),
        # Nobody says: nobody knows. 0, 0 is no place.
        (("S,莘庄站,31.1110,121.3850,1,,,,", "A,,,,0,S,,,"), "莘庄站", (121.3850, 31.1110), "", None),
        ((STATION, "A,莘庄,0,0,0,S,,,"), "莘庄", (121.3850, 31.1110), "", True),
        (("A,莘庄,31.1,121.3,0,,,0,",), "莘庄", (121.3, 31.1), "", None),
    ],
)  # fmt: skip
def test_what_is_missing_is_the_stations(
    stops: tuple[str, ...], name: str, position: tuple[float, float], platform: str, wheelchair: bool | None
) -> None:
    timetable = table(read(*stops))
    index = timetable.stop("A")
    assert index is not None
    assert (timetable.stop_name(index), timetable.position(index)) == (name, position)
    assert (timetable.platform(index), timetable.wheelchair(index)) == (platform, wheelchair)


def test_a_nameless_platform_is_found_and_announced_by_its_station() -> None:
    """It is near where its station is, and its departures bear the station's name."""
    timetable = table(read(STATION, "A,,,,0,S,2,,"))
    [(index, metres)] = timetable.nearest(121.3850, 31.1110, n=1)
    assert (timetable.stop_key(index), round(metres)) == ("A", 0)
    [first] = timetable.departures([index], parse_moment("2026-11-24T07:00"), 1)
    assert isinstance(first, Departure)
    assert (first.stop, first.platform) == ("莘庄站", "2")


@pytest.mark.parametrize(
    ("stops", "line", "reason"),
    [
        (("A,,31.1,121.3,0,,,,",), 2, "without a name, and without a station that has one"),
        (("A,莘庄,,,0,,,,",), 2, "without a position, and without a station that has one"),
        (("A,莘庄,,,0,gone,,,",), 2, "its parent_station is not in the file"),
        (("A,莘庄,91,121.3,0,,,,",), 2, "its position is not on earth"),
    ],
)
def test_what_nobody_says_is_told(stops: tuple[str, ...], line: int, reason: str) -> None:
    """The stop is kept, for its departures are true; the board cannot find what is nowhere."""
    parsed = read(*stops)
    assert (f"stops.txt line {line}", reason) in {(p.position, p.reason) for p in parsed.problems}
    index = table(parsed).stop("A")
    assert index is not None
    if "position" in reason:
        assert math.isnan(table(parsed).position(index)[0])
        assert index not in [stop for stop, _ in table(parsed).nearest(121.3, 31.1, 9, 10**7)]


def test_nodes_and_boarding_areas_need_neither() -> None:
    """Names and coordinates are theirs to leave out; no editor is told of them."""
    parsed = read(STATION, "A,,,,0,S,,,", "N,,,,3,S,,,", "D,,,,4,A,,,", "E,,,,2,S,,,")
    assert parsed.problems == ()


def test_stations_in_a_ring_end() -> None:
    """A stop that is its own grandparent takes what there is and stops."""
    parsed = read("A,,,,0,D,,,", "D,,,,0,A,,,")
    assert len(table(parsed)) > 0


def test_times_are_the_agencys_whatever_the_stop_says() -> None:
    """stop_timezone is for signs, not for stop_times.txt."""
    plain, other = (table(read(f"A,莘庄,31.1,121.3,0,,,,{zone}")) for zone in ("", "Asia/Tokyo"))
    index = plain.stop("A")
    assert index is not None
    moment = parse_moment("2026-11-24T07:00")
    assert [call.at for call in plain.calls([index], moment)] == [call.at for call in other.calls([index], moment)]


def test_a_map_that_is_shifted_is_put_right() -> None:
    """A local export in Amap's coordinates: declared, they are turned to the earth like those of any source."""
    shifted = table(read("A,莘庄,31.1110,121.3850,0,,,,", coordinates="gcj02"))
    index = shifted.stop("A")
    assert index is not None
    assert shifted.position(index) == pytest.approx(gcj02_to_wgs84(121.3850, 31.1110), abs=1e-6)


@pytest.mark.parametrize("zone", ["Mars/Phobos", "UTC+8", "Asia/Beijing"])
def test_a_zone_that_is_none_refuses_the_feed(zone: str) -> None:
    """Every time of it would be read falsely; what was found and what was expected is said."""
    agency = FILES["agency.txt"].replace("Asia/Shanghai", zone)
    with pytest.raises(FormatError, match=r"agency.txt line 2: agency_timezone .* is no time zone, expected"):
        parse("gtfs", gtfs({"agency.txt": agency}))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Dublin"])
def test_a_zone_that_nobody_names_is_told(zone: str) -> None:
    """Without agency.txt times are on the clock of the source, and that is said."""
    with on_clock_of(zone):
        parsed = parse("gtfs", gtfs({"agency.txt": None}))
    assert [p.position for p in parsed.problems] == ["agency.txt"]
    assert table(parsed).zone.key == zone
