"""QR codes (ISO/IEC 18004): what opens a page on the phone in a household's hand.

Error correction M: a set's glass reflects. The quiet zone of four modules that a reader needs is part of the code.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import segno

QUIET = 4
"""Modules."""
_ADDRESSES = 64
"""Those of a few pages: an address is of one estate, and its screens are painted one after another."""
_MASK = 2
"""A reader takes any (7.8); to try all eight for the most even one costs five times as much as the code itself."""
_ROOM = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213)
"""Bytes that each version from the first on holds at that correction (table 7)."""


@lru_cache(maxsize=_ADDRESSES)
def matrix(text: str) -> npt.NDArray[np.uint8]:
    """The code of ``text``, a row a line, 1 for a dark module; with its quiet zone. Not to be written to."""
    code = segno.make_qr(text, error="m", boost_error=False, mask=_MASK)
    rows = np.frombuffer(b"".join(map(bytes, code.matrix)), np.uint8).reshape(len(code.matrix), -1)
    return np.pad(rows, QUIET)


def modules(text: str) -> int:
    """How many modules the code of ``text`` is wide, its quiet zone among them, told by its length alone: most layouts
    ask and find no room. 0 of nothing, and of more than any address of ours has."""
    size = len(text.encode())
    version = next((number for number, room in enumerate(_ROOM, 1) if size <= room), 0)
    return 17 + 4 * version + 2 * QUIET if size and version else 0
