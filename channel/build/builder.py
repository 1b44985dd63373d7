"""Building: which pages and estates are touched, rendering them, and one release of what came of it.

::

    archive -> plan (by inputs and moment) -> jobs -> crew -> results -> placements -> links checked -> release

Work is in proportion to what changed: a page whose inputs are the same and whose time has not come is not looked at.
Alerts go their own way (``publish_alerts``), with a crew of their own, and wait for nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property

import msgspec

from channel.build import crew, engines, jobs
from channel.build.jobs import Job, Outcome, Result
from channel.build.ledger import Ledger, LedgerEntry, sources_of
from channel.build.placing import ALERT_VIEW, Placements, Scripts, clean
from channel.build.planning import Planner, Task, divided, single, stages
from channel.build.report import BuildReport, Progress, RepairReport, Tally
from channel.build.saying import Sayer
from channel.estates import DISTRICT
from channel.lineup import Page
from channel.paint.output import Finding
from channel.profiles import alike
from channel.release import NO_ALERT, Changes, Damage, Made, Store
from channel.release.objects import MAP
from channel.release.tree import Layer, page_of
from channel.settings import Channel
from channel.views.alerts import alert_answers
from feeds.archive import Archive
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import ChannelError, StoreError
from feeds.source import Snapshot

__all__ = ["BuildReport", "Builder", "RepairReport"]

CHUNKS = (24, 128)
"""Estates a job, at least and at most: many share their rows best (a worker paints a row once), few keep all workers
busy, show progress, and cost little when a worker dies."""
SHARES = 6
"""Jobs a worker, where there is enough to do."""
ROUNDS = 4
"""How often a repair renders again what is still damaged."""
ANSWERS = "alert.json"
"""The alert answers' name in the ledger."""


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
        self._mending = False
        self._ledger = Ledger(channel.state / "build.msgpack", store.disk)
        self._sayer = Sayer(channel, store)
        render = channel.settings.render
        self._workers = workers = render.workers or engines.cores()
        self._crew = crew.Crew(
            lambda: engines.open_executor(render.executor, workers), jobs.run, workers, lent=executor
        )
        # Of a process of its own: those of the other crew have work for seconds before them. One will do, for estates
        # with the same alerts share their screens.
        self._alert_crew = crew.Crew(lambda: engines.open_executor(render.executor, 1), jobs.run, 1, lent=executor)

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
        with self._building, _writing():
            self._load()
            cold = self._is_cold()
            # A channel with nothing on air needs its home page more than page 900 in 818 estates.
            alerts = BuildReport() if cold else self.publish_alerts(moment)
            pages = [p for p in self.channel.lineup.pages.values() if p.view != ALERT_VIEW and _wanted(p, only)]
            snapshots = self._snapshots(pages, moment)
            tasks = self._planner.plan(pages, snapshots, moment)
            report = BuildReport()
            if tasks or self._new_declarations:
                report = self._carry_out(stages(tasks) if cold else [tasks], snapshots, moment, progress)
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
        with self._alerting, _writing():
            self._load()
            snapshots = self._alert_snapshots(moment)
            release, concerned = self._publish_answers(snapshots.get(self.channel.settings.alert_source), moment)
            pages = [page for page in self.channel.lineup.pages.values() if page.view == ALERT_VIEW]
            tasks = self._planner.plan(pages, snapshots, moment)
            report = BuildReport()
            if tasks:
                with self._crew.paused():
                    report = self._alert_pages(divided(tasks, concerned), snapshots, moment)
            return msgspec.structs.replace(
                report,
                release_id=report.release_id or release,
                on_air=report.on_air or bool(release),
                seconds=time.perf_counter() - started,
                next_wake=self._ledger.next_wake(moment),
            )

    def repair(self, moment: datetime, *, progress: Progress | None = None) -> RepairReport:
        """Check the store and mend what is damaged by rendering it again; what cannot be mended is forgotten.

        Old releases that stay damaged can no longer be rolled back to. Raises ChannelError.
        """
        damages = self.store.check()
        if not damages:
            return RepairReport(damages=(), build=BuildReport(next_wake=self._ledger.next_wake(moment)), forgotten=0)
        self._load()
        # Asked before anything moves: an older record may be on air afterwards.
        down = self.store.taken_down()
        report, left, forgotten = None, damages, 0
        for _ in range(ROUNDS):
            self._forget(left, moved=self.store.mend_files())
            mended = self._mend(down, moment, progress)
            report = report or mended
            before = left
            # Damage is reported once, for the newest release that has it: the one before may have it too.
            while (left := self.store.check()) and (gone := self.store.discard({damage.release for damage in left})):
                forgotten += gone
            # It is reported for the first page that has it, which may say something else by now than the others.
            if not left or left == before:
                break
        return RepairReport(
            damages=tuple(damages), build=report or BuildReport(), forgotten=forgotten, left=tuple(left)
        )

    def _forget(self, damages: Iterable[Damage], *, moved: bool) -> None:
        """Have what is damaged rendered again."""
        if moved or any(damage.kind == "map" and not damage.group for damage in damages):
            self._ledger.forget(None)
            self._new_declarations = True
        else:
            self._ledger.forget(self._to_mend({damage.group for damage in damages if damage.group}))

    def _mend(self, down: Sequence[str], moment: datetime, progress: Progress | None) -> BuildReport:
        self._mending = True
        try:
            self._take_down(down)
            report = self.build(moment, progress=progress)
            # Once more, for the pictures: the sheets that name them may have been among what is mended now.
            self._take_down(down)
            return report
        finally:
            self._mending = False

    def _take_down(self, units: Iterable[str]) -> None:
        for unit in units:
            self.store.take_down(unit, "repair")

    def _to_mend(self, groups: set[str]) -> set[str]:
        """The pages to render again so that these groups are whole."""
        pages = set(map(page_of, groups))
        if "" in pages:
            # The script comes with any page of its tree.
            pages |= {p.number for p in self.channel.lineup.pages.values() if p.number == "100" or p.view == ALERT_VIEW}
        return pages - {""}

    def findings(self) -> list[Finding]:
        """What preflight found in the pages as they were last built, from what the state folder remembers."""
        self._load()
        return self._ledger.findings()

    def _is_cold(self) -> bool:
        built = self.store.built()
        return built is None or not built.root.pages

    # Planning

    @cached_property
    def _planner(self) -> Planner:
        groups = alike(self._engine.profiles[name] for name in self.channel.settings.profiles)
        return Planner(self.channel, self._ledger, self._renderer, self.declared, groups)

    @cached_property
    def _engine(self) -> jobs.Renderer:
        """A renderer of this process, for what is asked once; the crew has its own."""
        return jobs.make_renderer(self._renderer, self.channel)

    @cached_property
    def _packed(self) -> bytes:
        return jobs.pack_folder(self.channel)

    @cached_property
    def _scripts(self) -> Scripts:
        return Scripts({name: self._engine.script(name) for name in self.channel.settings.profiles})

    @cached_property
    def declared(self) -> str:
        """What names declarations, engine and profiles: another name, and every page is touched."""
        return f"{self.channel.digest} {self._engine.fingerprint}"

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
        pages = [page for page in self.channel.lineup.pages.values() if page.view == ALERT_VIEW]
        found = self._snapshots(pages, moment)
        source = self.channel.settings.alert_source
        if source and source not in found:
            found.update(self.archive.latest_all([source], moment))
        return found

    # Carrying out

    def _carry_out(
        self, parts: list[list[Task]], snapshots: Mapping[str, Snapshot], moment: datetime, progress: Progress | None
    ) -> BuildReport:
        tally = Tally(len(self.channel.settings.profiles), [task for part in parts for task in part], progress)
        for part in parts:
            with self.store.changes(mending=self._mending) as changes:
                if self._new_declarations:
                    clean(changes, self.store.built(), self.channel)
                changes.declared = changes.keep(MAP, self._packed).hex()
                self._sayer.say(changes, "pages", part, snapshots, moment)
                done = self._render(part, snapshots, moment, changes, "pages", tally)
                done.apply(changes)
                self._scripts.place(changes, self.store.built(), "pages", anew=self._mending)
                self._tell(changes, part, snapshots, moment)
                tally.published(self.store.publish(changes, inputs={"channel": self.channel.digest}))
            self._planner.note(part, done, snapshots, moment)
            if self._new_declarations:
                self._ledger.keep_only((*self.channel.lineup.pages, ANSWERS))
                self._new_declarations = False
            self._ledger.save(self.store.heads().seq)
        return tally.report()

    def _alert_pages(self, parts: list[list[Task]], snapshots: Mapping[str, Snapshot], moment: datetime) -> BuildReport:
        tally = Tally(len(self.channel.settings.profiles), [task for part in parts for task in part], None)
        for part in parts:
            with self.store.changes(mending=self._mending) as changes:
                self._sayer.say(changes, "alerts", part, snapshots, moment)
                done = self._render(part, snapshots, moment, changes, "alerts", tally)
                done.apply(changes)
                self._scripts.place(changes, self.store.current(), "alerts", anew=self._mending)
                self._tell(changes, part, snapshots, moment)
                tally.published(self.store.publish(changes, action="alerts"))
            self._planner.note(part, done, snapshots, moment)
        self._ledger.save(self.store.heads().seq)
        return tally.report()

    def _tell(
        self, changes: Changes, tasks: Sequence[Task], snapshots: Mapping[str, Snapshot], moment: datetime
    ) -> None:
        """Say what the pages were made from, for the as-run record."""
        made = {t.page.number: Made(moment.timestamp(), sources_of(t.page, snapshots)) for t in tasks}
        changes.made = made
        changes.everything = lambda: {**self._ledger.made(), **made}

    def _publish_answers(self, snapshot: Snapshot | None, moment: datetime) -> tuple[str, frozenset[str]]:
        """``alert.json`` for all estates: the id of the release and whose answers differ from those that were on air;
        an empty id when none does."""
        answers, until = alert_answers(snapshot, self.channel.estates, moment, self.channel.settings)
        untils = {DISTRICT: until.timestamp()} if until else {}
        self._ledger.put(ANSWERS, LedgerEntry(inputs="", built=moment.timestamp(), untils=untils))
        concerned = self._concerned(answers)
        if not concerned:
            return "", concerned
        with self.store.changes() as changes:
            changes.answers(answers)
            changes.everything = self._ledger.made
            done = self.store.publish(changes, action="alerts")
        return done.id if done else "", concerned

    def _concerned(self, answers: Mapping[str, bytes]) -> frozenset[str]:
        release = self.store.current()
        try:
            return frozenset(e for e, body in answers.items() if (release.alert(e) if release else NO_ALERT) != body)
        except StoreError:
            return frozenset(answers)

    def _render(
        self,
        tasks: Sequence[Task],
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        changes: Changes,
        layer: Layer,
        tally: Tally,
    ) -> Placements:
        """Have everything of ``tasks`` rendered; objects go to ``changes`` as they come."""
        release = self.store.built() if layer == "pages" else self.store.current()
        placements = Placements(self.channel.lineup, release, layer, moment.timestamp())
        renderers, workers = (self._crew, self._workers) if layer == "pages" else (self._alert_crew, 1)
        chunk = min(max(sum(len(task.scopes) for task in tasks) // (workers * SHARES), CHUNKS[0]), CHUNKS[1])
        lost: list[Job] = []
        poor: list[Job] = []
        for job, result in self._results(renderers, self._planner.jobs(tasks, snapshots, moment, chunk)):
            if isinstance(result, Exception):
                lost.append(job)
            elif result.missing:
                poor.append(self._planner.equipped(job, result.missing))
            else:
                self._take(job, result, changes, placements, tally)
        for job, result in self._results(renderers, poor):
            self._take(job, result, changes, placements, tally)
        # What took its worker with it is done again pair by pair, so that only the guilty pair is given up.
        singles = (single(job, e, ps) for job in lost for e in job.estates for ps in self._planner.alike(job.profiles))
        for job, result in self._results(renderers, singles):
            self._take(job, result, changes, placements, tally)
        placements.settle()
        tally.settled(placements)
        return placements

    def _results(self, renderers: crew.Crew, wanted: Iterable[Job]) -> Iterator[tuple[Job, Result | Exception]]:
        sent: list[Job] = []

        def packed() -> Iterator[bytes]:
            for job in wanted:
                sent.append(job)
                yield jobs.encode(job)

        for number, result in renderers.run(packed()):
            yield sent[number], result if isinstance(result, Exception) else jobs.decode_result(result)

    def _take(
        self, job: Job, result: Result | Exception, changes: Changes, placements: Placements, tally: Tally
    ) -> None:
        if isinstance(result, Exception):
            outcomes: Iterable[Outcome] = _lost(job, result)
        else:
            for kind, key, data in result.objects:
                changes.add(kind, key, data)
            outcomes = result.outcomes
        for outcome in outcomes:
            placements.take(job.page, outcome)
            tally.one()


@contextmanager
def _writing() -> Iterator[None]:
    """A disk that is full or gone is named as what it is; the last release stays on air."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"store: {error}", hint="make room; the last release stays on air meanwhile") from error


def _wanted(page: Page, only: set[str] | None) -> bool:
    return not only or page.number in only


def _lost(job: Job, error: Exception) -> list[Outcome]:
    """Outcomes for a job that gave none."""
    sentence = error.message if isinstance(error, ChannelError) else f"{type(error).__name__}: {error}"
    finding = Finding(level="fault", page=job.page, screen=0, element="", sentence=sentence)
    return [
        Outcome(profile, estate, False, 0.0, (), (finding,), (), ())
        for estate in job.estates
        for profile in job.profiles
    ]
