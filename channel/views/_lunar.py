"""The Chinese calendar of a day, by astronomy: new moons and solar longitude as seen from 120° E.

The rules are those of GB/T 33661-2017: months begin on the day of the new moon, the month with the winter solstice is
the eleventh, and where thirteen months lie between two solstices, the first without a principal term is a leap month.
Sun and moon follow Meeus, Astronomical Algorithms, 2nd edition, chapters 25 and 49: errors of a few minutes at most.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

_EPOCH = date(2000, 1, 1)
_J2000 = 2451544.5
"""The Julian day of 2000-01-01T00:00Z."""
_BEIJING = 8 / 24
_SYNODIC = 29.530588861
_TROPICAL = 365.242190
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_MONTHS = ("正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "冬月", "腊月")
_TERMS = (
    "春分", "清明", "谷雨", "立夏", "小满", "芒种", "夏至", "小暑", "大暑", "立秋", "处暑", "白露",
    "秋分", "寒露", "霜降", "立冬", "小雪", "大雪", "冬至", "小寒", "大寒", "立春", "雨水", "惊蛰",
)  # fmt: skip
"""The solar terms from longitude 0° on, 15° apart; the even ones are principal."""


class LunarDay(NamedTuple):
    """Year of the sexagenary cycle (丙午), month (十月, 闰六月) and day (十六) of the Chinese calendar."""

    year: str
    month: str
    day: str


@lru_cache(maxsize=512)
def lunar_day(day: date) -> LunarDay:
    """The day in the Chinese calendar; held against published calendars from 1985 to 2039."""
    number = _number(day)
    months, first_year = _months_around(day)
    at = max(index for index, (begins, _, _) in enumerate(months) if begins <= number)
    begins, month, leap = months[at]
    # The year turns at the first month, which comes two to three months after the solstice's.
    past_turn = any(name == 1 for _, name, _ in months[: at + 1])
    year = first_year + 1 if past_turn else first_year
    name = ("闰" if leap else "") + _MONTHS[month - 1]
    return LunarDay(f"{_STEMS[(year - 4) % 10]}{_BRANCHES[(year - 4) % 12]}", name, _day_word(number - begins + 1))


def short_word(day: date) -> str:
    """What stands under a day: its solar term, the month on its first day, else the day."""
    term = solar_term(day)
    if term:
        return term
    found = lunar_day(day)
    return found.month if found.day == "初一" else found.day


@lru_cache(maxsize=512)
def solar_term(day: date) -> str:
    """The solar term that falls on the day, or nothing."""
    start = _J2000 + _number(day) - _BEIJING
    before, after = _longitude(start), _longitude(start + 1)
    step = math.floor(after / 15)
    return _TERMS[step % 24] if step != math.floor(before / 15) else ""


def _number(day: date) -> int:
    return (day - _EPOCH).days


@lru_cache(maxsize=16)
def _months(year: int) -> tuple[tuple[int, int, bool], ...]:
    """(first day, month, leap) of the months from the solstice of ``year - 1`` to that of ``year``."""
    first, last = _eleventh(year - 1), _eleventh(year)
    moons = [first]
    while moons[-1] < last:
        moons.append(_new_moon_day(moons[-1] + 33))
    count = len(moons) - 1
    months, month, leap_done = [], 11, count < 13
    for index in range(count):
        leap = not leap_done and index > 0 and not _has_principal(moons[index], moons[index + 1])
        if leap:
            leap_done = True
        elif index:
            month = month % 12 + 1
        months.append((moons[index], month, leap))
    return tuple(months)


def _months_around(day: date) -> tuple[tuple[tuple[int, int, bool], ...], int]:
    """The months of the solstice year that holds the day, and the Chinese year in which they begin."""
    year = day.year + 1 if _number(day) >= _eleventh(day.year) else day.year
    return _months(year), year - 1


@lru_cache(maxsize=32)
def _eleventh(year: int) -> int:
    """The first day of the month that holds the winter solstice of ``year``."""
    start = date(year, 12, 18)
    solstice = next(d for n in range(10) if solar_term(d := start + timedelta(days=n)) == "冬至")
    return _new_moon_day(_number(solstice))


def _has_principal(begins: int, ends: int) -> bool:
    """Whether a principal term (a multiple of 30°) falls on the days from ``begins`` until before ``ends``."""
    first = _longitude(_J2000 + begins - _BEIJING)
    last = _longitude(_J2000 + ends - _BEIJING)
    return math.floor(first / 30) != math.floor((last if last >= first else last + 360) / 30)


def _new_moon_day(number: int) -> int:
    """The day of the last new moon on or before a day."""
    k = math.floor((_J2000 + number + 1 - 2451550.09766) / _SYNODIC) + 1
    while (day := math.floor(_new_moon(k) + _BEIJING - _J2000)) > number:
        k -= 1
    return day


def _longitude(julian: float) -> float:
    """The sun's apparent longitude in degrees at a Julian day in universal time (Meeus 25, low accuracy: 0.01°)."""
    t = (julian + _delta(julian) - 2451545.0) / 36525
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t
    m = math.radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (
        (1.914602 - 0.004817 * t - 0.000014 * t * t) * math.sin(m)
        + (0.019993 - 0.000101 * t) * math.sin(2 * m)
        + 0.000289 * math.sin(3 * m)
    )
    node = math.radians(125.04 - 1934.136 * t)
    return (mean + centre - 0.00569 - 0.00478 * math.sin(node)) % 360


def _delta(julian: float) -> float:
    """Days between terrestrial and universal time: about 70 seconds in these decades, less before."""
    years = (julian - _J2000) / 365.25
    return (63.8 + 0.33 * years if years > 0 else max(0.0, 63.8 + 0.6 * years)) / 86400


def _new_moon(k: float) -> float:
    """The Julian day (universal time) of the ``k``-th new moon since 2000 (Meeus 49)."""
    t = k / 1236.85
    day = 2451550.09766 + _SYNODIC * k + 0.00015437 * t * t
    e = 1 - 0.002516 * t - 0.0000074 * t * t
    sun = math.radians(2.5534 + 29.10535670 * k - 0.0000014 * t * t)
    moon = math.radians(201.5643 + 385.81693528 * k + 0.0107582 * t * t)
    lat = math.radians(160.7108 + 390.67050284 * k - 0.0016118 * t * t)
    node = math.radians(124.7746 - 1.56375588 * k + 0.0020672 * t * t)
    day += (
        -0.40720 * math.sin(moon)
        + 0.17241 * e * math.sin(sun)
        + 0.01608 * math.sin(2 * moon)
        + 0.01039 * math.sin(2 * lat)
        + 0.00739 * e * math.sin(moon - sun)
        - 0.00514 * e * math.sin(moon + sun)
        + 0.00208 * e * e * math.sin(2 * sun)
        - 0.00111 * math.sin(moon - 2 * lat)
        - 0.00057 * math.sin(moon + 2 * lat)
        + 0.00056 * e * math.sin(2 * moon + sun)
        - 0.00042 * math.sin(3 * moon)
        + 0.00042 * e * math.sin(sun + 2 * lat)
        + 0.00038 * e * math.sin(sun - 2 * lat)
        - 0.00024 * e * math.sin(2 * moon - sun)
        - 0.00017 * math.sin(node)
    )
    day += 0.000325 * math.sin(math.radians(299.77 + 0.107408 * k - 0.009173 * t * t))
    return day - _delta(day)


def _day_word(number: int) -> str:
    digits = "一二三四五六七八九十"
    if number <= 10:
        return f"初{digits[number - 1]}"
    if number < 20:
        return f"十{digits[number - 11]}"
    if number == 20:
        return "二十"
    return f"廿{digits[number - 21]}" if number < 30 else "三十"
