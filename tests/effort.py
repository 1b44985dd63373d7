"""A bound on work in the processor's own time, which other work on the machine does not lengthen."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block once this process has computed for so many seconds; waiting does not count.

    For inputs on which work beyond proportion takes minutes: give a hundred times what proportionate work takes.
    """

    def late(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done within {seconds} s of the processor's time")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
