"""What the script says in few words (digits typed, a page that is not there) stands over number and title: no link is
there on any canvas, and the words have room in every language."""

from __future__ import annotations

import re

import msgspec
import pytest

from channel.paint.script import table
from channel.paint.style import BIG, base_style
from channel.paint.theme import load_theme
from channel.profiles import Profile, load_profiles
from channel.screen import fonts
from channel.screen.breaking import wrap
from channel.screen.geometry import load_geometry
from channel.screen.legibility import flaws
from channel.words import Say, languages
from tests.samples import picture

GEOMETRIES = ("hd", "large", "sd", "sd530")
SCRIPTED = {name: p for name, p in load_profiles().items() if p.kind == "html" and p.script != "none"}


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("layout", sorted(picture.PAGES))
@pytest.mark.parametrize("clock", [True, False])
def test_no_layout_has_a_link_there(layout: str, geometry: str, clock: bool) -> None:
    shape = load_geometry(geometry)
    for screen in picture.sample(layout, geometry, clock=clock):
        found = flaws(screen, shape, (0, 0), load_theme("night").colors)
        assert [flaw.sentence for flaw in found if "the script says" in flaw.sentence] == []


def test_a_link_there_is_a_fault() -> None:
    screen = picture.sample("list", "hd")[0]
    x, y, _, _ = load_geometry("hd").echo
    moved = msgspec.structs.replace(screen.links[0], x=x + 40, y=y)
    changed = msgspec.structs.replace(screen, links=[moved, *screen.links[1:]])
    found = flaws(changed, load_geometry("hd"), (0, 0), load_theme("night").colors)
    assert any(flaw.fault and "the script says" in flaw.sentence for flaw in found)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", sorted({profile.metrics: name for name, profile in SCRIPTED.items()}.values()))
def test_words_have_room(name: str, language: str) -> None:
    """On two lines in a font 8 % wider than ours; up to ``BIG`` letters of the widest kind on one."""
    profile = SCRIPTED[name]
    rules = base_style(load_theme("night"), profile, load_geometry(profile.metrics))
    width, height, line, size = _numbers(rules, "#echo{", "width", "height", "line-height", "font-size")
    (one,), (big,) = _numbers(rules, "#echo.one{", "line-height"), _numbers(rules, "#echo.big{", "font-size")
    assert size * 1.05 <= line and 2 * line <= height and one == height
    assert fonts.width("字" * BIG, big, "medium") * fonts.WIDER <= width
    for text in _said(profile, Say(language)):
        assert len(wrap(text, int(width / fonts.WIDER), size, "medium")) <= 2, text


def _said(profile: Profile, say: Say) -> list[str]:
    facts = table(profile, ["100", "900"], say)
    said = {name: msgspec.json.decode(facts[name]) for name in ("short", "missing", "leaving", "chosen")}
    said["missing"] = said["missing"].replace("{page}", "777").replace("{near}", "900")
    estate = "Old Harbour" if say.language == "en" else "莘庄镇 · 景城花苑三期"
    said["chosen"] = said["chosen"].replace("{estate}", estate)
    return list(said.values())


def _numbers(rules: str, selector: str, *names: str) -> list[int]:
    rule = rules.partition(selector)[2].partition("}")[0]
    return [int(re.search(rf"(?:^|;){name}:(\d+)px", rule)[1]) for name in names]  # type: ignore[index]
