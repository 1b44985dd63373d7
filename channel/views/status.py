"""How lines run now: the worst one large, the others worst first (layout ``status``).

Role ``lines`` (routes). A line outside its hours of service sleeps, whatever its status says. Options: ``words`` and
``marks`` by status, beside the usual ones; ``calm`` is the title when all is well, ``partly`` when all is that runs
now, ``night`` when none runs, ``unsure`` when nobody says of some how they run; ``empty`` is the sentence when nothing
is known.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from channel.views._codes import headway_word
from channel.views._items import items_of
from channel.views._keys import keys
from channel.views._words import times_word
from channel.views.base import Inputs, Until
from channel.views.content import Content, Mark, Status, StatusRow
from channel.words import N_, Say
from feeds.records import Route

ROLES = ("lines",)
_ORDER = ("stopped", "delayed", "crowded", "", "normal", "asleep")
_WORDS = {
    "normal": N_("Normal"),
    "crowded": N_("Crowded"),
    "delayed": N_("Delayed"),
    "stopped": N_("Stopped"),
    "asleep": N_("Not running"),
    "": N_("Unknown"),
}
_MARKS: dict[str, Mark] = {"normal": "open", "crowded": "later", "delayed": "later", "stopped": "closed"}
_CLOCK = re.compile(r"([01]?\d|2[0-9]):([0-5]\d)")
_NUMBER = re.compile(r"\d+")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    words: dict[str, str] = {}
    marks: dict[str, Mark] = {}
    calm: str = N_("All lines run normally")
    partly: str = N_("The lines that run now are on time")
    night: str = N_("Today's last runs are over")
    unsure: str = N_("Nobody says how the lines run")
    empty: str = N_("How the lines run now is not known yet")


class _Line(NamedTuple):
    """A route and how it runs at the moment."""

    route: Route
    state: str


def view(inputs: Inputs) -> Content:
    """The lead card, a row for every other line, and an item for each line."""
    options = inputs.options(Options)
    routes = inputs.records("lines", Route)
    until = Until(inputs)
    for route in routes:
        until.at(*_turns(route, inputs.moment, inputs.say))
    lines = sorted((_Line(route, _state(route, inputs.moment, inputs.say)) for route in routes), key=_weight)
    items = items_of(routes, inputs.page.title, inputs.say, inputs.page.detail)
    return Content(
        body=_body(lines, inputs, options, frozenset(item.id for item in items)),
        sources=inputs.source_lines(),
        items=items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _body(lines: list[_Line], inputs: Inputs, options: Options, opened: Collection[str]) -> Status:
    if not lines:
        empty = inputs.empty("lines", options.empty)
        return Status(title="", sentence="", badge="", mark="", word="", rows=(), empty=empty)
    say, worst = inputs.say, lines[0]
    rows = tuple(_row(line, inputs.page.number, options, opened, say) for line in lines)
    if not worst.state:
        sentence = _silent(sum(1 for line in lines if not line.state), say)
        return Status(title=options.unsure, sentence=sentence, badge="", mark="", word=rows[0].word, rows=rows)
    if worst.state == "normal":
        count = sum(1 for line in lines if line.state == "normal")
        title = options.calm if count == len(lines) else options.partly
        sentence = _running(count, len(lines), say)
        return Status(title=title, sentence=sentence, badge="", mark="open", word=rows[0].word, rows=rows)
    if worst.state == "asleep":
        first = min((r.first for r in (line.route for line in lines) if _minutes(r.first) is not None), default="")
        told = say("The first run is at {time}", time=times_word(first, say)) if first else ""
        return Status(title=options.night, sentence=told, badge="", mark="", word=rows[0].word, rows=rows)
    row = rows[0]
    return Status(
        title=f"{worst.route.line} {row.route}",
        route=row.route,
        sentence=worst.route.note
        or say("{line}: {state}, please listen to what is announced", line=worst.route.line, state=row.word),
        badge=row.badge,
        mark=row.mark,
        word=row.word,
        to=row.to,
        rows=rows[1:],
    )


def _silent(count: int, say: Say) -> str:
    return say.plural("{n} line says nothing of how it runs", "{n} lines say nothing of how they run", count)


def _running(count: int, lines: int, say: Say) -> str:
    if count == lines:
        return say.plural("{n} line runs on time", "{n} lines run on time", count)
    return say.plural(
        "{n} line runs on time, the others do not run now", "{n} lines run on time, the others do not run now", count
    )


def _row(line: _Line, number: str, options: Options, opened: Collection[str], say: Say) -> StatusRow:
    route = line.route
    note = route.note
    if line.state == "asleep":
        note = say("First run {time}", time=times_word(route.first, say)) if route.first else ""
    elif line.state == "normal":
        note = _headway(headway_word(route.headway, say), say)
    return StatusRow(
        badge=badge(route.line, say),
        route=f"{route.origin} — {route.destination}",
        note=note,
        mark={**_MARKS, **options.marks}.get(line.state, ""),
        word=_word(line.state, options, say),
        to=f"{number}.{route.id}" if route.id in opened else "",
    )


def _word(state: str, options: Options, say: Say) -> str:
    if state in options.words:
        return options.words[state]
    return say(_WORDS[state]) if state in _WORDS else state


def _headway(headway: str, say: Say) -> str:
    """``every 5 min``, unless the feed says that itself."""
    if not headway or say.within("what a feed's own words for a headway contain", "every") in headway:
        return headway
    return say("every {headway}", headway=headway)


def badge(line: str, say: Say) -> str:
    """``5`` for Line 5, ``浦江`` for 浦江线."""
    for word in say.within("what the badge of a line lacks of its name, with | between", "Line | Line").split("|"):
        line = line.removeprefix(word).removesuffix(word)
    number = _NUMBER.match(line)
    return number[0] if number else line[:2]


def _weight(line: _Line) -> tuple[int, int, str]:
    order = _ORDER.index(line.state) if line.state in _ORDER else len(_ORDER) - 2
    number = _NUMBER.match(line.route.line)
    return order, int(number[0]) if number else 999, line.route.line


def _state(route: Route, moment: datetime, say: Say) -> str:
    first, last = _minutes(route.first), _minutes(route.last)
    if first is not None and last is not None:
        there = say.local(moment)
        now = there.hour * 60 + there.minute
        late = last if last > first else last + 1440
        if not (first <= now <= late or first <= now + 1440 <= late):
            return "asleep"
    return route.status


def _turns(route: Route, moment: datetime, say: Say) -> list[datetime]:
    """When a line wakes and falls asleep: the minute of its first departure and the one after its last."""
    midnight = say.local(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for minutes in (_minutes(route.first), _later(_minutes(route.last))):
        if minutes is not None:
            found += [midnight + timedelta(days=day, minutes=minutes) for day in (0, 1)]
    return found


def _later(minutes: int | None) -> int | None:
    return None if minutes is None else minutes + 1


def _minutes(text: str) -> int | None:
    match = _CLOCK.fullmatch(text.strip())
    return int(match[1]) * 60 + int(match[2]) if match else None
