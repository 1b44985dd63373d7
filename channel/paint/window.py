"""A window of live television in a document: nothing opaque may lie over or under it.

A box that shows its video plane through a clear page (facts, 1.2) needs three things: no colour of the page's own, no
fill behind the window, and its place by an id, from which a profile's statement puts the picture there. What a layout
painted behind a window is cut into pieces round it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from channel.screen.screen import Fill, Hole, Item, Link, Screen

CLEAR = "html,body{background:transparent}"
"""The rule of a page with a window: it comes after the page's own colour."""


def has_window(screen: Screen) -> bool:
    """Whether television is to be seen on the screen."""
    # 818 estates ask this of some forty items each.
    return Hole in map(type, screen.items)


def opened(screen: Screen) -> Screen:
    """``screen`` with every fill cut round its windows; the screen itself where it has none."""
    if not has_window(screen):
        return screen
    holes = [item for item in screen.items if isinstance(item, Hole)]
    items: list[Item] = []
    at: list[int] = []
    for item in screen.items:
        at.append(len(items))
        if isinstance(item, Fill):
            items.extend(_round(item, holes))
        else:
            items.append(item)
    at.append(len(items))
    links: list[Link] = [msgspec.structs.replace(link, start=at[link.start], end=at[link.end]) for link in screen.links]
    return msgspec.structs.replace(screen, items=items, links=links, rows=[])


def _round(fill: Fill, holes: Sequence[Hole]) -> list[Fill]:
    pieces = [fill]
    for hole in holes:
        pieces = [part for piece in pieces for part in _cut(piece, hole)]
    return pieces


def _cut(fill: Fill, hole: Hole) -> list[Fill]:
    """``fill`` without what lies in ``hole``: above, below, left and right of it."""
    right, bottom = fill.x + fill.w, fill.y + fill.h
    x, y = max(fill.x, hole.x), max(fill.y, hole.y)
    end, foot = min(right, hole.x + hole.w), min(bottom, hole.y + hole.h)
    if x >= end or y >= foot:
        return [fill]
    pieces = (
        (fill.x, fill.y, fill.w, y - fill.y),
        (fill.x, foot, fill.w, bottom - foot),
        (fill.x, y, x - fill.x, foot - y),
        (end, y, right - end, foot - y),
    )
    return [
        msgspec.structs.replace(fill, x=px, y=py, w=w, h=h, panel=False) for px, py, w, h in pieces if w > 0 and h > 0
    ]
