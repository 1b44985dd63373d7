"""Takes a record's fields out of a row, by the source's field map."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import jmespath
import jmespath.exceptions

from feeds.base.errors import FormatError
from feeds.formats._cells import shown
from feeds.source import Source

Row: TypeAlias = Mapping[str, Any]


class Picker:
    """Takes the record's fields out of a row, by the source's field map."""

    def __init__(self, source: Source, known: Sequence[str], *, strictly: bool = False) -> None:
        """``known`` are the record's fields; ``strictly`` leaves out what the map gives to others."""
        mapped = {field: column for field, column in source.fields.items() if not strictly or field in known}
        same = {name: name for name in known if name not in mapped}
        self._columns = {field: column for field, column in {**same, **mapped}.items() if column}
        self._mapped = {field: column for field, column in mapped.items() if column}
        self.columns = frozenset((self._mapped or self._columns).values())
        """The columns that are looked for."""
        self.fields = frozenset(self._columns)
        """The fields that are looked for; one that the map leaves out is not."""
        self._getters = {field: _getter(column) for field, column in self._columns.items()}

    def row(self, row: Row) -> dict[str, Any]:
        """Field -> cell; what the row does not have is None."""
        return {field: get(row) for field, get in self._getters.items()}

    def require(self, names: Collection[str]) -> None:
        """Raises FormatError when none of the columns is there: then it is another table."""
        wanted = self._mapped or self._columns
        if all(_is_plain(column) for column in wanted.values()) and not any(c in names for c in wanted.values()):
            columns, there = ", ".join(wanted.values()), ", ".join(str(name) for name in list(names)[:20])
            raise FormatError(shown(f"table: none of the columns {columns} is there; found: {there}"))


def _getter(column: str) -> Callable[[Row], Any]:
    """A column by its exact name; else the JMESPath expression of that text."""
    compiled = None if _is_plain(column) else _compile(column)

    def get(row: Row) -> Any:
        if column in row:
            return row[column]
        return compiled.search(row) if compiled else None

    def guarded(row: Row) -> Any:
        try:
            return get(row)
        except (jmespath.exceptions.JMESPathError, TypeError, ValueError, RecursionError):
            return None

    return guarded


def _is_plain(column: str) -> bool:
    """Whether the text can only be a column's name: one word, or no JMESPath at all, such as ``电话(座机)``."""
    return column.replace("_", "").isalnum() or _compile(column) is None


@cache
def _compile(expression: str) -> Any:
    try:
        return jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError:
        # A column such as "Price (CNY)" is no expression: its name is all it has.
        return None
