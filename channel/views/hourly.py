"""The temperature of the next hours (layout ``chart``).

Role ``weather``. Options: ``hours`` is how many; ``empty`` is the sentence when there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import msgspec

from channel.views import _weather
from channel.views._chart import ticks
from channel.views._keys import keys
from channel.views._words import full_hour
from channel.views.base import Inputs, Until
from channel.views.content import Chart, Content, Point, Series
from channel.words import N_, Say
from feeds.records import Forecast

ROLES = ("weather",)
_LABELS = 6


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    hours: Annotated[int, msgspec.Meta(ge=6, le=48)] = 24
    empty: str = N_("The forecast of the hours has not come yet")


def view(inputs: Inputs) -> Content:
    """Now at the left, the hours at the right."""
    options = inputs.options(Options)
    records = inputs.records("weather", Forecast)
    hours = [h for h in _weather.hours_of(records, inputs.moment, options.hours) if h.temperature is not None]
    now = _weather.now_of(records, inputs.moment) or (hours[0] if hours else None)
    until = Until(inputs)
    until.at(_weather.next_turn(records, inputs.moment))
    if now is None or not hours:
        body = Chart(
            place="", value="", level="", tone="", facts=(), advice="", heading="", series=(), ticks=(),
            empty=inputs.empty("weather", options.empty),
        )  # fmt: skip
    else:
        body = _body(now, hours, inputs)
    return Content(
        body=body,
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _body(now: Forecast, hours: Sequence[Forecast], inputs: Inputs) -> Chart:
    say = inputs.say
    values = [_weather.scaled(hour.temperature or 0.0, say) for hour in hours]
    facts = [
        (say("Chance of rain"), "" if now.rain is None else f"{now.rain:.0f}%"),
        (say("Humidity"), "" if now.humidity is None else f"{now.humidity:.0f}%"),
        (say("Wind"), _weather.short_wind(now, say)),
    ]
    points = tuple(
        Point(value=float(round(value)), label=_label(number, hour, say), name=say.clock(hour.begins))
        for number, (hour, value) in enumerate(zip(hours, values, strict=True))
    )
    return Chart(
        place=say("{place} now", place=inputs.settings.district),
        value=_weather.degrees(now.temperature, say),
        level=_weather.sky(now.code, say) if _weather.icon_of(now.code) else "",
        short=_weather.short_sky(now.code, say),
        tone="",
        facts=tuple(fact for fact in facts if fact[1]),
        advice=_advice(hours, say),
        heading=say.plural("Temperature of the next {n} hour", "Temperature of the next {n} hours", len(hours)),
        series=(Series(name=say("Temperature"), points=points, kind="line", tone="brand"),),
        ticks=ticks(values),
    )


def _label(number: int, hour: Forecast, say: Say) -> str:
    if number == 0:
        return say("now")
    if number % _LABELS:
        return ""
    there = say.local(hour.begins).hour
    return full_hour(there, say.within("on an axis", "{hour}:00", hour=there), say)


def _advice(hours: Sequence[Forecast], say: Say) -> str:
    """When it is warmest and coldest, and when it begins to rain or snow."""
    warm = max(hours, key=lambda h: h.temperature or 0.0)
    cold = min(hours, key=lambda h: h.temperature or 0.0)
    said = say(
        "Warmest {high} at {warm}, coldest {low} at {cold}",
        warm=_hour(warm, say), high=_weather.degrees(warm.temperature, say),
        cold=_hour(cold, say), low=_weather.degrees(cold.temperature, say),
    )  # fmt: skip
    return say("{text}.", text=say.clauses((said, _wet(hours, say))))


def _wet(hours: Sequence[Forecast], say: Say) -> str:
    """What falls from when on; nothing where nobody knows."""
    skies = [_weather.icon_of(hour.code) for hour in hours]
    wet = next((number for number, icon in enumerate(skies) if icon in _weather.WET), None)
    if wet is None:
        # Where the sky of one hour is not known, nobody can say that it stays dry.
        return say("no rain") if all(skies) else ""
    snow = skies[wet] == "snow"
    if hours[wet].begins <= hours[0].begins + timedelta(hours=1):
        return say("it is snowing") if snow else say("it is raining")
    hour = _hour(hours[wet], say)
    return say("snow from {hour}", hour=hour) if snow else say("rain from {hour}", hour=hour)


def _hour(record: Forecast, say: Say) -> str:
    hour = say.local(record.begins).hour
    return full_hour(hour, say.within("in a sentence", "{hour}:00", hour=hour), say)
