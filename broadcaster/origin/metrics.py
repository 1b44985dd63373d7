"""What a worker counts: plain numbers in its own memory, written out now and then, joined by whoever is asked.

A counter per process needs no lock that processes share, and costs a request well under a microsecond. Each worker
leaves its numbers as one JSON file in a folder of the state; a scrape joins the files of all workers, and those of
workers that ended are added into one file, so that no total ever falls.
"""

from __future__ import annotations

import bisect
import os
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from feeds.base.machine import lives

BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)
"""Upper bounds of the latency histogram, in seconds."""
FLOOR = 10
"""No audience figure under this is shown: a household must not be found in it."""
_PAGE = re.compile(r"/[a-z0-9-]+/([a-z0-9-]{1,32})/(\d{3})(?:(?:-\d+)?\.html)?")
"""A page on a television, or on a phone, by estate: only what was served is counted."""
_ENDED = "ended.json"
WORK = "work.json"
"""What ``channel work`` says of itself, in the same folder."""
_INTERVAL_S = 2.0
_LOOKS = 30
"""Folds that wait for whoever takes them: a minute's."""


class Counters:
    """The numbers of one worker. Increments are plain: a race between two threads may lose one in a million."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.latency = [0] * (len(BUCKETS_S) + 1)
        self.latency_sum = 0.0
        self.boxes: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()
        self.reports: Counter[tuple[str, str]] = Counter()
        """Failures to load that boxes told of, by profile and kind."""
        self.seen: Counter[str] = Counter()
        """Documents by path since the last fold: what is counted at each answer."""
        self.looks: deque[Counter[str]] = deque(maxlen=_LOOKS)
        """What was seen from fold to fold, for whoever takes it."""
        self._viewers: dict[str, Counter[str]] = {}
        self._folding = threading.Lock()

    def request(self, kind: str, status: int, seconds: float) -> None:
        """Count an answer of this kind and status that took that long."""
        self.requests[kind, status] += 1
        self.latency[bisect.bisect_left(BUCKETS_S, seconds)] += 1
        self.latency_sum += seconds

    def fold(self) -> None:
        """Keep what was seen since the last time by page and estate only; profiles and items go, but for ``looks``."""
        with self._folding:
            self.seen, seen = Counter(), self.seen
            _view(self._viewers, seen)
        if seen:
            self.looks.append(seen)

    @property
    def viewers(self) -> Counter[tuple[str, str]]:
        """Views by page and estate, over all profiles; further screens count for their page, items not at all."""
        with self._folding:
            total = {page: Counter(mine) for page, mine in self._viewers.items()}
            _view(total, self.seen)
        return Counter({(page, estate): n for page, mine in total.items() for estate, n in mine.items()})

    def entry(self, profile: str, by: str) -> None:
        """Count a box that came in: its profile, and which hint named its estate."""
        self.boxes[profile] += 1
        self.entries[by] += 1

    def dump(self) -> dict[str, Any]:
        """The numbers as JSON can hold them."""
        self.fold()
        return {
            "requests": [[kind, status, n] for (kind, status), n in list(self.requests.items())],
            "latency": list(self.latency),
            "latency_sum": self.latency_sum,
            "boxes": dict(self.boxes),
            "entries": dict(self.entries),
            "reports": [[profile, kind, n] for (profile, kind), n in list(self.reports.items())],
            # As it lies there: pages and estates are ten thousands, and a loop over them would slow every answer.
            "views": self._viewers,
        }

    def add(self, dumped: Mapping[str, Any]) -> None:
        """Add what another worker dumped."""
        for kind, status, n in dumped["requests"]:
            self.requests[kind, status] += n
        self.latency = [a + b for a, b in zip(self.latency, dumped["latency"], strict=True)]
        self.latency_sum += dumped["latency_sum"]
        self.boxes.update(dumped["boxes"])
        self.entries.update(dumped["entries"])
        # What a worker of an earlier version left has none.
        for profile, kind, n in dumped.get("reports", ()):
            self.reports[profile, kind] += n
        for page, estates in dumped.get("views", {}).items():
            self._viewers.setdefault(page, Counter()).update(estates)


def _view(total: dict[str, Counter[str]], seen: Counter[str]) -> None:
    """Add views of documents to those of pages by estate."""
    for path, number in list(seen.items()):
        match = _PAGE.fullmatch(path)
        if match:
            total.setdefault(match[2], Counter())[match[1]] += number


class CounterFolder:
    """The folder in which the workers of one server leave their numbers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A process id comes again; with the moment of its first use it never does.
        self._mine = folder / f"{os.getpid()}-{time.time_ns():x}.json"

    def leave(self, counters: Counters) -> None:
        """Write this worker's numbers; a full disk costs figures, never an answer."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._mine.name.partition("-")[0] != str(os.getpid()):
                self._mine = self._folder / f"{os.getpid()}-{time.time_ns():x}.json"
            _write(self._mine, counters.dump())

    def keep_leaving(self, counters: Counters) -> threading.Thread:
        """Leave the numbers every two seconds from a thread of its own."""

        def work() -> None:
            while True:
                time.sleep(_INTERVAL_S)
                self.leave(counters)

        thread = threading.Thread(target=work, name="counters", daemon=True)
        thread.start()
        return thread

    def joined(self) -> Counters:
        """The numbers of all workers, living and ended."""
        total = Counters()
        for path in self._files():
            _add(total, path)
        return total

    def fold(self) -> None:
        """Add the numbers of workers that ended into one file. Called by the one process that starts workers."""
        with suppress(OSError):
            total, gone = Counters(), [p for p in self._files() if p.name != _ENDED and not lives(int(_pid(p)))]
            if gone:
                for path in [self._folder / _ENDED, *gone]:
                    _add(total, path)
                _write(self._folder / _ENDED, total.dump())
                for path in gone:
                    path.unlink(missing_ok=True)

    def _files(self) -> Iterable[Path]:
        with suppress(OSError):
            return sorted(p for p in self._folder.glob("*.json") if p.name == _ENDED or _pid(p).isdigit())
        return []


def _pid(path: Path) -> str:
    return path.stem.partition("-")[0]


def _add(total: Counters, path: Path) -> None:
    with suppress(OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError):
        total.add(msgspec.json.decode(path.read_bytes()))


def _write(path: Path, data: Mapping[str, Any]) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    # All estates' pages are ten thousands of figures: json would hold up answers for a tenth of a second.
    temporary.write_bytes(msgspec.json.encode(data))
    temporary.replace(path)
