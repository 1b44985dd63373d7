"""A correction: a record of a source says something else until a date, the page says so, and no gathering undoes it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from desk_help import NOW, Desk, Person, opened
from view_inputs import at, inputs, page

from channel import views
from channel.memory import Memory
from feeds.archive import Archive
from feeds.corrections import Correction, corrected, fields_of
from feeds.records import AnyRecord, Article, Place, Price
from feeds.source import Snapshot, records_digest

SOURCE = "pharmacies"
FORM = {"source": SOURCE, "reason": "换了号码", "begins": "2026-11-27T10:00", "ends": "2026-12-27T10:00", "base": "0"}


def said(*records: AnyRecord) -> Snapshot:
    return Snapshot(source="s", observed=NOW, checked=NOW, digest=records_digest(records), records=records)


def one(item: str, *, hide: bool = False, reason: str = "问过了", **fields: str) -> Correction:
    return Correction(
        text=1, revision=1, source="s", item=item, begins=NOW, ends=NOW + timedelta(days=1), fields=fields, hide=hide,
        reason=reason,
    )  # fmt: skip


SHOP = Place(id="p1", name="康宁药房", phone="021-1", address="春申路 1 号")


def test_fields_are_replaced_and_the_record_says_why() -> None:
    made = corrected(said(SHOP), [one("p1", phone="021-2")])
    assert made.records == (msgspec.structs.replace(SHOP, phone="021-2", facts=(("corrected", "问过了"),)),)
    assert made.digest != said(SHOP).digest, "pages are asked again"


def test_a_record_is_hidden() -> None:
    other = Place(id="p2", name="益丰药房")
    assert corrected(said(SHOP, other), [one("p1", hide=True)]).records == (other,)


@pytest.mark.parametrize("fields", [{"name": ""}, {"id": "p9"}, {"nope": "x"}, {"name": "字" * 9000}])
def test_what_a_record_cannot_say_leaves_it_as_it_is(fields: dict[str, str]) -> None:
    """Its kind may have changed since; nothing that does not fit ever reaches a page."""
    made = corrected(said(SHOP), [one("p1", **fields)])
    assert made.records[0].name == "康宁药房" and made.records[0].id == "p1"  # type: ignore[union-attr]


def test_a_number_is_corrected_and_may_be_unknown() -> None:
    pork = Price(id="p1", item="猪肉", market="莘庄", value=1580.0, unit="元/500克")
    assert fields_of(pork)["value"] == "1580.0" and fields_of(pork)["change"] == ""
    for typed, value in (("15.8", 15.8), ("", None)):
        (made,) = corrected(said(pork), [one("p1", value=typed)]).records
        assert made == msgspec.structs.replace(pork, value=value)
    for wrong in ("viel", "-1", "nan", "inf", "1e99"):
        assert corrected(said(pork), [one("p1", value=wrong)]).records == (pork,), wrong


def test_a_record_is_shown_first() -> None:
    """In its place stays what it says; a list of news and a table begin with it."""
    old, new = (Article(id=f"a{n}", title=f"{n}", published=NOW - timedelta(days=n)) for n in (9, 1))
    pinned = msgspec.structs.replace(one("a9"), pin=True)
    made = corrected(said(old, new), [pinned])
    assert made.records == (old, new) and made.pinned == ("a9",) and made.digest != said(old, new).digest
    own = page("latest", "111", title="新闻", layout="list", scope="district")
    asked = inputs(own, {"articles": (old, new)}, moment=NOW)
    for snapshots, order in ((asked.snapshots, ["1", "9"]), ({"articles": made}, ["9", "1"])):
        body = views.make(dataclasses.replace(asked, snapshots=snapshots, kept=Memory())).body
        assert [row.title for row in getattr(body, "rows", ())] == order
    assert corrected(said(new), [pinned]) == said(new), "it has gone"


def test_what_is_not_there_changes_nothing() -> None:
    assert corrected(said(SHOP), [one("p9", phone="x")]) == said(SHOP)
    assert "phone" in fields_of(SHOP) and "id" not in fields_of(SHOP)


def test_the_archive_applies_it_while_it_holds() -> None:
    """Also to what the source says next, also for a moment that has passed; its end leaves nothing behind."""
    archive = Archive.open("sqlite://")
    archive.save(said(SHOP))
    mend = one("p1", phone="021-2")
    assert archive.correct([mend], NOW) and not archive.correct([mend], NOW)
    assert archive.next_correction(NOW) == mend.ends

    def phone(moment: object, **more: bool) -> str:
        found = archive.latest("s", moment, **more)  # type: ignore[arg-type]
        assert found is not None
        return str(getattr(found.records[0], "phone", ""))

    assert phone(NOW) == "021-2" and phone(NOW, everything=True) == "021-1"
    archive.save(said(msgspec.structs.replace(SHOP, address="春申路 2 号")))
    assert phone(NOW + timedelta(hours=1)) == "021-2"
    assert phone(mend.ends) == "021-1"
    later = NOW + timedelta(hours=2)
    assert archive.correct([], later) and phone(later) == "021-1"
    assert phone(later - timedelta(seconds=1)) == "021-2", "what was on air can be asked again"
    assert archive.correct([mend], later + timedelta(hours=1)) and phone(later + timedelta(hours=1)) == "021-2"
    archive.close()


# --- at the desk ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory, built=True) as made:
        yield made


def looked_up(desk: Desk, who: Person, words: str) -> str:
    """The id of the first record that has these words."""
    page = who.client.get(f"/desk/records?source={SOURCE}&q={words}").text
    found = re.search(r"item=([a-z0-9]+)", page)
    assert found, page
    return found[1]


def test_a_telephone_number_is_corrected(desk: Desk) -> None:
    """Looked up, typed, seen, asked for, approved; on air with its reason; taken back."""
    ann, ben = desk.person("ann"), desk.person("ben")
    item = looked_up(desk, ann, "药房")
    page = ann.client.get(f"/desk/correction/new?source={SOURCE}&item={item}").text
    old = Person.hidden(page.replace('value=""', 'value="-"'), "field-phone")
    form = {**FORM, "item": item, "field-phone": "021-5550 9999"}
    shown = json.loads(ann.post("/correction/drafted", **form)[1])
    assert len(shown["shown"]) == 3 and all(one["pictures"] and not one["findings"] for one in shown["shown"])
    status, where = ann.post("/correction/new", **form, do="ask")
    assert status == 303
    address = where.removeprefix("/desk")
    assert ann.post(address, base="1", do="approve")[0] == 400
    assert ben.post(address, base="1", do="approve")[0] == 303
    desk.build()
    told = _item(desk, item)
    assert "021-5550 9999" in told and "编辑更正" in told and "换了号码" in told
    assert "换了号码" in ben.client.get("/desk/").text
    assert f"来源原文：{old}" in ben.client.get(where).text
    assert ann.post(address, base="1", do="back")[0] == 303
    desk.build()
    assert "021-5550 9999" not in _item(desk, item)


def test_one_that_fits_no_more_is_shown(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    item = looked_up(desk, ann, "药房")
    _, where = ann.post("/correction/new", **FORM, item=item, do="ask", **{"field-phone": "021-5550 8888"})
    ben.post(where.removeprefix("/desk"), base="1", do="approve")
    assert "不再适用" not in ben.client.get("/desk/").text
    now = desk.archive.latest(SOURCE, everything=True)
    assert now is not None
    mended = (msgspec.structs.replace(r, phone="021-5550 8888") if r.id == item else r for r in now.records)
    records, later = tuple(mended), at("2026-11-27T10:05")
    digest = records_digest(records)
    desk.archive.save(msgspec.structs.replace(now, records=records, digest=digest, checked=later, observed=later))
    assert "不再适用" in ben.client.get("/desk/").text
    ann.post(where.removeprefix("/desk"), base="1", do="back")


@pytest.mark.parametrize(
    ("changes", "said"),
    [({}, "和来源没有不同"), ({"field-phone": "1", "reason": ""}, "原因：现在 0"), ({"field-name": ""}, "不能这样写"),
     ({"field-phone": "1", "ends": "2026-11-26T10:00"}, "应晚于开始"), ({"field-phone": "x" * 2001}, "现在 2001 个字")],
)  # fmt: skip
def test_what_cannot_be_is_said_by_name(desk: Desk, changes: dict[str, str], said: str) -> None:
    ann = desk.person("ann")
    item = looked_up(desk, ann, "药房")
    status, page = ann.post("/correction/new", **{**FORM, "item": item, **changes}, do="ask")
    assert status == 400 and said in page


def test_nobody_rewrites_a_public_warning(desk: Desk) -> None:
    ann = desk.person("ann")
    assert "value=\"alerts\"" not in ann.client.get("/desk/records").text
    assert ann.client.get("/desk/correction/new?source=alerts&item=x").status_code == 404
    assert ann.post("/correction/new", **{**FORM, "source": "alerts"}, item="x")[0] == 404


def _item(desk: Desk, item: str) -> str:
    """All that the item's page says."""
    release = desk.store.current()
    assert release is not None
    page = next(number for number in release.pages if item in release.item_ids(number))
    return str(release.item(page, item))
