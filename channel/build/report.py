"""What a build says of itself: while it runs, and at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from channel.build.placing import Placements
from channel.build.planning import Task
from channel.paint.output import Finding
from channel.release import Damage, Published

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


class RepairReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair found, what it built, and how many old releases it had to forget; ``left`` is what it could not
    mend (a head whose pages cannot be rendered)."""

    damages: tuple[Damage, ...]
    build: BuildReport
    forgotten: int
    left: tuple[Damage, ...] = ()


class Tally:
    """Counts for the report."""

    def __init__(self, profiles: int, tasks: Sequence[Task], progress: Progress | None) -> None:
        self._pages = len({task.page.number for task in tasks})
        self._pairs = sum(len(task.scopes) for task in tasks) * profiles
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
