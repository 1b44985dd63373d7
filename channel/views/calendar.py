"""Events on the days of a month, and what comes next (layout ``calendar``).

Role ``events``. A day with events opens their list, an event its own page; the green key leads to the next month where
that has events. Options: ``heading`` stands over what comes next, ``most`` is how much of it is listed, ``tag`` writes
the category in a day's list, ``empty`` is the sentence when the source holds nothing.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from channel.views import _lunar
from channel.views._items import items_of
from channel.views._keys import keys
from channel.views._words import WEEKDAYS, clock_word, is_all_day
from channel.views.base import Inputs, Until
from channel.views.content import Agenda, CalendarDay, Content, Item, Key, List, ListRow
from channel.views.content import Calendar as Body
from feeds.base.clock import local
from feeds.records import Event

ROLES = ("events",)
_LONGEST = 100
"""Days of one event that are marked: a mistake in a feed must not fill a century."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    heading: str = "接下来"
    most: Annotated[int, msgspec.Meta(ge=1, le=40)] = 12
    tag: bool = True
    empty: str = "近期没有安排"


def view(inputs: Inputs) -> Content:
    """This month, with items for events, days and the month after."""
    options = inputs.options(Options)
    today = local(inputs.moment).date()
    events = sorted(inputs.records("events", Event), key=lambda event: (event.begins, event.id))
    ahead = [event for event in events if ends(event) > inputs.moment]
    until = Until(inputs)
    until.midnight()
    until.at(*(ends(event) for event in ahead))
    by_day = days_of(event for event in events if local(ends(event)).date() >= today.replace(day=1))
    linked = items_of([e for e in events if e in ahead or days(e)[-1] >= today.replace(day=1)], inputs.page.title)
    known = frozenset(item.id for item in linked)
    after = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    later = [event for event in events if days(event)[0] >= after]
    months = (_month_item(after, today, by_day, later, inputs, options, known),) if later else ()
    body = _month(today, today, by_day, inputs, options, ahead, known)
    if not events:
        body = msgspec.structs.replace(body, empty=inputs.empty("events", options.empty))
    given = keys(inputs.page)
    if months and given["green"] is None:
        given["green"] = Key(label="下月", to=f"{inputs.page.number}.{months[0].id}")
    return Content(
        body=body,
        sources=inputs.source_lines(),
        items=(*linked, *(_day_item(day, found, inputs, options, known) for day, found in by_day.items()), *months),
        place=inputs.place(),
        valid_until=until.value,
        **given,
    )


def ends(event: Event) -> datetime:
    """When an event is over: its end, else the end of its day."""
    if event.ends is not None and event.ends > event.begins:
        return event.ends
    there = local(event.begins)
    return there.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def days(event: Event) -> list[date]:
    """The days that an event touches; an end at midnight belongs to the day before (RFC 5545, 3.6.1)."""
    first, last = local(event.begins).date(), local(ends(event) - timedelta(seconds=1)).date()
    return [first + timedelta(days=number) for number in range(min((last - first).days, _LONGEST) + 1)]


def days_of(events: Iterable[Event]) -> dict[date, list[Event]]:
    """The events of each day that has any, days in order."""
    found: dict[date, list[Event]] = {}
    for event in events:
        for day in days(event):
            found.setdefault(day, []).append(event)
    return dict(sorted(found.items()))


def _month(
    first: date,
    today: date,
    by_day: dict[date, list[Event]],
    inputs: Inputs,
    options: Options,
    agenda: Sequence[Event],
    known: frozenset[str],
) -> Body:
    start, count = calendar.monthrange(first.year, first.month)
    month = [first.replace(day=number + 1) for number in range(count)]
    lunar = _lunar.lunar_day(month[count // 2])
    return Body(
        month=f"{first.month} 月",
        year=f"{lunar.year}年 {lunar.month}",
        first=start,
        days=tuple(_day(day, today, len(by_day.get(day, ())), inputs.page.number) for day in month),
        heading=options.heading,
        agenda=tuple(_agenda(event, inputs, known) for event in agenda[: options.most]),
    )


def _day(day: date, today: date, events: int, number: str) -> CalendarDay:
    state: Literal["past", "today", "future"] = "today" if day == today else "past" if day < today else "future"
    return CalendarDay(
        day=day.day,
        lunar=_lunar.short_word(day),
        events=events,
        state=state,
        to=f"{number}.{_day_id(day)}" if events else "",
    )


def _agenda(event: Event, inputs: Inputs, known: frozenset[str]) -> Agenda:
    there, today = local(event.begins), local(inputs.moment).date()
    clock = "" if is_all_day(event) else clock_word(event.begins)
    if there.date() == today:
        time, venue = clock or "今天", event.venue
    elif there.date() < today:
        time, venue = "进行中", event.venue
    else:
        time, venue = f"{there:%m-%d}", " ".join(filter(None, (clock, event.venue)))
    to = f"{inputs.page.number}.{event.id}" if event.id in known else ""
    return Agenda(time=time, title=event.title, venue=venue or day_words(there.date()), to=to)


def _time_of(event: Event, day: date) -> str:
    if is_all_day(event):
        return "全天"
    return clock_word(event.begins) if local(event.begins).date() == day else "继续"


def _day_item(day: date, events: Sequence[Event], inputs: Inputs, options: Options, known: frozenset[str]) -> Item:
    rows = tuple(
        ListRow(
            to=f"{inputs.page.number}.{event.id}" if event.id in known else "",
            title=" · ".join(filter(None, (event.title, event.venue))),
            tag=event.category[:2] if options.tag else "",
            date=_time_of(event, day),
        )
        for event in events
    )
    return Item(id=_day_id(day), title=day_words(day), layout="list", body=List(rows=rows, lead=False))


def _month_item(
    first: date,
    today: date,
    by_day: dict[date, list[Event]],
    later: Sequence[Event],
    inputs: Inputs,
    options: Options,
    known: frozenset[str],
) -> Item:
    body = _month(first, today, by_day, inputs, options, later, known)
    return Item(id=f"m{first:%Y%m}", title=inputs.page.title, layout="calendar", body=body)


def day_words(day: date) -> str:
    """``11月28日 周六``."""
    return f"{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"


def _day_id(day: date) -> str:
    return f"d{day:%Y%m%d}"
