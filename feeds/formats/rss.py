"""News: RSS 0.9 to 2.0, RSS 1.0 (RDF) and Atom, well-formed or not.

An item's own words are those of RSS, Atom and Dublin Core; elements of other vocabularies that are called alike (Media
RSS's ``media:title``, ``media:content``) speak of pictures and are not taken for them. An item without a title is
headed by the first words of its text. A date that cannot be read costs only the date, and is counted.

``fields`` may add to or replace what is read by itself: it maps an Article's field to the name of an element of the
item, with or without prefix (``town = "dc:subject"``). An element that comes several times fills a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from feeds.base.errors import FormatError
from feeds.formats._decode import decode
from feeds.formats._links import join
from feeds.formats._moments import read_moment
from feeds.formats._rows import Rows
from feeds.formats._xml import name_of, namespace_of, read_xml, text_of, xml_text
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Article, stable_id
from feeds.source import Source
from feeds.text import clean, from_html

NAME = "rss"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DUBLIN_CORE = "http://purl.org/dc/"
_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_HEADLINE = 36
_CLAUSE = re.compile(r"[。！？!?；;…\n]|\.(?=\s|$)")
_PAUSE = re.compile(r"[，、：,:—]|\s")
_CLOSING = "”’」』》）)】"
_DATES = ("published", "pubDate", "date", "issued", "created", "updated", "modified")
_SKEW = timedelta(days=1)
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Article records in the feed's order. Raises FormatError when it is no feed."""
    if not documents:
        raise FormatError("rss: no document")
    rows = Rows(source, Article, moment, markup=False)
    updated, shape = None, set[str]()
    for document in documents:
        made, names = _read(document, source, rows, moment)
        updated = updated or made
        shape |= names
    return rows.parsed(updated, shape=shape)


def _read(document: Document, source: Source, rows: Rows, moment: datetime) -> tuple[datetime | None, set[str]]:
    """Add one document's items; when it was made, and what its items have."""
    root, note = read_xml(document, encoding=source.encoding)
    channel = _channel(root)
    items = _items(root)
    if note:
        rows.problem("document", note)
    if note and not items:
        _parse_loosely(document, source, rows)
        if not rows.records:
            raise FormatError(f"rss: {note}")
        return None, set()
    base = channel.get(_XML_BASE) or _text(channel, "link") or document.url
    for number, item in enumerate(items, 1):
        row, undated = _row(item, join(document.url, base) or document.url, source, moment)
        if rows.add(f"item {number}", row) and undated:
            rows.problem(f"item {number}", f"shown without its date: {undated}", row["title"])
    return _updated(channel, moment), {name_of(child) for item in items[:20] for child in item}


def _channel(root: etree._Element) -> etree._Element:
    """The element that holds the feed's own title."""
    if name_of(root) == "feed":
        return root
    if name_of(root) in ("rss", "RDF"):
        return next(_own(root, "channel"), root)
    if name_of(root) == "channel":
        return root
    raise FormatError(f"rss: found <{name_of(root)}>, expected <rss>, <rdf:RDF> or <feed>")


def _items(root: etree._Element) -> list[etree._Element]:
    wanted = "entry" if name_of(root) == "feed" else "item"
    return [element for element in root.iter() if name_of(element) == wanted]


def _updated(channel: etree._Element, moment: datetime) -> datetime | None:
    for name in ("updated", "lastBuildDate", "pubDate", "date", "modified"):
        try:
            return read_moment(_text(channel, name), moment)
        except ValueError:
            continue
    return None


def _own(item: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of this name that speak of the item: in its own namespace or none, then Atom's, Dublin Core's."""
    found = [child for child in item if name_of(child) == name]
    mine = ("", namespace_of(item))
    yield from (child for child in found if namespace_of(child) in mine)
    for others in (_ATOM, (_DUBLIN_CORE,)):
        yield from (
            child for child in found if namespace_of(child) not in mine and namespace_of(child).startswith(others)
        )


def _text(item: etree._Element, name: str) -> str:
    """The text of the first of the item's own children of this name that has any."""
    return next((text for child in _own(item, name) if (text := text_of(child).strip())), "")


def _row(item: etree._Element, base: str, source: Source, moment: datetime) -> tuple[dict[str, Any], str]:
    """The item's fields, and why it has no date ("" when it has one, or names none)."""
    link = _link(item, item.get(_XML_BASE) or base)
    summary, body = _texts(item)
    title = _title(item) or headline(body or summary)
    identity = _text(item, "guid") or _text(item, "id") or link or title
    published, undated = _published(item, moment)
    row: dict[str, Any] = {
        "id": stable_id("article", identity),
        "title": title,
        "summary": summary,
        "body": body,
        "published": published,
        "tag": _category(item),
        "link": link,
    }
    for field, name in source.fields.items():
        row[field] = _mapped(item, name)
    return row, undated


def _title(item: etree._Element) -> str:
    """The headline as text. One that is nothing but markup is shown as it was written: it was meant as words."""
    for element in _own(item, "title"):
        raw = text_of(element)
        words = clean(from_html(raw, limit=2_000_000), limit=20_000) or clean(raw)
        if words:
            return words
    return ""


def headline(text: str) -> str:
    """The first words of a text that has no headline: its first sentence without the full stop, or as many whole
    clauses of it as stand on a line, else whole words, with an ellipsis."""
    first = clean(text.strip().partition("\n")[0])
    ends = _CLAUSE.search(first)
    while ends and not first[: ends.start()].strip():
        first = first[ends.end() :].lstrip()
        ends = _CLAUSE.search(first)
    if ends:
        stop = ends.end()
        while stop < len(first) and first[stop] in _CLOSING:
            stop += 1
        first = first[:stop]
    if len(first) <= _HEADLINE:
        return first.rstrip("。.；;")
    pauses = [found.start() for found in _PAUSE.finditer(first, 0, _HEADLINE)]
    cut = pauses[-1] if pauses and pauses[-1] >= 6 else _HEADLINE - 1
    return first[:cut].rstrip("，、：,:— ") + "…"


def _texts(item: etree._Element) -> tuple[str, str]:
    """The summary as one line and the body as paragraphs; one of them made from the other where only one came."""
    short = _first(e for name in ("description", "summary") for e in _own(item, name))
    full = _first(e for e in item if name_of(e) == "encoded" and namespace_of(e) == _CONTENT)
    if full is None:
        full = _first(_own(item, "content"))
    body = from_html(_markup(full)) or from_html(_markup(short))
    summary = clean(from_html(_markup(short), limit=2_000), limit=600) or clean(body, limit=600)
    return summary, body


def _first(elements: Iterable[etree._Element]) -> etree._Element | None:
    """The first that holds anything, else the first."""
    found = list(elements)
    return next((e for e in found if len(e) or (e.text or "").strip()), found[0] if found else None)


def _markup(element: etree._Element | None) -> str:
    """The element's content as HTML; Atom's XHTML is written out again (RFC 4287, 3.1.1.3)."""
    if element is None:
        return ""
    if element.get("type") == "xhtml" or (len(element) and not (element.text or "").strip()):
        return str(etree.tostring(element, encoding="unicode", with_tail=False))
    text = text_of(element)
    return text.replace("&", "&amp;").replace("<", "&lt;") if element.get("type") == "text" else text


def _link(item: etree._Element, base: str) -> str:
    """Where the article is on the web, as an absolute http address; "" when there is none."""
    for element in _own(item, "link"):
        target = element.get("href") or text_of(element).strip()
        if target and element.get("rel", "alternate") == "alternate":
            return _web(base, target)
    guid = next(_own(item, "guid"), None)
    if guid is not None and guid.get("isPermaLink", "true") == "true":
        return _web(base, text_of(guid).strip())
    return ""


def _web(base: str, target: str) -> str:
    address = join(base, target)
    return clean(address, limit=600) if address.startswith(("http://", "https://")) and len(address) <= 600 else ""


def _published(item: etree._Element, moment: datetime) -> tuple[datetime | None, str]:
    """When the item was published, or why that is not known; a date in the days to come is a clock that runs ahead, and
    would stay on top."""
    reason = ""
    for name in _DATES:
        written = _text(item, name)
        try:
            found = read_moment(written, moment) if written else None
        except ValueError as error:
            reason = reason or f"{name}: {error}"
            continue
        if found is not None:
            return (found, "") if found <= moment + _SKEW else (None, f"{name}: {written[:60]!r} is still to come")
    return None, reason


def _category(item: etree._Element) -> str:
    """The first category, by Atom's label or term, RSS's text or Dublin Core's subject."""
    for name in ("category", "subject"):
        for element in _own(item, name):
            words = clean(element.get("label") or element.get("term") or text_of(element), limit=200)
            if words:
                return words
    return ""


def _mapped(item: etree._Element, name: str) -> list[str] | str:
    """The texts of the item's elements called ``name``; a prefix must then be the document's own."""
    prefix, _, local = name.rpartition(":")
    texts = [
        text_of(e).strip() or e.get("term", "") for e in item
        if name_of(e) == local and (not prefix or e.prefix == prefix)
    ]  # fmt: skip
    return texts[0] if len(texts) == 1 else texts


def _parse_loosely(document: Document, source: Source, rows: Rows) -> None:
    """Last resort for what no XML parser can follow. feedparser gets text, never an address that it might open."""
    import feedparser

    text = xml_text(document, encoding=source.encoding) or decode(document.body)
    found = feedparser.parse(text.encode(), response_headers={"content-type": "application/xml; charset=utf-8"})
    for number, entry in enumerate(_entries(found), 1):
        link = _web(document.url, str(entry.get("link", "")))
        body = from_html(str(entry.get("summary", "")))
        title = clean(from_html(str(entry.get("title", "")))) or headline(body)
        rows.add(
            f"item {number}",
            {
                "id": stable_id("article", str(entry.get("id") or link or title)),
                "title": title,
                "summary": clean(body, limit=600),
                "body": body,
                "published": entry.get("published") or None,
                "link": link,
            },
        )


def _entries(found: Any) -> Iterable[Any]:
    return found.get("entries", [])  # type: ignore[no-any-return]


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """A feed by its root element; what it holds may make it another format's."""
    return Evidence(certainty=0.7) if glance.root in ("rss", "rdf", "feed", "channel") else None
