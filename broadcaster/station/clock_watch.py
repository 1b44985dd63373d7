"""The wall clock is watched: when it is set, everything that was planned by it is planned anew.

A plan says "at 08:00" and is kept by a clock that people and time servers set, by seconds or by years, both ways. What
may not depend on it is measured by the monotonic clock (``time.monotonic``), which nobody can set; a machine that slept
shows here as a wall clock that was set forward.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from feeds.base.clock import Clock

_LOG = logging.getLogger(__name__)
LOOK_S = 0.5
SET_S = 2.0
"""A wall clock that went so much further, or less far, than the monotonic one within a look was set. A time server that
slews it stays far below."""
DOUBT_S = 86_400.0
"""What only a clock that was set forward makes old is not thrown away for so long."""


class ClockWatch:
    """Looks at the clock twice a second from a thread of its own.

    ``was_set`` is called with the seconds by which the clock was set (negative: back). When it raises it is called
    again at the next look, until it does not.
    """

    def __init__(
        self, clock: Clock, was_set: Callable[[float], None], *, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._was_set, self._steady = clock, was_set, steady
        self._last = self._apart()
        self._owed = 0.0
        self._doubts: list[tuple[float, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="clock", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(2)

    def look(self) -> None:
        """Compare the clocks once, and tell when the wall clock was set since the last look."""
        apart = self._apart()
        change, self._last = apart - self._last, apart
        if abs(change) >= SET_S:
            self._owed += change
            self._doubts.append((self._steady(), change))
            _LOG.warning("the clock was set", extra={"seconds": round(change, 1)})
        if not self._owed:
            return
        try:
            self._was_set(self._owed)
        except Exception:
            _LOG.exception("what the clock touches is not planned anew yet")
        else:
            self._owed = 0.0

    def doubted_s(self) -> float:
        """By how many seconds the clock may be ahead: as it was set forward within the last day, 0 else."""
        since = self._steady() - DOUBT_S
        self._doubts = [doubt for doubt in self._doubts if doubt[0] >= since]
        return max(0.0, sum(change for _, change in self._doubts))

    def _apart(self) -> float:
        return self._clock.now().timestamp() - self._steady()

    def _loop(self) -> None:
        while not self._stop.wait(LOOK_S):
            self.look()
