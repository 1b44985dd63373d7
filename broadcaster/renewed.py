"""A channel that is opened anew when editors have changed its line-up, in a process that stays."""

from __future__ import annotations

import logging
import time

from broadcaster.letters import note_mistakes
from channel import overlay
from channel.folder import Channel
from feeds.base.errors import ChannelError

_LOG = logging.getLogger(__name__)
RETRY_S = 10.0


class Renewed:
    """``channel`` is the newest that could be opened: files that are not sound just now leave the one before."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._watch = overlay.Watch(channel.state)
        self._again = float("inf")

    def look(self) -> bool:
        """Whether ``channel`` is another one now."""
        if not self._watch.changed() and time.monotonic() < self._again:
            return False
        before, self._again = self.channel, float("inf")
        try:
            if overlay.read(before.state) == before.overlay:
                return False
            self.channel = Channel.open(before.folder, before.state, note_mistakes)
        except (ChannelError, OSError) as error:
            _LOG.error("the line-up stays as it was", extra={"error": str(error)})
            self._again = time.monotonic() + RETRY_S
            return False
        for misfit in self.channel.misfits:
            _LOG.warning("a change fits no more", extra={"table": misfit.change.table, "why": misfit.why})
        return True
