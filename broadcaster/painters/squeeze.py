"""Gzip as boxes take it: one member (RFC 1952), whose beginning may be shared by many documents.

The pages of 818 estates begin with the same head and style; what follows is each estate's own. Deflate blocks that end
with a full flush can stand before any others (RFC 1951), so the beginning is compressed once. Without it in its window
the rest grows by less than the beginning would shrink.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Any

from zlib_ng import zlib_ng

_LEVEL = 6
"""zlib-ng's level: within 1 % of zlib's sixth at three quarters of its time."""
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Deflate, no name, no time, no system: same input, same bytes."""
_WINDOW = 31
_RAW = -15


def gzipped(body: bytes, shared: int = 0) -> bytes:
    """``body`` as gzip; its first ``shared`` bytes, if any, are compressed once for all documents that have them."""
    deflate = _deflate()
    check = struct.pack("<II", zlib_ng.crc32(body), len(body) & 0xFFFFFFFF)
    rest: bytes = deflate.compress(body[shared:]) + deflate.flush() + check
    return (_beginning(body[:shared]) if shared else _HEADER) + rest


def gunzip(data: bytes) -> bytes:
    """The body. Raises an error of zlib for what is not whole."""
    body: bytes = zlib_ng.decompress(data, _WINDOW)
    return body


@lru_cache(maxsize=512)
def _beginning(body: bytes) -> bytes:
    deflate = _deflate()
    data: bytes = _HEADER + deflate.compress(body) + deflate.flush(zlib_ng.Z_FULL_FLUSH)
    return data


def _deflate() -> Any:
    return zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, _RAW)
