"""When each source is gathered: by its interval or its cron expression, at what moment first, and never in a storm."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from feeds.base.clock import wall
from feeds.base.errors import PersonError
from feeds.source import Source

FIRST_SPREAD_S = 3.0
"""Sources that never answered are asked within this time of the start."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Onward(BaseTrigger):  # type: ignore[misc]
    """Fires when ``inner`` does, and leaves out the turns that the clock ran past.

    APScheduler makes one run of those that were missed, but first it lists them: a second's interval and a clock that
    was set forward by three years are a hundred million.
    """

    def __init__(self, inner: BaseTrigger) -> None:
        self._inner = inner

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The turn after ``previous_fire_time`` if it is still ahead, else the next one."""
        due: datetime | None = self._inner.get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is None or due is None or due > now:
            return due
        # Strictly after now: a turn at this very moment is the one that is being run.
        ahead: datetime | None = self._inner.get_next_fire_time(None, now + timedelta(microseconds=1))
        return ahead


def every(seconds: float) -> BaseTrigger:
    """Again after so many seconds, at least one."""
    # With a beginning of its own the trigger would wait for that moment after the clock was set back.
    return Onward(IntervalTrigger(seconds=max(1, round(seconds)), start_date=_BEGINNING, timezone=wall()))


def trigger(source: Source) -> BaseTrigger:
    """When a source is gathered: by its cron expression (district time), else at its interval. Raises PersonError."""
    if source.cron:
        try:
            return Onward(CronTrigger.from_crontab(source.cron, timezone=wall()))
        except ValueError as error:
            raise PersonError(f"sources.toml: source.{source.id}.cron: found {source.cron!r}: {error}") from None
    return every(source.seconds)


def first_run(source: Source, last: datetime | None, now: datetime) -> datetime:
    """When a source is gathered first after a start, or after the clock was set: soon if it never was, else when its
    interval is over. An attempt that lies ahead of the clock says that the clock went back, and nothing else.

    The share of the spread is made from the source's id, so sources never meet and a restart changes nothing.
    """
    share = spread(source.id)
    if last is None or last > now:
        return now + timedelta(seconds=share * min(source.seconds, FIRST_SPREAD_S))
    due = last + timedelta(seconds=source.seconds)
    return max(due, now + timedelta(seconds=share * min(source.seconds, 30.0)))


def spread(ident: str) -> float:
    """A number from 0 up to 1 that is always the same for the same id."""
    return int.from_bytes(hashlib.blake2b(ident.encode(), digest_size=4).digest(), "big") / 2**32
