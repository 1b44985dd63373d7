"""What both painters need as pixels: icons, plotted lines, and text that a box cannot write.

A mask is a grey picture of a few levels of ink, painted between two colours of the theme.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import resvg_py
from PIL import Image, ImageDraw

from channel.paint.icons import read_icon
from channel.screen.codes import matrix
from channel.screen.fonts import FULL_WIDTH, Weight, advances, face_of, metrics
from feeds.base.errors import MarkupError

Mask: TypeAlias = npt.NDArray[np.uint8]
LEVELS = 8
"""Levels of ink from background to foreground: on a set they look the same as 256, and a row costs a quarter less."""
_GREY = np.rint(np.linspace(0, 255, LEVELS)).astype(np.uint8)


def levels(grey: npt.NDArray[np.uint8]) -> Mask:
    """0..255 of ink as 0..LEVELS - 1, rounded."""
    out: Mask = ((grey.astype(np.uint16) * (LEVELS - 1) + 127) // 255).astype(np.uint8)
    return out


@lru_cache(maxsize=512)
def icon(name: str, w: int, h: int, folder: Path | None = None) -> Mask:
    """The icon ``name`` as a mask of w x h pixels; ``folder`` holds a channel's own. Raises MarkupError."""
    svg = read_icon(name, folder)
    try:
        png: Any = resvg_py.svg_to_bytes(svg_string=svg, width=w * 4, height=h * 4)
    except ValueError as error:
        raise MarkupError(f"icon {name!r}: {error}") from None
    with Image.open(BytesIO(bytes(png))) as picture:
        alpha = picture.convert("RGBA").getchannel("A")
    # A picture that is not as wide as its box is high keeps its shape and stands in the middle.
    canvas = Image.new("L", (w * 4, h * 4))
    canvas.paste(alpha, ((w * 4 - alpha.width) // 2, (h * 4 - alpha.height) // 2))
    return levels(np.asarray(canvas.resize((w, h), Image.Resampling.BOX)))


@lru_cache(maxsize=256)
def plot(w: int, h: int, points: tuple[tuple[float, float], ...], stroke: int) -> Mask:
    """A line of ``stroke`` px through points (relative to the picture) as a mask of w x h pixels."""
    scale = 4
    canvas = Image.new("L", (w * scale, h * scale))
    draw = ImageDraw.Draw(canvas)
    scaled = [(x * scale, y * scale) for x, y in points]
    draw.line(scaled, fill=255, width=stroke * scale, joint="curve")
    radius = stroke * scale / 2
    for x, y in (scaled[0], scaled[-1]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return levels(np.asarray(canvas.resize((w, h), Image.Resampling.BOX)))


class Glyph:
    """One glyph's mask with the distance of its corner from the pen on the base line, in px."""

    __slots__ = ("dx", "dy", "h", "mask", "w")

    def __init__(self, size: int, weight: Weight, char: str) -> None:
        font = face_of(char, size, weight)
        picture, (dx, dy) = font.getmask2(char, mode="L", anchor="ls")
        w, h = picture.size
        self.dx, self.dy = int(dx), int(dy)
        self.w, self.h = w, h
        self.mask: Mask = (
            levels(np.array(picture, dtype=np.uint8).reshape(h, w)) if w and h else np.zeros((0, 0), np.uint8)
        )


class Glyphs(dict[str, Glyph]):
    """The glyphs of one size and weight, painted when they are first needed."""

    def __init__(self, size: int, weight: Weight) -> None:
        super().__init__()
        self._size, self._weight = size, weight

    def __missing__(self, char: str) -> Glyph:
        glyph = self[char] = Glyph(self._size, self._weight, char)
        return glyph


@lru_cache(maxsize=128)
def glyphs(size: int, weight: Weight) -> Glyphs:
    """The glyph masks at ``size`` px."""
    return Glyphs(size, weight)


class Ink(NamedTuple):
    """The ink of a line: a mask cut to what is inked, and where its corner lies from the pen and the line's top."""

    mask: Mask
    dx: int
    dy: int


@lru_cache(maxsize=2_048)
def line(text: str, size: int, weight: Weight, stretch: float = 1.0) -> Ink:
    """One line of text. The base line is ``metrics(size)[0]`` px below the line's top; ``stretch`` narrows it for
    pixels that are wider than high."""
    ascent, descent = metrics(size)
    table, cuts = advances(size, weight), glyphs(size, weight)
    pad = size // 4 + 2
    width = round(sum([table[char] for char in text])) + 2 * pad
    mask: Mask = np.zeros((ascent + descent, width), np.uint8)
    pen = float(pad)
    for char in text:
        glyph = cuts[char]
        if glyph.w and glyph.h:
            slack = (size - glyph.w) / 2 - glyph.dx if char in FULL_WIDTH and len(text) > 1 else 0
            top, left = ascent + glyph.dy, round(pen + slack) + glyph.dx
            cut = max(0, -top)
            area = mask[top + cut : top + glyph.h, left : left + glyph.w]
            np.maximum(area, glyph.mask[cut : cut + area.shape[0], : area.shape[1]], out=area)
        pen += table[char]
    mask = squeezed(mask, stretch)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Ink(mask[:0, :0], 0, 0)
    cut_y, cut_x = int(rows[0]), int(columns[0])
    inked = np.ascontiguousarray(mask[cut_y : rows[-1] + 1, cut_x : columns[-1] + 1])
    return Ink(inked, cut_x - round(pad * stretch), cut_y)


@lru_cache(maxsize=2_048)
def span(text: str, size: int, weight: Weight) -> tuple[int, int]:
    """From where to where the ink of a line goes, in px below the line's top."""
    ascent, cuts = metrics(size)[0], glyphs(size, weight)
    inked = [glyph for glyph in map(cuts.__getitem__, text) if glyph.h]
    if not inked:
        return ascent, ascent
    return ascent + min(glyph.dy for glyph in inked), ascent + max(glyph.dy + glyph.h for glyph in inked)


@lru_cache(maxsize=64)
def code(address: str, module: int) -> Mask:
    """The QR code of ``address``, ``module`` px a module, its quiet zone at its edges."""
    rows = matrix(address) * np.uint8(LEVELS - 1)
    return rows.repeat(module, axis=0).repeat(module, axis=1)


def paint(mask: Mask, ramp: npt.NDArray[np.uint8], *, clear: bool = False) -> bytes:
    """A mask as a small palette PNG between the two ends of ``ramp`` ((LEVELS, 3) RGB).

    With ``clear`` what has no ink is transparent, for a picture that stands over others.
    """
    picture = Image.frombytes("P", (mask.shape[1], mask.shape[0]), mask.tobytes())
    picture.putpalette(ramp.tobytes())
    out = BytesIO()
    if clear:
        picture.save(out, "PNG", bits=4, optimize=False, transparency=0)
    else:
        picture.save(out, "PNG", bits=4, optimize=False)
    return out.getvalue()


def squeezed(mask: Mask, factor: float) -> Mask:
    """``mask`` narrowed by ``factor`` for pixels that are wider than high."""
    if factor == 1.0:
        return mask
    picture = Image.fromarray(_GREY[mask]).resize(
        (max(1, round(mask.shape[1] * factor)), mask.shape[0]), Image.Resampling.BOX
    )
    return levels(np.asarray(picture))
