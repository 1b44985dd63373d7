"""What ``channel work`` says of itself: a small file beside the counters of the origin, renewed every few seconds."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from broadcaster.origin.metrics import WORK

RENEW_S = 5.0


class Figures:
    """Counts of one ``work`` process; methods are called from its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gatherings: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()
        self._last: dict[str, float] = {"build_seconds": 0.0, "faults": 0.0}
        self._alerts_since: float | None = None
        self._alerts_reason = ""

    def gathered(self, outcome: str) -> None:
        """A gathering ended so."""
        with self._lock:
            self._gatherings[outcome] += 1

    def built(self, report: Any) -> None:
        """A build was done; ``report`` is ``channel.build.builder.BuildReport``."""
        with self._lock:
            self._numbers["builds"] += 1
            self._numbers["askings"] += getattr(report, "asked", 0)
            self._last["build_seconds"] = getattr(report, "seconds", 0.0)
            self._last["faults"] = len(getattr(report, "faults", ()))

    def published(self) -> None:
        """A release came of a build or of alerts."""
        with self._lock:
            self._numbers["releases"] += 1

    def failed(self, what: str = "builds") -> None:
        """A build failed, or another work of that name."""
        with self._lock:
            self._numbers[f"failed_{what}"] += 1

    def took(self, what: str, seconds: float) -> None:
        """How long the work of that name took this time."""
        with self._lock:
            self._last[f"{what}_seconds"] = seconds

    def alerts_wait(self, since: float | None, reason: str) -> None:
        """Since when (``time.monotonic``) a change of alerts has been waiting to go on air, and what keeps it; None:
        none does."""
        with self._lock:
            self._alerts_since, self._alerts_reason = since, reason

    def clock_set(self, seconds: float) -> None:
        """The clock was set by so many seconds, negative: back."""
        with self._lock:
            self._numbers["clock_sets"] += 1
            self._last["clock_set_seconds"] = seconds

    def store(self, size: int, releases: int) -> None:
        """Bytes and releases of the store after it was pruned."""
        with self._lock:
            self._last |= {"store_bytes": float(size), "store_releases": float(releases)}

    def dump(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        with self._lock:
            waited = 0.0 if self._alerts_since is None else time.monotonic() - self._alerts_since
            return {
                "pid": os.getpid(), "gatherings": dict(self._gatherings), **self._numbers, **self._last,
                "alert_waiting_seconds": waited, "alert_trouble": self._alerts_reason,
            }  # fmt: skip


class Telling:
    """Renews the file in ``folder`` from a thread of its own; ``more`` adds what is looked up each time."""

    def __init__(self, folder: Path, figures: Figures, more: Callable[[], dict[str, Any]]) -> None:
        self._path = folder / WORK
        self._figures = figures
        self._more = more
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="figures", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Say for the last time that nobody works any more."""
        self._stop.set()
        self._thread.join(2)
        self._write({"leading": 0})

    def _loop(self) -> None:
        while not self._stop.wait(RENEW_S):
            more: dict[str, Any] = {"leading": 1}
            # A database that is away for a while costs these figures and nothing else.
            with suppress(Exception):
                more.update(self._more())
            self._write(more)

    def _write(self, more: dict[str, Any]) -> None:
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
            temporary.write_text(json.dumps({**self._figures.dump(), **more}))
            temporary.replace(self._path)
