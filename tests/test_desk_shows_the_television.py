"""The television at the desk: now, as it was, as it will be; boxes side by side; every page at once; a link to it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_help import NOW, PAGE, Desk, Person
from PIL import Image
from said_store import counts, house
from view_inputs import at

from broadcaster.desk.easel import Easel
from broadcaster.desk.edits import Edits
from broadcaster.desk.scene import Sight, read, sight_of
from broadcaster.desk.tables import open_database
from broadcaster.desk.texts import Texts
from broadcaster.preview.looks import Look, parse_look, segment_of
from broadcaster.preview.studio import Studio
from feeds.base.errors import BusyError

HERE, THERE = "mh0001", "mh0400"
FORM = {
    "title": "周末停水", "text": "周五晚上到周日停水。", "page": PAGE, "towns": "莘庄镇", "facts": "",
    "begins": "2026-11-27T18:00", "ends": "2026-11-30T00:00",
}  # fmt: skip
MEND = {
    "source": "pharmacies", "item": "y01", "reason": "换了号码", "field-phone": "021-5550 9999",
    "begins": "2026-11-27T18:00", "ends": "2026-11-27T20:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """On air since 08:00, and anew since 09:00 and 10:00; a notice and a correction begin at 18:00. Of 08:00 no release
    is kept."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    for hours in (2, 1):
        made.clock.moment = NOW - timedelta(hours=hours)
        made.build()
    for info in made.store.releases():
        if info.published < made.clock.moment:
            (made.store.folder / "releases" / info.id).unlink()
    made.clock.moment = NOW
    ann, ben = made.person("ann"), made.person("ben")
    for kind, form in (("notice", FORM), ("correction", MEND)):
        _, where = ann.post(f"/{kind}/new", **form, base="0", do="ask")
        assert ben.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 303
    made.build()
    yield made
    made.archive.close()


def see(person: Person, address: str) -> str:
    answer = person.client.get(f"/desk/{address}")
    assert answer.status_code == 200, answer.text
    return answer.text


def picture(person: Person, query: str) -> bytes:
    answer = person.client.get(f"/desk/television/picture.png?{query}")
    assert answer.status_code == 200, answer.text
    assert Image.open(io.BytesIO(answer.data)).size in ((1280, 720), (720, 576))
    return answer.data


def test_a_scheduled_text_is_seen_at_its_time_and_where_it_is_for(desk: Desk) -> None:
    eve = desk.person("eve")
    before = picture(eve, f"page={PAGE}&estate={HERE}&at=2026-11-27T17:45")
    begun = picture(eve, f"page={PAGE}&estate={HERE}&at=2026-11-27T18:00")
    assert before != begun
    elsewhere = (picture(eve, f"page={PAGE}&estate={THERE}&at=2026-11-27T{hour}:00") for hour in (17, 18))
    # Seen to the pixel: but for the minute of the header nothing is said there.
    assert _body(next(elsewhere)) == _body(next(elsewhere))


def _body(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB").crop((0, 120, *image.size)).tobytes()


def test_a_scheduled_correction_holds_from_its_beginning_to_its_end(desk: Desk) -> None:
    studio_of = desk.person("eve")
    phones = []
    for hour in (17, 18, 20):
        address = f"television/set/at/20261127T{hour}0000/web-hd/district/i/205.y01.html"
        phones.append("5550 9999" in see(studio_of, address))
    assert phones == [False, True, False]


def test_the_past_is_as_it_really_was(desk: Desk) -> None:
    """The release that was on air then, by the as-run record, and not what sources say now."""
    eve = desk.person("eve")
    releases = [release.id for release in desk.store.releases()]
    earlier = [info.id for info in desk.store.releases() if info.published < NOW][-1]
    page = see(eve, f"television?page={PAGE}&at=2026-11-27T09:30")
    assert earlier in page.partition('<section id="view"')[2]
    assert all(name in page for name in releases), "every release that is kept can be chosen"
    assert picture(eve, f"page={PAGE}&at=2026-11-27T09:30") == picture(eve, f"page={PAGE}&release={earlier}")


def test_what_no_release_is_kept_of_is_said_again_and_proved(desk: Desk) -> None:
    """From what sources had said by then, by the hashes of the as-run record; walked like any page."""
    eve = desk.person("eve")
    page = see(eve, f"television?page=201&estate={HERE}&at=2026-11-27T08:30")
    view = page.partition('<section id="view"')[2]
    assert "<figure" in view and "08:30 (Asia/Shanghai)" in view
    assert _studio(desk).aired.told("201", HERE, at("2026-11-27T08:30")).proved
    assert picture(eve, f"page=201&estate={HERE}&at=2026-11-27T08:30")
    look = "20261127T083000~~~then"
    assert "201" in see(eve, f"television/set/at/{look}/web-hd/{HERE}/201.html")
    assert eve.client.get(f"/desk/television/set/facts/{look}/web-hd/{HERE}/201").status_code == 200
    assert see(eve, f"television/sheet?estate={HERE}&at=2026-11-27T08:30")


def test_a_time_of_which_nothing_is_kept_says_so(desk: Desk) -> None:
    page = see(desk.person("eve"), f"television?page={PAGE}&at=2026-11-20T09:30")
    assert 'role="alert"' in page and "<figure" not in page
    assert "found" not in page.partition('role="alert">')[2].partition("<")[0], "in an editor's words"


def test_two_looks_stand_side_by_side(desk: Desk) -> None:
    """A picture beside the page of a browser; a draft beside what is on air."""
    eve = desk.person("eve")
    boxes = see(eve, f"television?page=201&estate={HERE}&beside=box&box=web-hd")
    assert boxes.count("<figure") == 2 and boxes.count("<iframe") == 1
    frame = html.unescape(re.findall(r'<iframe src="([^"]+)"', boxes)[0])
    answer = eve.client.get(frame)
    assert answer.status_code == 200 and "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    _, where = desk.person("ann").post("/notice/new", **{**FORM, "title": "还没批准"}, base="0")
    ident = where.rpartition("/")[2]
    draft = see(eve, f"television?text={ident}&beside=air")
    sources = [html.unescape(found) for found in re.findall(r'class="picture" src="([^"]+)"', draft)]
    drawn = eve.client.get(f"/desk/television/differing.svg?text={ident}&beside=air")
    assert drawn.status_code == 200 and "<rect" in drawn.text
    assert len(sources) == 2 and f"page={PAGE}" in sources[0]
    assert len({eve.client.get(source).data for source in sources}) == 2


@pytest.mark.parametrize(
    ("mark", "drawn"), [("safe", "dasharray"), ("focus", "<text"), ("text", "dasharray"), ("stale", "<svg")]
)
def test_what_is_drawn_over_the_picture_has_its_size(desk: Desk, mark: str, drawn: str) -> None:
    answer = desk.person("eve").client.get(f"/desk/television/marks.svg?page=201&estate={HERE}&marks={mark}")
    assert answer.status_code == 200 and answer.content_type == "image/svg+xml"
    assert 'viewBox="0 0 1280 720"' in answer.text and drawn in answer.text


def test_rows_of_a_source_that_is_out_of_date_are_marked(desk: Desk) -> None:
    """The example's records are three days old."""
    answer = desk.person("eve").client.get(f"/desk/television/marks.svg?page={PAGE}&estate={HERE}&marks=stale")
    assert answer.text.count("<rect") >= 2


def test_every_page_of_the_lineup_stands_on_the_sheet(desk: Desk) -> None:
    """Small, each with an address of its own that is asked for when it comes into sight."""
    sheet = see(desk.person("eve"), f"television/sheet?estate={HERE}&at=2026-11-27T20:00")
    pictures = re.findall(r'<img class="picture" loading="lazy" src="([^"]+)"', sheet)
    assert len(set(pictures)) == len(desk.channel.lineup.pages)
    assert all("at=2026-11-27T20:00" in found for found in pictures)


def test_what_begins_and_ends_soon_is_listed_with_its_look(desk: Desk) -> None:
    page = see(desk.person("eve"), "television")
    assert f"page={PAGE}&amp;at=2026-11-27T18:00" in page


def test_the_link_is_the_whole_look_and_asks_for_a_login(desk: Desk) -> None:
    query = f"page=201&estate={HERE}&profile=bitmap-sd&theme=day&at=2026-11-27T20:15&marks=safe&marks=text"
    first, second = (see(desk.person(name), f"television?{query}") for name in ("eve", "root"))
    view = re.compile(r'<section id="view".*?</section>', re.DOTALL)
    assert view.findall(first) == view.findall(second) and "2026-11-27T20:15" in first
    asked = desk.app.test_client().get(f"/desk/television?{query}")
    assert asked.status_code == 303 and asked.headers["Location"].endswith("/login")


def test_what_stands_on_the_television_asks_for_a_login(desk: Desk) -> None:
    """Every address of the preview, whoever asks: no token of its own opens it."""
    rules = [rule for rule in desk.app.url_map.iter_rules() if rule.endpoint.startswith("desk.preview.")]
    assert len(rules) >= 8
    for rule in rules:
        address = re.sub(r"<[^>]+>", "x", rule.rule)
        asked = desk.app.test_client().get(address, query_string={"token": "x" * 40})
        assert asked.status_code == 303 and asked.headers["Location"].endswith("/desk/login"), address
    assert desk.person("eve").client.get("/desk/television/set/").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["page=999", "profile=nope", "estate=nope", "theme=nope", "at=soon", "release=r999999-abcdef", "text=999999",
     "screen=77", "page=../../etc", "item=<script>", "text=x", "marks=<svg>", "at=2026-11-27T25:00", "box=%00"],
)  # fmt: skip
def test_nonsense_is_answered_in_words(desk: Desk, query: str) -> None:
    eve = desk.person("eve")
    for address in ("television", "television/picture.png", "television/marks.svg", "television/sheet"):
        answer = eve.client.get(f"/desk/{address}?{query}")
        assert answer.status_code in (200, 400, 404) and b"<script>" not in answer.data, address


def _studio(desk: Desk) -> Studio:
    texts = Texts(open_database(desk.channel.archive_url))
    return Studio(desk.channel, edited=Edits(desk.channel, texts, desk.archive, desk.clock))


def _sight(desk: Desk, studio: Studio, **query: str) -> Sight:
    scene = read({"estate": HERE, **query}, (), ["bitmap-hd"])
    return sight_of(scene, studio, None, desk.clock.now(), desk.channel.say)


@pytest.mark.slow
def test_pictures_come_from_the_painters_of_the_boxes(desk: Desk) -> None:
    """On air and not yet on air: where there are painters nothing is painted beside them, and the pixels are theirs."""
    looks = ({"page": "201"}, {"page": PAGE, "at": "2026-11-27T18:00"})
    studio = _studio(desk)
    here = [Easel(studio).picture(_sight(desk, studio, **look)) for look in looks]
    with house(desk.channel.state):
        assert [Easel(studio).picture(_sight(desk, studio, **look)) for look in looks] == here
        assert counts(desk.channel.state).painted == len(looks)


def test_more_than_may_wait_are_told_to_ask_again(desk: Desk) -> None:
    """Threads that answer boxes are never all taken by pictures."""
    studio = _studio(desk)
    with pytest.raises(BusyError):
        Easel(studio, waiting=0).picture(_sight(desk, studio, page="201"))


def test_a_moment_in_an_address_is_of_one_hour_alone() -> None:
    """The hour that comes twice is two in the address of a look."""
    first, second = at("2026-10-25T00:30"), at("2026-10-25T01:30")
    for moment in (first, second):
        assert parse_look(segment_of(Look(moment, "day", of="t12")), ["day"], []) == Look(moment, "day", of="t12")
