"""A month shows its events and the Chinese calendar; a day opens its list, an event its page, green the next month."""

from __future__ import annotations

from datetime import date

import pytest
from view_inputs import SAY, at, content, page

from channel.views._lunar import lunar_day, short_word
from channel.views._words import is_all_day
from channel.views.content import Calendar, List
from channel.words import Say
from feeds.records import Event

EVENTS = [
    Event(id="e1", title="磨刀便民摊", begins=at("09:00"), ends=at("11:00"), venue="活动室", category="便民"),
    Event(id="e2", title="合唱", begins=at("2026-11-28T14:00"), venue="文化中心"),
    Event(id="e3", title="书展", begins=at("2026-11-28T00:00"), ends=at("2026-11-30T00:00"), all_day=True),
    Event(id="e4", title="过去的会", begins=at("2026-11-03T09:00")),
    Event(id="e5", title="冬至灯会", begins=at("2026-12-22T18:00")),
]
PAGE = page("calendar", "341", title="演出与展览", layout="calendar", scope="district")


def _calendar(**given: object) -> Calendar:
    body = content(PAGE, {"events": EVENTS}, **given).body  # type: ignore[arg-type]
    assert isinstance(body, Calendar)
    return body


def test_the_month_begins_on_its_weekday_with_todays_state() -> None:
    body = _calendar()
    assert (body.month, body.year, body.first, len(body.days)) == ("11 月", "丙午年 十月", 6, 30)
    assert [day.state for day in body.days[22:25]] == ["past", "today", "future"]
    assert [(d.day, d.events) for d in body.days if d.events] == [(3, 1), (24, 1), (28, 2), (29, 1)]


def test_what_comes_next_is_listed_in_order() -> None:
    assert [(a.time, a.title, a.venue) for a in _calendar().agenda] == [
        ("09:00", "磨刀便民摊", "活动室"), ("11-28", "书展", "到 11月29日 周日"), ("11-28", "合唱", "14:00 文化中心"),
        ("12-22", "冬至灯会", "18:00"),
    ]  # fmt: skip
    assert _calendar(moment=at("11:00")).agenda[0].title == "书展"


def test_away_from_the_month_an_event_says_its_day() -> None:
    """A time alone is of a day that nobody sees there, and a date has its day of the week."""
    assert [a.when for a in _calendar().agenda] == ["今天 09:00", "", "11-28 周六", "12-22 周二"]
    assert _calendar(moment=at("10:00")).agenda[0].when == "进行中"
    english = content(PAGE, {"events": EVENTS}, say=Say("en")).body
    assert isinstance(english, Calendar) and english.agenda[2].when == "Sat 28 Nov"


def test_a_day_of_another_year_is_told_with_it() -> None:
    """Where it could be taken for the next day that is called so."""
    events = [Event(id=year, title="Fair", begins=at(f"{year}-01-02T10:00")) for year in ("2027", "2099")]
    body = content(PAGE, {"events": events}, say=Say("en")).body
    assert isinstance(body, Calendar) and [a.time for a in body.agenda] == ["2 Jan", "2 Jan 2099"]


def test_days_open_their_list_and_green_the_next_month() -> None:
    made = content(PAGE, {"events": EVENTS})
    items = {item.id: item.body for item in made.items}
    assert isinstance(made.body, Calendar) and made.body.days[27].to == "341.d20261128"
    day = items["d20261128"]
    assert isinstance(day, List)
    assert [(row.title, row.date, row.to) for row in day.rows] == [
        ("书展", "全天", "341.e3"), ("合唱 · 文化中心", "14:00", "341.e2"),
    ]  # fmt: skip
    assert made.green is not None and made.green.to == "341.m202612"
    month = items["m202612"]
    assert isinstance(month, Calendar) and month.days[21].events == 1
    assert all(target.split(".")[1] in items for target in _targets(made.body))


def _targets(body: Calendar) -> list[str]:
    return [target for target in [*(d.to for d in body.days), *(a.to for a in body.agenda)] if target]


def test_it_changes_when_an_event_begins_or_ends_or_the_day_does() -> None:
    assert content(PAGE, {"events": EVENTS}).valid_until == at("09:00")
    assert content(PAGE, {"events": EVENTS}, moment=at("09:00")).valid_until == at("11:00")
    assert content(PAGE, {"events": EVENTS}, moment=at("12:00")).valid_until == at("2026-11-25T00:00")


def test_an_event_that_never_ends_fills_no_century() -> None:
    long = [Event(id="x1", title="无尽", begins=at("2026-11-24T00:00"), ends=at("2190-01-01T00:00"))]
    assert len(content(PAGE, {"events": long}).items) < 120


def test_no_event_is_a_sentence() -> None:
    body = content(PAGE, {"events": []}).body
    assert isinstance(body, Calendar) and body.empty is not None


@pytest.mark.parametrize(
    ("day", "said"),
    [
        # New years, leap months and the rare leap eleventh month of 2033, as published by observatories.
        (date(2000, 2, 5), ("庚辰", "正月", "初一")), (date(2024, 2, 10), ("甲辰", "正月", "初一")),
        (date(2025, 1, 29), ("乙巳", "正月", "初一")), (date(2026, 2, 17), ("丙午", "正月", "初一")),
        (date(2027, 2, 6), ("丁未", "正月", "初一")), (date(2034, 2, 19), ("甲寅", "正月", "初一")),
        (date(2020, 5, 23), ("庚子", "闰四月", "初一")), (date(2023, 3, 22), ("癸卯", "闰二月", "初一")),
        (date(2025, 7, 25), ("乙巳", "闰六月", "初一")), (date(2033, 12, 22), ("癸丑", "闰冬月", "初一")),
        (date(2026, 11, 24), ("丙午", "十月", "十六")), (date(2026, 2, 16), ("乙巳", "腊月", "廿九")),
    ],
)  # fmt: skip
def test_the_chinese_calendar_agrees_with_published_days(day: date, said: tuple[str, str, str]) -> None:
    assert tuple(lunar_day(day)) == said


def test_solar_terms_and_first_days_have_their_names() -> None:
    days = {date(2026, 11, 22): "小雪", date(2026, 11, 7): "立冬", date(2026, 11, 9): "十月", date(2026, 11, 8): "三十"}
    assert {day: short_word(day) for day in days} == days


def test_midnight_without_a_word_is_no_time_of_day() -> None:
    """A table that gives a date alone: the day is known, 00:00 is not; a feed that says so is believed."""
    assert is_all_day(Event(id="e1", title="书展", begins=at("2026-11-28T00:00")), SAY)
    assert is_all_day(Event(id="e1", title="书展", begins=at("2026-11-28T00:00"), ends=at("2026-11-30T00:00")), SAY)
    assert not is_all_day(Event(id="e1", title="跨年", begins=at("2026-12-31T00:00"), all_day=False), SAY)
    assert not is_all_day(Event(id="e1", title="跨年", begins=at("2026-12-31T00:00"), ends=at("2026-12-31T00:30")), SAY)
    assert not is_all_day(Event(id="e1", title="讲座", begins=at("09:00")), SAY)


def test_what_has_begun_is_running_and_what_is_over_is_gone() -> None:
    """A morning's match is not announced in the afternoon, though its feed does not say when it ends."""
    match = Event(id="m1", title="钓鱼赛", begins=at("07:00"), venue="水博园")
    bodies = [content(PAGE, {"events": [match]}, moment=at(clock)).body for clock in ("08:00", "10:00")]
    assert [[entry.time for entry in body.agenda] for body in bodies if isinstance(body, Calendar)] == [["进行中"], []]


def test_late_in_a_month_it_shows_the_weeks_to_come() -> None:
    """On the 30th the first row is this week's; where the next month begins it says so."""
    body = _calendar(moment=at("2026-11-30T09:00"))
    assert (body.first, len(body.days), body.days[0].day, body.days[0].state) == (0, 35, 30, "today")
    named = [day.lunar for day in body.days if day.lunar.endswith("月") and day.day in (1, 30)]
    assert named == ["11月", "12月", "1月"]


def test_another_language_has_the_same_days_without_the_moon() -> None:
    """Days, squares, links and the names of months where two meet are there; the Chinese calendar is not."""
    english = Say("en")
    body, chinese = _calendar(say=english), _calendar()
    assert (body.month, body.year, body.first) == ("November", "2026", chinese.first)
    assert [(d.day, d.events, d.state, d.to) for d in body.days] == [
        (d.day, d.events, d.state, d.to) for d in chinese.days
    ]  # fmt: skip
    assert {day.lunar for day in body.days} == {""}
    assert [(a.time, a.venue) for a in body.agenda[:2]] == [("09:00", "活动室"), ("28 Nov", "until Sun 29 Nov")]
    late = _calendar(moment=at("2026-11-30T09:00"), say=english)
    assert [(day.day, day.lunar) for day in late.days if day.lunar] == [(30, "Nov"), (1, "Dec"), (1, "Jan")]
