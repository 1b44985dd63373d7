"""QR codes (ISO/IEC 18004): what opens a page on the phone in a household's hand.

Error correction M: a set's glass reflects. The quiet zone of four modules that a reader needs is part of the code.
"""

from __future__ import annotations

from functools import lru_cache

import segno

QUIET = 4
"""Modules."""
_ADDRESSES = 512
_ROOM = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213)
"""Bytes that each version from the first on holds at that correction (table 7)."""


@lru_cache(maxsize=_ADDRESSES)
def matrix(text: str) -> tuple[bytes, ...]:
    """The rows of the code of ``text``, a byte a module, 1 for a dark one; with its quiet zone."""
    code = segno.make_qr(text, error="m", boost_error=False)
    return tuple(bytes(row) for row in code.matrix_iter(border=QUIET))


def modules(text: str) -> int:
    """How many modules the code of ``text`` is wide, its quiet zone among them, told by its length alone: most layouts
    ask and find no room. 0 of nothing, and of more than any address of ours has."""
    size = len(text.encode())
    version = next((number for number, room in enumerate(_ROOM, 1) if size <= room), 0)
    return 17 + 4 * version + 2 * QUIET if size and version else 0
