"""An editor writes how something is done: it stands on its page from-to, and what the source says is back after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from desk_help import NOW, Desk
from view_inputs import at

pytestmark = pytest.mark.slow

PAGE = "208"
FORM = {
    "page": PAGE, "title": "居民健康卡",
    "steps": "• 带齐证件：身份证和户口簿\n去窗口：社区事务受理中心三号窗口\n领卡：当场可取",
    "bring": "身份证\n户口簿", "cost": "免费", "begins": "2026-11-27T18:00", "ends": "2026-12-27T00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.archive.close()


def _said(desk: Desk, estate: str = "mh0001") -> tuple[Any, list[str]]:
    """What the page says to an estate, and whom its header names."""
    release = desk.store.current()
    assert release is not None
    entry = release.said(PAGE, estate)
    assert entry is not None
    content = release.content(PAGE, entry.content, items=False)
    return content.body, [line.publisher for line in content.sources]


def test_from_the_form_to_the_air_and_back(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    desk.build()
    before, publishers = _said(desk)
    status, told = ann.post("/guide/drafted", **FORM)
    assert status == 200 and told.count("data:image/png;base64,") >= 3
    _, where = ann.post("/guide/new", **FORM, base="0", do="ask")
    ident = where.rpartition("/")[2]
    assert ann.post(f"/guide/{ident}", base="1", do="approve")[0] == 400, "nobody approves their own words"
    assert ben.post(f"/guide/{ident}", base="1", do="approve")[0] == 303
    desk.build()
    assert _said(desk)[0] == before, "not before its time"
    desk.clock.moment = at("2026-11-27T18:00")
    desk.build()
    body, named = _said(desk)
    assert [step.head for step in body.steps] == ["带齐证件", "去窗口", "领卡"] and body.bring == ("身份证", "户口簿")
    assert body.phone == before.phone, "whom to call is still the nearest place that the page knows"
    assert named == ["闵行生活编辑部"] != publishers, "and the header says whose words these are"
    desk.clock.moment = at("2026-12-27T00:00")
    desk.build()
    assert [step.head for step in _said(desk)[0].steps] == [step.head for step in before.steps], "it ends by itself"
    desk.clock.moment = at("2026-11-28T10:00")
    assert desk.person("ann").post(f"/guide/{ident}", base="1", do="back")[0] == 303
    desk.build()
    assert [step.head for step in _said(desk)[0].steps] == [step.head for step in before.steps]
    desk.clock.moment = NOW


def test_its_own_telephone_is_called(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    form = {**FORM, "begins": "2026-11-27T10:00", "phone": "021-5550 0160", "phone_hours": "工作日 9:00-17:00"}
    _, where = ann.post("/guide/new", **form, base="0", do="ask")
    ident = where.rpartition("/")[2]
    ben.post(f"/guide/{ident}", base="1", do="approve")
    desk.build()
    assert (_said(desk)[0].phone, _said(desk)[0].phone_hours) == ("021-5550 0160", "工作日 9:00-17:00")
    ben.post(f"/guide/{ident}", base="1", do="back")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"steps": ""}, "guide"), ({"steps": "没有名字的一步"}, "guide"), ({"steps": "步：做\n" * 10}, "guide"),
     ({"page": "115"}, "page"), ({"bring": "\n".join("一二三四五六七八九")}, "bring"), ({"title": ""}, "title")],
)  # fmt: skip
def test_what_cannot_be_shown_is_said_and_no_word_is_lost(desk: Desk, changes: dict[str, str], field: str) -> None:
    ann = desk.person("ann")
    status, page = ann.post("/guide/new", **{**FORM, **changes}, base="0")
    assert status == 400 and 'class="trouble"' in page and ("免费" in page)


def test_every_version_stays(desk: Desk) -> None:
    ann = desk.person("ann")
    _, where = ann.post("/guide/new", **{**FORM, "title": "又一份"}, base="0")
    ident = where.rpartition("/")[2]
    assert ann.post(f"/guide/{ident}", **{**FORM, "cost": "十元"}, base="1", do="save")[0] == 303
    status, page = ann.post(f"/guide/{ident}", **FORM, base="1", do="save")
    assert status == 409 and 'name="base" value="2"' in page
    assert "十元" in ann.client.get(f"/desk/versions/{ident}?old=1&new=2").text
    assert ann.client.get(f"/desk/notice/{ident}").headers["Location"].endswith(f"/guide/{ident}")


def test_hostile_words_are_words(desk: Desk) -> None:
    ann = desk.person("ann")
    evil = '"><script>alert(1)</script>{{7*7}}'
    _, told = ann.post("/guide/drafted", **{**FORM, "steps": f"{evil[:20]}：{evil}"})
    assert "shown" in json.loads(told) or "trouble" in json.loads(told)
    _, where = ann.post("/guide/new", **{**FORM, "title": evil}, base="0")
    assert "<script>alert" not in ann.client.get(where).text
