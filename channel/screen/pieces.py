"""Pieces: all that a canvas can show. Each knows how to be moved, how it looks with the focus, and what draws it.

A piece is drawn by a ``Brush``, which has one method for each kind: a painter is a brush, and so is whoever looks at
pieces for another reason. A new kind is one class here and one method of each brush. All numbers are whole pixels from
the canvas's top left corner; colours are tokens of the theme. ``link`` is the index of the link that a piece belongs
to, or -1; ``on`` is its colour while that link has the focus (empty: it does not change).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, Self, TypeAlias, TypeVar

import msgspec

from channel.screen.fonts import Weight, metrics

Align: TypeAlias = Literal["left", "center", "right"]
Span: TypeAlias = Callable[[str, int, Weight], tuple[int, int]]
"""From where to where the ink of a line of text goes, in px below the line's top."""
Extent: TypeAlias = tuple[int, int]
"""The first row of pixels, and the one after the last."""

ROW = "panel"
"""What rows stand on."""
INKS = ("text", "text2", "brand", "red", "green", "warn", "blue", "yellow", "panel2")
"""The inks of a row: with the focus each becomes ``onfocus``."""

A_contra = TypeVar("A_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)
A = TypeVar("A")
T = TypeVar("T")


class Brush(Protocol[A_contra, T_co]):
    """What draws pieces: ``at`` is what it needs to know besides the piece, and what it gives back is its own."""

    def fill(self, piece: Fill, at: A_contra, /) -> T_co:
        """A rectangle."""

    def text(self, piece: Text, at: A_contra, /) -> T_co:
        """A line of text."""

    def icon(self, piece: Icon, at: A_contra, /) -> T_co:
        """A picture of one colour."""

    def plot(self, piece: Plot, at: A_contra, /) -> T_co:
        """A line through points."""

    def code(self, piece: Code, at: A_contra, /) -> T_co:
        """A QR code."""

    def hole(self, piece: Hole, at: A_contra, /) -> T_co:
        """A hole of live television."""

    def photo(self, piece: Photo, at: A_contra, /) -> T_co:
        """A picture in colours of its own."""


class _Owned(msgspec.Struct, gc=False, kw_only=True):
    link: int = -1


class Piece(_Owned, gc=False):
    """What every piece has: its box."""

    x: int
    y: int
    w: int
    h: int

    @abstractmethod
    def draw(self, brush: Brush[A, T], at: A) -> T:
        """Have ``brush`` draw it."""

    def moved(self, down: int, further: int) -> Self:
        """The same ``down`` px lower, its link counted ``further``."""
        link = self.link + further if self.link >= 0 else -1
        return msgspec.structs.replace(self, y=self.y + down, link=link)

    @abstractmethod
    def look(self, top: int) -> tuple[object, ...]:
        """What names its looks, counted from ``top``: equal names, equal pixels."""

    def lit_look(self, top: int) -> tuple[object, ...]:
        """What names its looks with the focus."""
        return self.look(top)

    def lit(self) -> Piece:
        """It as it is while its link has the focus."""
        return self

    def follows(self) -> bool:
        """Whether it stands in a row and the focus changes nothing but the row's own inks."""
        return False

    def extent(self, span: Span) -> Extent:
        """From where to where it reaches, its box and its ink."""
        return self.y, self.y + self.h

    def inked(self, span: Span) -> Extent:
        """From where to where its ink goes."""
        return self.y, self.y + self.h

    def around(self, holes: Sequence[Hole]) -> Sequence[Piece]:
        """What is left of it where nothing may stand over or under ``holes``."""
        return (self,)

    @property
    def words(self) -> str:
        """What it says, or nothing."""
        return ""


class Fill(Piece, gc=False):
    """A rectangle of one colour."""

    color: str
    on: str = ""
    panel: bool = False
    """Whether a theme with edges draws one round it."""

    def draw(self, brush: Brush[A, T], at: A) -> T:
        return brush.fill(self, at)

    def look(self, top: int) -> tuple[object, ...]:
        return (1, self.x, self.y - top, self.w, self.h, self.color, self.panel)

    def lit_look(self, top: int) -> tuple[object, ...]:
        return (self.look(top), self.on)

    def lit(self) -> Piece:
        return Fill(self.x, self.y, self.w, self.h, self.on or self.color)

    def follows(self) -> bool:
        return self.color in INKS if self.on == "onfocus" else self.on == "" and self.color != ROW

    def around(self, holes: Sequence[Hole]) -> Sequence[Piece]:
        pieces = [self]
        for hole in holes:
            pieces = [part for piece in pieces for part in piece._cut(hole)]
        return pieces

    def _cut(self, hole: Hole) -> list[Fill]:
        """It without what lies in ``hole``: above, below, left and right of it."""
        right, bottom = self.x + self.w, self.y + self.h
        x, y = max(self.x, hole.x), max(self.y, hole.y)
        end, foot = min(right, hole.x + hole.w), min(bottom, hole.y + hole.h)
        if x >= end or y >= foot:
            return [self]
        parts = (
            (self.x, self.y, self.w, y - self.y),
            (self.x, foot, self.w, bottom - foot),
            (self.x, y, x - self.x, foot - y),
            (end, y, right - end, foot - y),
        )
        return [
            msgspec.structs.replace(self, x=px, y=py, w=w, h=h, panel=False)
            for px, py, w, h in parts
            if w > 0 and h > 0
        ]


class Text(Piece, gc=False):
    """One line of text in its line box (x, y, w, h). ``left`` and ``width`` are where our own font puts its ink."""

    text: str
    size: int
    weight: Weight
    color: str
    bg: str
    align: Align
    left: int
    width: int
    on: str = ""
    bold_on: bool = False
    """Whether the line goes bold while its link has the focus."""
    role: str = ""
    """What the box's script fills in (``clk``, ``day``), or empty."""

    def draw(self, brush: Brush[A, T], at: A) -> T:
        return brush.text(self, at)

    def look(self, top: int) -> tuple[object, ...]:
        y = self.y - top
        return (0, y, self.h, self.left, self.text, self.size, self.weight, self.color, self.bg, self.role)

    def lit_look(self, top: int) -> tuple[object, ...]:
        return (self.look(top), self.on, self.bold_on)

    def lit(self) -> Piece:
        weight: Weight = "bold" if self.bold_on else self.weight
        return msgspec.structs.replace(self, weight=weight, **_inverted(self.on, self.color, self.bg))

    def follows(self) -> bool:
        return _follows(self.on, self.color, self.bg)

    @property
    def top(self) -> int:
        """The y of the line that stands in the middle of the box."""
        ascent, descent = metrics(self.size)
        return self.y + (self.h - ascent - descent) // 2

    def extent(self, span: Span) -> Extent:
        upper, lower = self.inked(span)
        return min(self.y, upper), max(self.y + self.h, lower)

    def inked(self, span: Span) -> Extent:
        upper, lower = span(self.text, self.size, self.weight)
        return self.top + upper, self.top + lower

    @property
    def words(self) -> str:
        return self.text


class Icon(Piece, gc=False):
    """A picture of one colour, w x h pixels, from layouts/icons."""

    name: str
    color: str
    bg: str
    on: str = ""
    focus_only: bool = False
    """Whether it is seen only while its link has the focus (the pointer)."""

    def draw(self, brush: Brush[A, T], at: A) -> T:
        return brush.icon(self, at)

    def look(self, top: int) -> tuple[object, ...]:
        y = self.y - top
        return (2, self.x, y, self.w, self.h, self.name, self.color, self.bg, self.focus_only)

    def lit_look(self, top: int) -> tuple[object, ...]:
        return (self.look(top), self.on)

    def lit(self) -> Piece:
        return msgspec.structs.replace(self, focus_only=False, **_inverted(self.on, self.color, self.bg))

    def follows(self) -> bool:
        return self.on == "onfocus" if self.focus_only else _follows(self.on, self.color, self.bg)


class Plot(Piece, gc=False):
    """A line through points, ``stroke`` pixels wide; the painters share one raster of it. Points are canvas pixels."""

    points: tuple[tuple[float, float], ...]
    stroke: int
    color: str
    bg: str
    on: str = ""

    def draw(self, brush: Brush[A, T], at: A) -> T:
        return brush.plot(self, at)

    def moved(self, down: int, further: int) -> Self:
        points = tuple((x, y + down) for x, y in self.points)
        return msgspec.structs.replace(super().moved(down, further), points=points)

    def look(self, top: int) -> tuple[object, ...]:
        return (3, self.x, self.y - top, self.w, self.h, self.local, self.stroke, self.color, self.bg)

    @property
    def local(self) -> tuple[tuple[float, float], ...]:
        """The points counted from the box's corner."""
        return tuple((x - self.x, y - self.y) for x, y in self.points)


class Code(Piece, gc=False):
    """The QR code of an address, ``module`` px a module, its quiet zone in its box. It is dark on light in every theme,
    and the focus does not change it."""

    address: str
    module: int

    def draw(self, brush: Brush[A, T], at: A) -> T:
        return brush.code(self, at)

    def look(self, top: int) -> tuple[object, ...]:
        return (5, self.x, self.y - top, self.w, self.h, self.address, self.module)


class Hole(Piece, gc=False):
    """A hole of live television."""

    def draw(self, brush: Brush[A, T], at: A) -> T:
        return brush.hole(self, at)

    def look(self, top: int) -> tuple[object, ...]:
        return (4, self.x, self.y - top, self.w, self.h)


class Photo(Piece, gc=False):
    """A picture in colours of its own, by the hash of its bytes; ``alt`` says what it shows."""

    key: str
    alt: str = ""

    def draw(self, brush: Brush[A, T], at: A) -> T:
        return brush.photo(self, at)

    def look(self, top: int) -> tuple[object, ...]:
        return (5, self.x, self.y - top, self.w, self.h, self.key)


def _inverted(on: str, color: str, ground: str) -> dict[str, Any]:
    """Ink and ground of a piece with the focus."""
    return {"color": on or color, "bg": "focus" if on else ground}


def _follows(on: str, color: str, ground: str) -> bool:
    """Whether ink is of the row, or of none of the colours that change."""
    return ground == ROW and color in INKS if on == "onfocus" else on == "" and ground != ROW
