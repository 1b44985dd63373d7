"""Strips: a Screen cut from top to bottom into what becomes one band each of its picture.

A cut goes where no piece stands across, and at the links of a frame. A row's strip takes in the pixels where its ring
stands below it.
"""

from __future__ import annotations

from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from channel.memory import Beside
from channel.paint import raster
from channel.screen.pieces import Extent, Fill, Piece
from channel.screen.screen import Row, Screen

RING = 4
"""The focus ring's width outside a link, pixels."""


class Strip(NamedTuple):
    """What is one band: its pieces from ``top`` to ``bottom``. ``row`` names the row that it is, if it is just one;
    ``clear`` says that nothing stands in the few pixels above it; ``frame`` that it is part of one, the same object
    each time."""

    pieces: list[Piece]
    top: int
    bottom: int
    row: Row | None = None
    clear: bool = False
    frame: FramePart | None = None


class FramePart:
    """Stands for a part of a frame that recurs: what is painted of it is kept by its identity."""

    __slots__ = ("__weakref__",)


class _Part(NamedTuple):
    """A row or a single piece. ``start`` is its place among the pieces, by which parts of one top come in order."""

    top: int
    start: int
    bottom: int
    pieces: list[Piece]
    row: Row | None


class Cutter:
    """Cuts Screens; remembers how far rows reach and where frames are cut."""

    def __init__(self) -> None:
        self._reach: Beside[Extent] = Beside()
        self._cuts: Beside[list[Strip]] = Beside()

    def split(self, screen: Screen) -> list[Strip]:
        """The screen's strips from top to bottom; they cover it wholly.

        The fill of the whole canvas is the ground of every strip and belongs to none.
        """
        strips: list[Strip] = []
        end = 0
        for group in self._groups(screen):
            row = group[0].row if len(group) == 1 else None
            top, bottom = max(0, group[0].top), min(screen.height, max([part.bottom for part in group]))
            clear = top - end >= RING or bool(strips and strips[-1].row and strips[-1].row.link >= 0)
            if top > end:
                strips.append(Strip([], end, top))
            pieces = [piece for part in sorted(group, key=attrgetter("start")) for piece in part.pieces]
            if row and row.link < 0:
                strips += self._across_links(screen, row, pieces, top, bottom)
            else:
                strips.append(Strip(pieces, top, bottom, row, clear))
            end = bottom
        if end < screen.height:
            strips.append(Strip([], end, screen.height))
        return strips

    def _across_links(self, screen: Screen, row: Row, pieces: list[Piece], top: int, bottom: int) -> list[Strip]:
        """A frame cut at the edges of its links, across whatever stands there: an estate's name in the header then
        makes its own lines of pixels new, and not the whole title beside it."""

        def cut() -> list[Strip]:
            links = [link for link in screen.links if row.start <= link.start < row.end]
            edges = {edge for link in links for edge in (link.y, link.y + link.h) if top < edge < bottom}
            reach = [(piece, *piece.extent(raster.span)) for piece in pieces]
            return [
                Strip([p for p, upper, lower in reach if upper < foot and lower > head], head, foot, frame=FramePart())
                for head, foot in pairwise([top, *sorted(edges), bottom])
            ]

        return self._cuts.get(row.laid, cut, (row.y, top, bottom))

    def _groups(self, screen: Screen) -> list[list[_Part]]:
        """Rows and single pieces, together where one reaches over another."""
        parts, at = [], 0
        for row in (*screen.rows, None):
            for index in range(at, row.start if row else len(screen.pieces)):
                piece = screen.pieces[index]
                if not (isinstance(piece, Fill) and piece.h >= screen.height):
                    top, bottom = piece.extent(raster.span)
                    parts.append(_Part(top, index, bottom, [piece], None))
            if row and row.end > row.start:
                top, bottom = self._reach.find(row.laid) or self._reach.put(row.laid, _reach(screen, row))
                parts.append(
                    _Part(row.y + top, row.start, row.y + bottom, screen.pieces[row.start : row.end], row)
                )
                at = row.end
        parts.sort()
        groups: list[list[_Part]] = []
        end = -1
        for part in parts:
            if part.top >= end or not groups:
                groups.append([])
            groups[-1].append(part)
            end = max(end, part.bottom)
        return groups


def _reach(screen: Screen, row: Row) -> Extent:
    """From where to where a row's pieces go, counted from its top; with the ring that comes to stand below it.

    A line of text goes no further than its ink: one that is moved down in its row joins it to no other.
    """
    pieces = screen.pieces[row.start : row.end]
    if row.link >= 0:
        extents = [piece.inked(raster.span) for piece in pieces]
        extents.append((row.y, row.bottom + RING))
    else:
        extents = [piece.extent(raster.span) for piece in pieces]
    return min(top for top, _ in extents) - row.y, max(bottom for _, bottom in extents) - row.y
