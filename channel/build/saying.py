"""Saying: views asked for every touched page and scope, and what they say laid down in the next release."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from channel.asking import Asker
from channel.build.ledger import scopes_of
from channel.build.planning import Task
from channel.release import Changes, Store
from channel.release.contents import PageMap, Told, decode_map, encode_map, without_lost, written
from channel.release.objects import MAP
from channel.release.tree import Layer
from channel.render import unsaid, until_of
from channel.settings import Channel
from channel.views.base import day_of
from feeds.base.errors import StoreError
from feeds.source import Snapshot

log = logging.getLogger(__name__)


class Sayer:
    """Asks the views of a channel for what is touched. Equal words are one object, so a page that says the same again
    costs its map alone; what a view cannot say is what it said last, or that the page is not to be had now."""

    def __init__(self, channel: Channel, store: Store) -> None:
        self._channel = channel
        self._store = store
        self._asker = Asker(channel)

    def say(
        self, changes: Changes, layer: Layer, tasks: Sequence[Task], snapshots: Mapping[str, Snapshot], moment: datetime
    ) -> int:
        """Lay down what the pages of ``tasks`` say at ``moment``; how many scopes were asked."""
        return sum(self._page(changes, layer, task, snapshots, moment) for task in tasks)

    def _page(
        self, changes: Changes, layer: Layer, task: Task, snapshots: Mapping[str, Snapshot], moment: datetime
    ) -> int:
        base = self._base(changes, layer, task.page.number)
        day = day_of(moment)
        told: dict[str, Told] = {}
        for scope in task.scopes:
            try:
                content = self._asker.content(task.page, scope, snapshots, moment)
            except Exception:
                # One estate's page is its own affair: it keeps what it said, and the others go on.
                log.exception("page %s: its view failed for %s", task.page.number, scope)
                if scope in base.entries:
                    continue
                content = unsaid()
            told[scope] = Told(content, day, until_of(content, day))
        whole = set(scopes_of(task.page, self._channel.estates)) == set(task.scopes)
        kept = {scope: entry for scope, entry in base.entries.items() if scope in task.scopes and scope not in told}
        page = written(base, told, kept=kept if whole else None, add=changes.keep, get=self._store.object)
        if page != base:
            changes.said(task.page.number, changes.keep(MAP, encode_map(page)), layer)
        return len(told)

    def _base(self, changes: Changes, layer: Layer, number: str) -> PageMap:
        """What the page said last; nothing when there was none, or when it cannot be read any more."""
        release = self._store.current() if layer == "alerts" else self._store.built()
        name = release.root.said(layer).get(number, "") if release else ""
        try:
            page = decode_map(self._store.object(MAP, bytes.fromhex(name))) if name else PageMap()
        except StoreError:
            return PageMap()
        return without_lost(page, self._store.object) if changes.mending else page
