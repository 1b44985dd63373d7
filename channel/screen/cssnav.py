"""The focus map as a browser with CSS Spatial Navigation would walk it: a second opinion on ours.

Nothing on air uses it. ``differences`` compares our map (``focus.py``, the rule of BBC's tv-lrud-spatial) with the
choice of the W3C's distance (CSS Spatial Navigation Level 1, working draft of 2019-11-26, "Finding the shortest
distance"), for a test and for ``docs/focus.md``:

    distance = euclidean + displacement - alignment - sqrt(overlap)

``euclidean`` between the nearest points of the two boxes; ``displacement`` is their distance across the direction,
with half the origin's size added where they are not aligned, times 30 for left and right and 2 for up and down;
``alignment`` is 5 times the share of the origin that the candidate faces; ``overlap`` the area that both cover.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from channel.screen.screen import Link, Screen

Direction: TypeAlias = Literal["up", "down", "left", "right"]
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "left", "right")
ACROSS_WEIGHT: dict[Direction, int] = {"left": 30, "right": 30, "up": 2, "down": 2}
ALIGN_WEIGHT = 5.0

Reason: TypeAlias = Literal["container", "edge", "further", "nearest"]


class Box(NamedTuple):
    """A link's box by its edges, in canvas pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, link: Link) -> Box:
        """The box of a link."""
        return cls(link.x, link.y, link.x + link.w, link.y + link.h)

    def turned(self, direction: Direction) -> Box:
        """The box in a frame whose x axis points to ``direction``: what follows then knows one direction only."""
        if direction == "right":
            return self
        if direction == "left":
            return Box(-self.right, self.top, -self.left, self.bottom)
        if direction == "down":
            return Box(self.top, self.left, self.bottom, self.right)
        return Box(-self.bottom, self.left, -self.top, self.right)


class Difference(NamedTuple):
    """An arrow that leads elsewhere: from link ``source``, ours to ``ours``, the W3C's to ``theirs`` (ids, empty: the
    focus stays), and why."""

    source: str
    direction: Direction
    ours: str
    theirs: str
    reason: Reason


def distance(origin: Box, candidate: Box, direction: Direction) -> float:
    """The distance from one box to another in a direction, in weighted pixels."""
    a, b = origin.turned(direction), candidate.turned(direction)
    along, across = max(0.0, b.left - a.right), max(0.0, b.top - a.bottom, a.top - b.bottom)
    facing = min(a.bottom, b.bottom) - max(a.top, b.top)
    common = max(0.0, min(a.right, b.right) - max(a.left, b.left)) * max(0.0, facing)
    size = a.bottom - a.top
    bias = 0.0 if facing > 0 else size / 2
    aligned = min(facing / size, 1.0) if facing > 0 else 0.0
    displacement = (across + bias) * ACROSS_WEIGHT[direction]
    return math.hypot(along, across) + displacement - ALIGN_WEIGHT * aligned - math.sqrt(common)


def lies(origin: Box, candidate: Box, direction: Direction) -> bool:
    """Whether the candidate lies in that direction: wholly beyond the origin, or beside it and reaching further."""
    a, b = origin.turned(direction), candidate.turned(direction)
    facing = b.bottom > a.top and b.top < a.bottom
    return b.left >= a.right or (b.left >= a.left and b.right > a.right and facing)


def best(links: Sequence[Link], index: int, direction: Direction) -> int:
    """The link that the arrow leads to from ``index``, -1 for none: within its container first, else anywhere.

    The first in document order of several that are as near.
    """
    origin = Box.of(links[index])
    found = [i for i, link in enumerate(links) if i != index and lies(origin, Box.of(link), direction)]
    group = links[index].group
    inside = [i for i in found if group and links[i].group == group]
    return min(inside or found, key=lambda i: distance(origin, Box.of(links[i]), direction), default=-1)


def differences(screen: Screen) -> list[Difference]:
    """Every arrow of the screen that leads elsewhere in our map than by the W3C's distance."""
    links, found = screen.links, []
    names = [*(link.id for link in links), ""]
    for index, around in enumerate(screen.focus):
        for direction in DIRECTIONS:
            ours: int = getattr(around, direction)
            theirs = best(links, index, direction)
            if ours != theirs:
                reason = _reason(links, index, direction, ours, theirs)
                found.append(Difference(names[index], direction, names[ours], names[theirs], reason))
    return found


def _reason(links: Sequence[Link], index: int, direction: Direction, ours: int, theirs: int) -> Reason:
    """Why ours differs.

    ``container``: both enter the same one, we at its first link. ``edge``: we stay, the W3C takes a link however far
    aside it is. ``further``: we go on where the W3C's arrow ends. ``nearest``: both go on, to different links.
    """
    into = links[ours].group if ours >= 0 else ""
    if into and into != links[index].group and theirs >= 0 and links[theirs].group == into:
        return "container"
    if ours < 0:
        return "edge"
    return "further" if theirs < 0 else "nearest"
