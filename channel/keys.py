"""Names made of what they name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def key_of(data: bytes | memoryview) -> bytes:
    """BLAKE2b-128 of ``data``."""
    return hashlib.blake2b(data, digest_size=16).digest()


def framed(parts: Iterable[bytes]) -> bytes:
    """The parts with their lengths before them, so that no two rows of parts give the same bytes."""
    return b"".join(b"%d:%b" % (len(part), part) for part in parts)
