"""A category's page says what is new behind each of its tiles, and teaches what lies there where nothing is."""

from __future__ import annotations

import msgspec
import pytest
from conftest import EXAMPLE
from said_store import MOMENT, snapshots_of
from view_inputs import SAY

from channel.asking import Asker
from channel.folder import Channel
from channel.views.category import News, news_of
from channel.views.content import (
    Block,
    Cell,
    List,
    ListRow,
    Menu,
    Nearest,
    NearestRow,
    Table,
    TableRow,
    Timegrid,
    Track,
)


@pytest.fixture(scope="module")
def channel() -> Channel:
    return Channel.open(EXAMPLE)


def test_every_tile_of_every_category_has_something_to_say(channel: Channel) -> None:
    asker, snapshots = Asker(channel), snapshots_of(channel)
    seen = 0
    for page in channel.lineup.pages.values():
        if page.view != "category":
            continue
        body = asker.content(page, "district", snapshots, MOMENT).body
        assert isinstance(body, Menu)
        for tile in body.tiles:
            assert tile.line or tile.note, tile.number
            seen += bool(tile.line)
        # A category is told alike to everybody.
        assert asker.content(page, "mh0001", snapshots, MOMENT).body == body
    assert seen > 50


def test_without_its_sources_a_tile_says_what_its_page_is_for(channel: Channel) -> None:
    body = Asker(channel).content(channel.lineup.page("400"), "district", {}, MOMENT).body
    assert isinstance(body, Menu)
    assert {tile.number: tile.line for tile in body.tiles}["401"] == "家附近几点来车"


def test_a_grid_tells_what_runs_or_begins_next_and_what_is_free() -> None:
    """In the morning, before any film, the first of them; of courts the one that can be had."""
    early = Block(title="早场", time="09:30–11:00", start=60, minutes=90)
    late = Block(title="晚场", time="20:00–22:00", start=690, minutes=120)
    tracks = (Track(name="甲厅", blocks=(late,)), Track(name="乙厅", blocks=(early, late)))
    grid = Timegrid(heading="", start=510, hours=4, spans=3, now=40, tracks=tracks)
    assert news_of(grid, 0, SAY) == News("乙厅　早场", "09:30–11:00")
    tomorrow = msgspec.structs.replace(grid, start=1440 + 510)
    assert news_of(tomorrow, 0, SAY) == News("乙厅　早场", "明天 09:30")
    taken = Block(title="已订", time="09:00–10:00", start=30, minutes=60, state="now", mark="closed")
    free = Block(title="可订", time="10:00–11:00", start=90, minutes=60, mark="open")
    courts = msgspec.structs.replace(grid, tracks=(Track(name="一号", blocks=(taken, free)),))
    assert news_of(courts, 0, SAY) == News("一号　可订", "10:00–11:00")
    over = msgspec.structs.replace(taken, state="past")
    assert news_of(msgspec.structs.replace(grid, tracks=(Track(name="一号", blocks=(over,)),)), 0, SAY) == News()


HEADS = ("", "", "", "", "")
DAY = "08:00–17:00"
PLACES = tuple(NearestRow(to="", name=f"{n}", hours=DAY, mark="open" if n else "closed") for n in range(3))
PRICE = TableRow(cells=(Cell(text="青菜"), Cell(text="3.5")))


@pytest.mark.parametrize(
    ("body", "news"),
    [
        (List(rows=(ListRow(to="", title="新消息", date="今天"),)), News("新消息", "今天", "共 7 条")),
        (Table(columns=(), rows=(PRICE,)), News("青菜　3.5", "", "共 7 项")),
        (Nearest(rows=PLACES, heads=HEADS), News("现在开着 2 处", "", "共 7 处")),
        (Nearest(rows=(NearestRow(to="", name="只有电话"),), heads=HEADS), News("", "", "共 7 处")),
        (List(rows=()), News()),
    ],
)  # fmt: skip
def test_each_kind_of_page_has_its_own_news(body: List | Table | Nearest, news: News) -> None:
    assert news_of(body, 7, SAY) == news


def test_a_tile_says_nothing_that_holds_for_one_estate_alone(channel: Channel) -> None:
    """A list that differs by estate has no headline for everybody; places are counted, and not the pages of towns."""
    asker, snapshots = Asker(channel), snapshots_of(channel)
    told = {}
    for number in ("600", "300", "110"):
        body = asker.content(channel.lineup.page(number), "district", snapshots, MOMENT).body
        assert isinstance(body, Menu)
        told.update({tile.number: (tile.line, tile.when, tile.note) for tile in body.tiles})
    assert told["601"] == ("您家停不停水电", "", "") and told["115"] == ("您所在街镇的新鲜事", "", "")
    assert told["301"] == ("您家孩子上哪所学校", "", "")
    assert (told["602"][2], told["603"][2]) == ("共 64 处", "共 1600 处")
