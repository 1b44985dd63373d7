"""Public warnings (OASIS Common Alerting Protocol 1.1 and 1.2), alone or through an Atom or RSS index.

An index entry either holds alerts or links to one; links are followed, the newest ``options.max_links`` (100) of them.
What a message says ``_cap_message`` reads, where it holds ``_cap_area``; what is in force ``feeds.alerts`` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import cast

import msgspec
from lxml import etree

from feeds.alerts import remembered, same_message
from feeds.base.errors import FormatError
from feeds.formats._cap_message import Refused, read_message
from feeds.formats._links import join
from feeds.formats._moments import read_moment
from feeds.formats._options import one_of, whole
from feeds.formats._rows import Rows
from feeds.formats._xml import child_text, children, name_of, namespace_of, read_xml, text_of
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Alert, AnyRecord
from feeds.source import Source

NAME = "cap"
_NAMESPACE = "urn:oasis:names:tc:emergency:cap:"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def links(documents: Sequence[Document], source: Source) -> list[str]:
    """The alerts that an index names and that are not there yet."""
    if not documents:
        return []
    there = {document.url for document in documents}
    return [url for url in _named(documents[0], source)[: _most_links(source)] if url not in there]


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Alert records, in the order of the documents. Raises FormatError when the entry document is no CAP at all."""
    if not documents:
        raise FormatError("cap: no document")
    rows = Rows(source, Alert, moment)
    heard = _Heard(rows)
    root, note = read_xml(documents[0], encoding=source.encoding)
    if note:
        rows.problem("document", note)
    _take(root, "document", heard, source, moment)
    lost = 0
    for number, document in enumerate(documents[1:], 2):
        position = f"document {number}"
        try:
            linked, told = read_xml(document, encoding=source.encoding)
            if told:
                rows.problem(position, told)
            _take(linked, position, heard, source, moment)
        except FormatError as error:
            # A page of words in an alert's place costs that alert alone.
            rows.refuse(position, str(error), document.url)
            lost += 1
    heard.hand_over(source.max_items)
    lost += _report_missing(documents, source, rows)
    if note and not rows.records:
        raise FormatError(f"cap: {note}")
    return msgspec.structs.replace(rows.parsed(_updated(root, moment)), complete=not lost)


def _take(root: etree._Element, position: str, heard: _Heard, source: Source, moment: datetime) -> None:
    for place, alert in _alerts(root, position):
        try:
            heard.take(place, read_message(alert, source, moment, partial(heard.rows.problem, place)))
        except Refused as error:
            heard.rows.refuse(place, str(error), child_text(alert, "identifier"))


def carry(before: Sequence[AnyRecord], parsed: Parsed, source: Source, moment: datetime) -> Parsed:
    """What was read now, and what earlier gatherings heard that still counts (``feeds.alerts.remembered``)."""
    records = remembered(
        [record for record in before if isinstance(record, Alert)],
        [record for record in parsed.records if isinstance(record, Alert)],
        moment,
        complete=parsed.complete,
        most=source.max_items,
        unlisted=one_of(source, "unlisted", ("holds", "ends")) == "holds",
    )
    return msgspec.structs.replace(
        parsed, records=cast("tuple[AnyRecord, ...]", records), total=parsed.total + len(records) - len(parsed.records)
    )


class _Heard:
    """The messages of one reading, each once, however often it was listed and in whatever order."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._messages: dict[object, tuple[str, list[Alert]]] = {}

    def take(self, position: str, records: list[Alert]) -> None:
        """Add a message; of two that bear one name and differ the graver counts."""
        if not records:
            return
        key = same_message(records[0])
        before = self._messages.get(key)
        if before is not None:
            if _grave(before[1]) == _grave(records):
                self._messages[key] = min(before, (position, records), key=lambda message: message[1][0].id)
                return
            reason = "another message of this sender, identifier and sent; the graver of both counts"
            self.rows.refuse(position, reason, records[0].identifier)
        self._messages[key] = max(before or (position, records), (position, records), key=lambda m: _grave(m[1]))

    def hand_over(self, most: int) -> None:
        """Make rows of them; what ends others comes first when there are more than ``most``."""
        messages = list(self._messages.values())
        if sum(len(records) for _, records in messages) > most:
            messages.sort(key=lambda message: message[1][0].message == "Alert")
        for position, records in messages:
            for record in records:
                if len(self.rows.records) < most:
                    self.rows.total += 1
                    self.rows.keep(position, record)
                else:
                    self.rows.refuse(position, f"more than {most} items: the rest was left out", record.identifier)


def _grave(records: Sequence[Alert]) -> tuple[int, int, bytes]:
    """An order of messages that does not depend on theirs: what ends others first, then the most severe."""
    severities = ("Unknown", "Minor", "Moderate", "Severe", "Extreme")
    severity = max(severities.index(record.severity) for record in records)
    named = [msgspec.structs.replace(record, id="0") for record in records]
    return ("Alert", "Update", "Cancel").index(records[0].message), severity, msgspec.msgpack.encode(named)


def _most_links(source: Source) -> int:
    return whole(source, "max_links", 100)


def _named(document: Document, source: Source) -> list[str]:
    """The addresses that an index names, the newest entries first where they say when they were updated."""
    root, _ = read_xml(document, encoding=source.encoding)
    found = [(_when(entry), join(document.url, url)) for entry in _entries(root) for url in _link(entry)]
    found.sort(key=lambda entry: entry[0], reverse=True)
    return [url for url in dict.fromkeys(url for _, url in found) if url]


def _when(entry: etree._Element) -> datetime:
    for name in ("updated", "published", "pubDate", "date"):
        try:
            return read_moment(child_text(entry, name), _LONG_AGO)
        except ValueError:
            continue
    return _LONG_AGO


def _alerts(root: etree._Element, position: str) -> Iterator[tuple[str, etree._Element]]:
    if _is_alert(root):
        yield position, root
        return
    if name_of(root) not in ("feed", "rss", "RDF"):
        raise FormatError(f"cap: found <{name_of(root)}>, expected <alert> or an Atom or RSS index")
    for number, entry in enumerate(_entries(root), 1):
        for alert in _embedded(entry):
            yield f"entry {number}", alert


def _entries(root: etree._Element) -> list[etree._Element]:
    if name_of(root) == "feed":
        return list(children(root, "entry"))
    return [element for element in root.iter() if name_of(element) == "item"]


def _embedded(entry: etree._Element) -> list[etree._Element]:
    """The alerts inside an entry's content."""
    return [element for element in entry.iter() if _is_alert(element)]


def _is_alert(element: etree._Element) -> bool:
    """Whether this is a message of CAP: by its namespace, or, where it forgot that, by what only such a message has."""
    if name_of(element) != "alert":
        return False
    space = namespace_of(element)
    return space.startswith(_NAMESPACE) or (
        not space and all(child_text(element, name) for name in ("identifier", "sender", "msgType"))
    )


def _link(entry: etree._Element) -> list[str]:
    """Where an entry without an embedded alert keeps it; a link typed as CAP is preferred."""
    if _embedded(entry):
        return []
    found = []
    for link in children(entry, "link"):
        target = link.get("href") or text_of(link).strip()
        if target and link.get("rel", "alternate") in ("alternate", "via", "related", "enclosure"):
            found.append((0 if "cap" in link.get("type", "") else 1, target))
    return [min(found)[1]] if found else []


def _report_missing(documents: Sequence[Document], source: Source, rows: Rows) -> int:
    """How many alerts of the index could not be had: each is a quarantined row: it was there, and it is not shown."""
    there = {document.url for document in documents}
    named, most = _named(documents[0], source), _most_links(source)
    missing = [url for url in named[:most] if url not in there]
    for url in missing:
        rows.refuse("index", "the linked alert could not be fetched", url)
    beyond = max(0, len(named) - most)
    if beyond:
        rows.refuse("index", f"{beyond} older alerts were not asked for (options.max_links: {most})", named[most])
    return len(missing) + beyond


def _updated(root: etree._Element, moment: datetime) -> datetime | None:
    channel = next(children(root, "channel"), root)
    for name in ("updated", "lastBuildDate", "pubDate", "sent"):
        try:
            return read_moment(child_text(channel, name), moment)
        except ValueError:
            continue
    return None


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
