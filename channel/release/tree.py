"""A release: the record that everything hangs on, the names under it, and its maps.

::

    root -> page -> page map (estate -> entry, item -> content) -> books (content -> its words)

Two such trees stand side by side: ``contents``, and ``warnings`` (pages that show alerts), which is looked at first. So
an alert goes on air, and a release is rolled back, without touching a single map of the other tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from channel.keys import key_of
from channel.memory import Shelf
from channel.release.contents import PageMap, decode_map, read_book
from channel.release.objects import BOOK, MAP, Objects
from feeds.base.errors import StoreError

FORMAT = 2
"""Of the record. The first held what pages look like; such a store is built anew."""
MOST_BOOKS = 48
"""Books that stay open in memory: a megabyte each at most."""
MAPS = 256
"""Decoded maps that stay in memory, unless it is said otherwise: those of a release and of an hour's ticks. The 87 of
818 estates are ten megabytes."""
_NAME = re.compile(
    r"(?P<page>[0-9]{3})(?:-[0-9]{1,2})?\.[a-z]{1,8}|i/(?P<of>[0-9]{3})\.(?P<item>[a-z0-9]{1,24})(?:-[0-9]{1,2})?\.[a-z]{1,8}"
)
_UNIT = re.compile(r"[0-9]{3}(?:\.[a-z0-9]{1,24})?")

Layer = Literal["pages", "alerts"]
LAYERS: tuple[Layer, ...] = ("alerts", "pages")
"""In the order in which they are asked."""

T = TypeVar("T")


class Unit(NamedTuple):
    """A page, or one of its items; what an editor takes down."""

    page: str
    item: str = ""

    def __str__(self) -> str:
        return f"{self.page}.{self.item}" if self.item else self.page


def unit_of(name: str) -> Unit | None:
    """``201`` for ``201-2.html``, ``201.h17`` for ``i/201.h17.html``; None for a name that no page has."""
    match = _NAME.fullmatch(name)
    return match and Unit(match["page"] or match["of"], match["item"] or "")


def is_unit(text: str) -> bool:
    """Whether ``text`` is a page or an item as a ``Unit`` is written."""
    return _UNIT.fullmatch(text) is not None


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A release: the record in ``releases/{id}``. Keys of maps are 32 hex digits.

    ``action`` says what made it (``build``, ``alerts``, ``rollback``, ``resume``, ``takedown``, ``putback``,
    ``repair``), ``base`` the release that its pages were taken from, ``published`` unix seconds. ``inputs`` names what
    it was made by (declarations, engine). ``units`` are the pages and items that are taken down. ``contents`` (and
    ``warnings``, those that show alerts) lead to what the pages say, ``declared`` to the declarations that they were
    said by, ``answers`` to what ``alert.json`` is.
    """

    format: int = FORMAT
    seq: int
    id: str
    published: float
    action: str
    base: str = ""
    note: str = ""
    inputs: dict[str, str] = {}
    contents: dict[str, str] = {}
    warnings: dict[str, str] = {}
    declared: str = ""
    answers: str = ""
    units: tuple[str, ...] = ()

    def said(self, layer: Layer) -> dict[str, str]:
        """Page -> key of its map of contents."""
        return self.warnings if layer == "alerts" else self.contents

    def map_of(self, page: str) -> str:
        """The key of what a page says, empty where it says nothing; alerts come first."""
        return self.warnings.get(page) or self.contents.get(page, "")

    def named(self, seq: int) -> Root:
        """The same tree as release number ``seq``: ``r000017-3fa9c2``."""
        tree = msgspec.json.encode([getattr(self, name) for name in TREE], order="sorted")
        return msgspec.structs.replace(self, seq=seq, id=f"r{seq:06d}-{key_of(tree).hex()[:6]}")

    def encode(self) -> bytes:
        """The record: one line of JSON, one line with its checksum."""
        line = msgspec.json.encode(self, order="sorted")
        return line + b"\n" + key_of(line).hex().encode() + b"\n"


TREE = ("contents", "warnings", "declared", "answers", "units")
"""The fields by which releases differ for those who see them."""


def decode_root(data: bytes, where: str) -> Root:
    """The inverse of ``Root.encode``. Raises StoreError when the record is torn, was changed, or is of another
    format."""
    line, _, check = data.partition(b"\n")
    if check != key_of(line).hex().encode() + b"\n":
        raise StoreError(f"{where}: the record is damaged", hint="run `channel repair`")
    try:
        root = msgspec.json.decode(line, type=Root)
    except msgspec.MsgspecError:
        raise StoreError(f"{where}: not the record of a release", hint="run `channel repair`") from None
    if root.format != FORMAT:
        raise StoreError(f"{where}: format {root.format}, expected {FORMAT}", hint="build the channel anew")
    return root


class Maps:
    """Decoded maps by key. They never change, so what was decoded once serves every release that contains it."""

    def __init__(self, objects: Objects, room: int = MAPS) -> None:
        self._objects = objects
        self._room = room
        self._kept: dict[bytes, Any] = {}
        self._books: Shelf[dict[bytes, bytes]] = Shelf(MOST_BOOKS)
        self._answers = msgspec.msgpack.Decoder(dict[str, bytes]).decode

    def answers(self, key: bytes) -> dict[str, bytes]:
        """Estate -> alert answer."""
        return self._load(key, self._answers)

    def page(self, key: bytes) -> PageMap:
        """What a page says."""
        return self._load(key, decode_map)

    def book(self, key: bytes) -> dict[bytes, bytes]:
        """The words in a book, by hash."""
        return self._books.get(key, lambda: read_book(self._objects.get(BOOK, key)))

    def _load(self, key: bytes, decode: Callable[[bytes], T]) -> T:
        found: T | None = self._kept.get(key)
        if found is None:
            found = decode(self._objects.get(MAP, key))
            if len(self._kept) >= self._room:
                # Half of them go, oldest first: a dict keeps its order and one pass costs less than an LRU's every hit.
                for old in list(self._kept)[: self._room // 2]:
                    self._kept.pop(old, None)
            self._kept[key] = found
        return found
