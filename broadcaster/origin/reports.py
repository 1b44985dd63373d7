"""``/report``: one failure in a hundred to load something is told here, with the family of the box and nothing else.

Boxes ask for it as for a picture (they know no other way without a form): ``/report?profile=web-hd&kind=picture``. What
is counted can be named beforehand, so whoever writes to it by hand makes neither memory nor the figures' file grow.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from flask import Blueprint, Response, request

from broadcaster.origin.metrics import Counters
from feeds.base.clock import Clock

KINDS = frozenset(("picture", "alert", "page"))
"""What did not load: a picture of the page, ``alert.json``, the page itself when it was asked for again."""
MOST_A_MINUTE = 600
"""Reports that a worker counts: sixty thousand failures a minute are seen to be many, and a flood is not worth more."""


def create(profiles: Collection[str], counters: Counters, clock: Clock) -> Blueprint:
    """The blueprint; ``profiles`` are the families that there are."""
    blueprint = Blueprint("reports", __name__)
    gate = _Gate(clock)

    @blueprint.get("/report")
    def report() -> Response:
        profile, kind = request.args.get("profile", ""), request.args.get("kind", "")
        if profile in profiles and kind in KINDS and gate.passes():
            counters.reports[profile, kind] += 1
        answer = Response(status=204)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint


class _Gate:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._minute = self._passed = 0

    def passes(self) -> bool:
        """Whether this minute has room for one more."""
        minute = int(self._clock.now().timestamp() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._passed = minute, 0
            self._passed += 1
            return self._passed <= MOST_A_MINUTE
