"""Leaves of screen markup: elements that put pieces on the canvas and hold nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from channel.screen import codes
from channel.screen.breaking import cut, wrap
from channel.screen.elements import integer
from channel.screen.fonts import WIDER, width
from channel.screen.pieces import Code, Fill, Hole, Icon, Text
from feeds.base.errors import MarkupError

if TYPE_CHECKING:
    from channel.screen.boxes import Around, Box, Placer

MARKS: dict[str, tuple[str, str, int]] = {
    "open": ("disc", "green", 0),
    "later": ("triangle-up", "warn", 0),
    "closed": ("square", "red", 0),
    "up": ("triangle-up", "red", 2),
    "down": ("triangle-down", "green", 2),
}
"""Icon, colour, and how many px it is lower than wide, of each mark: a state is never told by its colour alone."""


def text(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``text``: one line in the middle of its box, or ``lines`` of them at a pitch of ``lh`` px."""
    given = element.attrib
    content = (element.text or "").strip()
    if given.get("count"):
        content = content.format(n=placer.number + 1, of=placer.count)
    if not content:
        return
    most = integer(element, "lines", 1) if "lines" in given else 1
    weight: Any = given.get("weight", "regular")
    if most == 1 and "lh" in given and "h" not in given:
        box = (box[0], box[1], box[2], integer(element, "lh", box[3]))
    size = placer.size(element)
    if most == 1:
        _line(placer, element, box, around, size, _whole(placer, element, content, box, size, weight))
        return
    pitch = integer(element, "lh", round(size * 1.6))
    for index, words in enumerate(wrap(content, box[2], size, weight, most, placer.lang)):
        _line(placer, element, (box[0], box[1] + index * pitch, box[2], pitch), around, size, words)


def line(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """One line that ``wrap`` made of a flowing text."""
    _line(placer, element, box, around, placer.size(element), element.text or "")


def _whole(placer: Placer, element: Element, content: str, box: Box, size: int, weight: Any) -> str:
    shown = cut(content, box[2], size, weight)
    if shown != content and element.attrib.get("cut") != "ok":
        placer.flaw(element, f"{content!r} is cut to {shown!r} in {box[2]} px", fault=False)
    return shown


def _line(placer: Placer, element: Element, box: Box, around: Around, size: int, words: str) -> None:
    given = element.attrib
    get = given.get
    weight: Any = get("weight", "regular")
    x, y, w, h = box
    if "dy" in given:
        y += integer(element, "dy", 0)
    ink = width(words, size, weight)
    align: Any = get("align", "left")
    left = x if align == "left" else x + w - ink if align == "right" else x + (w - ink) // 2
    if ink * WIDER > w + 1:
        placer.flaw(element, f"{words!r} is {ink} px wide, its box {w} px", fault=True)
    placer.pieces.append(
        Text(
            x,
            y,
            w,
            h,
            words,
            size,
            weight,
            get("color", "text"),
            around.bg,
            align,
            left,
            ink,
            around.ink(get("on", around.on)),
            "bold-on" in given,
            get("role", ""),
            link=around.link,
        )
    )


def icon(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``icon``: a picture of one colour; ``name`` empty draws nothing."""
    get = element.attrib.get
    name = get("name", "")
    if not name:
        return
    w = integer(element, "w", integer(element, "size", 22))
    h = integer(element, "h", w)
    on = around.ink(get("on", around.on))
    placer.pieces.append(
        Icon(box[0], box[1], w, h, name, get("color", "brand"), around.bg, on, link=around.link)
    )


def mark(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``mark``: the shape and colour of a state or a change, ``size`` px wide; ``flat`` draws nothing."""
    kind = element.attrib.get("kind", "")
    if kind not in MARKS:
        if kind in ("", "flat"):
            return
        raise MarkupError(f"<mark kind={kind!r}>: expected one of: {', '.join(MARKS)}")
    name, color, lower = MARKS[kind]
    w = integer(element, "size", 22)
    placer.pieces.append(
        Icon(box[0], box[1], w, w - lower, name, color, around.bg, around.ink(around.on), link=around.link)
    )


def rule(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``rule``: a rectangle of ``color``, 3 px high unless told."""
    h = integer(element, "h", 3)
    on = around.ink(element.attrib.get("on", "keep" if around.on == "keep" else "onfocus"))
    color = element.attrib.get("color", "panel2")
    placer.pieces.append(Fill(box[0], box[1], box[2], h, color, on, link=around.link))


def code(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``code``: the QR code of ``address``, ``module`` px a module."""
    address, module = element.attrib.get("address", ""), integer(element, "module", 5)
    side = codes.modules(address) * module
    if side:
        placer.pieces.append(Code(box[0], box[1], side, side, address, module, link=around.link))


def video(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``video``: a hole of live television."""
    placer.pieces.append(Hole(*box, link=around.link))
