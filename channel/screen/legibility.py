"""Legibility: what a screen must keep to so that people over 70 can read it from three metres (facts, section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from channel.screen.focus import unreachable
from channel.screen.fonts import has_glyph
from channel.screen.geometry import Geometry
from channel.screen.screen import Fill, Flaw, Item, Row, Screen, Text

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
    sight = _Sight(geometry, safe_area, colors, screen.width, screen.height)
    at = 0
    for row in screen.rows:
        found += sight.items(screen.items[at : row.start])
        found += sight.row(screen, row)
        at = row.end
    found += sight.items(screen.items[at:])
    for index in unreachable(screen.focus, screen.first):
        found.append(Flaw(True, screen.links[index].id, "out of the arrows' reach"))
    rows = _rows(screen)
    if rows > MOST_ROWS:
        found.append(Flaw(False, "<flow>", f"{rows} rows on one screen, expected {MOST_ROWS} at most"))
    return found


class _Sight:
    """What is asked of the items of one screen; rows that recur are looked at once."""

    def __init__(
        self,
        geometry: Geometry,
        safe_area: tuple[float, float],
        colors: Mapping[str, str],
        width: int,
        height: int,
    ) -> None:
        self._geometry, self._colors = geometry, colors
        self._left, self._top = width * safe_area[0] / 100, height * safe_area[1] / 100
        self._right, self._bottom = width - self._left, height - self._top
        self._key = ("legible", safe_area, *colors.values())

    def row(self, screen: Screen, row: Row) -> list[Flaw]:
        """A row's flaws: remembered of one that has none, wherever it stands inside the safe area."""
        reach: tuple[float, float] | None = row.laid.looks.get(self._key)
        if reach and row.y + reach[0] >= self._top - 1 and row.y + reach[1] <= self._bottom + 1:
            return []
        items = screen.items[row.start : row.end]
        found = self.items(items)
        if not found:
            tops = [(_ink_top(item) - row.y, item.size) for item in items if isinstance(item, Text)]
            top, bottom = min((t for t, _ in tops), default=0.0), max((t + size for t, size in tops), default=0.0)
            row.laid.looks[self._key] = top, bottom
        return found

    def items(self, items: Sequence[Item]) -> list[Flaw]:
        """The flaws of items."""
        found: list[Flaw] = []
        for item in items:
            if isinstance(item, Text):
                found += _text(item, self._geometry, self._colors)
                top = _ink_top(item)
                inside = item.left >= self._left - 1 and item.left + item.width <= self._right + 1
                if not (inside and top >= self._top - 1 and top + item.size <= self._bottom + 1):
                    found.append(Flaw(True, item.text[:20], f"text at {item.left},{round(top)} leaves the safe area"))
            elif isinstance(item, Fill) and 0 < min(item.w, item.h) < THINNEST:
                where = f"<rule> at {item.x},{item.y}"
                found.append(Flaw(False, where, f"{item.w} x {item.h} px, expected {THINNEST} px at least"))
        return found


def _ink_top(item: Text) -> float:
    return item.y + (item.h - item.size) / 2


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
    # A row with a link is counted by its link.
    at = 0
    for row in screen.rows:
        tops.update(_panels(screen.items[at : row.start], wide))
        if row.link < 0:
            tops.update([row.y + top for top in _panels_of(screen, row, wide)])
        at = row.end
    tops.update(_panels(screen.items[at:], wide))
    return len(tops)


def _panels_of(screen: Screen, row: Row, wide: int) -> list[int]:
    """The panels of a frame, counted from its top: found once for all screens that it stands on."""
    known: list[int] | None = row.laid.looks.get(_panels_of)
    if known is None:
        known = [top - row.y for top in _panels(screen.items[row.start : row.end], wide)]
        row.laid.looks[_panels_of] = known
    return known


def _panels(items: Sequence[Item], wide: int) -> list[int]:
    return [item.y for item in items if isinstance(item, Fill) and item.panel and item.w > wide]


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
    return [Flaw(False, text[:20], f"{ink} on {ground} has a contrast of {ratio:.1f}, expected {expected:g} at least")]


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
