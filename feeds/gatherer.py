"""Many sources at once: nobody waits for a source that hangs, and no host is asked too much at a time.

Threads are made as they are needed, up to a ceiling far above the usual number, because a thread that waits for a dead
server must never keep another source waiting. A host's turn is queued here, without a thread.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, as_completed
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias
from urllib.parse import urlsplit

from feeds.archive import Archive
from feeds.base.clock import Clock
from feeds.gather import Gathering, gather
from feeds.source import Source

_IDLE_SECONDS = 20.0
_Work: TypeAlias = Callable[[], None]


class Gatherer:
    """Gathers sources in threads of its own.

    ``per_host`` sources of one host and port are asked at a time; ``ceiling`` is the most threads there ever are;
    ``wait`` sleeps between two attempts.
    """

    def __init__(
        self,
        archive: Archive,
        base: Path,
        clock: Clock,
        *,
        per_host: int = 4,
        ceiling: int = 1_024,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._archive = archive
        self._base = base
        self._clock = clock
        self._per_host = per_host
        self._ceiling = ceiling
        self._wait = wait
        self._lock = threading.Lock()
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads = 0
        # Threads that no work counts on, and works that no thread was there for.
        self._idle = 0
        self._late = 0
        self._closed = False
        self._running: dict[str, Future[Gathering]] = {}
        self._busy: dict[str, int] = {}
        self._waiting: dict[str, deque[_Work]] = {}

    def submit(self, source: Source, *, force: bool = False) -> Future[Gathering]:
        """Gather ``source`` soon. While one gathering of it is under way, that one is returned."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the gatherer is closed")
            under_way = self._running.get(source.id)
            if under_way is not None:
                return under_way
            future: Future[Gathering] = Future()
            self._running[source.id] = future
            host = host_of(source)

            def work() -> None:
                self._gather(source, host, force, future)

            if self._busy.get(host, 0) < self._per_host or not host:
                self._busy[host] = self._busy.get(host, 0) + 1
                self._start(work)
            else:
                self._waiting.setdefault(host, deque()).append(work)
        return future

    def gather_all(self, sources: Iterable[Source], *, force: bool = False) -> Iterator[Gathering]:
        """Gather these, giving each as soon as it is done."""
        for future in as_completed([self.submit(source, force=force) for source in sources]):
            yield future.result()

    def close(self) -> None:
        """Take no more work. Gatherings under way end by their own deadlines, in threads that hold up nobody."""
        with self._lock:
            self._closed = True
            for works in self._waiting.values():
                works.clear()
            for future in self._running.values():
                future.cancel()
            for _ in range(self._threads):
                self._queue.put(None)

    def _gather(self, source: Source, host: str, force: bool, future: Future[Gathering]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                done = gather(source, self._archive, self._base, self._clock, force=force, wait=self._wait)
                future.set_result(done)
        except BaseException as error:
            future.set_exception(error)
        finally:
            with self._lock:
                self._running.pop(source.id, None)
                waiting = self._waiting.get(host)
                if waiting:
                    self._start(waiting.popleft())
                else:
                    self._busy[host] -= 1
                    if not self._busy[host]:
                        del self._busy[host]
                    self._waiting.pop(host, None)

    def _start(self, work: _Work) -> None:
        """Hand the work over to an idle thread, or to one that is made for it. Called with the lock held."""
        self._queue.put(work)
        if self._idle:
            # Spoken for from now on, however late it wakes: a second work must not count on the same thread.
            self._idle -= 1
        elif self._threads < self._ceiling:
            self._threads += 1
            threading.Thread(target=self._serve, daemon=True, name=f"gather-{self._threads}").start()
        else:
            self._late += 1

    def _serve(self) -> None:
        while (work := self._take()) is not None:
            work()
            with self._lock:
                if self._late:
                    self._late -= 1
                else:
                    self._idle += 1

    def _take(self) -> _Work | None:
        """The next work; None when there was none for a while, or will be none."""
        while True:
            try:
                work = self._queue.get(timeout=_IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if not self._idle and not self._closed:
                        continue
                    self._idle -= 1
                    self._threads -= 1
                return None
            if work is None:
                with self._lock:
                    self._threads -= 1
            return work


def host_of(source: Source) -> str:
    """The host and port that a source asks; "" for a local file, which needs no politeness."""
    try:
        return urlsplit(source.url).netloc.rpartition("@")[2].lower() if "://" in source.url else ""
    except ValueError:
        return ""
