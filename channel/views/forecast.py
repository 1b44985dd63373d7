"""The week's weather side by side, and a page for each day (layout ``forecast``).

Role ``weather``. Option ``empty`` is the sentence when there is no forecast.
"""

from __future__ import annotations

from datetime import date

import msgspec

from channel.views import _weather
from channel.views._keys import keys
from channel.views._words import full_day
from channel.views.base import Inputs, Until
from channel.views.content import Article, Content, ForecastDay, Item
from channel.views.content import Forecast as Body
from channel.words import N_, Say
from feeds.records import Forecast

ROLES = ("weather",)
_DAYS = 7


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    empty: str = N_("The forecast has not come yet")


def view(inputs: Inputs) -> Content:
    """Seven days from today on."""
    options = inputs.options(Options)
    today = inputs.say.day_of(inputs.moment)
    records = _weather.days_of(inputs.records("weather", Forecast), inputs.moment, inputs.say)[:_DAYS]
    until = Until(inputs)
    until.midnight()
    empty = None if records else inputs.empty("weather", options.empty)
    return Content(
        body=Body(days=tuple(_day(record, today, inputs.page.number, inputs.say) for record in records), empty=empty),
        sources=inputs.source_lines(),
        items=tuple(_item(record, inputs) for record in records),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _day(record: Forecast, today: date, number: str, say: Say) -> ForecastDay:
    day = say.day_of(record.begins)
    return ForecastDay(
        label=say("today") if day == today else say.dated(day, "EEE"),
        date=say.dated(day, "d"),
        icon=_weather.icon_of(record.code),
        word=_weather.sky(record.code, say),
        short=_weather.short_sky(record.code, say),
        high=round(_weather.scaled(record.high or 0, say)),
        low=round(_weather.scaled(record.low or 0, say)),
        wind=_weather.short_wind(record, say),
        to=f"{number}.{_id(day)}",
    )


def _item(record: Forecast, inputs: Inputs) -> Item:
    """The day in sentences, with what to think of."""
    say = inputs.say
    day = say.day_of(record.begins)
    facts = (
        (say.within("of the day's temperatures", "High"), _weather.degrees(record.high, say)),
        (say.within("of the day's temperatures", "Low"), _weather.degrees(record.low, say)),
        (say("Chance of rain"), "" if record.rain is None else f"{record.rain:.0f}%"),
        (say("Wind"), _weather.wind_word(record, say)),
        (say("Humidity"), "" if record.humidity is None else f"{record.humidity:.0f}%"),
    )
    title = f"{full_day(day, say)} {_weather.sky(record.code, say)}"
    paragraphs = _weather.advice(record, say)
    body = Article(title=title, paragraphs=paragraphs, facts=tuple(fact for fact in facts if fact[1]))
    return Item(id=_id(day), title=inputs.page.title, layout=inputs.page.detail, body=body)


def _id(day: date) -> str:
    return f"d{day:%Y%m%d}"
