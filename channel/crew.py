"""Who renders: jobs over any ``concurrent.futures.Executor``, a few at a time, with retries when a worker dies.

Jobs and results are bytes, so the workers may stand on other machines: nothing is shared but what is sent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from typing import Any

from feeds.base.errors import PersonError, RenderError

ATTEMPTS = 2
"""A job during which the workers died so often, the second time alone, is given up; the others go on."""
AHEAD = 2
"""Jobs under way for each worker: one it works at, one that waits for it."""

Work = Callable[[bytes], bytes]


class Serial(Executor):
    """Does each job at once, in the caller's own process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future of a call that is over already."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def cores() -> int:
    """How many workers one machine keeps busy."""
    return len(os.sched_getaffinity(0))


def executor(name: str, workers: int) -> Executor:
    """The executor that ``[render] executor`` names. Raises PersonError."""
    if name == "processes":
        return processes(workers)
    if name == "serial":
        return Serial()
    raise PersonError(f"channel.toml: render.executor: found {name!r}, expected processes or serial")


def processes(workers: int) -> Executor:
    """A pool of ``workers`` processes that end when this process does, however it ends."""
    return ProcessPoolExecutor(
        workers,
        # Not fork: the caller has threads and holds locks that a copy of it must not inherit.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_attend,
        initargs=(os.getpid(),),
    )


def _attend(parent: int) -> None:
    """In a worker: leave interrupts to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()


class Crew:
    """Runs jobs on an executor that it opens when it is first needed (or that it was lent, and then never closes)."""

    def __init__(
        self, open_executor: Callable[[], Executor], work: Work, workers: int, *, lent: Executor | None = None
    ) -> None:
        self._open = open_executor
        self._lent = lent
        self._work = work
        self._room = max(1, workers) * AHEAD
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
            room = 1 if suspects or any(attempt for _, _, attempt in under_way.values()) else self._room
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
                error = future.exception()
                if error is None:
                    yield number, future.result()
                elif not isinstance(error, BrokenExecutor):
                    yield number, error if isinstance(error, Exception) else RenderError(str(error))
                elif attempt + 1 >= ATTEMPTS:
                    self._drop()
                    yield number, RenderError(f"the worker died {ATTEMPTS} times", hint="see the log of the workers")
                else:
                    self._drop()
                    suspects.append((number, data, attempt + 1))

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
