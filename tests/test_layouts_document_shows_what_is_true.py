"""``docs/layouts.md`` names every element and attribute of screen markup; its pictures are painted from its text."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from channel.paint.theme import TOKENS, load_theme
from channel.screen import boxes, charts, flow, timegrids
from scripts import elements

DOCS = Path(__file__).resolve().parents[1] / "docs"
TEXT = (DOCS / "layouts.md").read_text(encoding="utf-8")
EXAMPLES = elements.examples(TEXT)
_READ = re.compile(r"""(?:get\(|integer\(\w+, |attrib\[|attrib\.get\()["']([a-z-]+)["']""")
_IN = re.compile(r"""["']([a-z-]+)["'] in (?:\w+\.)?(?:element|child|run\[0\]|c)?\.?attrib""")


@pytest.mark.parametrize("path", EXAMPLES)
def test_a_picture_is_painted_from_the_example_above_it(path: str) -> None:
    """What the document shows is what the engine paints today (``scripts/elements.py`` paints it again)."""
    as_it_is = elements.same(DOCS / path, elements.painted(EXAMPLES[path]))
    assert as_it_is, "look at it, then: python scripts/elements.py docs/layouts.md"


def test_every_element_is_shown() -> None:
    """Every element that the engine knows is named, and all but the frame's own stand in an example."""
    shown = set(re.findall(r"<([a-z]+)", "".join(EXAMPLES.values())))
    for element in boxes._PLACE:
        if element not in ("screen", "line", "nav", "frame"):  # the root, a flow's lines, the frame's
            assert element in shown, element
        if element != "line":
            assert f"**{element}**" in TEXT, element


def test_every_attribute_is_named() -> None:
    """Whatever the engine reads from markup stands in the document, as code or in an example."""
    sources = "".join(inspect.getsource(module) for module in (boxes, flow, charts, timegrids))
    read = set(_READ.findall(sources)) | set(_IN.findall(sources))
    assert len(read) > 40
    prose = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
    code = " ".join(re.findall(r"`[^`]+`", prose)) + " ".join(EXAMPLES.values())
    words = set(re.findall(r"[a-z]+(?:-[a-z]+)*", code))
    assert sorted(read - words) == []


def test_every_colour_of_a_theme_is_named() -> None:
    """Tokens that every theme has, and those that ours have besides."""
    tokens = set(TOKENS) | set(load_theme("night").colors) | set(load_theme("high-contrast").colors)
    assert sorted(token for token in tokens if f"`{token}`" not in TEXT) == []


def test_the_pictures_are_small() -> None:
    """A document is read over slow lines too."""
    assert sum((DOCS / path).stat().st_size for path in EXAMPLES) < 300_000
