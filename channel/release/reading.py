"""A release as its readers see it: addresses in, artefacts out, maps loaded only when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from channel.estates import DISTRICT
from channel.release.artefact import Artefact
from channel.release.contents import Entry, read_content, read_item
from channel.release.tree import LAYERS, REMOTE, Denied, Layer, Maps, Root, group_of, layers_of, unit_of
from channel.views.content import Content, Item
from feeds.base.errors import NotFound, StoreError

NO_ALERT = b'{"id":"","level":"none","text":"","page":""}'
"""The alert answer of a release that knows nothing of alerts."""


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

    def __init__(self, root: Root, maps: Maps, denied: Denied) -> None:
        self.root = root
        self._maps = maps
        self._units = frozenset(denied.units)
        self._indices: dict[tuple[Layer, str], Mapping[str, bytes]] = {}

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
    def profiles(self) -> tuple[str, ...]:
        """The profiles that were built, in order of their names."""
        return tuple(sorted(self.root.pages.keys() | self.root.alerts.keys()))

    @property
    def has_pages(self) -> bool:
        """Whether anything but alerts was ever built: they go on air before the first page."""
        return bool(self.root.pages)

    def estates(self, profile: str) -> tuple[str, ...]:
        """The estates with pages of their own, and ``district``."""
        names = {name for layer in LAYERS for name in self._index(layer, profile)}
        return tuple(sorted(names))

    def entry(self, profile: str, estate: str, name: str) -> Artefact | None:
        """What ``/{profile}/{estate}/{name}`` is; None when the release does not have it or it was taken down.

        An estate without pages of its own sees the district's. Raises StoreError when a map is damaged.
        """
        group = group_of(name)
        if group is None or self.denies(name):
            return None
        for layer in layers_of(group):
            index = self._index(layer, profile)
            for scope in (estate, DISTRICT):
                key = index.get(scope)
                sheet = self._maps.scope(key).get(group) if key else None
                if sheet:
                    return self._maps.sheet(sheet).get(name)
        return None

    def denies(self, name: str) -> bool:
        """Whether the page or item behind ``name`` was taken down."""
        if not self._units:
            return False
        unit = unit_of(name)
        return unit in self._units or unit[:3] in self._units

    def paths(self, profile: str, estate: str, *, own: bool = False) -> Iterator[tuple[str, Artefact]]:
        """Every name that ``entry`` answers for this estate, with its artefact, in order of names within a page.

        With ``own`` only what the estate does not share with the district (for ``district`` that is everything).
        """
        for _, sheet in sorted(self.answering(profile, *((estate,) if own else (estate, DISTRICT))).items()):
            for name, artefact in self._maps.sheet(sheet).items():
                if not self.denies(name):
                    yield name, artefact

    def answering(self, profile: str, *scopes: str) -> dict[str, bytes]:
        """Group -> key of the sheet that answers for it where these scopes are asked, in this order."""
        found: dict[str, bytes] = {}
        for layer in LAYERS:
            for scope in scopes:
                found = {**self.groups(layer, profile, scope), **found}
        if REMOTE in found:
            found[REMOTE] = self.sheet_key("pages", profile, DISTRICT, REMOTE) or found[REMOTE]
        return found

    def said(self, page: str, estate: str) -> Entry | None:
        """What ``estate`` is told on a page, by hash; None when the release does not have the page, or it was taken
        down. Raises StoreError when a map is damaged."""
        key = self._contents_of(page)
        return self._maps.page(key).entry(estate) if key else None

    def content(self, page: str, key: bytes, until: int = 0, *, items: bool = True) -> Content:
        """The content of that hash on a page, with all items of the page that were not taken down, or without any.

        Raises NotFound when the page does not have it, StoreError when it cannot be read.
        """
        found = self._words(page, key)
        content = read_content(found, until)
        if not items:
            return content
        return msgspec.structs.replace(content, items=tuple(self.item(page, ident) for ident in self.item_ids(page)))

    def item_ids(self, page: str) -> tuple[str, ...]:
        """The ids of a page's items in the page's order, without those that were taken down."""
        key = self._contents_of(page)
        ids = self._maps.page(key).items if key else {}
        return tuple(ident for ident in ids if f"{page}.{ident}" not in self._units)

    def item(self, page: str, ident: str) -> Item:
        """An item of a page. Raises NotFound and StoreError."""
        known = self.item_key(page, ident)
        if known is None:
            raise NotFound(f"item: found {page}.{ident}, which release {self.id} does not have")
        return read_item(self._words(page, known))

    def item_key(self, page: str, ident: str) -> bytes | None:
        """The hash of an item; None when the page does not have it, or it was taken down. Raises StoreError."""
        key = self._contents_of(page)
        return self._maps.page(key).items.get(ident) if key and f"{page}.{ident}" not in self._units else None

    def _words(self, page: str, key: bytes) -> bytes:
        name = self._contents_of(page)
        found = self._maps.page(name) if name else None
        number = found.where.get(key) if found else None
        if found is None or number is None:
            raise NotFound(f"content: found {key.hex()}, which page {page} of release {self.id} does not have")
        words = self._maps.book(found.books[number]).get(key)
        if words is None:
            raise StoreError(f"content {key.hex()} is missing in its book", hint="run `channel repair`")
        return words

    def _contents_of(self, page: str) -> bytes | None:
        """The key of a page's map; alerts come first."""
        if page in self._units:
            return None
        name = self.root.warnings.get(page) or self.root.contents.get(page)
        return bytes.fromhex(name) if name else None

    def alert(self, estate: str) -> bytes:
        """The bytes of ``alert.json`` for an estate; one that is not known gets the district's."""
        answers = self._answers
        return answers.get(estate) or answers.get(DISTRICT) or NO_ALERT

    def assets(self) -> set[str]:
        """The names of all assets that the release's documents refer to."""
        names: set[str] = set()
        for profile in self.profiles:
            for estate in self.estates(profile):
                for _, artefact in self.paths(profile, estate, own=True):
                    names.update(artefact.assets)
        return names

    def items(self, profile: str, page: str) -> frozenset[str]:
        """The ids of a page's items, those that were taken down among them."""
        for layer in LAYERS:
            key = self.sheet_key(layer, profile, DISTRICT, f"i/{page}")
            if key:
                return frozenset(unit_of(name).partition(".")[2] for name in self._maps.sheet(key))
        return frozenset()

    def sheet_key(self, layer: Layer, profile: str, scope: str, group: str) -> bytes | None:
        """The key of one sheet of exactly that scope."""
        key = self._index(layer, profile).get(scope)
        return self._maps.scope(key).get(group) if key else None

    def groups(self, layer: Layer, profile: str, scope: str) -> Mapping[str, bytes]:
        """Group -> key of its sheet, of exactly that scope."""
        key = self._index(layer, profile).get(scope)
        return self._maps.scope(key) if key else {}

    def _index(self, layer: Layer, profile: str) -> Mapping[str, bytes]:
        found = self._indices.get((layer, profile))
        if found is None:
            key = self.root.layer(layer).get(profile)
            found = self._maps.index(bytes.fromhex(key)) if key else {}
            self._indices[layer, profile] = found
        return found

    @cached_property
    def _answers(self) -> Mapping[str, bytes]:
        return self._maps.index(bytes.fromhex(self.root.answers)) if self.root.answers else {}
