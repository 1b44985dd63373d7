"""Pictures as editors bring them, and as nobody should."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

ROTATED = 6
"""EXIF's word (2.3, table 3) for a camera held upright: a quarter turn to the right makes it so again."""


def scene(w: int = 800, h: int = 600) -> Image.Image:
    """A picture with sky, ground and a red square in its upper left corner: it tells which way is up."""
    x, y = np.meshgrid(np.linspace(0, 1, w), np.linspace(0, 1, h))
    waves = 40 * np.sin(9 * x + 5 * y)
    pixels = np.stack([90 + 80 * y + waves, 150 - 60 * y, 220 - 160 * y - waves], axis=2).clip(0, 255)
    made = Image.fromarray(pixels.astype(np.uint8))
    made.paste((200, 20, 20), (0, 0, w // 5, h // 5))
    return made


def written(picture: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    """The picture as a file."""
    out = BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def photograph() -> bytes:
    """What a telephone held upright writes: lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = ROTATED
    exif[0x010E] = "secret words"
    exif.get_ifd(0x8825)[1] = "N"
    return written(scene(800, 600), exif=exif)


def bomb(w: int = 30_000, h: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that unpacks to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    ihdr = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(99_999))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
