"""A stop on the board opens its timetable: what leaves in each hour from the one that has begun on, by line and
direction. It says the same until the next hour, in the same objects, and is painted once for all that time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from screens import compose_body
from small_gtfs import timetable_of
from view_inputs import ESTATES, HOME, LOST, MORNING, SAY, SETTINGS, SOUTH, at, lineup, page, snapshot, source

from benchmarks.channel import MOMENT, Bench
from channel import views
from channel.estates import DISTRICT, Estate
from channel.kits import Kit, Painted
from channel.memory import Memory
from channel.render import Renderer
from channel.screen.pieces import Text
from channel.screen.screen import Screen
from channel.views import _stops
from channel.views.base import Inputs
from channel.views.content import Board, BoardRow, Content, Item, Stop
from channel.views.content import Timetable as Hours
from channel.words import Say
from feeds.realtime import Realtime, Trip
from feeds.records import Route, stable_id
from feeds.source import Snapshot
from feeds.timetable import Timetable

STOPS = [
    ("a1", "春申路", 31.1101, 121.3801), ("a2", "春申路", 31.1103, 121.3802), ("b1", "莘松路", 31.1120, 121.3810),
    ("c1", "江川路", 31.0001, 121.4201), ("d1", "春申路", 31.0003, 121.4202), ("z9", "终点", 31.2, 121.5),
]  # fmt: skip
PAGE = page("departures", "401", title="附近公交", layout="board", options={"within": 600})
LINES = page("table", "402", title="公交线路", layout="table", sources={"rows": "routes"})
DAY = ["06:30:00", "08:03:20", "08:40:00", "09:05:00", "14:00:00", "21:15:00"]
TRIPS: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "747": ("747路", "a1", DAY),
    "9": ("9路", "a2", [f"{hour:02d}:{minute:02d}:00" for hour in (8, 9) for minute in range(4, 60, 8)]),
    "夜1": ("夜1路", "a2", ["22:30:00", "24:10:00"]),
    "11": ("11路", "b1", ["09:45:00"]),
    "c": ("12路", "c1", ["08:20:00"]),
    "d": ("13路", "d1", ["08:25:00"]),
}


def leaving(trips: Mapping[str, tuple[str, str, Sequence[str]]], stops: Sequence[tuple[object, ...]]) -> Timetable:
    """A real timetable: every trip goes from one stop to the last."""
    runs = [(f"{key}.{n}", key, stop, when) for key, (_, stop, times) in trips.items() for n, when in enumerate(times)]
    return timetable_of(
        stops,
        [(key, name) for key, (name, _, _) in trips.items()],
        [(key, trip) for trip, key, _, _ in runs],
        [
            (trip, stop, n, time)
            for trip, _, first, when in runs
            for n, (stop, time) in enumerate(((first, when), ("z9", "26:00:00")))
        ],
    )


MEMORY = Memory()


@pytest.fixture(scope="module")
def timetable() -> Timetable:
    return leaving(TRIPS, STOPS)


def said(
    timetable: Timetable,
    moment: datetime = MORNING,
    estate: Estate | None = HOME,
    *,
    updates: Sequence[Trip] = (),
    observed: datetime = MORNING,
) -> Content:
    heard = msgspec.structs.replace(snapshot([], moment), dataset=stable_id("updates", repr(updates), str(moment)))
    buses = msgspec.structs.replace(snapshot([], observed), dataset=stable_id("buses", timetable.to_bytes().hex()))
    return views.make(
        Inputs(
            page=PAGE, estate=estate, moment=moment, lineup=lineup(PAGE, LINES), estates=ESTATES, settings=SETTINGS,
            snapshots={
                "timetable": buses, "updates": heard,
                "routes": snapshot([Route(id="r7470", line="747路", destination="终点")]),
            },
            sources={
                "timetable": source("buses", publisher="公交公司"), "updates": source("updates", "1min"),
                "routes": source("routes"),
            },
            datasets={"timetable": timetable, "updates": Realtime.of(updates)},
            memory=MEMORY, say=SAY,
        )
    )  # fmt: skip


def opened(made: Content, stop: int = 0) -> Item:
    """The item that the heading of a stop on the board leads to."""
    assert isinstance(made.body, Board)
    number, _, ident = made.body.stops[stop].to.partition(".")
    assert number == "401"
    return next(item for item in made.items if item.id == ident)


def table(item: Item) -> tuple[list[str], dict[str, list[str]]]:
    assert isinstance(item.body, Hours)
    heads = [f"{day.label} {day.date}".strip() for day in item.body.days]
    return heads, {f"{row.name} {row.under}": [cell.text for cell in row.cells] for row in item.body.rows}


def test_a_stop_opens_what_leaves_in_each_hour(timetable: Timetable) -> None:
    """Both sides of the road, lines by their numbers, every minute of the hour that has begun; what leaves only later
    comes last and says when."""
    item = opened(said(timetable, at("08:12")))
    assert (item.title, item.layout) == ("春申路", "timetable")
    heads, rows = table(item)
    assert list(rows) == ["9路 往终点", "747路 往终点", "夜1路 往终点"]
    assert heads == [
        "8 点 今天", "9 点 今天", "14 点 今天", "21 点 今天", "22 点 今天", "0 点 明天", "6 点 明天",
    ]  # fmt: skip
    assert rows == {
        "9路 往终点": ["每 8 分", "每 8 分", "—", "—", "—", "—", "—"],
        "747路 往终点": ["03 40", "05", "00", "15", "—", "—", "30"],
        "夜1路 往终点": ["—", "—", "—", "—", "30", "10", "—"],
    }
    assert isinstance(item.body, Hours)
    assert [row.later for row in item.body.rows] == ["今天 08:04 有车", "今天 08:03 有车", "今天 22:30 有车"]
    assert [day.today for day in item.body.days] == [True, *[False] * 6]
    assert [row.to for row in item.body.rows] == ["", "402.r7470", ""]
    assert item.body.corner == "按时刻表"


@pytest.mark.parametrize(
    ("minutes", "word"),
    [([], "—"), ([7], "约 07"), ([10, 40], "约每 30 分"), ([0, 20, 40], "约每 20 分"), ([0, 5, 10], "约 3 班")],
)
def test_what_runs_about_every_so_often_tells_no_minutes(minutes: list[int], word: str) -> None:
    """Its headway is known, its minutes are not (frequencies.txt, exact_times)."""
    assert _stops._cell(minutes, SAY, about=True).text == word


@pytest.mark.parametrize(
    ("minutes", "word"),
    [
        ([], "—"), ([7], "07"), ([0, 20, 40], "00 20 40"), ([3, 18, 33, 48], "每 15 分"),
        ([2, 10, 17, 32, 40, 47], "约每 9 分"), ([4, 12, 20, 28, 36, 44, 52], "每 8 分"),
        ([0, 5, 10, 15], "4 班"), ([40, 45, 50, 55], "4 班"),
    ],
)  # fmt: skip
def test_many_departures_are_an_interval_only_while_it_is_true(minutes: list[int], word: str) -> None:
    """A quarter of an hour with four buses and none after it is not a bus every fifteen minutes."""
    assert _stops._cell(minutes, SAY).text == word


@pytest.mark.parametrize(
    ("minutes", "about", "word"),
    [([7], True, "about 07"), ([3, 18, 33, 48], False, "every 15 min"), ([0, 5, 10, 15], False, "4 runs")],
)
def test_it_is_said_in_the_channels_language(minutes: list[int], about: bool, word: str) -> None:
    assert _stops._cell(minutes, Say("en"), about=about).text == word


def test_at_night_the_morning_follows_the_hour_that_has_begun(timetable: Timetable) -> None:
    heads, rows = table(opened(said(timetable, at("2026-11-25T02:47"))))
    assert heads == [
        "2 点 今天", "6 点 今天", "8 点 今天", "9 点 今天", "14 点 今天", "21 点 今天", "22 点 今天", "0 点 明天",
    ]  # fmt: skip
    assert rows["747路 往终点"][:3] == ["—", "30", "03 40"]
    assert rows["夜1路 往终点"][0] == "—"
    late, evening = table(opened(said(timetable, at("23:05"))))
    assert late[:3] == ["23 点 今天", "0 点 明天", "6 点 明天"]
    assert evening["747路 往终点"][:3] == ["—", "—", "30"] and evening["9路 往终点"][0] == "—"


def test_a_stop_that_nothing_leaves_from_says_so(timetable: Timetable) -> None:
    item = next(i for i in said(timetable, at("2028-01-03T08:00"), None).items if i.title == "江川路")
    assert isinstance(item.body, Hours) and item.body.rows == ()
    assert item.body.empty is not None and item.body.empty.sentence == "这一站 24 小时内没有车"


def test_the_minutes_of_an_hour_say_the_same_objects(timetable: Timetable) -> None:
    """Updates and minutes change the board, not the timetables; the next hour does."""
    first = said(timetable, at("08:12"))
    cancelled = Trip("747.2", "", True, None, ())
    later = said(timetable, at("08:13"), SOUTH, updates=[cancelled])
    last = said(timetable, at("08:59") + timedelta(seconds=59), None)
    assert first.items is later.items is last.items
    assert first.body is not later.body
    after = said(timetable, at("09:00"))
    assert after.items is not first.items
    assert [item.id for item in after.items] == [item.id for item in first.items]
    assert table(opened(after))[0][0] == "9 点 今天"


def test_a_timetable_names_its_own_source_alone(timetable: Timetable) -> None:
    made = said(timetable, at("08:12"))
    assert [line.id for line in made.sources] == ["buses", "updates", "routes"]
    assert {tuple(line.id for line in item.sources or ()) for item in made.items} == {("buses",)}
    newer = said(timetable, at("08:12"), observed=at("08:10"))
    assert newer.items[0].sources != made.items[0].sources


def test_estates_open_only_what_the_district_has(timetable: Timetable) -> None:
    """Stops of one name far apart are two; every link of an estate leads to an item; nobody far away has one."""
    ids = [item.id for item in said(timetable, estate=None).items]
    assert len(ids) == len(set(ids)) == 4
    linked = set()
    for estate in (HOME, SOUTH, LOST, None):
        made = said(timetable, estate=estate)
        assert isinstance(made.body, Board)
        linked |= {stop.to.removeprefix("401.") for stop in made.body.stops}
        assert [item.id for item in made.items] == ids
    assert linked == set(ids)


def test_more_places_than_there_may_be_items_are_not_linked(
    timetable: Timetable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The towns' own stops and the nearest ones come first; a stop without a timetable is a plain heading."""
    monkeypatch.setattr("channel.views.departures.MOST_STOPS", 2)
    other = leaving({**TRIPS, "e": ("14路", "b1", ["10:00:00"])}, STOPS)
    made, south = said(other), said(other, estate=SOUTH)
    assert isinstance(made.body, Board) and isinstance(south.body, Board)
    assert [bool(stop.to) for stop in made.body.stops] == [True, False]
    assert {stop.to.removeprefix("401.") for stop in (*made.body.stops, *south.body.stops) if stop.to} == {
        item.id for item in made.items
    }


def test_ids_outlive_the_order_of_the_feed(timetable: Timetable) -> None:
    again = leaving(dict(reversed(TRIPS.items())), list(reversed(STOPS)))
    assert {i.title: i.id for i in said(again).items if i.title != "春申路"} == {
        i.title: i.id for i in said(timetable).items if i.title != "春申路"
    }
    assert {i.id for i in said(again).items} == {i.id for i in said(timetable).items}
    assert all(i.id.isalnum() and len(i.id) <= 24 for i in said(timetable).items)


def test_a_name_from_outside_is_made_harmless() -> None:
    hostile = [("a1", "春\u202e申\x07路", 31.1101, 121.3801), ("z9", "终点", 31.2, 121.5)]
    made = said(leaving({"747": ("747路", "a1", DAY)}, hostile))
    assert isinstance(made.body, Board)
    assert [stop.name for stop in made.body.stops] == [item.title for item in made.items] == ["春申路"]


@pytest.mark.parametrize("geometry", ["hd", "large", "sd", "sd530"])
@pytest.mark.parametrize("lines", [1, 2, 3, 6])
def test_headings_count_among_nine_rows_of_a_screen(geometry: str, lines: int) -> None:
    """However few lines a stop has, a screen has at most nine links to walk through, and each stop is one of them."""
    rows = tuple(BoardRow(line=f"{n}路", destination="莘庄", minutes="3", to=f"402.r{n}") for n in range(lines))
    stops = tuple(Stop(name=f"{name}站", walk="", rows=rows, to=f"401.s{n}") for n, name in enumerate("甲乙丙丁戊己"))
    screens = compose_body("board", Board(stops=stops), geometry)
    shown = [[link.to for link in screen.links if not link.group] for screen in screens]
    assert max(map(len, shown)) <= 9
    assert {to for links in shown for to in links if to.startswith("401.")} == {stop.to for stop in stops}
    assert all(links[0].startswith("401.") for links in shown)
    assert [flaw for screen in screens for flaw in screen.flaws] == []


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, dict[str, Snapshot]]]:
    bench = Bench(tmp_path_factory.mktemp("example"), 818, frozenset())
    yield bench, dict(bench.archive.latest_all(["buses", "bus-updates", "routes"], MOMENT))
    bench.close()


@pytest.mark.slow
def test_the_minutes_of_an_hour_paint_no_timetable_again(
    example: tuple[Bench, dict[str, Snapshot]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two profiles by turns, with updates of every minute: the first minute paints all stops, the others the board."""
    bench, snapshots = example
    renderer, paint = Renderer(bench.channel), Kit.paint
    painted: list[str] = []

    def counted(kit: Kit, screens: Sequence[Screen], item: str, *rest: Any) -> Painted:
        painted.append(item)
        return paint(kit, screens, item, *rest)

    monkeypatch.setattr(Kit, "paint", counted)
    for minute in range(3):
        moment = MOMENT + timedelta(minutes=minute)
        updates = msgspec.structs.replace(snapshots["bus-updates"], observed=moment, checked=moment)
        given = {**snapshots, "bus-updates": updates}
        for profile in ("web-hd", "bitmap-sd"):
            renderer.page("401", DISTRICT, profile, given, moment)
        items = [item for item in painted if item]
        assert len(items) == (2 * len(set(items)) if minute == 0 else 0)
        assert minute or len(items) > 600
        assert len(painted) - len(items) == 2
        painted.clear()


@pytest.mark.slow
def test_every_stop_of_the_example_that_an_estate_shows_opens(example: tuple[Bench, dict[str, Snapshot]]) -> None:
    """All 818 estates: the links of their boards are items of the district's page."""
    bench, snapshots = example
    channel = bench.channel
    renderer = Renderer(channel)
    shown = channel.lineup.page("401")
    items = {item.id for item in renderer.content(shown, DISTRICT, snapshots, MOMENT).items}
    linked = set()
    for estate in channel.estates:
        body = renderer.content(shown, estate, snapshots, MOMENT).body
        assert isinstance(body, Board)
        assert all(stop.to for stop in body.stops)
        linked |= {stop.to.removeprefix("401.") for stop in body.stops}
    assert len(linked) > 300
    assert linked <= items


@pytest.mark.slow
def test_back_returns_to_the_stop(example: tuple[Bench, dict[str, Snapshot]]) -> None:
    """The page of a stop leads back to the board with the focus on the stop, and on to its lines."""
    bench, snapshots = example
    renderer = Renderer(bench.channel)
    board = renderer.screens("401", next(iter(bench.channel.estates)), "web-hd", snapshots, MOMENT)[0]
    assert len(board.links) > 2
    head = next(link for link in board.links if link.to.startswith("401."))
    opened_ = renderer.screens("401", DISTRICT, "web-hd", snapshots, MOMENT, head.to.removeprefix("401."))[0]
    back = next(link for link in opened_.links if link.id == "back")
    assert back.to == f"401#{head.id}"
    assert any(link.to.startswith("402.") for link in opened_.links)


@pytest.mark.parametrize("geometry", ["hd", "large", "sd", "sd530"])
def test_what_leaves_after_the_hours_on_the_screen_says_when(timetable: Timetable, geometry: str) -> None:
    """A row without any time on a small canvas would say that nothing leaves; no hour says another hour's time."""
    item = opened(said(timetable, at("08:12")))
    assert isinstance(item.body, Hours)
    screens = compose_body("timetable", item.body, geometry)
    words = [piece.text for screen in screens for piece in screen.pieces if isinstance(piece, Text)]
    night = words[words.index("夜1路") :]
    assert ("今天 22:30 有车" in night) == ("30" not in night)
    assert "22:30" not in words
