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
