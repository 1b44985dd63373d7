"""What the pages of a release say: contents by hash, told apart from how they look.

::

    root -> page -> page map (estate -> entry, item -> content) -> books (content -> its words)

A page map is of one page and all estates, so a minute's tick writes the maps of three pages and not of 818 estates.
Contents are kept in *books*: what one build said anew of a page, compressed together, for the pages of neighbours are
mostly the same words. A content's hash leaves out when it ends and what its items say: equal words are one object.
A picture that an item shows is a book of its own: it goes wherever the words go, and is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

import msgspec
import zstandard

from channel.estates import DISTRICT
from channel.release.objects import BOOK, MAP
from feeds.base.errors import StoreError

FORMAT = 1
"""Of page maps and of the words in books; a release in another one is not read."""
MOST_BOOKS = 6
"""So many books a page, or all that is still needed is written into one."""
LEVEL = 6

Add = Callable[[int, bytes], bytes]
"""Stores an object of a kind and gives its key."""
Get = Callable[[int, bytes], bytes]
"""Gives an object's bytes. Raises StoreError."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What an estate is told: the hash of its content, that of the content before it (empty: none), the district's day
    as the header knows it (proleptic ordinal), until when all that holds (unix seconds, 0 for ever), and whether the
    page names the estate: where it does not, estates that are told the same are shown the same bytes."""

    content: bytes
    before: bytes = b""
    day: int = 0
    until: int = 0
    placed: bool = False


class PageMap(msgspec.Struct, frozen=True, array_like=True):
    """A page of a release. ``where`` gives each content and picture that is needed the number of its book; items stand
    in the page's order."""

    format: int = FORMAT
    books: tuple[bytes, ...] = ()
    where: dict[bytes, int] = {}
    entries: dict[str, Entry] = {}
    items: dict[str, bytes] = {}
    pictures: tuple[bytes, ...] = ()
    """Those that the items show."""

    def entry(self, estate: str) -> Entry | None:
        """What ``estate`` is told; one without an entry of its own is told what the district is."""
        return self.entries.get(estate) or self.entries.get(DISTRICT)


class Told(NamedTuple):
    """What a scope is told: the hash of its words, whether they name the estate, the district's day, and until when
    all that holds."""

    key: bytes
    placed: bool
    day: date
    until: datetime | None


_encode = msgspec.msgpack.Encoder().encode
_decode_map = msgspec.msgpack.Decoder(PageMap).decode
_decode_book = msgspec.msgpack.Decoder(dict[bytes, bytes]).decode


def written(
    base: PageMap,
    told: Mapping[str, Told],
    items: Mapping[str, bytes] | None,
    new: Mapping[bytes, bytes],
    *,
    kept: Mapping[str, Entry] | None,
    add: Add,
    get: Get,
    failed: Collection[bytes] = (),
    pictures: Mapping[bytes, bytes] | None = None,
) -> PageMap:
    """``base`` with what was ``told`` by scope laid over it; of its other scopes those stay that are ``kept`` (None:
    all).

    ``items`` are the hashes of the page's items by id (None: those that it had), ``new`` the words of all that may not
    be known yet, by hash; what is new goes into a book of its own through ``add``. What ``failed`` its checks never
    becomes what stands in for what is said next. ``pictures`` are those that the items show, by hash, without the bytes
    of one that ``base`` has (None: those that it had).
    """
    entries = dict(base.entries if kept is None else kept)
    for scope, (key, placed, day, until) in told.items():
        was = base.entries.get(scope)
        before = b"" if was is None else was.before if was.content == key or was.content in failed else was.content
        before = b"" if before in failed else before
        entries[scope] = Entry(key, before, day.toordinal(), int(until.timestamp()) if until else 0, placed)
    shown = dict(base.items if items is None else items)
    needed = {key for entry in entries.values() for key in (entry.content, entry.before) if key} | set(shown.values())
    books, where = _books(base, new, needed, add, get)
    seen = tuple(sorted(base.pictures if pictures is None else pictures))
    for key in seen:
        known = base.where.get(key)
        where[key] = len(books)
        books += (base.books[known] if known is not None else add(BOOK, _book({key: (pictures or {})[key]})),)
    # In order of their names, whoever was asked first: the same words are the same map.
    where = dict(sorted(where.items()))
    return PageMap(books=books, where=where, entries=dict(sorted(entries.items())), items=shown, pictures=seen)


def without_lost(page: PageMap, get: Get) -> PageMap:
    """``page`` without the books that cannot be read, and without what only they held: what is said again is written
    again then, though it be the same."""
    lost = set()
    for number, key in enumerate(page.books):
        try:
            read_book(get(BOOK, key))
        except StoreError:
            lost.add(number)
    where = {key: number for key, number in page.where.items() if number not in lost}
    entries = {
        scope: msgspec.structs.replace(entry, before=entry.before if entry.before in where else b"")
        for scope, entry in page.entries.items()
        if entry.content in where
    }
    items = {name: key for name, key in page.items.items() if key in where}
    pictures = tuple(key for key in page.pictures if key in where)
    if not lost:
        return page
    return msgspec.structs.replace(page, where=where, entries=entries, items=items, pictures=pictures)


def _books(
    base: PageMap, new: Mapping[bytes, bytes], needed: set[bytes], add: Add, get: Get
) -> tuple[tuple[bytes, ...], dict[bytes, int]]:
    """The books that hold what is needed, and which holds what: those of before that are needed still, and one with
    what is new; one for all where they would be too many."""
    old = {key: number for key, number in base.where.items() if key in needed}
    fresh = {key: words for key, words in new.items() if key in needed and key not in old}
    kept = sorted(set(old.values()))
    if len(kept) + bool(fresh) > MOST_BOOKS:
        for number in kept:
            book = read_book(get(BOOK, base.books[number]))
            fresh.update((key, book[key]) for key in old if old[key] == number)
        old, kept = {}, []
    books = [base.books[number] for number in kept]
    where = {key: kept.index(number) for key, number in old.items()}
    if fresh:
        where.update(dict.fromkeys(fresh, len(books)))
        books.append(add(BOOK, _book(fresh)))
    return tuple(books), where


def _book(words: Mapping[bytes, bytes]) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL).compress(_encode(dict(sorted(words.items()))))


def encode_map(page: PageMap) -> bytes:
    """A page map as it is stored."""
    return zstandard.ZstdCompressor(level=3).compress(_encode(page))


def decode_map(data: bytes) -> PageMap:
    """The inverse of ``encode_map``. Raises StoreError for what is none, or of another format."""
    try:
        page = _decode_map(zstandard.ZstdDecompressor().decompress(data))
    except (msgspec.MsgspecError, zstandard.ZstdError):
        raise StoreError("contents: not the map of a page", hint="run `channel repair`") from None
    if page.format != FORMAT:
        raise StoreError(f"contents: format {page.format}, expected {FORMAT}", hint="build the channel anew")
    return page


def read_book(data: bytes) -> dict[bytes, bytes]:
    """The words in a book, by hash. Raises StoreError."""
    try:
        return _decode_book(zstandard.ZstdDecompressor().decompress(data))
    except (msgspec.MsgspecError, zstandard.ZstdError):
        raise StoreError("contents: not a book", hint="run `channel repair`") from None


def reachable(roots: Iterable[Mapping[str, str]], get: Get, seen: set[bytes]) -> Iterable[tuple[str, bytes, PageMap]]:
    """(page, key, map) of every page map named by ``roots`` (page -> key) that is not in ``seen``, which takes them
    in. Raises nothing: what cannot be read leads nowhere."""
    for pages in roots:
        for page, name in pages.items():
            key = bytes.fromhex(name)
            if key not in seen:
                seen.add(key)
                try:
                    yield page, key, decode_map(get(MAP, key))
                except StoreError:
                    continue
