"""Rows of anything: CSV, TSV, JSON, JSON lines, XLSX, XLS and flat XML, with a field map.

``record`` names what a row is. ``fields`` maps a record's field to a column name, or for JSON to a JMESPath
expression; a column that is called like a field needs no entry, and an empty entry leaves the field out.
``constants`` holds values for every record. ``rows`` says where the rows are: a JMESPath expression (JSON), a sheet's
name (XLSX), an XPath (XML).

Lists: in JSON arrays (``[["带齐证件", "身份证…"], …]`` or objects); in a cell ``|`` separates items, and ``：`` the two
halves of a pair (``带齐证件：身份证原件|取号：一楼大厅``). Moments without an offset are Asia/Shanghai.
``options.header`` is the number of the header line in a sheet or CSV (1 by itself).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import jmespath
import jmespath.exceptions

from feeds.base.errors import FormatError, PersonError
from feeds.formats._decode import decode
from feeds.formats._json import kind_of_markup, read_json, read_json_text
from feeds.formats._pick import Picker
from feeds.formats._rows import Rows, kind_of
from feeds.formats._xml import name_of, read_xml, text_of
from feeds.formats.base import Document, Parsed
from feeds.source import Source

NAME = "table"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_UNPACKED = 200_000_000
_MOST_RATIO = 200
_MOST_CELL = 4_000_000


class _Header(tuple[str, ...]):
    """The names of the columns, which come before the rows of a sheet."""


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Records of the declared kind. Raises FormatError when there are no rows at all to be found."""
    if not documents:
        raise FormatError("table: no document")
    kind = kind_of(source)
    rows = Rows(source, kind, moment)
    shape: set[str] = set()
    pick = Picker(source, kind.__struct_fields__)
    for document in documents:
        for number, (position, row) in enumerate(read_rows(document, source)):
            if isinstance(row, _Header):
                pick.require(row)
                shape.update(row)
                continue
            if not isinstance(row, Mapping):
                rows.refuse(position, "not an object with named values", row)
                continue
            if number < 50:
                shape.update(name for name in row if isinstance(name, str))
            if number == 0:
                pick.require(row)
            rows.add(position, pick.row(row))
    return rows.parsed(shape=shape)


def read_rows(document: Document, source: Source) -> Iterator[tuple[str, Any]]:
    """(position, row) of a document whose kind is told by its first bytes."""
    body = document.body
    if body.startswith(_ZIP):
        return _sheet(document, source)
    if body.startswith(_OLE):
        return _sheet(document, source)
    start = body[:400].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return _json(document, source)
    if start == b"<":
        return _xml(document, source)
    return _separated(document, source)


def _json(document: Document, source: Source) -> Iterator[tuple[str, Any]]:
    try:
        value = read_json(document, encoding=source.encoding)
    except FormatError:
        lines = decode(document.body, declared=source.encoding, label=document.charset).splitlines()
        if len(lines) < 2 or not lines[0].strip().endswith("}"):
            raise
        yield from _json_lines(lines)
        return
    found = _json_rows(value, source)
    for number, row in enumerate(found, 1):
        yield f"row {number}", row


def _json_lines(lines: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield f"line {number}", read_json_text(line)
            except FormatError:
                yield f"line {number}", line[:200]


def _json_rows(value: Any, source: Source) -> list[Any]:
    if source.rows:
        try:
            value = jmespath.search(source.rows, value)
        except jmespath.exceptions.JMESPathError as error:
            raise PersonError(f"source.{source.id}.rows: found {source.rows!r}, expected JMESPath: {error}") from None
        if isinstance(value, Mapping):
            value = [value]
    else:
        value = _first_list(value)
    if not isinstance(value, list):
        where = source.rows or "(anywhere)"
        raise FormatError(f"table: no list of rows at {where}")
    return value


def _first_list(value: Any) -> Any:
    """The first list of objects, nearest to the top; an object that holds none is itself the only row."""
    level: list[Any] = [value]
    for _ in range(5):
        for part in level:
            if isinstance(part, list) and (not part or isinstance(part[0], Mapping)):
                return part
        level = [inner for part in level if isinstance(part, Mapping) for inner in part.values()]
    return [value] if isinstance(value, Mapping) else None


def _separated(document: Document, source: Source) -> Iterator[tuple[str, Any]]:
    """CSV and its kin; the separator is the one that splits the header line best."""
    text = decode(document.body, declared=source.encoding, label=document.charset).replace("\x00", "")
    if not text.strip():
        raise FormatError("table: the document is empty")
    csv.field_size_limit(_MOST_CELL)
    header_line = int(source.options.get("header", 1))
    first = text.split("\n", header_line)[header_line - 1] if text.count("\n") >= header_line - 1 else ""
    separator = str(source.options.get("separator", "")) or max("\t;|,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header: list[str] = []
    try:
        for cells in reader:
            if reader.line_num < header_line or not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                yield "header", _Header(header)
                continue
            yield f"line {reader.line_num}", _cells(header, cells)
    except csv.Error as error:
        raise FormatError(f"table: line {reader.line_num}: {error}") from None


def _cells(header: Sequence[str], cells: Sequence[Any]) -> Any:
    """The row by column; one with more cells than columns has come apart, and no cell of it can be trusted."""
    if len(cells) > len(header) and any(str(cell).strip() for cell in cells[len(header) :]):
        return separator_note(cells)
    return {name: cell for name, cell in zip(header, cells, strict=False) if name}


def separator_note(cells: Sequence[Any]) -> str:
    """A torn row as text, for its problem."""
    return ",".join(str(cell) for cell in cells)[:200]


def _sheet(document: Document, source: Source) -> Iterator[tuple[str, Any]]:
    """XLSX, XLS or ODS: the values as last calculated. Formulas, macros and links are never run or followed."""
    import python_calamine as calamine

    _refuse_bomb(document.body)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(document.body))
        if source.rows and source.rows not in book.sheet_names:
            raise FormatError(f"table: no sheet {source.rows!r}; found: {', '.join(book.sheet_names)}")
        sheet = book.get_sheet_by_name(source.rows) if source.rows else book.get_sheet_by_index(0)
        lines = sheet.to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise FormatError(f"table: the workbook cannot be read: {error}"[:300]) from None
    header: list[str] = []
    for number, cells in enumerate(lines, 1):
        if number < int(source.options.get("header", 1)) or not any(str(cell).strip() for cell in cells):
            continue
        if not header:
            header = [str(cell).strip() for cell in cells]
            yield "header", _Header(header)
            continue
        yield f"row {number}", _cells(header, cells)


def _refuse_bomb(body: bytes) -> None:
    """Raises FormatError for a workbook that unpacks to far more than it weighs. Nothing is written to disk."""
    if not body.startswith(_ZIP):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            sizes = [(entry.file_size, entry.compress_size) for entry in archive.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FormatError(f"table: the workbook cannot be read: {error}") from None
    total = sum(size for size, _ in sizes)
    if total > _MOST_UNPACKED or (total > 20_000_000 and total > _MOST_RATIO * max(1, len(body))):
        raise FormatError(f"table: the workbook unpacks to {total} bytes, which is refused")


def _xml(document: Document, source: Source) -> Iterator[tuple[str, Any]]:
    """Flat XML: each row an element, its children and attributes the cells."""
    from lxml import etree

    if kind_of_markup(document.body[:200].decode("latin-1").lstrip()) == "an HTML page":
        raise FormatError("table: found an HTML page, expected rows")
    root, _ = read_xml(document, encoding=source.encoding)
    try:
        found = root.xpath(source.rows) if source.rows else _repeated(root)
    except etree.XPathError as error:
        raise PersonError(f"source.{source.id}.rows: found {source.rows!r}, expected XPath: {error}") from None
    if not isinstance(found, list) or not found:
        raise FormatError(f"table: no rows at {source.rows or '(anywhere)'} in <{name_of(root)}>")
    for number, element in enumerate(found, 1):
        if isinstance(element, etree._Element):
            yield f"row {number}", _xml_cells(element)


def _repeated(root: Any) -> list[Any]:
    """The elements of the first name that comes more than once under one parent; else the root's own children."""
    for parent in [root, *root.iter()]:
        names = [name_of(child) for child in parent]
        if len(names) > 1 and len(set(names)) == 1:
            return list(parent)
    return list(root)


def _xml_cells(element: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {str(name): value for name, value in element.attrib.items()}
    for child in element:
        name, text = name_of(child), text_of(child).strip()
        if name in cells:
            before = cells[name]
            cells[name] = [*before, text] if isinstance(before, list) else [before, text]
        elif name:
            cells[name] = text
    return cells
