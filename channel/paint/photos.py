"""Pictures as pixels: read from the bytes that a release holds, made as large as they stand, in what a set can show.

What is read here was written by us (its hash is known), so reading it is quick and never goes wrong for long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from channel.paint.theme import DARKEST, LIGHTEST
from channel.screen.pieces import Photo
from channel.views.content import Album
from feeds.base.errors import RenderError

MOST_PIXELS = 4_000_000
QUALITY = 80
"""Of a JPEG (libjpeg's scale): at it nobody sees a difference from three metres, for a third of the bytes of 95."""
_CHANNEL = [round(DARKEST + value * (LIGHTEST - DARKEST) / 255) for value in range(256)]


_Place: TypeAlias = tuple[str, int, int]
"""A picture's key, and the box that it fills."""


class Plates(NamedTuple):
    """All pictures of a screen in the colours that they share: ``colors`` (n, 3), and each by its key and size as
    indexes into them (height, width)."""

    colors: npt.NDArray[np.int16]
    pixels: Mapping[_Place, npt.NDArray[np.uint8]]


def jpeg(data: bytes, w: int, h: int) -> bytes:
    """The picture w x h pixels large, as a JPEG for a browser. Raises RenderError."""
    out = BytesIO()
    _sized(data, w, h).save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def png(data: bytes, w: int, h: int) -> bytes:
    """The same as a PNG of 256 colours, for boxes that know no JPEG. Raises RenderError."""
    out = BytesIO()
    _few(_sized(data, w, h), 256).save(out, "PNG", optimize=True)
    return out.getvalue()


def plates(photos: Sequence[Photo], album: Album, most: int, stretch: float = 1.0) -> Plates:
    """The pictures of a screen in at most ``most`` colours, ``stretch`` as wide as they stand. Raises NotFound,
    StoreError, RenderError."""
    across = {(p.key, p.w, p.h): max(1, round((p.x + p.w) * stretch) - round(p.x * stretch)) for p in photos}
    return _plated(tuple((place, wide, album(place[0])) for place, wide in across.items()), most)


@lru_cache(maxsize=16)
def _plated(shown: tuple[tuple[_Place, int, bytes], ...], most: int) -> Plates:
    """The same from the bytes of each: what is painted again with other words keeps its colours."""
    sized = {place: _sized(data, wide, place[2]) for place, wide, data in shown}
    sheet = Image.new("RGB", (max(i.width for i in sized.values()), sum(i.height for i in sized.values())))
    tops, at = {}, 0
    for place, picture in sized.items():
        sheet.paste(picture, (0, at))
        tops[place] = at
        at += picture.height
    few = _few(sheet, most)
    palette = np.array(few.getpalette(), dtype=np.int16).reshape(-1, 3)[:most]
    indexes = np.asarray(few)
    pixels = {
        place: np.ascontiguousarray(indexes[tops[place] : tops[place] + picture.height, : picture.width])
        for place, picture in sized.items()
    }
    return Plates(palette, pixels)


def _few(picture: Image.Image, most: int) -> Image.Image:
    """The picture in ``most`` colours of its own; what lies between two of them is mixed of their dots."""
    wanted = picture.quantize(most, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return picture.quantize(palette=wanted, dither=Image.Dither.FLOYDSTEINBERG)


@lru_cache(maxsize=8)
def _sized(data: bytes, w: int, h: int) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise RenderError(f"picture: found {picture.width} x {picture.height} px, expected fewer")
            made = picture.convert("RGB").resize((w, h), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, OSError) as error:
        raise RenderError(f"picture: cannot be read: {error}") from None
    # Beyond what a set can show colours clip, smear and hum.
    return made.point(_CHANNEL * 3)
