"""The week's weather side by side, and a page for each day (layout ``forecast``).

Role ``weather``. Option ``empty`` is the sentence when there is no forecast.
"""

from __future__ import annotations

from datetime import date

import msgspec

from channel.views import _weather
from channel.views._keys import keys
from channel.views._words import WEEKDAYS
from channel.views.base import Inputs, Until
from channel.views.content import Article, Content, ForecastDay, Item
from channel.views.content import Forecast as Body
from feeds.base.clock import local
from feeds.records import Forecast

ROLES = ("weather",)
_DAYS = 7


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    empty: str = "天气预报还没有送到"


def view(inputs: Inputs) -> Content:
    """Seven days from today on."""
    options = inputs.options(Options)
    today = local(inputs.moment).date()
    records = _weather.days_of(inputs.records("weather", Forecast), inputs.moment)[:_DAYS]
    until = Until(inputs)
    until.midnight()
    empty = None if records else inputs.empty("weather", options.empty)
    return Content(
        body=Body(days=tuple(_day(record, today, inputs.page.number) for record in records), empty=empty),
        sources=inputs.source_lines(),
        items=tuple(_item(record, inputs) for record in records),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _day(record: Forecast, today: date, number: str) -> ForecastDay:
    day = local(record.begins).date()
    word, icon = _weather.sky(record.code)
    return ForecastDay(
        label="今天" if day == today else WEEKDAYS[day.weekday()],
        date=f"{day.day}日",
        icon=icon,
        word=word,
        high=round(record.high or 0),
        low=round(record.low or 0),
        wind=_weather.short_wind(record),
        to=f"{number}.{_id(day)}",
    )


def _item(record: Forecast, inputs: Inputs) -> Item:
    """The day in sentences, with what to think of."""
    day = local(record.begins).date()
    facts = (
        ("最高", _weather.degrees(record.high)),
        ("最低", _weather.degrees(record.low)),
        ("降水概率", "" if record.rain is None else f"{record.rain:.0f}%"),
        ("风", _weather.wind_word(record)),
        ("湿度", "" if record.humidity is None else f"{record.humidity:.0f}%"),
    )
    title = f"{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]} {_weather.sky(record.code)[0]}"
    body = Article(title=title, paragraphs=_weather.advice(record), facts=tuple(fact for fact in facts if fact[1]))
    return Item(id=_id(day), title=inputs.page.title, layout=inputs.page.detail, body=body)


def _id(day: date) -> str:
    return f"d{day:%Y%m%d}"
