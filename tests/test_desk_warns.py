"""A warning of the desk: looked at on the television, asked twice, on air at once where it is for, and ended."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from desk_help import NOW, WARNING, Desk, opened
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from broadcaster.desk.air import publish
from broadcaster.desk.blueprint import create_blueprint
from broadcaster.desk.forms import read_warned
from broadcaster.desk.people import Person
from broadcaster.desk.tables import AuditRow, open_database
from broadcaster.desk.texts import Texts
from broadcaster.station.desk_watch import DeskWatch
from channel.paint.addresses import ALERTS

pytestmark = pytest.mark.slow

HERE, THERE = "mh0001", "mh0400"
SENT = {**WARNING, "base": "0", "do": "send", "seen": "1", "reason": "消防来电，没有时间等人"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory, built=True) as made:
        yield made


@pytest.fixture
def desk(built: Desk) -> Iterator[Desk]:
    """The desk with no warning on air, also afterwards."""
    yield built
    built.clock.moment = NOW
    texts = Texts(open_database(built.channel.archive_url))
    for text in texts.all(("approved",)):
        assert texts.take_back(Person(name="ben", role="approver"), text.id, text.revision, NOW).state == "back"
    publish(texts, built.archive, built.channel, NOW)
    built.build()
    texts.engine.dispose()


def told(desk: Desk, estate: str) -> dict[str, str]:
    """What ``alert.json`` says to an estate."""
    desk.build()
    release = desk.store.current()
    assert release is not None
    answer: dict[str, str] = json.loads(release.alert(estate))
    return answer


def shown(desk: Desk, estate: str) -> str:
    """The headline of page 900, and who is named as its source."""
    release = desk.store.current()
    entry = release.said(ALERTS, estate) if release else None
    assert release is not None and entry is not None
    content = release.content(ALERTS, entry.content, items=False)
    return f"{getattr(content.body, 'headline', '')} {content.sources[0].publisher}"


def test_one_alone_sends_it_with_a_reason(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Two questions, a reason, and it fills the screens of that town and of no other; everybody at the desk sees it."""
    before = told(desk, THERE)
    ben = desk.person("ben")
    status, page = ben.post("/takeover/new", **WARNING, base="0", do="check")
    assert status == 200 and "马上发给 105 个小区" in page and 'name="reason"' in page
    for missing in ("reason", "seen"):
        assert ben.post("/takeover/new", **{**SENT, missing: ""})[0] == 400
    assert told(desk, HERE)["text"] != WARNING["title"], "nothing went out yet"
    with caplog.at_level(logging.WARNING):
        status, where = ben.post("/takeover/new", **SENT)
    assert status == 303 and "a warning of the desk" in caplog.text
    here = told(desk, HERE)
    assert (here["level"], here["text"], here["do"]) == ("takeover", WARNING["title"], "关上燃气总阀")
    assert here["mark"] == "燃气" and shown(desk, HERE) == f"{WARNING['title']} 闵行生活编辑部"
    assert told(desk, THERE) == before
    assert f"正在播出：{WARNING['title']}" in desk.person("eve").client.get("/desk/").text
    with open_database(desk.channel.archive_url).connect() as connection:
        deeds = [(row.who, row.did, row.what) for row in connection.execute(select(AuditRow.__table__))]
    assert ("ben", "sent alone") in [deed[:2] for deed in deeds] and SENT["reason"] in str(deeds)
    assert where.startswith("/desk/takeover/")


def test_an_update_is_another_warning_and_nothing_is_off_air_between(desk: Desk) -> None:
    ben = desk.person("ben")
    _, where = ben.post("/takeover/new", **SENT)
    ident, first = where.removeprefix("/desk"), told(desk, HERE)
    more = {**SENT, "text": "现场已封路。", "base": "1", "title": "燃气泄漏，现场封路"}
    assert ben.post(ident, **{**more, "do": "ask"})[0] == 400, "it would go off the air until somebody approves"
    assert ben.post(ident, **more)[0] == 303
    second = told(desk, HERE)
    assert second["text"] == "燃气泄漏，现场封路" and second["id"] != first["id"], "boxes show it anew"
    assert ben.post(ident, **{**more, "base": "1"})[0] == 409, "another tab is based on what stood before"
    assert ben.post(ident, base="2", do="back")[0] == 303
    assert told(desk, HERE)["text"] != more["title"]


def test_it_ends_by_itself(desk: Desk) -> None:
    desk.person("ben").post("/takeover/new", **SENT)
    assert told(desk, HERE)["level"] == "takeover"
    desk.clock.moment = NOW + timedelta(hours=6)
    assert told(desk, HERE)["text"] != WARNING["title"]
    assert "正在播出：" not in desk.person("eve").client.get("/desk/").text


def test_two_people_need_no_reason(desk: Desk) -> None:
    """An editor cannot send; who approves what another wrote is not alone."""
    ann, ben = desk.person("ann"), desk.person("ben")
    assert ann.post("/takeover/new", **WARNING, base="0", do="check")[0] == 400
    assert ann.post("/takeover/new", **SENT)[0] == 400
    _, where = ann.post("/takeover/new", **WARNING, base="0", do="ask")
    assert told(desk, HERE)["text"] != WARNING["title"]
    assert ann.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 400
    status, page = ben.post(where.removeprefix("/desk"), **WARNING, base="1", do="check")
    assert status == 200 and 'name="reason"' not in page
    assert ben.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 303
    assert told(desk, HERE)["text"] == WARNING["title"]


def test_a_drill_reaches_no_box_of_a_channel_without_drills(desk: Desk) -> None:
    ben = desk.person("ben")
    _, page = ben.post("/takeover/new", **WARNING, base="0", do="check", drill="1")
    assert "本频道不播演练" in page
    _, where = ben.post("/takeover/new", **SENT, drill="1")
    assert told(desk, HERE)["text"] != WARNING["title"]
    for page in (where, "/desk/"):
        assert 'class="loud"' not in ben.client.get(page).text, "what no box shows is not said to be on air"


def test_it_is_seen_on_the_television_before(desk: Desk) -> None:
    """Page 900 in three families while it is typed, and what was chosen, said back."""
    status, answer = desk.person("ann").post("/takeover/drafted", **WARNING)
    found = json.loads(answer)
    assert status == 200 and "105 个小区" in found["said"]
    assert [len(one["pictures"]) >= 1 and not one["findings"] for one in found["shown"]] == [True] * 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"title": ""}, "标题：现在 0 个字"), ({"event": "很长很长很长很长很长很长很长"}, "页眉两字：现在 14"),
     ({"steps": ""}, "怎么做：现在 0"), ({"steps": "\n".join("一二三四五六七八九十")}, "最多 9 行"),
     ({"severity": "Loud"}, "级别：Loud"), ({"ends": "2026-12-27T16:00"}, "3 天之内"), ({"towns": "别处"}, "没有")],
)  # fmt: skip
def test_what_cannot_go_on_air_is_said_and_no_word_is_lost(desk: Desk, changes: dict[str, str], said: str) -> None:
    for do in ("check", "ask", "send"):
        status, page = desk.person("ben").post("/takeover/new", **{**SENT, **changes, "do": do})
        assert status == 400 and said in page and WARNING["text"] in page


def test_hostile_words_stay_words(desk: Desk) -> None:
    evil = '"><script>x</script>{{7*7}}'
    ben = desk.person("ben")
    _, page = ben.post("/takeover/new", **{**WARNING, "title": evil, "steps": evil}, base="0", do="check")
    assert "<script>x" not in page and "{{7*7}}" in page


@pytest.mark.parametrize("name", ["", "water", "gas", "storm", "drill", "nope"])
def test_forms_begin_with_words_that_may_be_sent(desk: Desk, name: str) -> None:
    """Every template is sound as it stands, in the channel's language."""
    ben = desk.person("ben")
    page = ben.client.get(f"/desk/takeover/new?of={name}").text
    assert ("燃气泄漏" in page) == (name == "gas")


def test_everything_that_was_sent_at_once_is_on_air(desk: Desk) -> None:
    """Many send at the same moment: no older reading of the desk is written after a newer one."""
    towns = [town for town in desk.channel.estates.towns if town][:8]
    senders = [desk.person("ben") for _ in towns]
    given = [{**SENT, "towns": town, "title": f"燃气泄漏 {n}"} for n, town in enumerate(towns)]
    with ThreadPoolExecutor(len(towns)) as threads:
        sent = threads.map(lambda who, form: who.post("/takeover/new", **form)[0], senders, given)
        assert list(sent) == [303] * len(towns)
    said = desk.archive.latest("desk-alerts")
    assert said is not None and {getattr(r, "headline", "") for r in said.records} == {one["title"] for one in given}


def test_a_form_that_was_sent_twice_is_one_warning(desk: Desk) -> None:
    ben = desk.person("ben")
    assert ben.post("/takeover/new", **SENT)[1] == ben.post("/takeover/new", **SENT)[1]


@pytest.mark.parametrize("who", ["desk", "work"])
def test_what_was_killed_before_it_reached_the_builder_is_brought_there(desk: Desk, who: str) -> None:
    """Approved in the database and no more: the next desk that opens makes it good, or ``channel work`` by itself."""
    heal: Callable[[], object]
    if who == "work":
        heal = DeskWatch(desk.channel, desk.archive, desk.clock).tend
    else:
        heal = partial(create_blueprint, desk.channel, clock=desk.clock)
    texts = Texts(open_database(desk.channel.archive_url))
    words = read_warned(MultiDict(WARNING)).takeover(desk.channel.say)
    texts.send(Person(name="ben", role="approver"), None, 0, words, NOW, "allein")
    texts.engine.dispose()
    heal()
    assert told(desk, HERE)["text"] == WARNING["title"]


def test_sent_again_after_its_end_it_is_another_one(desk: Desk) -> None:
    """Boxes that have shown the first one show it again."""
    ben = desk.person("ben")
    _, where = ben.post("/takeover/new", **SENT)
    address, first = where.removeprefix("/desk"), told(desk, HERE)["id"]
    ben.post(address, base="1", do="back")
    assert told(desk, HERE)["id"] != first
    assert ben.post(address, **{**SENT, "base": "1"})[0] == 303
    again = told(desk, HERE)
    assert again["text"] == WARNING["title"] and again["id"] != first


def test_the_desk_says_what_is_on_air_and_not_what_should_be(desk: Desk) -> None:
    """By the release: on its way until it is there, still there until it is gone."""
    ben = desk.person("ben")
    _, where = ben.post("/takeover/new", **SENT)
    assert "正在送上播出" in ben.client.get(where).text
    desk.build()
    assert "正在送上播出" not in ben.client.get(where).text
    ben.post(where.removeprefix("/desk"), base="1", do="back")
    page = ben.client.get(where).text
    assert "还在播出" in page and "正在播出：" in page
    desk.build()
    assert "还在播出" not in ben.client.get(where).text and "正在播出：" not in ben.client.get("/desk/").text


def test_who_is_of_one_town_touches_no_other(desk: Desk) -> None:
    """Neither approves, ends, archives nor overwrites what is for another town, or for everybody."""
    ben, tom = desk.person("ben"), desk.person("tom")
    _, where = ben.post("/takeover/new", **SENT)
    address = where.removeprefix("/desk")
    for do in ("back", "archive"):
        assert tom.post(address, base="1", do=do)[0] == 400
    for do in ("check", "send", "ask"):
        assert tom.post(address, **{**SENT, "towns": "七宝镇", "base": "1", "do": do})[0] == 400
    assert told(desk, HERE)["text"] == WARNING["title"]
    _, where = desk.person("ann").post("/takeover/new", **{**WARNING, "towns": ""}, base="0", do="ask")
    assert tom.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 400
    assert tom.post("/takeover/new", **{**SENT, "towns": "七宝镇", "title": "七宝停气"})[0] == 303


def test_what_is_over_or_not_there_is_refused(desk: Desk) -> None:
    ben = desk.person("ben")
    over = {"begins": "2026-11-27T08:00", "ends": "2026-11-27T09:00"}
    assert ben.post("/takeover/new", **{**SENT, **over})[0] == 400
    assert ben.post("/takeover/new", **{**SENT, "do": "nonsense"})[0] == 400
    assert ben.client.get("/desk/takeover/99999999999999999999999").status_code == 404


def test_who_comes_second_sees_what_stands(desk: Desk) -> None:
    ben, root = desk.person("ben"), desk.person("root")
    _, where = ben.post("/takeover/new", **SENT)
    address = where.removeprefix("/desk")
    ben.post(address, **{**SENT, "base": "1", "text": "已经封路。"})
    status, page = root.post(address, **{**SENT, "base": "1", "text": "我写的。"})
    assert status == 409 and "已经封路" in page and "我写的。" in page


@pytest.mark.parametrize(("event", "shown"), [("燃气", "▲ 燃气"), ("燃气泄漏", "▲ 预警")])
def test_what_stands_in_every_header_is_said(desk: Desk, event: str, shown: str) -> None:
    """A word that is too long for the mark is not put there, and whoever writes it learns so."""
    _, answer = desk.person("ben").post("/takeover/drafted", **{**WARNING, "event": event})
    assert shown in json.loads(answer)["said"]


def test_while_publishing_is_held_every_page_says_so(desk: Desk) -> None:
    ann = desk.person("ann")
    desk.build()
    release = desk.store.current()
    assert release is not None
    desk.store.rollback(release.id)
    assert all('class="frozen"' in ann.client.get(f"/desk{page}").text for page in ("/", "/notice/new"))
    desk.store.resume()
    assert 'class="frozen"' not in ann.client.get("/desk/").text
