"""Alerts go on air from a thread of their own, that waits for nobody and never gives up; how long each took is told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from broadcaster.station.figures import Figures
from feeds.base.errors import ChannelError

_LOG = logging.getLogger(__name__)
RETRY_S = 1.0


class Alerting:
    """Calls ``publish`` when it is asked to, and every second while that fails.

    ``publish`` brings the present alerts on air and gives the id of the release that came of it, empty when nothing
    differed. ``figures`` hears since when a change has been waiting, why, and how long the last one took.
    """

    def __init__(self, publish: Callable[[], str], figures: Figures, source: str) -> None:
        self._publish, self._figures, self._source = publish, figures, source
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._found: float | None = None
        self._under_way: float | None = None
        self._reason = ""
        self._thread = threading.Thread(target=self._loop, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin, with a first time at once."""
        self._asked.set()
        self._thread.start()

    def ask(self) -> None:
        """Look soon whether other alerts are in force: time may have passed, or the clock was set."""
        self._asked.set()

    def changed(self) -> None:
        """The alert source has just said something new: from now on somebody is waiting for it."""
        with self._lock:
            self._found = self._found or time.monotonic()
            self._tell()
        self._asked.set()

    def stop(self, wait_s: float) -> None:
        """End; what is under way is finished if it can be in that time."""
        self._stop.set()
        self._asked.set()
        self._thread.join(wait_s)

    def _loop(self) -> None:
        while True:
            self._asked.wait()
            if self._stop.is_set():
                return
            self._asked.clear()
            began = time.monotonic()
            with self._lock:
                # What is found from here on waits for the next time.
                self._under_way, self._found = self._under_way or self._found, None
            try:
                release = self._publish()
            except Exception as error:
                if self._stop.is_set():
                    return
                self._failed(began, error)
                if not self._stop.wait(RETRY_S):
                    self._asked.set()
            else:
                self._done(release)

    def _failed(self, began: float, error: Exception) -> None:
        _LOG.exception("alerts are not published", extra={"source": self._source})
        reason = str(error) if isinstance(error, ChannelError) else f"unexpected {type(error).__name__}"
        with self._lock:
            self._under_way, self._reason = self._under_way or began, reason
            self._tell()
        self._figures.failed("alerts")

    def _done(self, release: str) -> None:
        with self._lock:
            # A build may have brought it on air between two failures; then nothing differed any more.
            if self._under_way is not None and (release or self._reason):
                self._figures.took("alert", time.monotonic() - self._under_way)
            self._under_way, self._reason = None, ""
            self._tell()

    def _tell(self) -> None:
        self._figures.alerts_wait(self._under_way or self._found, self._reason)
