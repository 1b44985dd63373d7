"""Open-data portals with CKAN's action API (version 3).

- ``…/action/datastore_search?resource_id=…``: its rows become records of the declared kind; further pages are asked for
  by offset, at most ``options.max_pages`` (20).
- ``…/action/package_search``: each dataset becomes an Article, or with ``record`` set what ``fields`` says.
- ``…/action/package_show``: the dataset's file in the first of ``options.formats`` (CSV, JSON, XLSX, XLS) that it has
  is fetched and read like a ``table``; with ``record = "article"`` the dataset itself becomes an Article.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from feeds.base.errors import FormatError
from feeds.formats import table
from feeds.formats._cells import shown
from feeds.formats._columns import evidence_of
from feeds.formats._json import read_json
from feeds.formats._links import join
from feeds.formats._moments import read_moment
from feeds.formats._options import whole
from feeds.formats._pick import Picker
from feeds.formats._rows import Rows, kind_of
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import stable_id
from feeds.source import Source
from feeds.text import clean

NAME = "ckan"
_FORMATS = ("CSV", "JSON", "XLSX", "XLS")


def links(documents: Sequence[Document], source: Source) -> list[str]:
    """The next page, or the dataset's file."""
    if not documents:
        return []
    result = _result(documents[0])
    if isinstance(result.get("records"), list):
        return _next_page(documents, result, source)
    if isinstance(result.get("resources"), list) and source.record not in ("", "article"):
        wanted = _resource(result["resources"], source)
        there = {document.url for document in documents}
        return [url for url in [join(documents[0].url, wanted)] if wanted and url not in there]
    return []


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Records of rows or of datasets. Raises FormatError when the portal says that it failed."""
    if not documents:
        raise FormatError("ckan: no document")
    result = _result(documents[0])
    if isinstance(result.get("records"), list):
        return _rows(documents, source, moment)
    if isinstance(result.get("results"), list):
        return _packages(result["results"], source, moment)
    if isinstance(result.get("resources"), list):
        if source.record in ("", "article"):
            return _packages([result], source, moment)
        if len(documents) < 2:
            raise FormatError("ckan: the dataset has no file that can be read, or it could not be fetched")
        return table.parse(documents[1:], source, moment)
    raise FormatError("ckan: the answer holds neither rows nor datasets")


def _result(document: Document) -> Mapping[str, Any]:
    value = read_json(document)
    if not isinstance(value, Mapping) or "result" not in value:
        raise FormatError("ckan: not an answer of CKAN's action API")
    if value.get("success") is not True:
        raise FormatError(f"ckan: the portal refused: {_words(value.get('error'))}")
    result = value["result"]
    if not isinstance(result, Mapping):
        raise FormatError("ckan: the answer holds neither rows nor datasets")
    return result


def _words(error: Any) -> str:
    """The portal's own words on what went wrong."""
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("__type") or ", ".join(map(str, error))
    return clean(str(error or "without a reason"), limit=200)


def _next_page(documents: Sequence[Document], first: Mapping[str, Any], source: Source) -> list[str]:
    """The address of the rows that are still missing; none when the last page was empty or enough were read."""
    last = _result(documents[-1])
    got = sum(len(_records(_result(document))) for document in documents)
    total = first.get("total")
    enough = isinstance(total, int) and got >= total
    pages = whole(source, "max_pages", 20)
    if enough or not _records(last) or len(documents) >= pages or got >= source.max_items or not isinstance(total, int):
        return []
    parts = urlsplit(documents[0].url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "offset"]
    return [urlunsplit(parts._replace(query=urlencode([*query, ("offset", str(got))])))]


def _records(result: Mapping[str, Any]) -> list[Any]:
    found = result.get("records")
    return found if isinstance(found, list) else []


def _rows(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    kind = kind_of(source)
    rows, pick = Rows(source, kind, moment), Picker(source, kind.__struct_fields__)
    shape: set[str] = set()
    number = 0
    for document in documents:
        for row in _records(_result(document)):
            number += 1
            if isinstance(row, Mapping):
                shape.update(name for name in row if isinstance(name, str))
                rows.add(f"row {number}", pick.row(row))
            else:
                rows.refuse(f"row {number}", "not an object with named values", row)
    total = _result(documents[0]).get("total")
    if isinstance(total, int) and number < min(total, source.max_items):
        rows.problem("document", f"{number} of {total} rows were read")
    return rows.parsed(shape=shape)


def _packages(packages: Sequence[Any], source: Source, moment: datetime) -> Parsed:
    kind = kind_of(source, default="article")
    rows, pick = Rows(source, kind, moment), Picker(source, kind.__struct_fields__)
    updated = None
    for number, package in enumerate(packages, 1):
        if not isinstance(package, Mapping):
            rows.refuse(f"dataset {number}", "not a dataset", package)
            continue
        row = {**(_article(package) if source.record in ("", "article") else {}), **_given(pick.row(package))}
        row["id"] = stable_id("ckan", str(package.get("id") or package.get("name")))
        rows.add(f"dataset {number}", row)
        updated = max(filter(None, (updated, _moment(package))), default=None)
    return rows.parsed(updated)


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _article(package: Mapping[str, Any]) -> dict[str, Any]:
    organisation = package.get("organization")
    publisher = organisation.get("title") if isinstance(organisation, Mapping) else package.get("author")
    licence = package.get("license_title")
    resources = package.get("resources")
    kinds = {str(r.get("format", "")).upper() for r in resources or () if isinstance(r, Mapping)}
    facts = [("publisher", publisher), ("licence", licence), ("formats", ", ".join(sorted(kinds - {""})))]
    return {
        "title": package.get("title") or package.get("name"),
        "summary": package.get("notes"),
        "body": package.get("notes"),
        "published": _moment(package),
        "facts": [[label, str(value)] for label, value in facts if value],
        "link": package.get("url") if str(package.get("url")).startswith("http") else None,
    }


def _moment(package: Mapping[str, Any]) -> datetime | None:
    """When the dataset last changed; CKAN's own times are UTC without saying so."""
    text = package.get("metadata_modified") or package.get("metadata_created")
    if not isinstance(text, str):
        return None
    try:
        return read_moment(text if "+" in text or text.endswith("Z") else f"{text}Z", datetime.min.replace(tzinfo=UTC))
    except ValueError:
        return None


def _resource(resources: Sequence[Any], source: Source) -> str:
    """The address of the file that can be read best."""
    for wanted in source.options.get("formats", _FORMATS):
        for resource in resources:
            if isinstance(resource, Mapping) and str(resource.get("format", "")).upper() == str(wanted).upper():
                return str(resource.get("url") or "")
    return ""


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """An answer of the action API; lists of names and datasets without the answer around them lead on."""
    value = glance.table
    result = value.get("result")
    if value.get("success") is False and "error" in value:
        return Evidence(certainty=0.95, instead=f"this CKAN portal refused what it was asked: {_said(value['error'])}")
    if "success" not in value or "result" not in value:
        return _bare(glance)
    if isinstance(result, Mapping) and isinstance(result.get("records"), list):
        found = glance.mapped(result["records"])
        return evidence_of(found, 0.95, "the rows of this CKAN resource", result["records"], glance.words)
    if isinstance(result, Mapping) and (isinstance(result.get("results"), list) or _is_package(result)):
        files = _files(result)
        note = "each article is a dataset's description, not its data" + (
            f"; for the data say what a row of the file is (--record place, …) or give {files}" if files else ""
        )
        return Evidence(certainty=0.95, record=glance.record or "article", note=note)
    return Evidence(certainty=0.9, instead=f"this is an answer of CKAN with neither rows nor datasets; {_GIVE}")


_GIVE = "give …/action/datastore_search?resource_id=… for rows, or …/action/package_show?id=… for a dataset's file"


def _bare(glance: Glance) -> Evidence | None:
    """Descriptions of datasets that no answer of the API surrounds: of CKAN itself, or a catalogue in DCAT."""
    value = glance.json
    catalogue = glance.table.get("dataset", glance.table.get("dcat:dataset"))
    rows = value if isinstance(value, list) else catalogue if isinstance(catalogue, list) else [value]
    if not rows or not isinstance(rows[0], Mapping) or not (_is_package(rows[0]) or "distribution" in rows[0]):
        return None
    what = "a description of datasets (an open-data catalogue), not their data"
    files = _files(rows[0])
    return Evidence(certainty=0.9, instead=f"this is {what}; give {files}" if files else f"this is {what}; {_GIVE}")


def _said(error: Any) -> str:
    """What the portal says of an error."""
    return shown(error.get("message", error) if isinstance(error, Mapping) else error)


def _is_package(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("resources"), list) and bool({"name", "title"} & set(value))


def _files(package: Mapping[str, Any]) -> str:
    """The addresses of a dataset's files that can be read; "" when it names none."""
    found = package.get("resources", package.get("distribution"))
    files = [f for f in found if isinstance(f, Mapping)] if isinstance(found, list) else []
    known = [f for f in files if str(f.get("format", "")).upper() in (*_FORMATS, "XML", "GEOJSON")]
    urls = [str(f.get("url") or f.get("downloadURL") or "") for f in known]
    return " or ".join(url[:200] for url in urls[:2] if url.startswith("http"))
