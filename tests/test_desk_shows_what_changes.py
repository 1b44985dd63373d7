"""Before it is published a text shows what it changes, and afterwards what became of it."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_help import NOW, PAGE, WARNING, Desk, Person
from PIL import Image, ImageDraw
from view_inputs import at

from broadcaster.desk.difference import MOST, differences
from broadcaster.painters.wire import HOST

pytestmark = pytest.mark.slow

FORM = {
    "title": "周末停水", "text": "周五晚上到周日停水。", "page": PAGE, "towns": "莘庄镇", "facts": "",
    "begins": "2026-11-27T18:00", "ends": "2026-11-30T00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    made.build()
    yield made
    made.archive.close()


def asked(desk: Desk, kind: str, form: dict[str, str]) -> str:
    """The number of a text that waits for approval."""
    status, where = desk.person("ann").post(f"/{kind}/new", **form, base="0", do="ask")
    assert status == 303, where
    return where.rpartition("/")[2]


def change(person: Person, ident: str) -> str:
    answer = person.client.get(f"/desk/change/{ident}?part=1")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_notice_shows_its_list_for_its_estates_and_its_own_page(desk: Desk) -> None:
    ident = asked(desk, "notice", FORM)
    shown = change(desk.person("ben"), ident)
    towns = [estate for estate in desk.channel.estates.values() if estate.town == "莘庄镇"]
    told = re.sub(r"<[^>]+>", "", shown)
    assert f"{PAGE} " in told and str(len(towns)) in told
    assert len(re.findall(r"after\.png", shown)) == 2, "the list, and the page of its own"
    assert "2026" not in told or "Asia/Shanghai" in told
    assert "Asia/Shanghai" in told, "the moment has its zone"


def test_before_and_after_differ_where_they_are_marked(desk: Desk) -> None:
    ident = asked(desk, "notice", {**FORM, "title": "标出来的不同"})
    eve = desk.person("eve")
    shown = change(eve, ident)
    before, after, boxes = (html.unescape(re.findall(rf'"([^"]*{name}[^"]*)"', shown)[0])
                            for name in ("before.png", "after.png", "boxes.svg"))  # fmt: skip
    pictures = [eve.client.get(address).data for address in (before, after)]
    assert pictures[0] != pictures[1]
    drawn = eve.client.get(boxes).text
    assert drawn.count("<rect") == len(differences(*pictures)) > 0
    assert eve.client.get(before).headers["Cache-Control"] == "no-store"


def test_a_warning_shows_its_page_and_the_mark_in_every_header(desk: Desk) -> None:
    shown = re.sub(r"<[^>]+>", "", change(desk.person("ben"), asked(desk, "takeover", WARNING)))
    assert "900" in shown and "105" in shown


def test_a_correction_shows_the_page_that_it_corrects(desk: Desk) -> None:
    mend = {
        "source": "pharmacies", "item": "y01", "reason": "换了号码", "field-phone": "021-5550 9999",
        "begins": "2026-11-27T10:00", "ends": "2026-11-28T10:00",
    }  # fmt: skip
    shown = change(desk.person("ben"), asked(desk, "correction", mend))
    assert "item=y01" in shown and "before.png" in shown and "after.png" in shown


def test_what_no_page_shows_changes_nothing(desk: Desk) -> None:
    """A drill, in a channel that shows none."""
    ident = asked(desk, "takeover", {**WARNING, "title": "演练", "drill": "1"})
    shown = change(desk.person("ben"), ident)
    assert "after.png" not in shown and "105" not in shown


def test_it_is_on_air_since_the_first_release_that_has_it(desk: Desk) -> None:
    """By the releases' own word: not since its approval, and not since its beginning."""
    form = {**FORM, "title": "已经播出", "begins": "2026-11-27T10:00"}
    ident = asked(desk, "notice", form)
    ben = desk.person("ben")
    ben.post(f"/notice/{ident}", base="1", do="approve")
    assert "10:20" not in change(ben, ident)
    desk.clock.moment = NOW + timedelta(minutes=20)
    desk.build()
    release = desk.store.current_id()
    desk.clock.moment = NOW + timedelta(minutes=40)
    desk.builder.build(desk.clock.now())
    told = change(ben, ident)
    assert release in told and "10:20 (Asia/Shanghai)" in told
    desk.clock.moment = NOW


def test_who_looked_is_told_from_ten_on(desk: Desk) -> None:
    form = {**FORM, "title": "有人在看", "begins": "2026-11-27T10:00"}
    ident = asked(desk, "notice", form)
    ben = desk.person("ben")
    ben.post(f"/notice/{ident}", base="1", do="approve")
    file = desk.channel.state / f"watched-{HOST}.json"
    file.write_text(json.dumps([["web-hd", "mh0001", PAGE, 6.0], ["bitmap-hd", "mh0001", PAGE, 3.0]]))
    few = change(ben, ident)
    assert "web-hd" not in few and not re.search(r">\s*[^<]*\b9\b", few)
    file.write_text(json.dumps([
        ["web-hd", "mh0001", PAGE, 31.0], ["bitmap-hd", "mh0001", PAGE, 4.0], ["web-hd", "mh0400", PAGE, 99.0],
        ["web-hd", "mh0001", "201", 50.0],
    ]))  # fmt: skip
    many = change(ben, ident)
    assert "35" in many and "web-hd · 31" in many and "bitmap-hd" not in re.sub(r'"[^"]*"', "", many)
    file.unlink()


def test_the_text_can_be_taken_back_from_there(desk: Desk) -> None:
    ident = asked(desk, "notice", {**FORM, "title": "撤回看看"})
    ann = desk.person("ann")
    page = ann.client.get(f"/desk/change/{ident}").text
    assert f'action="/desk/notice/{ident}"' in page and 'value="back"' in page
    assert ann.post(f"/notice/{ident}", base="1", do="back")[0] == 303


def test_hostile_words_are_words_there_too(desk: Desk) -> None:
    evil = '"><script>alert(1)</script><svg onload=x>'
    ident = asked(desk, "notice", {**FORM, "title": evil})
    eve = desk.person("eve")
    for address in (f"change/{ident}", f"change/{ident}?part=1", f"television?text={ident}", "television"):
        page = eve.client.get(f"/desk/{address}").text
        assert "<script>alert" not in page and "<svg onload" not in page, address


def test_a_text_whose_time_is_over_changes_nothing(desk: Desk) -> None:
    ident = asked(desk, "notice", {**FORM, "title": "过了的"})
    desk.clock.moment = at("2026-12-01T08:00")
    assert "after.png" not in change(desk.person("ben"), ident)
    desk.clock.moment = NOW


def _picture(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (640, 360)) -> bytes:
    image = Image.new("RGB", size, "#101822")
    for x, y, w, h in boxes:
        ImageDraw.Draw(image).rectangle((x, y, x + w - 1, y + h - 1), fill="#ebebe4")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_difference_is_a_rectangle_round_it() -> None:
    nothing = _picture()
    assert differences(nothing, nothing) == ()
    (box,) = differences(nothing, _picture((100, 100, 60, 20)))
    assert box.x <= 100 <= box.x + 8 and box.x + box.w >= 160 and box.h <= 32
    assert len(differences(nothing, _picture((20, 20, 40, 20), (400, 300, 40, 20)))) == 2


def test_many_differences_are_one_and_another_size_is_the_whole() -> None:
    scattered = [(x, y, 4, 4) for x in range(10, 630, 80) for y in range(10, 350, 60)]
    assert len(scattered) > MOST and len(differences(_picture(), _picture(*scattered))) == 1
    assert differences(_picture(), _picture(size=(320, 180))) == ((0, 0, 320, 180),)
