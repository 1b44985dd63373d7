"""Work beside the building of releases: a thread that does one job again and again, and that no failure ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from broadcaster.station.figures import Figures
from channel.memory import give_back

_LOG = logging.getLogger(__name__)


class Aside:
    """Does ``job`` when it is asked to, and ``every_s`` seconds without being asked.

    ``rest_s`` is how long it rests between. Whatever it raises is logged and counted in ``figures`` under ``name``, and
    the next time is tried again.
    """

    def __init__(
        self,
        name: str,
        job: Callable[[], object],
        figures: Figures,
        *,
        every_s: float,
        rest_s: float = 0.0,
    ) -> None:
        self._name, self._job, self._figures = name, job, figures
        self._every_s, self._rest_s = every_s, rest_s
        self._asked = threading.Event()
        self._hurried = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self, *, now: bool = True) -> None:
        """Begin, with a first time at once or after ``every_s``."""
        if now:
            self._asked.set()
        self._thread.start()

    def ask(self) -> None:
        """Do it soon; asked twice before it begins, it is done once."""
        self._asked.set()

    def hurry(self) -> None:
        """Do it now: a rest ends."""
        self._hurried.set()
        self._asked.set()

    def stop(self, wait_s: float = 5.0) -> None:
        """End. What is under way may be cut off: the job is one that a kill cannot harm."""
        self._stop.set()
        self.hurry()
        self._thread.join(wait_s)

    def _loop(self) -> None:
        while True:
            self._asked.wait(self._every_s)
            if self._stop.is_set():
                return
            self._asked.clear()
            self._hurried.clear()
            began = time.monotonic()
            try:
                self._job()
            except Exception:
                self._figures.failed(self._name)
                _LOG.exception("%s failed", self._name)
            self._figures.took(self._name, time.monotonic() - began)
            give_back()
            self._hurried.wait(self._rest_s)
