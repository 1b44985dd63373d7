"""The navigation map: what a box without a browser needs to walk a picture, and an HTML page for one that has none of
our script (an image map)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from channel.memory import Beside, Memory, Slot, Trait
from channel.paint.addresses import ALERTS, DocumentAddress
from channel.paint.output import PaintedDocument, escape
from channel.paint.style import csp_hash
from channel.screen.screen import Link, Screen

FORMAT = 1


class _Ring(msgspec.Struct):
    src: str
    x: int
    y: int


class _Entry(msgspec.Struct):
    """What the map says of a link."""

    rect: list[int]
    to: str
    up: str | UnsetType
    down: str | UnsetType
    left: str | UnsetType
    right: str | UnsetType
    ring: _Ring | UnsetType


def navigation_map(
    screen: Screen,
    spot: DocumentAddress,
    picture: str,
    rings: Mapping[str, tuple[str, int, int]],
    words: Sequence[str],
    *,
    back: str,
    previous: str,
    following: str,
    observed: datetime | None,
    valid_until: datetime | None,
    stretch: float = 1.0,
    switch: str = "",
    mark: Sequence[int] = (),
) -> PaintedDocument:
    """The map of ``screen`` as JSON. ``rings`` gives each link's focused picture (asset name, x, y in px), ``words`` is
    what each says (``labels``), ``mark`` the place of a warning's mark (x, y, w, h as drawn) where the page has one."""
    content = {
        "format": FORMAT,
        "size": [round(screen.width * stretch), screen.height],
        "image": spot.asset(picture),
        "start": screen.links[screen.first].id if screen.first >= 0 else "",
        "back": back,
        "prev": previous,
        "next": following,
        "links": _links(screen, spot, rings, back, stretch, switch),
        "keys": {
            link.key: {"label": label, "to": spot.href(link.to, "live", switch)}
            for link, label in zip(screen.links, words, strict=True)
            if link.key
        },
        **({"mark": {"rect": _stretched(mark, stretch), "to": spot.href(ALERTS)}} if mark else {}),
        "screen": screen.number,
        "screens": screen.count,
        "title": f"{screen.page} {screen.title}",
        "observed": observed.isoformat() if observed else None,
        "valid_until": valid_until.isoformat() if valid_until else None,
    }
    assets = (picture, *(name for name, _, _ in rings.values()))
    return PaintedDocument(
        name=spot.name,
        media="application/json",
        body=msgspec.json.encode(content),
        assets=tuple(dict.fromkeys(assets)),
        targets=tuple(link.to for link in screen.links),
    )


def _links(
    screen: Screen,
    spot: DocumentAddress,
    rings: Mapping[str, tuple[str, int, int]],
    back: str,
    stretch: float,
    switch: str,
) -> dict[str, _Entry]:
    """Each link by its id: its place, where it leads, which link each arrow moves to, and its focused picture."""
    # An arrow that leads nowhere has the index -1.
    sides: list[str | UnsetType] = [*(link.id for link in screen.links), UNSET]
    found = {}
    for link, around in zip(screen.links, screen.focus, strict=True):
        ring = rings.get(link.id)
        found[link.id] = _Entry(
            _rect(link, stretch),
            back if link.id == "back" and back else spot.href(link.to, "live", switch),
            sides[around.up],
            sides[around.down],
            sides[around.left],
            sides[around.right],
            _Ring(spot.asset(ring[0]), ring[1], ring[2]) if ring else UNSET,
        )
    return found


def map_page(
    screen: Screen,
    spot: DocumentAddress,
    picture: str,
    words: Sequence[str],
    *,
    back: str,
    stretch: float = 1.0,
    switch: str = "",
    lang: str = "zh-CN",
) -> PaintedDocument:
    """The picture as an HTML 4.01 page with a ``<map>``, no script: any browser walks it in its own way."""
    width = round(screen.width * stretch)
    areas = []
    for link, label in zip(screen.links, words, strict=True):
        x, y, w, h = _rect(link, stretch)
        href = back if link.id == "back" and back else spot.href(link.to, switch=switch)
        areas.append(
            f'<area shape="rect" coords="{x},{y},{x + w},{y + h}" href="{escape(href)}" alt="{escape(label)}">'
        )
    turns = [
        f'<link rel="{rel}" href="{spot.screen_href(number)}">'
        for rel, number in (("prev", screen.number - 1), ("next", screen.number + 1))
        if 1 <= number <= screen.count
    ]
    style = f"body{{margin:0;padding:0;background:#101822}}img{{border:0;display:block;width:{width}px}}"
    text = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">\n'
        f'<html lang="{lang}">\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        f'<meta name="page-view-size" content="{width}*{screen.height}">\n'
        f"<title>{screen.page} {escape(screen.title)}</title>\n"
        + "".join(turns)
        + f'<style type="text/css">{style}</style>\n</head>\n<body>\n'
        f'<img src="{spot.asset(picture)}" width="{width}" height="{screen.height}" usemap="#m" '
        f'alt="{escape(screen.title)}">\n'
        f'<map name="m">\n{chr(10).join(areas)}\n</map>\n</body>\n</html>\n'
    )
    return PaintedDocument(
        name=spot.name,
        media="text/html; charset=utf-8",
        body=text.encode(),
        style=(csp_hash(style),),
        assets=(picture,),
        targets=tuple(link.to for link in screen.links),
    )


def _rect(link: Link, stretch: float) -> list[int]:
    return _stretched((link.x, link.y, link.w, link.h), stretch)


def _stretched(rect: Sequence[int], stretch: float) -> list[int]:
    x, y, w, h = rect
    left, right = round(x * stretch), round((x + w) * stretch)
    return [left, y, right - left, h]


_LABELS: Slot[list[str]] = Slot("words of links", 128)
_OF_ROWS: Trait[list[str]] = Trait("words of links of rows")


def labels(screen: Screen, memory: Memory) -> list[str]:
    """The words of each link: for people who hear them, and for the keys' labels. Those of a row are put together
    once for all screens that it stands on."""
    return memory.of(_LABELS).get(screen, lambda: _labels(screen, memory.beside(_OF_ROWS)))


def _labels(screen: Screen, known: Beside[list[str]]) -> list[str]:
    out: list[str] = []
    for row in (*screen.rows, None):
        start = row.start if row else len(screen.pieces)
        while len(out) < len(screen.links) and screen.links[len(out)].start < start:
            out.append(_label(screen, screen.links[len(out)]))
        if row is not None:
            mine = screen.links[len(out) : len(out) + len(row.laid.links)]
            out += known.find(row.laid) or known.put(row.laid, [_label(screen, link) for link in mine])
    return out


def _label(screen: Screen, link: Link) -> str:
    texts = [piece.words for piece in screen.pieces[link.start : link.end] if piece.words]
    if link.key and len(texts) > 1:
        texts = texts[1:]
    return " ".join(texts)[:40]
