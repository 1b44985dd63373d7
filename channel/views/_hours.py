"""Opening hours: a subset of OpenStreetMap's ``opening_hours`` (https://wiki.openstreetmap.org/wiki/Key:opening_hours).

Read are ``24/7``, and rules such as ``Mo-Fr 08:00-11:30,13:00-17:00; Sa 09:00-12:00; Su off``: weekdays and ranges of
them (none: every day), spans that may end after midnight (``20:00-02:00`` or ``20:00-26:00``), and ``off`` or
``closed``. A later rule takes the place of earlier ones for its days. Rules for public holidays (``PH``) are skipped:
nobody says which days are. Anything else makes the hours unknown rather than wrong.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from channel.words import Say

_DAYS = {name: number for number, name in enumerate(("mo", "tu", "we", "th", "fr", "sa", "su"))}
_RULE = re.compile(r"(?P<days>[a-z]{2}(?:\s*[-,]\s*[a-z]{2})*)?\s*+(?P<times>off|closed|24/7|[\d:,\s-]+)?")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_MINUTES = 24 * 60
_FULL_DAY = (0, _MINUTES)

Span = tuple[int, int]
"""Minutes after local midnight, the second of them excluded; beyond 1440 the span ends on the next day."""


class Hours(NamedTuple):
    """The spans of each weekday, Monday first."""

    days: tuple[tuple[Span, ...], ...]

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return all(day == (_FULL_DAY,) for day in self.days)


class State(NamedTuple):
    """How a place stands at a moment: ``open``; the span that is running or comes next today (local, None: none any
    more today); whether it opened or will open today at all; and when ``open`` or the span changes next."""

    open: bool
    span: tuple[datetime, datetime] | None
    today: bool
    changes: datetime | None


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> Hours | None:
    """The hours of ``text``; None when they are unknown or written in a way that is not read."""
    text = text.strip().lower().replace("–", "-").replace("：", ":")
    if not text:
        return None
    if text == "24/7":
        return Hours(((_FULL_DAY,),) * 7)
    days: list[tuple[Span, ...]] = [()] * 7
    for rule in filter(None, (part.strip() for part in text.split(";"))):
        if rule.startswith("ph"):
            continue
        parsed = _rule(rule)
        if parsed is None:
            return None
        for day in parsed[0]:
            days[day] = parsed[1]
    return Hours(tuple(days))


def _rule(rule: str) -> tuple[set[int], tuple[Span, ...]] | None:
    match = _RULE.fullmatch(rule)
    if match is None:
        return None
    days = _days(match["days"])
    times = (match["times"] or "").strip()
    if days is None or not (times or match["days"]):
        return None
    if times in ("off", "closed"):
        return days, ()
    if times in ("24/7", ""):
        return days, (_FULL_DAY,)
    spans = tuple(_span(part) for part in times.split(","))
    return None if None in spans else (days, tuple(sorted(span for span in spans if span)))


def _days(text: str | None) -> set[int] | None:
    if not text:
        return set(range(7))
    found: set[int] = set()
    for part in text.split(","):
        names = [name.strip() for name in part.split("-")]
        if not all(name in _DAYS for name in names) or len(names) > 2:
            return None
        first, last = _DAYS[names[0]], _DAYS[names[-1]]
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return found


def _span(text: str) -> Span | None:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    begin_hour, begin_minute, end_hour, end_minute = map(int, match.groups())
    if begin_hour > 24 or end_hour > 48 or begin_minute > 59 or end_minute > 59:
        return None
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if end <= begin:
        end += _MINUTES
    return (begin, end) if begin < _MINUTES and end - begin <= _MINUTES else None


def state_at(hours: Hours, moment: datetime, say: Say) -> State:
    """How a place with these hours stands at ``moment``."""
    return _state(hours, moment.astimezone(UTC).replace(second=0, microsecond=0), say.zone)


@lru_cache(maxsize=8192)
def _state(hours: Hours, now: datetime, zone: ZoneInfo) -> State:
    today = now.astimezone(zone).date()
    if hours.always:
        span = (_at(zone, today, 0), _at(zone, today, _MINUTES))
        return State(open=True, span=span, today=True, changes=None)
    spans = [span for offset in range(-1, 9) for span in _spans_of(hours, zone, today + timedelta(days=offset))]
    running = next((span for span in spans if span[0] <= now < span[1]), None)
    ahead = next((span for span in spans if span[0] > now), None)
    midnight = _at(zone, today + timedelta(days=1), 0)
    later = ahead if ahead and ahead[0] < midnight else None
    changes = running[1] if running else (ahead[0] if ahead else None)
    return State(
        open=running is not None,
        span=running or later,
        today=bool(hours.days[today.weekday()]),
        changes=changes,
    )


def _spans_of(hours: Hours, zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime]]:
    return [(_at(zone, day, begin), _at(zone, day, end)) for begin, end in hours.days[day.weekday()]]


def _at(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """When a wall clock first shows this time of day, or, where it leaps over it, a later one; in UTC."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while early.astimezone(zone).replace(tzinfo=None) < wall:
        early += timedelta(minutes=1)
    return early


_MONDAY = date(2024, 1, 1)


@lru_cache(maxsize=4096)
def in_words(text: str, say: Say) -> str:
    """The hours as a person reads them: ``Mon to Fri 08:00–17:00, Sat 09:00–12:00``; ``text`` itself when unread."""
    hours = parse_hours(text)
    if hours is None:
        return text
    if hours.always:
        return say("24 hours")
    parts = []
    day = 0
    while day < 7:
        last = day
        while last < 6 and hours.days[last + 1] == hours.days[day]:
            last += 1
        if hours.days[day]:
            spans = say.joined(f"{say.time_of(b)}–{say.time_of(e)}" for b, e in hours.days[day])
            parts.append(say("{days} {hours}", days=_days_word(day, last, say), hours=spans))
        day = last + 1
    return say.clauses(parts) or say("Closed for now")


def _days_word(first: int, last: int, say: Say) -> str:
    """``Mon to Fri``, by days of the week counted from Monday."""
    if (first, last) == (0, 6):
        return say("every day")
    names = [say.dated(_MONDAY + timedelta(days=day), "EEE") for day in (first, last)]
    return names[0] if first == last else say("{first} to {last}", first=names[0], last=names[1])
