"""A window of live television in a document: nothing opaque may lie over or under it.

A box that shows its video plane through a clear page (facts, 1.2) needs three things: no colour of the page's own, no
fill behind the window, and its place by an id, from which a profile's statement puts the picture there. What a layout
painted behind a window is cut into pieces round it.
"""

from __future__ import annotations

import msgspec

from channel.screen.pieces import Hole, Piece
from channel.screen.screen import Link, Screen

CLEAR = "html,body{background:transparent}"
"""The rule of a page with a window: it comes after the page's own colour."""


def has_window(screen: Screen) -> bool:
    """Whether television is to be seen on the screen."""
    # 818 estates ask this of some forty pieces each.
    return Hole in map(type, screen.pieces)


def opened(screen: Screen) -> Screen:
    """``screen`` with every piece cut round its windows; the screen itself where it has none."""
    if not has_window(screen):
        return screen
    holes = [piece for piece in screen.pieces if isinstance(piece, Hole)]
    pieces: list[Piece] = []
    at: list[int] = []
    for piece in screen.pieces:
        at.append(len(pieces))
        pieces.extend(piece.around(holes))
    at.append(len(pieces))
    links: list[Link] = [msgspec.structs.replace(link, start=at[link.start], end=at[link.end]) for link in screen.links]
    return msgspec.structs.replace(screen, pieces=pieces, links=links, rows=[])
