"""Child processes kept alive: started, started again with back-off when they die, ended together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broadcaster.station import parent_watch

_LOG = logging.getLogger(__name__)
LONGEST_PAUSE_S = 30.0
SETTLED_S = 60.0
"""A child that lived this long is believed healthy: its next death is again its first."""
PATIENCE_S = 10.0
"""How long a child may take to end before it is killed."""
_POLL_S = 0.1


@dataclass
class Child:
    """A command to keep running; ``env`` is laid over the environment, ``quiet`` leaves out what it prints."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    due: float = 0.0


def pause_s(deaths: int) -> float:
    """Seconds to wait before the start after that many deaths in a row."""
    return min(LONGEST_PAUSE_S, 0.5 * 2.0 ** min(deaths - 1, 10))


class Supervisor:
    """Keeps its children running until it is told to stop."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._stop = threading.Event()

    def add(self, child: Child) -> Child:
        """Start a child and keep it running."""
        self.children.append(child)
        self._start(child)
        return child

    def stop(self) -> None:
        """Make ``run`` end; safe from a signal handler."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        """Look after the children for that long; whether it was told to stop."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stop.wait(_POLL_S):
            self.tend()
        return self.stopping

    def run(self) -> None:
        """Look after the children until ``stop``."""
        while not self._stop.wait(_POLL_S):
            self.tend()

    def tend(self) -> None:
        """Start what died and whose pause is over."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                code = child.process.returncode
                child.process = None
                child.deaths = 1 if now - child.started > SETTLED_S else child.deaths + 1
                child.due = now + pause_s(child.deaths)
                event = {"child": child.name, "code": code, "again_in_s": pause_s(child.deaths)}
                # One that wants to begin again ends with nothing wrong.
                _LOG.log(logging.INFO if code == 0 else logging.WARNING, "a child ended", extra=event)
            if child.process is None and now >= child.due:
                self._start(child)

    def end(self) -> None:
        """End every child, politely first, the last started first: none misses another that it needs."""
        for process in [child.process for child in reversed(self.children) if child.process is not None]:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                # Its own children too: each is started as the leader of its process group.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for child in self.children:
            child.process = None

    def _start(self, child: Child) -> None:
        env = {**os.environ, **child.env, parent_watch.PARENT: str(os.getpid())}
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we end them in order.
        child.process = subprocess.Popen(
            child.argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if child.quiet else None,
            start_new_session=True,
        )
        child.started = time.monotonic()
        _LOG.debug("a child started", extra={"child": child.name, "pid": child.process.pid})
