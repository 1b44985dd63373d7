"""A browser with spatial navigation would walk our screens nearly as we do, and every difference is written down."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from channel.screen import cssnav
from channel.screen.cssnav import Box, distance, lies
from channel.screen.focus import focus_map
from channel.screen.screen import Link, Screen
from scripts import focus as report
from tests.samples import contents

ORIGIN = Box(100, 100, 200, 160)


@pytest.mark.parametrize(
    ("candidate", "direction", "expected"),
    [
        # 12 px to the right, all of the origin faced: the gap less 5.
        (Box(212, 100, 300, 160), "right", 12 - 5),
        # Half of it faced: less 2.5.
        (Box(212, 130, 300, 190), "right", 12 - 2.5),
        # 30 px along and 40 aside: the diagonal, and 30 times the step aside with half the origin's height.
        (Box(230, 200, 300, 260), "right", 50 + 30 * (40 + 30)),
        # Up, with a weight of 2 and half the origin's width.
        (Box(230, 20, 300, 60), "up", 50 + 2 * (30 + 50)),
        (Box(100, 20, 200, 60), "up", 40 - 5),
        (Box(0, 100, 88, 160), "left", 12 - 5),
        (Box(100, 172, 200, 200), "down", 12 - 5),
        # On top of each other by 50 x 60: the root of the area is taken off.
        (Box(150, 100, 260, 160), "right", 0 - 5 - math.sqrt(50 * 60)),
    ],
)
def test_the_distance_is_that_of_the_draft(candidate: Box, direction: cssnav.Direction, expected: float) -> None:
    """Euclidean distance, displacement, alignment and overlap, worked out by hand."""
    assert distance(ORIGIN, candidate, direction) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("candidate", "directions"),
    [
        (Box(200, 100, 300, 160), {"right"}),
        (Box(300, 300, 400, 400), {"right", "down"}),
        (Box(150, 110, 260, 150), {"right"}),
        (Box(110, 110, 190, 150), set()),
        (Box(0, 0, 400, 50), {"up"}),
    ],
)
def test_a_candidate_lies_beyond_or_reaches_further(candidate: Box, directions: set[str]) -> None:
    """Wholly beyond the edge, or facing it and longer; a box inside the origin lies nowhere."""
    assert {name for name in cssnav.DIRECTIONS if lies(ORIGIN, candidate, name)} == directions


def test_a_container_is_searched_first() -> None:
    """From a key of the footer RIGHT leads to the next key, though a row is nearer."""
    links = [
        Link("row", "201", 300, 560, 600, 60, "row", 0),
        Link("tv", "live", 160, 638, 114, 52, "cell", 0, group="nav"),
        Link("blue", "100", 850, 638, 176, 52, "cell", 0, group="nav"),
    ]
    assert cssnav.best(links, 1, "right") == 2
    assert focus_map(links, 0)[1].right == 2


@pytest.mark.parametrize("scale", report.SCALES)
def test_both_rules_agree(scale: str) -> None:
    """At least 95 % of all arrows on every canvas, but for which link of a container is entered."""
    total, reasons = 0, Counter[str]()
    for layout in contents.layouts():
        number, found = report.count(scale, layout)
        total += number
        reasons += found
    other = reasons.total() - reasons["container"]
    assert total > 500
    assert other <= 0.05 * (total - reasons["container"])


def test_left_and_right_walk_a_track_through_time() -> None:
    """On a time grid they lead to the block before and after on the same channel, however long those around are."""
    screens: list[Screen] = report.screens("timegrid", "hd")
    for screen in screens:
        for index, link in enumerate(screen.links):
            beside = [i for i, other in enumerate(screen.links) if other.y == link.y and not link.group]
            after = [i for i in beside if screen.links[i].x > link.x]
            if after:
                assert screen.focus[index].right == min(after, key=lambda i: screen.links[i].x)
                assert screen.focus[screen.focus[index].right].left == index


def test_the_differences_are_those_of_the_document() -> None:
    """``docs/focus.md`` is what ``scripts/focus.py`` writes today."""
    path = Path(__file__).parents[1] / "docs" / "focus.md"
    assert path.read_text(encoding="utf-8") == report.document()
