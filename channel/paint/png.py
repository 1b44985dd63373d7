"""PNG files made of bands: each band is compressed once and joined with others as often as it recurs.

A PNG's image data is one zlib stream (PNG 2nd edition, 10.1). Deflate blocks that end with a full flush can stand one
after another (RFC 1951), the Adler-32 of the whole follows from those of the parts (RFC 1950), and the stream may be
cut into IDAT chunks anywhere. So a band is a whole IDAT chunk, and a picture is header, bands, trailer.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from zlib_ng import zlib_ng

from channel.paint.output import Asset, asset_name, digest

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ZLIB_HEADER = b"\x78\x01"
_LAST_BLOCK = b"\x03\x00"
_MOD = 65521
"""The modulus of Adler-32 (RFC 1950, 8.2)."""
_RUNS = 3
"""Z_RLE (zlib.h): only runs are looked for. After the filter Up a row of text is runs of nought with some ink between
them: a third of the time of zlib-ng's fifth level without a filter, for a twentieth more bytes. ISA-L is quicker still,
but now and then gives other bytes for the same pixels."""
_UP = 2
"""The filter Up: each byte less the one above it (PNG 2nd edition, 9.2)."""


class Band(msgspec.Struct, frozen=True, gc=False):
    """Rows of a picture: its IDAT chunk with the chunk's digest, and what joining needs (Adler-32 and length of the raw
    bytes)."""

    chunk: bytes
    digest: str
    adler: int
    length: int
    rows: int


def band(pixels: npt.NDArray[np.uint8]) -> Band:
    """The rows ``pixels`` (h, w) of palette indexes, compressed. The first has no filter, so bands need no memory of
    each other."""
    data = _filtered(pixels)
    deflate = _deflate(-15)
    packed = deflate.compress(data) + deflate.flush(zlib_ng.Z_FULL_FLUSH)
    chunk = _chunk(b"IDAT", packed)
    return Band(chunk, digest(chunk), zlib_ng.adler32(data), len(data), len(pixels))


def joined(head: bytes, bands: Sequence[Band], head_digest: str = "") -> Asset:
    """A picture of bands, under its name; ``head_digest`` is the digest of ``head``, where it is known."""
    tail = trailer(bands)
    digests = (head_digest or digest(head), *[part.digest for part in bands], digest(tail))
    return Asset((head, *[part.chunk for part in bands], tail), "png", asset_name(digests, "png"), digests)


def small(pixels: npt.NDArray[np.uint8], colors: npt.NDArray[np.int16]) -> Asset:
    """A picture by itself, of the rows ``pixels`` (h, w) of indexes into ``colors`` (n, 3): with a palette of its own,
    and two pixels a byte where sixteen colours do (PNG 2nd edition, 7.2)."""
    height, width = pixels.shape
    used = np.flatnonzero(np.bincount(pixels.ravel(), minlength=256))
    order = np.zeros(256, np.uint8)
    order[used] = np.arange(len(used), dtype=np.uint8)
    depth = 4 if len(used) <= 16 else 8
    rows = order.take(pixels)
    if depth == 4:
        even = np.zeros((height, width + width % 2), np.uint8)
        even[:, :width] = rows
        rows = np.add(even[:, 0::2] * np.uint8(16), even[:, 1::2], dtype=np.uint8)
    ihdr = struct.pack(">IIBBBBB", width, height, depth, 3, 0, 0, 0)
    head = _SIGNATURE + _chunk(b"IHDR", ihdr) + _chunk(b"PLTE", colors[used].astype(np.uint8).tobytes())
    deflate = _deflate(15)
    data = deflate.compress(_filtered(rows)) + deflate.flush()
    return Asset((head + _chunk(b"IDAT", data) + _chunk(b"IEND", b""),), "png")


def header(width: int, height: int, plte: bytes) -> bytes:
    """Everything before the first band: an 8-bit palette picture of width x height pixels."""
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", ihdr) + _chunk(b"PLTE", plte) + _chunk(b"IDAT", _ZLIB_HEADER)


def trailer(bands: Sequence[Band]) -> bytes:
    """Everything after the last band: the end of the zlib stream with the Adler-32 of the whole."""
    total = 1
    for part in bands:
        total = adler_join(total, part.adler, part.length)
    return _chunk(b"IDAT", _LAST_BLOCK + struct.pack(">I", total)) + _chunk(b"IEND", b"")


def adler_join(first: int, second: int, length: int) -> int:
    """The Adler-32 of two byte strings one after another; ``length`` is the second's in bytes."""
    a1, b1, a2, b2 = first & 0xFFFF, first >> 16, second & 0xFFFF, second >> 16
    a = (a1 + a2 - 1) % _MOD
    b = (b1 + b2 + length * (a1 - 1)) % _MOD
    return b << 16 | a


def _filtered(rows: npt.NDArray[np.uint8]) -> bytes:
    """Rows of bytes (h, w) with the filter of each before it: none for the first, Up for the others."""
    raw = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    raw[0, 0], raw[1:, 0] = 0, _UP
    raw[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=raw[1:, 1:])
    return raw.tobytes()


def _deflate(window: int) -> Any:
    """A compressor; ``window`` below 0 writes neither header nor checksum."""
    return zlib_ng.compressobj(1, zlib_ng.DEFLATED, window, 8, _RUNS)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
