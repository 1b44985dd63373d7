"""Which pages and scopes a moment touches, and the jobs that render them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from channel.build import jobs
from channel.build.engines import is_local
from channel.build.jobs import Job
from channel.build.ledger import Ledger, LedgerEntry, inputs_of, scopes_of, sources_of
from channel.build.placing import MOST_FINDINGS, Placements
from channel.estates import DISTRICT
from channel.lineup import Page
from channel.settings import Channel
from feeds.source import Snapshot

Snapshots = Mapping[str, Snapshot]
TOGETHER = 6
"""Pages of all estates that go on air together in a first build: what a kill in its middle costs at most."""

AHEAD_S = 60.0
"""A page that was built so far ahead of the moment was built by a clock that has gone back since: it says what will be
then, and when it is due nobody can tell. What was built a little later is of an alert that overtook a build."""


class Task(msgspec.Struct):
    """A page with the scopes that are to be rendered."""

    page: Page
    scopes: tuple[str, ...]
    inputs: str


class Planner:
    """Plans builds of a channel by what its ledger says; ``declared`` names declarations and engine, ``groups`` are
    the profiles, those together that share their documents."""

    def __init__(
        self, channel: Channel, ledger: Ledger, renderer: str, declared: str, groups: Sequence[tuple[str, ...]]
    ) -> None:
        self._channel = channel
        self._ledger = ledger
        self._renderer = renderer
        self._declared = declared
        self._groups = groups

    def plan(self, pages: Iterable[Page], snapshots: Snapshots, moment: datetime) -> list[Task]:
        """The pages that are touched, with the scopes that are."""
        tasks = []
        for page in pages:
            inputs = inputs_of(page, self._declared, self._channel.sources, snapshots, moment)
            entry = self._ledger.entry(page.number)
            if entry is None or entry.inputs != inputs or entry.built > moment.timestamp() + AHEAD_S:
                tasks.append(Task(page, self._scopes(page), inputs))
            elif entry.until is not None and entry.until <= moment.timestamp():
                tasks.append(Task(page, tuple(entry.due(moment.timestamp())), inputs))
        return tasks

    def jobs(
        self,
        tasks: Sequence[Task],
        snapshots: Snapshots,
        moment: datetime,
        chunk: int,
    ) -> Iterator[Job]:
        """The jobs of ``tasks``, in chunks of that many estates."""
        packed: dict[str, bytes] = {}
        for task in tasks:
            mine = {}
            for source in sorted(set(task.page.sources.values())):
                if source in snapshots:
                    mine[source] = packed.get(source) or packed.setdefault(
                        source, jobs.pack_snapshot(snapshots[source])
                    )
            for scopes, profiles in self._portions(task, chunk):
                channel = self._channel
                near = is_local(channel.settings.render.executor)
                folder, state = (str(channel.folder), str(channel.state)) if near else ("", "")
                yield Job(
                    folder, state, channel.digest, self._packed, self._renderer,
                    task.page.number, scopes, profiles, moment.astimezone(UTC), mine,
                )  # fmt: skip

    def _portions(self, task: Task, chunk: int) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The district apart, by profiles that share their documents (its items are many), then the estates in
        chunks."""
        profiles = self._channel.settings.profiles
        if DISTRICT in task.scopes:
            for group in self._groups:
                yield (DISTRICT,), group
        estates = [scope for scope in task.scopes if scope != DISTRICT]
        for first in range(0, len(estates), chunk):
            yield tuple(estates[first : first + chunk]), profiles

    def alike(self, profiles: Collection[str]) -> list[tuple[str, ...]]:
        """``profiles``, those together that share their documents."""
        groups = (tuple(name for name in group if name in profiles) for group in self._groups)
        return [group for group in groups if group]

    def equipped(self, job: Job, datasets: Iterable[str]) -> Job:
        """The job with the datasets that its worker does not have; those that nobody has are left out."""
        folder = self._channel.datasets_folder
        packed = {name: jobs.pack_dataset(folder / name) for name in datasets if (folder / name).is_file()}
        return msgspec.structs.replace(job, datasets=packed)

    def note(self, tasks: Iterable[Task], done: Placements, snapshots: Snapshots, moment: datetime) -> None:
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
            entry = LedgerEntry(
                inputs=task.inputs,
                built=moment.timestamp(),
                untils={**untils, **done.untils.get(number, {})},
                findings=findings,
                sources=sources_of(task.page, snapshots),
            )
            self._ledger.put(number, entry)

    @cached_property
    def _packed(self) -> bytes:
        return jobs.pack_folder(self._channel)

    def _scopes(self, page: Page) -> tuple[str, ...]:
        return scopes_of(page, self._channel.estates)


def stages(tasks: Sequence[Task]) -> list[list[Task]]:
    """For a channel with nothing on air: the district's screens first, home before all, then the estates' home, then
    their other pages, some together: each stage is a release, and sets down the map of every estate anew."""
    first = sorted(tasks, key=lambda task: task.page.number != "100")
    district = [Task(t.page, (DISTRICT,), t.inputs) for t in first]
    estates = [Task(t.page, tuple(s for s in t.scopes if s != DISTRICT), t.inputs) for t in first if len(t.scopes) > 1]
    rest = [estates[at : at + TOGETHER] for at in range(1, len(estates), TOGETHER)]
    return [part for part in (district, estates[:1], *rest) if part]


def divided(tasks: Sequence[Task], first: Collection[str]) -> list[list[Task]]:
    """The tasks in two parts: the district (others lead to its items) and the scopes ``first``, then the rest; a part
    with nothing to do is left out."""
    first = {DISTRICT, *first}
    parts = []
    for wanted in (True, False):
        part = [Task(t.page, tuple(s for s in t.scopes if (s in first) is wanted), t.inputs) for t in tasks]
        parts.append([task for task in part if task.scopes])
    return [part for part in parts if part]


def single(job: Job, estate: str, profiles: tuple[str, ...]) -> Job:
    """The same job for one estate and profiles that share their documents."""
    return msgspec.structs.replace(job, estates=(estate,), profiles=profiles)
