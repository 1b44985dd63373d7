"""The code on the set, read as a phone reads it: off the painted picture, sharp, small and blurred, by a reader that
knows nothing of who drew it."""

from __future__ import annotations

import dataclasses
import io

import lxml.html
import msgspec
import pytest
import zxingcpp
from PIL import Image, ImageFilter
from portal_help import Spoken, spoken

from channel.estates import DISTRICT
from channel.folder import Channel
from channel.heading import opened
from channel.paint.bitmap import Painter
from channel.paint.theme import load_theme
from channel.render import Renderer
from channel.screen import codes
from channel.screen.pieces import Code, Fill, Text
from channel.screen.screen import Screen
from channel.settings import Portal

pytestmark = pytest.mark.slow

PROFILES = ("bitmap-hd", "bitmap-hd-large", "bitmap-sd", "ipanel-sd")
THEMES = ("night", "day", "high-contrast")
URL = "https://tv.minhang.example"
SHEET = "h03"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    return spoken("minhang", tmp_path_factory.mktemp("state"))


def screens(said: Spoken, number: str, profile: str, item: str = "", estate: str = "") -> list[Screen]:
    return said.renderer.screens(number, estate or said.estate, profile, said.snapshots, said.moment, item)


def painted(said: Spoken, screen: Screen, profile: str, theme: str = "night") -> Image.Image:
    """The bitmap as a box decodes it."""
    painter = Painter(load_theme(theme), stretch=said.renderer._kit(profile).geometry.stretch)
    return Image.fromarray(painter.rgb(painter.canvas(screen)))


def read(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def codes_on(screen: Screen) -> list[Code]:
    return [piece for piece in screen.pieces if isinstance(piece, Code)]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("profile", PROFILES[:3])
def test_a_hospitals_page_is_read_off_the_screen(said: Spoken, profile: str, theme: str) -> None:
    """On every canvas and in every theme: as it is painted, at two thirds of its size and blurred, and as a phone has
    it that is held at an angle."""
    with_code = [screen for screen in screens(said, "201", profile, SHEET) if codes_on(screen)]
    assert len(with_code) == 1
    picture = painted(said, with_code[0], profile, theme)
    wanted = [f"{URL}/m/i/201.{SHEET}"]
    assert read(picture) == wanted
    small = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3), Image.Resampling.BILINEAR)
    assert read(small) == wanted
    assert read(picture.filter(ImageFilter.GaussianBlur(1.2))) == wanted
    assert read(picture.rotate(7, Image.Resampling.BICUBIC, expand=True)) == wanted


def test_a_list_leads_to_its_estate_and_an_item_to_nobodys(said: Spoken) -> None:
    """A page of the estate names it; one of the district, and an item, are everybody's."""
    lists = [code for screen in screens(said, "201", "bitmap-sd") for code in codes_on(screen)]
    assert {code.address for code in lists} == {f"{URL}/m/{said.estate}/201"}
    page = said.channel.lineup.page("201")
    assert opened(said.channel, page, said.content("201", DISTRICT), None) == f"{URL}/m/201"
    item = said.content("201").items[0]
    assert opened(said.channel, page, said.content("201"), item) == f"{URL}/m/i/201.{item.id}"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_code_is_large_enough_and_covers_nothing(said: Spoken, profile: str) -> None:
    """At least five pixels a module at HD, four at SD, four modules of quiet round it; no word, no other picture and no
    edge of the canvas in its box, and nothing cut for it: whoever has no room has no code."""
    shape = said.renderer._kit(profile).geometry
    seen = 0
    for number in ("111", "201", "208", "341"):
        for item in ("", *(one.id for one in said.content(number).items[:8])):
            for screen in screens(said, number, profile, item):
                assert [flaw for flaw in screen.flaws if flaw.fault] == []
                for code in codes_on(screen):
                    seen += 1
                    assert code.module >= (5 if shape.width == 1280 else 4)
                    assert code.w == codes.modules(code.address) * code.module
                    left, right = shape.frame["left"], shape.frame["left"] + shape.frame["width"]
                    assert code.x >= left and code.x + code.w <= right
                    assert code.y >= shape.frame["content"] and code.y + code.h < shape.frame["footer"]
                    over = [p for p in screen.pieces if isinstance(p, Text) and p.words and _touches(p, code)]
                    assert over == []
                    later = screen.pieces[screen.pieces.index(code) + 1 :]
                    assert not [p for p in later if isinstance(p, Fill) and _touches(p, code)]
    assert seen


@pytest.mark.parametrize("profile", PROFILES)
def test_every_guide_list_and_item_has_its_code(said: Spoken, profile: str) -> None:
    """Once where it stands below rows, on every screen where it stands beside them; and read it is that page's. A table
    is read and passed by: it has one where that costs no screen; so has prose, whose further screen would promise more
    to read."""
    kept, room = ("guide", "list", "nearest", "sheet"), ("article", "table", "status", "timetable")
    pages = [page for page in said.channel.lineup.pages.values() if page.layout in kept + room and page.qr]
    assert len(pages) > 50
    for page in pages:
        items = {type(item.body): item for item in said.content(page.number).items if item.layout != "index"}
        for item, layout in (("", page.layout), *((one.id, one.layout) for one in items.values())):
            there = [codes_on(screen) for screen in screens(said, page.number, profile, item)]
            found = [code.address for codes in there for code in codes]
            if layout in room and not found:
                continue
            assert len(set(found)) == 1, f"{page.number}.{item}"
            assert found[0].endswith(f"/m/i/{page.number}.{item}" if item else f"/{page.number}")
            assert len(found) in (1, len(there))


def test_an_item_has_it_beside_what_it_says_at_hd(said: Spoken) -> None:
    """On its one screen, whatever hours and notes it has; its words are whole there."""
    for number in ("201", "204", "262", "602"):
        for item in said.content(number).items:
            if item.layout == "sheet":
                (screen,) = screens(said, number, "bitmap-hd", item.id)
                assert codes_on(screen) and not screen.flaws, f"{number}.{item.id}"


@pytest.mark.parametrize("number", ["111", "113", "201", "208", "241", "382"])
def test_a_list_and_a_guide_show_it_at_once(said: Spoken, number: str) -> None:
    """On the first screen at HD, where a household sees as many rows as without it; all in their own columns."""
    first = screens(said, number, "bitmap-hd")[0]
    assert codes_on(first)
    bare = _with(said, url="", qr=True, number=number)
    without = screens(bare, number, "bitmap-hd")
    assert len(screens(said, number, "bitmap-hd")) == len(without)
    rows = [sum(not link.group for link in screen.links) for screen in (first, without[0])]
    assert rows[0] == rows[1] or number == "208"


def test_what_is_told_never_gives_way_to_a_code(said: Spoken) -> None:
    """A page whose one screen is full has its code on a screen after it, and the first is as it was."""
    item = next(one.id for one in said.content("201").items if one.id == "h05")
    first, *more = screens(said, "201", "bitmap-sd", item)
    (bare,) = screens(_with(said, url="", qr=True), "201", "bitmap-sd", item)
    texts = [[p.words for p in s.pieces if isinstance(p, Text) and p.y < 500] for s in (first, bare)]
    assert texts[0] == texts[1] and not codes_on(first)
    assert [len(codes_on(screen)) for screen in more] == [1]


def _touches(piece: Text | Fill, code: Code) -> bool:
    left, right = (piece.left, piece.left + piece.width) if isinstance(piece, Text) else (piece.x, piece.x + piece.w)
    return left < code.x + code.w and right > code.x and piece.y < code.y + code.h and piece.y + piece.h > code.y


def test_the_quiet_zone_is_empty() -> None:
    """Four modules on each side (ISO/IEC 18004, 9.1)."""
    rows = codes.matrix(f"{URL}/m/201")
    assert not rows[:4].any() and not rows[-4:].any() and not rows[:, :4].any() and not rows[:, -4:].any()
    assert rows[4, 4:11].all()


def test_how_wide_a_code_is_is_known_before_it_is_made() -> None:
    """Of every length that an address can have."""
    for size in range(12, 190):
        address = "https://x/m/".ljust(size, "a")
        assert codes.modules(address) == len(codes.matrix(address))
    assert codes.modules("") == codes.modules("a" * 500) == 0


def test_a_browsers_picture_is_the_same_code(said: Spoken) -> None:
    """The document names one picture of its own; it alone is what is read."""
    day = said.channel.say.day_of(said.moment)
    item = next(one for one in said.content("201").items if one.id == SHEET)
    rendered = said.renderer.item("201", "web-hd", item, day)
    (own,) = [asset for name, asset in rendered.assets.items() if not name.startswith("i")]
    assert read(Image.open(io.BytesIO(own.body))) == [f"{URL}/m/i/201.{SHEET}"]


def _with(said: Spoken, *, url: str, qr: bool, number: str = "201") -> Spoken:
    settings = msgspec.structs.replace(said.channel.settings, portal=Portal(url=url))
    page = msgspec.structs.replace(said.channel.lineup.page(number), qr=qr)
    lineup = dataclasses.replace(said.channel.lineup, pages={**said.channel.lineup.pages, number: page})
    channel: Channel = dataclasses.replace(said.channel, settings=settings, lineup=lineup)
    return said._replace(channel=channel, renderer=Renderer(channel))


@pytest.mark.parametrize(("url", "qr"), [("", True), (URL, False)])
def test_without_an_address_or_where_an_editor_wants_none_there_is_none(said: Spoken, url: str, qr: bool) -> None:
    """And the page is as wide as it was."""
    bare = _with(said, url=url, qr=qr)
    for item in ("", SHEET):
        for screen in screens(bare, "201", "bitmap-sd", item):
            assert codes_on(screen) == []


def test_the_set_leads_to_the_telephone_of_the_same_hospital(said: Spoken) -> None:
    """From the picture on the set to the page on the phone, to the number that it dials."""
    (screen,) = screens(said, "201", "bitmap-hd", SHEET)
    (address,) = read(painted(said, screen, "bitmap-hd"))
    unit = address.rpartition("/")[2]
    item = next(one for one in said.content("201").items if f"201.{one.id}" == unit)
    page = lxml.html.document_fromstring(said.item("201", "m", item)[0].body.decode())
    shown = {piece.words for piece in screen.pieces if isinstance(piece, Text)}
    (link,) = page.xpath("//a[starts-with(@href, 'tel:')]")
    assert link.text in shown and link.get("href") == "tel:" + link.text.replace("-", "").replace(" ", "")
    assert page.xpath("//h1")[0].text in shown
