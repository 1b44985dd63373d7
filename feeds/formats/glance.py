"""What a document looks like at first sight: cheap facts, each worked out once, when a format first asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from lxml import etree

from feeds.base.errors import FormatError
from feeds.formats._archives import SafeZip
from feeds.formats._columns import Mapped, mapped
from feeds.formats._decode import Decoded, read_text, start_of
from feeds.formats._json import read_json, read_json_text
from feeds.formats._vocabulary import Words, built_in
from feeds.formats._xml import name_of
from feeds.formats.base import Document

SAMPLE_ROWS = 200
_START = 2_000
_ARCHIVE = b"PK\x03\x04"
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c\x1d\x1f]")
_LABEL = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9._-]{1,40})[\"']")


class Glance:
    """Cheap facts about the start of ``document``.

    ``record`` and ``encoding`` are what the editor has said already, "" for nothing; ``words`` are the names of columns
    by field.
    """

    def __init__(
        self, document: Document, *, record: str = "", encoding: str = "", words: Words | None = None
    ) -> None:
        self.document = document
        self.record = record
        self.encoding = encoding
        self.words = words or built_in()

    @cached_property
    def label(self) -> str:
        """The encoding that the document, or else the transport, names."""
        found = _LABEL.search(self.document.body[:400])
        return found[1].decode("ascii") if found else self.document.charset

    @cached_property
    def decoded(self) -> Decoded:
        """The first 200 kB as text, and how sure its encoding is."""
        return read_text(start_of(self.document.body), declared=self.encoding, label=self.label)

    @cached_property
    def is_text(self) -> bool:
        """Whether it holds no control characters but those of texts: archives, workbooks and the like do."""
        wide = self.decoded.codec.startswith(("utf-16", "utf-32"))
        return wide or not _CONTROLS.search(self.document.body[:_START])

    @cached_property
    def start(self) -> str:
        """The first 2,000 characters, without blanks before them."""
        return self.decoded.text[: _START * 2].lstrip()[:_START]

    @cached_property
    def is_markup(self) -> bool:
        """Whether it starts like XML or HTML."""
        return self.start.startswith("<")

    @cached_property
    def root(self) -> str:
        """The name of the first element in small letters, without its prefix; "" when it is no markup."""
        if not self.is_markup:
            return ""
        found = re.search(r"<(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})", without_comments(self.decoded.text))
        return found[1].lower() if found else ""

    @cached_property
    def tree(self) -> etree._Element | None:
        """The elements of the first 200 kB, ill-formed or not; None when it is no markup."""
        if not self.is_markup:
            return None
        text = re.sub(r"^\s*<\?xml\b[^>]*\?>", "", self.decoded.text)
        parser = etree.XMLParser(
            encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True, collect_ids=False,
        )  # fmt: skip
        try:
            found = etree.fromstring(text.encode("utf-8", "replace"), parser)
        except etree.XMLSyntaxError:
            return None
        return found if found is not None and name_of(found) else None

    @cached_property
    def json(self) -> Any:
        """The value of a JSON document; None when it is none."""
        if self.start[:1] not in ("{", "["):
            return None
        try:
            return read_json(self.document, encoding=self.encoding)
        except FormatError:
            return None

    @cached_property
    def table(self) -> Mapping[str, Any]:
        """``json`` when it is an object; else nothing."""
        return self.json if isinstance(self.json, Mapping) else {}

    @cached_property
    def json_lines(self) -> tuple[Any, ...]:
        """The first values of a text with a JSON value on each line (or after each RS, RFC 8142); else nothing."""
        if self.start[:1] not in ("{", "\x1e") or self.json is not None:
            return ()
        lines = (line.strip("\x1e \r\t") for line in re.split(r"[\n\x1e]", self.decoded.text))
        found = []
        for line in islice((line for line in lines if line), SAMPLE_ROWS):
            try:
                found.append(read_json_text(line))
            except FormatError:
                break
        return tuple(found)

    @cached_property
    def members(self) -> frozenset[str]:
        """The names of the files in an archive, without their folders; nothing when it is no archive."""
        if not self.document.body.startswith(_ARCHIVE):
            return frozenset()
        try:
            with SafeZip(self.document.body) as archive:
                return frozenset(path.rpartition("/")[2] for path in archive.paths)
        except FormatError:
            return frozenset()

    @cached_property
    def name(self) -> str:
        """The last part of the document's address."""
        return self.document.url.partition("?")[0].partition("#")[0].removeprefix("file:").rpartition("/")[2]

    @cached_property
    def header(self) -> frozenset[str]:
        """The cells of the first line of a text, in small letters: the columns of a CSV."""
        line = self.start.partition("\n")[0] if self.is_text and not self.is_markup else ""
        return frozenset(cell.strip(" \r\"'").lower() for cell in re.split("[,;\t|]", line))

    def mapped(self, rows: Sequence[Any], default: str = "") -> Mapped:
        """What these rows seem to be, or the kind that the format takes them for."""
        known = [row for row in rows[:SAMPLE_ROWS] if isinstance(row, Mapping)]
        return mapped(known, self.words, self.record, default)


def without_comments(text: str) -> str:
    """The text before, between and after XML comments."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        parts.append(text[at:start])
        end = text.find("-->", start)
        if end < 0:
            return "".join(parts)
        at = end + 3
    return "".join([*parts, text[at:]])
