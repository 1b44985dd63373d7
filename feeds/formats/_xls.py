"""Old workbooks (XLS, and ODS) read in a process of their own.

Their reader builds whole grids and ends its process when a damaged file makes it ask for more memory than there is;
here that process is a child with a limit, and what comes back is an error like any other.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec

from feeds.base.errors import FormatError
from feeds.formats._cells import shown

_MEMORY = 1_500_000_000
_SECONDS = 30


def read_xls(body: bytes, sheet: str) -> list[tuple[int, list[Any]]]:
    """The rows of the named sheet, or of the first one, with their numbers. Raises FormatError."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, sheet], input=body, capture_output=True, timeout=_SECONDS + 5, check=False
        )
    except (subprocess.TimeoutExpired, ValueError, OSError) as error:
        raise FormatError(f"the workbook cannot be read: {type(error).__name__}") from None
    try:
        answer = msgspec.msgpack.decode(done.stdout)
    except msgspec.DecodeError:
        raise FormatError("the workbook is damaged, or too large to be read") from None
    if isinstance(answer, str):
        raise FormatError(shown(answer))
    return [(number, list(cells)) for number, cells in enumerate(answer, 1)]


def main() -> None:
    """Read a workbook from standard input, write its rows (or why not, as text) to standard output."""
    import io
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine as calamine

    answer: Any
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        wanted = sys.argv[1]
        if wanted and wanted not in book.sheet_names:
            answer = f"no sheet {wanted!r}; found: {', '.join(book.sheet_names)}"
        else:
            page = book.get_sheet_by_name(wanted) if wanted else book.get_sheet_by_index(0)
            answer = page.to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, ValueError, IndexError) as error:
        answer = f"the workbook cannot be read: {error}"
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer, enc_hook=str))


if __name__ == "__main__":
    main()
