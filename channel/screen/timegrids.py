"""The ``timegrid`` element: tracks down, time across, blocks as wide as they last, a line for now.

``<timegrid from span names>`` holds ``<track name note>`` with ``<block start minutes title time state to/>``. Minutes
count from local midnight; the window shows ``span`` of them from ``from`` on. ``now`` draws the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element, SubElement

from channel.screen.screen import Fill

if TYPE_CHECKING:
    from channel.screen.boxes import Placer

Box: TypeAlias = tuple[int, int, int, int]
_STYLE = {
    "past": ("panel", "text2", "regular"),
    "now": ("panel2", "text", "bold"),
    "future": ("panel", "text", "regular"),
}
_NARROW = 90
"""A block narrower than this holds a pointer instead of words."""


def place(placer: Placer, element: Element, box: Box) -> None:
    """Put a grid into ``box``: a head of ``head`` px, then tracks of ``th`` px at a pitch of ``th + gap``."""
    get = element.attrib.get
    names, head, th, gap = int(get("names", "192")), int(get("head", "48")), int(get("th", "88")), int(get("gap", "6"))
    start, span = int(get("from", "0")), int(get("span", "240"))
    scale = (box[2] - names) / span
    left = box[0] + names
    now = int(get("now", "-1")) if get("now") else -1
    line = round(left + (now - start) * scale) if start <= now <= start + span else -1
    _head(placer, element, box, names, head, scale, line)
    tracks = list(element.iter("track"))
    if line >= 0 and tracks:
        foot = box[1] + head + len(tracks) * (th + gap) - gap
        placer.items.append(Fill(line - 2, box[1] + head - 4, 4, foot - box[1] - head + 4, "red", placer.link))
    for index, track in enumerate(tracks):
        _track(placer, track, (box[0], box[1] + head + index * (th + gap), box[2], th), names, start, span, scale, line)


def _head(placer: Placer, element: Element, box: Box, names: int, head: int, scale: float, line: int) -> None:
    start, span = int(element.attrib.get("from", "0")), int(element.attrib.get("span", "240"))
    size = element.attrib.get("size", "secondary")
    title = Element("text", {"x": "16", "w": str(names - 16), "h": str(head - 4), "size": size, "color": "text2"})
    title.text = element.attrib.get("heading", "")
    placer.place(title, box)
    for minute in range(start, start + span, 30):
        x = round(names + (minute - start) * scale)
        # The flag of now stands in the same row: a tick under it gives way.
        if line >= 0 and -120 * scale / 4 < box[0] + x - line < 13 * scale:
            continue
        placer.items.append(Fill(box[0] + x, box[1] + 6, 3, head - 16, "panel2", placer.link))
        tick = Element("text", {"x": str(x + 8), "w": "110", "h": str(head - 4), "size": size, "color": "text2"})
        tick.text = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
        placer.place(tick, box)
    if line >= 0:
        now = int(element.attrib["now"])
        flag = Element(
            "box",
            {
                "x": str(min(max(line - 50 - box[0], names), box[2] - 100)),
                "w": "100",
                "h": str(head - 4),
                "fill": "red",
            },
        )
        text = SubElement(flag, "text", {"align": "center", "size": "body", "weight": "bold", "color": "onkey"})
        text.text = f"{now // 60 % 24:02d}:{now % 60:02d}"
        placer.place(flag, box)


def _track(
    placer: Placer, track: Element, row: Box, names: int, start: int, span: int, scale: float, line: int
) -> None:
    x, y, w, h = row
    venue = Element("box", {"w": str(names - 12), "fill": "bar"})
    name = SubElement(venue, "text", {"x": "16", "r": "4", "size": "body", "weight": "medium", "cut": "ok"})
    name.text = track.attrib.get("name", "")
    placer.place(venue, row)
    lane = [Fill(x + names, y, w - names, h, "bar", placer.link)]
    if line >= 0:
        lane = [
            Fill(x + names, y, line - 2 - x - names, h, "bar", placer.link),
            Fill(line + 2, y, x + w - line - 2, h, "bar", placer.link),
        ]
    placer.items.extend(lane)
    blocks = [b for b in track.iter("block") if _inside(b, start, span)]
    if not blocks:
        note = Element("text", {"x": str(names + 20), "size": "body", "color": "text2"})
        note.text = track.attrib.get("note", "")
        before, placer.bg = placer.bg, "bar"
        placer.place(note, row)
        placer.bg = before
    for block in blocks:
        _block(placer, block, row, names, start, span, scale, line)


def _inside(block: Element, start: int, span: int) -> bool:
    begins = int(block.attrib["start"])
    return begins < start + span and begins + int(block.attrib["minutes"]) > start


def _block(
    placer: Placer, block: Element, row: Box, names: int, start: int, span: int, scale: float, line: int
) -> None:
    begins = max(int(block.attrib["start"]), start)
    ends = min(int(block.attrib["start"]) + int(block.attrib["minutes"]), start + span)
    left, right = round(names + (begins - start) * scale) + 2, round(names + (ends - start) * scale) - 2
    width = max(24, right - left)
    left = min(left, row[2] - width)
    fill, ink, weight = _STYLE[block.attrib.get("state", "future")]
    to = block.attrib.get("to", "")
    h = row[3]
    link = Element("link", {"x": str(left), "w": str(width), "h": str(h), "fill": fill, "plain": "1", "pointer": "no"})
    if to:
        link.attrib.update({"to": to, "kind": "row"})
    if width < _NARROW:
        SubElement(
            link,
            "icon",
            {
                "x": str(max(2, width // 2 - 7)),
                "y": str(h // 2 - 11),
                "w": "13",
                "h": "22",
                "name": "pointer",
                "color": "text2",
            },
        )
    else:
        inner = str(width - 20)
        title = SubElement(
            link,
            "text",
            {"x": "16", "w": inner, "y": "6", "h": "44", "size": "body", "weight": weight, "color": ink, "cut": "ok"},
        )
        title.text = block.attrib.get("title", "")
        time = SubElement(
            link, "text", {"x": "16", "w": inner, "y": "48", "h": "34", "size": "floor", "color": "text2", "cut": "ok"}
        )
        time.text = block.attrib.get("time", "")
    placer.place(link, row)
    at = row[0] + left
    if 0 <= line - at <= width and width >= _NARROW:
        _line_between_words(placer, row, line)


def _line_between_words(placer: Placer, row: Box, line: int) -> None:
    """The line of now runs behind the words: it shows above and below them, never through them."""
    for top, bottom in ((0, 6), (82, row[3])):
        placer.items.append(Fill(line - 2, row[1] + top, 4, bottom - top, "red", -1))
