"""The tree of a release: names, maps and the root record.

::

    root -> per profile an index (estate -> scope map) -> scope map (group -> sheet) -> sheet (name -> Artefact)

Two such trees stand side by side: ``pages``, and ``alerts``, which is looked at first. So an alert goes on air, and a
release is rolled back, without touching a single map of the other tree. A *scope* is an estate or ``district``; a
*group* is a page's screens (``201``), its items (``i/201``), or the remote's script (``remote``, in the district's
scope). The first scope that has a group answers for it.

Both trees hold the script beside their pages, so none ever names one that is not there; that of ``pages`` answers, for
a rollback has to bring back the script that its pages were made with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from channel.memory import Shelf
from channel.release.artefact import Sheet, decode_sheet
from channel.release.contents import PageMap, decode_map, read_book
from channel.release.objects import BOOK, MAP, Objects, key_of
from feeds.base.errors import StoreError

MOST_BOOKS = 48
"""Books that stay open in memory: a megabyte each at most."""
REMOTE = "remote"
"""The group of the remote's script."""
_NAME = re.compile(
    r"(?P<screen>[0-9]{3})(?![0-9])|i/(?P<of>[0-9]{3})\.(?P<item>[a-z0-9]{1,24})(?![a-z0-9])|(?P<remote>remote)\.js\Z"
)
_UNIT = re.compile(r"[0-9]{3}(?:\.[a-z0-9]{1,24})?")

Layer = Literal["pages", "alerts"]
LAYERS: tuple[Layer, ...] = ("alerts", "pages")
"""In the order in which they are asked; the other way round for the script."""

Index = dict[str, bytes]
ScopeMap = dict[str, bytes]
T = TypeVar("T")


def group_of(name: str) -> str | None:
    """``201`` for ``201-2.html``, ``i/201`` for ``i/201.h17.html``, ``remote`` for the script; None for a name that
    no page has."""
    match = _NAME.match(name)
    return None if match is None else match["screen"] or match["remote"] or f"i/{match['of']}"


def page_of(group: str) -> str:
    """The page that a group is of; empty for the script, which is every page's."""
    return "" if group == REMOTE else group[-3:]


def layers_of(group: str) -> tuple[Layer, ...]:
    """The trees in the order in which they answer for a group."""
    return LAYERS[::-1] if group == REMOTE else LAYERS


def unit_of(name: str) -> str:
    """What an editor takes down to be rid of ``name``: page ``201`` or item ``201.h17``."""
    match = _NAME.match(name)
    if match is None or match["remote"]:
        return name
    return match["screen"] or f"{match['of']}.{match['item']}"


def is_unit(text: str) -> bool:
    """Whether ``text`` is a page or an item as ``unit_of`` writes them."""
    return _UNIT.fullmatch(text) is not None


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A release: the record in ``releases/{id}``. Keys of maps are 32 hex digits.

    ``action`` says what made it (``build``, ``alerts``, ``rollback``, ``resume``, ``takedown``, ``putback``,
    ``repair``), ``base`` the release that its pages were taken from, ``published`` unix seconds. ``inputs`` names
    the versions of what editors wrote (line-up, corrections). ``units`` are the pages and items that are taken down;
    ``denied`` is the key of the map that names their pictures too. ``contents`` (and ``warnings``, those that show
    alerts) lead to what the pages say, ``declared`` to the declarations that they were said by.
    """

    format: int = 1
    seq: int
    id: str
    published: float
    action: str
    base: str = ""
    note: str = ""
    inputs: dict[str, str] = {}
    pages: dict[str, str] = {}
    alerts: dict[str, str] = {}
    answers: str = ""
    denied: str = ""
    units: tuple[str, ...] = ()
    contents: dict[str, str] = {}
    warnings: dict[str, str] = {}
    declared: str = ""

    def said(self, layer: Layer) -> dict[str, str]:
        """Page -> key of its map of contents."""
        return self.warnings if layer == "alerts" else self.contents

    def layer(self, layer: Layer) -> dict[str, str]:
        """Profile -> key of its index."""
        return self.alerts if layer == "alerts" else self.pages

    def named(self, seq: int) -> Root:
        """The same tree as release number ``seq``: ``r000017-3fa9c2``."""
        parts = [self.pages, self.alerts, self.answers, self.denied, self.contents, self.warnings, self.declared]
        tree = msgspec.json.encode(parts, order="sorted")
        return msgspec.structs.replace(self, seq=seq, id=f"r{seq:06d}-{key_of(tree).hex()[:6]}")

    def encode(self) -> bytes:
        """The record: one line of JSON, one line with its checksum."""
        line = msgspec.json.encode(self, order="sorted")
        return line + b"\n" + key_of(line).hex().encode() + b"\n"


def decode_root(data: bytes, where: str) -> Root:
    """The inverse of ``Root.encode``. Raises StoreError when the record is torn or was changed."""
    line, _, check = data.partition(b"\n")
    if check != key_of(line).hex().encode() + b"\n":
        raise StoreError(f"{where}: the record is damaged", hint="run `channel repair`")
    try:
        return msgspec.json.decode(line, type=Root)
    except msgspec.MsgspecError:
        raise StoreError(f"{where}: not the record of a release", hint="run `channel repair`") from None


class Denied(msgspec.Struct, frozen=True):
    """What was taken down: units (``201``, ``201.h17``), and the keys of pictures that only they used."""

    units: tuple[str, ...] = ()
    assets: tuple[bytes, ...] = ()


class Maps:
    """Decoded maps by key. They never change, so what was decoded once serves every release that contains it."""

    def __init__(self, objects: Objects, room: int = 4096) -> None:
        self._objects = objects
        self._room = room
        self._kept: dict[bytes, Any] = {}
        self._books: Shelf[dict[bytes, bytes]] = Shelf(MOST_BOOKS)
        self._index = msgspec.msgpack.Decoder(dict[str, bytes]).decode
        self._denied = msgspec.msgpack.Decoder(Denied).decode

    def index(self, key: bytes) -> Index:
        """Estate -> key of its scope map, or estate -> alert answer."""
        return self._load(key, self._index)

    scope = index

    def sheet(self, key: bytes) -> Sheet:
        """Name -> artefact."""
        return self._load(key, decode_sheet)

    def denied(self, key: bytes) -> Denied:
        """What was taken down, with its pictures."""
        return self._load(key, self._denied)

    def page(self, key: bytes) -> PageMap:
        """What a page says."""
        return self._load(key, decode_map)

    def book(self, key: bytes) -> dict[bytes, bytes]:
        """The words in a book, by hash."""
        return self._books.get(key, lambda: read_book(self._objects.get(BOOK, key)))

    def raw(self, key: bytes) -> bytes:
        """A map's bytes, verified, without keeping them."""
        return self._objects.get(MAP, key)

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
