"""QR codes (ISO/IEC 18004): what opens a page on the phone in a household's hand.

Error correction M: a set's glass reflects. The quiet zone of four modules that a reader needs is part of the code.
"""

from __future__ import annotations

from functools import lru_cache

import segno

QUIET = 4
"""Modules."""
_ADDRESSES = 512


@lru_cache(maxsize=_ADDRESSES)
def matrix(text: str) -> tuple[bytes, ...]:
    """The rows of the code of ``text``, a byte a module, 1 for a dark one; with its quiet zone."""
    code = segno.make_qr(text, error="m", boost_error=False)
    return tuple(bytes(row) for row in code.matrix_iter(border=QUIET))


def modules(text: str) -> int:
    """How many modules the code of ``text`` is wide, its quiet zone among them; 0 of nothing."""
    return len(matrix(text)) if text else 0
