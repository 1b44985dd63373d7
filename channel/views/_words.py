"""Moments, distances and numbers in the words that stand on the screen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from feeds.base.clock import local
from feeds.records import Event

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def day_word(moment: datetime, now: datetime) -> str:
    """``今天``, ``明天``, ``11-23`` within the year of ``now``, else ``2025-11-23``."""
    return date_word(local(moment).date(), local(now).date())


def date_word(day: date, today: date) -> str:
    """``今天``, ``明天``, ``11-23``, or with the year when it is another."""
    apart = (day - today).days
    if apart in (0, 1):
        return ("今天", "明天")[apart]
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


def clock_word(moment: datetime) -> str:
    """``08:05`` on the district's wall clock."""
    return f"{local(moment):%H:%M}"


def moment_word(moment: datetime, now: datetime) -> str:
    """``今天 08:05`` or ``11-23 17:40``."""
    return f"{day_word(moment, now)} {clock_word(moment)}"


def full_day(moment: datetime) -> str:
    """``11月24日 周二``: a day that needs no now, for items that stay the same until their record changes."""
    there = local(moment)
    return f"{there.month}月{there.day}日 {WEEKDAYS[there.weekday()]}"


def span_word(begins: datetime | None, ends: datetime | None, now: datetime) -> str:
    """``今天 09:00 到 18:00``, ``11-24 09:00 到 11-25 06:00``; either end may be open."""
    if begins is None:
        return f"到 {moment_word(ends, now)}" if ends else ""
    if ends is None:
        return f"{moment_word(begins, now)} 起"
    same = local(begins).date() == local(ends).date()
    return f"{moment_word(begins, now)} 到 {clock_word(ends) if same else moment_word(ends, now)}"


def is_all_day(event: Event) -> bool:
    """Whether an event has no time of day. Where its feed does not say, midnight is a day and not a time."""
    if event.all_day is not None:
        return event.all_day
    begins = [local(event.begins), *([local(event.ends)] if event.ends else [])]
    return all((moment.hour, moment.minute, moment.second) == (0, 0, 0) for moment in begins)


def when_facts(begins: datetime | None, ends: datetime | None, *, all_day: bool = False) -> list[tuple[str, str]]:
    """A span as facts of an item, each short enough for its panel: day and hours, or beginning and end.

    Items need no now: they stay as they are until their record changes.
    """
    if begins is None:
        return [("结束", _day_and_clock(ends))] if ends else []
    if all_day:
        last = local(ends - timedelta(seconds=1)) if ends else local(begins)
        same = last.date() <= local(begins).date()
        return [("日期", full_day(begins))] if same else [("开始", full_day(begins)), ("结束", full_day(last))]
    if ends is None or ends <= begins:
        return [("日期", full_day(begins)), ("时间", f"{clock_word(begins)} 起")]
    if local(begins).date() == local(ends).date():
        return [("日期", full_day(begins)), ("时间", f"{clock_word(begins)}–{clock_word(ends)}")]
    return [("开始", _day_and_clock(begins)), ("结束", _day_and_clock(ends))]


def _day_and_clock(moment: datetime) -> str:
    there = local(moment)
    return f"{there.month}月{there.day}日 {clock_word(moment)}"


def distance_words(km: float) -> tuple[str, str]:
    """Figure and unit of a straight line: in steps of 100 m below 2 km, of half a kilometre below 10 km, else of 1 km.

    The way by road is some third longer, so finer steps would promise what nobody knows; and rows of neighbouring
    estates are equal, which are then painted once.
    """
    if km < 1.95:
        return f"{max(km, 0.1):.1f}", "公里"
    if km < 9.75:
        return f"{round(2 * km) / 2:g}", "公里"
    return f"{km:.0f}", "公里"


def town_word(town: str) -> str:
    """A town's name without what it is: 莘庄镇 → 莘庄, 江川路街道 → 江川路."""
    for ending in ("街道", "镇", "乡"):
        if town.endswith(ending) and len(town) > len(ending) + 1:
            return town.removesuffix(ending)
    return town


def number_word(value: float) -> str:
    """``12`` for 12.0, ``3.5`` for 3.5, at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def cut(text: str, most: int) -> str:
    """``text``, or its first ``most - 1`` characters and an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def first_sentence(text: str, most: int) -> str:
    """The text up to its first full stop, without it; cut at ``most`` characters."""
    line = text.strip().split("\n", 1)[0]
    for number, letter in enumerate(line):
        if letter in "。！？!?":
            line = line[:number]
            break
    return cut(line, most)
