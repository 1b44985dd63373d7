"""Boxes: walks the elements of screen markup and puts each where it stands.

Every element has a box. ``x y w h`` are pixels from its parent's top left corner; what is not given fills the parent,
``r`` and ``b`` are insets from its right and bottom edge. ``row`` and ``column`` place children that give no ``x`` or
``y`` one after another, ``grid`` cell by cell. ``docs/layouts.md`` shows every element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from xml.etree.ElementTree import Element

import msgspec

from channel.screen import charts, leaves, timegrids
from channel.screen.breaking import wrap
from channel.screen.elements import integer
from channel.screen.pieces import Fill, Icon, Piece
from channel.screen.rows import Known, Laid, LaidLink
from channel.screen.screen import Flaw, Link, Row
from channel.words import N_
from feeds.base.errors import MarkupError

Box: TypeAlias = tuple[int, int, int, int]
Sizes: TypeAlias = Mapping[str, int]
FIRST_TEXT = 28
"""The inset of text that leaves room for the focus pointer, pixels."""
POINTER = (13, 22)
_EDGE = 3
"""What a card leaves free of its strip."""
_SHOWS: dict[str, Callable[[int, int], bool]] = {
    "first": lambda i, n: i == 0,
    "rest": lambda i, n: i > 0,
    "last": lambda i, n: i == n - 1,
    "more": lambda i, n: i < n - 1,
    "single": lambda i, n: n == 1,
    "several": lambda i, n: n > 1,
}


class Around(NamedTuple):
    """What an element stands in, besides a box: its link (-1: none), the colour that ink takes with the focus
    (``keep``: its own), the colour under it, and the container's name."""

    link: int
    on: str
    bg: str
    group: str

    def ink(self, on: str) -> str:
        """The colour of ink with the focus where the markup asks for ``on``; empty where it does not change."""
        return "" if self.link < 0 or on == "keep" else on


NOTHING = Around(-1, "onfocus", "ground", "")
"""What a screen stands in."""


class Placer:
    """Puts the elements of one screen. ``slices`` says which children of each flow stand on this screen, ``known``
    which elements are rows that may have been placed before, ``lang`` by whose rules words are parted."""

    def __init__(
        self,
        sizes: Sizes,
        number: int,
        count: int,
        slices: Mapping[int, list[tuple[Element, int]]],
        known: Mapping[int, Known] | None = None,
        lang: str = "",
    ) -> None:
        self.lang = lang
        self.known = known or {}
        self.rows: list[Row] = []
        self.sizes = sizes
        self.number = number
        self.count = count
        self.slices = slices
        self.pieces: list[Piece] = []
        self.links: list[Link] = []
        self.flaws: list[Flaw] = []
        self.first = -1
        self._rank = 0
        self._taken: set[str] = set()

    def size(self, element: Element) -> int:
        """The pixels of a type role or number."""
        name = element.attrib.get("size", "body")
        try:
            return self.sizes[name] if name in self.sizes else int(name)
        except ValueError:
            raise MarkupError(
                f"<{element.tag} size={name!r}>: expected a number or one of: {', '.join(self.sizes)}"
            ) from None

    def place(self, element: Element, parent: Box, around: Around) -> None:
        """Put ``element`` into ``parent``, with all that is in it."""
        attrib = element.attrib
        show = attrib.get("show")
        if show is not None and not self._shown(show):
            return
        try:
            method = _PLACE[element.tag]
        except KeyError:
            raise MarkupError(f"<{element.tag}>: expected one of: {', '.join(sorted(_PLACE))}") from None
        method(self, element, self.box(element, parent), around)

    def box(self, element: Element, parent: Box) -> Box:
        """The element's box inside its parent's."""
        px, py, pw, ph = parent
        a = element.attrib
        try:
            x = int(a["x"]) if "x" in a else 0
            y = int(a["y"]) if "y" in a else 0
            w = int(a["w"]) if "w" in a else pw - x - (int(a["r"]) if "r" in a else 0)
            h = int(a["h"]) if "h" in a else ph - y - (int(a["b"]) if "b" in a else 0)
        except ValueError:
            x, y = integer(element, "x", 0), integer(element, "y", 0)
            w = integer(element, "w", pw - x - integer(element, "r", 0))
            h = integer(element, "h", ph - y - integer(element, "b", 0))
        return px + x, py + y, w, h

    def _shown(self, show: str) -> bool:
        return all(_shows(word)(self.number, self.count) for word in show.split())

    def children(self, element: Element, box: Box, around: Around) -> None:
        """Put every child into ``box``."""
        for child in element:
            if child.tag == "frame":
                self.put(child, box, around)
            else:
                self.place(child, box, around)

    # --- containers -------------------------------------------------------------------------------------------------

    def fill(self, element: Element, box: Box, around: Around) -> Around:
        """Paint the element's ``fill``, if it has one; returns what its children stand in."""
        given = element.attrib
        color = given.get("fill")
        if not color:
            return around
        keeps = around.on == "keep" and "on" not in given
        on = around.ink("keep" if keeps else given.get("on", "focus"))
        panel = color in ("panel", "button") and "plain" not in given
        self.pieces.append(Fill(*box, color, on, panel, link=around.link))
        return Around(around.link, around.on, color, around.group)

    def group_box(self, element: Element, box: Box, around: Around) -> None:
        """``box``, ``screen`` and ``frame`` (alike on every screen of its page): children stand where they say."""
        inner = self.fill(element, box, around)
        if element.attrib.get("on") == "keep":
            inner = inner._replace(on="keep")
        self.children(element, box, inner)

    def nav(self, element: Element, box: Box, around: Around) -> None:
        """``nav``: a container that the focus enters at its first link."""
        self.group_box(element, box, around._replace(group=element.attrib.get("id", "nav")))

    def row(self, element: Element, box: Box, around: Around) -> None:
        """``row``: children side by side; those with ``grow`` share what is left over."""
        inner = self.fill(element, box, around)
        x, y, w, h = box
        gap = integer(element, "gap", 0)
        flowing = [c for c in element if "x" not in c.attrib]
        fixed = sum(integer(c, "w", 0) for c in flowing) + gap * max(0, len(flowing) - 1)
        growing = sum(integer(c, "grow", 0) for c in flowing)
        spare = max(0, w - fixed)
        at = x
        for child in element:
            if "x" in child.attrib:
                self.place(child, box, inner)
                continue
            share = spare * integer(child, "grow", 0) // growing if growing else 0
            cw = integer(child, "w", 0) + share
            self.place(child, (at, y, cw, h), inner)
            at += cw + gap

    def column(self, element: Element, box: Box, around: Around) -> None:
        """``column``: children one under another, each as high as its ``h`` or its lines."""
        inner = self.fill(element, box, around)
        x, y, w, h = box
        gap = integer(element, "gap", 0)
        at = y
        for child in element:
            show = child.attrib.get("show")
            if show is not None and not self._shown(show):
                continue
            if "y" in child.attrib:
                self.place(child, box, inner)
                continue
            ch = self.height(child, w)
            self.place(child, (x, at, w, ch), inner)
            at += ch + gap
        if at - gap > y + h:
            sentence = N_("its children are {high} px high, the box {room} px")
            self.flaw(element, sentence, fault=True, high=at - gap - y, room=h)

    def grid(self, element: Element, box: Box, around: Around) -> None:
        """``grid``: cells of ``cw`` x ``ch`` px in ``cols`` columns; children may span ``cs`` and ``rs``."""
        inner = self.fill(element, box, around)
        for child, cell in self.cells(element, self.slices.get(id(element)), box):
            self.put(child, cell, inner)

    def cells(self, element: Element, chosen: list[tuple[Element, int]] | None, box: Box) -> list[tuple[Element, Box]]:
        """The children of a grid with their cells, row by row, none on top of another."""
        cols = integer(element, "cols", 1)
        gap_x, gap_y = integer(element, "gx", 12), integer(element, "gy", 12)
        cw = integer(element, "cw", (box[2] - gap_x * (cols - 1)) // cols)
        ch = integer(element, "ch", 60)
        taken: set[tuple[int, int]] = set()
        placed = []
        down = element.attrib.get("order") == "down"
        rows = integer(element, "rows", 1)
        spots = [(c, r) for c in range(cols) for r in range(rows)] if down else None
        for index, child in enumerate([c for c, _ in chosen] if chosen is not None else list(element)):
            cs, rs = integer(child, "cs", 1), integer(child, "rs", 1)
            col, row = spots[index] if spots and index < len(spots) else _free(taken, cols, cs, rs)
            taken.update((col + i, row + j) for i in range(cs) for j in range(rs))
            cell = (
                box[0] + col * (cw + gap_x),
                box[1] + row * (ch + gap_y),
                cs * cw + (cs - 1) * gap_x,
                rs * ch + (rs - 1) * gap_y,
            )
            placed.append((child, cell))
        return placed

    def flow(self, element: Element, box: Box, around: Around) -> None:
        """``flow`` and ``table``: the children that stand on this screen, one under another."""
        inner = self.fill(element, box, around)
        x, y, w, _ = box
        for child, offset in self.slices.get(id(element), ()):
            self.put(child, (x, y + offset, w, self.height(child, w)), inner)

    def put(self, child: Element, where: Box, around: Around) -> None:
        """A child, and what recurs as it was placed before, moved here."""
        known = self.known.get(id(child))
        if known is None:
            self.place(child, where, around)
            return
        x, y, w, h = where
        start, number = len(self.pieces), len(self.links)
        screen = (self.number, self.count) if known.varies else None
        place = (x, w, h, around, screen)
        laid = known.laid.get(place)
        if laid is None:
            laid = known.laid[place] = self._lay(known.element, where, around)
        else:
            self._again(laid, y)
        link = number if laid.links and known.element.tag == "link" else -1
        self.rows.append(Row(laid, start, len(self.pieces), y, y + h, link))

    def _start(self, index: int, rank: int) -> None:
        """A link that may have the first focus: it goes to the first of the highest rank."""
        if rank > self._rank:
            self.first, self._rank = index, rank

    def _lay(self, element: Element, where: Box, around: Around) -> Laid:
        start, number, flaws = len(self.pieces), len(self.links), len(self.flaws)
        self.place(element, where, around)
        named = {child.attrib["id"] for child in element.iter("link") if "id" in child.attrib}
        starts = {child.attrib["to"] for child in element.iter("link") if child.attrib.get("start")}
        links = [
            LaidLink(
                msgspec.structs.replace(link, start=link.start - start, end=link.end - start),
                link.id in named,
                _rank(link.to in starts, link.group),
            )
            for link in self.links[number:]
        ]
        return Laid(self.pieces[start:], links, self.flaws[flaws:], where[1], number)

    def _again(self, laid: Laid, y: int) -> None:
        start, number, down = len(self.pieces), len(self.links), y - laid.y
        for link, named, starts in laid.links:
            ident = link.id if named else self.link_id(link.to)
            self._taken.add(ident)
            self._start(len(self.links), starts)
            self.links.append(
                Link(
                    ident, link.to, link.x, link.y + down, link.w, link.h, link.kind, start + link.start,
                    start + link.end, link.group, link.strip, link.key, link.bg,
                )
            )  # fmt: skip
        self.pieces += laid.at(y, number)
        self.flaws += laid.flaws

    # --- links ------------------------------------------------------------------------------------------------------

    def link_box(self, element: Element, box: Box, around: Around) -> None:
        """``link``: what can take the focus; without ``to`` it is a plain box."""
        to = element.attrib.get("to", "")
        if not to:
            self.group_box(element, box, around)
            return
        get = element.attrib.get
        kind: Any = get("kind", "row")
        if kind not in ("row", "cell", "card"):
            raise MarkupError(f"<link kind={kind!r}>: expected row, cell or card")
        index = len(self.links)
        link = Link(
            get("id") or self.link_id(to), to, *box, kind, len(self.pieces), 0, around.group,
            integer(element, "strip", 0), get("key", ""), around.bg,
        )  # fmt: skip
        self.links.append(link)
        self._taken.add(link.id)
        self._start(index, _rank(bool(get("start")), around.group))
        within = Around(index, get("ink", "onfocus"), around.bg, around.group)
        if kind == "card" and "fill" in element.attrib:  # a window of television has a border alone
            inner = self._card(element, box, within, link.strip)
        else:
            inner = self.fill(element, box, within)
        self._pointer(element, box, kind, inner)
        self.children(element, box, inner)
        link.end = len(self.pieces)

    def _card(self, element: Element, box: Box, around: Around, strip: int) -> Around:
        """The panel of a card, which stays as it is with the focus, and its strip, which does not."""
        inner = self.fill(element, box, around._replace(on="keep"))
        # Within the edge that themes of high contrast draw; the border of the focus covers what that leaves.
        x, y, w = box[0] + _EDGE, box[1] + _EDGE, box[2] - 2 * _EDGE
        self.pieces.append(Fill(x, y, w, strip - _EDGE, inner.bg, "focus", link=around.link))
        return inner._replace(on=around.on)

    def _pointer(self, element: Element, box: Box, kind: str, around: Around) -> None:
        middle = element.attrib.get("pointer", "")
        if kind == "cell" or middle == "no":
            return
        at = integer(element, "pointer", (integer(element, "strip", 0) or box[3]) // 2)
        w, h = POINTER
        x, y = box[0] + 8, box[1] + at - h // 2
        self.pieces.append(Icon(x, y, w, h, "pointer", around.bg, around.bg, "onfocus", True, link=around.link))

    def link_id(self, to: str) -> str:
        """An id that stays the same while the target does, so that the focus finds it again: ``p201``, ``iabc12``."""
        base = _link_base(to)
        ident, n = base, 2
        while ident in self._taken:
            ident, n = f"{base}_{n}", n + 1
        return ident

    def flaw(self, element: Element, message: str, *, fault: bool, **given: str | int) -> None:
        """Remember that something does not fit."""
        self.flaws.append(Flaw.of(message, given, fault=fault, element=f"<{element.tag}>"))

    # --- heights ----------------------------------------------------------------------------------------------------

    def height(self, element: Element, room: int) -> int:
        """How high a child of a column or flow is, in px, when it is ``room`` px wide."""
        if "h" in element.attrib:
            return integer(element, "h", 0)
        if element.tag == "text":
            size = self.size(element)
            pitch = integer(element, "lh", round(size * 1.6))
            most = integer(element, "lines", 1)
            if most == 1:
                return pitch
            weight: Any = element.attrib.get("weight", "regular")
            inner = integer(element, "w", room - integer(element, "x", 0) - integer(element, "r", 0))
            return pitch * len(wrap((element.text or "").strip(), inner, size, weight, most, self.lang))
        raise MarkupError(f"<{element.tag}>: expected h, its height in pixels, inside a column or flow")


@lru_cache(maxsize=20_000)
def _link_base(to: str) -> str:
    page, _, item = to.rpartition("/")[2].partition(".")
    if item:
        return f"i{item}"
    return f"e{to[1:].partition('/')[0]}" if to.startswith("@") else f"p{page}"


def _rank(asks: bool, group: str) -> int:
    """How far a link is the one for the first focus: in the content and asking for it 2, one of both 1, else 0."""
    return int(asks) + int(not group)


def _shows(word: str) -> Callable[[int, int], bool]:
    try:
        return _SHOWS[word]
    except KeyError:
        raise MarkupError(f"show={word!r}: expected words of: {', '.join(_SHOWS)}") from None


def _free(taken: set[tuple[int, int]], cols: int, cs: int, rs: int) -> tuple[int, int]:
    row = 0
    while True:
        for col in range(cols - cs + 1):
            if all((col + i, row + j) not in taken for i in range(cs) for j in range(rs)):
                return col, row
        row += 1


_PLACE: dict[str, Callable[[Placer, Element, Box, Around], None]] = {
    "screen": Placer.group_box,
    "box": Placer.group_box,
    "nav": Placer.nav,
    "frame": Placer.group_box,
    "row": Placer.row,
    "column": Placer.column,
    "grid": Placer.grid,
    "flow": Placer.flow,
    "link": Placer.link_box,
    "text": leaves.text,
    "line": leaves.line,
    "icon": leaves.icon,
    "mark": leaves.mark,
    "rule": leaves.rule,
    "video": leaves.video,
    "picture": leaves.picture,
    "code": leaves.code,
    "chart": charts.place,
    "timegrid": timegrids.place,
}
"""Every element of screen markup."""
