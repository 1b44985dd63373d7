"""How a place stands now, as a mark and a word: by its opening hours, by what is left, by who waits, by its level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec

from channel.views._hours import Hours, parse_hours, state_at
from channel.views.content import Mark
from channel.words import N_, Say
from feeds.records import BikeStation, Place

DASH = "—"
_REASON_EMS = 4.5
"""Room for the reason why a place is closed, in the width of a Han."""
_PAUSE = 180
"""Minutes between two spans of a day that are told as one."""
Kind = Literal["hours", "left", "queue", "level", "none"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a page for its states, at most four Han wide each."""

    open: str = N_("Open")
    closed: str = N_("Closed")
    off: str = N_("Closed today")
    unknown: str = N_("Please call")
    left: str = N_("{n} free")
    none: str = N_("Full")
    paused: str = N_("Paused")


class Now(NamedTuple):
    """Mark and word of the state, the span of today as words, when any of them changes by itself, until when an open
    place is open, and today's spans one by one where there are several."""

    mark: Mark
    word: str
    hours: str
    changes: tuple[datetime, ...]
    until: str = ""
    spans: str = ""


def by_hours(place: Place | BikeStation, moment: datetime, midnight: datetime, words: Words, say: Say) -> Now:
    """Open (green), later today (warn), closed until another day (red): then the word says when it opens, and today's
    hours stay though they are past. Unknown hours have no mark."""
    closed = getattr(place, "closed", "")
    if closed:
        return Now("closed", closed if _ems(closed) <= _REASON_EMS else words.off, "", ())
    hours = parse_hours(getattr(place, "hours", ""))
    if hours is None:
        return Now("", words.unknown, "", ())
    if hours.always:
        return Now("open", words.open, say("24 hours"), ())
    state = state_at(hours, moment, say)
    changes = (midnight, state.changes) if state.changes else (midnight,)
    spans = hours.days[say.local(moment).weekday()]
    each = say.joined(f"{say.time_of(b)}–{say.time_of(e)}" for b, e in spans) if len(spans) > 1 else ""
    if state.span is None:
        word = words.closed if state.today else words.off
        if state.changes:
            day = _day_word(state.changes, moment, say)
            word = say("Opens {day} {time}", day=day, time=say.clock(state.changes))
        return Now("closed", word, _today(hours, moment, say) or words.off, changes, spans=each)
    begins, ends = state.span
    # Of a day with a pause at noon all of it is told, however late it is; what shuts for longer is two days' work.
    whole = say.day_of(begins) == say.day_of(moment) and all(b[0] - a[1] <= _PAUSE for a, b in pairwise(spans))
    span = (whole and _today(hours, moment, say)) or f"{say.clock(begins)}–{_end_word(ends, say)}"
    if state.open:
        return Now("open", words.open, span, changes, say("until {time}", time=_end_word(ends, say)), each)
    return Now("later", say("Opens {time}", time=say.clock(begins)), span, changes, spans=each)


def _day_word(day: datetime, moment: datetime, say: Say) -> str:
    """Tomorrow, or the day of the week: no place opens later than that."""
    there = say.day_of(day)
    return say("tomorrow") if (there - say.day_of(moment)).days == 1 else say.dated(there, "EEE")


def _today(hours: Hours, moment: datetime, say: Say) -> str:
    spans = hours.days[say.local(moment).weekday()]
    return f"{say.time_of(spans[0][0])}–{say.time_of(spans[-1][1])}" if spans else ""


def _end_word(ends: datetime, say: Say) -> str:
    there = say.local(ends)
    return say.time_of(60 * there.hour + there.minute or 24 * 60)


def by_left(place: Place | BikeStation, words: Words) -> tuple[Mark, str]:
    """How many are left: plenty (green), at most a tenth or two (warn), none (red)."""
    if isinstance(place, BikeStation):
        left: int | None = place.bikes
        if place.renting is False:
            return "closed", words.paused
    else:
        left = place.available
    if left is None:
        return "", words.unknown
    if left == 0:
        return "closed", words.none
    few = left <= max(2, (place.capacity or 0) // 10)
    return ("later" if few else "open"), _with(words.left, left)


def _ems(text: str) -> float:
    return sum(1.0 if letter > "\u2e80" else 0.34 for letter in text)


def _with(words: str, figure: int) -> str:
    """The words with the figure where they say, else behind them."""
    return words.replace("{n}", str(figure)) if "{n}" in words else f"{words} {figure}"


def by_queue(place: Place, words: Words, long: int, say: Say) -> tuple[Mark, str]:
    """How many people wait: fewer than ``long`` (green) or more (warn)."""
    if place.queue is None:
        return "", words.unknown
    if place.queue == 0:
        return "open", say("No queue")
    return ("open" if place.queue < long else "later"), say.plural("{n} waits", "{n} wait", place.queue)


def by_level(place: Place, marks: Mapping[str, Mark]) -> tuple[Mark, str]:
    """The level's own word, with the page's mark for it."""
    return marks.get(place.level, ""), place.level or DASH
