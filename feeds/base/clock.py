"""The only module that knows what time it is.

Inside the house every moment is an aware ``datetime`` in UTC; a district's wall clock is Asia/Shanghai at the edges.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from feeds.base.errors import PersonError

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone of a moment that names no offset (China Standard Time, UTC+8, no summer time)."""

_DURATION = re.compile(r"(\d{1,12})(ms|s|min|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}


class Clock(Protocol):
    """Whoever needs the time is given one of these."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it was set, for tests, previews and replays."""

    def __init__(self, moment: datetime) -> None:
        self.moment = as_utc(moment)

    def now(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        """Move the hands forward by ``seconds``."""
        self.moment += timedelta(seconds=seconds)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without an offset is taken as Asia/Shanghai."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    return moment.astimezone(UTC)


def local(moment: datetime) -> datetime:
    """The moment on the district's wall clock."""
    return moment.astimezone(SHANGHAI)


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment in UTC; without an offset it is Asia/Shanghai.

    Raises PersonError when the text is not ISO 8601.
    """
    try:
        return as_utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise PersonError(f"moment: found {text!r}, expected ISO 8601 such as 2026-11-24T08:12") from None


def parse_duration(text: str) -> float:
    """Seconds of a duration such as ``90s``, ``15min``, ``1h30min`` or ``7d``.

    Raises ValueError when the text is not one.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise ValueError(f"found {text!r}, expected a duration such as 90s, 15min, 1h or 7d")
    return float(sum(int(n) * _SECONDS[u] for n, u in parts))
