"""Rings and lines on the earth: made of fewer points, and their middle. Points are (lon, lat) in degrees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


def thinned(points: Sequence[Point], most: int) -> tuple[Point, ...]:
    """At most ``most`` (at least 4) of the points, in their order, the first and last among them.

    The point whose triangle with its two neighbours is smallest goes first (Visvalingam and Whyatt 1993), so that a
    coast of thousands of points keeps its shape; a closed ring stays closed. O(n log n).
    """
    if most < 4:
        raise ValueError("a ring needs four points")
    count = len(points)
    if count <= most:
        return tuple(points)
    before, after = list(range(-1, count - 1)), list(range(1, count + 1))
    sizes = [0.0] * count
    for place in range(1, count - 1):
        sizes[place] = _triangle(points[place - 1], points[place], points[place + 1])
    waiting = [(sizes[place], place) for place in range(1, count - 1)]
    heapify(waiting)
    gone = bytearray(count)
    left = count
    while left > most:
        size, place = heappop(waiting)
        if gone[place] or size != sizes[place]:
            continue
        gone[place] = 1
        left -= 1
        first, second = before[place], after[place]
        after[first], before[second] = second, first
        for near in (first, second):
            if 0 < near < count - 1:
                # Never less than what went before it, or a bump would be taken off layer by layer.
                sizes[near] = max(size, _triangle(points[before[near]], points[near], points[after[near]]))
                heappush(waiting, (sizes[near], near))
    return tuple(point for place, point in enumerate(points) if not gone[place])


def _triangle(a: Point, b: Point, c: Point) -> float:
    """Twice the area of a triangle, in square degrees."""
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))


def middle(parts: Iterable[Iterable[Point]]) -> Point | None:
    """The middle of the extent of lines, rings and points; None when there is none.

    A part whose neighbours lie more than half the earth apart goes on across the antimeridian; parts on both sides of
    it (as RFC 7946, 3.1.9 cuts them) lie together. The extent is the smallest that holds all of them.
    """
    spans: list[tuple[float, float]] = []
    south, north = 90.0, -90.0
    for part in parts:
        west = east = before = shift = 0.0
        for number, (lon, lat) in enumerate(part):
            if number == 0:
                west = east = before = lon
            elif 180 < abs(lon - before) < 360:
                shift += 360 if lon < before else -360
            before = lon
            west, east = min(west, lon + shift), max(east, lon + shift)
            south, north = min(south, lat), max(north, lat)
            if number == 0:
                spans.append((west, east))
        if spans:
            spans[-1] = (west, east)
    if not spans:
        return None
    west, east = _extent(spans)
    lon = west + (east - west) / 2
    return round(lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180, 7), round((south + north) / 2, 7)


def _extent(spans: list[tuple[float, float]]) -> tuple[float, float]:
    """(west, east) of the smallest stretch that holds all spans of longitude; east may lie beyond 180.

    The plain one counts unless the antimeridian lies inside the spans or between nearer ones.
    """
    west, east = min(w for w, _ in spans), max(e for _, e in spans)
    if east - west <= 180:
        return west, east
    # Each span from where it begins on the circle; the widest gap between them is what the extent leaves out.
    around = sorted((w % 360, w % 360 + min(e - w, 360)) for w, e in spans)
    first, reach = around[0][0], around[0][1]
    gap, start = -1.0, first
    for w, e in around[1:]:
        if w - reach > gap:
            gap, start = w - reach, w
        reach = max(reach, e)
    if first + 360 - reach >= gap:
        gap, start = first + 360 - reach, first
    return start, start + 360 - max(gap, 0.0)
