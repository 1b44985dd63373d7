"""A release as its readers see it: what each page says to whom, maps loaded only when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from channel.estates import DISTRICT
from channel.release.contents import Entry, PageMap
from channel.release.tree import Maps, Root
from channel.views.content import Content, Item
from channel.views.words import read_content, read_item
from feeds.base.errors import NotFound, StoreError

NO_ALERT = b'{"id":"","level":"none","text":"","page":""}'
"""The alert answer of a release that knows nothing of alerts."""

NOTHING_SAID = PageMap()


class ReleaseInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list of releases. ``on_air`` and ``built`` say which head it is."""

    id: str
    seq: int
    published: datetime
    action: str
    base: str
    note: str
    on_air: bool
    built: bool


class Release:
    """A whole channel at one moment; immutable. Safe to share between threads."""

    def __init__(self, root: Root, maps: Maps) -> None:
        self.root = root
        self._maps = maps
        self._units = frozenset(root.units)

    @property
    def id(self) -> str:
        """``r000017-3fa9c2``."""
        return self.root.id

    @property
    def seq(self) -> int:
        """Grows by one from release to release."""
        return self.root.seq

    @property
    def published(self) -> datetime:
        """When it was published, in UTC."""
        return self.moment_of(self.root)

    @staticmethod
    def moment_of(root: Root) -> datetime:
        """When ``root`` was published, in UTC."""
        return datetime.fromtimestamp(root.published, UTC)

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The pages that say something, in order of their numbers; without those that were taken down."""
        return tuple(sorted((self.root.contents.keys() | self.root.warnings.keys()) - self._units))

    @property
    def has_pages(self) -> bool:
        """Whether anything but alerts was ever said: they go on air before the first page."""
        return bool(self.root.contents)

    def warns(self, page: str) -> bool:
        """Whether a page shows alerts."""
        return page in self.root.warnings

    def denies(self, page: str, item: str = "") -> bool:
        """Whether the page, or its item, was taken down."""
        return page in self._units or (bool(item) and f"{page}.{item}" in self._units)

    @property
    def denied(self) -> frozenset[str]:
        """The pages and items that were taken down."""
        return self._units

    def map(self, page: str) -> PageMap:
        """All that a page says, to whom; an empty map when the release does not have the page, or it was taken down.
        Raises StoreError when the map is damaged."""
        key = self._contents_of(page)
        return self._maps.page(key) if key else NOTHING_SAID

    def said(self, page: str, estate: str) -> Entry | None:
        """What ``estate`` is told on a page, by hash; None when the release does not have the page, or it was taken
        down. Raises StoreError when a map is damaged."""
        return self.map(page).entry(estate)

    def content(self, page: str, key: bytes, until: int = 0, *, items: bool = True) -> Content:
        """The content of that hash on a page, with all items of the page that were not taken down, or without any.

        Raises NotFound when the page does not have it, StoreError when it cannot be read.
        """
        content = read_content(self.words(page, key), until)
        if not items:
            return content
        return msgspec.structs.replace(content, items=tuple(self.item(page, ident) for ident in self.item_ids(page)))

    def item_ids(self, page: str) -> tuple[str, ...]:
        """The ids of a page's items in the page's order, without those that were taken down."""
        return tuple(ident for ident in self.map(page).items if f"{page}.{ident}" not in self._units)

    def item(self, page: str, ident: str) -> Item:
        """An item of a page. Raises NotFound and StoreError."""
        known = self.item_key(page, ident)
        if known is None:
            raise NotFound(f"item: found {page}.{ident}, which release {self.id} does not have")
        return read_item(self.words(page, known))

    def item_key(self, page: str, ident: str) -> bytes | None:
        """The hash of an item; None when the page does not have it, or it was taken down. Raises StoreError."""
        return None if f"{page}.{ident}" in self._units else self.map(page).items.get(ident)

    def picture(self, page: str, key: str) -> bytes:
        """The bytes of a picture that an item of the page shows. Raises NotFound and StoreError."""
        return self.words(page, bytes.fromhex(key))

    def words(self, page: str, key: bytes) -> bytes:
        """The words of a content or an item by their hash. Raises NotFound and StoreError."""
        found = self.map(page)
        number = found.where.get(key)
        if number is None:
            raise NotFound(f"content: found {key.hex()}, which page {page} of release {self.id} does not have")
        words = self._maps.book(found.books[number]).get(key)
        if words is None:
            raise StoreError(f"content {key.hex()} is missing in its book", hint="run `channel repair`")
        return words

    def _contents_of(self, page: str) -> bytes | None:
        """The key of a page's map; alerts come first."""
        if page in self._units:
            return None
        name = self.root.map_of(page)
        return bytes.fromhex(name) if name else None

    def alert(self, estate: str) -> bytes:
        """The bytes of ``alert.json`` for an estate; one that is not known gets the district's."""
        answers = self._answers
        return answers.get(estate) or answers.get(DISTRICT) or NO_ALERT

    @cached_property
    def _answers(self) -> Mapping[str, bytes]:
        return self._maps.answers(bytes.fromhex(self.root.answers)) if self.root.answers else {}
