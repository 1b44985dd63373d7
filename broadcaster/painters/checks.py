"""Samples of pages painted because something changed, not because somebody looks: what would be wrong is known before
a household sees it stand in for its page.

Painted are the changed pages for each document key, for the district and a few estates that differ, and at most three
changed items a page. Whoever paints writes its verdict down; here it is only asked for.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterable, Iterator

import msgspec

from broadcaster.painters.client import Client
from broadcaster.painters.keys import recipe
from broadcaster.painters.wire import CHECK, DRAFT, Ask
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.folder import Channel, every_family
from channel.paint.output import Finding
from channel.profiles import one_of_each
from channel.release import Release, Store
from channel.release.contents import PageMap

log = logging.getLogger(__name__)

ITEMS = 3
"""Changed items of a page that are looked at."""
WITHIN_S = 30.0
PATIENCE_S = 10.0
"""How long what other declarations say is kept off air for its samples."""


class Looked:
    """Which ``release`` was looked at last; it may outlive those who look."""

    def __init__(self) -> None:
        self.release: Release | None = None


class Checks:
    """Has samples painted by those whom ``client`` leads to, on from what was ``looked`` at before. For one thread."""

    def __init__(self, channel: Channel, store: Store, client: Client, looked: Looked | None = None) -> None:
        self._channel, self._store, self._client = channel, store, client
        self._looked = looked or Looked()
        known = every_family(channel)
        self._profiles = one_of_each(known[name] for name in channel.profiles)
        self._estates = _sampled(channel)

    def draft(self, key: str, pages: Iterable[str]) -> tuple[Finding, ...]:
        """What is wrong with samples of ``pages`` in a draft, before it goes on air; nothing when nobody paints. After
        ten seconds the channel does not wait any longer: pages are checked whenever they are painted."""
        release = self._store.draft(key)
        until = time.monotonic() + PATIENCE_S
        asks = (ask for page in pages for ask in self._asks(release, page, DRAFT + key, PageMap()))
        soon = (msgspec.structs.replace(ask, within=max(0.1, until - time.monotonic())) for ask in asks)
        return tuple(self._painted(itertools.takewhile(lambda _: time.monotonic() < until, soon)))

    def look(self) -> None:
        """Have samples painted of what changed on air since the last look."""
        release, before = self._store.current(), self._looked.release
        if release is None or not release.root.declared or (before and before.id == release.id):
            return
        asks: list[Ask] = []
        for page in release.pages:
            old = before.root.map_of(page) if before else ""
            if release.root.map_of(page) != old:
                asks += self._asks(release, page, release.id, before.map(page) if before and old else PageMap())
        faults = list(self._painted(asks))
        self._looked.release = release
        if asks:
            log.debug("samples are painted", extra={"release": release.id, "samples": len(asks), "faults": len(faults)})

    def _asks(self, release: Release, page: str, name: str, before: PageMap) -> Iterator[Ask]:
        found = release.map(page)
        changed = [item for item in release.item_ids(page) if before.items.get(item) != found.items[item]]
        documents = [(DISTRICT, f"i/{page}.{item}.html") for item in changed[:ITEMS]]
        for estate in (DISTRICT, *self._estates):
            entry = found.entries.get(estate)
            if entry is not None and entry != before.entries.get(estate):
                documents.append((estate, f"{page}.html"))
        for profile in self._profiles:
            for estate, document in documents:
                known = recipe(release, profile, estate, document, engine())
                if known is not None:
                    yield Ask(0, known.key, name, profile.id, estate, document, CHECK, within=WITHIN_S, kept=False)

    def _painted(self, asks: Iterable[Ask]) -> Iterator[Finding]:
        away = 0
        told: set[Finding] = set()
        for _, answer in self._client.ask_all(asks):
            away += answer.status == "away"
            if answer.page is not None and answer.page.shown != "content":
                fresh = {finding for finding in answer.page.findings if finding.level == "fault"} - told
                told |= fresh
                yield from fresh
        if away:
            log.warning("nobody paints samples: pages are checked when somebody looks", extra={"samples": away})



def _sampled(channel: Channel) -> tuple[str, ...]:
    """A few estates that differ: the first and the last, and the one whose name needs most room."""
    names = list(channel.estates)
    longest = sorted(names, key=lambda name: len(channel.estates[name].name), reverse=True)
    return tuple(dict.fromkeys([*names[:1], *names[-1:], *longest[:1]]))
