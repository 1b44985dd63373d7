"""Page 100 holds a window of live television where the box shows its picture through the page: at least 40 % of the
canvas, the first focus on it, nothing over or under it, and every category still beside it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from channel.folder import Channel
from channel.heading import heading
from channel.paint.addresses import DocumentAddress
from channel.paint.bitmap import Painter
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.script import remote_scripts
from channel.paint.theme import load_theme
from channel.paint.window import opened
from channel.profiles import load_profiles
from channel.screen import legibility
from channel.screen.compose import compose
from channel.screen.focus import unreachable
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Fill, Hole, Text
from channel.screen.screen import Screen
from channel.screen.templates import layouts
from channel.views.content import Content, Menu, Ticker
from channel.words import Say
from tests import browser as chrome
from tests.conftest import EXAMPLE
from tests.samples import contents, picture

PROFILES = load_profiles()
BODY = contents.sample("menu")
NEWS = "沪闵路顾戴路口周六夜间施工请绕行春申路，公交七四七路临时改道"
"""The longest line that a ticker has."""


def home(window: str = "through", body: object = BODY) -> list[Screen]:
    """Page 100 with a window."""
    shape = load_geometry("hd")
    head = msgspec.structs.replace(picture.head("menu", "hd"), window=window)
    return compose(layouts().markup("menu", body, head, shape), shape, page="100", title="闵行生活")


def hole(screen: Screen) -> Hole:
    """The window."""
    return next(item for item in screen.pieces if isinstance(item, Hole))


def test_the_window_is_large_and_has_the_first_focus() -> None:
    """40 % of the canvas, as broadcasters are told, in the shape of a television picture; OK on it goes there."""
    screen = home()[0]
    window, first = hole(screen), screen.links[screen.first]
    assert window.w * window.h >= 0.4 * screen.width * screen.height
    assert window.w / window.h == pytest.approx(16 / 9, rel=0.01)
    assert (first.id, first.to) == ("live", "live")
    assert (first.x, first.y, first.w, first.h) == (window.x, window.y, window.w, window.h)
    assert not [t for t in screen.pieces if isinstance(t, Text) and _meet(t, window)]


def _meet(one: Text | Fill, other: Hole) -> bool:
    return (
        one.x < other.x + other.w and other.x < one.x + one.w and one.y < other.y + other.h and other.y < one.y + one.h
    )


@pytest.mark.parametrize("theme", ["night", "day", "high-contrast"])
def test_every_category_stands_beside_it(theme: str) -> None:
    """Weather, sixteen tiles and the ticker: on one screen, in reach of the arrows, legible and uncut."""
    assert isinstance(BODY, Menu) and BODY.weather
    body = msgspec.structs.replace(BODY, ticker=Ticker(label="播报", text=NEWS, to="111"))
    (screen,) = home(body=body)
    words = "".join(item.text for item in screen.pieces if isinstance(item, Text))
    assert all(tile.label in words and tile.number in words for tile in body.tiles)
    assert NEWS in words
    assert unreachable(screen.focus, screen.first) == []
    assert screen.flaws == []
    assert legibility.flaws(screen, load_geometry("hd"), (5, 5), load_theme(theme).colors) == []


def test_more_categories_go_on_to_a_second_screen() -> None:
    """Nothing is lost when there are more than have room; the window is there too."""
    assert isinstance(BODY, Menu)
    body = msgspec.structs.replace(BODY, tiles=(*BODY.tiles, *BODY.tiles[:5]))
    screens = home(body=body)
    assert len(screens) == 2 and all(hole(screen) for screen in screens)
    assert sum(link.kind == "cell" and not link.group for s in screens for link in s.links) == len(body.tiles)


@pytest.mark.parametrize(("profile", "window"), [("ipanel-hd", "through"), ("web-hd", ""), ("ipanel-hd-large", "")])
def test_a_profile_asks_for_it(profile: str, window: str) -> None:
    """Boxes with a picture under the page, and page 100 alone."""
    channel = Channel.open(EXAMPLE)
    found = PROFILES[profile]
    shape = load_geometry(found.metrics)

    def asked(number: str) -> str:
        page = channel.lineup.page(number)
        return heading(channel, page, Content(body=BODY), None, found, shape, None).window

    assert asked("100") == window
    assert asked("200") == ""


def test_what_lies_behind_a_window_is_cut_round_it() -> None:
    """No fill is left under the hole, none is lost beside it, and links keep their own items."""
    before = home()[0]
    after, window = opened(before), hole(before)
    assert not [i for i in after.pieces if isinstance(i, Fill) and _meet(i, window)]
    for old, new in zip(before.links, after.links, strict=True):
        kept = [i.text for i in after.pieces[new.start : new.end] if isinstance(i, Text)]
        assert kept == [i.text for i in before.pieces[old.start : old.end] if isinstance(i, Text)]

    def painted(screen: Screen) -> np.ndarray:
        canvas = np.zeros((screen.height, screen.width), bool)
        for item in screen.pieces:
            if isinstance(item, Fill):
                canvas[item.y : item.y + item.h, max(0, item.x) : item.x + item.w] = True
        return canvas

    clear = np.zeros((before.height, before.width), bool)
    clear[window.y : window.y + window.h, window.x : window.x + window.w] = True
    assert (painted(after) == (painted(before) & ~clear)).all()


def test_without_a_picture_the_place_is_dark_and_says_what_ok_does() -> None:
    """A browser or a bitmap shows no picture: an opaque place with a word, and the focus round it."""
    screen = home("placeholder")[0]
    assert not [item for item in screen.pieces if isinstance(item, Hole)]
    assert "按 OK 看电视" in [item.text for item in screen.pieces if isinstance(item, Text)]
    assert legibility.flaws(screen, load_geometry("hd"), (5, 5), load_theme("day").colors) == []
    painter = Painter(load_theme("night"))
    ring, x, y = painter.overlay(screen, screen.first)
    with Image.open(io.BytesIO(ring.body)) as shown:
        colors = np.asarray(shown.convert("RGB"))
    assert (x, y) == (0, 100)
    assert tuple(colors[2, 2]) == load_theme("night").rgb("focus")
    assert tuple(colors[40, 40]) == load_theme("night").rgb("bar")
    document, _ = HtmlPainter(load_theme("night"), PROFILES["web-hd"]).document(
        home("through")[0], DocumentFrame(spot=DocumentAddress("100"))
    )
    assert b"background:transparent" not in document.body, "a profile without a picture paints the hole"


@pytest.fixture(scope="module")
def tab() -> Iterator[chrome.Page]:
    """A browser whose ground is a colour that no theme has, as the picture behind a page would be."""
    with chrome.chromium("--allow-file-access-from-files") as running:
        page = running.open("about:blank", width=1280, height=720)
        page.before_load(
            "window.calls = []; window.media = {video: {"
            " setPosition: function (x, y, w, h) { calls.push([x, y, w, h].join(',')); },"
            " fullScreen: function () { calls.push('full'); }}}; window.iPanel = {focus: {}};"
        )
        yield page


@pytest.mark.slow
@pytest.mark.skipif(not chrome.CHROMIUM, reason="needs Chromium (make test installs it where it may)")
@pytest.mark.parametrize("theme", ["night", "day"])
def test_nothing_opaque_covers_it_in_a_browser(tab: chrome.Page, tmp_path: Path, theme: str) -> None:
    """The picture is seen in the whole window and nowhere else; the box is told where it stands, and OK fills the
    screen with it."""
    screen = home()[0]
    profile = PROFILES["ipanel-hd"]
    document, assets = HtmlPainter(load_theme(theme), profile).document(
        screen, DocumentFrame(spot=DocumentAddress("100"), script=True)
    )
    folder = tmp_path / "ipanel-hd" / "mh0001"
    folder.mkdir(parents=True)
    (tmp_path / "assets").mkdir()
    for name, asset in assets.items():
        (tmp_path / "assets" / name).write_bytes(asset.body)
    assert b'bgcolor="transparent"' in document.body
    for name, script in remote_scripts(profile, ["100"], Say()).items():
        (folder / name).write_bytes(script)
    (folder / "100.html").write_bytes(document.body)
    tab.call("Emulation.setDefaultBackgroundColorOverride", color={"r": 255, "g": 0, "b": 255, "a": 1})
    tab.goto((folder / "100.html").as_uri())
    tab.evaluate("document.onsystemevent && document.onsystemevent({which: 5974})")
    with Image.open(io.BytesIO(tab.screenshot(tmp_path / "page.png"))) as shot:
        seen = (np.asarray(shot.convert("RGB")) == (255, 0, 255)).all(axis=2)
    window, rim = hole(screen), 4
    left, right = max(0, window.x) + rim, window.x + window.w - rim
    inside = np.zeros_like(seen)
    inside[window.y + rim : window.y + window.h - rim, left:right] = True
    assert (seen == inside).all()
    assert tab.evaluate("calls.join(' ')") == f"{window.x},{window.y},{window.w},{window.h}"
    tab.call("Input.dispatchKeyEvent", type="char", text="\r", unmodifiedText="\r")
    tab.wait("calls[calls.length - 1] == 'full'")
