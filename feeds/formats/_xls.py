"""Old workbooks (XLS, and ODS).

Their reader builds whole grids, and ends its process when a damaged file makes it ask for more memory than there is:
formats run in processes that may end so (``feeds.parsing``).
"""

from __future__ import annotations

import io
from typing import Any

import msgspec

from feeds.base.errors import FormatError
from feeds.formats._cells import shown


def read_xls(body: bytes, sheet: str) -> list[tuple[int, list[Any]]]:
    """The rows of the named sheet, or of the first one, with their numbers; dates as ISO 8601. Raises FormatError."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
        if sheet and sheet not in book.sheet_names:
            raise FormatError(shown(f"no sheet {sheet!r}; found: {', '.join(book.sheet_names)}"))
        page = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        rows = page.to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise FormatError(shown(f"the workbook cannot be read: {error}")) from None
    return list(enumerate(msgspec.to_builtins(rows, enc_hook=str), 1))
