"""The ``timegrid`` element: tracks down, time across, blocks as wide as they last, a line for now.

``<timegrid from span names>`` holds ``<track name note>`` with ``<block start minutes title time state mark to/>``.
Minutes count from local midnight; the window shows ``span`` of them from ``from`` on. ``now`` draws the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element

from channel.screen import fonts
from channel.screen.breaking import wrap
from channel.screen.elements import element as make
from channel.screen.fonts import Weight
from channel.screen.pieces import Fill

if TYPE_CHECKING:
    from channel.screen.boxes import Around, Placer

Box: TypeAlias = tuple[int, int, int, int]
_STYLE: dict[str, tuple[str, str, Weight]] = {
    "past": ("panel", "text2", "regular"),
    "now": ("panel2", "text", "bold"),
    "future": ("panel", "text", "regular"),
}
_NARROW = 15 / 4
"""A block narrower than this many times the smallest type has no words, and no focus."""
_THINNEST = 4
_TITLE, _TIME, _FOOT = (8, 43), (54, 40), 95
"""Top and height of a block's two lines, and where its words end, in percent of its height."""
_SLASH = " / "
_INSET = 16
"""Pixels before a block's words; a block that has little room gives half of them."""


@dataclass(frozen=True)
class _Window:
    """The time that a grid shows: minutes after midnight, pixels a minute, and where the line of now stands."""

    box: Box
    names: int
    start: int
    span: int
    now: int

    @property
    def scale(self) -> float:
        return (self.box[2] - self.names) / self.span

    @property
    def line(self) -> int:
        """The line's x on the canvas, -1 when now lies outside."""
        if not self.start <= self.now <= self.start + self.span:
            return -1
        return round(self.box[0] + self.names + (self.now - self.start) * self.scale)


def place(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``timegrid``: blocks whose width is their duration. ``twelve="1"`` counts hours to twelve; from the
    minute ``turn`` on the clock is ``by`` minutes ahead.

    Puts a grid into ``box``: a head of ``head`` px, then tracks of ``th`` px at a pitch of ``th + gap``.
    """
    get = element.attrib.get
    head, th, gap = int(get("head", "48")), int(get("th", "88")), int(get("gap", "6"))
    window = _Window(
        box, int(get("names", "192")), int(get("from", "0")), int(get("span", "240")), int(get("now") or "-1")
    )
    _head(placer, element, window, head, around)
    tracks = list(element.iter("track"))
    if window.line >= 0 and tracks:
        height = len(tracks) * (th + gap) - gap + 4
        placer.pieces.append(Fill(window.line - 2, box[1] + head - 4, 4, height, "red", link=around.link))
    for index, track in enumerate(tracks):
        _track(placer, track, (box[0], box[1] + head + index * (th + gap), box[2], th), window, around)


def _head(placer: Placer, element: Element, window: _Window, head: int, around: Around) -> None:
    box, names, line = window.box, window.names, window.line
    size = element.attrib.get("size", "secondary")
    heading = element.attrib.get("heading", "")
    placer.place(make("text", heading, x=16, w=names - 16, h=head - 4, size=size, color="text2", cut="ok"), box, around)
    flag = placer.sizes.get("body", 30) * 10 // 3
    for minute in range(window.start, window.start + window.span, 30):
        x = round(names + (minute - window.start) * window.scale)
        # The flag of now stands in the same row: a tick under it gives way.
        if line >= 0 and -flag * 7 // 5 < box[0] + x - line < flag // 2:
            continue
        placer.pieces.append(Fill(box[0] + x, box[1] + 6, 3, head - 16, "panel2", link=around.link))
        hour = make("text", _clock(minute, element), x=x + 8, w=flag + 10, h=head - 4, size=size, color="text2")
        placer.place(hour, box, around)
    if line >= 0:
        left = min(max(line - flag // 2 - box[0], names), box[2] - flag)
        mark = make("box", x=left, w=flag, h=head - 4, fill="red")
        now = _clock(window.now, element)
        mark.append(make("text", now, align="center", size="body", weight="bold", color="onkey"))
        placer.place(mark, box, around)


def _track(placer: Placer, track: Element, row: Box, window: _Window, around: Around) -> None:
    x, y, w, h = row
    names, line = window.names, window.line
    placer.place(_venue(placer, track.attrib.get("name", ""), names - 12, h), row, around)
    lane = [(x + names, x + w)] if line < 0 else [(x + names, line - 2), (line + 2, x + w)]
    placer.pieces.extend(Fill(left, y, right - left, h, "bar", link=around.link) for left, right in lane)
    blocks = [block for block in track.iter("block") if _inside(block, window)]
    blocks = _joined(blocks, window, placer.sizes.get("floor", 24) * _NARROW)
    if not blocks:
        # Words never stand on the line of now.
        left = max(names + 20, line + 16 - x)
        placer.place(make("text", track.attrib.get("note", ""), x=left, cut="ok"), row, around._replace(bg="bar"))
    for block in blocks:
        _block(placer, block, row, window, around)


def _venue(placer: Placer, name: str, width: int, height: int) -> Element:
    """The block with a track's name: one line, or two where it is long."""
    block = make("box", w=width, fill="bar")
    size = placer.sizes.get("body", 30)
    lines, pitch = wrap(name, width - 18, size, "medium", 2, placer.lang), size * 6 // 5
    top = (height - pitch * len(lines)) // 2
    for index, line in enumerate(lines):
        at = top + index * pitch
        block.append(make("text", line, x=16, y=at, h=pitch, size="body", weight="medium", cut="ok"))
    return block


def _inside(block: Element, window: _Window) -> bool:
    begins = int(block.attrib["start"])
    return begins < window.start + window.span and begins + int(block.attrib["minutes"]) > window.start


def _joined(blocks: list[Element], window: _Window, least: float) -> list[Element]:
    """The blocks; neighbours without room for words are one, with the titles of all."""
    found: list[Element] = []
    for block in blocks:
        last = found[-1] if found else None
        if last is not None and _touch(last, block) and max(_width(last, window), _width(block, window)) < least:
            found[-1] = _both(last, block)
        else:
            found.append(block)
    return found


def _touch(one: Element, other: Element) -> bool:
    ends = int(one.attrib["start"]) + int(one.attrib["minutes"])
    return ends == int(other.attrib["start"]) and not (one.attrib.get("mark") or other.attrib.get("mark"))


def _both(one: Element, other: Element) -> Element:
    """Two neighbours as one block, which opens the one that runs, else the first."""
    kept = other if other.attrib.get("state") == "now" else one
    begins, ends = one.attrib.get("time", "").partition("–")[0], other.attrib.get("time", "").partition("–")[2]
    return make(
        "block",
        **{name: kept.attrib[name] for name in ("state", "to", "first") if name in kept.attrib},
        start=int(one.attrib["start"]),
        minutes=int(one.attrib["minutes"]) + int(other.attrib["minutes"]),
        title=_SLASH.join(block.attrib.get("title", "") for block in (one, other)),
        time="–".join(filter(None, (begins, ends))),
    )


def _width(block: Element, window: _Window) -> float:
    """The pixels of what the window shows of a block."""
    begins = max(int(block.attrib["start"]), window.start)
    ends = min(int(block.attrib["start"]) + int(block.attrib["minutes"]), window.start + window.span)
    return (ends - begins) * window.scale - 4


def _block(placer: Placer, block: Element, row: Box, window: _Window, around: Around) -> None:
    get = block.attrib.get
    begins = max(int(block.attrib["start"]), window.start) - window.start
    ends = min(int(block.attrib["start"]) + int(block.attrib["minutes"]) - window.start, window.span)
    left, right = round(window.names + begins * window.scale) + 2, round(window.names + ends * window.scale) - 2
    width = right - left
    fill, ink, weight = _STYLE[get("state", "future")]
    h = row[3]
    if width < placer.sizes.get("floor", 24) * _NARROW:
        # Nobody could tell what the focus is on: it is seen that something runs, and the next span has its name.
        if width >= _THINNEST:
            placer.place(make("box", x=left, w=width, h=h, fill=fill), row, around)
        return
    link = make("link", x=left, w=width, h=h, fill=fill, pointer="no", to=get("to", ""))
    if "first" in block.attrib and link.attrib.get("to"):
        link.attrib["start"] = "1"
    _words(placer, link, block, width, weight, ink)
    placer.place(link, row, around)
    if 0 <= window.line - row[0] - left <= width:
        # The line of now runs behind the words: it shows above and below them, never through them.
        for top, bottom in ((0, h * _TITLE[0] // 100), (h * _FOOT // 100, h)):
            placer.pieces.append(Fill(window.line - 2, row[1] + top, 4, bottom - top, "red"))


def _words(placer: Placer, link: Element, block: Element, width: int, weight: Weight, ink: str) -> None:
    """A block's title over its time, or in two lines where it has no room in one: titles are of one size and begin at
    one height, whatever they stand beside."""
    title, time, h = block.attrib.get("title", ""), block.attrib.get("time", ""), int(link.attrib["h"])
    size, floor = placer.sizes.get("secondary", 26), placer.sizes.get("floor", 24)
    mark = block.attrib.get("mark", "")
    x = _INSET if _fits(title, width - _INSET - 2, size, weight) else _INSET // 2
    before = size * 3 // 4 + 8 if mark else 0
    room = width - x - 2
    title = _whole(title, room - before, size, weight, placer.lang)
    found = wrap(title, room - before, size, weight, 2, placer.lang)
    (top, tall), (under, low) = ([share * h // 100 for share in line] for line in (_TITLE, _TIME))
    if mark:
        side = size * 3 // 4
        link.append(make("mark", kind=mark, x=x, y=top + (tall - side) // 2, size=side))
    lines = [(line, top + index * tall, tall, "secondary", weight, ink) for index, line in enumerate(found)]
    if len(found) < 2:
        lines.append((_within(time, room, floor), under, low, "floor", "regular", "text2"))
    for words, y, high, role, bold, color in lines:
        place = {"x": x + before, "w": room - before, "y": y, "h": high}
        link.append(make("text", words, size=role, weight=bold, color=color, cut="ok", **place))


def _whole(title: str, room: int, size: int, weight: Weight, lang: str) -> str:
    """Of the titles of neighbours as many as stand whole on two lines."""
    while _SLASH in title and len(wrap(title, room, size, weight, 3, lang)) > 2:
        title = title.rpartition(_SLASH)[0]
    return title


def _fits(text: str, room: int, size: int, weight: Weight) -> bool:
    return fonts.width(text, size, weight) * fonts.WIDER <= room + 1


def _within(time: str, room: int, size: int) -> str:
    """From when to when, or from when alone."""
    return time if _fits(time, room, size, "regular") else time.partition("–")[0]


def _clock(minute: int, grid: Element) -> str:
    if minute >= int(grid.attrib.get("turn", "0")):
        minute += int(grid.attrib.get("by", "0"))
    hour = minute // 60 % 24
    return f"{(hour + 11) % 12 + 1}:{minute % 60:02d}" if "twelve" in grid.attrib else f"{hour:02d}:{minute % 60:02d}"
