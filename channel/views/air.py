"""The air quality of the last day at the station nearest to the estate (layout ``chart``).

Role ``air``: readings named AQI by station and hour, and those of the pollutants. Options: ``hours`` is how many bars;
``empty`` is the sentence when there are no readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from channel.memory import Slot
from channel.views._air import INDEX, LEVELS, index_now, level_of, stations_of
from channel.views._chart import ticks
from channel.views._keys import keys
from channel.views._words import full_hour
from channel.views.base import Inputs, Until
from channel.views.content import Chart, Content, Point, Series, Tone
from channel.words import N_, Say
from feeds.records import Reading

ROLES = ("air",)
_HOUR = timedelta(hours=1)
_TURN: Slot[datetime | None] = Slot("turn of the air")
_CHARTS: Slot[Chart] = Slot("charts of the air")
_ADVICE = (
    N_("The air is very good: open the windows, take a walk, do your morning exercise."),
    N_("You may open the windows. Old people who wheeze or cough do better to exercise after nine o'clock."),
    N_("Keep windows closed for the most part. Old people, children and those with a weak heart or lungs stay in."),
    N_("Close the windows, wear a mask outside, do your morning exercise indoors."),
    N_("Stay in as far as you can with windows and doors shut, and see a doctor soon if you feel unwell."),
    N_("Do not go out, shut windows and doors, and see a doctor at once if you feel unwell."),
)
"""By the levels of the index."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    hours: Annotated[int, msgspec.Meta(ge=6, le=48)] = 24
    empty: str = N_("The air quality has not come yet")


def view(inputs: Inputs) -> Content:
    """Now at the left, the last hours as bars at the right."""
    options = inputs.options(Options)
    stations = stations_of(inputs, "air")
    name, readings = stations.near(inputs.estate)
    until = Until(inputs)
    until.at(inputs.once(_TURN, lambda: stations.turns(inputs.moment)))
    # One chart a station and moment, whichever of its estates asks.
    body = inputs.once(_CHARTS, lambda: _body(name, readings, inputs, options), name)
    return Content(
        body=body,
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _body(station: str, readings: Sequence[Reading], inputs: Inputs, options: Options) -> Chart:
    moment, say = inputs.moment, inputs.say
    by_hour = {r.at: r.value for r in readings if r.name in INDEX and r.at is not None and r.at <= moment}
    if not by_hour:
        return Chart(
            place="", value="", level="", tone="", facts=(), advice="", heading="", series=(), ticks=(),
            empty=inputs.empty("air", options.empty),
        )  # fmt: skip
    newest = max(by_hour)
    hours = [newest - _HOUR * back for back in range(options.hours - 1, -1, -1)]
    values = [by_hour.get(hour) for hour in hours]
    now = index_now(readings, moment)
    shown = now.value if now else None
    level, tone, advice = _judged(shown, say)
    points = tuple(_point(n, hour, by_hour.get(hour), len(hours), say) for n, hour in enumerate(hours))
    return Chart(
        place=say("{place} now", place=station) if now else say("{place} lately", place=station),
        value="—" if shown is None else f"{shown:.0f}",
        level=level,
        tone=tone,
        facts=_facts(readings, newest, say),
        advice=advice,
        heading=say.plural("The last {n} hour", "The last {n} hours", options.hours),
        series=(Series(name=say("Air quality index"), points=points),),
        ticks=_ticks([value for value in values if value is not None]),
        legend=_legend(say),
    )


def _judged(value: float | None, say: Say) -> tuple[str, Tone, str]:
    """The level of the index now: its word, its tone, and what to do."""
    if value is None:
        return "", "", say("This station has reported nothing for three hours, please look again later.")
    place = level_of(value)
    return say(LEVELS[place][1]), LEVELS[place][2], say(_ADVICE[place])


def _legend(say: Say) -> tuple[tuple[str, Tone], ...]:
    """The first level of each tone, with the figure at which it begins."""
    (good, first, green), (fair, second, yellow), (_, third, red) = LEVELS[:3]

    def begins(level: str, above: float) -> str:
        return say("{level} {value}+", level=say(level), value=f"{above + 1:.0f}")

    return (say(first), green), (begins(second, good), yellow), (begins(third, fair), red)


def _point(number: int, hour: datetime, value: float | None, count: int, say: Say) -> Point:
    label = ""
    if number == count - 1:
        label = say("now")
    elif number % 6 == 0 and number < count - 3:
        there = say.local(hour).hour
        label = full_hour(there, say.within("on an axis", "{hour}:00", hour=there), say)
    tone: Tone = "" if value is None else LEVELS[level_of(value)][2]
    return Point(value=value, label=label, tone=tone, name=say.clock(hour))


def _ticks(values: list[float]) -> tuple[float, ...]:
    """The borders of the levels where they fit, else round steps."""
    borders = (0.0, *(border for border, _, _ in LEVELS[:3]))
    return tuple(map(float, borders)) if max(values, default=0) <= borders[-1] else ticks(values, floor=0)


def _facts(readings: Sequence[Reading], newest: datetime, say: Say) -> tuple[tuple[str, str], ...]:
    """The pollutants of the newest hour, the first of them named as the one that counts."""
    found = [r for r in readings if r.name not in INDEX and r.at is not None and r.at >= newest - _HOUR]
    latest = {r.name: r for r in sorted(found, key=lambda r: (r.at or newest, r.id)) if r.value is not None}
    if not latest:
        return ()
    worst = max(latest.values(), key=lambda r: (r.value or 0, r.name))
    values = ((r.name, f"{say.number(r.value or 0)} {r.unit}".strip()) for r in latest.values())
    return ((say.within("of pollutants", "Main"), worst.name), *values)
