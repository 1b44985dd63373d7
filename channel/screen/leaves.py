"""Leaves of screen markup: elements that put pieces on the canvas and hold nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from channel.screen import codes
from channel.screen.breaking import cut, wrap
from channel.screen.elements import integer
from channel.screen.fonts import WIDER, width
from channel.screen.pieces import Code, Fill, Hole, Icon, Photo, Text
from channel.words import N_
from feeds.base.errors import MarkupError

if TYPE_CHECKING:
    from channel.screen.boxes import Around, Box, Placer

LONGEST = 160
"""Characters of a headline, a name or a label: whoever writes more does not expect to see it whole on a television."""
_KEY = re.compile("[0-9a-f]{32}")
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
    lines = wrap(content, box[2], size, weight, most, placer.lang)
    if most and len(lines) == most and lines[-1].endswith("…") and not content.endswith(lines[-1]):
        _shortened(placer, element, content, lines[-1], box[2])
    for index, words in enumerate(lines):
        _line(placer, element, (box[0], box[1] + index * pitch, box[2], pitch), around, size, words)


def line(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """One line that ``wrap`` made of a flowing text."""
    _line(placer, element, box, around, placer.size(element), element.text or "")


def _whole(placer: Placer, element: Element, content: str, box: Box, size: int, weight: Any) -> str:
    shown = cut(content, box[2], size, weight)
    if shown != content:
        _shortened(placer, element, content, shown, box[2])
    return shown


def _shortened(placer: Placer, element: Element, content: str, shown: str, room: int) -> None:
    """Say that a text is cut where that can be mended: where its layout does not expect it, or its source calls a
    headline what is none."""
    if element.attrib.get("cut") == "ok" and len(content) <= LONGEST:
        return
    message = N_("{text} is cut to {shown} in {room} px")
    text = content if len(content) <= LONGEST else content[:LONGEST] + "…"
    placer.flaw(element, message, fault=False, text=repr(text), shown=repr(shown), room=room)


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
        message = N_("{text} is {wide} px wide, its box {room} px")
        placer.flaw(element, message, fault=True, text=repr(words), wide=ink, room=w)
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


def picture(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``picture``: one of the channel's pictures, filling its box; ``key`` names its bytes, ``alt`` what it shows."""
    key = element.attrib.get("key", "")
    if not _KEY.fullmatch(key):
        raise MarkupError(f"<picture key={key!r}>: expected the key of a picture")
    placer.pieces.append(Photo(*box, key, element.attrib.get("alt", ""), link=around.link))
