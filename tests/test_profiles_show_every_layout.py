"""Every family of boxes shows every layout: inside its canvas, its budgets and its charset, without a fault."""

from __future__ import annotations

import struct

import pytest

from channel.paint.addresses import DocumentAddress
from channel.paint.bitmap import Painter
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.theme import load_theme
from channel.profiles import Profile, load_profiles
from channel.screen import legibility
from channel.screen.geometry import load_geometry
from channel.screen.screen import Screen
from tests.samples import contents, picture

pytestmark = pytest.mark.slow

PROFILES = load_profiles()
HTML = {name: p for name, p in PROFILES.items() if p.kind == "html"}
BITMAP = {name: p for name, p in PROFILES.items() if p.kind == "bitmap"}


def sound(screen: Screen, profile: Profile) -> None:
    """The screen has no flaw, and nothing of it stands outside the profile's canvas."""
    geometry = load_geometry(profile.metrics)
    theme = load_theme(screen.theme or "night")
    assert screen.flaws == []
    assert legibility.flaws(screen, geometry, profile.safe_area, theme.colors) == []
    width, height = round(geometry.width * geometry.stretch), geometry.height
    assert (width, height) == profile.canvas
    for item in screen.pieces:
        assert item.x >= 0 and item.x + item.w <= geometry.width, item
        assert item.y >= 0 and item.y + item.h <= geometry.height, item


@pytest.mark.parametrize("layout", contents.layouts())
@pytest.mark.parametrize("profile", HTML.values(), ids=list(HTML))
def test_a_page_fits_a_box_with_a_browser(profile: Profile, layout: str) -> None:
    """Body bytes, decoded pictures and characters are what the box takes."""
    clocked = profile.script != "none"
    for screen in picture.sample(layout, profile.metrics, clock=clocked):
        sound(screen, profile)
        painter = HtmlPainter(load_theme(screen.theme or "night"), profile)
        spot = DocumentAddress(screen.page, screen=screen.number)
        document, assets = painter.document(screen, DocumentFrame(spot=spot, back="100.html"))
        text = document.body.decode(profile.charset)
        assert len(document.body) <= min(profile.budgets.html_bytes, 24_576)
        assert profile.charset in text[:400].lower() or profile.media != "text/html"
        assert "附" in text or "公" in text or screen.title[0] in text
        decoded = sum(w * h * 4 for w, h in (size(a.body) for a in assets.values()))
        assert decoded <= profile.budgets.decoded_bytes


@pytest.mark.parametrize("layout", contents.layouts())
@pytest.mark.parametrize("profile", BITMAP.values(), ids=list(BITMAP))
def test_a_picture_has_the_size_that_a_box_stores(profile: Profile, layout: str) -> None:
    """The picture is the canvas to the pixel, and the focus ring lies inside it."""
    for screen in picture.sample(layout, profile.metrics):
        sound(screen, profile)
        painter = Painter(load_theme(screen.theme or "night"), stretch=load_geometry(profile.metrics).stretch)
        assert size(painter.picture(screen).body) == profile.canvas
        for index in range(len(screen.links)):
            ring, x, y = painter.overlay(screen, index)
            w, h = size(ring.body)
            assert x >= 0 and y >= 0 and x + w <= profile.canvas[0] and y + h <= profile.canvas[1]


def test_words_of_a_picture_stand_where_the_screen_has_them() -> None:
    """On 720 stored pixels a word is narrower and stands as far right as its box does."""
    screen = picture.sample("nearest", "sd")[0]
    canvas = Painter(load_theme("night"), stretch=0.9375).canvas(screen)
    icon = next(i for i in screen.pieces if type(i).__name__ == "Icon" and i.name == "square")
    left, right = round(icon.x * 0.9375), round((icon.x + icon.w) * 0.9375)
    row = canvas[icon.y + icon.h // 2]
    assert len(set(row[left + 1 : right - 1])) == 1
    assert row[left + 2] != row[left - 3] and row[right - 3] != row[right + 2]


def size(png: bytes) -> tuple[int, int]:
    """Width and height from a PNG's header."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height
