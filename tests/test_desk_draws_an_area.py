"""Whom a text is for can be drawn: corners on a plain map of the estates, or typed; and said back with numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from desk_help import NOW, PAGE, WARNING, Desk

from broadcaster.desk.area import inside, read_corners, written_corners
from broadcaster.desk.refusal import Refusal
from channel.views.alerts import alert_answers

FORM = {
    "title": "路面检修", "text": "周五晚上起封路。", "page": PAGE,
    "begins": "2026-11-27T10:00", "ends": "2026-11-30T00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.archive.close()


def _around(desk: Desk, ident: str, degrees: float = 0.004) -> str:
    """The corners of a square around an estate."""
    home = desk.channel.estates[ident]
    assert home.lon is not None and home.lat is not None
    west, east, south, north = home.lon - degrees, home.lon + degrees, home.lat - degrees, home.lat + degrees
    return f"{west} {south}\n{east} {south}\n{east} {north}\n{west} {north}"


def test_a_notice_reaches_those_within_alone(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    area = _around(desk, "mh0001")
    within = inside(read_corners(area), desk.channel.estates)
    assert "mh0001" in within and "mh0400" not in within and len(within) > 1
    said = json.loads(ann.post("/drafted", **FORM, area=area)[1])["said"]
    assert f"{len(within)} 个小区" in said
    _, where = ann.post("/notice/new", **FORM, area=area, base="0", do="ask")
    assert written_corners(read_corners(area)).split("\n")[0] in ann.client.get(where).text, "and it is there again"
    ben.post(f"/notice/{where.rpartition('/')[2]}", base="1", do="approve")
    desk.build()
    assert "路面检修" in desk.rows("mh0001") and "路面检修" not in desk.rows("mh0400")


def test_towns_and_an_area_add_up(desk: Desk) -> None:
    ann = desk.person("ann")
    area = _around(desk, "mh0001")
    alone = json.loads(ann.post("/drafted", **FORM, area=area)[1])["said"]
    both = json.loads(ann.post("/drafted", **FORM, area=area, towns="七宝镇")[1])["said"]
    number = r"(\d+) 个小区"
    assert int(re.search(number, both)[1]) > int(re.search(number, alone)[1])  # type: ignore[index]


def test_a_warning_is_drawn_too(desk: Desk) -> None:
    ben = desk.person("ben")
    form = {**WARNING, "towns": "", "area": _around(desk, "mh0001")}
    status, asked = ben.post("/takeover/new", **form, base="0", do="check")
    assert status == 200 and 'name="area" value="121.' in asked, "the second question keeps it"
    assert ben.post("/takeover/new", **form, base="0", do="send", seen="1", reason="来电")[0] == 303
    heard = desk.archive.latest("desk-alerts")
    assert heard is not None
    answers, _ = alert_answers([heard], desk.channel.estates, NOW, desk.channel.settings, desk.channel.say)
    assert b"takeover" in answers["mh0001"] and b"takeover" not in answers["mh0400"]


def test_who_writes_for_one_town_draws_within_it(desk: Desk) -> None:
    tom = desk.person("tom")
    status, page = tom.post("/notice/new", **FORM, area=_around(desk, "mh0001"), base="0")
    assert status == 400 and "七宝镇" in page


@pytest.mark.parametrize(
    "text",
    ["121.4 31.1\n121.5 31.1", "x y\n1 2\n3 4", "1 2 3\n4 5\n6 7", "nan 1\n2 3\n4 5", "inf 1\n2 3\n4 5",
     "200 10\n1 2\n3 4", "1 2\n" * 61],
)  # fmt: skip
def test_what_are_no_corners_is_said(text: str) -> None:
    with pytest.raises(Refusal):
        read_corners(text)


def test_an_area_without_a_home_is_refused(desk: Desk) -> None:
    status, page = desk.person("ann").post("/notice/new", **FORM, area="0 0\n1 0\n1 1", base="0")
    assert status == 400 and "0.00000 0.00000" not in page and "0 0\n1 0\n1 1" in page, "as it was typed"


@pytest.mark.parametrize("between", [" ", ", ", "，", ";", "\t"])
def test_corners_are_typed_as_people_write_them(between: str) -> None:
    assert read_corners(f"121.38{between}31.11\n121.39{between}31.11\n\n121.39{between}31.12\n")[2] == (121.39, 31.12)


def test_a_crossed_area_is_what_is_within_by_its_edges(desk: Desk) -> None:
    """A bow tie has two halves, and nothing falls over."""
    home = desk.channel.estates["mh0001"]
    assert home.lon is not None and home.lat is not None
    x, y = home.lon, home.lat
    tie = ((x - 0.01, y - 0.01), (x + 0.01, y + 0.01), (x + 0.01, y - 0.01), (x - 0.01, y + 0.01))
    assert isinstance(inside(tie, desk.channel.estates), frozenset)


def test_the_map_names_every_town_and_asks_nobody(desk: Desk) -> None:
    page = desk.person("ann").client.get("/desk/notice/new").text
    drawn = page[page.index("<svg") : page.index("</svg>")]
    assert drawn.count("<circle") == len(desk.channel.estates)
    assert all(town in drawn for town in desk.channel.estates.towns)
    assert "http" not in drawn and "style=" not in drawn and len(drawn) < 120_000
