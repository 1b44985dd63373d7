"""At the desk a stop or a line of a timetable is looked up by its name, hidden or annotated until a date with a reason,
approved by somebody else, and on air; one that the feed no longer has is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import msgspec
import pytest
from desk_help import Desk, Person, opened
from small_gtfs import timetable_of

from channel.views.content import Board, Item
from channel.views.content import Timetable as Hours
from feeds.amendments import MOST_NOTE, amending

pytestmark = pytest.mark.slow

SOURCE = "buses"
FORM = {"source": SOURCE, "reason": "道路施工", "begins": "2026-11-27T10:00", "ends": "2026-12-27T10:00", "base": "0"}
NOTE = "临时停靠路口东侧"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory, built=True) as made:
        yield made


@pytest.fixture
def its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk for one test, which takes the timetable away from it."""
    with opened(tmp_path_factory, built=True) as made:
        yield made


def looked_up(who: Person, words: str, kind: str) -> tuple[str, str]:
    """The id and the name of the first line or stop that has these words."""
    page = who.client.get(f"/desk/records?source={SOURCE}&q={quote(words)}").text
    found = re.search(rf'item=([a-z0-9]+)"><b>([^<]*)</b><small>{kind} ·', page)
    assert found, words
    return found[1], found[2]


def board(desk: Desk, estate: str) -> Board:
    desk.build()
    release = desk.store.current()
    entry = release and release.said("401", estate)
    assert release is not None and entry is not None
    body = release.content("401", entry.content, items=False).body
    assert isinstance(body, Board)
    return body


def hours(desk: Desk, stop: str) -> list[Hours]:
    """The pages of the stops of a name."""
    release = desk.store.current()
    assert release is not None
    items = (release.item("401", ident) for ident in release.item_ids("401"))
    bodies = [item.body for item in items if isinstance(item, Item) and item.title == stop]
    return [body for body in bodies if isinstance(body, Hours)]


def approved(desk: Desk, item: str, **fields: str) -> str:
    """Where the text is, after one has written it and another has approved it."""
    status, where = desk.person("ann").post("/correction/new", **FORM, item=item, do="ask", **fields)
    assert status == 303, where
    address = where.removeprefix("/desk")
    assert desk.person("ann").post(address, base="1", do="approve")[0] == 400, "nobody approves their own words"
    assert desk.person("ben").post(address, base="1", do="approve")[0] == 303
    return address


def test_a_stop_is_annotated_then_hidden(desk: Desk) -> None:
    """Looked up by its name, seen on the board of an estate near it, approved; on air with its reason; taken back."""
    ann, ben = desk.person("ann"), desk.person("ben")
    estate = next(iter(desk.channel.estates))
    name = board(desk, estate).stops[0].name
    item, found = looked_up(ann, name, "站点")
    assert found == name and item == amending(stop=name).id
    form = ann.client.get(f"/desk/correction/new?source={SOURCE}&item={item}").text
    assert f"<h1>{name}" in form and f'maxlength="{MOST_NOTE}"' in form and 'name="pin"' not in form
    drafted = {**FORM, "item": item, "field-note": NOTE}
    shown = json.loads(ann.post("/correction/drafted", **drafted)[1])["shown"]
    assert len(shown) == 3 and all(one["pictures"] and not one["findings"] for one in shown)
    address = approved(desk, item, **{"field-note": NOTE})
    assert board(desk, estate).stops[0].note == NOTE
    assert all(page.notes == (f"{NOTE}（编辑更正：道路施工）",) for page in hours(desk, name))
    assert NOTE in ben.client.get(f"/desk{address}").text

    status, _ = ann.post(address, **{**FORM, "item": item, "base": "1"}, hide="1", do="ask")
    assert status == 303 and ben.post(address, base="2", do="approve")[0] == 303
    assert name not in {stop.name for stop in board(desk, estate).stops}
    assert hours(desk, name) == []
    assert ann.post(address, base="2", do="back")[0] == 303
    first = board(desk, estate).stops[0]
    assert (first.name, first.note) == (name, "") and hours(desk, name)


def test_a_line_is_hidden(desk: Desk) -> None:
    estate = next(iter(desk.channel.estates))
    line = board(desk, estate).stops[0].rows[0].line
    item, found = looked_up(desk.person("ann"), line, "线路")
    assert found == line
    address = approved(desk, item, hide="1")
    assert line not in {row.line for stop in board(desk, estate).stops for row in stop.rows}
    desk.person("ann").post(address, base="1", do="back")
    assert line in {row.line for stop in board(desk, estate).stops for row in stop.rows}


def test_versions_tell_what_it_is_of(desk: Desk) -> None:
    """A copy begins a new text with the same words."""
    ann = desk.person("ann")
    item, name = looked_up(ann, "地铁", "站点")
    _, where = ann.post("/correction/new", **FORM, item=item, do="save", **{"field-note": NOTE})
    number = where.rpartition("/")[2]
    ann.post(where.removeprefix("/desk"), **{**FORM, "base": "1"}, item=item, do="save", **{"field-note": "改在西侧"})
    page = ann.client.get(f"/desk/versions/{number}?old=1&new=2").text
    assert name in page and "改在西侧" not in page.partition("<main")[0]
    copied = ann.client.get(f"/desk/correction/new?copy={number}").text
    assert 'value="改在西侧"' in copied and name in copied


@pytest.mark.parametrize(
    ("changes", "said"),
    [({}, "和来源没有不同"), ({"pin": "1"}, "和来源没有不同"), ({"field-note": "字" * 121}, "现在 121 个字"),
     ({"field-note": NOTE, "reason": ""}, "原因：现在 0"), ({"hide": "1", "ends": "2026-11-26T10:00"}, "应晚于开始")],
)  # fmt: skip
def test_what_cannot_be_is_said_by_name(desk: Desk, changes: dict[str, str], said: str) -> None:
    ann = desk.person("ann")
    item, _ = looked_up(ann, "地铁", "站点")
    status, page = ann.post("/correction/new", **{**FORM, "item": item, **changes}, do="ask")
    assert status == 400 and said in page


def test_whoever_writes_for_some_towns_does_not_amend_it(desk: Desk) -> None:
    """A line passes through all of them. Nor does somebody else's amendment end by their hand."""
    ann, tom = desk.person("ann"), desk.person("tom")
    item, _ = looked_up(ann, "", "线路")
    status, page = tom.post("/correction/new", **FORM, item=item, hide="1", do="ask")
    assert status == 400 and "七宝镇" in page
    _, where = ann.post("/correction/new", **FORM, item=item, hide="1", do="ask")
    assert tom.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 400


@pytest.mark.parametrize("item", ["0123456789abcdef", "stop", "../x", "<b>", amending(stop="没有的站").id])
def test_what_the_timetable_does_not_have_is_not_there(desk: Desk, item: str) -> None:
    ann = desk.person("ann")
    assert ann.client.get(f"/desk/correction/new?source={SOURCE}&item={quote(item)}").status_code == 404
    assert ann.post("/correction/new", **FORM, item=item, hide="1", do="ask")[0] == 404


def test_one_that_fits_no_more_is_shown(its_own: Desk) -> None:
    """The next timetable has neither the stop nor the line: nothing breaks, and the first page says so."""
    ann, ben = its_own.person("ann"), its_own.person("ben")
    for words, kind in (("地铁", "站点"), ("路", "线路")):
        item, _ = looked_up(ann, words, kind)
        approved(its_own, item, **{"field-note": NOTE})
    assert "不再适用" not in ben.client.get("/desk/").text
    now, datasets = its_own.archive.latest(SOURCE, everything=True), its_own.archive.datasets
    assert now is not None and datasets is not None
    stops = [("x1", "别的站", 31.1, 121.4), ("x2", "终点", 31.2, 121.5)]
    calls = [("t", "x1", 0, "08:00:00"), ("t", "x2", 1, "09:00:00")]
    other = timetable_of(stops, [("1", "别的线")], [("1", "t")], calls)
    name = datasets.save(SOURCE, other)
    later = msgspec.structs.replace(now, dataset=name, digest="another", records=())
    its_own.archive.save(later)
    assert ben.client.get("/desk/").text.count("不再适用") == 2
    estate = next(iter(its_own.channel.estates))
    assert {stop.note for stop in board(its_own, estate).stops} <= {""}
