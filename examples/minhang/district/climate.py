"""The weather that everything else in the example follows: one curve for temperature, one state of the sky a day."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

from .base import EPOCH, chance, pick

_PATH = 10363
"""Which of the possible weathers it is: one in which the records' week brings clouds, rain and sun."""


class Day(NamedTuple):
    """A day's weather: degrees Celsius, WMO code, chance of rain in percent, wind direction in degrees and km/h."""

    high: float
    low: float
    code: int
    rain: int
    direction: int
    wind: float
    damp: int

    @property
    def is_cold(self) -> bool:
        """Whether the cold is worth a warning."""
        return self.low < 6.2

    @property
    def is_hot(self) -> bool:
        """Whether the heat is."""
        return self.high >= 35

    @property
    def is_windy(self) -> bool:
        """Whether gusts by the river, twice the mean, are worth one."""
        return self.wind >= 20


def day(number: int) -> Day:
    """The weather of the ``number``-th day since the epoch; the same whenever it is asked for."""
    year = math.cos((number - 205) / 365.25 * 2 * math.pi)
    front = _smooth(f"front-{_PATH}", number, 4) * 7
    mean = 17.5 + 11.5 * year + front
    draw = 0.55 * (_smooth(f"sky-{_PATH}", number, 3) + 0.5) + 0.45 * chance("today", _PATH, number)
    if draw > 0.64:
        code, rain = pick([61, 61, 63, 80], "rain", number), 60 + int(40 * chance("wet", number))
    elif draw > 0.52:
        code, rain = 3, 30
    elif draw > 0.36:
        code, rain = 2, 10
    else:
        code, rain = pick([0, 0, 1], "clear", number), 0
    if code == 3 and mean < 10 and chance("fog", number) < 0.2:
        code = 45
    swing = {0: 5.0, 1: 4.6, 2: 3.7, 3: 3.2}.get(code, 2.4)
    winter = year < 0
    direction = (pick([315, 340, 20, 45], "dir", number) if winter else pick([110, 135, 160, 180], "dir", number)) % 360
    wind = 8 + 22 * chance("wind", number) ** 2
    damp = {0: 52, 1: 55, 2: 62, 3: 71, 45: 95}.get(code, 86) + int(8 * chance("damp", number))
    return Day(round(mean + swing, 1), round(mean - swing, 1), code, rain, direction, round(wind, 1), damp)


def _smooth(name: str, number: int, width: int) -> float:
    """Noise in [-0.5, 0.5] that changes over ``width`` days."""
    base, part = divmod(number, width)
    first, second = chance(name, base), chance(name, base + 1)
    share = (1 - math.cos(part / width * math.pi)) / 2
    return first + (second - first) * share - 0.5


def temperature(moment: datetime) -> float:
    """Degrees at an hour: lowest at six in the morning, highest at two in the afternoon."""
    number = (moment - EPOCH).days
    hour = moment.hour + moment.minute / 60
    today = day(number)
    if hour < 6:
        before = day(number - 1)
        share = (hour + 10) / 16
        return _between(before.high, today.low, share)
    if hour < 14:
        return _between(today.low, today.high, (hour - 6) / 8)
    after = day(number + 1)
    return _between(today.high, after.low, (hour - 14) / 16)


def _between(start: float, end: float, share: float) -> float:
    return round(start + (end - start) * (1 - math.cos(share * math.pi)) / 2, 1)
