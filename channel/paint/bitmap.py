"""The bitmap painter: a Screen on a palette canvas, cut into bands that are painted and compressed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from channel.paint import png, raster
from channel.paint.output import Asset, digest
from channel.paint.palette import INKS, ROW, Palette, palette
from channel.paint.theme import Theme
from channel.screen.fonts import metrics
from channel.screen.screen import Fill, Hole, Icon, Item, Link, Plot, Row, Screen, Text

RING = 4
"""The focus ring's width outside a link, pixels."""
_EXTENT, _CUT = "extent", "cut"
_MOST_STAMPS = 2_000
_CANVAS = npt.NDArray[np.uint8]
_encode = msgspec.msgpack.Encoder().encode


class _Stamp(NamedTuple):
    """A line of text in its colours, and where its corner lies from the pen and the line's top."""

    pixels: _CANVAS
    inked: npt.NDArray[np.bool_]
    dx: int
    dy: int


class _Look(NamedTuple):
    """A row as it is on its screen and with the focus; ``lit`` is None where the focus changes more than colours."""

    band: png.Band
    lit: Asset | None


class Painter:
    """Paints Screens of one theme. ``stretch`` is the factor from drawn to stored pixels across."""

    def __init__(self, theme: Theme, *, stretch: float = 1.0, most_bands: int = 2_000) -> None:
        self.theme = theme
        self.stretch = stretch
        self._palette: Palette = palette(theme)
        self._bands: OrderedDict[bytes, png.Band] = OrderedDict()
        self._rings: OrderedDict[bytes, Asset] = OrderedDict()
        self._stamps: dict[tuple[object, ...], _Stamp] = {}
        self._headers: dict[tuple[int, int, bool], tuple[bytes, str]] = {}
        self._rims: dict[tuple[int, int, int], png.Band] = {}
        self._most = most_bands
        self.hits = 0
        self.misses = 0

    def picture(self, screen: Screen) -> Asset:
        """The screen without any focus, as a banded PNG."""
        return self._joined(screen)[0]

    def sheet(self, screen: Screen) -> tuple[Asset, list[tuple[Asset, int, int]]]:
        """The screen's picture, and for each link the picture of how it looks with the focus and where that stands
        (x, y in stored pixels)."""
        picture, lit = self._joined(screen)
        return picture, [*self._rings_of(screen, lit)]

    def _joined(self, screen: Screen) -> tuple[Asset, dict[int, tuple[Asset, int, int]]]:
        """The picture, and the focused pictures that came with its rows."""
        width = self._across(screen.width)
        bands = []
        lit: dict[int, tuple[Asset, int, int]] = {}
        for strip in split(screen):
            if strip.row is None:
                bands.append(self.band(strip, width) if strip.bands is None else self._framed(strip, width))
                continue
            look = self._row(screen, strip, width)
            bands.append(look.band)
            if look.lit and strip.clear:
                lit[strip.row.link] = look.lit, 0, strip.top - RING
        head, named = self._header(width, screen.height)
        return png.joined(head, bands, named), lit

    def _rings_of(self, screen: Screen, lit: Mapping[int, tuple[Asset, int, int]]) -> Iterator[tuple[Asset, int, int]]:
        """For each link its picture with the focus; those of a frame or cell are looked up as one."""
        index, links = 0, screen.links
        for row in (*screen.rows, None):
            start, end = (row.start, row.end) if row else (len(screen.items), 0)
            while index < len(links) and links[index].start < start:
                yield lit.get(index) or self.overlay(screen, index)
                index += 1
            if row is None or index in lit:
                continue
            known: list[tuple[Asset, int, int]] | None = row.laid.looks.get((self, row.y))
            if known is None:
                count = sum(start <= link.start < end for link in links[index:])
                known = row.laid.looks[self, row.y] = [self.overlay(screen, index + n) for n in range(count)]
            yield from known
            index += len(known)

    def overlay(self, screen: Screen, index: int) -> tuple[Asset, int, int]:
        """The link ``index`` painted by itself as it looks with the focus, and where the picture stands."""
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

    def _framed(self, strip: Strip, width: int) -> png.Band:
        """The band of a frame's strip: the frame of a page is the same for all that see the page."""
        assert strip.bands is not None
        band = strip.bands.get(self)
        if band is None:
            band = strip.bands[self] = self.band(strip, width)
        else:
            self.hits += 1
        return band

    def _row(self, screen: Screen, strip: Strip, width: int) -> _Look:
        """A row's band, painted once for all screens that have the row."""
        row = strip.row
        assert row is not None
        look: _Look | None = row.laid.looks.get(self)
        if look is None:
            self.misses += 1
            look = row.laid.looks[self] = self._looked(screen, strip, row, width)
        else:
            self.hits += 1
        return look

    def _looked(self, screen: Screen, strip: Strip, row: Row, width: int) -> _Look:
        height = strip.bottom - strip.top
        link = screen.links[row.link] if row.link >= 0 else None
        if link is None or not recoloured(strip.items, link, row):
            return _Look(self.band(strip, width), None)
        canvas = self._blank(height, width, "ground")
        self._rim(canvas, link)
        self._draw(canvas, strip.items, 0, strip.top, pointer=True)
        band = png.band(canvas)
        head, named = self._header(width, height + RING, lit=True)
        return _Look(band, png.joined(head, [self._above(link, width), band], named))

    def _rim(self, canvas: _CANVAS, link: Link) -> None:
        """Where the ring comes to stand beside and below a row."""
        canvas[:, self._across(link.x - RING) : self._across(link.x + link.w + RING)] = self._palette.rim

    def _above(self, link: Link, width: int) -> png.Band:
        """The ring's upper side."""
        key = (link.x, link.w, width)
        known = self._rims.get(key)
        if known is None:
            canvas = self._blank(RING, width, "ground")
            self._rim(canvas, link)
            known = self._rims[key] = png.band(canvas)
        return known

    def _header(self, width: int, height: int, *, lit: bool = False) -> tuple[bytes, str]:
        """What stands before the bands, and its digest."""
        head = self._headers.get((width, height, lit))
        if head is None:
            data = png.header(width, height, self._palette.lit_plte if lit else self._palette.plte)
            head = self._headers[width, height, lit] = data, digest(data)
        return head

    def canvas(self, screen: Screen) -> _CANVAS:
        """The whole canvas as palette indexes (height, stored width): what every decoder must give back."""
        canvas = self._blank(screen.height, self._across(screen.width), "ground")
        self._draw(canvas, screen.items, 0, 0)
        return canvas

    def drawn(self, items: Iterable[Item], top: int, height: int, width: int) -> _CANVAS:
        """``items`` alone on the ground, ``height`` rows of ``width`` stored pixels from ``top`` on."""
        canvas = self._blank(height, width, "ground")
        self._draw(canvas, items, 0, top)
        return canvas

    def rgb(self, canvas: _CANVAS) -> npt.NDArray[np.uint8]:
        """The colours of palette indexes."""
        out: npt.NDArray[np.uint8] = self._palette.colors.astype(np.uint8)[canvas]
        return out

    def band(self, strip: Strip, width: int) -> png.Band:
        """The strip as a band, painted once for all items that look alike wherever they stand."""
        height = strip.bottom - strip.top
        key = _encode((width, height, [_moved(item, strip.top) for item in strip.items]))
        known = self._bands.get(key)
        if known is not None:
            self.hits += 1
            self._bands.move_to_end(key)
            return known
        self.misses += 1
        band = self._bands[key] = png.band(self.drawn(strip.items, strip.top, height, width))
        if len(self._bands) > self._most:
            self._bands.popitem(last=False)
        return band

    def _across(self, x: int) -> int:
        return x if self.stretch == 1.0 else round(x * self.stretch)

    def _blank(self, height: int, width: int, token: str) -> _CANVAS:
        return np.full((height, width), self._palette.index[token], np.uint8)

    def _draw(self, canvas: _CANVAS, items: Iterable[Item], x: int, y: int, *, pointer: bool = False) -> None:
        """Paint ``items`` on a canvas whose corner is (x, y), with ``pointer`` the pixels that become a pointer too."""
        for item in items:
            if isinstance(item, Text):
                self._text(canvas, item, x, y)
            elif isinstance(item, Fill):
                self._fill(canvas, item, x, y)
            elif isinstance(item, Icon):
                if pointer or not item.focus_only:
                    w = max(1, self._across(item.x + item.w) - self._across(item.x))
                    mask = raster.icon(item.name, w, item.h, self.theme.icons)
                    ramp = self._palette.pointer if item.focus_only else self._palette.ramp(item.color, item.bg)
                    self._ink(canvas, mask, self._across(item.x - x), item.y - y, ramp)
            elif isinstance(item, Plot):
                points = tuple((px - item.x, py - item.y) for px, py in item.points)
                mask = raster.squeezed(raster.plot(item.w, item.h, points, item.stroke), self.stretch)
                self._ink(canvas, mask, self._across(item.x - x), item.y - y, self._palette.ramp(item.color, item.bg))
            elif isinstance(item, Hole):
                self._fill(canvas, Fill(item.x, item.y, item.w, item.h, "onfocus"), x, y)

    def _fill(self, canvas: _CANVAS, item: Fill, x: int, y: int) -> None:
        left, right = self._across(item.x - x), self._across(item.x + item.w - x)
        top, bottom = item.y - y, item.y + item.h - y
        edge = self.theme.edge(item)
        if edge:
            canvas[max(0, top) : max(0, bottom), max(0, left) : right] = self._palette.index["edge"]
            left, right, top, bottom = left + edge, right - edge, top + edge, bottom - edge
        color = self._palette.index[item.color]
        if item.on == "onfocus" and item.color in INKS:
            # Of the row's own inks, which change with the focus.
            color = int(self._palette.ramp(item.color, ROW)[-1])
        canvas[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = color

    def _text(self, canvas: _CANVAS, item: Text, x: int, y: int) -> None:
        if item.role:
            return
        key = (item.text, item.size, item.weight, item.color, item.bg)
        stamp = self._stamps.get(key)
        if stamp is None:
            ink = raster.line(item.text, item.size, item.weight, self.stretch)
            stamp = _Stamp(self._palette.ramp(item.color, item.bg).take(ink.mask), ink.mask > 0, ink.dx, ink.dy)
            if len(self._stamps) >= _MOST_STAMPS:
                self._stamps.clear()
            self._stamps[key] = stamp
        ascent, descent = metrics(item.size)
        top = item.y + (item.h - ascent - descent) // 2
        _stamp(canvas, stamp.pixels, stamp.inked, self._across(item.left - x) + stamp.dx, top + stamp.dy - y)

    @staticmethod
    def _ink(canvas: _CANVAS, mask: raster.Mask, x: int, y: int, ramp: npt.NDArray[np.uint8]) -> None:
        _stamp(canvas, ramp.take(mask), mask > 0, x, y)


def _stamp(canvas: _CANVAS, pixels: _CANVAS, inked: npt.NDArray[np.bool_], x: int, y: int) -> None:
    """Put ``pixels`` on the canvas where they are ``inked``: the box of a line may reach over its neighbours."""
    if x >= 0 and y >= 0:
        area = canvas[y : y + pixels.shape[0], x : x + pixels.shape[1]]
        if area.shape == pixels.shape:
            np.copyto(area, pixels, where=inked)
            return
    if y + pixels.shape[0] <= 0 or x + pixels.shape[1] <= 0:
        return
    top, left, cut_y, cut_x = max(0, y), max(0, x), max(0, -y), max(0, -x)
    area = canvas[top : top + pixels.shape[0] - cut_y, left : left + pixels.shape[1] - cut_x]
    part = slice(cut_y, cut_y + area.shape[0]), slice(cut_x, cut_x + area.shape[1])
    np.copyto(area, pixels[part], where=inked[part])


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


def recoloured(items: list[Item], link: Link, row: Row) -> bool:
    """Whether the focus changes nothing in the row but the colours of its panel and of the ink on it."""
    if link.kind != "row" or (link.y, link.h) != (row.y, row.bottom - row.y) or link.bg not in ("", "ground"):
        return False
    first = items[0]
    if not isinstance(first, Fill) or (first.color, first.on, first.w, first.h) != (ROW, "focus", link.w, link.h):
        return False
    return all(_follows(item) for item in items[1:])


def _follows(item: Item) -> bool:
    """Whether an item of a row has ink of the row, or none of its colours at all."""
    if isinstance(item, Icon) and item.focus_only:
        return item.on == "onfocus"
    if isinstance(item, Text | Icon):
        own = item.bg == ROW and item.color in INKS
        return own if item.on == "onfocus" else item.on == "" and item.bg != ROW
    if isinstance(item, Fill):
        return item.color in INKS if item.on == "onfocus" else item.on == "" and item.color != ROW
    return False


class Strip(NamedTuple):
    """What is one band: its items from ``top`` to ``bottom``. ``row`` names the row that it is, if it is just one;
    ``clear`` says that nothing stands in the few pixels above it. ``bands`` keeps what painters made of a frame's."""

    items: list[Item]
    top: int
    bottom: int
    row: Row | None = None
    clear: bool = False
    bands: dict[Painter, png.Band] | None = None


def split(screen: Screen) -> list[Strip]:
    """The screen's strips from top to bottom: cut where no item stands across, and at the links of a frame. A row's
    strip takes in the pixels where its ring stands below it.

    The fill of the whole canvas is the ground of every strip and belongs to none.
    """
    strips: list[Strip] = []
    end = 0
    for group in _groups(screen):
        row = group[0].row if len(group) == 1 else None
        top, bottom = max(0, group[0].top), min(screen.height, max([part.bottom for part in group]))
        clear = top - end >= RING or bool(strips and strips[-1].row and strips[-1].row.link >= 0)
        if top > end:
            strips.append(Strip([], end, top))
        items = [item for part in sorted(group, key=attrgetter("start")) for item in part.items]
        if row and row.link < 0:
            strips += _across_links(screen, row, items, top, bottom)
        else:
            strips.append(Strip(items, top, bottom, row, clear))
        end = bottom
    if end < screen.height:
        strips.append(Strip([], end, screen.height))
    return strips


def _across_links(screen: Screen, row: Row, items: list[Item], top: int, bottom: int) -> list[Strip]:
    """A frame cut at the edges of its links, across whatever stands there: an estate's name in the header then makes
    its own lines of pixels new, and not the whole title beside it."""
    key = (_CUT, row.y, top, bottom)
    known: list[Strip] | None = row.laid.looks.get(key)
    if known is not None:
        return known
    links = [link for link in screen.links if row.start <= link.start < row.end]
    edges = {edge for link in links for edge in (link.y, link.y + link.h) if top < edge < bottom}
    cuts = [top, *sorted(edges), bottom]
    reach = [(item, *_extent(item)) for item in items]
    strips = [
        Strip([item for item, upper, lower in reach if upper < foot and lower > head], head, foot, bands={})
        for head, foot in pairwise(cuts)
    ]
    row.laid.looks[key] = strips
    return strips


class _Part(NamedTuple):
    """A row or a single item. ``start`` is its place among the items, by which parts of one top come in their order."""

    top: int
    start: int
    bottom: int
    items: list[Item]
    row: Row | None


def _groups(screen: Screen) -> list[list[_Part]]:
    """Rows and single items, together where one reaches over another."""
    parts, at = [], 0
    for row in (*screen.rows, None):
        for index in range(at, row.start if row else len(screen.items)):
            item = screen.items[index]
            if not (isinstance(item, Fill) and item.h >= screen.height):
                top, bottom = _extent(item)
                parts.append(_Part(top, index, bottom, [item], None))
        if row and row.end > row.start:
            top, bottom = row.laid.looks.get(_EXTENT) or row.laid.looks.setdefault(_EXTENT, _reach(screen, row))
            items = screen.items[row.start : row.end]
            parts.append(_Part(row.y + top, row.start, row.y + bottom, items, row))
            at = row.end
    parts.sort()
    groups: list[list[_Part]] = []
    end = -1
    for part in parts:
        if part.top >= end or not groups:
            groups.append([])
        groups[-1].append(part)
        end = max(end, part.bottom)
    return groups


def _reach(screen: Screen, row: Row) -> tuple[int, int]:
    """From where to where a row's items go, counted from its top; with the ring that comes to stand below it.

    A line of text goes no further than its ink: one that is moved down in its row joins it to no other.
    """
    items = screen.items[row.start : row.end]
    if row.link >= 0:
        extents = [_inked(item) if isinstance(item, Text) else _extent(item) for item in items]
        extents.append((row.y, row.bottom + RING))
    else:
        extents = [*map(_extent, items)]
    return min(top for top, _ in extents) - row.y, max(bottom for _, bottom in extents) - row.y


def _extent(item: Item) -> tuple[int, int]:
    if not isinstance(item, Text):
        return item.y, item.y + item.h
    upper, lower = _inked(item)
    return min(item.y, upper), max(item.y + item.h, lower)


def _inked(item: Text) -> tuple[int, int]:
    ascent, descent = metrics(item.size)
    top = item.y + (item.h - ascent - descent) // 2
    upper, lower = raster.span(item.text, item.size, item.weight)
    return top + upper, top + lower


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
