"""Rows of anything: CSV, TSV, JSON, JSON lines, XLSX, XLS and flat XML, with a field map.

``record`` names what a row is. ``fields`` maps a record's field to a column name, or for JSON to a JMESPath
expression; a column that is called like a field needs no entry, and an empty entry leaves the field out.
``constants`` holds values for every record. ``rows`` says where the rows are: a JMESPath expression (JSON), a sheet's
name (XLSX), an XPath (XML).

Lists: in JSON arrays (``[["带齐证件", "身份证…"], …]`` or objects); in a cell ``|`` separates items, and ``：`` the two
halves of a pair (``带齐证件：身份证原件|取号：一楼大厅``). Moments without an offset are on the source's clock.
``options.header`` is the number of the header line, when it is not found by its columns. Of a workbook the values count
as last calculated: formulas, macros and links are never run or followed.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

import jmespath
import jmespath.exceptions

from feeds.base.errors import FormatError, PersonError
from feeds.formats._cells import numeric
from feeds.formats._columns import evidence_of, filled_columns
from feeds.formats._customs import Customs, Survey, columns_of, customs_of
from feeds.formats._decode import decode
from feeds.formats._heads import WITHIN, Header, headed
from feeds.formats._json import SEPARATOR, kind_of_markup, read_json, read_json_values
from feeds.formats._pick import Picker
from feeds.formats._rows import Rows, kind_of
from feeds.formats._words import is_remark
from feeds.formats._xls import read_xls
from feeds.formats._xlsx import read_xlsx
from feeds.formats._xml import name_of, read_xml, text_of
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import SAMPLE_ROWS, Glance
from feeds.records import Record
from feeds.source import Source

NAME = "table"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEFORE = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""What may stand before the first character: marks of byte order, the other half of wide characters, and spaces."""
_MOST_CELL = 4_000_000
_SEPARATORS = "\t;|,"
_THREES = re.compile(r"\d\.\d{3}\.\d{3}")
_TORN = "the line has more cells than there are columns: a separator inside a cell needs quotes around it"
_SAID = re.compile(r"sep=(.)")
_Row: TypeAlias = tuple[str, Any]
"""Where a row stood, and the row."""


@dataclass(frozen=True)
class _Opened:
    """A document whose rows can be gone through more than once; ``start`` begins anew."""

    start: Callable[[], Iterator[_Row]]
    from_1904: bool = False
    may_part: bool = True
    """Whether a cell may hold a mark whose meaning its column decides."""


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Records of the declared kind. Raises FormatError when there are no rows at all to be found."""
    if not documents:
        raise FormatError("table: no document")
    kind = kind_of(source)
    rows = Rows(source, kind, moment)
    shape: set[str] = set()
    pick = Picker(source, kind.__struct_fields__)
    for document in documents:
        opened = _opened(document, source, pick.columns)
        rows.follow(_customs(opened, source, kind))
        _read(opened, rows, pick, shape)
    return rows.parsed(shape=shape)


def read_rows(document: Document, source: Source, wanted: Collection[str] = ()) -> Iterator[_Row]:
    """(position, row) of a document whose kind is told by its first bytes; ``wanted`` columns tell a header line."""
    return _opened(document, source, wanted).start()


def _read(opened: _Opened, rows: Rows, pick: Picker, shape: set[str]) -> None:
    """All rows of a document."""
    header: Header | None = None
    for number, (position, row) in enumerate(opened.start()):
        if isinstance(row, Header):
            header = row
            pick.require(row)
            shape.update(row)
            continue
        if not isinstance(row, Mapping):
            torn = header is not None
            rows.refuse(position, _TORN if torn else "found no object with named values, expected one", row)
            continue
        if number < 50:
            shape.update(name for name in row if isinstance(name, str))
        if number == 0:
            pick.require(row)
        picked = pick.row(row)
        first = next((cell for cell in row.values() if cell not in (None, "")), None) if header else None
        about = _about_the_table(row, header) or rows.sums_up(picked, first)
        if about:
            rows.problem(position, about, ",".join(str(cell) for cell in row.values() if cell not in (None, "")))
        else:
            rows.add(position, picked)


def _about_the_table(row: Mapping[str, Any], header: Header | None) -> str:
    """Why a line of a sheet is no item of it but says something about it; "" when it is one."""
    if header is None:
        return ""
    if all(str(cell).strip() == name for name, cell in row.items()):
        return "the head of the table again"
    return "a remark about the table" if is_remark(row.values()) else ""


def _customs(opened: _Opened, source: Source, kind: type[Record]) -> Customs:
    """How a document writes numbers: what the source says, else what each column as a whole proves."""
    customs = replace(customs_of(source), from_1904=opened.from_1904)
    fields = numeric(kind)
    if customs.decimal or not fields or not opened.may_part:
        return customs
    pick, survey = Picker(source, fields, strictly=True), Survey(fields)
    for _, row in opened.start():
        if isinstance(row, Mapping):
            for field, text in columns_of(pick.row(row), fields):
                survey.see(field, text)
    return replace(customs, marks=survey.marks)


def _opened(document: Document, source: Source, wanted: Collection[str]) -> _Opened:
    body = document.body
    if body.startswith((_ZIP, _OLE)):
        return _sheet(document, source, wanted)
    start = body[:400].lstrip(_BEFORE)[:1]
    if start in (b"{", b"[", SEPARATOR.encode()):
        found = list(_json(document, source))
        return _Opened(lambda: iter(found))
    if start == b"<":
        return _xml(document, source)
    return _separated(document, source, wanted)


def _json(document: Document, source: Source) -> Iterator[_Row]:
    try:
        value = read_json(document, encoding=source.encoding)
    except FormatError:
        values = read_json_values(document, encoding=source.encoding)
        if values is None:
            raise
        yield from values
        return
    found = _json_rows(value, source)
    for number, row in enumerate(found, 1):
        yield f"row {number}", row


def _json_rows(value: Any, source: Source) -> list[Any]:
    if source.rows:
        try:
            value = jmespath.search(source.rows, value)
        except jmespath.exceptions.JMESPathError:
            raise PersonError(
                f"source.{source.id}.rows: found {source.rows!r}, expected a JMESPath expression that fits the document"
            ) from None
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


def _separated(document: Document, source: Source, wanted: Collection[str]) -> _Opened:
    """CSV and its kin.

    A row with more cells than there are columns has come apart, and no cell of it can be trusted.
    """
    text = decode(document.body, declared=source.encoding, label=document.charset).replace("\x00", "")
    if not text.strip():
        raise FormatError("table: the document is empty")
    csv.field_size_limit(_MOST_CELL)
    separator, above = _separator(text, source)

    def start() -> Iterator[_Row]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            lines = ((reader.line_num, cells) for cells in islice(reader, above, None))
            header, below = headed(lines, source, wanted)
            yield "header", header
            for number, cells in below:
                torn = any(cell.strip() for cell in cells[len(header) :])
                yield f"line {number}", ",".join(cells)[:200] if torn else _row(header, cells)
        except csv.Error:
            raise FormatError(
                f"table: line {reader.line_num} holds a cell of more than {_MOST_CELL} characters; is a quote unclosed?"
            ) from None

    # Most tables have no cell with a comma in it, and need not be gone through twice.
    commas = "，" in text or (('"' in text) if separator == "," else ("," in text))
    return _Opened(start, may_part=commas or bool(_THREES.search(text)))


def _separator(text: str, source: Source) -> tuple[str, int]:
    """What parts the cells, and how many lines above the table only say so (``sep=;``, which spreadsheets heed).

    It is what parts most of the first lines into equally many cells: prices may hold more commas than the lines hold
    semicolons.
    """
    head = "\n".join(text[:20_000].splitlines()[:WITHIN])
    said = _SAID.fullmatch(head.split("\n", 1)[0].strip().strip("\ufeff\"'"))
    given = str(source.options.get("separator", ""))[:1]
    if given or said:
        return given or (said[1] if said else ""), 1 if said else 0

    def fitness(mark: str) -> tuple[int, int]:
        widths = [len(cells) for cells in csv.reader(io.StringIO(head, newline=""), delimiter=mark) if len(cells) > 1]
        counted = Counter(widths)
        usual = max(counted, key=lambda width: (counted[width], width), default=1)
        return counted[usual], usual

    return max(_SEPARATORS, key=fitness), 0


def _sheet(document: Document, source: Source, wanted: Collection[str]) -> _Opened:
    """A workbook's sheet."""
    read = read_xlsx if document.body.startswith(_ZIP) else read_xls
    try:
        sheet = read(document.body, source.rows)
    except FormatError as error:
        raise FormatError(f"table: {error}") from None

    def start() -> Iterator[_Row]:
        header, lines = headed(iter(sheet.lines), source, wanted)
        yield "header", header
        for number, cells in lines:
            yield f"row {number}", _row(header, cells)

    return _Opened(start, sheet.from_1904)


def _row(header: Header, cells: Sequence[Any]) -> dict[str, Any]:
    """The row by column; columns without a name are left out."""
    return {name: cell for name, cell in zip(header, cells, strict=False) if name}


def _xml(document: Document, source: Source) -> _Opened:
    """Flat XML: each row an element, its children and attributes the cells."""
    from lxml import etree

    if kind_of_markup(document.body[:200].decode("latin-1").lstrip()) == "an HTML page":
        raise FormatError("table: found an HTML page, expected rows")
    root, _ = read_xml(document, encoding=source.encoding)
    try:
        found = root.xpath(source.rows) if source.rows else _repeated(root)
    except etree.XPathError:
        raise PersonError(f"source.{source.id}.rows: found {source.rows!r}, expected an XPath expression") from None
    if not isinstance(found, list) or not found:
        raise FormatError(f"table: no rows at {source.rows or '(anywhere)'} in <{name_of(root)}>")
    elements = [element for element in found if isinstance(element, etree._Element)]
    return _Opened(lambda: ((f"row {number}", _xml_cells(element)) for number, element in enumerate(elements, 1)))


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
