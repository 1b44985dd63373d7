"""``channel work``: sources, builder and bundles of one channel in one process, ended cleanly by a signal."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from functools import partial

from broadcaster import bundles, keys
from broadcaster.figures import Figures, Telling
from broadcaster.lease import Lease
from broadcaster.places import ASK, METRICS, STORE
from broadcaster.scheduler import Work
from broadcaster.sources import source_rows
from channel.build import Builder
from channel.release import Store
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import BusyError, ChannelError

_LOG = logging.getLogger(__name__)
BUNDLE_SHARE = 5.0
"""Packing a release may take one second in this many, so that it never slows the building of the next."""
SHORTEST_S = 10.0
PRUNE_EVERY_S = 3600.0


class Bundles:
    """Publishes the release on air for operators, from a thread of its own; one that is overtaken is left out."""

    def __init__(self, store: Store, channel: Channel, clock: Clock) -> None:
        self._store = store
        self._channel = channel
        self._clock = clock
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="bundles", daemon=True)

    def start(self) -> None:
        """Begin with the release that is on air."""
        self._thread.start()
        self._asked.set()

    def ask(self) -> None:
        """There is another release."""
        self._asked.set()

    def stop(self, wait_s: float = 5.0) -> None:
        """End; a pack that is half written is thrown away by whoever publishes next."""
        self._stop.set()
        self._asked.set()
        self._thread.join(wait_s)

    def _loop(self) -> None:
        while True:
            # Signatures run out even when nothing is published: look once an hour.
            self._asked.wait(PRUNE_EVERY_S)
            if self._stop.is_set():
                return
            self._asked.clear()
            # The share is of work, not of waiting: a busy machine must not hold the operator up for minutes.
            began = time.thread_time()
            self._publish()
            if self._stop.wait(max(SHORTEST_S, BUNDLE_SHARE * (time.thread_time() - began))):
                return

    def _publish(self) -> None:
        settings = self._channel.settings
        try:
            release = self._store.current()
            if release is not None and release.profiles:
                keep, first = settings.origin.bundles, settings.profiles[0]
                bundles.publish(self._store, release, self._channel.state, self._clock, keep=keep, first=first)
                _LOG.info("bundle published", extra={"release": release.id})
        except (ChannelError, OSError) as error:
            _LOG.error("no bundle is published", extra={"error": str(error)})


def work(channel: Channel) -> None:
    """Work until SIGTERM or SIGINT; while another process leads on this store, stand by.

    Raises ChannelError when the archive or the store cannot be opened, BusyError when another one took over.
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    channel.state.mkdir(parents=True, exist_ok=True)
    # The archive first: opening it brings its database up to date.
    archive = Archive.open(channel.archive_url)
    lease = Lease(channel.archive_url)
    try:
        if lease.wait(ended):
            lease.keep()
            _lead(channel, archive, lease, ended)
    finally:
        lease.give_back()
        archive.close()
    if lease.lost.is_set():
        raise BusyError("another process works on this store now", hint="start this one again to stand by")


def _lead(channel: Channel, archive: Archive, lease: Lease, ended: threading.Event) -> None:
    clock, store = SystemClock(), Store.open(channel.state / STORE)
    builder = Builder(channel, archive, store)
    figures = Figures()
    telling = Telling(channel.state / METRICS, figures, partial(_sources, channel, archive))
    published = Bundles(store, channel, clock) if keys.folder(channel.state).is_dir() else None
    worker = Work(
        list(channel.sources.values()),
        channel.folder,
        archive,
        builder,
        clock,
        alert_source=channel.settings.alert_source,
        published=lambda release: published.ask() if published else None,
        figures=figures,
        ask=channel.state / ASK,
    )
    worker.start()
    telling.start()
    if published:
        published.start()
    due = time.monotonic() + PRUNE_EVERY_S
    try:
        while not ended.wait(0.5) and not lease.lost.is_set():
            if time.monotonic() > due:
                due = time.monotonic() + PRUNE_EVERY_S
                _prune(store, channel)
    finally:
        if published:
            published.stop()
        worker.stop()
        telling.stop()
        builder.close()


def _sources(channel: Channel, archive: Archive) -> dict[str, dict[str, int]]:
    return {"sources": Counter(row.state.value for row in source_rows(channel, archive=archive))}


def _prune(store: Store, channel: Channel) -> None:
    try:
        done = store.prune(channel.settings.retention.releases)
    except (ChannelError, OSError) as error:
        _LOG.warning("the store is not pruned", extra={"error": str(error)})
    else:
        _LOG.info("the store is pruned", extra={"dropped": done.dropped, "bytes": done.bytes})
