"""Texts are looked up, compared, brought back and begun anew; of two editors the second knows of the first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from desk_help import NOW, PAGE, WARNING, Desk, Person, opened
from sqlalchemy import insert

from broadcaster.desk.compare import Piece, pieces
from broadcaster.desk.lookup import AT_ONCE, Wanted, looked_up
from broadcaster.desk.notice import Notice
from broadcaster.desk.tables import RevisionRow, TextRow
from broadcaster.desk.words import encode, line, prose
from feeds.tables import to_micros

FORM = {
    "title": "周末停水", "text": "周五晚上停水。\n请提前接水。", "page": PAGE, "towns": "莘庄镇",
    "facts": "电话：021-5550 0112", "begins": "2026-11-27T18:00", "ends": "2026-11-30T00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory) as made:
        yield made


def plain(page: str) -> str:
    """What a page says, without its marks."""
    return unescape(re.sub(r"<[^>]*>", "", page))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("周五晚上停水", "周六晚上停水", ["=周", "-五", "+六", "=晚上停水"]),
        ("close the gas cock", "close the main cock", ["=close the ", "-gas", "+main", "= cock"]),
        ("一\n二\n三", "一\n三", ["=一\n", "-二\n", "=三"]),
        ("", "新", ["+新"]), ("旧", "", ["-旧"]), ("同", "同", ["=同"]), ("", "", []),
    ],
)  # fmt: skip
def test_words_that_differ_are_told(old: str, new: str, found: list[str]) -> None:
    """Letter by letter where a letter is a word, else word by word."""
    signs = {"same": "=", "gone": "-", "new": "+"}
    told = pieces(old, new)
    assert [f"{signs[piece.kind]}{piece.text}" for piece in told] == found
    assert "".join(p.text for p in told if p.kind != "new") == old
    assert "".join(p.text for p in told if p.kind != "gone") == new


def test_no_text_takes_long_to_compare() -> None:
    """Of one letter, of two in turns, without a line: as long as a text may be, and it would take minutes."""
    for old, new in (("a " * 3000, "a b " * 1500), ("字" * 6000, "字词" * 3000), ("水" * 5999, "雨" + "水" * 5999)):
        told = pieces(old, new)
        assert "".join(piece.text for piece in told if piece.kind != "gone") == new
    assert pieces("字" * 6000, "字" * 6000) == (Piece("字" * 6000),)


def test_any_two_versions_are_beside_each_other_and_each_comes_back(desk: Desk) -> None:
    """As a new revision, through the form, seen on the television before; its approval is gone with the words."""
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **FORM, base="0")
    address, ident = where.removeprefix("/desk"), where.rpartition("/")[2]
    ann.post(address, **{**FORM, "title": "周末停电", "towns": ""}, base="1", do="save")
    ann.post(address, **{**FORM, "text": "已经来电。", "facts": ""}, base="2", do="ask")
    ben.post(address, base="3", do="approve")
    page = ben.client.get(f"/desk/versions/{ident}?old=1&new=2").text
    assert re.search(r"周末停<del>.*?水.*?</del><ins>.*?电.*?</ins>", page)
    assert "莘庄镇" in plain(page)
    newest = plain(ben.client.get(f"/desk/versions/{ident}").text)
    assert "第 2 版到第 3 版" in newest or "version 2 to version 3" in newest
    for odd in ("?old=9&new=x", "?old=-1", "?new=99999999999"):
        assert ben.client.get(f"/desk/versions/{ident}{odd}").status_code == 200
    assert ben.client.get("/desk/versions/99999").status_code == 404
    form = ann.client.get(f"{where}?version=1").text
    assert 'value="周末停水"' in form and Person.hidden(form, "base") == "3" and "请提前接水" in form
    assert ann.client.get(f"{where}?version=44").status_code == 404
    assert ann.post(address, **FORM, base="3", do="save")[0] == 303
    text = desk.texts.get(int(ident))
    assert (text.revision, text.state, text.words.title) == (4, "draft", "周末停水")


def test_warnings_and_corrections_too(desk: Desk) -> None:
    ben = desk.person("ben")
    _, where = ben.post("/takeover/new", **WARNING, base="0", do="ask")
    ident = where.rpartition("/")[2]
    changed = {**WARNING, "steps": "走楼梯离开", "severity": "Severe"}
    ben.post(where.removeprefix("/desk"), **changed, base="1", do="ask")
    page = ben.client.get(f"/desk/versions/{ident}").text
    assert "不碰开关" in plain(page) and page.count("<del>") >= 2
    assert "不碰开关" in ben.client.get(f"{where}?version=1").text
    copied = ben.client.get(f"/desk/takeover/new?copy={ident}").text
    assert "走楼梯离开" in copied and 'value="2026-11-27T10:00"' in copied and Person.hidden(copied, "base") == "0"
    form = {
        "source": "pharmacies", "item": "y01", "reason": "换了号码", "field-phone": "021-1", "base": "0",
        "begins": "2026-11-27T10:00", "ends": "2026-12-27T10:00",
    }  # fmt: skip
    _, where = ben.post("/correction/new", **form)
    ident, address = where.rpartition("/")[2], where.removeprefix("/desk")
    ben.post(address, **{**form, "base": "1", "field-phone": "021-2"})
    assert re.search(r"021-<del>.*?1.*?</del>", ben.client.get(f"/desk/versions/{ident}").text)
    assert 'value="021-1"' in ben.client.get(f"{where}?version=1").text
    assert 'value="021-2"' in ben.client.get(f"/desk/correction/new?copy={ident}").text
    status, page = ben.post(address, **{**form, "base": "1", "field-phone": "021-3"})
    assert status == 409 and 'value="021-3"' in page and "021-" in page and "<ins>" in page
    assert ben.client.get(f"/desk/notice/new?copy={ident}").status_code == 404, "a correction is no notice"


def test_what_is_pasted_from_a_word_processor_comes_in_clean(desk: Desk) -> None:
    """Its bullets, breaks, tabs, spaces and hyphens become what every font has; words and paragraphs stay."""
    pasted = "通知：\r\n\r\n\r\n\r\n\uf0b7\t带身份证\r\n\uf0a7\u00a0带\u200b水\u00ad壶\v到 3\u2011号楼\u2028集合\uf04a"
    assert prose("text", pasted, 200) == "通知：\n\n• 带身份证\n• 带水壶\n到 3-号楼\n集合"
    assert line("title", "停水\v通知\uf0b7", 80) == "停水 通知"
    ann = desk.person("ann")
    _, where = ann.post("/notice/new", **{**FORM, "title": "粘贴", "text": pasted}, base="0")
    assert "• 带水壶\n到 3-号楼" in ann.client.get(where).text


def test_an_old_text_begins_a_new_one(desk: Desk) -> None:
    """Its words come along and how long it was; its times are of today, and nothing of its approval comes."""
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **{**FORM, "title": "老通知"}, base="0", do="ask")
    ident = where.rpartition("/")[2]
    ben.post(where.removeprefix("/desk"), base="1", do="approve")
    desk.clock.moment = NOW + timedelta(days=400)
    ann = desk.person("ann")
    form = ann.client.get(f"/desk/notice/new?copy={ident}").text
    assert 'value="老通知"' in form and "021-5550 0112" in form and 'value="莘庄镇" checked' in form
    assert 'value="2028-01-01T11:00"' in form and 'value="2028-01-03T17:00"' in form
    assert Person.hidden(form, "base") == "0" and 'data-kept="copy of' in form
    again = {**FORM, "title": "老通知", "begins": "2028-01-01T11:00", "ends": "2028-01-03T17:00"}
    _, made = ann.post(f"/notice/new?copy={ident}", **again, base="0", do="save")
    assert made != where and 'value="approve"' not in desk.person("ben").client.get(made).text
    desk.clock.moment = NOW


def test_of_two_who_change_a_text_the_second_sees_both(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **FORM, base="0")
    address = where.removeprefix("/desk")
    ben.post(address, **{**FORM, "title": "周日停水"}, base="1", do="save")
    status, page = ann.post(address, **{**FORM, "title": "周六停水", "text": "我的字。"}, base="1", do="save")
    beside = page[page.index('class="theirs two"') : page.index("<form id")]
    assert status == 409 and "ben" in beside
    assert re.search(r"周<del>.*?日.*?</del>停水.*周<ins>.*?六.*?</ins>停水", beside, re.DOTALL)
    assert 'value="周六停水"' in page and "我的字。" in page, "the form has every word"


def test_the_second_who_opens_a_text_sees_who_is_there(desk: Desk) -> None:
    """Also oneself in another tab; whoever leaves, or says nothing for a while, is gone."""
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **FORM, base="0")
    ident = where.rpartition("/")[2]

    def said(who: Person, tab: str, **more: str) -> str:
        status, answer = who.post(f"/present/{ident}", tab=tab, **more)
        assert status == 200
        return str(json.loads(answer)["said"])

    assert said(ann, "aaaaaaaa") == "" and said(ann, "aaaaaaaa") == ""
    assert "ann" in said(ben, "bbbbbbbb") and "ben" in said(ann, "aaaaaaaa")
    assert said(ben, "bbbbbbbb", leaves="1") and said(ann, "aaaaaaaa") == ""
    assert "ann" not in said(ann, "cccccccc") != ""
    desk.clock.moment = NOW + timedelta(seconds=41)
    assert said(ben, "bbbbbbbb") == ""
    desk.clock.moment = NOW
    assert said(ben, "<script>") and said(desk.person("eve"), "x" * 90)
    assert ben.post("/present/999999", tab="bbbbbbbb")[0] == 404


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Ten thousand texts of three years, written at once."""
    with opened(tmp_path_factory) as made:
        texts, revisions = [], []
        for number in range(1, 10_001):
            begins = NOW - timedelta(hours=2.6 * (10_000 - number)) + timedelta(hours=100)
            ends = begins + timedelta(days=2)
            words = Notice(title=f"通知 {number} ÄRGER", text="停水。", page=PAGE, begins=begins, ends=ends)
            texts.append({
                "id": number, "state": "approved" if number % 10 else "back", "revision": 1, "page": PAGE,
                "approved": 1 if number % 10 else None, "kind": "notice", "title": words.title.casefold(),
                "begins": to_micros(words.begins), "ends": to_micros(words.ends),
            })  # fmt: skip
            revisions.append({
                "text": number, "number": 1, "author": "ann", "at": to_micros(begins), "content": encode(words),
                "digest": words.digest,
            })  # fmt: skip
        with made.texts.engine.begin() as connection:
            connection.execute(insert(TextRow), texts)
            connection.execute(insert(RevisionRow), revisions)
        yield made


def test_texts_are_looked_up_by_title_page_kind_and_where_they_stand(many: Desk) -> None:
    engine = many.texts.engine

    def count_of(**wanted: str) -> int:
        return looked_up(engine, Wanted(**wanted), 1, NOW)[1]

    texts, count = looked_up(engine, Wanted(), 1, NOW)
    assert (len(texts), count, texts[0].id) == (AT_ONCE, 10_000, 10_000)
    assert [text.id for text in looked_up(engine, Wanted(), 200, NOW)[0]][-1] == 1
    assert looked_up(engine, Wanted(), 201, NOW)[0] == []
    assert count_of(title="4711 ärger") == 1, "in small letters or large"
    assert count_of(title="%") == count_of(title="_") == count_of(kind="takeover") == count_of(page="201") == 0
    stands = {stand: count_of(stand=stand) for stand in ("scheduled", "on air", "over", "back")}
    assert sum(stands.values()) == 10_000 and stands["back"] == 1000 and 30 < stands["scheduled"] < 40
    for text in looked_up(engine, Wanted(stand="on air"), 1, NOW)[0]:
        assert text.stand(NOW) == "on air"


def test_the_list_has_leaves_that_keep_what_was_asked(many: Desk) -> None:
    eve = many.person("eve")
    page = eve.client.get(f"/desk/texts?q=通知&page={PAGE}&stand=over").text
    assert page.count("<li>") == AT_ONCE and "stand=over" in page and "n=2" in page
    assert eve.client.get("/desk/texts?n=99999999").status_code == 200
    one = eve.client.get("/desk/texts?q=4711").text
    assert "通知 4711" in one and one.count("<li>") == 1
