"""Old workbooks (XLS, and ODS).

Their reader builds whole grids, and ends its process when a damaged file makes it ask for more memory than there is:
formats run in processes that may end so (``feeds.parsing``).
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import msgspec

from feeds.base.errors import FormatError
from feeds.formats._cells import shown
from feeds.formats._sheets import UNREADABLE, MergedArea, Sheet, elapsed, spread

_MOST_COLUMNS = 500
_MOST_MERGED = 20_000


def read_xls(body: bytes, sheet: str) -> Sheet:
    """The rows of the named sheet, or of the first one, with their numbers; dates as ISO 8601. Raises FormatError."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
        if sheet and sheet not in book.sheet_names:
            raise FormatError(shown(f"no sheet {sheet!r}; found: {', '.join(book.sheet_names)}"))
        page = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        rows = [[_plain(cell) for cell in row] for row in page.to_python(skip_empty_area=False)]
        merged = (page.merged_cell_ranges or [])[:_MOST_MERGED]
    except (calamine.CalamineError, OSError, ValueError, IndexError):
        raise FormatError(UNREADABLE) from None
    areas: list[MergedArea] = [
        (top + 1, left, bottom + 1, right)
        for (top, left), (bottom, right) in merged
        if left <= right < _MOST_COLUMNS and top <= bottom
    ]
    plain: list[list[Any]] = msgspec.to_builtins(rows, enc_hook=str)
    return Sheet(spread(list(enumerate(plain, 1)), areas))


def _plain(cell: Any) -> Any:
    return elapsed(cell.total_seconds()) if isinstance(cell, timedelta) else cell
