"""A ring of thousands of points is made of fewer and keeps its shape."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi, sin

import pytest

from feeds.shapes import thinned


def _coast(count: int) -> list[tuple[float, float]]:
    """A closed ring with bays, of ``count`` points."""
    turns = [2 * pi * place / (count - 1) for place in range(count - 1)]
    ring = [(121 + cos(t) * (1 + 0.1 * sin(9 * t)), 31 + sin(t) * (1 + 0.1 * sin(9 * t))) for t in turns]
    return [*ring, ring[0]]


def _area(ring: tuple[tuple[float, float], ...] | list[tuple[float, float]]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def test_a_ring_keeps_its_shape_and_stays_closed() -> None:
    """6,209 points become 500 of the same, in order, and the area is the same to a thousandth."""
    ring = _coast(6209)
    few = thinned(ring, 500)
    assert len(few) == 500
    assert few[0] == few[-1] == ring[0]
    places = [ring.index(point) for point in few[:-1]]
    assert places == sorted(places)
    assert _area(few) == pytest.approx(_area(ring), rel=1e-3)


def test_corners_stay_and_points_on_edges_go() -> None:
    """Of a square with a hundred points on each edge the corners are left."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    ring = [
        (a[0] + (b[0] - a[0]) * step / 100, a[1] + (b[1] - a[1]) * step / 100)
        for a, b in pairwise(corners)
        for step in range(100)
    ]
    assert thinned([*ring, ring[0]], 5) == tuple(corners)


def test_what_is_small_is_left_as_it_is() -> None:
    """A ring that fits is the same ring; a ring cannot be asked for in fewer than four points."""
    ring = _coast(40)
    assert thinned(ring, 40) == tuple(ring)
    with pytest.raises(ValueError, match="four points"):
        thinned(ring, 3)
    assert thinned([(1.0, 2.0)] * 50, 4) == ((1.0, 2.0),) * 4
