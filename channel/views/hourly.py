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
from channel.views.base import Inputs, Until
from channel.views.content import Chart, Content, Point, Series
from feeds.base.clock import local
from feeds.records import Forecast

ROLES = ("weather",)
_LABELS = 6


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    hours: Annotated[int, msgspec.Meta(ge=6, le=48)] = 24
    empty: str = "逐时预报还没有送到"


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
    values = [hour.temperature or 0.0 for hour in hours]
    facts = [
        ("降水概率", "" if now.rain is None else f"{now.rain:.0f}%"),
        ("湿度", "" if now.humidity is None else f"{now.humidity:.0f}%"),
        ("风", _weather.short_wind(now)),
    ]
    points = tuple(Point(value=float(round(v)), label=_label(n, hours[n])) for n, v in enumerate(values))
    return Chart(
        place=f"{inputs.settings.district} 现在",
        value=_weather.degrees(now.temperature),
        level=_level(now),
        tone="",
        facts=tuple(fact for fact in facts if fact[1]),
        advice=_advice(hours),
        heading=f"未来 {len(hours)} 小时气温",
        series=(Series(name="气温", points=points, kind="line", tone="brand"),),
        ticks=ticks(values),
    )


def _level(now: Forecast) -> str:
    word, icon = _weather.sky(now.code)
    return word[:3] if icon else ""


def _label(number: int, hour: Forecast) -> str:
    if number == 0:
        return "现在"
    return f"{local(hour.begins).hour}时" if number % _LABELS == 0 else ""


def _advice(hours: Sequence[Forecast]) -> str:
    """When it is warmest and coldest, and when it begins to rain or snow."""
    warm = max(hours, key=lambda h: h.temperature or 0.0)
    cold = min(hours, key=lambda h: h.temperature or 0.0)
    skies = [_weather.sky(hour.code)[1] for hour in hours]
    wet = next((number for number, icon in enumerate(skies) if icon in _weather.WET), None)
    high, low = _weather.degrees(warm.temperature), _weather.degrees(cold.temperature)
    said = f"{_hour(warm)}最高 {high}，{_hour(cold)}最低 {low}"
    if wet is None:
        # Where the sky of one hour is not known, nobody can say that it stays dry.
        return f"{said}，没有雨。" if all(skies) else f"{said}。"
    begins = hours[wet].begins <= hours[0].begins + timedelta(hours=1)
    return f"{said}，{'正在' if begins else f'{_hour(hours[wet])}起'}{'下雪' if skies[wet] == 'snow' else '有雨'}。"


def _hour(record: Forecast) -> str:
    return f"{local(record.begins).hour} 时"
