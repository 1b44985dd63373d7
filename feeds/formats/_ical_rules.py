"""How often an event recurs, and that writing it out ends.

The library writes rules out; it does so from the first occurrence on, and where there is none it looks for the next one
until the year 9999. So a rule is held against the standard first, one without any day in the span is not asked, and an
old one is moved up to the span by whole intervals.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from feeds.base.clock import local

_PERIODS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
_MICROSECONDS = {"DAILY": 7, "WEEKLY": 7, "MONTHLY": 12, "YEARLY": 100}
"""What the library takes for one interval."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_MOST_A_DAY = 24
_LONGEST = 10_000
_LISTS = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_KNOWN = {"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "WKST", *_LISTS}


class Unread(ValueError):
    """An event that cannot be read, with the reason as a sentence."""


class Rule(NamedTuple):
    """A recurrence rule that keeps to the standard (RFC 5545, 3.3.10)."""

    freq: str
    interval: int
    times: int | None
    """COUNT."""
    until: date | None
    begins: date
    lists: dict[str, tuple[int, ...]]
    weekdays: tuple[tuple[int, int], ...]
    """(ordinal or 0, weekday) of BYDAY."""
    a_day: int

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days from ``first`` to ``last`` on which it may occur, COUNT and BYSETPOS left aside."""
        day = max(first, self.begins)
        last = min(last, self.until) if self.until else last
        step = timedelta(days=self.interval if self.freq == "DAILY" else 1)
        if self.freq == "DAILY":
            day += timedelta(days=-(day - self.begins).days % self.interval)
        while day <= last:
            if self._in_turn(day) and self._fits(day):
                yield day
            day += step

    def _in_turn(self, day: date) -> bool:
        """Whether the interval falls on the day's week, month or year."""
        if self.interval == 1 or self.freq == "DAILY":
            return True
        if self.freq == "WEEKLY":
            # WKST moves the border of a week by days: the weeks on either side are let through.
            weeks = (day - self.begins).days // 7
            return any((weeks + n) % self.interval == 0 for n in (-1, 0, 1))
        years = day.year - self.begins.year
        return (years if self.freq == "YEARLY" else years * 12 + day.month - self.begins.month) % self.interval == 0

    def _fits(self, day: date) -> bool:
        lists = self.lists
        if lists.get("BYMONTH") and day.month not in lists["BYMONTH"]:
            return False
        if lists.get("BYMONTHDAY") and not _at(day.day, monthrange(day.year, day.month)[1], lists["BYMONTHDAY"]):
            return False
        if lists.get("BYYEARDAY") and not _at(day.timetuple().tm_yday, _length(day.year), lists["BYYEARDAY"]):
            return False
        if lists.get("BYWEEKNO"):
            # WKST moves a week's number by one.
            week = day.isocalendar().week
            if not any(abs((n if n > 0 else 54 + n) - week) <= 1 or abs(n) >= 52 for n in lists["BYWEEKNO"]):
                return False
        return not self.weekdays or any(self._is_weekday(day, *wanted) for wanted in self.weekdays)

    def _is_weekday(self, day: date, ordinal: int, weekday: int) -> bool:
        if day.weekday() != weekday:
            return False
        if not ordinal:
            return True
        if self.freq == "MONTHLY" or self.lists.get("BYMONTH"):
            place, length = day.day, monthrange(day.year, day.month)[1]
        else:
            place, length = day.timetuple().tm_yday, _length(day.year)
        return ordinal == ((place - 1) // 7 + 1 if ordinal > 0 else -((length - place) // 7 + 1))

    def may_occur(self, first: date, last: date) -> int:
        """How often it occurs from ``first`` to ``last`` at most."""
        places = self.lists.get("BYSETPOS")
        if not places:
            return sum(1 for _ in self.days(first, last)) * self.a_day
        if self.freq in ("DAILY", "WEEKLY"):
            there = self.a_day * (max(1, len(set(self.weekdays))) if self.freq == "WEEKLY" else 1)
            chosen = sum(1 for place in places if abs(place) <= there)
            return sum(1 for _ in self.days(first, last)) * chosen
        periods: dict[tuple[int, int], int] = {}
        for day in self.days(first.replace(day=1, month=1), last.replace(day=31, month=12)):
            key = (day.year, day.month if self.freq == "MONTHLY" else 0)
            periods[key] = periods.get(key, 0) + self.a_day
        return sum(sum(1 for place in places if abs(place) <= found) for found in periods.values())

    def work(self, last: date) -> int:
        """Microseconds that writing it out until ``last`` takes the library, about."""
        spans = max(0, (last - self.begins).days) // (_PERIODS[self.freq] * self.interval) + 1
        return (min(spans, self.times) if self.times else spans) * _MICROSECONDS[self.freq] * self.a_day


def _at(place: int, length: int, wanted: tuple[int, ...]) -> bool:
    """Whether the place, counted from either end, is wanted."""
    return place in wanted or place - length - 1 in wanted


def _length(year: int) -> int:
    return 365 + (monthrange(year, 2)[1] == 29)


def read_rule(rule: Any, begins: date | datetime) -> Rule:
    """The rule of a parsed RRULE. Raises Unread with a sentence where it is none, or too frequent."""
    given: dict[str, list[Any]] = {name.upper(): value for name, value in rule.items()}
    unknown = next((name for name in given if name not in _KNOWN), "")
    if unknown:
        raise Unread(f"RRULE: found {unknown[:40]}, which RFC 5545 does not know")
    freq = str(_one(given, "FREQ", "")).upper()
    if freq not in _PERIODS:
        raise Unread(f"RRULE: it recurs more often than daily (FREQ={freq[:20]}), expected DAILY or less often")
    a_day = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        a_day *= max(1, len(set(given.get(name, ()))))
    if a_day > _MOST_A_DAY:
        raise Unread(f"RRULE: it recurs {a_day} times a day, expected at most {_MOST_A_DAY}")
    interval, count = _one(given, "INTERVAL", 1), _one(given, "COUNT", None)
    for name, number in (("INTERVAL", interval), ("COUNT", count)):
        if number is not None and number < 1:
            raise Unread(f"RRULE: found {name}={number}, expected 1 or more")
    if interval > _LONGEST:
        raise Unread(f"RRULE: found INTERVAL={interval}, expected at most {_LONGEST}")
    lists = {name: tuple(int(number) for number in given.get(name, ())) for name in _LISTS}
    for name, numbers in lists.items():
        if len(numbers) > 2 * _LISTS[name] or any(not 1 <= abs(number) <= _LISTS[name] for number in numbers):
            raise Unread(f"RRULE: {name} holds what is no {'month' if name == 'BYMONTH' else 'place in its span'}")
    weekdays = tuple(_weekday(str(text), freq) for text in given.get("BYDAY", ()))
    until = _until(given, begins)
    day = begins.date() if isinstance(begins, datetime) else begins
    lists, weekdays = _with_defaults(freq, day, lists, weekdays)
    return Rule(freq, int(interval), count, until, day, lists, weekdays, a_day)


def _one(given: dict[str, list[Any]], name: str, default: Any) -> Any:
    """The only value of a part of the rule."""
    values = given.get(name, [])
    if len(values) > 1:
        raise Unread(f"RRULE: {name} stands there twice")
    return values[0] if values else default


def _weekday(text: str, freq: str) -> tuple[int, int]:
    found = _WEEKDAY.fullmatch(text.upper())
    if not found:
        raise Unread(f"RRULE: found BYDAY={text[:20]}, expected weekdays such as MO or -1SU")
    ordinal = int(found[1] or 0)
    if ordinal and freq in ("DAILY", "WEEKLY"):
        raise Unread(f"RRULE: found BYDAY={text[:20]}, which only MONTHLY and YEARLY rules may have")
    return ordinal, _DAYS.index(found[2])


def _with_defaults(
    freq: str, day: date, lists: dict[str, tuple[int, ...]], weekdays: tuple[tuple[int, int], ...]
) -> tuple[dict[str, tuple[int, ...]], tuple[tuple[int, int], ...]]:
    """What the first occurrence gives to a rule that does not say on which day."""
    if weekdays or lists["BYMONTHDAY"] or lists["BYYEARDAY"] or lists["BYWEEKNO"] or freq == "DAILY":
        return lists, weekdays
    if freq == "WEEKLY":
        return lists, ((0, day.weekday()),)
    found = {**lists, "BYMONTHDAY": (day.day,)}
    if freq == "YEARLY" and not lists["BYMONTH"]:
        found["BYMONTH"] = (day.month,)
    return found, weekdays


def _until(given: dict[str, list[Any]], begins: date | datetime) -> date | None:
    """The last day; the rule's UNTIL is rewritten in the kind of its beginning (RFC 5545, 3.3.10).

    A day includes the whole of it, a time without a zone is in the zone of the beginning.
    """
    until = _one(given, "UNTIL", None)
    if until is None:
        return None
    if not isinstance(until, date):
        raise Unread("RRULE: UNTIL is neither a date nor a time")
    if not isinstance(begins, datetime):
        if isinstance(until, datetime):
            until = local(until).date() if until.tzinfo else until.date()
        given["UNTIL"][0] = until
        return until
    if not isinstance(until, datetime):
        until = datetime.combine(until, time(23, 59, 59), begins.tzinfo)
    elif until.tzinfo is None:
        until = until.replace(tzinfo=begins.tzinfo)
    given["UNTIL"][0] = until.astimezone(UTC)
    return until.astimezone(begins.tzinfo).date()
