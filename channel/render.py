"""A page for one estate and one profile: view, layout, paint. The same inputs give the same bytes.

Inputs are the snapshots, the line-up, the estate, the profile, theme, fonts and a moment that is passed in. Layout and
paint are remembered by the hash of their content, so what a view says again is not painted again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple, TypeAlias

import msgspec

from channel.asking import Asker, unsaid, until_of
from channel.fingerprint import engine
from channel.folder import Channel, every_family
from channel.heading import SourceWords, heading, source_line, told
from channel.keys import framed, key_of
from channel.kits import Kit, Painted
from channel.lineup import Page
from channel.memory import Memory, Slot
from channel.paint.output import PaintedDocument, Rendered, sized
from channel.paint.pictures import PictureOf, item_of, look_of
from channel.paint.script import script_documents
from channel.profiles import Profile, document_key
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.reframe import reframed
from channel.screen.rows import Rows
from channel.screen.screen import Screen
from channel.screen.templates import Head, Layouts
from channel.terminals import Terminals
from channel.views.content import Album, Body, Content, Item, no_album, observed
from channel.views.words import item_words, words_of
from feeds.base.errors import NotFound, RenderError
from feeds.source import Snapshot

_COMPOSED = 32
"""Pages laid out that are kept for the next profile of the same geometry."""
_MOST_ITEMS = 64 << 20
"""Bytes of painted items that are kept for the next time."""


_SAID: Slot[tuple[Content, Item | None, bytes]] = Slot("hashes of what is said", 256)
"""By identity, with what is identified: families of boxes are painted one after another from the same object."""
_LOOKS: Slot[str] = Slot("looks", 64)
_Laid: TypeAlias = tuple[object, ...]
"""All that Screens are laid out from."""


class _Items(NamedTuple):
    """The items of a page as they were last painted, from which content and with which lines in their headers; their
    size in bytes."""

    items: tuple[Item, ...]
    source: tuple[SourceWords, ...]
    painted: list[Painted]
    size: int


class Renderer:
    """Renders the pages of a channel. Not for use by several threads at once; every process makes its own.

    ``remembered`` bounds how many painted pages and items are kept.
    """

    def __init__(self, channel: Channel, *, remembered: int = 128) -> None:
        self.channel = channel
        self._layouts = Layouts(channel.layouts, channel.say)
        self.profiles = every_family(channel)
        self._kits: dict[str, Kit] = {}
        self._painted: OrderedDict[tuple[object, ...], Painted] = OrderedDict()
        self._remembered = remembered
        self._composed: OrderedDict[tuple[_Laid, bool], list[Screen]] = OrderedDict()
        self._rows: dict[str, Rows] = {}
        self._last_items: OrderedDict[tuple[str, str], _Items] = OrderedDict()
        self._memory = Memory()
        self._asker = Asker(channel, self._memory)

    def page(
        self,
        number: str,
        estate: str,
        profile: str,
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        *,
        items: bool = True,
        album: Album = no_album,
    ) -> Rendered:
        """Page ``number`` for ``estate`` (``district`` for a box whose estate is not known) and ``profile``.

        ``snapshots`` go by source id. A district page ignores the estate. Without ``items`` only the page's own
        screens are painted: its items are the same for every estate. Raises NotFound for names that are not
        there and RenderError when a layout goes wrong.
        """
        page = self.channel.lineup.page(number)
        content = self.content(page, estate, snapshots, moment)
        day = self.channel.say.day_of(moment)
        return self.painted(number, estate, profile, content, day, items=items, album=album)

    def painted(
        self,
        number: str,
        estate: str,
        profile: str,
        content: Content,
        day: date,
        *,
        items: bool = True,
        most: int = 0,
        said: bytes = b"",
        album: Album = no_album,
    ) -> Rendered:
        """What page ``number`` says for ``estate``, painted for ``profile``; ``day`` is the district's, by which the
        header says 昨天 or a date; ``said`` is the hash of the content's words, where it is known; ``album`` has the
        pictures that it names by their hashes. The same arguments give the same bytes. Raises as ``page`` does, and
        RenderError when the page's own screens are more than ``most`` (0: any number)."""
        page = self.channel.lineup.page(number)
        kit = self._kit(profile)
        # What says nothing of the estate is one artefact for all that are told the same.
        own = self._paint(page, content, None, kit, day, estate if content.place else "", album, most, said)
        parts = [own, *(self._items(page, content, kit, day, album) if items else ())]
        return _rendered(page, parts, until_of(content, day, self.channel.say))

    def item(
        self,
        number: str,
        profile: str,
        item: Item,
        day: date,
        *,
        most: int = 0,
        said: bytes = b"",
        album: Album = no_album,
    ) -> Rendered:
        """One ``item`` of page ``number`` alone, which says whose data it shows. Raises as ``painted`` does."""
        page = self.channel.lineup.page(number)
        painted = self._paint(page, unsaid(self.channel.say), item, self._kit(profile), day, "", album, most, said)
        return _rendered(page, [painted], None)

    def content(self, page: Page, estate: str, snapshots: Mapping[str, Snapshot], moment: datetime) -> Content:
        """What the page's view says, asked once for all profiles. Raises NotFound for an estate that is not there."""
        return self._asker.content(page, estate, snapshots, moment)

    def screens(
        self,
        number: str,
        estate: str,
        profile: str,
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        item: str = "",
    ) -> list[Screen]:
        """The Screens of a page, or of one of its items: for tools that look at geometry and focus."""
        content = self.content(self.channel.lineup.page(number), estate, snapshots, moment)
        return self.laid(number, profile, content, self.channel.say.day_of(moment), item)

    def laid(self, number: str, profile: str, content: Content, day: date, item: str = "") -> list[Screen]:
        """The Screens of what page ``number`` says, or of one of its items. Raises as ``page`` does."""
        page = self.channel.lineup.page(number)
        found = next((i for i in content.items if i.id == item), None)
        if item and found is None:
            raise NotFound(f"item: found {item!r}, which is not on page {number}")
        kit = self._kit(profile)
        head = heading(self.channel, page, content, found, kit.profile, kit.geometry, day)
        layout, body = (found.layout, found.body) if found else (page.layout, content.body)
        return self._compose(page, layout, body, head, kit, ())

    def load_layouts(self) -> None:
        """Read every layout for every geometry of the channel's profiles now, not when a page needs it."""
        self._layouts.load(self._kit(profile).geometry for profile in self.profiles)

    def scripts(self, profile: str) -> tuple[PaintedDocument, ...]:
        """The scripts that every page of ``profile`` names; none for boxes that run none. Raises NotFound."""
        return script_documents(self._profile(profile), list(self.channel.lineup.pages), self.channel.say)

    def unavailable(self, number: str, profile: str, item: str = "") -> Rendered:
        """A plain screen with a way back, for a page that cannot be shown, or for one of its items."""
        page = self.channel.lineup.page(number)
        plain = msgspec.structs.replace(page, layout="list", red=None, green=None)
        content = unsaid(self.channel.say)
        found = Item(id=item, title=page.title, layout="list", body=content.body) if item else None
        return _rendered(page, [self._paint(plain, content, found, self._kit(profile), None, "", no_album)], None)

    @cached_property
    def terminals(self) -> Terminals:
        """What paints the same pages for phones and programs."""
        return Terminals(self.channel)

    @cached_property
    def fingerprint(self) -> str:
        """The hash of all that bytes depend on besides their inputs: the engine, and the templates that the channel
        brings in place of ours."""
        return hashlib.blake2b(framed((engine().encode(), self._layouts.fingerprint())), digest_size=16).hexdigest()

    def _items(self, page: Page, content: Content, kit: Kit, day: date, album: Album) -> list[Painted]:
        """The page's items, which are the same for every estate: painted once while view and header say the same."""
        lines = dict.fromkeys(told(content, item) for item in content.items)
        source = tuple(source_line(line, day, self.channel.say, short=kit.geometry.frame["short"]) for line in lines)
        key = (page.number, kit.profile.id)
        last = self._last_items.pop(key, None)
        if last is None or last.items is not content.items or last.source != source:
            painted = [self._paint(page, content, item, kit, day, "", album) for item in content.items]
            last = _Items(content.items, source, painted, sum(sized(p.documents, p.assets) for p in painted))
        self._last_items[key] = last
        while sum(known.size for known in self._last_items.values()) > _MOST_ITEMS and len(self._last_items) > 1:
            self._last_items.popitem(last=False)
        return last.painted

    def _paint(
        self,
        page: Page,
        content: Content,
        item: Item | None,
        kit: Kit,
        day: date | None,
        estate: str,
        album: Album,
        most: int = 0,
        said: bytes = b"",
    ) -> Painted:
        """The documents of the page's own screens, or of one of its items; remembered by all that they show."""
        head = heading(self.channel, page, content, item, kit.profile, kit.geometry, day)
        layout, body = (item.layout, item.body) if item else (page.layout, content.body)
        ident = item.id if item else ""
        seen = observed(told(content, item))
        laid = (layout, body, head.still, kit.geometry.name)
        pictures = self._pictures(page, content, item, kit, day, said)
        key = (laid, kit.profile.id, ident, estate, seen, pictures)
        known = self._painted.get(key)
        if known is not None:
            self._painted.move_to_end(key)
            return known
        screens = self._compose(page, layout, body, head, kit, laid)
        if most and len(screens) > most:
            raise RenderError(f"{page.number}: found {len(screens)} screens, expected at most {most}")
        sheets = kit.paint(screens, ident, head, seen, estate, pictures, album)
        self._painted[key] = sheets
        if len(self._painted) > self._remembered:
            self._painted.popitem(last=False)
        return sheets

    def _pictures(
        self, page: Page, content: Content, item: Item | None, kit: Kit, day: date | None, said: bytes
    ) -> str:
        """What the names of these screens' own pictures begin with: all that they are painted from."""
        if not said:
            known = self._memory.of(_SAID).get(
                (id(content), id(item)),
                lambda: (content, item, key_of(item_words(item, content) if item else words_of(content))),
            )
            said = known[2]
        return PictureOf(said, item_of(item.id if item else ""), day, page.number, self.look(kit.profile.id)).prefix

    def look(self, profile: str) -> str:
        """What names a family's look in the names of pictures: its document key, the engine, the declarations."""
        family = document_key(self._profile(profile)).encode()
        return self._memory.of(_LOOKS).get(
            family, lambda: look_of(framed((family, engine().encode(), self.channel.digest.encode())))
        )

    def _compose(self, page: Page, layout: str, body: Body, head: Head, kit: Kit, key: _Laid) -> list[Screen]:
        """The Screens, which profiles of one geometry share while they differ in nothing that is laid out: in nothing
        that ``key`` names (empty: they are not remembered) but a clock in the header."""
        turned = self._composed.get((key, not head.clock))
        known = self._composed.get((key, head.clock)) or self._turned(turned, head, kit)
        if known is None:
            markup = self._layouts.markup(layout, body, head, kit.geometry)
            known = compose(markup, kit.geometry, page=page.number, title=head.title, rows=self._rows_of(kit))
        if key:
            self._composed[key, head.clock] = known
            if len(self._composed) > _COMPOSED:
                self._composed.popitem(last=False)
        return known

    def _turned(self, screens: list[Screen] | None, head: Head, kit: Kit) -> list[Screen] | None:
        """``screens`` with the header ``head`` in place of the same with (or without) a clock."""
        if screens is None:
            return None
        old, new = (self._layouts.header(one, kit.geometry) for one in (head.turned, head))
        return reframed(screens, old, new, kit.geometry, self._rows_of(kit))

    def _rows_of(self, kit: Kit) -> Rows:
        return self._rows.setdefault(kit.geometry.name, Rows())

    def _kit(self, profile: str) -> Kit:
        """What paints for ``profile``: one kit for all profiles whose documents are the same bytes."""
        kit = self._kits.get(profile)
        if kit is None:
            found = self._profile(profile)
            key = document_key(found)
            kit = next((known for known in self._kits.values() if document_key(known.profile) == key), None)
            kit = kit or Kit(self.channel, found, load_geometry(found.metrics, self.channel.layouts), self._memory)
            self._kits[profile] = kit
        return kit

    def _profile(self, name: str) -> Profile:
        if name not in self.profiles:
            raise NotFound(f"profile: found {name!r}, expected one of: {', '.join(self.profiles)}")
        return self.profiles[name]


def _rendered(page: Page, parts: list[Painted], until: datetime | None) -> Rendered:
    documents: list[PaintedDocument] = [document for part in parts for document in part.documents]
    return Rendered(
        page=page.number,
        scope=page.scope,
        documents=tuple(documents),
        assets={name: asset for part in parts for name, asset in part.assets.items()},
        findings=tuple(finding for part in parts for finding in part.findings),
        valid_until=until,
    )
