"""XML from outside: no entities, no external DTD, no network, bounded depth; ill-formed text mended where it can be."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator

from lxml import etree

from feeds.base.errors import FormatError
from feeds.formats._decode import decode
from feeds.formats._json import kind_of_markup
from feeds.formats.base import Document

_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_LABEL = re.compile(rb"<\?xml[^<>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_BARE = re.compile(r"&(?!(#\d{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z_][\w.-]*);)")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ILLEGAL_REFERENCE = re.compile(r"&#(\d{1,7}|x[0-9A-Fa-f]{1,6});")
_MOST_MENDED = 5_000_000
"""Mending costs microseconds a character: an honest feed of this length is well-formed."""
_OWN = {"amp", "lt", "gt", "quot", "apos"}


def read_xml(document: Document, *, encoding: str = "") -> tuple[etree._Element, str]:
    """The root element, and what was wrong with the text ("" when it was well-formed).

    Raises FormatError when it is no XML, or declares entities.
    """
    text = xml_text(document, encoding=encoding)
    if not text.lstrip()[:1] == "<":
        raise FormatError("not XML: the document does not start with an element")
    try:
        return _root(text, recover=False), ""
    except etree.XMLSyntaxError as error:
        line, column = error.position
        note = f"not well-formed XML at line {line}, column {column}"
    if len(text) > _MOST_MENDED:
        raise FormatError(f"{note}, and too long to be mended")
    try:
        return _root(mend(text), recover=False), note
    except etree.XMLSyntaxError:
        pass
    try:
        return _root(mend(text), recover=True), note
    except etree.XMLSyntaxError:
        raise FormatError(f"{note}, and too broken to be mended") from None


def xml_text(document: Document, *, encoding: str = "") -> str:
    """The text of an XML document without its declaration, whose label has been weighed and is then spent."""
    label = _LABEL.search(document.body[:400])
    name = label[1].decode("ascii") if label else document.charset
    text = decode(document.body, declared=encoding, label=name)
    declaration = _DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def mend(text: str) -> str:
    """``text`` with HTML's named entities as characters, bare ampersands escaped, and illegal characters gone."""
    text = _ILLEGAL.sub("", text)
    text = _ILLEGAL_REFERENCE.sub(_legal_reference, text)
    text = _NAMED.sub(lambda m: m[0] if m[1] in _OWN else html.entities.html5.get(m[1] + ";", ""), text)
    return _BARE.sub("&amp;", text)


def _legal_reference(match: re.Match[str]) -> str:
    number = int(match[1][1:], 16) if match[1].startswith("x") else int(match[1])
    return match[0] if number < 0x110000 and not _ILLEGAL.match(chr(number)) else ""


def _root(text: str, *, recover: bool) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8", recover=recover, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )  # fmt: skip
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        raise FormatError(f"found {kind_of_markup(text.lstrip())}, expected elements")
    refuse_entities(root)
    return root


def refuse_entities(root: etree._Element) -> None:
    """Raises FormatError when the document's own DTD declares entities: nothing we gather needs them."""
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise FormatError("the document declares XML entities, which are refused")


def name_of(element: etree._Element) -> str:
    """The element's name without its namespace, cut to what a message can hold; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2][:100] if isinstance(tag, str) else ""


def namespace_of(element: etree._Element) -> str:
    """The element's namespace, or ""."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def text_of(element: etree._Element | None) -> str:
    """All text inside the element."""
    if element is None:
        return ""
    return "".join(part for part in element.itertext() if isinstance(part, str))


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The element's children of this name in any namespace."""
    return (child for child in element if name_of(child) == name)


def child_text(element: etree._Element, name: str) -> str:
    """The stripped text of the first child of this name, or ""."""
    return text_of(next(children(element, name), None)).strip()
