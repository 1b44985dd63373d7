"""XLSX read as a stream of sparse rows (ECMA-376, SpreadsheetML).

Reading is our own because a single stray cell in the last corner of a sheet makes readers that build the whole grid ask
for gigabytes, and such cells are common. Values are those last calculated; formulas, macros and links are never looked
at. A merged area shows its value in each of its cells.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from lxml import etree

from feeds.base.errors import FormatError
from feeds.formats._archives import DAMAGED, SafeZip
from feeds.formats._cells import shown
from feeds.formats._xml import children, name_of, refuse_entities, text_of

Line: TypeAlias = tuple[int, list[Any]]
"""A row's number in the sheet, and its cells from column A on; None where there is nothing."""

_MOST_COLUMNS = 500
_MOST_ROWS = 1_048_576
_MOST_CELLS = 5_000_000
_MOST_MERGED = 20_000
_MOST_UNPACKED = 400_000_000
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# Numbers of the formats that every workbook knows without declaring them (ECMA-376, 18.8.30), the Chinese ones too.
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_LITERAL = re.compile(r'"[^"]*"|\[[^\[\]]*\]|\\.|_.|\*.')


def read_xlsx(body: bytes, sheet: str) -> list[Line]:
    """The rows of the named sheet, or of the first one. Raises FormatError."""
    try:
        with SafeZip(body, _MOST_UNPACKED) as archive:
            return _Workbook(archive).rows(sheet)
    except (*DAMAGED, zlib.error, etree.XMLSyntaxError) as error:
        raise FormatError(shown(f"the workbook cannot be read: {error}")) from None


class _Workbook:
    def __init__(self, archive: SafeZip) -> None:
        self._archive = archive
        root = self._tree("xl/workbook.xml")
        if root is None:
            raise FormatError("the workbook cannot be read: it has no xl/workbook.xml")
        self._from_1904 = any(e.get("date1904") in ("1", "true") for e in children(root, "workbookPr"))
        self._sheets = self._find_sheets(root)
        self._texts = self._shared_texts()
        self._dates = self._date_styles()

    def rows(self, sheet: str) -> list[Line]:
        """The rows of a sheet."""
        if not self._sheets:
            raise FormatError("the workbook has no sheet")
        if sheet and sheet not in self._sheets:
            raise FormatError(shown(f"no sheet {sheet!r}; found: {', '.join(self._sheets)}"))
        path = self._sheets[sheet] if sheet else next(iter(self._sheets.values()))
        lines: list[Line] = []
        merged: list[tuple[int, int, int, int]] = []
        cells = 0
        for element in self._elements(path, ("row", "mergeCell")):
            if name_of(element) == "mergeCell":
                area = _area(element.get("ref", ""))
                if area is not None and len(merged) < _MOST_MERGED:
                    merged.append(area)
                continue
            number = _whole(element.get("r"), (lines[-1][0] if lines else 0) + 1)
            row = self._cells(element)
            cells += len(row)
            if cells > _MOST_CELLS or not 0 < number <= _MOST_ROWS:
                raise FormatError("the sheet is too large, or its rows are not numbered")
            lines.append((number, row))
        return _spread(lines, merged)

    def _cells(self, element: etree._Element) -> list[Any]:
        row: list[Any] = []
        for cell in children(element, "c"):
            match = _REFERENCE.fullmatch(cell.get("r", ""))
            column = _column(match[1]) if match else len(row)
            if column >= _MOST_COLUMNS:
                break
            row.extend([None] * (column + 1 - len(row)))
            row[column] = self._value(cell)
        return row

    def _value(self, cell: etree._Element) -> Any:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _rich_text(next(children(cell, "is"), None))
        text = text_of(next(children(cell, "v"), None))
        if not text or kind == "e":
            return None
        if kind == "s":
            index = _whole(text, -1)
            return self._texts[index] if 0 <= index < len(self._texts) else None
        if kind == "b":
            return text.strip() == "1"
        if kind != "n":
            return text
        try:
            number = float(text)
        except ValueError:
            return text
        if _whole(cell.get("s"), 0) in self._dates:
            return self._moment(number)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

    def _moment(self, serial: float) -> Any:
        """A date, a date with a time, or for less than a day a time as text (ECMA-376, 18.17.4.1)."""
        if not 0 <= serial < 2_958_466:
            return serial
        seconds = round(serial % 1 * 86_400)
        if serial < 1:
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        # The 1900 system counts a 29 February 1900 that never was.
        start = date(1904, 1, 1) if self._from_1904 else date(1899, 12, 30) if serial >= 61 else date(1899, 12, 31)
        day = start + timedelta(days=int(serial))
        if not seconds:
            return day
        return datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - a wall clock

    def _find_sheets(self, root: etree._Element) -> dict[str, str]:
        """Sheet name -> path in the archive, in the workbook's order."""
        relations = self._tree("xl/_rels/workbook.xml.rels")
        targets = {e.get("Id", ""): e.get("Target", "") for e in (relations if relations is not None else ())}
        found = {}
        for number, element in enumerate(
            (e for group in children(root, "sheets") for e in children(group, "sheet")), 1
        ):
            ident = next((value for name, value in element.attrib.items() if str(name).endswith("}id")), "")
            target = targets.get(str(ident)) or f"worksheets/sheet{number}.xml"
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in self._archive.paths:
                found[element.get("name", "")] = path
        return found

    def _shared_texts(self) -> list[str]:
        return [_rich_text(element) for element in self._elements("xl/sharedStrings.xml", ("si",))]

    def _date_styles(self) -> set[int]:
        """The cell styles that show a number as a date or a time."""
        root = self._tree("xl/styles.xml")
        if root is None:
            return set()
        own = {
            _whole(e.get("numFmtId"), -1)
            for group in children(root, "numFmts")
            for e in children(group, "numFmt")
            if re.search("[ymdhs年月日时分]", _LITERAL.sub("", e.get("formatCode", "")), re.IGNORECASE)
        }
        styles = [e for group in children(root, "cellXfs") for e in children(group, "xf")]
        return {place for place, e in enumerate(styles) if _whole(e.get("numFmtId"), 0) in _DATES | own}

    def _tree(self, path: str) -> etree._Element | None:
        """A small part, whole."""
        last = None
        for element in self._elements(path, None):
            last = element
        return last

    def _elements(self, path: str, names: Sequence[str] | None) -> Iterator[Any]:
        """The part's elements of these names, each forgotten when the next is asked for; None: the root at the end."""
        if path not in self._archive.paths:
            return
        tags = None if names is None else [f"{{*}}{name}" for name in names]
        with self._archive.open_path(path) as stream:
            parser = etree.iterparse(
                stream,
                events=("end",),
                tag=tags,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
            )
            for number, (_, element) in enumerate(parser):
                if number == 0:
                    refuse_entities(element)
                if names is None:
                    continue
                yield element
                element.clear()
                parent = element.getparent()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
            if names is None and parser.root is not None:
                yield parser.root


def _rich_text(element: etree._Element | None) -> str:
    """The text of a string item, without the reading aids (``rPh``) that East Asian workbooks carry along."""
    if element is None:
        return ""
    parts = []
    for child in element:
        if name_of(child) == "t":
            parts.append(text_of(child))
        elif name_of(child) == "r":
            parts.append("".join(text_of(t) for t in children(child, "t")))
    return "".join(parts)


def _spread(lines: list[Line], merged: list[tuple[int, int, int, int]]) -> list[Line]:
    """The lines with each merged area's value in all of its cells that exist as rows."""
    by_number = dict(lines)
    budget = _MOST_CELLS
    for top, left, bottom, right in merged:
        first = by_number.get(top)
        value = first[left] if first is not None and left < len(first) else None
        if value is None:
            continue
        for number in range(top, bottom + 1):
            row = by_number.get(number)
            budget -= right - left + 1
            if row is None or budget < 0:
                continue
            row.extend([None] * (right + 1 - len(row)))
            row[left : right + 1] = [value] * (right + 1 - left)
    return lines


def _area(reference: str) -> tuple[int, int, int, int] | None:
    """(top, left, bottom, right) of ``A1:B3``."""
    match = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})", reference)
    if not match:
        return None
    top, bottom = int(match[2]), int(match[4])
    left, right = _column(match[1]), _column(match[3])
    if not (0 < top <= bottom <= _MOST_ROWS and left <= right < _MOST_COLUMNS and bottom - top < 100_000):
        return None
    return top, left, bottom, right


def _column(letters: str) -> int:
    """The index of a column: A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(text: str | None, default: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default
