"""What a workbook's sheet is to those who read rows of it, whichever program wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

Line: TypeAlias = tuple[int, list[Any]]
"""A row's number in the sheet, and its cells from column A on; None where there is nothing."""
MergedArea: TypeAlias = tuple[int, int, int, int]
"""(top, left, bottom, right): rows as they are numbered, columns from 0."""

UNREADABLE = "the workbook cannot be read: it is damaged, locked with a password, or no workbook"

_MOST_CELLS = 5_000_000
_NOTHING = (None, "")


class Sheet(NamedTuple):
    """The rows of a sheet, and whether the workbook counts its days from 1904."""

    lines: list[Line]
    from_1904: bool = False


def elapsed(seconds: float) -> str:
    """A stretch of time as hours and minutes; it may be longer than a day."""
    minutes = int(seconds) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def spread(lines: list[Line], merged: Iterable[MergedArea]) -> list[Line]:
    """The lines with each merged area's value in all of its cells that exist as rows."""
    by_number = dict(lines)
    budget = _MOST_CELLS
    for top, left, bottom, right in merged:
        first = by_number.get(top)
        value = first[left] if first is not None and left < len(first) else None
        if value in _NOTHING:
            continue
        for number in range(top, bottom + 1):
            budget -= right - left + 1
            if budget < 0:
                return lines
            row = by_number.get(number)
            if row is not None:
                row.extend([None] * (right + 1 - len(row)))
                row[left : right + 1] = [value] * (right + 1 - left)
    return lines
