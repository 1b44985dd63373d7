"""Boxes: walks the elements of screen markup and puts each where it stands.

Every element has a box. ``x y w h`` are pixels from its parent's top left corner; what is not given fills the parent,
``r`` and ``b`` are insets from its right and bottom edge. ``row`` and ``column`` place children that give no ``x`` or
``y`` one after another, ``grid`` cell by cell. ``docs/layouts.md`` shows every element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element

import msgspec

from channel.screen import charts, timegrids
from channel.screen.breaking import cut, wrap
from channel.screen.fonts import WIDER, width
from channel.screen.rows import Known, Laid, LaidLink
from channel.screen.screen import Fill, Flaw, Hole, Icon, Item, Link, Plot, Row, Text
from feeds.base.errors import MarkupError

Box: TypeAlias = tuple[int, int, int, int]
Sizes: TypeAlias = Mapping[str, int]
FIRST_TEXT = 28
"""The inset of text that leaves room for the focus pointer, pixels."""
POINTER = (13, 22)
MARKS: dict[str, tuple[str, str, int]] = {
    "open": ("disc", "green", 0),
    "later": ("triangle-up", "warn", 0),
    "closed": ("square", "red", 0),
    "up": ("triangle-up", "red", 2),
    "down": ("triangle-down", "green", 2),
}
"""Icon, colour, and how many px it is lower than wide, of each mark: a state is never told by its colour alone."""
_SHOWS: dict[str, Callable[[int, int], bool]] = {
    "first": lambda i, n: i == 0,
    "rest": lambda i, n: i > 0,
    "last": lambda i, n: i == n - 1,
    "more": lambda i, n: i < n - 1,
    "single": lambda i, n: n == 1,
    "several": lambda i, n: n > 1,
}


def integer(element: Element, name: str, default: int) -> int:
    """A whole-pixel attribute. Raises MarkupError when it is not a number."""
    text = element.attrib.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        try:
            return round(float(text))
        except ValueError:
            raise MarkupError(f"<{element.tag} {name}={text!r}>: expected a number of pixels") from None


class Placer:
    """Puts the elements of one screen. ``slices`` says which children of each flow stand on this screen, ``known``
    which elements are rows that may have been placed before."""

    def __init__(
        self,
        sizes: Sizes,
        number: int,
        count: int,
        slices: Mapping[int, list[tuple[Element, int]]],
        known: Mapping[int, Known] | None = None,
    ) -> None:
        self.known = known or {}
        self.rows: list[Row] = []
        self.sizes = sizes
        self.number = number
        self.count = count
        self.slices = slices
        self.items: list[Item] = []
        self.links: list[Link] = []
        self.flaws: list[Flaw] = []
        self.first = -1
        self._rank = 0
        self.link = -1
        self.on = "onfocus"
        self.bg = "ground"
        self.group = ""
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

    def place(self, element: Element, parent: Box, inherited: Mapping[str, str] | None = None) -> None:
        """Put ``element`` into ``parent``, with all that is in it."""
        attrib = element.attrib
        show = attrib.get("show")
        if show is not None and not self._shown(show):
            return
        try:
            method = _PLACE[element.tag]
        except KeyError:
            raise MarkupError(f"<{element.tag}>: expected one of: {', '.join(sorted(_PLACE))}") from None
        method(self, element, self.box(element, parent))

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

    def children(self, element: Element, box: Box) -> None:
        """Put every child into ``box``."""
        for child in element:
            if child.tag == "frame":
                self.put(child, box)
            else:
                self.place(child, box)

    # --- containers -------------------------------------------------------------------------------------------------

    def fill(self, element: Element, box: Box) -> str:
        """Paint the element's ``fill``, if it has one; returns the colour that was under it."""
        color = element.attrib.get("fill")
        before = self.bg
        if color:
            on = element.attrib.get("on", "focus") if self.link >= 0 else ""
            if on == "keep" or (self.link >= 0 and self.on == "keep" and "on" not in element.attrib):
                on = ""
            panel = color == "panel" and "plain" not in element.attrib
            self.items.append(Fill(*box, color, self.link, on, panel))
            self.bg = color
        return before

    def group_box(self, element: Element, box: Box) -> None:
        """``box``, ``screen`` and ``frame`` (alike on every screen of its page): children stand where they say."""
        before = self.fill(element, box)
        on = self.on
        if element.attrib.get("on") == "keep":
            self.on = "keep"
        self.children(element, box)
        self.bg, self.on = before, on

    def nav(self, element: Element, box: Box) -> None:
        """``nav``: a container that the focus enters at its first link."""
        before, self.group = self.group, element.attrib.get("id", "nav")
        self.group_box(element, box)
        self.group = before

    def row(self, element: Element, box: Box) -> None:
        """``row``: children side by side; those with ``grow`` share what is left over."""
        before = self.fill(element, box)
        x, y, w, h = box
        gap = integer(element, "gap", 0)
        flowing = [c for c in element if "x" not in c.attrib]
        fixed = sum(integer(c, "w", 0) for c in flowing) + gap * max(0, len(flowing) - 1)
        growing = sum(integer(c, "grow", 0) for c in flowing)
        spare = max(0, w - fixed)
        at = x
        for child in element:
            if "x" in child.attrib:
                self.place(child, box)
                continue
            share = spare * integer(child, "grow", 0) // growing if growing else 0
            cw = integer(child, "w", 0) + share
            self.place(child, (at, y, cw, h))
            at += cw + gap
        self.bg = before

    def column(self, element: Element, box: Box) -> None:
        """``column``: children one under another, each as high as its ``h`` or its lines."""
        before = self.fill(element, box)
        x, y, w, h = box
        gap = integer(element, "gap", 0)
        at = y
        for child in element:
            show = child.attrib.get("show")
            if show is not None and not self._shown(show):
                continue
            if "y" in child.attrib:
                self.place(child, box)
                continue
            ch = self.height(child, w)
            self.place(child, (x, at, w, ch))
            at += ch + gap
        if at - gap > y + h:
            self.flaw(element, f"its children are {at - gap - y} px high, the box {h} px", fault=True)
        self.bg = before

    def grid(self, element: Element, box: Box) -> None:
        """``grid``: cells of ``cw`` x ``ch`` px in ``cols`` columns; children may span ``cs`` and ``rs``."""
        before = self.fill(element, box)
        for child, cell in self.cells(element, self.slices.get(id(element)), box):
            self.put(child, cell)
        self.bg = before

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

    def flow(self, element: Element, box: Box) -> None:
        """``flow`` and ``table``: the children that stand on this screen, one under another."""
        before = self.fill(element, box)
        x, y, w, _ = box
        for child, offset in self.slices.get(id(element), ()):
            self.put(child, (x, y + offset, w, self.height(child, w)))
        self.bg = before

    def put(self, child: Element, where: Box) -> None:
        """A child, and what recurs as it was placed before, moved here."""
        known = self.known.get(id(child))
        if known is None:
            self.place(child, where)
            return
        x, y, w, h = where
        start, number = len(self.items), len(self.links)
        screen = (self.number, self.count) if known.varies else None
        around = (x, w, h, self.bg, self.on, self.group, screen)
        laid = known.laid.get(around)
        if laid is None:
            laid = known.laid[around] = self._lay(known.element, where)
        else:
            self._again(laid, y)
        link = number if laid.links and known.element.tag == "link" else -1
        self.rows.append(Row(laid, start, len(self.items), y, y + h, link))

    def _start(self, index: int, rank: int) -> None:
        """A link that may have the first focus: it goes to the first of the highest rank."""
        if rank > self._rank:
            self.first, self._rank = index, rank

    def _lay(self, element: Element, where: Box) -> Laid:
        start, number, flaws = len(self.items), len(self.links), len(self.flaws)
        self.place(element, where)
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
        return Laid(self.items[start:], links, self.flaws[flaws:], where[1], number)

    def _again(self, laid: Laid, y: int) -> None:
        start, number, down = len(self.items), len(self.links), y - laid.y
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
        self.items += laid.at(y, number)
        self.flaws += laid.flaws

    # --- leaves -----------------------------------------------------------------------------------------------------

    def link_box(self, element: Element, box: Box) -> None:
        """``link``: what can take the focus; without ``to`` it is a plain box."""
        to = element.attrib.get("to", "")
        if not to:
            self.group_box(element, box)
            return
        get = element.attrib.get
        kind: Any = get("kind", "row")
        if kind not in ("row", "cell", "card"):
            raise MarkupError(f"<link kind={kind!r}>: expected row, cell or card")
        index = len(self.links)
        link = Link(
            get("id") or self.link_id(to), to, *box, kind, len(self.items), 0, self.group, integer(element, "strip", 0),
            get("key", ""), self.bg,
        )  # fmt: skip
        self.links.append(link)
        self._taken.add(link.id)
        self._start(index, _rank(bool(get("start")), self.group))
        outer, before, on = self.link, self.bg, self.on
        self.link = index
        self.on = get("ink", "onfocus")
        self.fill(element, box)
        if kind == "card" and "fill" in element.attrib:  # a window of television has a border alone
            self.items[link.start].on = ""  # type: ignore[union-attr]
            self.items.append(Fill(box[0], box[1], box[2], link.strip, self.bg, index, "focus"))
        self._pointer(element, box, kind)
        self.children(element, box)
        link.end = len(self.items)
        self.link, self.bg, self.on = outer, before, on

    def _pointer(self, element: Element, box: Box, kind: str) -> None:
        middle = element.attrib.get("pointer", "")
        if kind == "cell" or middle == "no":
            return
        at = integer(element, "pointer", (integer(element, "strip", 0) or box[3]) // 2)
        w, h = POINTER
        self.items.append(
            Icon(box[0] + 8, box[1] + at - h // 2, w, h, "pointer", self.bg, self.bg, self.link, "onfocus", True)
        )

    def link_id(self, to: str) -> str:
        """An id that stays the same while the target does, so that the focus finds it again: ``p201``, ``iabc12``."""
        base = _link_base(to)
        ident, n = base, 2
        while ident in self._taken:
            ident, n = f"{base}_{n}", n + 1
        return ident

    def text(self, element: Element, box: Box) -> None:
        """``text``: one line in the middle of its box, or ``lines`` of them at a pitch of ``lh`` px."""
        given = element.attrib
        content = (element.text or "").strip()
        if given.get("count"):
            content = content.format(n=self.number + 1, of=self.count)
        if not content:
            return
        most = integer(element, "lines", 1) if "lines" in given else 1
        weight: Any = given.get("weight", "regular")
        if most == 1 and "lh" in given and "h" not in given:
            box = (box[0], box[1], box[2], integer(element, "lh", box[3]))
        size = self.size(element)
        if most == 1:
            self._line(element, content, box, size, weight, self._whole(element, content, box, size, weight))
            return
        pitch = integer(element, "lh", round(size * 1.6))
        lines = wrap(content, box[2], size, weight, most)
        for index, line in enumerate(lines):
            self._line(element, line, (box[0], box[1] + index * pitch, box[2], pitch), size, weight, line)

    def line(self, element: Element, box: Box) -> None:
        """One line that ``wrap`` made of a flowing text."""
        weight: Any = element.attrib.get("weight", "regular")
        self._line(element, element.text or "", box, self.size(element), weight, element.text or "")

    def _whole(self, element: Element, content: str, box: Box, size: int, weight: Any) -> str:
        line = cut(content, box[2], size, weight)
        if line != content and element.attrib.get("cut") != "ok":
            self.flaw(element, f"{content!r} is cut to {line!r} in {box[2]} px", fault=False)
        return line

    def _line(self, element: Element, content: str, box: Box, size: int, weight: Any, line: str) -> None:
        given = element.attrib
        get = given.get
        x, y, w, h = box
        if "dy" in given:
            y += integer(element, "dy", 0)
        ink = width(line, size, weight)
        align: Any = get("align", "left")
        left = x if align == "left" else x + w - ink if align == "right" else x + (w - ink) // 2
        color = get("color", "text")
        on = get("on", self.on) if self.link >= 0 else ""
        on = "" if on == "keep" else on
        bold_on = "bold-on" in given
        if ink * WIDER > w + 1:
            self.flaw(element, f"{line!r} is {ink} px wide, its box {w} px", fault=True)
        self.items.append(
            Text(
                x,
                y,
                w,
                h,
                line,
                size,
                weight,
                color,
                self.bg,
                align,
                left,
                ink,
                self.link,
                on,
                bold_on,
                get("role", ""),
            )
        )

    def icon(self, element: Element, box: Box) -> None:
        """``icon``: a picture of one colour; ``name`` empty draws nothing."""
        get = element.attrib.get
        name = get("name", "")
        if not name:
            return
        w = integer(element, "w", integer(element, "size", 22))
        h = integer(element, "h", w)
        on = get("on", self.on) if self.link >= 0 else ""
        color = get("color", "brand")
        self.items.append(Icon(box[0], box[1], w, h, name, color, self.bg, self.link, "" if on == "keep" else on))

    def mark(self, element: Element, box: Box) -> None:
        """``mark``: the shape and colour of a state or a change, ``size`` px wide; ``flat`` draws nothing."""
        kind = element.attrib.get("kind", "")
        if kind not in MARKS:
            if kind in ("", "flat"):
                return
            raise MarkupError(f"<mark kind={kind!r}>: expected one of: {', '.join(MARKS)}")
        name, color, lower = MARKS[kind]
        w = integer(element, "size", 22)
        on = "" if self.on == "keep" or self.link < 0 else self.on
        self.items.append(Icon(box[0], box[1], w, w - lower, name, color, self.bg, self.link, on))

    def rule(self, element: Element, box: Box) -> None:
        """``rule``: a rectangle of ``color``, 3 px high unless told."""
        h = integer(element, "h", 3)
        on = element.attrib.get("on", "keep" if self.on == "keep" else "onfocus") if self.link >= 0 else ""
        color = element.attrib.get("color", "panel2")
        self.items.append(Fill(box[0], box[1], box[2], h, color, self.link, "" if on == "keep" else on))

    def video(self, element: Element, box: Box) -> None:
        """``video``: a hole of live television."""
        self.items.append(Hole(*box, self.link))

    def chart(self, element: Element, box: Box) -> None:
        """``chart``: bars and lines on labelled axes."""
        charts.place(self, element, box)

    def timegrid(self, element: Element, box: Box) -> None:
        """``timegrid``: blocks whose width is their duration."""
        timegrids.place(self, element, box)

    def plot(self, box: Box, points: tuple[tuple[float, float], ...], stroke: int, color: str) -> None:
        """A line through points."""
        self.items.append(Plot(*box, points, stroke, color, self.bg, self.link))

    def flaw(self, element: Element, sentence: str, *, fault: bool) -> None:
        """Remember that something does not fit."""
        self.flaws.append(Flaw(fault, f"<{element.tag}>", sentence))

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
            return pitch * len(wrap((element.text or "").strip(), inner, size, weight, most))
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


_PLACE: dict[str, Callable[[Placer, Element, Box], None]] = {
    "screen": Placer.group_box,
    "box": Placer.group_box,
    "nav": Placer.nav,
    "frame": Placer.group_box,
    "row": Placer.row,
    "column": Placer.column,
    "grid": Placer.grid,
    "flow": Placer.flow,
    "link": Placer.link_box,
    "text": Placer.text,
    "line": Placer.line,
    "icon": Placer.icon,
    "mark": Placer.mark,
    "rule": Placer.rule,
    "video": Placer.video,
    "chart": Placer.chart,
    "timegrid": Placer.timegrid,
}
"""Every element of screen markup."""
