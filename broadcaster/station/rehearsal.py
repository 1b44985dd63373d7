"""Another line-up, looked over while the one before is on air: notices and boards do not wait for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from broadcaster.renewed import Renewed
from channel.build.builder import Builder
from channel.folder import Channel
from feeds.base.clock import Clock

_LOG = logging.getLogger(__name__)


class Rehearsal:
    """Whenever ``renewed`` has another channel, a builder of its own, which ``make`` gives, has it looked over beside
    whoever leads. ``builder`` is the one to lead with then."""

    def __init__(self, renewed: Renewed, make: Callable[[Channel], Builder], clock: Clock) -> None:
        self._renewed, self._make, self._clock = renewed, make, clock
        self._thread: threading.Thread | None = None
        self.builder: Builder | None = None

    def is_over(self) -> bool:
        """Whether there is another channel, and it was looked over. To be asked again and again, by one thread."""
        changed = self._renewed.look()
        if self._thread is not None and self._thread.is_alive():
            return False
        if changed or (self.builder is not None and self.builder.channel is not self._renewed.channel):
            self.builder = self._make(self._renewed.channel)
            self._thread = threading.Thread(target=self._rehearse, args=(self.builder,), name="rehearsal", daemon=True)
            self._thread.start()
            return False
        return self.builder is not None

    def _rehearse(self, builder: Builder) -> None:
        try:
            found = builder.rehearse(self._clock.now())
        except Exception:
            # It is looked over before its first build, then.
            _LOG.exception("another line-up could not be looked over beside the one on air")
        else:
            _LOG.info("another line-up is taken up", extra={"faults": len(found)} if found else {})
