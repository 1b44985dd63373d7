"""How a table writes numbers and dates: what its source says, and what its columns prove.

``options.decimal`` (``"."`` or ``","``) says what stands before decimals, ``options.dates`` in which order a day is
written (``"dmy"``, ``"mdy"`` or ``"ymd"``). Without them a comma means what the column as a whole proves, and a date
whose order nobody told is refused: ``11/12/2026`` is a day in November or in December.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from feeds.base.clock import as_utc, local
from feeds.base.errors import PersonError
from feeds.formats._moments import read_moment
from feeds.formats._money import bare
from feeds.formats._numbers import Mark, evidence, tidy
from feeds.source import Source

_ORDERS = ("dmy", "mdy", "ymd")
_DAY = re.compile(r"(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?!\d)")
_HALF = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s?([ap])\.?m\.?", re.IGNORECASE)
_DOTTED = re.compile(r",?[ T](\d{1,2})\.(\d{2})(?: ?Uhr)?")
_SERIAL = re.compile(r"[1-9]\d{4}(?:\.\d{1,17})?")
_EPOCH_1900, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
# 1954 to 2119: five digits that are days since 1900 and neither a year nor seconds since 1970.
_SERIALS = range(20_000, 80_000)
_MARKS = re.compile("[,.，．]")
_COMMAS = re.compile("[,，]")
_MOST = 80


@dataclass(frozen=True)
class Customs:
    """How one document writes its numbers and dates; ``marks`` holds what its columns prove, by field."""

    decimal: Mark = ""
    dates: str = ""
    marks: tuple[tuple[str, Mark], ...] = ()
    from_1904: bool = False
    """Whether days count from 1904, as in some old workbooks."""

    def mark(self, field: str) -> Mark:
        """What stands before the decimals of a field's numbers."""
        return self.decimal or dict(self.marks).get(field, "")


def customs_of(source: Source) -> Customs:
    """What the source itself says. Raises PersonError."""
    decimal, dates = source.options.get("decimal", ""), source.options.get("dates", "")
    if decimal not in ("", ".", ","):
        raise PersonError(f'source.{source.id}.options.decimal: found {decimal!r}, expected "." or ","')
    if dates not in ("", *_ORDERS):
        raise PersonError(f"source.{source.id}.options.dates: found {dates!r}, expected one of: {', '.join(_ORDERS)}")
    return Customs(decimal=decimal, dates=dates)


class Survey:
    """What the columns of a document prove, seen row by row in bounded room."""

    def __init__(self, fields: Iterable[str]) -> None:
        self._found: dict[str, Mark] = dict.fromkeys(fields, "")

    def see(self, field: str, cell: str) -> None:
        """Look at one text."""
        before = self._found[field]
        if before == "." and not _COMMAS.search(cell):
            return
        proof = evidence(bare(tidy(cell)))
        if proof and before != proof:
            self._found[field] = "?" if before else proof

    @property
    def marks(self) -> tuple[tuple[str, Mark], ...]:
        """What was proved, by field."""
        return tuple((field, mark) for field, mark in self._found.items() if mark)


def read_table_moment(value: object, today: datetime, customs: Customs) -> datetime:
    """A moment of a table's cell: a spreadsheet's days since 1900, a date in the declared order, or what
    ``read_moment`` reads. Raises ValueError."""
    if isinstance(value, datetime | date):
        return read_moment(value, today)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        value = int(value)
    text = tidy(str(value)[:_MOST])
    if _SERIAL.fullmatch(text) and int(float(text)) in _SERIALS:
        return _from_serial(float(text), customs)
    if isinstance(value, float) and abs(value) < 1e8:
        raise ValueError(f"{text!r} is not a moment")
    return read_moment(_ordered(text, customs.dates), today)


def read_table_date(value: object, today: datetime, customs: Customs) -> str:
    """The local day as ``YYYY-MM-DD``. Raises ValueError."""
    return local(read_table_moment(value, today, customs)).date().isoformat()


def _from_serial(serial: float, customs: Customs) -> datetime:
    """Days since 1900 or 1904 and their fraction (ECMA-376, 18.17.4.1)."""
    days, seconds = int(serial), round(serial % 1 * 86_400)
    start = _EPOCH_1904 if customs.from_1904 else _EPOCH_1900
    return as_utc(datetime.combine(start + timedelta(days=days), time()) + timedelta(seconds=seconds))


def _ordered(text: str, order: str) -> str:
    """A day written with figures only as ``YYYY-MM-DD``, with an hour of twelve as one of twenty-four."""
    found = _DAY.match(text)
    if not found:
        return text
    first, _, second, third = found.groups()
    if len(first) == 4:
        if len(third) > 2:
            raise ValueError(f"{text[:60]!r} is not a date")
        year, month, day = first, second, third
    elif len(third) != 4:
        raise ValueError(f"{text[:60]!r}: a date needs a year of four digits")
    elif order in ("dmy", "mdy"):
        year, month, day = (third, second, first) if order == "dmy" else (third, first, second)
    else:
        raise ValueError(f'{text[:60]!r} does not say which is the day; options.dates does (dates = "dmy" or "mdy")')
    rest = text[found.end() :]
    dotted = _DOTTED.fullmatch(rest)
    clock = _HALF.fullmatch(rest.strip(" ,T"))
    if dotted:
        # 17.30 is half past five, where ISO 8601 would read seventeen hours and a third of a second.
        rest = f" {dotted[1]}:{dotted[2]}"
    elif clock:
        rest = f" {_hour(clock)}:{clock[2] or '00'}:{clock[3] or '00'}"
    return f"{year}-{int(month):02}-{int(day):02}{rest}"


def _hour(clock: re.Match[str]) -> str:
    hour, late = int(clock[1]), clock[4].lower() == "p"
    if not 1 <= hour <= 12:
        raise ValueError(f"{clock[0]!r}: an hour of twelve is 1 to 12")
    return f"{hour % 12 + 12 * late:02}"


def columns_of(row: Mapping[str, object], fields: Iterable[str]) -> Iterable[tuple[str, str]]:
    """The texts of a row that may be numbers with a mark in them, by field."""
    for field in fields:
        cell = row.get(field)
        if isinstance(cell, str) and len(cell) <= _MOST and _MARKS.search(cell):
            yield field, cell
