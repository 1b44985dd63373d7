"""Many sources at once: nobody waits for a source that hangs, and no host is asked too much at a time.

Threads are made as they are needed, up to a ceiling far above the usual number, because a thread that waits for a dead
server must never keep another source waiting. A host's turn is queued here, without a thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from feeds.archive import Archive
from feeds.base.clock import Clock
from feeds.gather import Gathering, gather
from feeds.network.guard import Stop
from feeds.parsing import Parser
from feeds.source import Source

_Work: TypeAlias = Callable[[], None]


class Gatherer:
    """Gathers sources in threads and processes of its own.

    ``per_host`` sources of one host and port are asked at a time; ``ceiling`` is the most threads there ever are;
    ``wait`` sleeps between two attempts (by itself until the gatherer is closed).
    """

    def __init__(
        self,
        archive: Archive,
        base: Path,
        clock: Clock,
        *,
        per_host: int = 4,
        ceiling: int = 1_024,
        wait: Callable[[float], None] | None = None,
    ) -> None:
        self._archive = archive
        self._base = base
        self._clock = clock
        self._per_host = per_host
        self._stop = Stop()
        self._wait = wait or self._stop.wait
        self._parser = Parser()
        self._executor = ThreadPoolExecutor(ceiling, thread_name_prefix="gather")
        self._lock = threading.Lock()
        self._running: dict[str, Future[Gathering]] = {}
        self._busy: dict[str, int] = {}
        self._waiting: dict[str, deque[_Work]] = {}

    def submit(self, source: Source, *, force: bool = False) -> Future[Gathering]:
        """Gather ``source`` soon. While one gathering of it is under way, that one is returned."""
        with self._lock:
            if self._stop.is_set:
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
                self._executor.submit(work)
            else:
                self._waiting.setdefault(host, deque()).append(work)
        return future

    def gather_all(self, sources: Iterable[Source], *, force: bool = False) -> Iterator[Gathering]:
        """Gather these, giving each as soon as it is done."""
        for future in as_completed([self.submit(source, force=force) for source in sources]):
            yield future.result()

    def close(self) -> None:
        """Take no more work, and end what is under way: connections are shut, what is being read is let go."""
        with self._lock:
            self._stop.set()
            for works in self._waiting.values():
                works.clear()
            for future in self._running.values():
                future.cancel()
        self._parser.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _gather(self, source: Source, host: str, force: bool, future: Future[Gathering]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                done = gather(
                    source, self._archive, self._base, self._clock, force=force, wait=self._wait,
                    parser=self._parser, stop=self._stop,
                )  # fmt: skip
                future.set_result(done)
        except BaseException as error:
            future.set_exception(error)
        finally:
            with self._lock:
                self._running.pop(source.id, None)
                waiting = self._waiting.get(host)
                if waiting:
                    self._executor.submit(waiting.popleft())
                else:
                    self._busy[host] -= 1
                    if not self._busy[host]:
                        del self._busy[host]
                    self._waiting.pop(host, None)


def host_of(source: Source) -> str:
    """The host and port that a source asks; "" for a local file, which needs no politeness."""
    try:
        return urlsplit(source.url).netloc.rpartition("@")[2].lower() if "://" in source.url else ""
    except ValueError:
        return ""
