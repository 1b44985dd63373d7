"""Legibility: what a screen must keep to so that people over 70 can read it from three metres (facts, section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

from channel.memory import Beside, Memory, Trait
from channel.screen.focus import unreachable
from channel.screen.fonts import has_glyph
from channel.screen.geometry import Geometry
from channel.screen.pieces import Code, Fill, Hole, Icon, Photo, Piece, Plot, Text
from channel.screen.screen import Flaw, Row, Screen
from channel.words import N_

ALERTS = "900"
"""The page that has no mark of a warning in its header."""
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


_CLEAN: Trait[tuple[float, float]] = Trait("rows without a flaw")
"""From where to where the ink of a row goes in which nothing else can be wrong."""
_PANELS: Trait[list[int]] = Trait("panels of frames")


def flaws(
    screen: Screen,
    geometry: Geometry,
    safe_area: tuple[float, float],
    colors: Mapping[str, str],
    memory: Memory | None = None,
) -> list[Flaw]:
    """What a viewer could not read or see, by element: sizes, safe area, contrast, rules, rows, glyphs, reach.

    ``safe_area`` is the percent kept free of text on each side across and down, ``colors`` the theme's by token;
    ``memory`` knows rows that were looked at before.
    """
    memory = memory or Memory()
    found: list[Flaw] = []
    sight = _Sight(geometry, safe_area, colors, screen.width, screen.height, memory.beside(_CLEAN))
    at = 0
    for row in screen.rows:
        found += sight.pieces(screen.pieces[at : row.start])
        found += sight.row(screen, row)
        at = row.end
    found += sight.pieces(screen.pieces[at:])
    for index in unreachable(screen.focus, screen.first):
        found.append(Flaw.of(N_("out of the arrows' reach"), fault=True, element=screen.links[index].id))
    found += _covered(screen, geometry)
    rows = _rows(screen, memory.beside(_PANELS))
    if rows > MOST_ROWS:
        message = N_("{rows} rows on one screen, expected {most} at most")
        found.append(Flaw.of(message, {"rows": rows, "most": MOST_ROWS}, fault=False, element="<flow>"))
    return found


def _covered(screen: Screen, geometry: Geometry) -> list[Flaw]:
    """Links that stand on each other or where the script says something, and what stands in the place of a warning's
    mark: a focus that something else covers cannot be seen."""
    links = sorted(screen.links, key=lambda link: link.y)
    message = N_("stands on {other}: one of them would hide the focus")
    covered = [
        Flaw.of(message, {"other": link.id}, fault=True, element=other.id)
        for number, link in enumerate(links)
        for other in links[number + 1 :]
        if other.y < link.y + link.h and other.x < link.x + link.w and link.x < other.x + other.w
    ]
    x, y, w, h = geometry.echo
    message = N_("stands where the script says something: its words would hide the focus")
    covered += [
        Flaw.of(message, fault=True, element=link.id)
        for link in links
        if link.y < y + h and y < link.y + link.h and link.x < x + w and x < link.x + link.w
    ]
    if screen.page == ALERTS:
        return covered
    x, y, w, h = geometry.mark
    high = (piece for piece in screen.pieces if piece.y < y + h and isinstance(piece, Text))
    texts = [piece for piece in high if y < piece.y + piece.h]
    return covered + [
        Flaw.of(N_("stands in the place of a warning's mark"), fault=True, element=piece.text[:20])
        for piece in texts
        if x - piece.width < piece.left < x + w
    ]


class _Sight:
    """A brush that looks at the pieces of one screen instead of painting them; rows that recur are looked at once."""

    def __init__(
        self,
        geometry: Geometry,
        safe_area: tuple[float, float],
        colors: Mapping[str, str],
        width: int,
        height: int,
        clean: Beside[tuple[float, float]],
    ) -> None:
        self._geometry, self._colors, self._clean = geometry, colors, clean
        self._left, self._top = width * safe_area[0] / 100, height * safe_area[1] / 100
        self._right, self._bottom = width - self._left, height - self._top
        self._key = (safe_area, *colors.values())

    def row(self, screen: Screen, row: Row) -> list[Flaw]:
        """A row's flaws: remembered of one that has none, wherever it stands inside the safe area."""
        reach = self._clean.find(row.laid, self._key)
        if reach and row.y + reach[0] >= self._top - 1 and row.y + reach[1] <= self._bottom + 1:
            return []
        pieces = screen.pieces[row.start : row.end]
        found = self.pieces(pieces)
        if not found:
            tops = [(_ink_top(piece) - row.y, piece.size) for piece in pieces if isinstance(piece, Text)]
            top, bottom = min((t for t, _ in tops), default=0.0), max((t + size for t, size in tops), default=0.0)
            self._clean.put(row.laid, (top, bottom), self._key)
        return found

    def pieces(self, pieces: Sequence[Piece]) -> list[Flaw]:
        """The flaws of pieces."""
        found: list[Flaw] = []
        for piece in pieces:
            piece.draw(self, found)
        return found

    def text(self, piece: Text, found: list[Flaw]) -> None:
        """What cannot be read, or is cut by the set's frame."""
        found += _text(piece, self._geometry, self._colors)
        top = _ink_top(piece)
        inside = piece.left >= self._left - 1 and piece.left + piece.width <= self._right + 1
        if not (inside and top >= self._top - 1 and top + piece.size <= self._bottom + 1):
            given = {"x": piece.left, "y": round(top)}
            found.append(_of(piece, N_("text at {x},{y} leaves the safe area"), given, fault=True))

    def fill(self, piece: Fill, found: list[Flaw]) -> None:
        """What is too thin."""
        if 0 < min(piece.w, piece.h) < THINNEST:
            where = f"<rule> at {piece.x},{piece.y}"
            given = {"wide": piece.w, "high": piece.h, "least": THINNEST}
            message = N_("{wide} x {high} px, expected {least} px at least")
            found.append(Flaw.of(message, given, fault=False, element=where))

    def icon(self, piece: Icon, found: list[Flaw]) -> None:
        """Icons are drawn for their sizes."""

    def plot(self, piece: Plot, found: list[Flaw]) -> None:
        """Lines have the width that charts give them."""

    def code(self, piece: Code, found: list[Flaw]) -> None:
        """Its size is the layout's to choose: where there is no room for it there is none."""

    def hole(self, piece: Hole, found: list[Flaw]) -> None:
        """Television is what it is."""

    def photo(self, piece: Photo, found: list[Flaw]) -> None:
        """A picture that nobody has put in words."""
        if not piece.alt:
            found.append(Flaw.of(N_("no words say what it shows"), fault=False, element="<picture>"))


def _ink_top(item: Text) -> float:
    return item.y + (item.h - item.size) / 2


def is_body(item: Text, geometry: Geometry) -> bool:
    """Whether a line is body text: in the body's size or a larger one, in a neutral ink.

    Names, prose, figures and titles are; units, labels and notes (smaller), heads and states (in a colour), and the
    letters on a key or badge are not.
    """
    return item.size >= geometry.body and item.color in BODY_INKS


def _rows(screen: Screen, panels: Beside[list[int]]) -> int:
    """The rows of the screen's list: panels of more than half its width under one another, with a link or without."""
    wide = screen.width // 2
    tops = {link.y for link in screen.links if link.kind == "row" and not link.group and link.w > wide}
    # A row with a link is counted by its link.
    at = 0
    for row in screen.rows:
        tops.update(_panels(screen.pieces[at : row.start], wide))
        if row.link < 0:
            tops.update(row.y + top for top in panels.get(row.laid, partial(_from_top, screen, row, wide)))
        at = row.end
    tops.update(_panels(screen.pieces[at:], wide))
    return len(tops)


def _from_top(screen: Screen, row: Row, wide: int) -> list[int]:
    """The panels of a frame, counted from its top."""
    return [top - row.y for top in _panels(screen.pieces[row.start : row.end], wide)]


def _panels(pieces: Sequence[Piece], wide: int) -> list[int]:
    return [piece.y for piece in pieces if isinstance(piece, Fill) and piece.panel and piece.w > wide]


def _text(item: Text, geometry: Geometry, colors: Mapping[str, str]) -> list[Flaw]:
    found = []
    if item.size < geometry.floor:
        given = {"size": item.size, "least": geometry.floor}
        found.append(_of(item, N_("{size} px, expected {least} px at least"), given, fault=True))
    if len(item.text) > MOST_GLYPHS:
        glyphs = sum(1.0 if ord(c) > 0x2E7F else 0.5 for c in item.text)
        if glyphs > MOST_GLYPHS:
            message = N_("{n} characters on a line, expected {most} at most")
            found.append(_of(item, message, {"n": f"{glyphs:g}", "most": MOST_GLYPHS}, fault=False))
    expected = BODY_CONTRAST if is_body(item, geometry) else CONTRAST
    found += _faint(item, item.color, item.bg, expected, colors)
    if item.on:
        # With the focus its ground is the focus; in an inverted block (a step's number) the focus is the ink.
        found += _faint(item, item.on, "onfocus" if item.on == "focus" else "focus", expected, colors)
    missing = _missing(item.text)
    if missing:
        found.append(_of(item, N_("the font has no glyph for {letters}"), {"letters": missing}, fault=False))
    return found


def _of(item: Text, message: str, given: Mapping[str, str | int], *, fault: bool) -> Flaw:
    return Flaw.of(message, given, fault=fault, element=item.text[:20])


def _faint(item: Text, ink: str, ground: str, expected: float, colors: Mapping[str, str]) -> list[Flaw]:
    ratio = contrast(colors[ink], colors[ground])
    if ratio >= expected:
        return []
    given = {"ink": ink, "ground": ground, "ratio": f"{ratio:.1f}", "least": f"{expected:g}"}
    return [_of(item, N_("{ink} on {ground} has a contrast of {ratio}, expected {least} at least"), given, fault=False)]


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
