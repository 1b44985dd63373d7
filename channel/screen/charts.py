"""The ``chart`` element: bars and lines over gridlines with labelled axes.

``<chart low high>`` holds ``<tick at label/>`` for the value axis and ``<series kind tone>`` with ``<point at label
note tone/>``: ``label`` stands under the axis, ``note`` above the point. A point without ``at`` is a gap, drawn as a
dash on the base line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element

from channel.screen.fonts import WIDER, width
from channel.screen.pieces import Fill, Plot

if TYPE_CHECKING:
    from channel.screen.boxes import Around, Placer

Box: TypeAlias = tuple[int, int, int, int]
_Level: TypeAlias = Callable[[float], int]
"""The y of a value."""
RULE = 3
"""Gridlines are 3 px high: thinner ones flicker on interlaced sets."""
_LABEL = 34
_UNDER = 120
"""Pixels of a label's box under the axis; a longer label has more."""
_APART = 10
"""Pixels between two labels at least."""


def place(placer: Placer, element: Element, box: Box, around: Around) -> None:
    """``chart``: bars and lines on labelled axes.

    Puts a chart into ``box``: ``foot`` px below the base line and ``axis`` px at the left hold labels.
    """
    get = element.attrib.get
    low, high = float(get("low", "0")), float(get("high", "100"))
    foot, axis = int(get("foot", "56")), int(get("axis", "62"))
    x, y, w, h = box
    plot = (x + axis, y, w - axis, h - foot)

    def level(value: float) -> int:
        share = (value - low) / (high - low) if high > low else 0.0
        return round(plot[1] + plot[3] * (1 - min(max(share, 0.0), 1.0)))

    size = placer.sizes.get("secondary", 26)
    for tick in element.iter("tick"):
        at = level(float(tick.attrib["at"]))
        placer.pieces.append(Fill(plot[0], at - RULE // 2, plot[2], RULE, "panel2", link=around.link))
        beside = (x - 20, at - _LABEL // 2, axis + 8, _LABEL)
        _label(placer, tick.attrib.get("label", ""), beside, size, "right", "text2", around)
    for series in element.iter("series"):
        points = list(series.iter("point"))
        if points:
            draw = _bars if series.attrib.get("kind", "bars") == "bars" else _line
            draw(placer, series, points, plot, level, around)
    _under(placer, element, plot, size, around)


def _bars(placer: Placer, series: Element, points: list[Element], plot: Box, level: _Level, around: Around) -> None:
    pitch = plot[2] / len(points)
    width = max(4, int(pitch * 5 / 7))
    base = plot[1] + plot[3]
    for index, point in enumerate(points):
        left = round(plot[0] + index * pitch + (pitch - width) / 2)
        value = point.attrib.get("at", "")
        if not value:
            placer.pieces.append(Fill(left, base - RULE, width, RULE, "text2", link=around.link))
            continue
        top = min(level(float(value)), base - RULE)
        tone = point.attrib.get("tone") or series.attrib.get("tone", "brand")
        if point.attrib.get("now"):
            placer.pieces.append(Fill(left - 4, top - 4, width + 8, base - top + 4, "text", link=around.link))
        placer.pieces.append(Fill(left, top, width, base - top, tone, link=around.link))
        over = min(top, _over(points, index, pitch, level))
        _note(placer, point, left + width // 2, over - (4 if point.attrib.get("now") else 0), plot, around)


def _line(placer: Placer, series: Element, points: list[Element], plot: Box, level: _Level, around: Around) -> None:
    pitch = plot[2] / len(points)
    run: list[tuple[float, float]] = []
    tone = series.attrib.get("tone", "brand")
    for index, point in enumerate([*points, None]):
        value = point.attrib.get("at", "") if point is not None else ""
        if point is not None and value:
            at = (plot[0] + (index + 0.5) * pitch, float(level(float(value))))
            run.append(at)
            continue
        if len(run) > 1:
            placer.pieces.append(Plot(*plot, tuple(run), 6, tone, around.bg, link=around.link))
        run = []
    for index, point in enumerate(points):
        if point.attrib.get("at"):
            middle = round(plot[0] + (index + 0.5) * pitch)
            _note(placer, point, middle, _over(points, index, pitch, level) - 6, plot, around)


def _over(points: list[Element], index: int, pitch: float, level: _Level) -> int:
    """The y of the highest of the points that the words of a value reach over: they stand above all of these."""
    reach = points[max(0, index - round(40 / pitch) - 1) : index + round(40 / pitch) + 2]
    return min(level(float(near.attrib["at"])) for near in reach if near.attrib.get("at"))


def _note(placer: Placer, point: Element, middle: int, top: int, plot: Box, around: Around) -> None:
    note = point.attrib.get("note", "")
    if note:
        # A label at the right edge is no wider than its words there, so that it stands over its point still.
        edge, ink = plot[0] + plot[2] + 8, ceil(width(note, placer.sizes.get("secondary", 26), "bold") * WIDER) + 2
        wide = 100 if middle + 50 <= edge else ink
        left = min(max(middle - wide // 2, plot[0] - 20), edge - wide)
        _label(
            placer,
            note,
            (left, top - _LABEL - 2, wide, _LABEL),
            placer.sizes.get("secondary", 26),
            "center",
            "text",
            around,
            "bold",
        )


def _under(placer: Placer, element: Element, plot: Box, size: int, around: Around) -> None:
    series = element.find("series")
    if series is None:
        return
    for point, left, wide in _apart(list(series.iter("point")), plot, size):
        tone, weight = ("text", "bold") if point.attrib.get("now") else ("text2", "regular")
        box = (left, plot[1] + plot[3] + 8, wide, _LABEL)
        _label(placer, point.attrib["label"], box, size, "center", tone, around, weight)


def _apart(points: Sequence[Element], plot: Box, size: int) -> list[tuple[Element, int, int]]:
    """The points whose labels have room beside one another, each with the left edge and width of its label's box: the
    last and the first in any case, of the others as many as do not touch."""
    pitch = plot[2] / max(1, len(points))
    labelled = [(index, point) for index, point in enumerate(points) if point.attrib.get("label")]
    taken: list[tuple[int, int]] = []
    found = []
    for index, point in (*labelled[-1:], *labelled[:-1]):
        ink = ceil(width(point.attrib["label"], size, "bold") * WIDER)
        middle, edge = round(plot[0] + (index + 0.5) * pitch), plot[0] + plot[2] + 8
        # At the edge its box is no wider than its words, so that they stand under their point still.
        wide = max(_UNDER if middle + _UNDER // 2 <= edge else 0, ink + 2)
        # The first keeps clear of the lowest label of the axis, the last of the edge.
        first = plot[0] - 4 - (wide - ink) // 2
        left = min(max(middle - wide // 2, first), edge - wide)
        begins = left + (wide - ink) // 2
        if all(begins >= end + _APART or begins + ink + _APART <= begin for begin, end in taken):
            taken.append((begins, begins + ink))
            found.append((index, (point, left, wide)))
    return [place for _, place in sorted(found, key=lambda entry: entry[0])]


def _label(
    placer: Placer, text: str, box: Box, size: int, align: str, color: str, around: Around, weight: str = "regular"
) -> None:
    element = Element("text", {"size": str(size), "align": align, "color": color, "weight": weight, "cut": "ok"})
    element.text = text
    placer.place(element, box, around)
