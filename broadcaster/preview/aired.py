"""What was really on air: the releases of the last day, each painted as it was declared; before that, for as long as
the as-run record goes, what pages said, asked again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property, partial

import msgspec

from broadcaster.painters.painter import opened
from broadcaster.places import STORE
from broadcaster.preview.looks import THEN
from broadcaster.tools.witness import Told, told_again
from channel.declared import pack_folder
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.keys import key_of
from channel.memory import Shelf
from channel.paint.output import Rendered
from channel.painting import choose
from channel.release import Air, Release, Store
from channel.release.reading import ReleaseInfo
from channel.render import Renderer
from channel.views.content import Content
from feeds.base.errors import NotFound

_RENDERERS, _RELEASES, _MOMENTS = 1, 8, 256


class Aired:
    """The releases of a channel whose contents are there. Safe to share among threads, but for what its renderers
    paint."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.RLock()
        self._renderers: Shelf[Renderer] = Shelf(_RENDERERS)
        self._releases: Shelf[Release] = Shelf(_RELEASES)
        self._then: Shelf[str] = Shelf(_MOMENTS)
        self._air: Shelf[Air | None] = Shelf(_RELEASES)
        self._told: Shelf[Told] = Shelf(_MOMENTS)

    @cached_property
    def _store(self) -> Store:
        return Store.open(self._channel.state / STORE)

    @cached_property
    def _declared(self) -> str:
        return key_of(pack_folder(self._channel)).hex()

    def kept(self) -> list[ReleaseInfo]:
        """Those that can be rolled back to, the newest first."""
        return self._store.releases()[::-1]

    def recent(self) -> Iterator[Release]:
        """These and those of the last day: the one on air first, then from the newest back."""
        return self._store.recent()

    def current(self) -> Release | None:
        """The release on air."""
        return self._store.current()

    def is_own(self, release: Release) -> bool:
        """Whether the channel is declared as it was in ``release``."""
        return release.root.declared == self._declared

    def at(self, estate: str, moment: datetime) -> str:
        """As what is looked at what was on air for ``estate`` at ``moment``: the release, or where it is not kept
        ``looks.THEN``. Raises NotFound when nobody knows of any."""
        minute = _minute(moment)
        with self._lock:
            return self._then.get((estate, minute), lambda: self._at(estate, minute))

    def told(self, page: str, estate: str, moment: datetime) -> Told:
        """What the record proves that a page said then. Raises NotFound."""
        minute = _minute(moment)
        with self._lock:
            air = self._recorded(estate, minute)
            if air is None:
                raise NotFound(f"release: found {minute:%Y-%m-%dT%H:%MZ}, of which nothing is recorded")
            return self._told.get((page, estate, minute), partial(told_again, self._channel, air, page))

    def _recorded(self, estate: str, minute: datetime) -> Air | None:
        return self._air.get((estate, minute), partial(self._store.asrun, estate, minute))

    def _at(self, estate: str, moment: datetime) -> str:
        # The record knows of rollbacks; without it the releases' own times have to do.
        air = self._recorded(estate, moment)
        there = {release.id: release.published for release in self.recent() if release.has_pages}
        before = max((pair for pair in there.items() if pair[1] <= moment), key=lambda pair: pair[1], default=("",))
        found = air.release if air else before[0]
        if found in there:
            return found
        if air is None:
            raise NotFound(f"release: found {moment:%Y-%m-%dT%H:%MZ}, of which no release is kept")
        return THEN

    def release(self, ident: str) -> Release:
        """A release by its id. Raises NotFound."""
        with self._lock:
            return self._releases.get(ident, lambda: self._release(ident))

    def _release(self, ident: str) -> Release:
        for release in self.recent():
            if release.id == ident:
                return release
        raise NotFound(f"release: found {ident!r}, which is not kept")

    def renderer(self, ident: str, own: Renderer) -> Renderer:
        """What paints a release: ``own``, where the channel is declared as it was then."""
        release = self.release(ident)
        if self.is_own(release):
            return own
        declared = release.root.declared
        with self._lock:
            return self._renderers.get(declared, lambda: opened(self._store, declared, None))

    def shown(self, ident: str, own: Renderer, page: str, estate: str, profile: str, item: str) -> Rendered:
        """A page's own screens, or one of its items, as that release showed them. Raises NotFound and RenderError."""
        choice = choose(self.renderer(ident, own), self.release(ident), page, estate, profile, item)
        return msgspec.structs.replace(choice.rendered, findings=choice.findings)

    def content(self, ident: str, page: str, estate: str) -> tuple[Content, int]:
        """What a page said there, with its items, and the day of its header (proleptic ordinal). Raises NotFound and
        StoreError."""
        release = self.release(ident)
        entry = release.said(page, estate) or release.said(page, DISTRICT)
        if entry is None:
            raise NotFound(f"page: found {page}, which release {ident} says nothing of")
        return release.content(page, entry.content, entry.until), entry.day


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=59, microsecond=0)
