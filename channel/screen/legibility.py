"""Legibility: what a screen must keep to so that people over 70 can read it from three metres (facts, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from channel.screen.focus import unreachable
from channel.screen.fonts import has_glyph
from channel.screen.geometry import Geometry
from channel.screen.screen import Fill, Flaw, Screen, Text

MOST_GLYPHS = 40
"""Characters on a line (WCAG 1.4.8)."""
MOST_ROWS = 9
"""Rows of a list on a screen."""
CONTRAST = 4.5
"""Text against its ground (WCAG 1.4.3); body text 7 (1.4.6)."""
BODY_CONTRAST = 7.0
THINNEST = 3
"""Pixels of a rule: thinner ones flicker on interlaced sets."""


def flaws(screen: Screen, geometry: Geometry, safe_area: tuple[float, float], colors: Mapping[str, str]) -> list[Flaw]:
    """What a viewer could not read or see, by element."""
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
            found.append(Flaw(False, "<rule>", f"{item.w} x {item.h} px, expected {THINNEST} px at least"))
    for index in unreachable(screen.focus, screen.first):
        found.append(Flaw(True, screen.links[index].id, "out of the arrows' reach"))
    rows = sum(1 for link in screen.links if link.kind == "row" and not link.group and link.w > screen.width * 0.8)
    if rows > MOST_ROWS:
        found.append(Flaw(False, "<flow>", f"{rows} rows on one screen, expected {MOST_ROWS} at most"))
    return found


def _text(item: Text, geometry: Geometry, colors: Mapping[str, str]) -> list[Flaw]:
    found = []
    if item.size < geometry.floor:
        found.append(Flaw(True, item.text[:20], f"{item.size} px, expected {geometry.floor} px at least"))
    if len(item.text) > MOST_GLYPHS and sum(1 for c in item.text if ord(c) > 0x2E7F) > MOST_GLYPHS:
        found.append(
            Flaw(False, item.text[:20], f"{len(item.text)} characters on a line, expected {MOST_GLYPHS} at most")
        )
    ratio = contrast(colors[item.color], colors[item.bg])
    if ratio < CONTRAST and item.size < 34:
        found.append(
            Flaw(False, item.text[:20], f"{item.color} on {item.bg} has a contrast of {ratio:.1f}, expected {CONTRAST}")
        )
    missing = _missing(item.text)
    if missing:
        found.append(Flaw(False, item.text[:20], f"the font has no glyph for {missing}"))
    return found


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
