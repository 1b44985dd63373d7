"""The only module that knows what time it is.

Inside the house every moment is an aware ``datetime`` in UTC. A wall clock is met at the edges alone: in what a source
wrote without an offset, which is read on that source's clock, and in what an operator reads and types, on the
channel's. What screens say is told by their channel's own words (``channel.words``), never by this.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from feeds.base.errors import PersonError

DEFAULT_ZONE = "Asia/Shanghai"
"""The zone of a channel that names none."""
VARIABLE = "CHANNEL_ZONE"
"""What tells a process that this one starts on which clock it is."""
_process = ZoneInfo(os.environ.get(VARIABLE, DEFAULT_ZONE))
_reading: ContextVar[ZoneInfo | None] = ContextVar("reading", default=None)

_DURATION = re.compile(r"(\d{1,12})(ms|s|min|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}
_LONGEST_D = 100_000
"""In days: a moment that so much is added to, or taken from, is still a date."""


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


def wall() -> ZoneInfo:
    """The zone of a moment that names no offset: that of the source that is being read, else of the channel that this
    process serves."""
    return _reading.get() or _process


def set_wall(name: str) -> None:
    """Have this process be on the clock of zone ``name``: a command does it once, when it has opened its channel."""
    global _process
    _process = ZoneInfo(name)
    # Processes that this one starts write their logs on the same clock.
    os.environ[VARIABLE] = name


@contextmanager
def on_clock_of(name: str) -> Iterator[None]:
    """Until the block ends, moments without an offset are of zone ``name`` (empty: as before)."""
    token = _reading.set(ZoneInfo(name) if name else _reading.get())
    try:
        yield
    finally:
        _reading.reset(token)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without an offset is taken to be of ``wall()``."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=wall())
    return moment.astimezone(UTC)


def local(moment: datetime) -> datetime:
    """The moment on the clock of ``wall()``."""
    return moment.astimezone(wall())


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment in UTC; without an offset it is of ``wall()``.

    Raises PersonError when the text is not ISO 8601.
    """
    try:
        return as_utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise PersonError(f"moment: found {text!r}, expected ISO 8601 such as 2026-11-24T08:12") from None


@cache
def zone_names() -> frozenset[str]:
    """The zones of the IANA database that are a place's clock wherever they are read: not the machine's own."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def parse_duration(text: str) -> float:
    """Seconds of a duration such as ``90s``, ``15min``, ``1h30min`` or ``7d``.

    Raises ValueError when the text is not one.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise ValueError(f"found {text!r}, expected a duration such as 90s, 15min, 1h or 7d")
    seconds = float(sum(int(n) * _SECONDS[u] for n, u in parts))
    if seconds > _LONGEST_D * _SECONDS["d"]:
        raise ValueError(f"found {text!r}, expected a duration of at most {_LONGEST_D}d")
    return seconds
