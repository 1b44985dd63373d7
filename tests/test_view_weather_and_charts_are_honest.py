"""Forecasts and charts show what was measured: gaps stay gaps, old values are no now, axes hold every value."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from view_inputs import HOME, SAY, SOUTH, at, content, page

from channel.views._chart import ticks
from channel.views._weather import UNKNOWN, icon_of, sky
from channel.views._words import full_hour
from channel.views.content import Chart, Forecast
from channel.words import Manner, Say
from feeds.records import Forecast as Record
from feeds.records import Reading

HOUR = timedelta(hours=1)


def _hour(number: int, temperature: float, code: int | None = 2) -> Record:
    begins = at("08:00") + HOUR * number
    return Record(id=f"h{number}", begins=begins, span="hour", code=code, temperature=temperature, humidity=70, rain=10)


DAYS = [
    Record(id=f"d{n}", begins=at("00:00") + timedelta(days=n), span="day", code=61 if n == 1 else 0,
           high=13.6 - n, low=6.4 - n, wind="东北风", force=3, rain=20)
    for n in range(-1, 9)
]  # fmt: skip


def test_seven_days_from_today_each_with_a_page() -> None:
    made = content(page("forecast", "501", title="天气预报", layout="forecast", scope="district"), {"weather": DAYS})
    assert isinstance(made.body, Forecast)
    assert [day.label for day in made.body.days] == ["今天", "周三", "周四", "周五", "周六", "周日", "周一"]
    assert [(d.date, d.high, d.low, d.word, d.icon, d.wind) for d in made.body.days][1] == (
        "25日", 13, 5, "小雨", "rain", "东北 3级",
    )  # fmt: skip
    assert [day.to for day in made.body.days] == [f"501.{item.id}" for item in made.items]
    assert "出门带伞" in repr(made.items[1]) and "出门带伞" not in repr(made.items[0])
    assert made.valid_until == at("2026-11-25T00:00")


def test_the_next_hours_are_a_line_with_a_sentence() -> None:
    hours = [_hour(n, 9.0 + (n if n < 6 else 12 - n), 61 if n >= 10 else 2) for n in range(30)]
    made = content(page("hourly", "502", layout="chart", scope="district"), {"weather": hours})
    body = made.body
    assert isinstance(body, Chart)
    assert body.value == "9°" and body.series[0].kind == "line" and len(body.series[0].points) == 24
    assert [p.label for p in body.series[0].points][:7] == ["现在", "", "", "", "", "", "14时"]
    assert body.advice == "14 时最高 15°，7 时最低 -2°，18 时起有雨。"
    assert min(body.ticks) <= -2 and max(body.ticks) >= 15
    assert made.valid_until == at("09:00")


def _air(station: str, lon: float, values: dict[int, float | None]) -> list[Reading]:
    return [
        Reading(id=f"{station}{n}".encode().hex()[:20], name="AQI", at=at("08:00") - HOUR * n, value=value,
                station=station, lon=lon, lat=31.1)
        for n, value in values.items()
    ]  # fmt: skip


AIR = [
    *_air("莘庄站", 121.38, {0: 68, 1: 40, 3: 112}),
    *_air("江川站", 121.42, {5: 30}),
    Reading(id="p1", name="PM2.5", at=at("08:00"), value=49, unit="微克", station="莘庄站"),
    Reading(id="p2", name="臭氧", at=at("08:00"), value=36, unit="微克", station="莘庄站"),
]
PAGE = page("air", "503", title="空气质量", layout="chart")


@pytest.mark.parametrize(
    ("language", "twelve", "expected"),
    [("en", False, "02:00"), ("en", True, "2 am"), ("zh_Hans", False, "2时")],
)
def test_hours_of_an_axis_are_of_the_channels_clock(language: str, twelve: bool, expected: str) -> None:
    """As the header writes them, on every axis, head and sentence alike."""
    say = Say(language, "Asia/Shanghai", Manner(twelve=twelve))
    assert full_hour(2, say.within("on an axis", "{hour}:00", hour=2), say) == expected
    evening = full_hour(14, say.within("on an axis", "{hour}:00", hour=14), say)
    assert evening == {"02:00": "14:00", "2 am": "2 pm", "2时": "14时"}[expected]


def test_the_nearest_station_speaks_and_a_missing_hour_is_a_gap() -> None:
    body = content(PAGE, {"air": AIR}, estate=HOME).body
    assert isinstance(body, Chart)
    assert (body.place, body.value, body.level, body.tone) == ("莘庄站 现在", "68", "良", "yellow")
    assert [(p.value, p.tone) for p in body.series[0].points][-4:] == [
        (112, "red"), (None, ""), (40, "green"), (68, "yellow"),
    ]  # fmt: skip
    assert body.facts == (("首要", "PM2.5"), ("PM2.5", "49 微克"), ("臭氧", "36 微克"))
    assert body.series[0].points[-1].label == "现在"


def test_a_value_of_hours_ago_is_not_called_now() -> None:
    body = content(PAGE, {"air": AIR}, estate=SOUTH).body
    assert isinstance(body, Chart)
    assert (body.place, body.value, body.level) == ("江川站 最近", "—", "")


def test_it_changes_when_the_newest_value_grows_old() -> None:
    made = content(PAGE, {"air": AIR[:1]}, estate=HOME)
    assert made.valid_until == at("11:00")
    later = content(PAGE, {"air": AIR[:1]}, estate=HOME, moment=at("11:00")).body
    assert isinstance(later, Chart) and later.value == "—"


def test_prices_of_many_days_are_lines_with_gaps_and_a_legend() -> None:
    readings = [
        Reading(id=f"{name}{n}".encode().hex()[:20], name=name, value=base + n / 10, unit="元/500克",
                at=at("00:00") - timedelta(days=n))
        for name, base in (("青菜", 3.0), ("番茄", 5.0)) for n in range(40) if n != 2
    ]  # fmt: skip
    body = content(page("series", "542", layout="chart", scope="district"), {"readings": readings}).body
    assert isinstance(body, Chart)
    assert body.place == "青菜 今天 元/500克" and body.value == "3" and body.facts == (("番茄", "5"),)
    values = [p.value for p in body.series[0].points]
    assert len(values) == 30 and values[-3] is None and values[-1] == 3.0
    assert body.legend == (("青菜", "brand"), ("番茄", "yellow"))
    assert body.heading == "最近 30 天"


@pytest.mark.parametrize("view", ["hourly", "air", "series"])
def test_without_values_there_is_a_sentence_and_no_empty_chart(view: str) -> None:
    role = {"hourly": "weather", "air": "air", "series": "readings"}[view]
    body = content(page(view, "502", layout="chart"), {role: []}).body
    assert isinstance(body, Chart) and body.empty is not None and body.series == ()


@given(st.lists(st.integers(-6_000, 500_000).map(lambda n: n / 100), min_size=1, max_size=40))
def test_axes_hold_every_value_and_are_few_and_even(values: list[float]) -> None:
    found = ticks(values)
    assert found[0] <= min(values) and found[-1] >= max(values)
    assert 3 <= len(found) <= 7
    steps = {round(b - a, 6) for a, b in pairwise(found)}
    assert len(steps) == 1


@given(st.integers(0, 99))
def test_every_weather_code_has_a_word_and_what_icon_there_is_exists(code: int) -> None:
    """A code that says nothing of the sky (WMO 4677 has some on lightning and the past hour) has no icon."""
    word, icon = sky(code, SAY), icon_of(code)
    assert word
    assert not icon or (files("channel.layouts") / "icons" / f"{icon}.svg").is_file()
    assert (not icon) == (word == SAY(UNKNOWN))


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (None, ("天气未知", "")), (0, ("晴", "sun")), (5, ("霾", "fog")), (7, ("扬沙", "fog")), (31, ("沙尘暴", "fog")),
        (60, ("小雨", "rain")), (64, ("大雨", "rain")), (68, ("雨夹雪", "snow")), (83, ("雨夹雪", "snow")),
        (20, ("天气未知", "")),
    ],
)  # fmt: skip
def test_a_sky_is_what_its_code_says(code: int | None, shown: tuple[str, str]) -> None:
    """Haze and sand are no clouds, intermittent rain is rain, and no code is no sky."""
    assert (sky(code, SAY), icon_of(code)) == shown


def test_a_sky_that_nobody_knows_is_not_shown() -> None:
    """Days at 95 % chance of rain without a code: no sun, no icon, no word that it is fit for a walk."""
    days = [
        Record(id=f"d{n}", begins=at("00:00") + timedelta(days=n), span="day", high=12, low=6, rain=95 * n)
        for n in range(3)
    ]
    made = content(page("forecast", "501", title="天气预报", layout="forecast", scope="district"), {"weather": days})
    assert isinstance(made.body, Forecast)
    assert {(day.word, day.icon) for day in made.body.days} == {("天气未知", "")}
    assert "适合" not in repr(made) and "晴" not in repr(made)
    assert "出门带伞" in repr(made.items[1]) and "出门带伞" not in repr(made.items[0])


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ([2, 2, 2], "，没有雨。"), ([2, None, 2], "6°。"), ([None, None, 61], "10 时起有雨。"),
        ([2, 2, 85], "10 时起下雪。"), ([2, 2, 71], "10 时起下雪。"),
    ],
)  # fmt: skip
def test_no_rain_is_said_only_where_every_hour_is_known(codes: list[int | None], said: str) -> None:
    """An hour without a code may be wet; showers of snow are snow."""
    hours = [_hour(n, 8.0 - n, code) for n, code in enumerate(codes)]
    body = content(page("hourly", "502", layout="chart", scope="district"), {"weather": hours}).body
    assert isinstance(body, Chart) and body.advice.endswith(said)
    assert (body.level == "") == (codes[0] is None)
