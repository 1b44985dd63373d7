"""Shapes of warnings as they are really written: read where they can be, and never a reason to warn nobody."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from cap_help import NOON, area, info, message, problems, read
from feeding import parse, sample
from hypothesis import given
from hypothesis import strategies as st
from view_inputs import ESTATES, HOME, LOST, SOUTH

from channel.views._areas import estates_in, in_polygon
from feeds.coordinates import wgs84_to_gcj02
from feeds.formats._cap_area import MOST_POINTS, TOLERANCE_M, Point, thinned
from feeds.records import Area

AROUND_HOME = "31.05,121.3 31.05,121.45 31.2,121.45 31.2,121.3 31.05,121.3"
HERE, ALL = {HOME.id, LOST.id}, {HOME.id, SOUTH.id, LOST.id}


def reached(shapes: str, words: str = "某处") -> set[str]:
    (found,) = read(message("X1", "Alert", info(areas=area(shapes, words))))
    return set(estates_in(found.areas, ESTATES))


@pytest.mark.parametrize(
    ("shapes", "estates"),
    [
        (f"<polygon>\n {AROUND_HOME}\n</polygon>", HERE),
        (f"<polygon>{AROUND_HOME.replace(',', ', ')}</polygon>", HERE),
        (f"<polygon>{AROUND_HOME.replace(',', ' , ')}</polygon>", HERE),
        (f"<polygon>{AROUND_HOME.replace(' ', ',12.5 ')},12.5</polygon>", HERE),
        ("<circle>31.11,121.38 2</circle>", HERE),
        ("<circle>\n31.11, 121.38\n2\n</circle>", HERE),
        ("<geocode><valueName>x</valueName><value> 310112003002 </value></geocode>", {SOUTH.id}),
    ],
)
def test_shapes_are_read_however_they_are_spaced(shapes: str, estates: set[str]) -> None:
    assert reached(shapes) == estates


@pytest.mark.parametrize(
    "bad",
    [
        "<polygon>31,121 31,122 32,122</polygon>",
        "<polygon>31,121 31,122 32,122 31,121.5</polygon>",
        "<polygon>bald</polygon>",
        "<polygon>31 121 32 122</polygon>",
        "<polygon>nan,121 31,122 32,122 nan,121</polygon>",
        "<circle>31.11,121.38</circle>",
        "<circle>31.11,121.38 far</circle>",
        "<circle>31.11,121.38 -1</circle>",
        "<circle>31.11,121.38 nan</circle>",
    ],
)
def test_an_unreadable_shape_is_told_and_never_narrows_an_area(bad: str) -> None:
    """An area of which a shape is missing is also what its words say; words that name no town of ours are everybody."""
    assert reached(bad) == ALL
    assert reached(bad, "江川路街道") == {SOUTH.id}
    assert reached(f"<polygon>{AROUND_HOME}</polygon>{bad}", "江川路街道") == ALL
    assert reached(f"<polygon>{AROUND_HOME}</polygon>{bad}") == ALL
    (reason,) = problems(message("X1", "Alert", info(areas=area(bad))))
    assert "was left out" in reason and "could not convert" not in reason and "unpack" not in reason


def test_towns_named_late_in_long_words_are_reached() -> None:
    assert reached("", "某镇、" * 200 + "江川路街道") == {SOUTH.id}


def test_shapes_on_chinese_maps_are_turned_into_wgs84() -> None:
    """A source that declares gcj02 means its warnings' areas too."""
    lon, lat = wgs84_to_gcj02(121.38, 31.11)
    text = message("X1", "Alert", info(areas=area(f"<circle>{lat},{lon} 1</circle>")))
    found: Any = parse("cap", text, moment=NOON, coordinates="gcj02").records[0]
    assert found.areas[0].circles[0][:2] == pytest.approx((121.38, 31.11), abs=1e-6)


@pytest.mark.parametrize(
    ("ring", "inside", "outside"),
    [
        (((177, -20), (-178, -20), (-178, -15), (177, -15), (177, -20)), [(179, -17), (-179, -17)],
         [(0, -17), (121, -17), (176, -17), (-177, -17)]),
        (((-178, -20), (177, -20), (177, -15), (-178, -15), (-178, -20)), [(179, -17), (-179, -17)], [(0, -17)]),
        (((-180, -90), (180, -90), (180, 90), (-180, 90), (-180, -90)), [(0.5, 3), (121, 31), (-179, 5)], []),
        (((170, 10), (-170, 0), (170, -10), (170, 10)), [(175, 0), (-175, 0)], [(165, 0), (-165, 0), (0, 0)]),
    ],
)  # fmt: skip
def test_a_polygon_over_the_antimeridian_has_no_middle_in_africa(
    ring: tuple[Point, ...], inside: list[Point], outside: list[Point]
) -> None:
    found = in_polygon(np.array([*inside, *outside], dtype=float), ring)
    assert found.tolist() == [True] * len(inside) + [False] * len(outside)


def test_a_polygon_of_thousands_of_points_is_thinned_and_not_dropped() -> None:
    """6,209 points hold the same estates as ever, within ten metres."""
    parsed = parse("cap", sample("tries", "cap_6209_points.xml").read_bytes(), moment=NOON)
    found: Any = parsed.records[0]
    (ring,) = found.areas[0].polygons
    assert 20 < len(ring) <= MOST_POINTS and ring[0] == ring[-1] and parsed.problems == ()
    middle = np.mean(np.array(ring), axis=0)
    assert in_polygon(np.array([middle, middle + 1]), ring).tolist() == [True, False]


def metres(point: Point, one: Point, other: Point) -> float:
    """From a point to a segment, on the plane that touches the earth at the point."""
    east = 111_320 * math.cos(math.radians(point[1]))
    (ax, ay), (bx, by) = (((p[0] - point[0]) * east, (p[1] - point[1]) * 111_320) for p in (one, other))
    long = (bx - ax) ** 2 + (by - ay) ** 2
    part = min(1.0, max(0.0, -(ax * (bx - ax) + ay * (by - ay)) / long)) if long else 0.0
    return math.hypot(ax + part * (bx - ax), ay + part * (by - ay))


@given(st.lists(st.tuples(st.floats(-0.003, 0.003), st.floats(-0.003, 0.003)), min_size=2, max_size=60))
def test_thinning_moves_no_border_by_more_than_its_tolerance(steps: list[Point]) -> None:
    """Every point that went lies within ten metres of the line that stays."""
    points = [(121.4, 31.1)]
    for east, north in steps:
        points.append((points[-1][0] + east, points[-1][1] + north))
    line = thinned(points, TOLERANCE_M)
    assert line[0] == points[0] and line[-1] == points[-1]
    for point in points:
        assert min(metres(point, *pair) for pair in pairwise(line)) <= TOLERANCE_M * 1.01


def test_many_edges_are_looked_at_some_at_a_time() -> None:
    """A ring of more edges than one step takes has the same inside."""
    turns = [2 * math.pi * n / 3000 for n in range(3000)]
    ring = tuple((121.4 + 0.1 * math.cos(t), 31.1 + 0.1 * math.sin(t)) for t in turns)
    rings = Area(polygons=((*ring, ring[0]),))
    near = [(121.4 + dx, 31.1 + dy) for dx in (-0.08, 0, 0.05, 0.099) for dy in (0, 0.02, 0.2)]
    expected = [math.hypot(lon - 121.4, lat - 31.1) < 0.0999 for lon, lat in near]
    assert in_polygon(np.array(near), rings.polygons[0]).tolist() == expected
