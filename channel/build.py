"""Building: which pages and estates are touched, rendering them, and one release of what came of it.

::

    archive -> plan (by inputs and moment) -> jobs -> crew -> results -> placements -> links checked -> release

Work is in proportion to what changed: a page whose inputs are the same and whose time has not come is not looked at.
Alerts go their own way (``publish_alerts``), with a crew of their own, and wait for nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from channel import crew, jobs
from channel.estates import DISTRICT
from channel.jobs import Job, Outcome
from channel.ledger import Entry, Ledger, inputs_of, scopes_of, sources_of
from channel.lineup import Page
from channel.paint.output import Finding
from channel.placing import MOST_FINDINGS, Placements
from channel.release import NO_ALERT, Changes, Published, Store
from channel.release.tree import Layer
from channel.settings import Channel
from channel.views.alerts import alert_answers
from feeds.archive import Archive
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import ChannelError
from feeds.source import Snapshot

_LOG = logging.getLogger(__name__)
CHUNK = 24
"""Estates a job: a second's work or so, so that progress is seen and a dead worker costs little."""
ALERT_CHUNK = 128
ALERTS = "alerts"
"""The view whose pages go on air by the alerts' own way."""
ANSWERS = "alert.json"
"""The alert answers' name in the ledger."""

Progress = Callable[[int, int], None]
"""Is told how many pairs are done, of how many."""


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. ``pages`` and ``pairs`` (page, estate, profile) were touched; ``rendered`` pairs came out
    sound, ``unchanged`` of them as they were; ``faults`` are findings that kept a page's old screens on air."""

    pages: int = 0
    pairs: int = 0
    rendered: int = 0
    unchanged: int = 0
    faults: tuple[Finding, ...] = ()
    seconds: float = 0.0
    release_id: str = ""
    on_air: bool = False
    publish_ms: float = 0.0
    next_wake: datetime | None = None


class _Task(msgspec.Struct):
    """A page with the scopes that are to be rendered."""

    page: Page
    scopes: tuple[str, ...]
    inputs: str


class Builder:
    """Builds a channel from its archive into its store.

    ``executor`` is lent (never closed); without one, the channel's ``[render] executor`` is opened when it is needed.
    ``build`` and ``publish_alerts`` may run at the same time in two threads.
    """

    def __init__(
        self,
        channel: Channel,
        archive: Archive,
        store: Store,
        *,
        executor: Executor | None = None,
        clock: Clock | None = None,
        renderer: str = jobs.RENDERER,
    ) -> None:
        self.channel = channel
        self.archive = archive
        self.store = store
        self._clock = clock or SystemClock()
        self._renderer = renderer
        self._building = threading.Lock()
        self._alerting = threading.Lock()
        self._loading = threading.Lock()
        self._loaded = False
        self._new_declarations = True
        self._ledger = Ledger(channel.state / "build.msgpack")
        render = channel.settings.render
        workers = render.workers or crew.cores()
        self._crew = crew.Crew(lambda: crew.executor(render.executor, workers), jobs.run, workers, lent=executor)
        self._alert_crew = crew.Crew(lambda: crew.executor(render.executor, 1), jobs.run, 1, lent=executor)

    def close(self) -> None:
        """Let the workers go."""
        self._crew.close()
        self._alert_crew.close()

    def build(self, moment: datetime, *, only: set[str] | None = None, progress: Progress | None = None) -> BuildReport:
        """Bring everything that is touched at ``moment`` on air as one release; ``only`` looks at these pages alone.

        A channel that has nothing on air yet gets it in stages, the district first. Raises ChannelError when the store
        cannot be written; what is wrong with a page is in the report instead.
        """
        started = time.perf_counter()
        with self._building:
            self._load()
            cold = self._is_cold()
            # A channel with nothing on air needs its home page more than page 900 in 818 estates.
            alerts = BuildReport() if cold else self.publish_alerts(moment)
            pages = [p for p in self.channel.lineup.pages.values() if p.view != ALERTS and _wanted(p, only)]
            snapshots = self._snapshots(pages, moment)
            tasks = self._plan(pages, snapshots, moment)
            report = BuildReport()
            if tasks or self._new_declarations:
                report = self._carry_out(_stages(tasks) if cold else [tasks], snapshots, moment, progress)
            if cold:
                alerts = self.publish_alerts(moment)
            return msgspec.structs.replace(
                report,
                faults=alerts.faults + report.faults,
                release_id=report.release_id or alerts.release_id,
                on_air=report.on_air or alerts.on_air,
                seconds=time.perf_counter() - started,
                next_wake=self._ledger.next_wake(moment),
            )

    def publish_alerts(self, moment: datetime) -> BuildReport:
        """Bring the alerts in force at ``moment`` on air: ``alert.json`` at once, then the pages that show them.

        Waits for no build, and nothing that is wrong elsewhere stops it. Raises ChannelError.
        """
        started = time.perf_counter()
        with self._alerting:
            self._load()
            snapshots = self._alert_snapshots(moment)
            release = self._publish_answers(snapshots.get(self.channel.settings.alert_source), moment)
            pages = [page for page in self.channel.lineup.pages.values() if page.view == ALERTS]
            tasks = self._plan(pages, snapshots, moment)
            report = self._alert_pages(tasks, snapshots, moment) if tasks else BuildReport()
            return msgspec.structs.replace(
                report,
                release_id=report.release_id or release,
                on_air=report.on_air or bool(release),
                seconds=time.perf_counter() - started,
                next_wake=self._ledger.next_wake(moment),
            )

    def findings(self) -> list[Finding]:
        """What preflight found in the pages as they were last built, from what the state folder remembers."""
        self._load()
        return self._ledger.findings()

    def _is_cold(self) -> bool:
        built = self.store.built()
        return built is None or not built.root.pages

    # Planning

    @cached_property
    def declared(self) -> str:
        """What names declarations, engine and profiles: another name, and every page is touched."""
        fingerprint = jobs.make_renderer(self._renderer, self.channel).fingerprint
        return f"{self.channel.digest} {fingerprint}"

    @cached_property
    def _packed_folder(self) -> bytes:
        return jobs.pack_folder(self.channel)

    def _load(self) -> None:
        with self._loading:
            if not self._loaded:
                known = self._ledger.load(self.store.heads().seq, self.declared)
                self._new_declarations = not known
                self._loaded = True

    def _snapshots(self, pages: Iterable[Page], moment: datetime) -> dict[str, Snapshot]:
        wanted = {source for page in pages for source in page.sources.values()}
        return self.archive.latest_all(sorted(wanted), moment)

    def _alert_snapshots(self, moment: datetime) -> dict[str, Snapshot]:
        pages = [page for page in self.channel.lineup.pages.values() if page.view == ALERTS]
        found = self._snapshots(pages, moment)
        source = self.channel.settings.alert_source
        if source and source not in found:
            found.update(self.archive.latest_all([source], moment))
        return found

    def _plan(self, pages: Iterable[Page], snapshots: Mapping[str, Snapshot], moment: datetime) -> list[_Task]:
        """The pages that are touched, with the scopes that are."""
        tasks = []
        for page in pages:
            inputs = inputs_of(page, self.declared, self.channel.sources, snapshots, moment)
            entry = self._ledger.entry(page.number)
            if entry is None or entry.inputs != inputs:
                tasks.append(_Task(page, self._scopes(page), inputs))
            elif entry.until is not None and entry.until <= moment.timestamp():
                tasks.append(_Task(page, tuple(entry.due(moment.timestamp())), inputs))
        return tasks

    # Carrying out

    def _carry_out(
        self, stages: list[list[_Task]], snapshots: Mapping[str, Snapshot], moment: datetime, progress: Progress | None
    ) -> BuildReport:
        tally = _Tally(self.channel, [task for stage in stages for task in stage], progress)
        for stage in stages:
            with self.store.changes() as changes:
                if self._new_declarations:
                    self._clean(changes)
                done = self._render(stage, snapshots, moment, changes, "pages", tally)
                done.apply(changes)
                tally.published(self.store.publish(changes, inputs={"channel": self.channel.digest}))
            self._note(stage, done, snapshots, moment)
            if self._new_declarations:
                self._ledger.keep_only((*self.channel.lineup.pages, ANSWERS))
                self._new_declarations = False
            self._ledger.save(self.store.heads().seq)
        return tally.report()

    def _alert_pages(self, tasks: list[_Task], snapshots: Mapping[str, Snapshot], moment: datetime) -> BuildReport:
        tally = _Tally(self.channel, tasks, None)
        with self.store.changes() as changes:
            done = self._render(tasks, snapshots, moment, changes, "alerts", tally)
            done.apply(changes)
            tally.published(self.store.publish(changes, action="alerts"))
        self._note(tasks, done, snapshots, moment)
        self._ledger.save(self.store.heads().seq)
        return tally.report()

    def _publish_answers(self, snapshot: Snapshot | None, moment: datetime) -> str:
        """``alert.json`` for all estates; the id of the release when they differ from those on air."""
        answers, until = alert_answers(snapshot, self.channel.estates, moment, self.channel.settings)
        untils = {DISTRICT: until.timestamp()} if until else {}
        self._ledger.put(ANSWERS, Entry(inputs="", built=moment.timestamp(), untils=untils))
        release = self.store.current()
        if all((release.alert(estate) if release else NO_ALERT) == body for estate, body in answers.items()):
            return ""
        with self.store.changes() as changes:
            changes.answers(answers)
            done = self.store.publish(changes, action="alerts")
        return done.id if done else ""

    def _render(
        self,
        tasks: Sequence[_Task],
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        changes: Changes,
        layer: Layer,
        tally: _Tally,
    ) -> Placements:
        """Have everything of ``tasks`` rendered; objects go to ``changes`` as they come."""
        release = self.store.built() if layer == "pages" else self.store.current()
        placements = Placements(self.channel.lineup, release, layer, moment.timestamp())
        renderers, chunk = (self._crew, CHUNK) if layer == "pages" else (self._alert_crew, ALERT_CHUNK)
        lost: list[Job] = []
        for job, result in self._results(renderers, self._jobs(tasks, snapshots, moment, chunk)):
            if isinstance(result, Exception):
                lost.append(job)
            else:
                self._take(job, result, changes, placements, tally)
        # What took its worker with it is done again pair by pair, so that only the guilty pair is given up.
        singles = (_single(job, e, p) for job in lost for e in job.estates for p in job.profiles)
        for job, result in self._results(renderers, singles):
            self._take(job, result, changes, placements, tally)
        placements.settle()
        tally.settled(placements)
        return placements

    def _results(self, renderers: crew.Crew, wanted: Iterable[Job]) -> Iterator[tuple[Job, bytes | Exception]]:
        sent: list[Job] = []

        def packed() -> Iterator[bytes]:
            for job in wanted:
                sent.append(job)
                yield jobs.encode(job)

        for number, result in renderers.run(packed()):
            yield sent[number], result

    def _take(
        self, job: Job, result: bytes | Exception, changes: Changes, placements: Placements, tally: _Tally
    ) -> None:
        if isinstance(result, Exception):
            outcomes: Iterable[Outcome] = _lost(job, result)
        else:
            done = jobs.decode_result(result)
            for kind, key, data in done.objects:
                changes.add(kind, key, data)
            outcomes = done.outcomes
        for outcome in outcomes:
            placements.take(job.page, outcome)
            tally.one()

    def _jobs(
        self,
        tasks: Sequence[_Task],
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        chunk: int,
    ) -> Iterator[Job]:
        packed: dict[str, bytes] = {}
        for task in tasks:
            mine = {}
            for source in sorted(set(task.page.sources.values())):
                if source in snapshots:
                    mine[source] = packed.get(source) or packed.setdefault(
                        source, jobs.pack_snapshot(snapshots[source])
                    )
            for scopes, profiles in self._portions(task, chunk):
                yield Job(
                    str(self.channel.folder), self.channel.digest, self._packed_folder, self._renderer,
                    task.page.number, scopes, profiles, moment.astimezone(UTC), mine,
                )  # fmt: skip

    def _portions(self, task: _Task, chunk: int) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The district apart, profile by profile (its items are many), then the estates in chunks."""
        profiles = self.channel.settings.profiles
        if DISTRICT in task.scopes:
            for profile in profiles:
                yield (DISTRICT,), (profile,)
        estates = [scope for scope in task.scopes if scope != DISTRICT]
        for first in range(0, len(estates), chunk):
            yield tuple(estates[first : first + chunk]), profiles

    def _note(
        self, tasks: Iterable[_Task], done: Placements, snapshots: Mapping[str, Snapshot], moment: datetime
    ) -> None:
        """Write down what was done. Scopes that are still to come (of a first build in stages) are noted as due."""
        for task in tasks:
            number = task.page.number
            before = self._ledger.entry(number)
            same = before is not None and before.inputs == task.inputs
            untils = dict(before.untils) if before and same else dict.fromkeys(self._scopes(task.page), 0.0)
            for scope in task.scopes:
                untils.pop(scope, None)
            findings = done.findings.get(number, [])
            if before and same:
                redone = set(task.scopes)
                findings = [*findings, *(pair for pair in before.findings if pair[0] not in redone)][:MOST_FINDINGS]
            entry = Entry(
                inputs=task.inputs,
                built=moment.timestamp(),
                untils={**untils, **done.untils.get(number, {})},
                findings=findings,
                sources=sources_of(task.page, snapshots),
            )
            self._ledger.put(number, entry)

    def _scopes(self, page: Page) -> tuple[str, ...]:
        return scopes_of(page, self.channel.estates)

    def _clean(self, changes: Changes) -> None:
        """Take out what the declarations no longer name: profiles, estates, pages, and estates of district pages."""
        built = self.store.built()
        if built is None:
            return
        pages = self.channel.lineup.pages
        for profile in built.profiles:
            if profile not in self.channel.settings.profiles:
                changes.forget(profile)
                continue
            for scope in built.estates(profile):
                if scope != DISTRICT and scope not in self.channel.estates:
                    changes.forget(profile, scope)
                    continue
                for group in built.groups("pages", profile, scope):
                    page = pages.get(group[-3:])
                    if page is None or page.view == ALERTS or (scope != DISTRICT and page.scope == "district"):
                        changes.sheet(profile, scope, group, None)
                for group in built.groups("alerts", profile, scope):
                    page = pages.get(group[-3:])
                    if page is None or page.view != ALERTS:
                        changes.sheet(profile, scope, group, None, "alerts")


class _Tally:
    """Counts for the report."""

    def __init__(self, channel: Channel, tasks: Sequence[_Task], progress: Progress | None) -> None:
        self._pages = len({task.page.number for task in tasks})
        self._pairs = sum(len(task.scopes) for task in tasks) * len(channel.settings.profiles)
        self._progress = progress
        self._done = 0
        self._rendered = 0
        self._unchanged = 0
        self._faults: list[Finding] = []
        self._release = ""
        self._on_air = False
        self._publish_ms = 0.0

    def one(self) -> None:
        """A pair is done."""
        self._done += 1
        if self._progress:
            self._progress(self._done, self._pairs)

    def settled(self, placements: Placements) -> None:
        """A stage is rendered and its links are checked."""
        self._rendered += placements.rendered
        self._unchanged += placements.unchanged
        self._faults += [f for found in placements.findings.values() for _, f in found if f.level == "fault"]

    def published(self, done: Published | None) -> None:
        """A stage is published (None: it changed nothing)."""
        if done:
            self._release, self._on_air = done.id, done.on_air
            self._publish_ms = max(self._publish_ms, done.locked_ms)

    def report(self) -> BuildReport:
        """The sum."""
        return BuildReport(
            pages=self._pages,
            pairs=self._pairs,
            rendered=self._rendered,
            unchanged=self._unchanged,
            faults=tuple(self._faults),
            release_id=self._release,
            on_air=self._on_air,
            publish_ms=self._publish_ms,
        )


def _wanted(page: Page, only: set[str] | None) -> bool:
    return only is None or page.number in only


def _stages(tasks: Sequence[_Task]) -> list[list[_Task]]:
    """For a channel with nothing on air: the district's screens first, home before all, then the estates by page."""
    first = sorted(tasks, key=lambda task: task.page.number != "100")
    district = [_Task(t.page, (DISTRICT,), t.inputs) for t in first]
    estates = [
        [_Task(t.page, tuple(s for s in t.scopes if s != DISTRICT), t.inputs)] for t in first if len(t.scopes) > 1
    ]
    return [district, *estates]


def _single(job: Job, estate: str, profile: str) -> Job:
    return msgspec.structs.replace(job, estates=(estate,), profiles=(profile,))


def _lost(job: Job, error: Exception) -> list[Outcome]:
    """Outcomes for a job that gave none."""
    sentence = error.message if isinstance(error, ChannelError) else f"{type(error).__name__}: {error}"
    finding = Finding(level="fault", page=job.page, screen=0, element="", sentence=sentence)
    return [
        Outcome(profile, estate, False, 0.0, (), (finding,), (), ())
        for estate in job.estates
        for profile in job.profiles
    ]
