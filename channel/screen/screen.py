"""A Screen: one canvas of a page as a flat list of things to paint, its links, and its focus map.

Both painters work from this and from nothing else. All numbers are whole pixels from the canvas's top left corner;
colours are tokens of the theme. Pieces stand in the order in which they are painted; those of one link are contiguous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from channel.screen.pieces import Piece
from channel.words import Remark

if TYPE_CHECKING:
    from channel.screen.rows import Laid

class Link(msgspec.Struct, gc=False):
    """What can take the focus. ``start``:``end`` is the slice of the screen's pieces that belong to it.

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


class Flaw(Remark, frozen=True, kw_only=True):
    """Something that did not fit while the screen was laid out; preflight turns it into a finding."""

    fault: bool
    element: str


class Screen(msgspec.Struct, eq=False):
    """One canvas: ``number`` of ``count``. What painters make of it they keep by its identity."""

    page: str
    title: str
    number: int
    count: int
    width: int
    height: int
    pieces: list[Piece]
    links: list[Link]
    focus: list[Neighbours]
    first: int
    """Index of the link that has the focus when the screen appears; -1 when there is none."""
    flaws: list[Flaw]
    theme: str = ""
    """A theme that this layout asks for whatever the channel's is (the alert's), or empty."""
    rows: list[Row] = []
