"""How a source went over the last days, as numbers for a drawing and as rows for whoever cannot see it.

A drawing has three panels above one another: how fresh the source was, how many records it had, how long it took. Its
units are those of its own ``viewBox``; nothing in it is coloured here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from statistics import median

import msgspec

from channel.words import Say
from feeds.asks import Ask
from feeds.source import Freshness, Source, aged

WIDTH, HEIGHT = 720, 260
SPANS = (1, 7, 30)
"""Days that can be looked at."""
_PARTS = 96
_PANEL, _GAP = 64, 16
_TALL = {
    Freshness.FRESH: 16, Freshness.LATE: 32, Freshness.STALE: 48, Freshness.EXPIRED: 64, Freshness.NEVER: 64,
}  # fmt: skip
"""The worse, the taller: colour alone tells nobody anything."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the time in which the source was in one state; ``failed`` of its asks went wrong."""

    x: float
    y: float
    width: float
    height: float
    state: Freshness
    failed: int


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The asks of one day: how many, how many went wrong, the fewest and the most records, the most quarantined rows,
    the usual seconds of one, and the worst state of the source."""

    day: date
    asks: int
    failed: int
    least: int | None
    most: int | None
    quarantined: int | None
    seconds: float | None
    state: Freshness | None


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` and ``seconds`` are the data of paths, "" where nothing is known; ``ticks`` are places and days."""

    bars: tuple[Bar, ...]
    count: str
    seconds: str
    most: int
    slowest: float
    ticks: tuple[tuple[float, date], ...]
    days: tuple[Day, ...]


def graph(source: Source, asks: Sequence[Ask], now: datetime, days: int, say: Say) -> Graph:
    """The last ``days`` until ``now``; ``asks`` are those since then, the oldest first."""
    part = timedelta(days=days) / _PARTS
    begins = now - timedelta(days=days)
    bars, counts, times = [], list[float | None](), list[float | None]()
    states: list[tuple[datetime, Freshness]] = []
    last: Ask | None = None
    left = list(reversed(asks))
    for number in range(_PARTS):
        end, came = begins + (number + 1) * part, list[Ask]()
        while left and left[-1].at <= end:
            came.append(left.pop())
        last = next((ask for ask in reversed(came) if ask.ok), last)
        within = [ask for ask in came if ask.at > end - part]
        counts.append(last.count if last else None)
        times.append(max((ask.seconds for ask in within), default=None))
        if last is not None:
            state = aged(source, end - last.at)
            states.append((end, state))
            bars.append(_bar(number, state, sum(not ask.ok for ask in within)))
    most = max((int(count) for count in counts if count is not None), default=0)
    slowest = max((seconds for seconds in times if seconds is not None), default=0.0)
    return Graph(
        bars=tuple(bars), count=_path(counts, most, 1), seconds=_path(times, slowest, 2), most=most, slowest=slowest,
        ticks=tuple(_ticks(begins, now, say)), days=tuple(_days(asks, states, begins, say)),
    )  # fmt: skip


def _bar(number: int, state: Freshness, failed: int) -> Bar:
    wide, tall = WIDTH / _PARTS, _TALL[state]
    return Bar(x=number * wide, y=_PANEL - tall, width=wide, height=tall, state=state, failed=failed)


def _path(values: Sequence[float | None], most: float, panel: int) -> str:
    """Steps, one a part of the time; broken where nothing is known."""
    base, wide = (panel + 1) * _PANEL + panel * _GAP, WIDTH / _PARTS
    found, is_drawn = [], False
    for number, value in enumerate(values):
        if value is not None:
            y = base - (_PANEL - 4) * (value / most if most else 0.0)
            found.append(f"{'V' if is_drawn else f'M{number * wide:g} '}{y:.1f}H{(number + 1) * wide:g}")
        is_drawn = value is not None
    return "".join(found)


def _ticks(begins: datetime, now: datetime, say: Say) -> list[tuple[float, date]]:
    """Where each day begins; of many days every fifth."""
    first, last = say.day_of(begins), say.day_of(now)
    each = 1 if (last - first).days <= 8 else 5
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1, each))
    return [(WIDTH * ((say.begin_of(day) - begins) / (now - begins)), day) for day in days]


def _days(
    asks: Sequence[Ask], states: Sequence[tuple[datetime, Freshness]], begins: datetime, say: Say
) -> list[Day]:
    """The newest first; days on which nobody asked are left out, unless the source was in a state."""
    found = {say.day_of(ask.at) for ask in asks if ask.at >= begins} | {say.day_of(at) for at, _ in states}
    return [_day(day, [a for a in asks if say.day_of(a.at) == day], states, say) for day in sorted(found, reverse=True)]


def _day(day: date, asks: Sequence[Ask], states: Sequence[tuple[datetime, Freshness]], say: Say) -> Day:
    order = tuple(_TALL)
    worst = max((state for at, state in states if say.day_of(at) == day), key=order.index, default=None)
    counts = _known(asks, lambda ask: ask.count)
    return Day(
        day=day, asks=len(asks), failed=sum(not ask.ok for ask in asks), least=min(counts, default=None),
        most=max(counts, default=None), quarantined=max(_known(asks, lambda ask: ask.quarantined), default=None),
        seconds=median(ask.seconds for ask in asks) if asks else None, state=worst,
    )  # fmt: skip


def _known(asks: Sequence[Ask], value: Callable[[Ask], int | None]) -> list[int]:
    return [found for ask in asks if (found := value(ask)) is not None]
