"""What a view says again is the same object, for the next profile, the neighbouring estate and the next minute, so that
later stages can skip it by identity; and it is never an older object that says something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from view_inputs import HOME, LOST, MORNING, SOUTH, inputs, page

from channel import views
from channel.asking import Asker
from channel.estates import DISTRICT, Estate, Estates
from channel.folder import Channel
from channel.lineup import Page
from channel.memory import Memory, Shelf, Trait
from channel.views.content import Content, List, Nearest
from feeds.folder import read_records
from feeds.records import Alert, Area, Article, BikeStation, Place, Record
from feeds.source import records_digest

EXAMPLE = Path(__file__).parents[1] / "examples" / "minhang"
MINUTE = timedelta(minutes=1)
NEXT_DOOR = msgspec.structs.replace(HOME, id="mh0004", name="景城二村")
ESTATES = Estates([HOME, SOUTH, LOST, NEXT_DOOR])
BIKES = page("nearest", "404", options={"state": "left", "detail": "docks", "level": "capacity", "items": False})
NEWS = page("latest", "115", layout="list", options={"own": True})
ALERTS = page("alerts", "900", layout="alert")
MEMORY = Memory()
"""What one channel remembers from minute to minute."""


def said(
    page: Page, role: str, records: Sequence[Record], estate: Estate | None = HOME, moment: datetime = MORNING
) -> Content:
    return views.make(inputs(page, {role: records}, estate=estate, moment=moment, estates=ESTATES, memory=MEMORY))


def stations(*bikes: int) -> list[BikeStation]:
    return [
        BikeStation(id=f"b{n}", name=f"{n}号站", lon=121.38 + n / 500, lat=31.11, bikes=left, docks=20 - left)
        for n, left in enumerate(bikes)
    ]


def articles(*titles: str) -> list[Article]:
    return [Article(id=f"a{n}", title=title, published=MORNING) for n, title in enumerate(titles)]


def alert(ident: str, town: str = "") -> Alert:
    return Alert(
        id=ident, identifier=ident, sender="x", sent=MORNING, status="Actual", message="Alert", event="大风",
        headline=f"大风预警{ident}", severity="Moderate", expires=MORNING + timedelta(hours=3),
        areas=(Area(description=town),) if town else (),
    )  # fmt: skip


def test_an_estate_is_asked_once_for_all_its_profiles() -> None:
    given = inputs(BIKES, {"places": stations(5, 6)})
    assert views.make(given.at(SOUTH).at(HOME)) is views.make(given)


def test_two_channels_in_one_process_have_nothing_in_common() -> None:
    """What one remembers of its estates and line-up never reaches the other, though their records are the same."""
    zones = page("zones", "302", layout="list", options={"kinds": ()})
    school = Place(id="p0", name="学校", lon=121.38, lat=31.11, kind="小学", town="莘庄镇", areas=("310112101",))
    moved = Estates([msgspec.structs.replace(HOME, area_code="310112999999")])
    memories = (Memory(), Memory())
    rows = []
    for memory, estates in zip(memories, (ESTATES, moved), strict=True):
        estate = estates[HOME.id]
        body = views.make(
            inputs(zones, {"places": [school]}, estate=estate, estates=estates, memory=memory)
        ).body
        assert isinstance(body, List)
        rows.append([row.title for row in body.rows])
    assert rows == [["学校"], []]
    assert all(memory.sizes()["zones"] == 1 for memory in memories)


def test_neighbours_that_see_the_same_share_its_body() -> None:
    here, there = (said(BIKES, "places", stations(5, 6), estate) for estate in (HOME, NEXT_DOOR))
    assert here.body is there.body
    assert (here.place, there.place) == (("莘庄镇", "景城花苑"), ("莘庄镇", "景城二村"))


def test_only_rows_that_changed_are_new() -> None:
    """A minute later, in a new snapshot of which one station says something else."""
    first = said(BIKES, "places", stations(5, 6, 7)).body
    second = said(BIKES, "places", stations(5, 9, 7), moment=MORNING + MINUTE).body
    assert isinstance(first, Nearest) and isinstance(second, Nearest)
    same = [a is b for a, b in zip(first.rows, second.rows, strict=True)]
    assert same == [row.name != "1号站" for row in first.rows] == [True, False, True]
    assert second.rows[1].word == "空位 9"
    assert said(BIKES, "places", stations(5, 6, 7), moment=MORNING + 2 * MINUTE).body is first


def test_only_items_that_changed_are_new() -> None:
    first = said(NEWS, "articles", articles("甲", "乙", "丙"))
    still = said(NEWS, "articles", articles("甲", "乙", "丙"), SOUTH, MORNING + MINUTE)
    assert still.items is first.items and still.body is first.body
    after = said(NEWS, "articles", articles("甲", "新", "丙"), moment=MORNING + 2 * MINUTE)
    assert [a is b for a, b in zip(first.items, after.items, strict=True)] == [True, False, True]


def test_estates_under_the_same_alerts_share_one_page() -> None:
    given = inputs(ALERTS, {"alerts": [alert("x"), alert("y", "莘庄镇")]}, estates=ESTATES)
    home, south, lost = (views.make(given.at(estate)) for estate in (HOME, SOUTH, LOST))
    assert home is lost and home.body is not south.body
    assert home.items is lost.items is south.items


def test_where_places_are_is_worked_out_anew_when_they_move() -> None:
    near = said(BIKES, "places", stations(5, 6)).body
    moved = [msgspec.structs.replace(s, lon=s.lon + 0.05) if s.id == "b0" else s for s in stations(5, 6)]
    far = said(BIKES, "places", moved, moment=MORNING + MINUTE).body
    assert isinstance(near, Nearest) and isinstance(far, Nearest)
    assert [row.name for row in near.rows] == ["0号站", "1号站"]
    assert [(row.name, row.figure) for row in far.rows] == [("1号站", near.rows[1].figure), ("0号站", "5")]


def test_a_place_that_moves_to_another_town_has_another_row() -> None:
    """Where nobody knows the distance the town stands in its place, although the rest of the row is as it was."""
    figures = []
    for town in ("莘庄镇", "江川路街道"):
        place = Place(id="p0", name="菜场", lon=121.38, lat=31.11, kind="菜场", town=town)
        made = said(page("nearest", "208"), "places", [place], LOST).body
        assert isinstance(made, Nearest)
        figures.append(made.rows[0].figure)
    assert figures == ["莘庄", "江川路"]


def test_what_was_longest_not_asked_for_is_forgotten() -> None:
    memo: Shelf[object] = Shelf(2)
    first = memo.one((1, "a"))
    assert memo.one((1, "a")) is first
    memo.one((2, "b"))
    memo.one((1, "a"))
    memo.one((3, "c"))
    made = []
    memo.get((1, "a"), lambda: made.append("a"))
    memo.get((2, "b"), lambda: made.append("b"))
    assert made == ["b"]


class Example:
    """The example with its own records."""

    def __init__(self, state: Path) -> None:
        self.channel = Channel.open(EXAMPLE, state)
        self.asker = Asker(self.channel)
        sources = self.channel.sources.values()
        found = (read_records(source, EXAMPLE / "records", MORNING, self.channel.datasets) for source in sources)
        self.snapshots = {snapshot.source: snapshot for snapshot in found if snapshot}

    def content(self, page: Page, estate: str, moment: datetime) -> Content:
        return self.asker.content(page, estate, self.snapshots, moment)


@pytest.mark.slow
def test_every_page_of_the_example_shares_what_it_says_again(tmp_path: Path) -> None:
    """Over minutes, with bicycles that move: equal bodies and items are one object, on every page."""
    example = Example(tmp_path)
    bikes = example.snapshots["bikes"]
    estates = [DISTRICT, *list(example.channel.estates)[::90]]
    bodies: dict[bytes, object] = {}
    items: dict[bytes, object] = {}
    for minute in range(3):
        moment = MORNING + minute * MINUTE
        moved = tuple(
            msgspec.structs.replace(station, bikes=station.bikes + minute * (number % 5 == 0))
            for number, station in enumerate(bikes.records)
            if isinstance(station, BikeStation)
        )
        example.snapshots["bikes"] = msgspec.structs.replace(bikes, records=moved, digest=records_digest(moved))
        for shown in example.channel.lineup.pages.values():
            for estate in estates if shown.scope == "estate" else [DISTRICT]:
                made = example.content(shown, estate, moment)
                body = bodies.setdefault(msgspec.msgpack.encode(made.body), made.body)
                assert body is made.body, f"page {shown.number} for {estate} at {moment}"
                for item in made.items:
                    assert items.setdefault(msgspec.msgpack.encode(item), item) is item, f"{shown.number}.{item.id}"
    assert len(bodies) > len(example.channel.lineup.pages)


def test_what_is_made_of_an_object_goes_with_it() -> None:
    """A row that a renderer has let go leaves nothing behind, whoever made what of it."""

    class Row:
        pass

    memory, trait, row = Memory(), Trait[str]("looks"), Row()
    looks = memory.beside(trait)
    assert looks.find(row, "night") is None
    assert looks.get(row, lambda: "dark", "night") == looks.find(row, "night") == "dark"
    assert looks.put(row, "light", "day") == "light" and looks.find(row, "night") == "dark"
    assert memory.beside(trait) is looks and memory.sizes() == {"looks": 1}
    del row
    assert memory.sizes() == {"looks": 0}
