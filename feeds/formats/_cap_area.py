"""Where an alert holds (CAP 1.2, 3.2.4): polygons, circles and geocodes as they are written, and as they should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import atan2, cos, hypot, pi, radians

from lxml import etree

from feeds.coordinates import converter
from feeds.formats._xml import child_text, children, text_of
from feeds.records import Area
from feeds.source import Source
from feeds.text import clean

Point = tuple[float, float]
"""(lon, lat) in WGS-84 degrees."""
Complain = Callable[[str, str], None]
"""Takes a reason and the text that it is about."""

MOST_POINTS = 2000
"""A polygon of more points is thinned."""
TOLERANCE_M = 10.0
"""How far thinning may move a border, in metres: less than a house from its neighbour."""
_MOST_THINNED = 20_000
_METRES = 111_320.0
"""Metres of a degree of latitude."""


def area_of(element: etree._Element, source: Source, complain: Complain) -> Area:
    """An area with every shape that can be read; one that cannot is complained of and counted."""
    shapes: dict[str, list[tuple[float, ...] | tuple[Point, ...]]] = {"polygon": [], "circle": []}
    unread = 0
    for name, read in (("polygon", _polygon), ("circle", _circle)):
        for shape in children(element, name):
            try:
                shapes[name].append(read(text_of(shape), source))
            except ValueError as error:
                unread += 1
                complain(f"{name} was left out: {error}", text_of(shape))
    return Area(
        description=clean(child_text(element, "areaDesc")),
        polygons=tuple(shapes["polygon"]),  # type: ignore[arg-type]
        circles=tuple(shapes["circle"]),  # type: ignore[arg-type]
        geocodes=tuple(_codes(element)),
        unread=unread,
    )


def _codes(element: etree._Element) -> Iterator[tuple[str, str]]:
    for code in children(element, "geocode"):
        name, value = (clean(child_text(code, part), limit=200) for part in ("valueName", "value"))
        if value:
            yield name, value


def _polygon(text: str, source: Source) -> tuple[Point, ...]:
    points = tuple(_point(pair, source) for pair in _pairs(text))
    if len(points) < 4 or points[0] != points[-1]:
        raise ValueError("expected at least four points, the last equal to the first")
    if len(points) > MOST_POINTS:
        points = thinned(points, TOLERANCE_M)
    if len(points) > _MOST_THINNED:
        raise ValueError(f"{len(points)} points, expected at most {_MOST_THINNED}")
    return points


def _circle(text: str, source: Source) -> tuple[float, float, float]:
    parts = _pairs(text)
    if len(parts) != 2:
        raise ValueError("expected lat,lon and a radius in kilometres")
    try:
        kilometres = float(parts[1])
    except ValueError:
        kilometres = -1.0
    if not 0 <= kilometres <= 20_100:
        raise ValueError("expected a radius in kilometres")
    return (*_point(parts[0], source), kilometres)


def _pairs(text: str) -> list[str]:
    """The pairs of a shape, which spaces separate; spaces beside a comma belong to its pair."""
    return re.sub(r"\s?,\s?", ",", " ".join(text.replace("，", ",").split())).split()


def _point(pair: str, source: Source) -> Point:
    """(lon, lat) of CAP's ``lat,lon``; a third number is a height, which no border has."""
    parts = pair.split(",")
    try:
        lat, lon, *_height = (float(part) for part in parts)
    except ValueError:
        raise ValueError(f"found {pair[:40]!r}, expected lat,lon") from None
    if not (len(parts) <= 3 and -90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{pair[:40]} is not on earth")
    convert = converter(source.coordinates)
    if convert is None:
        return lon, lat
    lon, lat = convert(lon, lat)
    return round(lon, 7), round(lat, 7)


def thinned(points: Sequence[Point], tolerance: float) -> tuple[Point, ...]:
    """Points whose line is nowhere more than ``tolerance`` metres from the line through all ``points``.

    From a point that stays, the wedge of directions is kept in which a straight line passes all points since within the
    tolerance; the first point outside it, or nearer than one before, begins anew (Zhao and Saalfeld 1997). Linear; the
    first and last points stay. Longitudes may jump over the antimeridian.
    """
    kept = [0]
    wedge = _Wedge(points[0], tolerance)
    for place in range(1, len(points)):
        if not wedge.takes(points[place]):
            kept.append(place - 1)
            wedge = _Wedge(points[place - 1], tolerance)
            wedge.takes(points[place])
    return tuple(points[place] for place in [*kept, len(points) - 1])


class _Wedge:
    """The directions from one point in which every point taken so far lies within the tolerance of a straight line."""

    def __init__(self, start: Point, tolerance: float) -> None:
        self._lon, self._lat = start
        self._east = _METRES * cos(radians(self._lat))
        self._tolerance = tolerance
        self._far = 0.0
        self._middle: float | None = None
        self._right, self._left = -pi, pi

    def takes(self, point: Point) -> bool:
        """Whether the line from the start to ``point`` passes all points before it; the point is then one of them."""
        x = (point[0] - self._lon + 540.0) % 360.0 - 180.0
        east, north = x * self._east, (point[1] - self._lat) * _METRES
        far = hypot(east, north)
        if far < self._far:
            return False
        self._far = far
        if far <= self._tolerance:
            return True
        angle = atan2(north, east)
        if self._middle is None:
            self._middle = angle
        turn = (angle - self._middle + 3 * pi) % (2 * pi) - pi
        if not self._right <= turn <= self._left:
            return False
        # The tangent, not the sine's inverse: a little narrower, which is on the safe side.
        room = self._tolerance / far
        self._right, self._left = max(self._right, turn - room), min(self._left, turn + room)
        return True
