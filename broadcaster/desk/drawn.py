"""What is drawn over a picture of the television, as SVG of the canvas's size: pictures of their own, for no style of a
page may be written into it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from broadcaster.desk.difference import Box
from channel.profiles import Profile
from channel.screen.fonts import WIDER
from channel.screen.pieces import Text
from channel.screen.screen import Link, Screen

_FOUND, _SAFE, _FOCUS, _ROOM, _OVER, _STALE = "#ff4fa3", "#ebb91e", "#57c4a9", "#6cb0eb", "#ea7266", "#ea7266"
_DARK = "#101822"
_BADGE = 22


def differing(size: tuple[int, int], boxes: Iterable[Box]) -> str:
    """Rectangles round what differs."""
    return _svg(size, (_rect(*box, _FOUND, width=4) for box in boxes))


def marked(screen: Screen, profile: Profile, marks: Collection[str], stale: Collection[str], *, all_stale: bool) -> str:
    """``marks`` (names of ``scene.MARKS``) over a screen; ``stale`` are the items out of date, unless all are."""
    parts: list[str] = []
    if "stale" in marks:
        parts += _stale(screen, profile, stale, all_stale=all_stale)
    if "text" in marks:
        parts += _rooms(screen)
    if "focus" in marks:
        parts += _order(screen)
    if "safe" in marks:
        parts += _safe(screen, profile)
    return _svg((screen.width, screen.height), parts)


def _safe(screen: Screen, profile: Profile) -> Iterator[str]:
    """The part of the canvas that every set shows."""
    x, y = round(screen.width * profile.safe_area[0] / 100), round(screen.height * profile.safe_area[1] / 100)
    yield _rect(x, y, screen.width - 2 * x, screen.height - 2 * y, _SAFE, width=3, dash="12 8")


def _order(screen: Screen) -> Iterator[str]:
    """Each link with its number, in the order in which the arrows come to it; the first is filled."""
    for number, index in enumerate(_walked(screen), 1):
        link = screen.links[index]
        yield _rect(link.x, link.y, link.w, link.h, _FOCUS, width=2)
        ground, ink = (_FOCUS, _DARK) if index == screen.first else (_DARK, _FOCUS)
        x, y = link.x + link.w - 2 * _BADGE, link.y
        yield (
            f'<rect x="{x}" y="{y}" width="{2 * _BADGE}" height="{_BADGE + 4}" fill="{ground}" stroke="{_FOCUS}"'
            f' stroke-width="2"/><text x="{x + _BADGE}" y="{y + _BADGE - 2}" text-anchor="middle" fill="{ink}"'
            f' font-family="sans-serif" font-weight="bold" font-size="{_BADGE - 2}">{number}</text>'
        )


def _walked(screen: Screen) -> list[int]:
    """The links as the down and right keys come to them, from the first; what they do not reach comes last."""
    found: list[int] = []
    edge = [screen.first] if screen.first >= 0 else []
    while edge:
        index = edge.pop(0)
        if index in found:
            continue
        found.append(index)
        near = screen.focus[index]
        edge = [i for i in (near.right, near.down, near.left, near.up) if i >= 0 and i not in found] + edge
    return found + [index for index in range(len(screen.links)) if index not in found]


def _rooms(screen: Screen) -> Iterator[str]:
    """Each line of text as our font has it, and as one 8 % wider would; red where that leaves its box."""
    for piece in screen.pieces:
        if not isinstance(piece, Text) or not piece.text.strip():
            continue
        wide = round(piece.width * WIDER)
        more = wide - piece.width
        left = piece.left - {"left": 0, "center": more // 2, "right": more}[piece.align]
        is_over = left < piece.x - 1 or left + wide > piece.x + piece.w + 1
        top = piece.y + (piece.h - piece.size) // 2
        yield _rect(piece.x, piece.y, piece.w, piece.h, _ROOM, width=1, dash="3 3")
        yield _rect(left, top, wide, piece.size, _OVER if is_over else _ROOM, width=3 if is_over else 1, filled=True)


def _stale(screen: Screen, profile: Profile, items: Collection[str], *, all_stale: bool) -> Iterator[str]:
    """What comes from a source that is out of date: its rows, or the whole page."""
    links = [link for link in screen.links if all_stale or _item_of(link) in items]
    if all_stale:
        x, y = round(screen.width * profile.safe_area[0] / 100), round(screen.height * profile.safe_area[1] / 100)
        yield _rect(x, y, screen.width - 2 * x, screen.height - 2 * y, _STALE, width=5)
    for link in links:
        if not link.group:
            yield _rect(link.x, link.y, link.w, link.h, _STALE, width=4, filled=True)


def _item_of(link: Link) -> str:
    return link.to.partition("#")[0].partition(".")[2]


def _rect(
    x: int, y: int, w: int, h: int, colour: str, *, width: int, dash: str = "", filled: bool = False
) -> str:
    fill = f'fill="{colour}" fill-opacity="0.18"' if filled else 'fill="none"'
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" {fill} stroke="{colour}" stroke-width="{width}"{dashed}/>'
    )


def _svg(size: tuple[int, int], parts: Iterable[str]) -> str:
    width, height = size
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'{head} preserveAspectRatio="none">{"".join(parts)}</svg>'
