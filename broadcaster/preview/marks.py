"""Where a finding stands: the document of the page, and the rectangles on it, by the Screens that were laid out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from channel.paint.addresses import document
from channel.paint.output import Finding
from channel.screen.pieces import Fill, Piece, Text
from channel.screen.screen import Screen

_DOCUMENT = re.compile(r"(?:i/)?([1-9][0-9]{2})(?:\.([a-z0-9]+))?(?:-([0-9]+))?\.[a-z]+")

Percent = tuple[float, float, float, float]
"""Left, top, width and height in percent of the canvas: the same on every set, however its pixels are stretched."""


class Spot(NamedTuple):
    """A document by its name without an ending (empty: it is not known), and what to outline on it (nothing: all)."""

    document: str
    screen: int
    boxes: tuple[Percent, ...]


def spot(finding: Finding, screens: Callable[[str], Sequence[Screen]]) -> Spot:
    """Where ``finding`` stands; ``screens`` gives those of the page's item (empty: its own)."""
    page, _, item = finding.page.partition(".")
    number = finding.screen
    # What is found of a document as a whole names it in place of an element.
    named = _DOCUMENT.fullmatch(finding.element) if not number else None
    if named:
        page, item, number = named[1], named[2] or "", int(named[3] or 1)
    if not number:
        return Spot("", 0, ())
    screen = next((screen for screen in screens(item) if screen.number == number), None)
    boxes = tuple(dict.fromkeys(_boxes(finding, screen))) if screen else ()
    return Spot(document(page, item, number, "").removesuffix("."), number, boxes)


def _boxes(finding: Finding, screen: Screen) -> Iterator[Percent]:
    """The links that it names, else those that lead where it says, else the pieces that it quotes."""
    for link in screen.links:
        if link.id == finding.element or f"link to {link.to!r}," in finding.sentence:
            yield _percent(screen, link.x, link.y, link.w, link.h)
    for piece in screen.pieces:
        if _means(finding, piece):
            yield _percent(screen, *_ink(piece))


def _means(finding: Finding, piece: Piece) -> bool:
    element = finding.element
    if isinstance(piece, Text):
        # An element of markup is not named by what it says, but the sentence quotes it.
        said = repr(piece.text) in finding.sentence if element.startswith("<") else piece.text[:20] == element
        return bool(piece.text) and said
    return isinstance(piece, Fill) and element == f"<rule> at {piece.x},{piece.y}"


def _ink(piece: Piece) -> tuple[float, float, float, float]:
    if isinstance(piece, Text):
        return piece.left, piece.y + (piece.h - piece.size) / 2, piece.width, piece.size
    return piece.x, piece.y, piece.w, piece.h


def _percent(screen: Screen, x: float, y: float, w: float, h: float) -> Percent:
    across, down = 100 / screen.width, 100 / screen.height
    return round(x * across, 2), round(y * down, 2), round(w * across, 2), round(h * down, 2)
