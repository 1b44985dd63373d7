"""Old workbooks (XLS, and ODS) read in a process of their own.

Their reader builds whole grids and ends its process when a damaged file makes it ask for more memory than there is;
here that process is a child with a limit, and what comes back is an error like any other.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import msgspec

from feeds.base.errors import FormatError
from feeds.formats._cells import shown
from feeds.formats._sheets import UNREADABLE, MergedArea, Sheet, elapsed, spread

_MEMORY = 1_500_000_000
_SECONDS = 30


_MOST_COLUMNS = 500
_MOST_MERGED = 20_000


class _Answer(msgspec.Struct, array_like=True):
    """What the child writes: rows, merged areas as ((top, left), (bottom, right)) from 0, or why there are none."""

    rows: list[list[Any]] = []
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = []
    error: str = ""


def read_xls(body: bytes, sheet: str) -> Sheet:
    """The rows of the named sheet, or of the first one, with their numbers. Raises FormatError."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, sheet], input=body, capture_output=True, timeout=_SECONDS + 5, check=False
        )
    except subprocess.TimeoutExpired:
        raise FormatError(f"the workbook was not read within {_SECONDS} s") from None
    except (ValueError, OSError):
        raise FormatError(UNREADABLE) from None
    try:
        answer = msgspec.msgpack.decode(done.stdout, type=_Answer)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise FormatError("the workbook is damaged, or too large to be read") from None
    if answer.error:
        raise FormatError(shown(answer.error))
    areas: list[MergedArea] = [
        (top + 1, left, bottom + 1, right)
        for (top, left), (bottom, right) in answer.merged[:_MOST_MERGED]
        if left <= right < _MOST_COLUMNS and top <= bottom
    ]
    return Sheet(spread(list(enumerate(answer.rows, 1)), areas))


def main() -> None:
    """Read a workbook from standard input, write its rows (or why not, as text) to standard output."""
    import io
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        wanted = sys.argv[1]
        if wanted and wanted not in book.sheet_names:
            answer = _Answer(error=f"no sheet {wanted!r}; found: {', '.join(book.sheet_names)}")
        else:
            page = book.get_sheet_by_name(wanted) if wanted else book.get_sheet_by_index(0)
            rows = [[_plain(cell) for cell in row] for row in page.to_python(skip_empty_area=False)]
            answer = _Answer(rows=rows, merged=page.merged_cell_ranges or [])
    except (calamine.CalamineError, OSError, ValueError, IndexError):
        answer = _Answer(error=UNREADABLE)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer, enc_hook=str))


def _plain(cell: Any) -> Any:
    return elapsed(cell.total_seconds()) if isinstance(cell, timedelta) else cell


if __name__ == "__main__":
    main()
