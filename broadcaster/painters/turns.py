"""Who is painted for next: the more urgent first, and among the equally urgent each asker in turn.

Whoever asks for everything has one turn in a round like whoever asks for one page; a page that many wait for stands in
the row of each of them, so that it is reached the sooner the more they are. The queue is bounded: where it is full, the
newest wish of whoever has the most of the least urgent goes.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from broadcaster.painters.wire import WARMER, Ask


@dataclass(eq=False)
class Job:
    """Something to paint. ``waiters`` are (whoever is to hear of it, the number of the question)."""

    ask: Ask
    urgency: int
    waiters: dict[tuple[int, int], None] = field(default_factory=dict)
    deaths: int = 0
    is_waiting: bool = False


class Turns:
    """Jobs that wait, at most ``most``, and ``each`` of one asker and urgency."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._rows: tuple[OrderedDict[str, deque[Job]], ...] = tuple(OrderedDict() for _ in range(WARMER + 1))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, job: Job, asker: str) -> list[Job]:
        """Let ``job`` wait on behalf of ``asker``, or give it one more who waits; the jobs that have no room any more,
        itself perhaps among them."""
        row = self._rows[job.urgency].setdefault(asker, deque())
        if not job.is_waiting:
            if len(row) >= self._each:
                return [job]
            job.is_waiting = True
            self._count += 1
        row.append(job)
        return self._shed() if self._count > self._most else []

    def again(self, job: Job) -> None:
        """Let a job wait that was taken already and came to nothing: it is the next of its urgency."""
        row = self._rows[job.urgency]
        row.setdefault("", deque()).appendleft(job)
        row.move_to_end("", last=False)
        job.is_waiting = True
        self._count += 1

    def take(self, least: int = WARMER) -> Job | None:
        """The next job that is at least so urgent."""
        for urgency in range(least + 1):
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
            job = row.popleft()
            if job.is_waiting and job.urgency == urgency:
                yield job

    def _leave(self, job: Job) -> None:
        job.is_waiting = False
        self._count -= 1

    def _shed(self) -> list[Job]:
        for rows in reversed(self._rows):
            for row in sorted(rows.values(), key=len, reverse=True):
                while row:
                    job = row.pop()
                    if job.is_waiting:
                        self._leave(job)
                        return [job]
        return []
