"""Public warnings (OASIS Common Alerting Protocol 1.1 and 1.2), alone or through an Atom or RSS index.

An index entry either holds the alert or links to it; links are followed, at most ``options.max_links`` (100).
Several ``info`` blocks of an alert are languages or parts: the first in ``options.language`` (``zh`` by itself) counts,
with the areas of all blocks of that language and event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from feeds.base.errors import FormatError
from feeds.formats._links import join
from feeds.formats._moments import read_moment
from feeds.formats._options import whole
from feeds.formats._rows import Rows
from feeds.formats._xml import child_text, children, name_of, namespace_of, read_xml, text_of
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Alert, stable_id
from feeds.source import Source

NAME = "cap"
_NAMESPACE = "urn:oasis:names:tc:emergency:cap:"
# CAP 1.2, 3.2.1 and 3.2.2: the elements without which an alert is not one, and the words they may hold.
_REQUIRED = ("identifier", "sender", "sent", "status", "msgType", "scope")
_INFO_REQUIRED = ("category", "event", "urgency", "severity", "certainty")
_WORDS = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Very Likely", "Likely", "Possible", "Unlikely", "Unknown"},
}
_MOMENTS = ("effective", "onset", "expires")
_MOST_POINTS = 2000


def links(documents: Sequence[Document], source: Source) -> list[str]:
    """The alerts that an index names and that are not there yet."""
    if not documents:
        return []
    root, _ = read_xml(documents[0], encoding=source.encoding)
    there = {document.url for document in documents}
    wanted = [join(documents[0].url, url) for entry in _entries(root) for url in _link(entry)]
    most = whole(source, "max_links", 100)
    return [url for url in dict.fromkeys(wanted[:most]) if url and url not in there]


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Alert records, in the order of the documents. Raises FormatError when the entry document is no CAP at all."""
    if not documents:
        raise FormatError("cap: no document")
    rows = Rows(source, Alert, moment)
    updated, faulty = None, ""
    for number, document in enumerate(documents):
        position = "document" if number == 0 else f"document {number + 1}"
        try:
            root, note = read_xml(document, encoding=source.encoding)
        except FormatError as error:
            if number == 0:
                raise
            rows.refuse(position, str(error), document.url)
            continue
        if note:
            rows.problem(position, note)
        if number == 0:
            faulty = note
            updated = _updated(root, moment)
        for place, alert in _alerts(root, position):
            _add(rows, place, alert, source, moment)
    _report_missing(documents, source, rows)
    if faulty and not rows.records:
        raise FormatError(f"cap: {faulty}")
    return rows.parsed(updated)


def _alerts(root: etree._Element, position: str) -> Iterator[tuple[str, etree._Element]]:
    if name_of(root) == "alert" and namespace_of(root).startswith(_NAMESPACE):
        yield position, root
        return
    if name_of(root) not in ("feed", "rss", "RDF"):
        raise FormatError(f"cap: found <{name_of(root)}>, expected <alert> or an Atom or RSS index")
    for number, entry in enumerate(_entries(root), 1):
        alert = _embedded(entry)
        if alert is not None:
            yield f"entry {number}", alert


def _entries(root: etree._Element) -> list[etree._Element]:
    if name_of(root) == "feed":
        return list(children(root, "entry"))
    return [element for element in root.iter() if name_of(element) == "item"]


def _embedded(entry: etree._Element) -> etree._Element | None:
    """The alert inside an entry's content."""
    return next((e for e in entry.iter() if name_of(e) == "alert" and namespace_of(e).startswith(_NAMESPACE)), None)


def _link(entry: etree._Element) -> list[str]:
    """Where an entry without an embedded alert keeps it; a link typed as CAP is preferred."""
    if _embedded(entry) is not None:
        return []
    found = []
    for link in children(entry, "link"):
        target = link.get("href") or text_of(link).strip()
        if target and link.get("rel", "alternate") in ("alternate", "via", "related", "enclosure"):
            found.append((0 if "cap" in link.get("type", "") else 1, target))
    return [min(found)[1]] if found else []


def _report_missing(documents: Sequence[Document], source: Source, rows: Rows) -> None:
    """An index entry whose alert could not be had is a quarantined row: it was there, and it is not shown."""
    for url in links(documents, source):
        rows.refuse("index", "the linked alert could not be fetched", url)


def _updated(root: etree._Element, moment: datetime) -> datetime | None:
    channel = next(children(root, "channel"), root)
    for name in ("updated", "lastBuildDate", "pubDate", "sent"):
        try:
            return read_moment(child_text(channel, name), moment)
        except ValueError:
            continue
    return None


def _add(rows: Rows, position: str, alert: etree._Element, source: Source, moment: datetime) -> None:
    values = {name: child_text(alert, name) for name in _REQUIRED}
    info = _info(alert, source)
    reason = _missing(values, info)
    if reason:
        rows.refuse(position, reason, values["identifier"])
        return
    areas = [_area(area, rows, position) for block in _same(alert, info) for area in children(block, "area")]
    moments, dropped = _moments(info, moment)
    for name, text in dropped:
        rows.problem(position, f"{name} is not a moment and was left out", text)
    rows.add(
        position,
        {
            "id": stable_id(values["sender"], values["identifier"], values["sent"]),
            "identifier": values["identifier"],
            "sender": values["sender"],
            "sent": values["sent"],
            "status": values["status"],
            "message": values["msgType"],
            "event": _say(info, "event"),
            "headline": _say(info, "headline"),
            "description": _say(info, "description"),
            "instruction": _say(info, "instruction"),
            "category": _say(info, "category"),
            "urgency": _say(info, "urgency") or "Unknown",
            "severity": _say(info, "severity") or "Unknown",
            "certainty": _say(info, "certainty") or "Unknown",
            "source": _say(info, "senderName") or child_text(alert, "source"),
            "contact": _say(info, "contact"),
            "areas": tuple(areas),
            "references": child_text(alert, "references").split(),
            **moments,
        },
    )


def _say(info: etree._Element | None, name: str) -> str:
    return "" if info is None else child_text(info, name)


def _moments(info: etree._Element | None, moment: datetime) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The info's moments, and those that cannot be read: a broken hour must not keep a warning off air."""
    values: dict[str, Any] = {}
    dropped = []
    for name in _MOMENTS:
        text = _say(info, name)
        try:
            values[name] = read_moment(text, moment) if text else None
        except ValueError:
            dropped.append((name, text))
    return values, dropped


def _missing(values: dict[str, str], info: etree._Element | None) -> str:
    """Why this is no valid public alert; "" when it is one."""
    absent = [name for name in _REQUIRED if not values[name]]
    if absent:
        return f"without {', '.join(absent)} (CAP 1.2, 3.2.1)"
    for name, words in _WORDS.items():
        found = values.get(name) or _say(info, name)
        if found and found not in words:
            return f"{name}: found {found!r}, expected one of: {', '.join(sorted(words))}"
    if values["scope"] != "Public":
        return f"its scope is {values['scope']}, which is not for the public"
    # Cancel, Ack and Error may come without info: they only speak of earlier messages (3.2.1, msgType).
    if info is None:
        return "" if values["msgType"] in ("Cancel", "Ack", "Error") else "an alert without info"
    absent = [name for name in _INFO_REQUIRED if not _say(info, name)]
    return f"info without {', '.join(absent)} (CAP 1.2, 3.2.2)" if absent else ""


def _info(alert: etree._Element, source: Source) -> etree._Element | None:
    blocks = list(children(alert, "info"))
    wanted = str(source.options.get("language", "zh")).lower()
    own = [block for block in blocks if child_text(block, "language").lower().startswith(wanted)]
    return (own or blocks or [None])[0]


def _same(alert: etree._Element, info: etree._Element | None) -> list[etree._Element]:
    """The blocks that speak the same language of the same event as ``info``."""
    if info is None:
        return []
    key = child_text(info, "language"), child_text(info, "event")
    return [b for b in children(alert, "info") if (child_text(b, "language"), child_text(b, "event")) == key]


def _area(area: etree._Element, rows: Rows, position: str) -> dict[str, Any]:
    """An area with every shape that can be read; one that cannot is reported and left out (CAP 1.2, 3.2.4)."""
    found: dict[str, Any] = {"polygons": [], "circles": [], "geocodes": []}
    found["description"] = child_text(area, "areaDesc")[:200]
    for shape, read in (("polygon", _polygon), ("circle", _circle)):
        for element in children(area, shape):
            try:
                found[f"{shape}s"].append(read(text_of(element).strip()))
            except ValueError as error:
                rows.problem(position, f"{shape} was left out: {error}", text_of(element))
    for code in children(area, "geocode"):
        pair = child_text(code, "valueName")[:200], child_text(code, "value")[:200]
        if pair[1]:
            found["geocodes"].append(pair)
    return found


def _polygon(text: str) -> tuple[tuple[float, float], ...]:
    points = tuple(_point(pair) for pair in text.split())
    if len(points) < 4 or points[0] != points[-1] or len(points) > _MOST_POINTS:
        raise ValueError("expected at least four points, the last equal to the first")
    return points


def _circle(text: str) -> tuple[float, float, float]:
    centre, _, radius = text.partition(" ")
    kilometres = float(radius)
    if not 0 <= kilometres <= 20_100:
        raise ValueError("expected a radius in kilometres")
    return (*_point(centre), kilometres)


def _point(pair: str) -> tuple[float, float]:
    """(lon, lat) of CAP's ``lat,lon``."""
    lat, lon = (float(part) for part in pair.split(","))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{pair[:40]} is not on earth")
    return lon, lat


_LOOKS_LIKE = re.compile(r"(?<![a-z])cap(?![a-z])|capid|capalert|alertcap", re.IGNORECASE)
_WARNING = re.compile(r"预警|警报|\b(alerts?|warnings?)\b", re.IGNORECASE)


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """An alert, or an index of alerts, even when its entries could be read as news.

    Links that are typed or named as CAP, and entries that hold elements of CAP, prove an index. Addresses that only
    speak of CAP do not, nor does a title that speaks of warnings: then the first linked document decides.
    """
    if glance.root == "alert":
        return Evidence(certainty=1.0 if _NAMESPACE in glance.decoded.text else 0.6)
    if glance.root not in ("rss", "rdf", "feed") or glance.tree is None:
        return None
    entries = _entries(glance.tree)[:_MOST_LOOKED_AT]
    proved = sum(1 for entry in entries if _holds_cap(entry) or any(map(_is_typed, children(entry, "link"))))
    if proved * 2 > len(entries) or (not entries and _NAMESPACE in glance.decoded.text):
        return Evidence(certainty=1.0)
    links = [join(document.url, url) for entry in entries for url in _link(entry)]
    suspect = sum(1 for link in links if _LOOKS_LIKE.search(link.partition("://")[2] or link)) * 2 > len(entries) > 0
    channel = next(children(glance.tree, "channel"), glance.tree)
    if links and (suspect or _WARNING.search(child_text(channel, "title"))):
        return Evidence(certainty=0.8 if suspect else 0.6, look=links[0])
    return None


_MOST_LOOKED_AT = 50


def _holds_cap(entry: etree._Element) -> bool:
    return any(namespace_of(element).startswith(_NAMESPACE) for element in entry.iter())


def _is_typed(link: etree._Element) -> bool:
    """Whether a link says that it leads to CAP, by its media type or by the end of its address."""
    target = (link.get("href") or text_of(link)).strip()
    return "cap+xml" in link.get("type", "") or target.partition("?")[0].lower().endswith(".cap")
