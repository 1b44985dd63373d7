"""Rows of anything: CSV, TSV, JSON, JSON lines, XLSX, XLS and flat XML, with a field map.

``record`` names what a row is. ``fields`` maps a record's field to a column name, or for JSON to a JMESPath
expression; a column that is called like a field needs no entry, and an empty entry leaves the field out.
``constants`` holds values for every record. ``rows`` says where the rows are: a JMESPath expression (JSON), a sheet's
name (XLSX), an XPath (XML).

Lists: in JSON arrays (``[["带齐证件", "身份证…"], …]`` or objects); in a cell ``|`` separates items, and ``：`` the two
halves of a pair (``带齐证件：身份证原件|取号：一楼大厅``). Moments without an offset are Asia/Shanghai.
``options.header`` is the number of the header line, when it is not found by its columns. Of a workbook the values count
as last calculated: formulas, macros and links are never run or followed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, TypeAlias

import jmespath
import jmespath.exceptions

from feeds.base.errors import FormatError, PersonError
from feeds.formats._columns import evidence_of, filled_columns
from feeds.formats._decode import decode
from feeds.formats._json import kind_of_markup, read_json, read_json_text
from feeds.formats._options import whole
from feeds.formats._pick import Picker
from feeds.formats._rows import Rows, kind_of
from feeds.formats._xls import read_xls
from feeds.formats._xlsx import read_xlsx
from feeds.formats._xml import name_of, read_xml, text_of
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import SAMPLE_ROWS, Glance
from feeds.source import Source

NAME = "table"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_CELL = 4_000_000
_HEADER_WITHIN = 20


_Line: TypeAlias = tuple[int, Sequence[Any]]
"""A line's number and its cells."""


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
        for number, (position, row) in enumerate(read_rows(document, source, pick.columns)):
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


def read_rows(document: Document, source: Source, wanted: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
    """(position, row) of a document whose kind is told by its first bytes; ``wanted`` columns tell a header line."""
    body = document.body
    if body.startswith((_ZIP, _OLE)):
        return _sheet(document, source, wanted)
    start = body[:400].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return _json(document, source)
    if start == b"<":
        return _xml(document, source)
    return _separated(document, source, wanted)


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


def _separated(document: Document, source: Source, wanted: Collection[str]) -> Iterator[tuple[str, Any]]:
    """CSV and its kin; the separator is the one that splits the first lines best.

    A row with more cells than there are columns has come apart, and no cell of it can be trusted.
    """
    text = decode(document.body, declared=source.encoding, label=document.charset).replace("\x00", "")
    if not text.strip():
        raise FormatError("table: the document is empty")
    csv.field_size_limit(_MOST_CELL)
    head = "\n".join(text[:20_000].split("\n")[:_HEADER_WITHIN])
    separator = str(source.options.get("separator", ""))[:1] or max("\t;|,", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header, lines = _headed(((reader.line_num, cells) for cells in reader), source, wanted)
        yield "header", header
        for number, cells in lines:
            torn = any(cell.strip() for cell in cells[len(header) :])
            yield f"line {number}", ",".join(cells)[:200] if torn else _row(header, cells)
    except csv.Error as error:
        raise FormatError(f"table: line {reader.line_num}: {error}") from None


def _sheet(document: Document, source: Source, wanted: Collection[str]) -> Iterator[tuple[str, Any]]:
    """A workbook's sheet."""
    read = read_xlsx if document.body.startswith(_ZIP) else read_xls
    try:
        found = read(document.body, source.rows)
    except FormatError as error:
        raise FormatError(f"table: {error}") from None
    header, lines = _headed(iter(found), source, wanted)
    yield "header", header
    for number, cells in lines:
        yield f"row {number}", _row(header, cells)


def _row(header: _Header, cells: Sequence[Any]) -> dict[str, Any]:
    """The row by column; columns without a name are left out."""
    return {name: cell for name, cell in zip(header, cells, strict=False) if name}


def _headed(lines: Iterator[_Line], source: Source, wanted: Collection[str]) -> tuple[_Header, Iterator[_Line]]:
    """The header line and the lines below it that hold anything.

    ``options.header`` is its number. Without it, it is the first that has a wanted column; else the first that names
    more than one column, because a title stands above many a table.
    """
    filled = ((number, cells) for number, cells in lines if any(_named(cells)))
    if "header" in source.options:
        at_least = whole(source, "header", 1)
        first = next(((number, cells) for number, cells in filled if number >= at_least), (0, []))
        return _Header(_names(first[1])), filled
    head = list(islice(filled, _HEADER_WITHIN))
    found = [place for place, (_, cells) in enumerate(head) if any(name in wanted for name in _named(cells))]
    found += [place for place, (_, cells) in enumerate(head) if len(set(_named(cells))) > 1]
    place = found[0] if found else 0
    return _Header(_names(head[place][1]) if head else []), chain(head[place + 1 :], filled)


def _names(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]


def _named(cells: Sequence[Any]) -> list[str]:
    return [name for name in _names(cells) if name]


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


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """Rows of any kind: the last that is asked, and only as sure as its columns are telling."""
    if not glance.is_text and not document.body.startswith((_ZIP, _OLE)):
        return None
    source = Source(id="guess", url=document.url or "file:x", format=NAME, publisher="x", encoding=glance.encoding)
    rows = []
    try:
        for _, row in islice(read_rows(document, source), SAMPLE_ROWS):
            if isinstance(row, Mapping):
                rows.append(row)
    except FormatError as error:
        is_book = document.body.startswith((_ZIP, _OLE))
        return Evidence(certainty=0.1, instead=str(error)) if is_book else None
    if not rows or (len(filled_columns(rows)) < 2 and not glance.record):
        return None
    return evidence_of(glance.mapped(rows), 0.5, "this table", rows, glance.words)
