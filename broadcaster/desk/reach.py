"""What publishing a text changes: which pages, for how many estates, and where the text has a page of its own.

Views are pure, so every page that may change is asked twice, with the text and without it, for every estate that it is
for: what differs is what will change. Nothing is painted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from broadcaster.desk.correction import Correction
from broadcaster.desk.edits import WITH, WITHOUT, source_named
from broadcaster.desk.texts import Text
from broadcaster.desk.words import places_of
from broadcaster.preview.looks import Look
from broadcaster.preview.studio import Studio
from channel.asking import Asker
from channel.build.ledger import scopes_of
from channel.estates import DISTRICT
from channel.lineup import Page
from channel.memory import Memory, Shelf
from channel.views.content import Content, Item
from feeds.base.errors import ChannelError
from feeds.source import Snapshot

_KEPT = 64
_STEP = timedelta(minutes=5)
_ITEMS = 3
"""Pages of their own that one text's change is shown on."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A page, or one ``item`` of it, that says something else: for so many ``estates`` (0: it is one for all), such as
    ``estate``. It is ``new`` where there was none without the text, ``gone`` where there is none with it."""

    page: str
    title: str
    item: str = ""
    estates: int = 0
    estate: str = DISTRICT
    new: bool = False
    gone: bool = False


class Reach:
    """Works out what texts change. Safe to share among threads."""

    def __init__(self, studio: Studio) -> None:
        self._studio, self._channel = studio, studio.channel
        self._lock = threading.Lock()
        self._known: Shelf[tuple[Change, ...]] = Shelf(_KEPT)

    @staticmethod
    def moment(text: Text, now: datetime) -> datetime:
        """When its change is looked at: at its beginning, or now, to five minutes."""
        begun = now - (now - text.words.begins) % _STEP
        return max(text.words.begins, begun)

    def of(self, text: Text, now: datetime) -> tuple[Change, ...]:
        """The pages that it changes, each followed by those of its own."""
        source, moment = source_named(text.words, self._channel), self.moment(text, now)
        pages = [page for page in self._channel.lineup.pages.values() if source in page.sources.values()]
        names = {name for page in pages for name in page.sources.values()}
        without, given = (
            self._studio.latest(names, Look(moment, of=f"{of}{text.id}")) for of in (WITHOUT, WITH)
        )
        seen = tuple(sorted((said.source, said.digest) for said in (*without.values(), *given.values())))
        key = (text.id, text.revision, moment, seen)
        with self._lock:
            asker = Asker(self._channel, Memory())
            return self._known.get(
                key, lambda: tuple(c for page in pages for c in self._on(asker, page, text, moment, without, given))
            )

    def _on(
        self,
        asker: Asker,
        page: Page,
        text: Text,
        moment: datetime,
        without: Mapping[str, Snapshot],
        given: Mapping[str, Snapshot],
    ) -> Iterator[Change]:
        """What changes on a page; nothing on one that cannot say anything."""
        whom = frozenset(self._channel.estates if isinstance(text.words, Correction) else
                         places_of(text.words, self._channel.estates))  # fmt: skip
        told: dict[tuple[int, int], bool] = {}
        kept: list[Content] = []
        touched = []
        for scope in scopes_of(page, self._channel.estates):
            if scope != DISTRICT and scope not in whom:
                continue
            try:
                before, after = (asker.content(page, scope, said, moment) for said in (without, given))
            except ChannelError:
                continue
            kept += before, after  # or their bodies' identities would come again
            place = id(before.body), id(after.body)
            if place not in told:
                told[place] = _own(before) != _own(after)
            if told[place]:
                touched.append(scope)
        if touched:
            estates = [scope for scope in touched if scope != DISTRICT]
            one = next(iter(estates), DISTRICT)
            yield Change(page=page.number, title=page.title, estates=len(estates), estate=one)
        if kept:
            # Its items are the same for every estate.
            yield from _items(page, *kept[:2])


def _own(content: Content) -> Content:
    """What the page's own screens say."""
    return msgspec.structs.replace(content, items=(), valid_until=None)


def _items(page: Page, before: Content, after: Content) -> Iterator[Change]:
    """The pages of items that differ in more than their place among the others."""
    old, new = {item.id: item for item in before.items}, {item.id: item for item in after.items}
    differ = [name for name in {**old, **new} if _words(old.get(name)) != _words(new.get(name))]
    for name in differ[:_ITEMS]:
        item = new.get(name) or old[name]
        yield Change(page=page.number, title=item.title, item=name, new=name not in old, gone=name not in new)


def _words(item: Item | None) -> object:
    return item and (item.title, item.layout, item.body)
