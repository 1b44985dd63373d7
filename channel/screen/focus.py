"""The focus map: where up, down, left and right lead from each link.

The rule is that of BBC's tv-lrud-spatial (facts, 4.1): from the middle of the edge that one leaves by, to the nearest
point of the facing edge of a link that lies beyond it, an overlap of 30 % allowed; in the same container first, then
anywhere. What that leaves out of reach, or without a way back, is joined afterwards, so that every link is reachable
from the first with arrows alone and no link is a trap.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from channel.screen.screen import Link, Neighbours

Rect: TypeAlias = tuple[int, int, int, int]
_Map: TypeAlias = list[list[int]]
UP, DOWN, LEFT, RIGHT = range(4)
OVERLAP = 0.3
"""The share of a link that may lie before the edge that one leaves by."""
ASIDE = 30
"""What a step aside weighs for LEFT and RIGHT, as by the W3C's distance: they walk a row, or through time, and take
what stands beside before what lies aslant and nearer."""
MOST_BRIDGES = 8
"""Edges that are added to a screen's map before the order of its links is walked instead."""


def focus_map(links: Sequence[Link], first: int) -> list[Neighbours]:
    """The neighbours of each link; ``first`` is the index of the link that has the focus at the start."""
    rects = tuple((link.x, link.y, link.w, link.h) for link in links)
    return list(_neighbours(rects, tuple(link.group for link in links), first))


@lru_cache(maxsize=2000)
def _neighbours(rects: tuple[Rect, ...], groups: tuple[str, ...], first: int) -> tuple[Neighbours, ...]:
    if not rects:
        return ()
    distances = _distances(rects)
    within = _within(distances, groups)
    nearest = within.argmin(axis=2)
    missing = ~np.isfinite(within.min(axis=2))
    nearest[missing] = -1
    table: _Map = [[int(nearest[d][i]) for d in range(4)] for i in range(len(rects))]
    _enter_groups(table, groups)
    _join(table, distances, first)
    return tuple(Neighbours(*row) for row in table)


def _distances(rects: tuple[Rect, ...]) -> npt.NDArray[np.float64]:
    """Distance from link i to link j in each direction, infinite where j does not lie there: (4, n, n)."""
    x, y, w, h = (np.array(column, dtype=np.float64) for column in zip(*rects, strict=True))
    right, bottom, cx, cy = x + w, y + h, x + w / 2, y + h / 2
    out = np.full((4, len(rects), len(rects)), np.inf)
    near_x = np.clip(cx[:, None], x[None, :], right[None, :]) - cx[:, None]
    near_y = (np.clip(cy[:, None], y[None, :], bottom[None, :]) - cy[:, None]) * ASIDE
    for direction, edge, entry, facing, across in (
        (UP, y, -(bottom - OVERLAP * h), bottom, near_x),
        (DOWN, bottom, y + OVERLAP * h, y, near_x),
        (LEFT, x, -(right - OVERLAP * w), right, near_y),
        (RIGHT, right, x + OVERLAP * w, x, near_y),
    ):
        sign = -1 if direction in (UP, LEFT) else 1
        beyond = entry[None, :] >= (sign * edge)[:, None]
        distance = np.hypot(facing[None, :] - edge[:, None], across)
        out[direction] = np.where(beyond, distance, np.inf)
    for direction in range(4):
        np.fill_diagonal(out[direction], np.inf)
    return out


def _within(distances: npt.NDArray[np.float64], groups: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """The distances that count: from a link of a container those inside it, where one lies in that direction."""
    out = distances
    for group in set(groups) - {""}:
        member = np.array([name == group for name in groups])
        inside = np.where(member[None, :], distances[:, member], np.inf)
        stays = np.isfinite(inside.min(axis=2))
        out = out.copy() if out is distances else out
        out[:, member] = np.where(stays[:, :, None], inside, distances[:, member])
    return out


def _enter_groups(table: _Map, groups: tuple[str, ...]) -> None:
    """Entering a container from outside leads to its first link."""
    head: dict[str, int] = {}
    for index, group in enumerate(groups):
        head.setdefault(group, index)
    for index, row in enumerate(table):
        for direction, target in enumerate(row):
            if target >= 0 and groups[target] and groups[target] != groups[index]:
                row[direction] = head[groups[target]]


def _join(table: _Map, distances: npt.NDArray[np.float64], first: int) -> None:
    """Make every link reachable from ``first``, and ``first`` from every link, by the shortest new edges.

    Where that does not come to an end soon (boxes on top of each other), LEFT and RIGHT walk all links in their order.
    """
    for _ in range(MOST_BRIDGES):
        seen = _reach(table, first)
        lost = [i for i in range(len(table)) if i not in seen]
        back = _reach(_reversed(table), first)
        trapped = [i for i in range(len(table)) if i not in back]
        if lost:
            _bridge(table, distances, sorted(seen), lost)
        elif trapped:
            _bridge(table, distances, trapped, sorted(back))
        else:
            return
    for index, row in enumerate(table):
        row[LEFT] = index - 1
        row[RIGHT] = index + 1 if index + 1 < len(table) else -1


def _bridge(table: _Map, distances: npt.NDArray[np.float64], here: list[int], there: list[int]) -> None:
    """One new edge from a link of ``here`` to one of ``there``: first where no edge is, then where one may move."""
    best: tuple[int, float, int, int, int] | None = None
    for i in here:
        for direction in range(4):
            free = table[i][direction] < 0
            for j in there:
                distance = float(distances[direction][i][j])
                # An edge that already leads somewhere is moved only where nothing else will do.
                rank = (0 if free else 1) + (0 if distance < np.inf else 2)
                offer = (rank, distance if distance < np.inf else float(abs(i - j)), i, direction, j)
                if (best is None or offer < best) and (free or _spare(table, i, direction)):
                    best = offer
    if best is None:
        i, j = here[-1], there[0]
        best = (9, 0.0, i, DOWN if j > i else UP, j)
    _, _, i, direction, j = best
    table[i][direction] = j


def _spare(table: _Map, i: int, direction: int) -> bool:
    """Whether the edge's target can also be reached from another link."""
    target = table[i][direction]
    return any(target in row for k, row in enumerate(table) if k != i)


def _reach(table: Sequence[Sequence[int]], start: int) -> set[int]:
    seen, queue = {start}, [start]
    while queue:
        for target in table[queue.pop()]:
            if target >= 0 and target not in seen:
                seen.add(target)
                queue.append(target)
    return seen


def _reversed(table: _Map) -> _Map:
    back: _Map = [[] for _ in table]
    for index, row in enumerate(table):
        for target in row:
            if target >= 0:
                back[target].append(index)
    return back


def unreachable(focus: Sequence[Neighbours], first: int) -> list[int]:
    """The links that arrows cannot reach from ``first``."""
    if first < 0:
        return []
    seen = _reach([(n.up, n.down, n.left, n.right) for n in focus], first)
    return [index for index in range(len(focus)) if index not in seen]
