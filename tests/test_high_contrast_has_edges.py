"""In high contrast a row, a tile and a cell are seen by their edges: their fill is that of the ground."""

from __future__ import annotations

import re

import lxml.html
import pytest

from channel.paint.addresses import DocumentAddress
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.theme import load_theme
from channel.profiles import load_profiles
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Fill
from channel.screen.screen import Link, Screen
from tests.samples import picture


@pytest.mark.parametrize("layout", ["nearest", "list", "menu", "dashboard", "board", "calendar"])
def test_every_panel_that_can_be_chosen_has_an_edge(layout: str) -> None:
    """As wide as the link, three pixels, and in the colour of the focus when that is on it."""
    theme = load_theme("high-contrast")
    painter = HtmlPainter(theme, load_profiles(["web-hd"])["web-hd"], geometry=load_geometry("hd"))
    screen = picture.sample(layout, "hd")[0]
    document, _ = painter.document(screen, DocumentFrame(spot=DocumentAddress("201", 1)))
    text = document.body.decode()
    page = lxml.html.document_fromstring(text.encode())
    rules = re.findall(r"(?<!i)\.(\w+)\{([^}]*)\}", text)
    panels = [link for link in screen.links if _stands_on_a_panel(screen, link)]
    assert panels
    for link in panels:
        (anchor,) = page.xpath(f"//a[@id='{link.id}']")
        names = {name for inner in anchor.xpath("./i") for name in inner.get("class").split()}
        edge = f"width:{link.w - 6}px;height:{link.h - 6}px;border:3px solid"
        assert any(edge in rule for name, rule in rules if name in names), link.id
    assert f"border-color:{theme.colors['focus']}" in text


def _stands_on_a_panel(screen: Screen, link: Link) -> bool:
    first = screen.pieces[link.start]
    return isinstance(first, Fill) and first.panel and first.color == "panel" and (first.w, first.h) == (link.w, link.h)
