"""``channel work``: sources, builder and bundles of one channel in one process, ended cleanly by a signal."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import OperationalError

from broadcaster.bundle import contents, keys
from broadcaster.bundle.lag import lag
from broadcaster.bundle.packing import packed
from broadcaster.painters.checks import Checks, Looked
from broadcaster.painters.client import Client
from broadcaster.places import ASK, METRICS, STORE
from broadcaster.renewed import Renewed
from broadcaster.station.aside import Aside
from broadcaster.station.desk_watch import DeskWatch
from broadcaster.station.figures import Figures, Telling
from broadcaster.station.lease import Lease
from broadcaster.station.rehearsal import Rehearsal
from broadcaster.station.scheduler import Work
from broadcaster.station.standby import Standby
from broadcaster.tools.sources import source_rows
from channel.build.builder import Builder
from channel.folder import Channel
from channel.memory import collect_seldom
from channel.release import Store
from channel.release.heads import seq_of
from channel.verdicts import Verdicts
from feeds.archive import Archive
from feeds.base.clock import Clock, SystemClock, parse_duration
from feeds.base.errors import BusyError, PersonError, StoreError

_LOG = logging.getLogger(__name__)
BUNDLE_REST_S = 45.0
"""How long bundles rest unless alerts change: boards of the minute come in several releases, and go out in one."""
CHECK_REST_S, CHECK_EVERY_S = 60.0, 600.0
"""How long samples rest, and how often they are looked at without being asked."""
SIGN_EVERY_S = 3600.0
"""Signatures of bundles run out even when nothing is published."""
PRUNE_EVERY_S = 600.0
CACHE = 96
"""Decoded maps that stay in memory: those of a release. Nobody here comes back to those before."""
RETRY_S = 2.0
LAST_WAIT_S = 2.0
"""At the end, for work beside the building; what it has not done by then it does the next time."""
COMPLAIN_S = 60.0
SWITCH_WAIT_S = 60.0


def work(channel: Channel) -> None:
    """Work until SIGTERM or SIGINT; while another process leads on this store, stand by. What editors change in the
    line-up is taken up on the way.

    It ends when the channel was built from other declarations, to be started again. Raises ChannelError when the
    archive or the store cannot be opened, BusyError when another one took over.
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
            renewed, beside, builder = Renewed(channel), _Beside(channel), None
            try:
                while not (ended.is_set() or lease.lost.is_set()):
                    builder = _lead(renewed, archive, lease, ended, beside, builder)
            finally:
                beside.stop()
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


class _Beside:
    """What goes on from one line-up to the next: figures, what is signed for others, which samples were looked at."""

    def __init__(self, channel: Channel) -> None:
        self.figures, self.looked = Figures(), Looked()
        self.signing = _signing(channel, SystemClock(), self.figures) if keys.folder(channel.state).is_dir() else []
        for work_aside in self.signing:
            work_aside.start()

    def stop(self) -> None:
        """End it."""
        for work_aside in self.signing:
            work_aside.stop(0)
        for work_aside in self.signing:
            work_aside.stop(LAST_WAIT_S)


def _builder(channel: Channel, archive: Archive) -> Builder:
    store = Store.open(channel.state / STORE, cache=CACHE)
    drafts = Checks(channel, store, Client(channel.state))
    return Builder(channel, archive, store, failed=Verdicts(channel.state).failed, check=drafts.draft)


def _lead(
    renewed: Renewed,
    archive: Archive,
    lease: Lease,
    ended: threading.Event,
    beside: _Beside,
    builder: Builder | None,
) -> Builder | None:
    """Lead with one line-up, which ``builder`` has looked over where there was one before: until the end, or until
    editors have made it another one, whose builder is given."""
    collect_seldom()
    builder = builder or _builder(renewed.channel, archive)
    channel, store, clock, figures = builder.channel, builder.store, SystemClock(), beside.figures
    telling = Telling(channel.state / METRICS, figures, partial(_looked_up, channel, archive, store))
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
        clock_set=lambda _: _ask(beside.signing),
    )
    checked, pruned = _care(channel, archive, beside, worker)
    painters = Standby(channel.state)
    desk = DeskWatch(channel, archive, clock, partial(worker.enqueue, force=True))
    rehearsal = Rehearsal(renewed, partial(_builder, archive=archive), clock)
    worker.start()
    telling.start()
    checked.start(now=False)
    pruned.start(now=False)
    others = _others(store, builder)
    try:
        _watch_air(
            store, [checked, *beside.signing], [painters, desk],
            lambda: ended.wait(0.5) or lease.lost.is_set() or others() or rehearsal.is_over(),
        )  # fmt: skip
    finally:
        for work_aside in (pruned, checked):
            work_aside.stop(0)
        # A build that is under way by the line-up before would come after the first one by the next.
        worker.stop(3.0 if ended.is_set() or lease.lost.is_set() else SWITCH_WAIT_S)
        for work_aside in (pruned, checked):
            work_aside.stop(LAST_WAIT_S)
        telling.stop()
        painters.end()
        desk.close()
    if others():
        # An engineer's `channel build`: whoever keeps us running starts us again.
        _LOG.info("the channel was built from other declarations: started again, work reads them")
        ended.set()
    return rehearsal.builder


def _others(store: Store, builder: Builder) -> Callable[[], bool]:
    """Whether the store was built from declarations that are neither ours nor those that we began over."""
    with suppress(StoreError):
        built = store.built()
    known = {"", builder.declarations, built.root.declared if built else ""}

    def found() -> bool:
        try:
            now = store.built()
        except StoreError:
            return False
        return now is not None and now.root.declared not in known

    return found


def _watch_air(
    store: Store, asides: Sequence[Aside], tended: Sequence[Standby | DeskWatch], is_over: Callable[[], bool]
) -> None:
    """Ask ``asides`` whenever another release is on air, and have them hurry when its alerts are others, or when a
    person brought it there. That is done by other processes, so what is on air is asked, not who did it."""
    on_air, alerts = "", ""
    while not is_over():
        for one in tended:
            one.tend()
        with suppress(StoreError):
            found = store.current_id()
            if found == on_air:
                continue
            release = store.current()
            if release is None:
                continue
            is_urgent = release.root.answers != alerts or release.root.action != "build"
            on_air, alerts = found, release.root.answers
            for aside in asides:
                aside.hurry() if is_urgent else aside.ask()


def _ask(asides: Sequence[Aside]) -> None:
    for aside in asides:
        aside.ask()


def _signing(channel: Channel, clock: Clock, figures: Figures) -> list[Aside]:
    """What is signed for others: the words of each release for origins that follow at once, bundles as they are packed.
    The first has a store of its own: what it decodes would push out what the builder comes back to."""
    words = partial(contents.publish, Store.open(channel.state / STORE, cache=CACHE), channel.state, clock)
    bundles = partial(packed, channel.state)
    return [
        Aside("contents", words, figures, every_s=SIGN_EVERY_S),
        Aside("bundles", bundles, figures, every_s=SIGN_EVERY_S, rest_s=BUNDLE_REST_S),
    ]


def _care(channel: Channel, archive: Archive, beside: _Beside, worker: Work) -> tuple[Aside, Aside]:
    """Samples of what is on air, and pruning."""
    figures = beside.figures
    store = Store.open(channel.state / STORE, cache=CACHE)
    # What only data changed is looked at once it is on air: neither a minute's tick nor a warning waits for it.
    samples = Checks(channel, store, Client(channel.state), beside.looked)
    checked = Aside("checks", samples.look, figures, every_s=CHECK_EVERY_S, rest_s=CHECK_REST_S)
    pruned = Aside(
        "prune", lambda: _prune(store, archive, channel, figures, worker.clock_watch.doubted_s()), figures,
        every_s=PRUNE_EVERY_S,
    )  # fmt: skip
    return checked, pruned


def _looked_up(channel: Channel, archive: Archive, store: Store) -> dict[str, Any]:
    found: dict[str, Any] = {"sources": Counter(row.state.value for row in source_rows(channel, archive=archive))}
    if keys.folder(channel.state).is_dir():
        behind = lag(channel.state, store, SystemClock().now())
        found |= {"bundle_sequence": seq_of(behind.bundled), "bundle_behind_seconds": behind.seconds}
    return found


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
