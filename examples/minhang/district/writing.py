"""How the departments write their files: CSV, JSON, XLSX, RSS and Atom, byte for byte the same for the same rows."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from .base import iso, utc

CSV = "text/csv"
JSON = "application/json; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8") -> bytes:
    """A table with CRLF line ends, as office programs export it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def json_bytes(value: object) -> bytes:
    """JSON with the letters as they are, one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def portal(rows: Sequence[Mapping[str, object]], at: datetime) -> bytes:
    """The answer of an open-data portal: a code, a message, and the rows in ``data.list``."""
    data = {"total": len(rows), "updateTime": at.strftime("%Y-%m-%d %H:%M:%S"), "list": rows}
    return json_bytes({"code": 0, "msg": "success", "data": data})


def datastore(rows: Sequence[Mapping[str, object]]) -> bytes:
    """The answer of CKAN's ``datastore_search``: the rows in ``result.records``."""
    fields = [{"id": name, "type": "text"} for name in (rows[0] if rows else {})]
    return json_bytes({"success": True, "result": {"total": len(rows), "fields": fields, "records": rows}})


def zip_bytes(files: Mapping[str, bytes], *, packed: bool) -> bytes:
    """An archive whose entries carry a fixed date; ``packed`` deflates them."""
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=9 if packed else None) as archive:
        for name, body in files.items():
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type = method
            info.external_attr = 0o644 << 16
            archive.writestr(info, body)
    return buffer.getvalue()


def xlsx_bytes(sheet: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet (ECMA-376), stored unpacked so that its bytes do not depend on a deflate library."""
    lines = [_sheet_row(number, row) for number, row in enumerate([columns, *rows], 1)]
    worksheet = f'<worksheet xmlns="{_SHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    workbook = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_RELATIONS}"><sheets>'
        f'<sheet name={quoteattr(sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OFFICE}.worksheet+xml"/></Types>'
    )
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": workbook,
        "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": worksheet,
    }
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return zip_bytes({name: (head + text).encode() for name, text in parts.items()}, packed=False)


def _relations(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/{kind}" Target="{target}"/></Relationships>'
    )


def _sheet_row(number: int, row: Sequence[object]) -> str:
    cells = []
    for column, value in enumerate(row):
        place = f"{chr(65 + column)}{number}"
        if value is None or value == "":
            continue
        if isinstance(value, int | float):
            cells.append(f'<c r="{place}"><v>{value}</v></c>')
        else:
            cells.append(f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


class Story(NamedTuple):
    """One entry of a news feed."""

    id: str
    title: str
    summary: str
    paragraphs: Sequence[str]
    published: datetime
    tag: str
    facts: Sequence[str] = ()


def rss_bytes(title: str, host: str, stories: Sequence[Story], at: datetime) -> bytes:
    """RSS 2.0 with full texts in ``content:encoded`` and facts in elements of our own namespace."""
    items = []
    for story in stories:
        body = "".join(f"<p>{escape(text)}</p>" for text in story.paragraphs)
        facts = "".join(f"<mh:fact>{escape(fact)}</mh:fact>" for fact in story.facts)
        items.append(
            f"<item><title>{escape(story.title)}</title>"
            f"<link>https://{host}/{story.id}.html</link>"
            f'<guid isPermaLink="false">{host}:{story.id}</guid>'
            f"<pubDate>{format_datetime(story.published)}</pubDate><category>{escape(story.tag)}</category>"
            f"<description>{escape(story.summary)}</description>"
            f"<content:encoded><![CDATA[{body}]]></content:encoded>{facts}</item>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:mh="https://minhang.example/ns/1">\n'
        f"<channel><title>{escape(title)}</title><link>https://{host}/</link>"
        f"<description>{escape(title)}</description><language>zh-CN</language>"
        f"<lastBuildDate>{format_datetime(at)}</lastBuildDate>\n" + "\n".join(items) + "\n</channel></rss>\n"
    ).encode()


def atom_bytes(title: str, host: str, stories: Sequence[Story], at: datetime) -> bytes:
    """Atom (RFC 4287) with XHTML content."""
    entries = []
    for story in stories:
        body = "".join(f"<p>{escape(text)}</p>" for text in story.paragraphs)
        entries.append(
            f"<entry><id>urn:mh:{story.id}</id><title>{escape(story.title)}</title>"
            f'<link rel="alternate" href="https://{host}/{story.id}.html"/>'
            f"<published>{iso(story.published)}</published><updated>{iso(story.published)}</updated>"
            f"<category term={quoteattr(story.tag)}/><summary>{escape(story.summary)}</summary>"
            f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{body}</div></content></entry>'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>urn:mh:{host}</id><title>{escape(title)}</title><updated>{iso(at)}</updated>"
        f"<author><name>{escape(title)}</name></author>\n" + "\n".join(entries) + "\n</feed>\n"
    ).encode()


def stamp(moment: datetime) -> str:
    """A UTC moment as iCalendar and XMLTV-like formats write it: 20261124T000500Z."""
    return utc(moment).strftime("%Y%m%dT%H%M%SZ")


def dated(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows with their moments as ISO text."""
    return [{k: iso(v) if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]
