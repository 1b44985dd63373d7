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
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
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


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """Requests; the list of services that can be asked for, and the file that names the endpoints, are parts."""
    value = glance.json
    rows = value if isinstance(value, list) else glance.table.get("service_requests", glance.table.get("requests"))
    first = rows[0] if isinstance(rows, list) and rows else None
    if (isinstance(first, Mapping) and "service_request_id" in first) or glance.root == "service_requests":
        return Evidence(certainty=1.0)
    services = value if isinstance(value, list) else glance.table.get("services")
    first = services[0] if isinstance(services, list) and services else glance.table
    if glance.root in ("services", "service_definition") or _is_service(first):
        what = "what can be reported (Open311 service definitions), and no requests"
        return Evidence(certainty=0.9, instead=f"this says {what}; give {_requests_beside(document.url)}")
    endpoints = glance.table.get("endpoints")
    if (isinstance(endpoints, list) and "open311" in str(endpoints[:3]).lower()) or glance.root == "discovery":
        urls = [str(e["url"]) for e in endpoints or () if isinstance(e, Mapping) and e.get("url")]
        there = f"{urls[0].rstrip('/')}/requests.json" if urls else "the address of an endpoint with /requests.json"
        what = "the discovery file of an Open311 server, which holds no requests"
        return Evidence(certainty=0.9, instead=f"this is {what}; give {there}")
    return None


def _is_service(value: Any) -> bool:
    """Whether this defines a service (GeoReport v2, GET Service List, GET Service Definition)."""
    return isinstance(value, Mapping) and "service_code" in value and bool({"metadata", "attributes"} & set(value))


def _requests_beside(url: str) -> str:
    """Where the requests are that belong to a list of services."""
    base, mark, _ = url.partition("/services")
    if not mark or not url.startswith("http"):
        return "the address of the requests, which ends in /requests.json or /requests.xml"
    return f"{base}/requests.{'xml' if '.xml' in url else 'json'}"
