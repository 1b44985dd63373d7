"""What a box gets whose page is not painted yet: what was there a moment ago, or its own after a short wait."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from broadcaster.origin.answer import Answer
from broadcaster.origin.view import ServedRelease
from broadcaster.painters import LATE, Ask, Line
from feeds.base.errors import StoreError

PATIENCE_S, BRIEFLY_S = 2.0, 0.04
"""How long a box waits for its page, and how long where others wait already and an earlier release has something there.
"""
BUSY, BEHIND = 4, 32
"""Boxes of one worker that wait, and things that painters have before them, above which a box gets what an earlier
release had there, at once: the minute's boards of all estates change in the same moment, and none of them is worth a
wait of seconds, nor the time of those who are answered."""
_AGAIN_S = 5.0
"""After so long what boxes were answered from before is asked for once more: the painters may have let it go."""
_MOST = 20_000


class Patience:
    """Decides for one worker; its loop alone asks ``at_once``."""

    def __init__(self, line: Line, client_address: Callable[[str, str], object]) -> None:
        """``client_address`` tells boxes apart by their peer and what it says of whom it asks for."""
        self._line = line
        self._client_address = client_address
        self._wished: dict[bytes, float] = {}

    def waiting(self, ask: Ask, peer: str, forwarded: str, within: float = PATIENCE_S) -> Ask:
        """``ask`` as the box at ``peer`` puts it. Behind an edge all boxes have its address: each has its own turn."""
        return msgspec.structs.replace(ask, asker=str(self._client_address(peer, forwarded) or peer), within=within)

    def at_once(self, view: ServedRelease, path: str, ask: Ask, peer: str, forwarded: str) -> Answer | Ask:
        """What an earlier release had at ``path``, where many wait already, and the painters hear of it all the same;
        else what the box waits for."""
        counts, waiting = self._line.counts, self._line.waiting
        is_behind = waiting > BUSY or (counts is not None and counts.waiting > BEHIND)
        before = stale(view, path) if waiting or is_behind else None
        if before is None:
            return self.waiting(ask, peer, forwarded)
        if not is_behind:
            return self.waiting(ask, peer, forwarded, BRIEFLY_S)
        self._wish(ask)
        return before

    def _wish(self, ask: Ask) -> None:
        now = time.monotonic()
        if now - self._wished.get(ask.key, -_AGAIN_S) < _AGAIN_S:
            return
        if len(self._wished) >= _MOST:
            self._wished.clear()
        self._wished[ask.key] = now
        self._line.ask(msgspec.structs.replace(ask, urgency=max(ask.urgency, LATE), within=0.0))


def stale(view: ServedRelease, path: str) -> Answer | None:
    """What an earlier release had at ``path``, if that is still fit to be shown."""
    try:
        return view.stale(path)
    except StoreError:
        # A map of before is damaged: there is nothing to fall back on.
        return None
