"""Painters where no origin keeps any: ``channel work`` starts a house when none answers, else leaves it to others."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from broadcaster.painters.client import connect
from broadcaster.station.supervise import Child, Supervisor

LOOK_S = 5.0


def house_of(state: Path) -> list[str]:
    """The command of a house of painters."""
    return [sys.executable, "-m", "broadcaster.painters.house", str(state)]


class Standby:
    """Call ``tend`` again and again; ``end`` it at last."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._supervisor = Supervisor()
        self._looked = time.monotonic()

    def tend(self) -> None:
        """See to it that somebody paints."""
        if self._supervisor.children:
            self._supervisor.tend()
        elif time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            try:
                connect(self._state).close()
            except OSError:
                self._supervisor.add(Child("painters", house_of(self._state)))

    def end(self) -> None:
        """End the house, if it is ours."""
        self._supervisor.end()
