"""Axes for charts: round steps that hold all values."""

from __future__ import annotations

import math
from collections.abc import Iterable

_FINEST = 0.01
"""Values that differ by less are printed alike."""


def ticks(values: Iterable[float], *, least: int = 3, floor: float | None = None) -> tuple[float, ...]:
    """Round values from below the lowest to above the highest, at least ``least`` and about five of them.

    ``floor`` is where the axis begins, whatever the values are.
    """
    found = list(values)
    low = floor if floor is not None else min(found, default=0.0)
    high = max([*found, low])
    step = _step((high - low) / 4) if high - low > _FINEST else 1.0
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + least - 1)
    return tuple(round(number * step, 6) for number in range(first, last + 1))


def _step(width: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least ``width``."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width - 1e-9)
