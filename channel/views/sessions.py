"""Sittings of the week: what down, days across (layout ``timetable``).

Role ``sessions``. A row is what is offered (a department, a course), and says on how many places; its item has the
places down and their hours. With option ``own`` an estate sees its own town's place (the one called after the town),
whose hours then stand in the rows themselves. ``corner`` and ``inner`` head the first column of page and items;
``count`` follows a number of places, instead of the channel's word; ``full`` and ``cancelled`` are the words of those
states. Rows stand by their letters. What was to be today and is over leaves: mornings end at 12:00, afternoons at
18:00, evenings at 22:00, unless ``over`` names the parts of a day and their ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from channel.memory import Slot
from channel.views._keys import keys
from channel.views._names import order
from channel.views._parts import Ends, over
from channel.views._words import towns_own
from channel.views.base import Inputs, Until
from channel.views.content import Cell, Content, Day, Item, Timetable, TimetableRow
from channel.words import N_, Say
from feeds.records import Session, stable_id

ROLES = ("sessions",)
DAYS = 7
_NONE = Cell(text="—", tone="text2")
_WEEK: Slot[list[Session]] = Slot("week of sessions")
_ITEMS: Slot[tuple[Item, ...]] = Slot("items of sessions", 64)
_BODIES: Slot[Timetable] = Slot("sessions by town", 128)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    own: bool = False
    corner: str = N_("Department")
    inner: str = N_("Hospital")
    count: str = ""
    full: str = N_("Fully booked")
    cancelled: str = N_("Cancelled")
    over: Ends = {}
    empty: str = N_("Nothing is planned this week")


def view(inputs: Inputs) -> Content:
    """The week from today on, and an item for everything that is offered."""
    options = inputs.options(Options)
    today = inputs.say.day_of(inputs.moment)
    town = towns_own(inputs.estate.town, inputs.say) if inputs.estate and options.own else ""
    until = Until(inputs)
    until.midnight()
    past = over(_ends(options, inputs.say), inputs, until)
    key = (inputs.page_key, inputs.digest("sessions"), today, past)
    week = inputs.remembered(_WEEK, key, lambda: _week(inputs, today, past))
    items = inputs.remembered(_ITEMS, key, lambda: _items(week, inputs, options, today))
    body = inputs.remembered(_BODIES, (*key, town), lambda: _body(week, inputs, options, today, town))
    if not body.rows:
        body = msgspec.structs.replace(body, empty=inputs.empty("sessions", options.empty))
    return Content(
        body=body,
        sources=inputs.source_lines(),
        items=items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _ends(options: Options, say: Say) -> Mapping[str, str]:
    """When the parts of a day end: as the page says, else as days go."""
    return options.over or {say("morning"): "12:00", say("afternoon"): "18:00", say("evening"): "22:00"}


def _week(inputs: Inputs, today: date, past: frozenset[str]) -> list[Session]:
    """What is still to come."""
    first, last = today.isoformat(), (today + timedelta(days=DAYS - 1)).isoformat()
    return [
        session
        for session in inputs.records("sessions", Session)
        if first <= session.date <= last and not (session.date == first and session.part.casefold() in past)
    ]


def days(today: date, say: Say) -> tuple[Day, ...]:
    """Seven heads from today on."""
    found = (today + timedelta(days=number) for number in range(DAYS))
    return tuple(
        Day(
            label=say("today") if day == today else say.dated(day, "EEE"),
            date=say.dated(day, "d"),
            today=day == today,
        )
        for day in found
    )


def _body(week: list[Session], inputs: Inputs, options: Options, today: date, town: str) -> Timetable:
    shown = [session for session in week if session.group.startswith(town)] if town else week
    number = inputs.page.number
    rows = tuple(
        TimetableRow(name=name, cells=_cells(found, today, options, inputs.say), to=f"{number}.{_id(name)}")
        for name, found in _by(shown, "name", inputs.say)
    )
    return _held(Timetable(corner=options.corner, days=days(today, inputs.say), rows=rows))


def _held(body: Timetable) -> Timetable:
    """Without the days on which nothing is held."""
    kept = [n for n in range(len(body.days)) if any(row.cells[n] != _NONE for row in body.rows)] or [0]
    rows = tuple(msgspec.structs.replace(row, cells=tuple(row.cells[n] for n in kept)) for row in body.rows)
    return msgspec.structs.replace(body, days=tuple(body.days[n] for n in kept), rows=rows)


def _items(week: list[Session], inputs: Inputs, options: Options, today: date) -> tuple[Item, ...]:
    return tuple(
        Item(
            id=_id(name),
            title=inputs.say.within("a title", "{name}", name=name),
            layout="timetable",
            body=_held(
                Timetable(
                    corner=options.inner,
                    days=days(today, inputs.say),
                    rows=tuple(
                        TimetableRow(name=group, cells=_cells(sessions, today, options, inputs.say))
                        for group, sessions in _by(found, "group", inputs.say)
                    ),
                )
            ),
        )
        for name, found in _by(week, "name", inputs.say)
    )


def _by(sessions: Iterable[Session], field: str, say: Say) -> list[tuple[str, list[Session]]]:
    """The sessions by a field, by its letters: the order in which they come changes whenever some of them are over."""
    found: dict[str, list[Session]] = {}
    for session in sessions:
        found.setdefault(getattr(session, field), []).append(session)
    return sorted(found.items(), key=lambda entry: order(entry[0], say))


def _cells(sessions: Sequence[Session], today: date, options: Options, say: Say) -> tuple[Cell, ...]:
    """One cell a day: of one place its hours, of several how many they are."""
    alone = len({session.group for session in sessions}) == 1
    by_day: dict[str, list[Session]] = {}
    for session in sessions:
        by_day.setdefault(session.date, []).append(session)
    dates = [(today + timedelta(days=number)).isoformat() for number in range(DAYS)]
    return tuple(_cell(by_day.get(day, []), alone, options, say) for day in dates)


def _cell(sessions: Sequence[Session], alone: bool, options: Options, say: Say) -> Cell:
    if not sessions:
        return _NONE
    held = [session for session in sessions if session.state != "cancelled"]
    if not held:
        return Cell(text=options.cancelled, tone="red")
    free = [session for session in held if session.state != "full"]
    if not free:
        return Cell(text=options.full, tone="warn")
    if not alone:
        return Cell(text=_places(len({session.group for session in free}), options, say))
    return Cell(text=_part(free, say))


def _places(number: int, options: Options, say: Say) -> str:
    if options.count:
        return f"{number} {options.count}"
    return say.plural("at {n} place", "at {n} places", number)


def _part(sessions: Sequence[Session], say: Say) -> str:
    """The part of the day in which a place sits: the first of the day, or all of it."""
    told = {session.part.casefold(): session.part for session in reversed(sessions)}
    known = [part for part in (say("morning"), say("afternoon"), say("evening")) if part.casefold() in told]
    if known[:2] == [say("morning"), say("afternoon")]:
        return say("all day")
    part = told[known[0].casefold()] if known else sessions[0].part
    return say.within("a narrow cell", "{part}", part=part) if part else say.within("there is one", "yes")


def _id(name: str) -> str:
    return stable_id("session", name)
