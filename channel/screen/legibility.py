"""Legibility: what a screen must keep to so that people over 70 can read it from three metres (facts, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from channel.screen.focus import unreachable
from channel.screen.fonts import has_glyph
from channel.screen.geometry import Geometry
from channel.screen.screen import Fill, Flaw, Screen, Text

MOST_GLYPHS = 40
"""Characters on a line (WCAG 1.4.8): Han, or twice as many figures and Latin letters."""
MOST_ROWS = 9
"""Rows of a list on a screen."""
CONTRAST = 4.5
"""Text against its ground (WCAG 1.4.3): heads and states in a colour, labels and units, badges, buttons of a key."""
BODY_CONTRAST = 7.0
"""Body text (WCAG 1.4.6): what is read first, see ``is_body``."""
BODY_INKS = frozenset(("text", "text2", "onfocus"))
"""The neutral inks. A head in brand, the word of a state or a key's letter says the same by its shape and place."""
THINNEST = 3
"""Pixels of a rule: thinner ones flicker on interlaced sets."""


def flaws(screen: Screen, geometry: Geometry, safe_area: tuple[float, float], colors: Mapping[str, str]) -> list[Flaw]:
    """What a viewer could not read or see, by element: sizes, safe area, contrast, rules, rows, glyphs, reach.

    ``safe_area`` is the percent kept free of text on each side across and down, ``colors`` the theme's by token.
    """
    found: list[Flaw] = []
    left, top = screen.width * safe_area[0] / 100, screen.height * safe_area[1] / 100
    right, bottom = screen.width - left, screen.height - top
    for item in screen.items:
        if isinstance(item, Text):
            found += _text(item, geometry, colors)
            ink_top = item.y + (item.h - item.size) / 2
            inside = item.left >= left - 1 and item.left + item.width <= right + 1
            if not (inside and ink_top >= top - 1 and ink_top + item.size <= bottom + 1):
                found.append(Flaw(True, item.text[:20], f"text at {item.left},{round(ink_top)} leaves the safe area"))
        elif isinstance(item, Fill) and 0 < min(item.w, item.h) < THINNEST:
            where = f"<rule> at {item.x},{item.y}"
            found.append(Flaw(False, where, f"{item.w} x {item.h} px, expected {THINNEST} px at least"))
    for index in unreachable(screen.focus, screen.first):
        found.append(Flaw(True, screen.links[index].id, "out of the arrows' reach"))
    rows = _rows(screen)
    if rows > MOST_ROWS:
        found.append(Flaw(False, "<flow>", f"{rows} rows on one screen, expected {MOST_ROWS} at most"))
    return found


def is_body(item: Text, geometry: Geometry) -> bool:
    """Whether a line is body text: in the body's size or a larger one, in a neutral ink.

    Names, prose, figures and titles are; units, labels and notes (smaller), heads and states (in a colour), and the
    letters on a key or badge are not.
    """
    return item.size >= geometry.body and item.color in BODY_INKS


def _rows(screen: Screen) -> int:
    """The rows of the screen's list: panels of more than half its width under one another, with a link or without."""
    wide = screen.width // 2
    tops = {link.y for link in screen.links if link.kind == "row" and not link.group and link.w > wide}
    tops.update(i.y for i in screen.items if isinstance(i, Fill) and i.panel and i.w > wide)
    return len(tops)


def _text(item: Text, geometry: Geometry, colors: Mapping[str, str]) -> list[Flaw]:
    found = []
    if item.size < geometry.floor:
        found.append(Flaw(True, item.text[:20], f"{item.size} px, expected {geometry.floor} px at least"))
    if len(item.text) > MOST_GLYPHS:
        glyphs = sum(1.0 if ord(c) > 0x2E7F else 0.5 for c in item.text)
        if glyphs > MOST_GLYPHS:
            sentence = f"{glyphs:g} characters on a line, expected {MOST_GLYPHS} at most"
            found.append(Flaw(False, item.text[:20], sentence))
    expected = BODY_CONTRAST if is_body(item, geometry) else CONTRAST
    found += _faint(item.text, item.color, item.bg, expected, colors)
    if item.on:
        # With the focus its ground is the focus; in an inverted block (a step's number) the focus is the ink.
        found += _faint(item.text, item.on, "onfocus" if item.on == "focus" else "focus", expected, colors)
    missing = _missing(item.text)
    if missing:
        found.append(Flaw(False, item.text[:20], f"the font has no glyph for {missing}"))
    return found


def _faint(text: str, ink: str, ground: str, expected: float, colors: Mapping[str, str]) -> list[Flaw]:
    ratio = contrast(colors[ink], colors[ground])
    if ratio >= expected:
        return []
    return [
        Flaw(False, text[:20], f"{ink} on {ground} has a contrast of {ratio:.1f}, expected {expected:g} at least")
    ]


@lru_cache(maxsize=50_000)
def _missing(text: str) -> str:
    """The code points of ``text`` that the font has no picture of."""
    return ", ".join(f"U+{ord(c):04X}" for c in dict.fromkeys(text) if not has_glyph(c))


@lru_cache(maxsize=1024)
def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours ``#RRGGBB`` (WCAG 2.1, relative luminance)."""
    a, b = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
