"""The bitmap painter: a Screen on a palette canvas, cut into bands that are painted and compressed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from channel.memory import Beside, Shelf
from channel.paint import png, raster
from channel.paint.output import Asset, digest
from channel.paint.palette import Palette, palette
from channel.paint.photos import Plates
from channel.paint.strips import RING, Cutter, FramePart, Strip
from channel.paint.theme import Theme
from channel.screen.pieces import INKS, ROW, Code, Fill, Hole, Icon, Photo, Piece, Plot, Text
from channel.screen.screen import Link, Row, Screen

_MOST_STAMPS = 500
_MOST_BANDS = 500
"""What stands in no row: the rest is remembered with its row."""
SPARE = 112
"""Colours of a palette that are a screen's pictures' own, where it has any."""
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


class _At(NamedTuple):
    """Where pieces are painted: a canvas whose corner is (x, y), with ``pointer`` the pixels that become a pointer."""

    canvas: _CANVAS
    x: int
    y: int
    pointer: bool = False


class Painter:
    """Paints Screens of one theme; a brush for their pieces. ``stretch`` is the factor from drawn to stored pixels
    across. One with ``plates`` is for the one screen whose pictures they are, and shares its palette with them."""

    def __init__(
        self, theme: Theme, *, stretch: float = 1.0, most_bands: int = _MOST_BANDS, plates: Plates | None = None
    ) -> None:
        self.theme = theme
        self.stretch = stretch
        self._palette: Palette = palette(theme, SPARE if plates else 0)
        self._plates = plates
        self._colors = self._palette.colors if plates is None else np.concatenate([self._palette.colors, plates.colors])
        self._plte = self._colors.astype(np.uint8).tobytes()
        self._cutter = Cutter()
        self._bands: Shelf[png.Band] = Shelf(most_bands)
        self._rings: Shelf[Asset] = Shelf(most_bands)
        self._looks: Beside[_Look] = Beside()
        self._lit: Beside[list[tuple[Asset, int, int]]] = Beside()
        self._frames: Beside[png.Band] = Beside()
        self._stamps: dict[tuple[object, ...], _Stamp] = {}
        self._headers: dict[tuple[int, int, bool], tuple[bytes, str]] = {}
        self._rims: dict[tuple[int, int, int], png.Band] = {}
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
        for strip in self._cutter.split(screen):
            if strip.row is None:
                frame = strip.frame
                bands.append(self._framed(frame, strip, width) if frame else self.band(strip, width))
                continue
            look = self._row(screen, strip, strip.row, width)
            bands.append(look.band)
            if look.lit and strip.clear:
                lit[strip.row.link] = look.lit, 0, strip.top - RING
        head, named = self._header(width, screen.height)
        return png.joined(head, bands, named), lit

    def _rings_of(self, screen: Screen, lit: Mapping[int, tuple[Asset, int, int]]) -> Iterator[tuple[Asset, int, int]]:
        """For each link its picture with the focus; those of a frame or cell are looked up as one."""
        index, links = 0, screen.links
        for row in (*screen.rows, None):
            start, end = (row.start, row.end) if row else (len(screen.pieces), 0)
            while index < len(links) and links[index].start < start:
                yield lit.get(index) or self.overlay(screen, index)
                index += 1
            if row is None or index in lit:
                continue
            known = self._lit.find(row.laid, row.y)
            if known is None:
                count = sum(start <= link.start < end for link in links[index:])
                made = [self.overlay(screen, index + n) for n in range(count)]
                known = self._lit.put(row.laid, made, row.y)
            yield from known
            index += len(known)

    def overlay(self, screen: Screen, index: int) -> tuple[Asset, int, int]:
        """The link ``index`` painted by itself as it looks with the focus, and where the picture stands."""
        link = screen.links[index]
        own = screen.pieces[link.start : link.end]
        x, y = link.x - RING, link.y - RING
        left, right = self._across(x), self._across(x + link.w + 2 * RING)
        ground = link.bg or "ground"
        key = _encode((right - left, link.h, ground, x, link.kind, link.strip, [piece.lit_look(y) for piece in own]))

        def paint() -> Asset:
            canvas = self._blank(link.h + 2 * RING, right - left, ground)
            self._draw(focused(own, link), _At(canvas, x, y))
            made = png.small(canvas, self._colors)
            return Asset(made.parts, made.ext, made.name)

        return self._rings.get(key, paint), left, y

    def _framed(self, frame: FramePart, strip: Strip, width: int) -> png.Band:
        """The band of a frame's strip: the frame of a page is the same for all that see the page."""
        band = self._frames.find(frame)
        if band is None:
            return self._frames.put(frame, self.band(strip, width))
        self.hits += 1
        return band

    def _row(self, screen: Screen, strip: Strip, row: Row, width: int) -> _Look:
        """A row's band, painted once for all screens that have the row."""
        look = self._looks.find(row.laid)
        if look is None:
            self.misses += 1
            return self._looks.put(row.laid, self._looked(screen, strip, row, width))
        self.hits += 1
        return look

    def _looked(self, screen: Screen, strip: Strip, row: Row, width: int) -> _Look:
        height = strip.bottom - strip.top
        link = screen.links[row.link] if row.link >= 0 else None
        if link is None or not recoloured(strip.pieces, link, row):
            return _Look(self.band(strip, width), None)
        canvas = self._blank(height, width, "ground")
        self._rim(canvas, link)
        self._draw(strip.pieces, _At(canvas, 0, strip.top, pointer=True))
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
            data = png.header(width, height, self._palette.lit_plte if lit else self._plte)
            head = self._headers[width, height, lit] = data, digest(data)
        return head

    def canvas(self, screen: Screen) -> _CANVAS:
        """The whole canvas as palette indexes (height, stored width): what every decoder must give back."""
        canvas = self._blank(screen.height, self._across(screen.width), "ground")
        self._draw(screen.pieces, _At(canvas, 0, 0))
        return canvas

    def drawn(self, pieces: Iterable[Piece], top: int, height: int, width: int) -> _CANVAS:
        """``pieces`` alone on the ground, ``height`` rows of ``width`` stored pixels from ``top`` on."""
        canvas = self._blank(height, width, "ground")
        self._draw(pieces, _At(canvas, 0, top))
        return canvas

    def rgb(self, canvas: _CANVAS) -> npt.NDArray[np.uint8]:
        """The colours of palette indexes."""
        out: npt.NDArray[np.uint8] = self._colors.astype(np.uint8)[canvas]
        return out

    def band(self, strip: Strip, width: int) -> png.Band:
        """The strip as a band, painted once for all pieces that look alike wherever they stand."""
        height = strip.bottom - strip.top
        key = _encode((width, height, [piece.look(strip.top) for piece in strip.pieces]))
        known = self._bands.find(key)
        if known is not None:
            self.hits += 1
            return known
        self.misses += 1
        return self._bands.put(key, png.band(self.drawn(strip.pieces, strip.top, height, width)))

    def _across(self, x: int) -> int:
        return x if self.stretch == 1.0 else round(x * self.stretch)

    def _blank(self, height: int, width: int, token: str) -> _CANVAS:
        return np.full((height, width), self._palette.index[token], np.uint8)

    def _draw(self, pieces: Iterable[Piece], at: _At) -> None:
        for piece in pieces:
            piece.draw(self, at)

    # --- pieces -----------------------------------------------------------------------------------------------------

    def icon(self, piece: Icon, at: _At) -> None:
        """The icon's mask in its colour; a pointer alone where it is asked for."""
        if piece.focus_only and not at.pointer:
            return
        w = max(1, self._across(piece.x + piece.w) - self._across(piece.x))
        ramp = self._palette.pointer if piece.focus_only else self._palette.ramp(piece.color, piece.bg)
        self._ink(at, raster.icon(piece.name, w, piece.h, self.theme.icons), piece, ramp)

    def plot(self, piece: Plot, at: _At) -> None:
        """The line's mask in its colour."""
        mask = raster.squeezed(raster.plot(piece.w, piece.h, piece.local, piece.stroke), self.stretch)
        self._ink(at, mask, piece, self._palette.ramp(piece.color, piece.bg))

    def code(self, piece: Code, at: _At) -> None:
        """Dark modules on light, whatever the theme."""
        ink, paper = self.theme.printed
        self.fill(Fill(piece.x, piece.y, piece.w, piece.h, paper), at)
        mask = raster.squeezed(raster.code(piece.address, piece.module), self.stretch)
        self._ink(at, mask, piece, self._palette.ramp(ink, paper))

    def hole(self, piece: Hole, at: _At) -> None:
        """A dark place: no bitmap shows television through."""
        self.fill(Fill(piece.x, piece.y, piece.w, piece.h, "onfocus"), at)

    def photo(self, piece: Photo, at: _At) -> None:
        """The picture, in the colours that the palette has for it; a dark place where there is none."""
        found = self._plates and self._plates.pixels.get((piece.key, piece.w, piece.h))
        if found is None:
            self.fill(Fill(piece.x, piece.y, piece.w, piece.h, "panel2"), at)
            return
        pixels = found + np.uint8(len(self._palette.colors))
        _stamp(at.canvas, pixels, np.ones(pixels.shape, np.bool_), self._across(piece.x - at.x), piece.y - at.y)

    def fill(self, piece: Fill, at: _At) -> None:
        """A rectangle, with an edge in themes that have them."""
        canvas = at.canvas
        left, right = self._across(piece.x - at.x), self._across(piece.x + piece.w - at.x)
        top, bottom = piece.y - at.y, piece.y + piece.h - at.y
        edge = self.theme.edge(piece)
        if edge:
            canvas[max(0, top) : max(0, bottom), max(0, left) : right] = self._palette.index["edge"]
            left, right, top, bottom = left + edge, right - edge, top + edge, bottom - edge
        color = self._palette.index[piece.color]
        if piece.on == "onfocus" and piece.color in INKS:
            # Of the row's own inks, which change with the focus.
            color = int(self._palette.ramp(piece.color, ROW)[-1])
        canvas[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = color

    def text(self, piece: Text, at: _At) -> None:
        """A line; those that a script fills in are left out, for there is none."""
        if piece.role:
            return
        key = (piece.text, piece.size, piece.weight, piece.color, piece.bg)
        stamp = self._stamps.get(key)
        if stamp is None:
            ink = raster.line(piece.text, piece.size, piece.weight, self.stretch)
            stamp = _Stamp(self._palette.ramp(piece.color, piece.bg).take(ink.mask), ink.mask > 0, ink.dx, ink.dy)
            if len(self._stamps) >= _MOST_STAMPS:
                self._stamps.clear()
            self._stamps[key] = stamp
        x, y = self._across(piece.left - at.x) + stamp.dx, piece.top + stamp.dy - at.y
        _stamp(at.canvas, stamp.pixels, stamp.inked, x, y)

    def _ink(self, at: _At, mask: raster.Mask, piece: Piece, ramp: npt.NDArray[np.uint8]) -> None:
        _stamp(at.canvas, ramp.take(mask), mask > 0, self._across(piece.x - at.x), piece.y - at.y)


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


def focused(pieces: list[Piece], link: Link) -> list[Piece]:
    """The pieces of a link as they look with the focus, ring and pointer included."""
    outer = (link.x - RING, link.y - RING, link.w + 2 * RING, link.h + 2 * RING)
    if link.kind != "card":
        return [Fill(*outer, "ring"), *[piece.lit() for piece in pieces]]
    inner = (link.x + RING, link.y + RING, link.w - 2 * RING, link.h - 2 * RING)
    ring = [Fill(*outer, "focus"), Fill(*inner, link_fill(pieces))]
    return [*ring, *[piece.lit() for piece in pieces[1:]]]


def link_fill(pieces: list[Piece]) -> str:
    """The colour of a card's panel; that of the dark hole where a card is a window of television."""
    first = pieces[0]
    return first.color if isinstance(first, Fill) else "onfocus"


def recoloured(pieces: list[Piece], link: Link, row: Row) -> bool:
    """Whether the focus changes nothing in the row but the colours of its panel and of the ink on it."""
    if link.kind != "row" or (link.y, link.h) != (row.y, row.bottom - row.y) or link.bg not in ("", "ground"):
        return False
    first = pieces[0]
    if not isinstance(first, Fill) or (first.color, first.on, first.w, first.h) != (ROW, "focus", link.w, link.h):
        return False
    return all(piece.follows() for piece in pieces[1:])
