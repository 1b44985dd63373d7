"""``channel work``: sources, builder and bundles of one channel in one process, ended cleanly by a signal."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import OperationalError

from broadcaster.bundle import bundles, keys
from broadcaster.bundle.lag import lag
from broadcaster.painters.checks import Checks
from broadcaster.painters.client import Client
from broadcaster.places import ASK, METRICS, STORE
from broadcaster.station.aside import Aside
from broadcaster.station.figures import Figures, Telling
from broadcaster.station.lease import Lease
from broadcaster.station.scheduler import Work
from broadcaster.station.standby import Standby
from broadcaster.tools.sources import source_rows
from channel.build.builder import Builder
from channel.memory import collect_seldom
from channel.release import Store
from channel.release.heads import seq_of
from channel.settings import Channel
from channel.verdicts import Verdicts
from feeds.archive import Archive
from feeds.base.clock import Clock, SystemClock, parse_duration
from feeds.base.errors import BusyError, PersonError, StoreError

_LOG = logging.getLogger(__name__)
BUNDLE_SHARE = 5.0
"""Packing a release may take one second in this many, so that it never slows the building of the next."""
SHORTEST_S = 10.0
CHECK_REST_S, CHECK_EVERY_S = 5.0, 600.0
"""How long samples rest, and how often they are looked at without being asked."""
SIGN_EVERY_S = 3600.0
"""Signatures of bundles run out even when nothing is published."""
PRUNE_EVERY_S = 600.0
CACHE = 256
"""Decoded maps that the work aside keeps: it goes once over a release and never comes back to a map."""
RETRY_S = 2.0
LAST_WAIT_S = 2.0
"""At the end, for work beside the building; what it has not done by then it does the next time."""
COMPLAIN_S = 60.0


def work(channel: Channel) -> None:
    """Work until SIGTERM or SIGINT; while another process leads on this store, stand by.

    Raises ChannelError when the archive or the store cannot be opened, BusyError when another one took over.
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    channel.state.mkdir(parents=True, exist_ok=True)
    opened = _open(channel, ended)
    if opened is None:
        return
    archive, lease = opened
    try:
        if lease.wait(ended):
            lease.keep()
            _lead(channel, archive, lease, ended)
    finally:
        lease.give_back()
        archive.close()
    if lease.lost.is_set():
        raise BusyError("another process works on this store now", hint="start this one again to stand by")


def _open(channel: Channel, ended: threading.Event) -> tuple[Archive, Lease] | None:
    """Archive and lease, as soon as the database answers; None when ``ended`` comes first."""
    complained = -COMPLAIN_S
    while not ended.is_set():
        try:
            # The archive first: opening it brings its database up to date.
            archive = Archive.open(channel.archive_url, datasets=channel.datasets_folder)
            return archive, Lease(channel.archive_url)
        except OperationalError as error:
            if channel.archive_url.startswith("sqlite"):
                raise PersonError(f"the archive cannot be opened: {error.orig}") from None
            if time.monotonic() - complained > COMPLAIN_S:
                complained = time.monotonic()
                _LOG.warning("the database does not answer", extra={"error": str(error.orig).strip()})
            ended.wait(RETRY_S)
    return None


def _lead(channel: Channel, archive: Archive, lease: Lease, ended: threading.Event) -> None:
    collect_seldom()
    clock, store = SystemClock(), Store.open(channel.state / STORE)
    verdicts = Verdicts(channel.state)
    drafts = Checks(channel, store, Client(channel.state))
    builder = Builder(channel, archive, store, failed=verdicts.failed, check=drafts.draft)
    figures = Figures()
    telling = Telling(channel.state / METRICS, figures, partial(_looked_up, channel, archive, store))
    # Of its own: what it decodes would push out what the builder comes back to.
    aside = Store.open(channel.state / STORE, cache=CACHE)
    bundled = Aside(
        "bundles", partial(_bundle, aside, channel, clock), figures,
        every_s=SIGN_EVERY_S, rest_s=SHORTEST_S, share=BUNDLE_SHARE,
    )  # fmt: skip
    # What only data changed is looked at once it is on air: neither a minute's tick nor a warning waits for it.
    samples = Checks(channel, aside, Client(channel.state))
    checked = Aside("checks", samples.look, figures, every_s=CHECK_EVERY_S, rest_s=CHECK_REST_S)
    has_keys = keys.folder(channel.state).is_dir()
    worker = Work(
        list(channel.sources.values()),
        channel.folder,
        archive,
        builder,
        clock,
        alert_source=channel.settings.alert_source,
        figures=figures,
        ask=channel.state / ASK,
        # Signatures run out by the clock, too: those that were made by another one are made anew.
        clock_set=lambda seconds: bundled.ask() if has_keys else None,
    )
    pruned = Aside(
        "prune", lambda: _prune(aside, archive, channel, figures, worker.clock_watch.doubted_s()), figures,
        every_s=PRUNE_EVERY_S,
    )  # fmt: skip
    painters = Standby(channel.state)
    worker.start()
    telling.start()
    checked.start(now=False)
    pruned.start(now=False)
    if has_keys:
        bundled.start()
    on_air = ""
    try:
        while not ended.wait(0.5) and not lease.lost.is_set():
            # A rollback and a takedown come from other processes: what is on air is asked, not who brought it there.
            before = on_air
            painters.tend()
            with suppress(StoreError):
                on_air = store.current_id()
            if on_air != before:
                checked.ask()
                if has_keys:
                    bundled.ask()
    finally:
        besides = [pruned, checked, bundled] if has_keys else [pruned, checked]
        for aside_work in besides:
            aside_work.stop(0)
        worker.stop()
        for aside_work in besides:
            aside_work.stop(LAST_WAIT_S)
        telling.stop()
        painters.end()


def _looked_up(channel: Channel, archive: Archive, store: Store) -> dict[str, Any]:
    found: dict[str, Any] = {"sources": Counter(row.state.value for row in source_rows(channel, archive=archive))}
    if keys.folder(channel.state).is_dir():
        behind = lag(channel.state, store, SystemClock().now())
        found |= {"bundle_sequence": seq_of(behind.bundled), "bundle_behind_seconds": behind.seconds}
    return found


def _bundle(store: Store, channel: Channel, clock: Clock) -> None:
    """Publish the release on air for operators; one that is overtaken is left out."""
    release = store.current()
    if release is not None and release.has_pages:
        bundles.publish(store, release, channel, clock)
        _LOG.info("bundle published", extra={"release": release.id})


def _prune(store: Store, archive: Archive, channel: Channel, figures: Figures, doubted_s: float = 0.0) -> None:
    """Keep what the settings say of releases, of the record of what was on air, and of snapshots.

    ``doubted_s``: by how much the clock may be ahead. What a clock that was set forward by years calls old is gone for
    good if it was a mistake.
    """
    kept, now = channel.settings.retention, SystemClock().now() - timedelta(seconds=doubted_s)
    archive.expire(now - timedelta(seconds=parse_duration(kept.snapshots)))
    try:
        done = store.prune(kept.releases, now, asrun_days=parse_duration(kept.asrun) / 86_400)
    except BusyError as error:
        # A long build holds the store; there is another time in ten minutes.
        _LOG.warning("the store is not pruned", extra={"error": str(error)})
        return
    size = sum(path.stat().st_size for path in (channel.state / STORE / "packs").glob("*.pack"))
    figures.store(size, done.kept)
    _LOG.info("the store is pruned", extra={"dropped": done.dropped, "bytes": done.bytes, "left": size})
