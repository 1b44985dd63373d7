"""A browser that has none of the fonts that a style sheet names falls back to a wider one: its lines stay in place."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from harbour import DUBLIN, City

from channel.paint.addresses import DocumentAddress
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.style import base_style
from channel.paint.theme import load_theme
from channel.profiles import load_profiles
from channel.render import Renderer
from channel.screen import fonts
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Text
from channel.words import Say
from tests import browser as chrome

MOMENT = datetime(2026, 11, 24, 8, 12, tzinfo=DUBLIN)
PAGES = ("100", "101", "201", "301", "401", "501", "541", "900")
FC_LIST = shutil.which("fc-list")
HAS = FC_LIST and "DejaVu Sans" in subprocess.run([FC_LIST], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def tab() -> Iterator[chrome.Page]:
    with chrome.chromium() as running:
        yield running.open("about:blank")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("harbour"))


@pytest.mark.slow
@pytest.mark.skipif(not (chrome.CHROMIUM and HAS), reason="needs Chromium and DejaVu Sans")
@pytest.mark.parametrize("profile", ["web-hd", "web-hd-large"])
def test_lines_stay_in_their_boxes(tab: chrome.Page, city: City, tmp_path: Path, profile: str) -> None:
    """With DejaVu Sans alone, which is a twelfth wider than ours and, where it is bold, a sixth."""
    renderer, told = Renderer(city.channel), city.told(MOMENT)
    family = load_profiles([profile])[profile]
    painter = HtmlPainter(load_theme("night"), family, say=city.channel.say)
    seen = 0
    for number in (number for number in PAGES if number in city.channel.lineup.pages):
        for screen in renderer.screens(number, "pm01", profile, told, MOMENT):
            frame = DocumentFrame(spot=DocumentAddress(number), back="100.html")
            document, _ = painter.document(screen, frame)
            text = document.body.decode()
            for name in (*fonts.settings().further.css, *fonts.settings().family.css):
                text = text.replace(f'"{name}"', '"absent"')
            (tmp_path / "page.html").write_text(text, encoding="utf-8")
            tab.goto((tmp_path / "page.html").as_uri())
            drawn = json.loads(tab.evaluate(chrome.TEXTS))
            lines = [item for item in screen.pieces if isinstance(item, Text) and not item.role]
            for line, (words, left, width, _, _) in zip(lines, drawn, strict=True):
                seen += 1
                assert left >= line.x - 2 and left + width <= line.x + line.w + 3, (number, words, left, width, line)
    assert seen > 300


def test_the_rule_stands_where_an_alphabet_is_written() -> None:
    """A Chinese channel's boxes have one face for everything: its page carries nothing more."""
    family, shape = load_profiles(["web-hd"])["web-hd"], load_geometry("hd")
    rules = {tag: base_style(load_theme("night"), family, shape, tag) for tag in ("en", "zh-CN", Say("zh_Hant").tag)}
    assert {tag: "@font-face" in text for tag, text in rules.items()} == {"en": True, "zh-CN": False, "zh-Hant": False}
