"""Who is painted for next: the more urgent first, and among the equally urgent each asker in turn.

Whoever asks for everything has one turn in a round like whoever asks for one page; a page that many wait for stands in
the row of each of them, so that it is reached the sooner the more they are. The queue is bounded: where it is full, the
newest wish of whoever has the most of the least urgent goes.

What nobody waits for any more is painted from its newest end, and let go from its oldest: a minute later half of it is
of a release that has passed.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from broadcaster.painters.wire import LATE, WARMER, Ask


@dataclass(eq=False)
class Job:
    """Something to paint. ``waiters`` are (whoever is to hear of it, the number of the question)."""

    ask: Ask
    urgency: int
    waiters: dict[tuple[int, int], None] = field(default_factory=dict)
    deaths: int = 0
    is_waiting: bool = False
    is_put_off: bool = False
    """Whether it stands in the row of what nobody waits for any more."""


class Turns:
    """Jobs that wait, at most ``most``, and ``each`` of one asker and urgency."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._rows: tuple[OrderedDict[str, deque[Job]], ...] = tuple(OrderedDict() for _ in range(WARMER + 1))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def is_hurried(self) -> bool:
        """Whether a box waits."""
        return any(self._rows[urgency] for urgency in range(LATE))

    def add(self, job: Job, asker: str) -> list[Job]:
        """Let ``job`` wait on behalf of ``asker``, or give it one more who waits; the jobs that have no room any more,
        itself perhaps among them."""
        row = self._rows[job.urgency].setdefault(asker, deque())
        if not job.is_waiting:
            if len(row) >= self._each:
                if job.urgency != LATE:
                    return [job]
                lost = self._drop(row, LATE)
            else:
                lost = []
            job.is_waiting = True
            self._count += 1
            row.append(job)
            return lost or (self._shed() if self._count > self._most else [])
        row.append(job)
        return []

    def later(self, job: Job) -> None:
        """Nobody waits for a job any more: those for which somebody does come first."""
        if job.is_waiting and job.urgency < LATE:
            job.urgency = LATE
            if not job.is_put_off:
                job.is_put_off = True
                self._rows[LATE].setdefault("", deque()).append(job)

    def again(self, job: Job) -> None:
        """Let a job wait that was taken already and came to nothing: it is the next of its urgency."""
        rows = self._rows[job.urgency]
        row = rows.setdefault("", deque())
        if job.urgency == LATE:
            row.append(job)
        else:
            row.appendleft(job)
        rows.move_to_end("", last=False)
        job.is_waiting = True
        self._count += 1

    def take(self, urgencies: Iterable[int] = range(WARMER + 1)) -> Job | None:
        """The next job of one of these, the most urgent first."""
        for urgency in urgencies:
            rows = self._rows[urgency]
            while rows:
                asker, row = next(iter(rows.items()))
                job = next(self._live(row, urgency), None)
                if row:
                    rows.move_to_end(asker)
                else:
                    del rows[asker]
                if job is not None:
                    self._leave(job)
                    return job
        return None

    @staticmethod
    def _live(row: deque[Job], urgency: int) -> Iterator[Job]:
        """The jobs of a row that wait still, and not elsewhere by now."""
        while row:
            job = row.pop() if urgency == LATE else row.popleft()
            job.is_put_off &= urgency != LATE
            if job.is_waiting and job.urgency == urgency:
                yield job

    def _leave(self, job: Job) -> None:
        job.is_waiting = False
        self._count -= 1

    def _shed(self) -> list[Job]:
        for urgency, rows in reversed(list(enumerate(self._rows))):
            for row in sorted(rows.values(), key=len, reverse=True):
                lost = self._drop(row, urgency)
                if lost:
                    return lost
        return []

    def _drop(self, row: deque[Job], urgency: int) -> list[Job]:
        """Let go of the wish of a row that will be missed least."""
        while row:
            job = row.popleft() if urgency == LATE else row.pop()
            job.is_put_off = False
            if job.is_waiting and job.urgency == urgency:
                self._leave(job)
                return [job]
        return []
