"""Saying: views asked for every touched page and scope, and what they say laid down in the next release."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from channel.asking import Asker, unsaid, until_of
from channel.build.ledger import scopes_of
from channel.build.planning import Task
from channel.build.report import Progress
from channel.build.withheld import NOTHING, Down
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.keys import key_of
from channel.paint.output import Finding
from channel.release import Changes, Release, Store
from channel.release.contents import PageMap, Told, decode_map, encode_map, read_book, without_lost, written
from channel.release.objects import BOOK, MAP
from channel.release.tree import Layer
from channel.views.content import Album, Content, Item, no_album, pictures_of, without_pictures
from channel.views.down import without
from channel.views.words import item_targets, item_words, words_of
from feeds.base.errors import ChannelError, NotFound, StoreError
from feeds.source import Snapshot

log = logging.getLogger(__name__)

RETRY_S = 300.0
"""What could not be said is asked again after this long, even when nothing changed."""
MOST_FINDINGS = 100
"""Findings kept of a page: 818 estates may all say the same in other words."""

Failed = Callable[[str], Collection[bytes]]
"""The contents of a page that failed their checks when they were painted."""


@dataclass
class Sayings:
    """What came of asking: ``asked`` scopes, ``changed`` ones that say something else; by page when each scope is to be
    asked again (unix seconds), and what was wrong with which."""

    asked: int = 0
    changed: int = 0
    untils: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    findings: dict[str, list[tuple[str, Finding]]] = field(default_factory=lambda: defaultdict(list))

    def find(self, page: str, scope: str, sentence: str) -> None:
        """Note a fault, each sentence once."""
        known = self.findings[page]
        finding = Finding(level="fault", page=page, screen=0, element="", sentence=sentence)
        if len(known) < MOST_FINDINGS and all(finding != other for _, other in known):
            known.append((scope, finding))

    @property
    def faults(self) -> tuple[Finding, ...]:
        """All that was wrong."""
        return tuple(finding for found in self.findings.values() for _, finding in found)


class Sayer:
    """Asks the views of a channel for what is touched. Equal words are one object, so a page that says the same again
    costs its map alone; what a view cannot say, or what leads to an item that is not there, is what it said last, or
    that the page is not to be had now."""

    def __init__(
        self, channel: Channel, store: Store, failed: Failed = lambda page: (), *, album: Album = no_album
    ) -> None:
        self._channel = channel
        self._store = store
        self._failed = failed
        self._album = album
        self._asker = Asker(channel)

    def say(
        self,
        changes: Changes,
        layer: Layer,
        tasks: Sequence[Task],
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        progress: Progress | None = None,
        *,
        down: Down = NOTHING,
    ) -> Sayings:
        """Lay down what the pages of ``tasks`` say at ``moment``, with no link of those that are ``down``. Raises
        StoreError when it cannot be written."""
        round_ = _Round(self._store, changes, layer, self._asker, snapshots, moment, self._album, down)
        # The district first: the items of a page are those that it says there, and others lead to them.
        for task in tasks:
            if DISTRICT in task.scopes:
                round_.ask_district(task)
        for task in tasks:
            round_.refuse(task)
        for number, task in enumerate(tasks, 1):
            whole = set(scopes_of(task.page, self._channel.estates)) == set(task.scopes)
            round_.ask(task, self._failed(task.page.number), whole=whole)
            if progress:
                progress(number, len(tasks))
        return round_.sayings


class _Round:
    """One asking of many pages, over what a release says."""

    def __init__(
        self,
        store: Store,
        changes: Changes,
        layer: Layer,
        asker: Asker,
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        album: Album,
        down: Down,
    ) -> None:
        self._album = album
        self._down = down
        self._store, self._changes, self._layer = store, changes, layer
        self._asker, self._snapshots, self._moment = asker, snapshots, moment
        self._say = asker.say
        self._day = self._say.day_of(moment)
        self._release: Release | None = store.current() if layer == "alerts" else store.built()
        self._district: dict[str, Content] = {}
        self._items: dict[str, Collection[str] | None] = {}
        self._alive: set[str] = set()
        self.sayings = Sayings()

    def ask_district(self, task: Task) -> None:
        """Ask what the district is told on a page."""
        content = self._content(task, DISTRICT)
        if content is not None:
            self._district[task.page.number] = content
            self._items[task.page.number] = {item.id for item in content.items}

    def refuse(self, task: Task) -> None:
        """Take the district's items back, where its page leads to an item that is not there."""
        number = task.page.number
        content = self._district.get(number)
        if content is None:
            return
        dead = [t for t in item_targets(words_of(content)) if not self._leads_somewhere(t)]
        self._alive.clear()
        if dead and DISTRICT in self._base(number)[1].entries:
            self._items[number] = self._known_items(number)

    def ask(self, task: Task, failed: Collection[bytes], *, whole: bool) -> None:
        """Ask for every scope of a task, and lay down what they are told; ``whole``: these are all that there are."""
        number = task.page.number
        over, base = self._base(number)
        told: dict[str, Told] = {}
        new: dict[bytes, bytes] = {}
        for scope in task.scopes:
            content = self._district.get(number) if scope == DISTRICT else self._content(task, scope)
            if content is not None and not self._take(task, scope, content, told, new):
                content = None
            if content is None and scope not in base.entries:
                self._take(task, scope, unsaid(self._say), told, new)
            if content is None:
                self.sayings.untils[number][scope] = self._moment.timestamp() + RETRY_S
        district = self._district.get(number) if DISTRICT in told else None
        items = pictures = None
        if district is not None:
            pictures, shown = self._pictures(number, base, district.items)
            words = {item.id: item_words(item, district) for item in shown}
            items = {ident: key_of(data) for ident, data in words.items()}
            new.update((items[ident], data) for ident, data in words.items())
        kept = {scope: base.entries[scope] for scope in task.scopes if scope not in told and scope in base.entries}
        page = written(
            base, told, items, new,
            kept=kept if whole else None, add=self._changes.keep, get=self._store.object,
            failed={*failed, *self._naming_what_is_down(base)},
            pictures=pictures,
        )  # fmt: skip
        self.sayings.asked += len(task.scopes)
        if page != base:
            differs = {s for s in page.entries.keys() | base.entries.keys() if _shown(page, s) != _shown(base, s)}
            self.sayings.changed += len(differs)
            self._changes.said(number, self._changes.keep(MAP, encode_map(page)), over, differs, self._layer)

    def _pictures(
        self, number: str, base: PageMap, items: Sequence[Item]
    ) -> tuple[dict[bytes, bytes], Sequence[Item]]:
        """The pictures that items show, those that the page has already without their bytes; and the items, without a
        picture that is not to be had: its words are worth more than nothing."""
        found: dict[bytes, bytes] = {}
        lost = set()
        for picture in pictures_of(items):
            key = bytes.fromhex(picture.key)
            try:
                found[key] = b"" if key in base.where else self._album(picture.key)
            except NotFound as error:
                lost.add(picture)
                self.sayings.find(number, DISTRICT, error.message)
        return found, tuple(without_pictures(item, lost) for item in items) if lost else items

    def _content(self, task: Task, scope: str) -> Content | None:
        """What the view says; None when it cannot."""
        try:
            content = self._asker.content(task.page, scope, self._snapshots, self._moment)
            return self._without_down(content, task.page.number, scope) if self._down.units else content
        except Exception as error:
            # One estate's page is its own affair: it keeps what it said, and the others go on.
            log.exception("page %s: its view failed for %s", task.page.number, scope)
            sentence = error.message if isinstance(error, ChannelError) else f"{type(error).__name__}: {error}"
            self.sayings.find(task.page.number, scope, f"its view failed: {sentence}")
            return None

    def _without_down(self, content: Content, number: str, scope: str) -> Content:
        # Items are what the district is told. A page that is down itself is not to come back without its rows.
        told = content if scope == DISTRICT else msgspec.structs.replace(content, items=())
        return without(told, self._down.units - {number}, self._say)

    def _naming_what_is_down(self, base: PageMap) -> set[bytes]:
        """What a page said before of what is not to be said any more: it must not stand in for what is said now."""
        if not self._down.units:
            return set()
        naming: set[bytes] = set()
        for book in base.books:
            # What cannot be read stands in for nothing.
            with suppress(StoreError):
                said = read_book(self._store.object(BOOK, book))
                naming.update(key for key, words in said.items() if item_targets(words) & self._down.units)
        return naming

    def _take(
        self,
        task: Task,
        scope: str,
        content: Content,
        told: dict[str, Told],
        new: dict[bytes, bytes],
    ) -> bool:
        """Note what a scope is told, unless it leads nowhere."""
        words = words_of(content)
        key = key_of(words)
        if key not in new:
            dead = next((target for target in sorted(item_targets(words)) if not self._leads_somewhere(target)), "")
            if dead:
                self.sayings.find(task.page.number, scope, f"link to {dead!r}, which is not there")
                return False
            new[key] = words
        until = until_of(content, self._day, self._say)
        told[scope] = Told(key, content.place is not None, self._day, until)
        if until:
            self.sayings.untils[task.page.number][scope] = until.timestamp()
        return True

    def _leads_somewhere(self, target: str) -> bool:
        if target in self._alive:
            return True
        page, _, item = target.partition(".")
        if page not in self._items:
            self._items[page] = self._known_items(page)
        items = self._items[page]
        if items is not None and item not in items:
            return False
        self._alive.add(target)
        return True

    def _known_items(self, page: str) -> Collection[str] | None:
        """The ids of a page's items, those that were taken down among them; None when nobody can tell."""
        try:
            for release in (self._release, self._store.current()):
                key = release and release.root.map_of(page)
                if key:
                    return decode_map(self._store.object(MAP, bytes.fromhex(key))).items
        except StoreError:
            return None
        return ()

    def _base(self, number: str) -> tuple[str, PageMap]:
        """What the page said last, with the key of its map; nothing when there was none, or when it cannot be read any
        more."""
        name = self._release.root.said(self._layer).get(number, "") if self._release else ""
        try:
            page = decode_map(self._store.object(MAP, bytes.fromhex(name))) if name else PageMap()
        except StoreError:
            return name, PageMap()
        return name, without_lost(page, self._store.object) if self._changes.mending else page


def _shown(page: PageMap, scope: str) -> Iterator[object] | tuple[object, ...]:
    entry = page.entries.get(scope)
    return (entry.content, entry.day, page.items if scope == DISTRICT else None) if entry else ()
