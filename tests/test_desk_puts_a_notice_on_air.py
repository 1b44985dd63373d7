"""The main job, end to end, over HTTP: log in, write for one town, see it, ask, approve, on air, take back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from desk_help import NOW, PAGE, WARNING, Desk, Person, form_of, opened, propose
from picture_files import scene, written
from view_inputs import at

from broadcaster.desk.notice import Notice
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.room import IDENT
from broadcaster.desk.words import identified
from broadcaster.places import ASK
from channel.estates import Estate, Estates

pytestmark = pytest.mark.slow

HERE, THERE = "mh0001", "mh0400"
FORM = {
    "title": "周末停水", "text": "周五晚上到周日停水。\n请提前接水。", "page": PAGE, "towns": "莘庄镇",
    "facts": "电话：021-5550 0112", "begins": "2026-11-27T18:00", "ends": "2026-11-30T00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory) as made:
        yield made


def test_the_main_job(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    desk.build()
    before = desk.rows(THERE)
    status, shown = ann.post("/drafted", **FORM, estate=HERE)
    assert status == 200 and "1 个街镇" in json.loads(shown)["said"]
    assert shown.count("data:image/png;base64,") >= 3
    status, where = ann.post("/notice/new", **FORM, base="0", do="ask")
    assert status == 303
    ident = where.rpartition("/")[2]
    desk.build()
    assert f"desk{ident}" not in desk.items(), "before it is approved its address does not exist"
    assert ben.post(f"/notice/{ident}", base="1", do="approve")[0] == 303
    assert (desk.channel.state / ASK).exists(), "the builder is asked"
    desk.build()
    assert f"desk{ident}" not in desk.items(), "nor before its time"
    desk.clock.moment = at("2026-11-27T18:00")
    desk.build()
    assert f"desk{ident}" in desk.items() and "周末停水" in desk.rows(HERE)
    assert "周末停水" not in desk.rows(THERE) and desk.rows(THERE)[:3] == before[:3], "no other town names it"
    later = desk.person("ann")
    assert later.post(f"/notice/{ident}", base="1", do="back")[0] == 303
    desk.build()
    assert f"desk{ident}" not in desk.items()
    desk.clock.moment = NOW


def test_paragraphs_stay(desk: Desk) -> None:
    ann = desk.person("ann")
    _, where = ann.post("/notice/new", **FORM, base="0")
    assert "停水。\n请提前" in ann.client.get(where).text


def test_a_text_ends_by_itself(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **FORM, base="0", do="ask")
    ident = where.rpartition("/")[2]
    ben.post(f"/notice/{ident}", base="1", do="approve")
    desk.clock.moment = at("2026-11-29T12:00")
    desk.build()
    assert f"desk{ident}" in desk.items()
    desk.clock.moment = at("2026-11-30T00:00")
    desk.build()
    assert f"desk{ident}" not in desk.items()
    desk.clock.moment = NOW


def test_in_two_tabs_nothing_is_overwritten(desk: Desk) -> None:
    """The second tab keeps what was typed, shows what stands, and is based on that from then on."""
    ann = desk.person("ann")
    _, where = ann.post("/notice/new", **FORM, base="0")
    ident = where.rpartition("/")[2]
    assert ann.post(f"/notice/{ident}", **{**FORM, "title": "第一"}, base="1", do="save")[0] == 303
    status, page = ann.post(f"/notice/{ident}", **{**FORM, "title": "第二"}, base="1", do="save")
    assert status == 409 and 'value="第二"' in page and "<del>" in page and 'name="base" value="2"' in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"title": ""}, "标题：现在 0 个字"), ({"ends": "2026-11-27T17:00"}, "应晚于开始"), ({"page": "201"}, "201 页"),
     ({"towns": "x"}, "没有 x"), ({"begins": "soon"}, "soon 不是日期"), ({"text": "字" * 6001}, "现在 6001 个字"),
     ({"estates": "nope"}, "小区：本频道没有 nope")],
)  # fmt: skip
def test_what_cannot_go_on_air_is_said_and_no_word_is_lost(desk: Desk, changes: dict[str, str], said: str) -> None:
    ann = desk.person("ann")
    status, page = ann.post("/notice/new", **{**FORM, **changes}, base="0")
    assert status == 400 and said in page
    assert "请提前接水" in page or "text" in changes


def test_hostile_words_are_words_on_the_desk_and_on_the_screens(desk: Desk) -> None:
    ann = desk.person("ann")
    evil = '"><script>alert(1)</script>{{7*7}}\u202e'
    _, where = ann.post("/notice/new", **{**FORM, "title": evil, "text": evil}, base="0")
    page = ann.client.get(where).text
    assert "<script>alert" not in page and "{{7*7}}" in page and "\u202e" not in page


def test_only_forms_of_ones_own_login_are_taken(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    assert ann.client.post("/desk/notice/new", data={**FORM, "base": "0"}).status_code == 403
    assert ann.client.post("/desk/notice/new", data={**FORM, "base": "0", "form": ben.form}).status_code == 403


EVERYBODY = {"eve", "ann", "ben", "ola", "root"}
ALLOWED = {
    "desk.login": {"", *EVERYBODY}, "desk.static_file": {"", *EVERYBODY},
    "desk.home": EVERYBODY, "desk.new": EVERYBODY,
    "desk.notice": EVERYBODY, "desk.record": {"root"},
    "desk.records": EVERYBODY, "desk.correct": EVERYBODY,
    "desk.correction": EVERYBODY,
    "desk.new_guide": EVERYBODY, "desk.guide": EVERYBODY, "desk.picture": EVERYBODY,
    "desk.texts": EVERYBODY, "desk.versions": EVERYBODY,
    "desk.openid": set(), "desk.openid_back": set(),
    "desk.people": {"root"}, "desk.person": {"root"}, "desk.me": EVERYBODY,
    "desk.warn": EVERYBODY, "desk.takeover": EVERYBODY,
    "desk.ticker_new": EVERYBODY, "desk.ticker": EVERYBODY,
    "desk.lineups": EVERYBODY, "desk.lineup_new": EVERYBODY, "desk.lineup": EVERYBODY,
    "desk.sources": EVERYBODY, "desk.source": EVERYBODY, "desk.asked": EVERYBODY, "desk.add": {"ola", "root"},
    "desk.proposal": EVERYBODY,
    "desk.television": EVERYBODY, "desk.sheet": EVERYBODY, "desk.screen": EVERYBODY, "desk.marks": EVERYBODY,
    "desk.change": EVERYBODY, "desk.boxes": EVERYBODY, "desk.before": EVERYBODY, "desk.after": EVERYBODY,
}  # fmt: skip
"""Who may look at what; POST alone is what ``drafted``, ``warned``, ``added``, ``present`` and ``logout`` take."""


def test_every_address_asks_who_it_is(desk: Desk) -> None:
    """By role and route, made from the routes, so that none is forgotten."""
    ann = desk.person("ann")
    _, where = ann.post("/notice/new", **FORM, base="0")
    _, warning = ann.post("/takeover/new", **WARNING, base="0", do="ask")
    record = {"source": "pharmacies", "item": "y01"}
    mend = {**record, "reason": "换了号码", "field-phone": "1", "begins": FORM["begins"], "ends": FORM["ends"]}
    _, correction = ann.post("/correction/new", **mend, base="0")
    _, proposal = propose(desk.person("ola"))
    _, line = ann.post("/ticker/new", **FORM, base="0")
    shown = form_of(ann, "/lineup/new?page=111") | {"title": "区里的新闻"}
    _, change = ann.post("/lineup/new", **shown, do="save")  # type: ignore[arg-type]
    steps = {"page": "208", "steps": "去窗口：三号", "begins": FORM["begins"], "ends": FORM["ends"], "title": "健康卡"}
    _, guide = ann.post("/guide/new", **steps, base="0")
    made = {
        "desk.takeover": warning, "desk.correction": correction, "desk.proposal": proposal, "desk.ticker": line,
        "desk.lineup": change, "desk.guide": guide,
    }  # fmt: skip
    idents = {endpoint: address.rpartition("/")[2] for endpoint, address in made.items()}
    picture = ann.upload(written(scene()))
    ident = where.rpartition("/")[2]
    clients = {"": desk.app.test_client(), **{name: desk.person(name).client for name in EVERYBODY}}
    for rule in desk.app.url_map.iter_rules():
        # What stands on the television has addresses of its own kind: test_desk_shows_the_television.
        if not rule.endpoint.startswith("desk.") or rule.endpoint.startswith(("desk.preview.", "desk.differing")):
            continue
        address = rule.rule.replace(IDENT, idents.get(rule.endpoint, ident)).replace("<name>", "desk.css")
        address = address.replace("<source>", "pharmacies").replace("<key>", picture)
        for name, client in clients.items():
            if rule.methods and "GET" in rule.methods:
                looked_at = rule.rule.startswith(("/desk/television", "/desk/change"))
                query = {"page": PAGE} if looked_at else {**record, "name": "ann", "page": "111"}
                status = client.get(address, query_string=query).status_code
                assert (status == 200) == (name in ALLOWED[rule.endpoint]), (address, name, status)
            if rule.methods and "POST" in rule.methods and rule.endpoint != "desk.login":
                assert client.post(address, data=FORM).status_code in (401, 403), (address, name)


def test_a_viewer_cannot_write_by_any_form(desk: Desk) -> None:
    eve, ann = desk.person("eve"), desk.person("ann")
    page = eve.client.get("/desk/").text
    eve.form = Person.hidden(page, "form")
    _, where = ann.post("/notice/new", **FORM, base="0")
    ident = where.rpartition("/")[2]
    for do in ("save", "ask", "submit", "approve", "back", "archive"):
        assert eve.post(f"/notice/{ident}", **FORM, base="1", do=do)[0] == 400
    assert ann.post(f"/notice/{ident}", **FORM, base="1", do="approve")[0] == 400


def test_a_login_that_is_over_asks_again(desk: Desk) -> None:
    ann = desk.person("ann")
    desk.clock.moment = NOW + timedelta(hours=3)
    assert ann.client.get("/desk/").status_code == 303
    assert ann.post("/notice/new", **FORM, base="0")[0] == 401
    desk.clock.moment = NOW


def test_what_no_television_could_show_is_not_asked_for(desk: Desk) -> None:
    """Thirty-five screens are refused when it is asked for, not excused on the air."""
    ann = desk.person("ann")
    status, page = ann.post("/notice/new", **{**FORM, "text": "字" * 5990}, base="0", do="ask")
    assert status == 400 and "电视放不下" in page
    assert ann.post("/notice/new", **{**FORM, "facts": "电话：" + "1" * 300}, base="0")[0] == 400


def test_a_notice_of_another_town_is_not_ones_own(desk: Desk) -> None:
    ann, tom = desk.person("ann"), desk.person("tom")
    _, where = ann.post("/notice/new", **{**FORM, "title": "只给莘庄"}, base="0", do="ask")
    for do in ("back", "archive", "approve"):
        assert tom.post(where.removeprefix("/desk"), base="1", do=do)[0] == 400
    assert tom.post(where.removeprefix("/desk"), **{**FORM, "towns": "七宝镇"}, base="1", do="save")[0] == 400


def test_the_television_is_there_from_the_first_letter(desk: Desk) -> None:
    ann = desk.person("ann")
    for typed in ({}, {"title": "停"}):
        told = json.loads(ann.post("/drafted", **{**FORM, "title": "", "text": "", **typed})[1])
        assert told["said"] and len(told["shown"]) >= 3, typed
    assert ann.post("/notice/new", **{**FORM, "title": ""}, base="0", do="save")[0] == 400, "saved it needs its words"


def test_estates_are_called_by_their_names(desk: Desk) -> None:
    ann, estates = desk.person("ann"), desk.channel.estates
    names = f"{estates[HERE].name}\uff0c{THERE}"
    told = json.loads(ann.post("/drafted", **{**FORM, "towns": "", "estates": names})[1])
    assert estates[HERE].name in told["said"] and estates[THERE].name in told["said"]
    _, where = ann.post("/notice/new", **{**FORM, "towns": "", "estates": names}, base="0", do="save")
    assert desk.texts.get(int(where.rpartition("/")[2])).words.estates == (HERE, THERE)
    told = json.loads(ann.post("/drafted", **{**FORM, "estates": "no such place"})[1])
    assert "no" in told["trouble"]


def test_names_of_several_estates_are_asked_about() -> None:
    def estate(ident: str, name: str, town: str) -> Estate:
        return Estate(id=ident, name=name, town=town, lon=None, lat=None, area_code="")

    places = ("a", "Quay House", "East"), ("b", "Mill Lane", "East"), ("c", "Mill Lane", "West")
    estates = Estates([estate(*place) for place in places])
    notice = Notice(title="t", text="t", page="115", begins=NOW, ends=NOW, estates=("Quay House", "a c"))
    assert identified(notice, estates).estates == ("a", "c")
    with pytest.raises(Refusal, match="estates"):
        identified(msgspec.structs.replace(notice, estates=("Mill Lane",)), estates)
