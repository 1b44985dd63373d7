"""A line for the ticker of the home page: for some towns, from when until when, leading to a page; a warning goes
before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_help import NOW, WARNING, Desk

from channel.views.content import Menu, Ticker

pytestmark = pytest.mark.slow

LINE = "周六上午莘庄公园义诊，欢迎参加"
FORM = {
    "title": LINE, "page": "115", "towns": "莘庄镇", "begins": "2026-11-27T10:00", "ends": "2026-11-28T12:00",
    "base": "0",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    made.build()
    yield made
    made.archive.close()


def ticker(desk: Desk, town: str) -> Ticker | None:
    """What stands at the bottom of page 100 for the first estate of a town."""
    desk.build()
    estate = next(one.id for one in desk.channel.estates.values() if one.town == town)
    release = desk.store.current()
    assert release is not None
    entry = release.said("100", estate)
    assert entry is not None
    body = release.content("100", entry.content, items=False).body
    assert isinstance(body, Menu)
    return body.ticker


def test_a_line_is_on_air_in_its_town_for_its_time(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    before = ticker(desk, "莘庄镇")
    assert before is not None and before.text != LINE
    shown = json.loads(ann.post("/ticker/drafted", **FORM)[1])["shown"]
    assert len(shown) == 3 and all(one["pictures"] and not one["findings"] for one in shown)
    address = ann.post("/ticker/new", **FORM, do="ask")[1].removeprefix("/desk")
    assert ticker(desk, "莘庄镇") == before, "nobody has approved it"
    assert ann.post(address, base="1", do="approve")[0] == 400
    assert ben.post(address, base="1", do="approve")[0] == 303
    mine = ticker(desk, "莘庄镇")
    assert mine is not None and (mine.text, mine.to) == (LINE, "115")
    assert ticker(desk, "七宝镇") == before
    desk.clock.moment = NOW + timedelta(hours=26)
    assert ticker(desk, "莘庄镇") != mine, "its time is over"
    desk.clock.moment = NOW
    assert ticker(desk, "莘庄镇") == mine
    ben.post("/takeover/send", **WARNING, seen="1", reason="急", base="0", do="send")
    assert LINE in ann.client.get("/desk/").text
    assert ann.post(address, base="1", do="back")[0] == 303
    assert ticker(desk, "莘庄镇") != mine


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"title": "字" * 61}, {"page": "999"}, {"towns": "没有镇"}, {"ends": "2026-11-27T09:00"}]
)
def test_what_cannot_be_said_there_is_refused(desk: Desk, wrong: dict[str, str]) -> None:
    status, page = desk.person("ann").post("/ticker/new", **FORM | wrong, do="ask")
    assert status == 400 and 'role="alert"' in page


def test_markup_stays_text(desk: Desk) -> None:
    ann = desk.person("ann")
    address = ann.post("/ticker/new", **FORM | {"title": "<script>alert(1)</script>"}, do="save")[1]
    assert "<script>alert" not in ann.client.get(address).text


@pytest.mark.parametrize("form", ["notice", "takeover", "correction", "guide", "proposal", "lineup"])
def test_a_number_under_another_kind_leads_to_its_form_at_once(desk: Desk, form: str) -> None:
    """An address that somebody keeps of a text whose kind is another leads there in one step."""
    ann = desk.person("ann")
    address = ann.post("/ticker/new", **FORM, do="ask")[1]
    answer = ann.client.get(f"/desk/{form}/{address.rpartition('/')[2]}")
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
