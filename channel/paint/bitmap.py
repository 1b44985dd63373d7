"""The bitmap painter: a Screen on a palette canvas, cut into bands that are painted and compressed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import msgspec
import numpy as np
import numpy.typing as npt

from channel.paint import png, raster
from channel.paint.output import Asset
from channel.paint.palette import Palette, palette
from channel.paint.theme import Theme
from channel.screen.fonts import metrics
from channel.screen.screen import Fill, Hole, Icon, Item, Link, Plot, Screen, Text

RING = 4
"""The focus ring's width outside a link, pixels."""
_CANVAS = npt.NDArray[np.uint8]
_encode = msgspec.msgpack.Encoder().encode


class Painter:
    """Paints Screens of one theme. ``stretch`` is the factor from drawn to stored pixels across."""

    def __init__(self, theme: Theme, *, stretch: float = 1.0, most_bands: int = 8_000) -> None:
        self.theme = theme
        self.stretch = stretch
        self._palette: Palette = palette(theme)
        self._bands: OrderedDict[bytes, png.Band] = OrderedDict()
        self._rings: OrderedDict[bytes, Asset] = OrderedDict()
        self._headers: dict[tuple[int, int], bytes] = {}
        self._most = most_bands
        self.hits = 0
        self.misses = 0

    def picture(self, screen: Screen) -> Asset:
        """The screen without any focus, as a banded PNG."""
        width = self._across(screen.width)
        bands = [self._band(items, top, bottom, width) for items, top, bottom in split(screen)]
        return png.joined(self._header(width, screen.height), bands)

    def overlay(self, screen: Screen, index: int) -> tuple[Asset, int, int]:
        """The link ``index`` as it looks with the focus, and where the picture stands (x, y in stored pixels)."""
        link = screen.links[index]
        own = screen.items[link.start : link.end]
        x, y = link.x - RING, link.y - RING
        left, right = self._across(x), self._across(x + link.w + 2 * RING)
        ground = link.bg or "ground"
        key = _encode((right - left, link.h, ground, x, link.kind, link.strip, [_changing(item, y) for item in own]))
        known = self._rings.get(key)
        if known is None:
            canvas = self._blank(link.h + 2 * RING, right - left, ground)
            self._draw(canvas, focused(own, link), x, y)
            made = png.small(canvas, self._palette.colors)
            known = self._rings[key] = Asset(made.parts, made.ext, made.name)
            if len(self._rings) > self._most:
                self._rings.popitem(last=False)
        else:
            self._rings.move_to_end(key)
        return known, left, y

    def _header(self, width: int, height: int) -> bytes:
        head = self._headers.get((width, height))
        if head is None:
            head = self._headers[width, height] = png.header(width, height, self._palette.plte)
        return head

    def canvas(self, screen: Screen) -> _CANVAS:
        """The whole canvas as palette indexes (height, stored width): what every decoder must give back."""
        canvas = self._blank(screen.height, self._across(screen.width), "ground")
        self._draw(canvas, screen.items, 0, 0)
        return canvas

    def rgb(self, canvas: _CANVAS) -> npt.NDArray[np.uint8]:
        """The colours of palette indexes."""
        out: npt.NDArray[np.uint8] = self._palette.colors.astype(np.uint8)[canvas]
        return out

    def _band(self, items: list[Item], top: int, bottom: int, width: int) -> png.Band:
        return self._painted(items, 0, top, bottom - top, width, "ground")

    def _painted(self, items: list[Item], x: int, y: int, height: int, width: int, ground: str) -> png.Band:
        key = _encode((width, height, ground, x, [_moved(item, y) for item in items]))
        known = self._bands.get(key)
        if known is not None:
            self.hits += 1
            self._bands.move_to_end(key)
            return known
        self.misses += 1
        canvas = self._blank(height, width, ground)
        self._draw(canvas, items, x, y)
        band = self._bands[key] = png.band(canvas)
        if len(self._bands) > self._most:
            self._bands.popitem(last=False)
        return band

    def _across(self, x: int) -> int:
        return x if self.stretch == 1.0 else round(x * self.stretch)

    def _blank(self, height: int, width: int, token: str) -> _CANVAS:
        return np.full((height, width), self._palette.index[token], np.uint8)

    def _draw(self, canvas: _CANVAS, items: Iterable[Item], x: int, y: int) -> None:
        for item in items:
            if isinstance(item, Text):
                self._text(canvas, item, x, y)
            elif isinstance(item, Fill):
                self._fill(canvas, item, x, y)
            elif isinstance(item, Icon):
                if not item.focus_only:
                    w = max(1, self._across(item.x + item.w) - self._across(item.x))
                    mask = raster.icon(item.name, w, item.h)
                    self._ink(canvas, mask, self._across(item.x - x), item.y - y, item.color, item.bg)
            elif isinstance(item, Plot):
                points = tuple((px - item.x, py - item.y) for px, py in item.points)
                mask = raster.squeezed(raster.plot(item.w, item.h, points, item.stroke), self.stretch)
                self._ink(canvas, mask, self._across(item.x - x), item.y - y, item.color, item.bg)
            elif isinstance(item, Hole):
                self._fill(canvas, Fill(item.x, item.y, item.w, item.h, "onfocus"), x, y)

    def _fill(self, canvas: _CANVAS, item: Fill, x: int, y: int) -> None:
        left, right = self._across(item.x - x), self._across(item.x + item.w - x)
        top, bottom = item.y - y, item.y + item.h - y
        edge = self.theme.edge(item)
        if edge:
            canvas[max(0, top) : bottom, max(0, left) : right] = self._palette.index["edge"]
            left, right, top, bottom = left + edge, right - edge, top + edge, bottom - edge
        canvas[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = self._palette.index[item.color]

    def _text(self, canvas: _CANVAS, item: Text, x: int, y: int) -> None:
        if item.role:
            return
        ink = raster.line(item.text, item.size, item.weight, self.stretch)
        ascent, descent = metrics(item.size)
        top = item.y + (item.h - ascent - descent) // 2
        self._ink(canvas, ink.mask, self._across(item.left - x) + ink.dx, top + ink.dy - y, item.color, item.bg)

    def _ink(self, canvas: _CANVAS, mask: raster.Mask, x: int, y: int, color: str, bg: str) -> None:
        top, left, cut_y, cut_x = max(0, y), max(0, x), max(0, -y), max(0, -x)
        area = canvas[top : top + mask.shape[0] - cut_y, left : left + mask.shape[1] - cut_x]
        part = mask[cut_y : cut_y + area.shape[0], cut_x : cut_x + area.shape[1]]
        # Only inked pixels are written: the box of a line may reach over its neighbours.
        np.copyto(area, self._palette.ramp(color, bg).take(part), where=part > 0)


def focused(items: list[Item], link: Link) -> list[Item]:
    """The items of a link as they look with the focus, ring and pointer included."""
    ring: list[Item] = []
    if link.kind == "card":
        outer = Fill(link.x - RING, link.y - RING, link.w + 2 * RING, link.h + 2 * RING, "focus")
        inner = Fill(link.x + RING, link.y + RING, link.w - 2 * RING, link.h - 2 * RING, link_fill(items))
        ring = [outer, inner]
        items = items[1:]
    else:
        ring = [Fill(link.x - RING, link.y - RING, link.w + 2 * RING, link.h + 2 * RING, "ring")]
    under = "focus"
    out = list(ring)
    for item in items:
        if isinstance(item, Fill):
            color = item.on or item.color
            out.append(Fill(item.x, item.y, item.w, item.h, color))
        elif isinstance(item, Text):
            changed = msgspec.structs.replace(item, color=item.on or item.color, bg=under if item.on else item.bg)
            if item.bold_on:
                changed = msgspec.structs.replace(changed, weight="bold", left=item.left)
            out.append(changed)
        elif isinstance(item, Icon):
            out.append(
                msgspec.structs.replace(
                    item, color=item.on or item.color, bg=under if item.on else item.bg, focus_only=False
                )
            )
        else:
            out.append(item)
    return out


def link_fill(items: list[Item]) -> str:
    """The colour of a card's panel; that of the dark hole where a card is a window of television."""
    first = items[0]
    return first.color if isinstance(first, Fill) else "onfocus"


def split(screen: Screen) -> list[tuple[list[Item], int, int]]:
    """The screen's items by band, each with its top and bottom: cut where no item stands across.

    The fill of the whole canvas is the ground of every band and belongs to none.
    """
    items = [i for i in screen.items if not (isinstance(i, Fill) and i.h >= screen.height)]
    order = sorted(range(len(items)), key=lambda index: items[index].y)
    cuts: list[int] = []
    groups: list[list[int]] = []
    end = -1
    for index in order:
        top, bottom = _extent(items[index])
        if top >= end or not groups:
            cuts.append(max(0, top))
            groups.append([])
        groups[-1].append(index)
        end = max(end, bottom)
    if not groups:
        return [([], 0, screen.height)]
    cuts[0] = 0
    bounds = [*cuts[1:], screen.height]
    return [([items[i] for i in sorted(g)], top, bottom) for g, top, bottom in zip(groups, cuts, bounds, strict=True)]


def _extent(item: Item) -> tuple[int, int]:
    if not isinstance(item, Text):
        return item.y, item.y + item.h
    ascent, descent = metrics(item.size)
    top = item.y + (item.h - ascent - descent) // 2
    # Glyphs keep inside ascent and descent; the line box may be smaller than both.
    return min(item.y, top), max(item.y + item.h, top + ascent + descent)


def _changing(item: Item, y: int) -> object:
    """What names an item's looks with the focus, wherever on the canvas it stands."""
    if isinstance(item, Text):
        return (_moved(item, y), item.on, item.bold_on)
    return (_moved(item, y), "" if isinstance(item, Hole) else item.on)


def _moved(item: Item, y: int) -> object:
    if isinstance(item, Text):
        return (0, item.y - y, item.h, item.left, item.text, item.size, item.weight, item.color, item.bg, item.role)
    if isinstance(item, Fill):
        return (1, item.x, item.y - y, item.w, item.h, item.color, item.panel)
    if isinstance(item, Icon):
        return (2, item.x, item.y - y, item.w, item.h, item.name, item.color, item.bg, item.focus_only)
    if isinstance(item, Plot):
        return (3, item.x, item.y - y, item.w, item.h, item.points, item.stroke, item.color, item.bg)
    return (4, item.x, item.y - y, item.w, item.h)
