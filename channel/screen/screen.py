"""A Screen: one canvas of a page as a flat list of things to paint, its links, and its focus map.

Both painters work from this and from nothing else. All numbers are whole pixels from the canvas's top left corner;
colours are tokens of the theme. Items stand in the order in which they are painted; those of one link are contiguous.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import msgspec

from channel.screen.fonts import Weight

if TYPE_CHECKING:
    from channel.screen.rows import Laid

Align: TypeAlias = Literal["left", "center", "right"]


class Fill(msgspec.Struct, gc=False):
    """A rectangle of one colour. ``on`` is its colour while its link has the focus (empty: it does not change)."""

    x: int
    y: int
    w: int
    h: int
    color: str
    link: int = -1
    on: str = ""
    panel: bool = False
    """Whether a theme with edges draws one round it."""


class Text(msgspec.Struct, gc=False):
    """One line of text in its line box (x, y, w, h). ``left`` and ``width`` are where our own font puts its ink."""

    x: int
    y: int
    w: int
    h: int
    text: str
    size: int
    weight: Weight
    color: str
    bg: str
    align: Align
    left: int
    width: int
    link: int = -1
    on: str = ""
    bold_on: bool = False
    """Whether the line goes bold while its link has the focus."""
    role: str = ""
    """What the box's script fills in (``clk``, ``day``), or empty."""


class Icon(msgspec.Struct, gc=False):
    """A picture of one colour, w x h pixels, from layouts/icons."""

    x: int
    y: int
    w: int
    h: int
    name: str
    color: str
    bg: str
    link: int = -1
    on: str = ""
    focus_only: bool = False
    """Whether it is seen only while its link has the focus (the pointer)."""


class Plot(msgspec.Struct, gc=False):
    """A line through points, ``stroke`` pixels wide; the painters share one raster of it. Points are canvas pixels."""

    x: int
    y: int
    w: int
    h: int
    points: tuple[tuple[float, float], ...]
    stroke: int
    color: str
    bg: str
    link: int = -1
    on: str = ""


class Hole(msgspec.Struct, gc=False):
    """A hole of live television."""

    x: int
    y: int
    w: int
    h: int
    link: int = -1


Item: TypeAlias = Fill | Text | Icon | Plot | Hole


class Link(msgspec.Struct, gc=False):
    """What can take the focus. ``start``:``end`` is the slice of the screen's items that belong to it.

    ``kind``: ``row`` (fill, ring, pointer), ``cell`` (fill and ring) or ``card`` (border and title strip of ``strip``
    pixels). ``group`` names the container (``nav`` of the footer), empty in the content.
    """

    id: str
    to: str
    x: int
    y: int
    w: int
    h: int
    kind: Literal["row", "cell", "card"]
    start: int
    end: int = 0
    group: str = ""
    strip: int = 0
    key: str = ""
    """The colour key that follows this link, or empty."""
    bg: str = ""
    """The colour token of what the link stands on."""


class Neighbours(msgspec.Struct, gc=False, frozen=True):
    """Where the arrows lead from a link: indexes into the screen's links, -1 stays."""

    up: int
    down: int
    left: int
    right: int


class Row(NamedTuple):
    """A row that may recur: the slice ``start``:``end`` of the screen's items between ``y`` and ``bottom``, and the
    index of its link (-1: it is none, or a whole frame)."""

    laid: Laid
    start: int
    end: int
    y: int
    bottom: int
    link: int


class Flaw(msgspec.Struct, frozen=True, gc=False):
    """Something that did not fit while the screen was laid out; preflight turns it into a finding."""

    fault: bool
    element: str
    sentence: str


class Screen(msgspec.Struct):
    """One canvas: ``number`` of ``count``."""

    page: str
    title: str
    number: int
    count: int
    width: int
    height: int
    items: list[Item]
    links: list[Link]
    focus: list[Neighbours]
    first: int
    """Index of the link that has the focus when the screen appears; -1 when there is none."""
    flaws: list[Flaw]
    theme: str = ""
    """A theme that this layout asks for whatever the channel's is (the alert's), or empty."""
    rows: list[Row] = []
    looks: dict[Hashable, Any] = {}
    """What painters keep of it: boxes of several families are shown the same Screen."""
