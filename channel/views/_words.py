"""Moments, distances and numbers in the words that stand on the screen."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from channel.words import Say
from feeds.records import Event

_TIME = re.compile(r"\b([01]?[0-9]|2[0-4]):([0-5][0-9])\b")


def day_word(moment: datetime, now: datetime, say: Say) -> str:
    """``today``, ``tomorrow``, ``23 Nov`` within the year of ``now``, else ``23 Nov 2025``."""
    return date_word(say.day_of(moment), say.day_of(now), say)


def date_word(day: date, today: date, say: Say) -> str:
    """``today``, ``tomorrow``, ``23 Nov``, or with the year when it is another."""
    apart = (day - today).days
    if apart == 0:
        return say("today")
    if apart == 1:
        return say("tomorrow")
    return say.dated(day, "d MMM") if day.year == today.year else say.dated(day, "d MMM y")


def moment_word(moment: datetime, now: datetime, say: Say) -> str:
    """``today 08:05`` or ``23 Nov 17:40``."""
    return say("{day} {time}", day=day_word(moment, now, say), time=say.clock(moment))


def full_hour(hour: int, said: str, say: Say) -> str:
    """A full hour by the channel's clock: as the language ``said`` it (``19时``), else as its clock has it (``07:00``),
    or ``7 pm``."""
    if not say.manner.twelve:
        return say.time_of(60 * hour) if said == f"{hour}:00" else said
    of_twelve = (hour + 11) % 12 + 1
    if hour < 12:
        return say.within("a full hour", "{hour} am", hour=of_twelve)
    return say.within("a full hour", "{hour} pm", hour=of_twelve)


def full_day(moment: datetime | date, say: Say) -> str:
    """``Tue 24 Nov``: a day that needs no now, for items that stay the same until their record changes."""
    return say.dated(say.day_of(moment) if isinstance(moment, datetime) else moment, "EEE d MMM")


def span_word(begins: datetime | None, ends: datetime | None, now: datetime, say: Say) -> str:
    """``today 09:00 to 18:00``, ``24 Nov 09:00 to 25 Nov 06:00``; either end may be open."""
    if begins is None:
        return say("until {time}", time=moment_word(ends, now, say)) if ends else ""
    first = moment_word(begins, now, say)
    if ends is None:
        return say("from {time}", time=first)
    same = say.day_of(begins) == say.day_of(ends)
    return say("{begin} to {end}", begin=first, end=say.clock(ends) if same else moment_word(ends, now, say))


def is_all_day(event: Event, say: Say) -> bool:
    """Whether an event has no time of day. Where its feed does not say, midnight is a day and not a time."""
    if event.all_day is not None:
        return event.all_day
    begins = [say.local(event.begins), *([say.local(event.ends)] if event.ends else [])]
    return all((moment.hour, moment.minute, moment.second) == (0, 0, 0) for moment in begins)


def when_facts(
    begins: datetime | None, ends: datetime | None, say: Say, *, all_day: bool = False
) -> list[tuple[str, str]]:
    """A span as facts of an item, each short enough for its panel: day and hours, or beginning and end.

    Items need no now: they stay as they are until their record changes.
    """
    if begins is None:
        return [(say("Ends"), _day_and_clock(ends, say))] if ends else []
    if all_day:
        last = ends - timedelta(seconds=1) if ends else begins
        if say.day_of(last) <= say.day_of(begins):
            return [(say("Date"), full_day(begins, say))]
        return [(say("Begins"), full_day(begins, say)), (say("Ends"), full_day(last, say))]
    day = (say("Date"), full_day(begins, say))
    if ends is None or ends <= begins:
        return [day, (say("Time"), say("from {time}", time=say.clock(begins)))]
    if say.day_of(begins) == say.day_of(ends):
        return [day, (say("Time"), f"{say.clock(begins)}–{say.clock(ends)}")]
    return [(say("Begins"), _day_and_clock(begins, say)), (say("Ends"), _day_and_clock(ends, say))]


def _day_and_clock(moment: datetime, say: Say) -> str:
    return f"{say.dated(say.day_of(moment), 'd MMMM')} {say.clock(moment)}"


KM_OF_A_MILE = 1.609344


def distance_words(km: float, say: Say) -> tuple[str, str]:
    """Figure and unit of a straight line: in steps of 100 m below 2 km, of half a kilometre below 10 km, else of 1 km.

    The way by road is some third longer, so finer steps would promise what nobody knows; and rows of neighbouring
    estates are equal, which are then painted once.
    """
    unit = say("mi") if say.manner.miles else say("km")
    km = km / KM_OF_A_MILE if say.manner.miles else km
    if km < 1.95:
        return say.marked(f"{max(km, 0.1):.1f}"), unit
    if km < 9.75:
        return say.marked(f"{round(2 * km) / 2:g}"), unit
    return f"{km:.0f}", unit


def times_word(text: str, say: Say) -> str:
    """A feed's own times of day, such as ``06:10``, as the channel's clock has them."""
    if not say.manner.twelve:
        return text
    return _TIME.sub(lambda found: say.time_of(60 * int(found[1]) + int(found[2])), text)


def towns_own(town: str, say: Say) -> str:
    """What the names of a town's own places begin with."""
    return say.within("what the names of a town's own places begin with", "{town}", town=town)


def town_word(town: str, say: Say) -> str:
    """A town's name without what it is, where a language says that in the name: 莘庄镇 is 莘庄."""
    for ending in say.within("endings that the short name of a town lacks, with | between", "-").split("|"):
        if town.endswith(ending) and len(town) > len(ending) + 1:
            return town.removesuffix(ending)
    return town


def cut(text: str, most: int) -> str:
    """``text``, or its first ``most - 1`` characters and an ellipsis, between words where it has words."""
    if len(text) <= most:
        return text
    head, after = text[: most - 1], text[most - 1]
    space = head.rfind(" ")
    parts_a_word = head[-1].isalnum() and after.isalnum() and after < "\u2e80"
    return (head[:space] if parts_a_word and 2 * space > most else head) + "…"


def first_sentence(text: str, most: int) -> str:
    """The text up to its first full stop, without it; cut at ``most`` characters."""
    line = text.strip().split("\n", 1)[0]
    for number, letter in enumerate(line):
        if letter in "。！？!?":
            line = line[:number]
            break
    return cut(line, most)
