"""What recurs: a link of a flow or grid, and each frame of a page, is parsed and placed once for its markup, then moved
to wherever it stands.

818 estates see the same places, each in an order of its own; of five rows on air four have been placed before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import NamedTuple, TypeAlias
from xml.etree.ElementTree import XML, Element, ParseError

from channel.screen.pieces import Piece
from channel.screen.screen import Flaw, Link

MOST_ROWS = 2_000
"""Rows kept of a geometry: what the estates of one page and its neighbours see."""
_MOST_PLACES = 6
_MOST_CONTENTS = 32
_END = "</link>"
_ROW, _CELL, _FRAME = "known-row", "known-cell", "known-frame"
"""Marks in the places of what was taken out. A frame in a row is not found again: such markup is parsed as a whole."""
_VARIES = (" show=", " count=")
"""Attributes by which an element looks otherwise on another screen of its page."""


class LaidLink(NamedTuple):
    """A link with its pieces counted from the row's first, whether its ``id`` was given, and its rank for the first
    focus."""

    link: Link
    named: bool
    starts: int


class Laid:
    """A row (or frame) as it was placed: pieces and links with their place.

    Its identity stands for its looks: two rows of one ``Laid`` differ in nothing but y and the numbers of their links.
    What painters make of it they keep beside it (``channel.memory.Beside``), and it goes with the row.
    """

    __slots__ = ("__weakref__", "_places", "flaws", "links", "y")

    def __init__(self, pieces: list[Piece], links: list[LaidLink], flaws: list[Flaw], y: int, number: int) -> None:
        self.links, self.flaws, self.y = links, flaws, y
        self._places = {(y, number): pieces}

    def at(self, y: int, number: int) -> list[Piece]:
        """The pieces with the row's top at ``y``, its first link being the screen's ``number``-th."""
        found = self._places.get((y, number))
        if found is None:
            (base, first), pieces = next(iter(self._places.items()))
            found = [piece.moved(y - base, number - first) for piece in pieces]
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            self._places[y, number] = found
        return found


class Known:
    """An element that recurs, and how it was placed in each surrounding; ``varies`` says whether it looks otherwise on
    another screen of its page."""

    __slots__ = ("element", "laid", "varies")

    def __init__(self, element: Element, varies: bool) -> None:
        self.element = element
        self.varies = varies
        self.laid: dict[Hashable, Laid] = {}


_Found: TypeAlias = dict[str, list[Known]]
"""What was taken out of a page's markup, by its mark, in the order of the markup."""


class Rows:
    """The rows of one geometry, at most ``most`` of them, the latest used last."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._last: dict[tuple[str, str], tuple[str, list[Known]]] = {}
        """Contents taken apart: another box family with the same canvas comes with the same."""
        self._most = most

    def parse(self, markup: str) -> tuple[Element, Mapping[int, Known]] | None:
        """The root element, and its known elements by their ``id()``; None where the markup is not of the kind that
        can be taken apart, and must be parsed as a whole."""
        found: _Found = {_FRAME: [], _ROW: [], _CELL: []}
        try:
            bare = _between(
                markup, "<frame>", "</frame>", lambda text: self._mark(f"<frame>{text}</frame>", _FRAME, found)
            )
            bare = _between(bare, "<flow ", "</flow>", lambda text: f"<flow {self._apart(text, _ROW, found)}</flow>")
            bare = _between(bare, "<grid ", "</grid>", lambda text: f"<grid {self._apart(text, _CELL, found)}</grid>")
            root = XML(bare)
        except ParseError:
            return None
        if root.tag != "screen":
            return None
        rest = {tag: iter(marked) for tag, marked in found.items()}
        if not _put_back(root, rest) or any(next(left, None) for left in rest.values()):
            return None
        return root, {id(known.element): known for marked in found.values() for known in marked}

    def _apart(self, content: str, tag: str, found: _Found) -> str:
        """The content of a flow or grid with the mark ``tag`` in place of each link that stands by itself."""
        last = self._last.get((tag, content))
        if last is None:
            if len(self._last) >= _MOST_CONTENTS:
                self._last.clear()
            last = self._last[tag, content] = self._taken(content, tag)
        found[tag] += last[1]
        return last[0]

    def _taken(self, content: str, tag: str) -> tuple[str, list[Known]]:
        found: _Found = {tag: []}
        parts = content.split(_END)
        out = []
        for part in parts[:-1]:
            at = part.find("<link")
            if at < 0 or part.find("<link", at + 1) >= 0:
                out.append(part + _END)
                continue
            out.append(part[:at] + self._mark(part[at:] + _END, tag, found))
        return "".join(out) + parts[-1], found[tag]

    def _mark(self, text: str, tag: str, found: _Found) -> str:
        found[tag].append(self.known(text))
        return f"<{tag}/>"

    def known(self, text: str) -> Known:
        """The element of ``text``, the same one each time. Raises ParseError."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = Known(XML(text), any(name in text for name in _VARIES))
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(text)
        return known


def _between(text: str, begin: str, end: str, change: Callable[[str], str]) -> str:
    """``text`` with each stretch from ``begin`` to ``end`` put through ``change`` (which is given what is between)."""
    out, at = [], 0
    while (start := text.find(begin, at)) >= 0 and (stop := text.find(end, start)) >= 0:
        out += [text[at:start], change(text[start + len(begin) : stop])]
        at = stop + len(end)
    return "".join([*out, text[at:]])


def _put_back(parent: Element, rest: Mapping[str, Iterator[Known]]) -> bool:
    """The known elements in the places of their marks, in the order of the markup; False where a mark has none."""
    for index, child in enumerate(parent):
        waiting = rest.get(child.tag)
        if waiting is not None:
            known = next(waiting, None)
            if known is None:
                return False
            parent[index] = known.element
        elif len(child) and not _put_back(child, rest):
            return False
    return True
