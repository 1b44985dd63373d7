"""A category's page says what is new behind each of its tiles, and teaches what lies there where nothing is."""

from __future__ import annotations

import pytest
from conftest import EXAMPLE
from said_store import MOMENT, snapshots_of
from view_inputs import SAY

from channel.asking import Asker
from channel.settings import Channel
from channel.views.category import News, news_of
from channel.views.content import Cell, List, ListRow, Menu, Nearest, NearestRow, Table, TableRow


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
