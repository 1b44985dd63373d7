"""One layout, two painters: Chromium draws the HTML where the bitmap has it, and a wider font still fits."""

from __future__ import annotations

import io
import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from channel.paint.addresses import DocumentAddress
from channel.paint.bitmap import Painter
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.theme import load_theme
from channel.profiles import load_profiles
from channel.screen.fonts import font_path, settings
from channel.screen.pieces import Text
from channel.screen.screen import Screen
from tests import browser as chrome
from tests.samples import contents
from tests.screens import compose_sample

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not chrome.CHROMIUM, reason="needs Chromium (make test installs it where it may)"),
]
_LINKS = """JSON.stringify(Array.prototype.map.call(document.querySelectorAll('a'), function (e) {
  var box = e.getBoundingClientRect(); return [e.id, box.left, box.top, box.width, box.height];
}))"""


@pytest.fixture(scope="module")
def tab() -> Iterator[chrome.Page]:
    """A browser with the project's font."""
    with chrome.chromium("--allow-file-access-from-files") as running:
        yield running.open("about:blank")


def face(extra: str = "") -> str:
    """A style sheet that gives the browser the font that the bitmap is painted with."""
    url = "file://" + urllib.parse.quote(str(font_path()))
    return (
        f'<style>@font-face{{font-family:"{settings().family.name}";src:url({url});font-weight:100 900}}{extra}</style>'
    )


def show(tab: chrome.Page, screen: Screen, folder: Path, extra: str = "") -> None:
    """Open the screen's HTML, as the origin would serve it, from a folder."""
    theme = load_theme(screen.theme or "night")
    document, assets = HtmlPainter(theme, load_profiles(["web-hd"])["web-hd"]).document(
        screen, DocumentFrame(spot=DocumentAddress("201"), back="100.html")
    )
    (folder / "web-hd" / "mh0001").mkdir(parents=True, exist_ok=True)
    (folder / "assets").mkdir(exist_ok=True)
    for name, asset in assets.items():
        (folder / "assets" / name).write_bytes(asset.body)
    path = folder / "web-hd" / "mh0001" / "201.html"
    path.write_text(document.body.decode().replace("</head>", face(extra) + "</head>", 1), encoding="utf-8")
    tab.goto(path.as_uri())
    tab.evaluate("document.fonts.ready.then(function () { return document.fonts.size; })")


@pytest.mark.parametrize("layout", contents.layouts())
def test_text_and_links_stand_alike(tab: chrome.Page, tmp_path: Path, layout: str) -> None:
    """Left, top and height of every line and link within 2 px, widths within 2 % (Han) or 8 %, likeness 0.97."""
    screen = compose_sample(layout, seed=1)[0]
    show(tab, screen, tmp_path)
    lines = [item for item in screen.pieces if isinstance(item, Text) and not item.role]
    drawn = json.loads(tab.evaluate(chrome.TEXTS))
    assert [line.text for line in lines] == [text for text, *_ in drawn]
    for line, (_, left, width, top, height) in zip(lines, drawn, strict=True):
        assert abs(line.left - left) <= 2, line
        assert abs(line.y - top) <= 2 and abs(line.h - height) <= 2, line
        share = 0.02 if all(ord(c) > 0x2E7F for c in line.text) else 0.08
        assert abs(line.width - width) <= max(1, share * line.width), line
    boxes = {ident: rest for ident, *rest in json.loads(tab.evaluate(_LINKS))}
    for link in screen.links:
        assert boxes[link.id] == pytest.approx([link.x, link.y, link.w, link.h], abs=2)
    assert likeness(tab.screenshot(tmp_path / "page.png"), screen) >= 0.97


def likeness(shot: bytes, screen: Screen) -> float:
    """Structural similarity of a screenshot and the bitmap with its focus, grey, 1280x720."""
    painter = Painter(load_theme(screen.theme or "night"))
    picture = Image.fromarray(painter.rgb(painter.canvas(screen)))
    ring, x, y = painter.overlay(screen, screen.first)
    picture.paste(Image.open(io.BytesIO(ring.body)).convert("RGB"), (x, y))
    grey = np.asarray(Image.open(io.BytesIO(shot)).convert("L"))
    value: float = structural_similarity(grey, np.asarray(picture.convert("L")))
    return value


@pytest.mark.parametrize("layout", contents.layouts())
def test_a_wider_font_stays_in_its_boxes(tab: chrome.Page, tmp_path: Path, layout: str) -> None:
    """With every glyph 8 % wider no line leaves its own box, nor the screen's safe area."""
    screen = compose_sample(layout, seed=2)[0]
    show(tab, screen, tmp_path)
    # Letter spacing widens every glyph by the same share of its size, whatever the font is.
    tab.evaluate(
        "Array.prototype.forEach.call(document.querySelectorAll('i'), function (e) {"
        " if (!e.firstChild || e.firstChild.nodeType != 3) { return; }"
        " var r = document.createRange(); r.selectNodeContents(e);"
        " e.style.letterSpacing = r.getBoundingClientRect().width * 0.08 / e.textContent.length + 'px'; })"
    )
    lines = [item for item in screen.pieces if isinstance(item, Text) and not item.role]
    for line, (_, left, width, _, _) in zip(lines, json.loads(tab.evaluate(chrome.TEXTS)), strict=True):
        # Centred and right-aligned lines grow to both sides or to the left.
        assert left >= line.x - 2 and left + width <= line.x + line.w + 3, (line, left, width)
