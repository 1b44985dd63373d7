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
from channel.views._items import in_order, items_of, occasion
from channel.views._keys import keys
from channel.views._names import is_chinese
from channel.views._words import date_word, full_day, is_all_day
from channel.views.base import Inputs, Until
from channel.views.content import Agenda, CalendarDay, Content, Item, Key, List, ListRow
from channel.views.content import Calendar as Body
from channel.words import N_, Say
from feeds.records import Event

ROLES = ("events",)
_WITHOUT_END = timedelta(hours=3)
_LATE = 25
"""The day of a month from which on the weeks to come are shown in place of the month."""
_YEAR_D = 330
"""In days: a date that is further off is told with its year."""
_WEEKS = 5
_LONGEST = 100
"""Days of one event that are marked: a mistake in a feed must not fill a century."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    heading: str = N_("Coming up")
    most: Annotated[int, msgspec.Meta(ge=1, le=40)] = 12
    tag: bool = True
    empty: str = N_("Nothing is planned for now")


def view(inputs: Inputs) -> Content:
    """This month, with items for events, days and the month after."""
    options = inputs.options(Options)
    say = inputs.say
    today = say.day_of(inputs.moment)
    events = sorted(inputs.records("events", Event), key=lambda event: (event.begins, event.id))
    ahead = [event for event in events if ends(event, say) > inputs.moment]
    until = Until(inputs)
    until.midnight()
    until.at(*(moment for event in ahead for moment in (event.begins, ends(event, say))))
    month = today.replace(day=1)
    by_day = days_of((event for event in events if say.day_of(ends(event, say)) >= month), say)
    told = [event for event in events if event in ahead or days(event, say)[-1] >= month]
    linked = items_of(told, inputs.page.title, say)
    known = frozenset(item.id for item in linked)
    after = (month + timedelta(days=32)).replace(day=1)
    later = [event for event in events if days(event, say)[0] >= after]
    months = (_month_item(after, today, by_day, later, inputs, options, known),) if later else ()
    body = _month(today, today, by_day, inputs, options, ahead, known)
    if not events:
        body = msgspec.structs.replace(body, empty=inputs.empty("events", options.empty))
    given = keys(inputs.page)
    if months and given["green"] is None:
        short = say.within("month, where there is little room", "Next")
        given["green"] = Key(label=say("Next month"), to=f"{inputs.page.number}.{months[0].id}", short=short)
    return Content(
        body=body,
        sources=inputs.source_lines(),
        items=(
            *in_order(linked, inputs.page.number, say),
            *(_day_item(day, found, inputs, options, known) for day, found in by_day.items()),
            *months,
        ),
        place=inputs.place(),
        valid_until=until.value,
        **given,
    )


def ends(event: Event, say: Say) -> datetime:
    """When an event is over: its end; of one that does not say, three hours after its beginning, or the end of its
    day."""
    if event.ends is not None and event.ends > event.begins:
        return event.ends
    if not is_all_day(event, say):
        return event.begins + _WITHOUT_END
    return say.end_of(say.day_of(event.begins))


def days(event: Event, say: Say) -> list[date]:
    """The days that an event touches; an end at midnight belongs to the day before (RFC 5545, 3.6.1)."""
    first, last = say.day_of(event.begins), say.day_of(ends(event, say) - timedelta(seconds=1))
    return [first + timedelta(days=number) for number in range(min((last - first).days, _LONGEST) + 1)]


def days_of(events: Iterable[Event], say: Say) -> dict[date, list[Event]]:
    """The events of each day that has any, days in order."""
    found: dict[date, list[Event]] = {}
    for event in events:
        for day in days(event, say):
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
    month = _days_shown(first, today, inputs.say)
    return Body(
        month=inputs.say.dated(first, "LLLL"),
        year=_year(month[len(month) // 2], inputs.say),
        first=inputs.say.week(month[0]),
        days=tuple(_day(day, today, len(by_day.get(day, ())), inputs, month[0]) for day in month),
        heading=options.heading,
        agenda=tuple(_agenda(event, inputs, known) for event in agenda[: options.most]),
    )


def _days_shown(first: date, today: date, say: Say) -> list[date]:
    """The days of the month of ``first``; late in the month that is running the weeks to come, for what is past helps
    nobody."""
    if first == today and today.day >= _LATE:
        begin = today - timedelta(days=say.week(today))
        return [begin + timedelta(days=number) for number in range(7 * _WEEKS)]
    return [first.replace(day=number + 1) for number in range(calendar.monthrange(first.year, first.month)[1])]


def _year(day: date, say: Say) -> str:
    if not is_chinese(say):
        return say.dated(day, "y")
    lunar = _lunar.lunar_day(day)
    # Words: year and month of the Chinese calendar
    return say("year {year}, {month}", year=lunar.year, month=lunar.month)


def _under(day: date, first: date, say: Say) -> str:
    """What stands under a day: its day of the moon; where two months meet, in place of it their names."""
    if first.day > 1 and (day == first or day.day == 1):
        return say.dated(day, "LLL")
    return _lunar.short_word(day) if is_chinese(say) else ""


def _day(day: date, today: date, events: int, inputs: Inputs, first: date) -> CalendarDay:
    state: Literal["past", "today", "future"] = "today" if day == today else "past" if day < today else "future"
    return CalendarDay(
        day=day.day,
        lunar=_under(day, first, inputs.say),
        events=events,
        state=state,
        to=f"{inputs.page.number}.{_day_id(day)}" if events else "",
    )


def _agenda(event: Event, inputs: Inputs, known: frozenset[str]) -> Agenda:
    say = inputs.say
    day, today = say.day_of(event.begins), say.day_of(inputs.moment)
    clock = "" if is_all_day(event, say) else say.clock(event.begins)
    begun = day < today or (day == today and clock and event.begins <= inputs.moment)
    if begun:
        time = when = say("under way")
        venue = event.venue
    elif day == today:
        time, venue = clock or say("today"), event.venue
        when = say("{day} {time}", day=say("today"), time=clock) if clock else time
    else:
        time, venue = _date(day, today, say), " ".join(filter(None, (clock, event.venue)))
        when = say("{weekday} {day}", weekday=say.dated(day, "EEE"), day=time)
    to = f"{inputs.page.number}.{event.id}" if event.id in known else ""
    # What has neither place nor time has its whole day in place of them, and its last where it goes on.
    last = say.day_of(event.ends - timedelta(seconds=1)) if event.ends and event.ends > event.begins else day
    spell = say("until {time}", time=full_day(last, say)) if last > day else full_day(day, say)
    where = venue or spell
    return Agenda(
        time=time, title=event.title, venue=where, to=to, when=when if venue else "", occasion=occasion(event, say)
    )


def _date(day: date, today: date, say: Say) -> str:
    """A day and its month, with the year where it could be taken for the next that is called so."""
    return say.dated(day, "d MMM") if (day - today).days < _YEAR_D else date_word(day, today, say)


def _time_of(event: Event, day: date, say: Say) -> str:
    if is_all_day(event, say):
        return say("all day")
    return say.clock(event.begins) if say.day_of(event.begins) == day else say("goes on")


def _day_item(day: date, events: Sequence[Event], inputs: Inputs, options: Options, known: frozenset[str]) -> Item:
    say = inputs.say
    rows = tuple(
        ListRow(
            to=f"{inputs.page.number}.{event.id}" if event.id in known else "",
            title=" · ".join(filter(None, (event.title, event.venue))),
            tag=say.within("a narrow tag", "{kind}", kind=event.category) if options.tag else "",
            date=_time_of(event, day, say),
        )
        for event in events
    )
    return Item(id=_day_id(day), title=full_day(day, say), layout="list", body=List(rows=rows, lead=False))


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


def _day_id(day: date) -> str:
    return f"d{day:%Y%m%d}"
