"""Who renders: jobs over any ``concurrent.futures.Executor``, a few at a time, with retries when a worker dies.

Jobs and results are bytes, so the workers may stand on other machines: nothing is shared but what is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait

from feeds.base.errors import RenderError

ATTEMPTS = 2
"""A job during which the workers died so often, the second time alone, is given up; the others go on."""
AHEAD = 2
"""Jobs under way for each worker: one it works at, one that waits for it."""

Work = Callable[[bytes], bytes]


class Crew:
    """Runs jobs on an executor that it opens when it is first needed (or that it was lent, and then never closes)."""

    def __init__(
        self, open_executor: Callable[[], Executor], work: Work, workers: int, *, lent: Executor | None = None
    ) -> None:
        self._open = open_executor
        self._lent = lent
        self._work = work
        self._workers = workers
        self._executor: Executor | None = None

    def run(self, jobs: Iterable[bytes]) -> Iterator[tuple[int, bytes | Exception]]:
        """The number and result of every job, as they finish; an exception in place of a result that never came.

        When workers die, the jobs that were under way are done again one by one, so that only the one that kills its
        worker is given up.
        """
        suspects: deque[tuple[int, bytes, int]] = deque()
        source = enumerate(jobs)
        under_way: dict[Future[bytes], tuple[int, bytes, int]] = {}
        more = True
        while more or suspects or under_way:
            room = 1 if suspects or any(attempt for _, _, attempt in under_way.values()) else self._room()
            while len(under_way) < room:
                if suspects:
                    job = suspects.popleft()
                else:
                    following = next(source, None) if more else None
                    if following is None:
                        more = False
                        break
                    job = (*following, 0)
                self._submit(job, under_way, suspects)
            if not under_way:
                continue
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                number, data, attempt = under_way.pop(future)
                error = CancelledError() if future.cancelled() else future.exception()
                if error is None:
                    yield number, future.result()
                elif not isinstance(error, BrokenExecutor | CancelledError):
                    yield number, error if isinstance(error, Exception) else RenderError(str(error))
                elif attempt + 1 >= ATTEMPTS:
                    self._drop()
                    yield number, RenderError(f"the worker died {ATTEMPTS} times", hint="see the log of the workers")
                else:
                    self._drop()
                    suspects.append((number, data, attempt + 1))

    def _room(self) -> int:
        """How many jobs may be under way: an engine knows its own workers."""
        return max(1, getattr(self._executor, "workers", self._workers)) * AHEAD

    def close(self) -> None:
        """Let the workers go."""
        if self._executor is not None and self._lent is None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None

    def _submit(
        self,
        job: tuple[int, bytes, int],
        under_way: dict[Future[bytes], tuple[int, bytes, int]],
        suspects: deque[tuple[int, bytes, int]],
    ) -> None:
        if self._executor is None:
            self._executor = self._lent or self._open()
        try:
            under_way[self._executor.submit(self._work, job[1])] = job
        except BrokenExecutor:
            # It broke between two submissions: this job is innocent, and goes to the next pool.
            self._drop()
            suspects.appendleft(job)

    def _drop(self) -> None:
        if self._executor is not None and self._lent is None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = None
