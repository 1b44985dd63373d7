"""The columns and first rows of a table as they stand there, for a person to say which column is what."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import msgspec

from feeds.formats import Document
from feeds.formats._cells import shown
from feeds.formats._heads import Header
from feeds.formats.table import read_rows
from feeds.source import Source

MOST_ROWS, MOST_COLUMNS = 8, 60


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """``rows`` are cells by the order of ``columns``, cut to what can be looked at."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def sheet(document: Document, source: Source) -> Sheet:
    """What stands in the first rows. Raises FormatError where there are none."""
    columns, rows = dict[str, None](), list[Mapping[str, Any]]()
    for _, row in islice(read_rows(document, source), MOST_ROWS + 1):
        if isinstance(row, Header):
            columns.update(dict.fromkeys(name for name in row if name))
        elif isinstance(row, Mapping):
            rows.append(row)
            columns.update(dict.fromkeys(name for name in row if isinstance(name, str)))
    names = tuple(columns)[:MOST_COLUMNS]
    cells = (tuple(_cell(row.get(name)) for name in names) for row in rows[:MOST_ROWS])
    return Sheet(columns=names, rows=tuple(cells))


def _cell(value: object) -> str:
    return "" if value is None else shown(value)[:60]
