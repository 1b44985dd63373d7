"""Requests to the authorities (Open311 GeoReport v2, JSON or XML) as ServiceRequest records, without any person.

What people wrote (``description``), pictures (``media_url``) and everything about the person is never read; numbers and
addresses that look like a person's are masked in what the office wrote (``status_notes``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from feeds.base.errors import FormatError
from feeds.formats._cells import plain_text
from feeds.formats._json import read_json
from feeds.formats._rows import Rows
from feeds.formats._xml import children, name_of, read_xml, text_of
from feeds.formats.base import Document, Parsed
from feeds.records import ServiceRequest, stable_id
from feeds.source import Source

NAME = "open311"
# Identity numbers (18), mobile numbers (11) and mail addresses.
_PERSONAL = re.compile(
    r"(?<!\d)\d{17}[\dXx](?!\d)"
    r"|(?<!\d)(\+?86[- ]?)?1\d{2}[- ]?\d{4}[- ]?\d{4}(?!\d)"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+"
)


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """ServiceRequest records. Raises FormatError when it is no list of requests."""
    if not documents:
        raise FormatError("open311: no document")
    rows = Rows(source, ServiceRequest, moment)
    for document in documents:
        for number, request in enumerate(_requests(document, source), 1):
            if isinstance(request, Mapping):
                rows.add(f"request {number}", _row(request))
            else:
                rows.refuse(f"request {number}", "found no named values, expected a request", request)
    return rows.parsed()


def _requests(document: Document, source: Source) -> Iterator[Any]:
    if document.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        root, _ = read_xml(document, encoding=source.encoding)
        if name_of(root) != "service_requests":
            raise FormatError(f"open311: found <{name_of(root)}>, expected <service_requests>")
        for element in children(root, "request"):
            yield {name_of(child): text_of(child).strip() for child in element}
        return
    value = read_json(document, encoding=source.encoding)
    if isinstance(value, Mapping):
        value = value.get("service_requests", value.get("requests"))
    if not isinstance(value, list):
        raise FormatError("open311: found no list of requests, expected the answer of …/requests.json or requests.xml")
    yield from value


def _row(request: Mapping[str, Any]) -> dict[str, Any]:
    ident = request.get("service_request_id") or request.get("token")
    return {
        "id": stable_id("open311", str(ident)) if ident else None,
        "service": request.get("service_name") or request.get("service_code"),
        "status": request.get("status"),
        "address": _masked(request.get("address")),
        "requested": request.get("requested_datetime"),
        "updated": request.get("updated_datetime"),
        "expected": request.get("expected_datetime"),
        "agency": request.get("agency_responsible"),
        "note": _masked(request.get("status_notes")),
    }


def _masked(value: Any) -> str | None:
    return None if value is None else _PERSONAL.sub("…", plain_text(value)[:5000])
