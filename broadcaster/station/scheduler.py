"""What ``channel work`` does all day: each source gathered in its own time, what changed built, alerts at once.

::

    APScheduler --enqueue--> Gatherer's threads --changed--> one building thread (coalesces, wakes by itself)
                                                --alerts---> one alert thread (waits for nobody)
    the clock was set --> every job is laid anew, a build and the alerts are asked for
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from apscheduler.schedulers.background import BackgroundScheduler

from broadcaster.station.alerting import Alerting
from broadcaster.station.clock_watch import ClockWatch
from broadcaster.station.figures import Figures
from broadcaster.station.timing import first_run, trigger
from feeds.archive import Archive, SourceState
from feeds.base.clock import Clock, wall
from feeds.gather import Gathering
from feeds.gatherer import Gatherer
from feeds.source import Source

_LOG = logging.getLogger(__name__)
GATHER_WINDOW_S = 0.3
"""A build waits this long for the sources that change together with the first."""
RETRY_S = 15.0
"""After a build that failed the next attempt waits this long."""
LONGEST_SLEEP_S = 300.0
FIRST_WAIT_S = 6.0
"""The very first build waits this long for sources that were never heard of: without them its pages would be empty."""
LOOK_S = 0.1
"""How often the file is looked at by which another process asks for a build: a warning of the desk waits for it."""


class Report(Protocol):
    """How a build went, as far as it concerns whoever called it."""

    @property
    def next_wake(self) -> datetime | None:
        """When time alone will have changed something."""

    @property
    def release_id(self) -> str:
        """The release that came of it, empty when nothing differed."""


class ReleaseMaker(Protocol):
    """What makes releases: ``channel.build.builder.Builder``. It finds out by itself what is touched."""

    def build(self, moment: datetime) -> Report:
        """Bring on air whatever sources and time have changed. Raises ChannelError."""

    def publish_alerts(self, moment: datetime) -> Report:
        """Bring the present alerts on air, and nothing else. Raises ChannelError."""


class Work:
    """Gathers and builds until it is stopped."""

    def __init__(
        self,
        sources: Collection[Source],
        folder: Path,
        archive: Archive,
        builder: ReleaseMaker,
        clock: Clock,
        *,
        alert_source: str = "",
        published: Callable[[str], None] = lambda release: None,
        figures: Figures | None = None,
        ask: Path | None = None,
        clock_set: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """``published`` hears of every release, from the thread that made it; ``figures`` counts what is done.

        ``ask`` is a file that another process touches to have a build begun (``channel review`` does). ``clock_set``
        hears when the clock was set, and by how many seconds, after everything here was laid anew.
        """
        self._sources = {source.id: source for source in sources if not source.is_desk}
        self._folder = folder
        self._archive = archive
        self._builder = builder
        self._clock = clock
        self._alert_source = alert_source
        self._pending: set[str] = set()
        self._published = published
        self._figures = figures or Figures()
        self._alerting = Alerting(self._publish_alerts, self._figures, alert_source)
        self._unheard: set[str] = set()
        self._heard = threading.Event()
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._ask = ask
        self._seen_ask = _touched(ask)
        self._lock = threading.Lock()
        self._gatherer = Gatherer(archive, folder, clock, wait=self._pause)
        self._scheduler = BackgroundScheduler(
            timezone=wall(),
            # The defaults lose jobs: one that comes late is run late, once.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._looking = threading.Thread(target=self._look, name="look", daemon=True)
        self._building = threading.Thread(target=self._build_loop, name="build", daemon=True)
        self._clock_set = clock_set
        self.clock_watch = ClockWatch(clock, self._lay_anew)
        """Since when the clock is to be doubted, for whoever throws things away by it."""

    def start(self) -> None:
        """Begin. Raises PersonError for a cron expression that is none."""
        now = self._clock.now()
        self._archive.not_after(now)
        states = self._archive.states(self._sources)
        for source in self._sources.values():
            due = first_run(source, _last(states, source), now)
            self._scheduler.add_job(self.enqueue, trigger(source), args=[source.id], id=source.id, next_run_time=due)
        if not states:
            self._unheard = set(self._sources)
        if not self._unheard:
            self._heard.set()
        if self._ask is not None:
            self._looking.start()
        self._asked.set()
        self._building.start()
        self._alerting.start()
        self._scheduler.start()
        self.clock_watch.start()
        _LOG.info("working", extra={"sources": len(self._sources)})

    def stop(self, wait_s: float = 3.0) -> None:
        """End in good order: no new gatherings, the build under way is finished if it can be in ``wait_s`` seconds.

        One that cannot loses nothing: what it touches is still touched at the next start.
        """
        self._stop.set()
        self.clock_watch.stop()
        self._scheduler.shutdown(wait=False)
        self._gatherer.close()
        self._heard.set()
        self._asked.set()
        self._alerting.stop(wait_s)
        self._building.join(wait_s)
        _LOG.info("stopped")

    def enqueue(self, ident: str, *, force: bool = False) -> None:
        """Have a source gathered; one that is being gathered already is not asked twice at once. ``force`` wakes one
        that rests."""
        source = self._sources.get(ident)
        if source is None or self._stop.is_set():
            return
        future = self._gatherer.submit(source, force=force)
        future.add_done_callback(lambda future: self._gathered(ident, future))

    def _lay_anew(self, seconds: float) -> None:
        """The clock was set: every moment that was planned by the old one is planned again by the new one."""
        now = self._clock.now()
        try:
            self._archive.not_after(now)
            states = self._archive.states(self._sources)
            for source in self._sources.values():
                self._scheduler.modify_job(source.id, next_run_time=first_run(source, _last(states, source), now))
        finally:
            self._asked.set()
            self._alerting.ask()
        self._figures.clock_set(seconds)
        self._clock_set(seconds)

    def _gathered(self, ident: str, future: Future[Gathering]) -> None:
        with self._lock:
            self._unheard.discard(ident)
            if not self._unheard:
                self._heard.set()
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            # What a source gives never raises; this is the archive, and the next tick tries again.
            _LOG.error("not gathered", extra={"source": ident}, exc_info=error)
            return
        done = future.result()
        log_gathering(done)
        self._figures.gathered(done.outcome)
        if done.stopped:
            self._figures.failed("readings")
        if done.outcome == "changed":
            self._take(ident)

    def _look(self) -> None:
        """Begin a build whenever another process has asked for one."""
        while not self._stop.wait(LOOK_S):
            touched = _touched(self._ask)
            if touched != self._seen_ask:
                self._seen_ask = touched
                # It may be a warning of the desk, and that waits for no page.
                self._alerting.ask()
                self._asked.set()

    def _pause(self, seconds: float) -> None:
        """Wait between two attempts, unless everything ends."""
        self._stop.wait(seconds)

    def _take(self, ident: str) -> None:
        if ident == self._alert_source:
            self._alerting.changed()
        with self._lock:
            self._pending.add(ident)
        self._asked.set()

    def _build_loop(self) -> None:
        wake: datetime | None = None
        self._heard.wait(FIRST_WAIT_S)
        while not self._stop.is_set():
            self._asked.wait(self._seconds_until(wake))
            if self._stop.wait(GATHER_WINDOW_S if self._asked.is_set() else 0):
                return
            self._asked.clear()
            with self._lock:
                changed, self._pending = self._pending, set()
            try:
                report = self._builder.build(self._clock.now())
            except Exception:
                if self._stop.is_set():
                    return
                self._figures.failed()
                _LOG.exception("a build failed", extra={"sources": ",".join(sorted(changed))})
                wake = self._clock.now() + timedelta(seconds=RETRY_S)
            else:
                log_build(report, changed)
                self._figures.built(report)
                wake = report.next_wake
                self._tell(report)

    def _publish_alerts(self) -> str:
        report = self._builder.publish_alerts(self._clock.now())
        self._tell(report)
        return report.release_id

    def _tell(self, report: Report) -> None:
        if report.release_id:
            self._figures.published()
            self._published(report.release_id)

    def _seconds_until(self, moment: datetime | None) -> float:
        if moment is None:
            return LONGEST_SLEEP_S
        return min(LONGEST_SLEEP_S, max(0.05, (moment - self._clock.now()).total_seconds()))


def _last(states: Mapping[str, SourceState], source: Source) -> datetime | None:
    return states[source.id].last_attempt if source.id in states else None


def _touched(path: Path | None) -> int:
    try:
        return path.stat().st_mtime_ns if path is not None else 0
    except OSError:
        return 0


def log_gathering(done: Gathering) -> None:
    """One line for a gathering: a warning when it gave nothing new for a reason."""
    fields = {"source": done.source, "outcome": done.outcome, "count": done.count, "seconds": round(done.seconds, 2)}
    if done.quarantined:
        fields["quarantined"] = done.quarantined
    if done.error:
        fields["error"] = done.error
    level = logging.WARNING if done.error else logging.INFO if done.outcome == "changed" else logging.DEBUG
    _LOG.log(level, "gathered", extra=fields)


def log_build(report: Report, changed: Collection[str]) -> None:
    """One line for a build, with what it says of itself."""
    fields: dict[str, object] = {"release": report.release_id or "unchanged", "sources": ",".join(sorted(changed))}
    for name in ("pages", "asked", "changed", "seconds", "on_air"):
        if hasattr(report, name):
            value = getattr(report, name)
            fields[name] = round(value, 2) if isinstance(value, float) else value
    faults = getattr(report, "faults", ())
    if faults:
        fields["faults"] = len(faults)
    _LOG.log(logging.INFO if report.release_id or faults else logging.DEBUG, "built", extra=fields)


def gather_now(
    sources: Collection[Source],
    archive: Archive,
    folder: Path,
    clock: Clock,
    each: Callable[[Gathering], None],
) -> list[Gathering]:
    """Gather all of ``sources`` once, side by side; ``each`` hears of every one as it ends, the list is by id."""
    archive.not_after(clock.now())
    gatherer = Gatherer(archive, folder, clock)
    found = []
    try:
        for done in gatherer.gather_all(sources, force=True):
            each(done)
            found.append(done)
    finally:
        gatherer.close()
    return sorted(found, key=lambda done: done.source)
