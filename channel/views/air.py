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
from channel.views._words import number_word
from channel.views.base import Inputs, Until
from channel.views.content import Chart, Content, Point, Series
from feeds.base.clock import local
from feeds.records import Reading

ROLES = ("air",)
_HOUR = timedelta(hours=1)
_TURN: Slot[datetime | None] = Slot("turn of the air")
_CHARTS: Slot[Chart] = Slot("charts of the air")
_ADVICE = {
    "优": "空气很好，适合开窗、散步和晨练。",
    "良": "可以开窗。气喘、咳嗽的老人，晨练请改到九点以后。",
    "轻度": "少开窗。老人、孩子和有心肺病的人减少户外活动。",
    "中度": "关好窗，出门戴口罩，晨练改在室内。",
    "重度": "尽量不出门，关紧门窗，不舒服请及时就医。",
    "严重": "不要出门，关紧门窗，不舒服马上就医。",
}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    hours: Annotated[int, msgspec.Meta(ge=6, le=48)] = 24
    empty: str = "空气质量还没有报来"


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
    moment = inputs.moment
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
    level, tone = level_of(now.value) if now and now.value is not None else ("", "")
    points = tuple(_point(n, hour, by_hour.get(hour), len(hours)) for n, hour in enumerate(hours))
    return Chart(
        place=f"{station} {'现在' if now else '最近'}",
        value=f"{now.value:.0f}" if now and now.value is not None else "—",
        level=level,
        tone=tone,
        facts=_facts(readings, newest),
        advice=_ADVICE.get(level, "这个站点最近三小时没有报数，请稍后再来看。"),
        heading=f"过去 {options.hours} 小时",
        series=(Series(name="空气质量指数", points=points),),
        ticks=_ticks([value for value in values if value is not None]),
        legend=(("优", "green"), ("良 51起", "yellow"), ("轻度起", "red")),
    )


def _point(number: int, hour: datetime, value: float | None, count: int) -> Point:
    last = number == count - 1
    label = "现在" if last else f"{local(hour).hour}时" if number % 6 == 0 and number < count - 3 else ""
    return Point(value=value, label=label, tone="" if value is None else level_of(value)[1])


def _ticks(values: list[float]) -> tuple[float, ...]:
    """The borders of the levels where they fit, else round steps."""
    borders = (0.0, *(border for border, _, _ in LEVELS[:3]))
    return tuple(map(float, borders)) if max(values, default=0) <= borders[-1] else ticks(values, floor=0)


def _facts(readings: Sequence[Reading], newest: datetime) -> tuple[tuple[str, str], ...]:
    """The pollutants of the newest hour, the first of them named as the one that counts."""
    found = [r for r in readings if r.name not in INDEX and r.at is not None and r.at >= newest - _HOUR]
    latest = {r.name: r for r in sorted(found, key=lambda r: (r.at or newest, r.id)) if r.value is not None}
    if not latest:
        return ()
    worst = max(latest.values(), key=lambda r: (r.value or 0, r.name))
    values = ((r.name, f"{number_word(r.value or 0)} {r.unit}".strip()) for r in latest.values())
    return (("首要", worst.name), *values)
