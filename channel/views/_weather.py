"""The weather in words and pictures: WMO code table 4677 as open weather services use it, and the card of now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from channel.views.content import WeatherCard
from feeds.base.clock import local
from feeds.records import Forecast

_CODES: tuple[tuple[range, str, str], ...] = (
    (range(1), "晴", "sun"),
    (range(1, 3), "多云", "cloud-sun"),
    (range(3, 4), "阴", "overcast"),
    (range(4, 6), "霾", "fog"),
    (range(6, 7), "浮尘", "fog"),
    (range(7, 10), "扬沙", "fog"),
    (range(10, 13), "轻雾", "fog"),
    (range(17, 18), "雷暴", "storm"),
    (range(30, 36), "沙尘暴", "fog"),
    (range(40, 50), "雾", "fog"),
    (range(50, 56), "毛毛雨", "rain"),
    (range(56, 58), "冻雨", "rain"),
    (range(58, 60), "毛毛雨", "rain"),
    (range(60, 62), "小雨", "rain"),
    (range(62, 64), "中雨", "rain"),
    (range(64, 66), "大雨", "rain"),
    (range(66, 68), "冻雨", "rain"),
    (range(68, 70), "雨夹雪", "snow"),
    (range(70, 72), "小雪", "snow"),
    (range(72, 74), "中雪", "snow"),
    (range(74, 76), "大雪", "snow"),
    (range(76, 79), "小雪", "snow"),
    (range(79, 80), "冰粒", "snow"),
    (range(80, 81), "阵雨", "rain"),
    (range(81, 83), "强阵雨", "rain"),
    (range(83, 85), "雨夹雪", "snow"),
    (range(85, 87), "阵雪", "snow"),
    (range(87, 91), "冰雹", "storm"),
    (range(91, 96), "雷阵雨", "storm"),
    (range(96, 100), "雷雨冰雹", "storm"),
)
UNKNOWN = "天气未知"
WET = ("rain", "storm", "snow")
"""The icons of skies that something falls from."""


def sky(code: int | None) -> tuple[str, str]:
    """Word and icon of a WMO weather code. One that says nothing of the sky, or none, has a word that says so and no
    icon."""
    return next(((word, icon) for codes, word, icon in _CODES if code in codes), (UNKNOWN, ""))


def degrees(value: float | None) -> str:
    """``9°``; ``—`` when nobody knows. Minus zero is zero."""
    return "—" if value is None else f"{round(value) + 0}°"


def now_of(records: Iterable[Forecast], moment: datetime) -> Forecast | None:
    """What is nearest to now: the running hour, else a report of now that is at most three hours old."""
    found = list(records)
    hour = [r for r in found if r.span == "hour" and r.begins <= moment < r.begins + timedelta(hours=1)]
    now = [r for r in found if r.span == "now" and r.begins <= moment < r.begins + timedelta(hours=3)]
    latest = max(now, key=lambda r: r.begins, default=None)
    if latest and (not hour or moment - latest.begins < timedelta(hours=1)):
        return latest
    return hour[0] if hour else None


def days_of(records: Iterable[Forecast], moment: datetime) -> list[Forecast]:
    """The forecasts of days from today on, in order, one a day."""
    today = local(moment).date()
    days = {local(r.begins).date(): r for r in records if r.span == "day" and r.high is not None and r.low is not None}
    return [days[day] for day in sorted(days) if day >= today]


def hours_of(records: Iterable[Forecast], moment: datetime, most: int) -> list[Forecast]:
    """The forecasts of hours from the running one on, at most ``most``."""
    found = [r for r in records if r.span == "hour" and r.begins > moment - timedelta(hours=1)]
    return sorted(found, key=lambda r: r.begins)[:most]


def next_turn(records: Iterable[Forecast], moment: datetime) -> datetime | None:
    """When ``now_of`` may answer otherwise."""
    found = [r for r in records if r.span in ("now", "hour")]
    ends = [r.begins + timedelta(hours=n) for r in found for n in ((1, 3) if r.span == "now" else (0, 1))]
    return min((at for at in ends if at > moment), default=None)


def wind_word(record: Forecast) -> str:
    """``东北风 3 级``; nothing when nobody knows."""
    wind = record.wind if not record.wind or record.wind.endswith("风") else f"{record.wind}风"
    return " ".join(part for part in (wind, "" if record.force is None else f"{record.force} 级") if part)


def card(
    records: Iterable[Forecast], moment: datetime, *, to: str, place: str, lines: tuple[str, ...] = ()
) -> WeatherCard | None:
    """The card of now with today's span; None when neither is known."""
    found = list(records)
    now, days = now_of(found, moment), days_of(found, moment)
    today = days[0] if days and local(days[0].begins).date() == local(moment).date() else None
    known = now or today
    if known is None:
        return None
    word, icon = sky(known.code)
    wind = wind_word(now or known)
    humidity = f"湿度 {known.humidity:.0f}%" if known.humidity is not None else ""
    return WeatherCard(
        to=to,
        place=f"{place} 现在" if now else f"{place} 今天",
        temperature=degrees(now.temperature if now else known.high),
        word=word,
        span=f"{degrees(today.low)} 到 {degrees(today.high)}" if today else "",
        icon=icon,
        lines=tuple(line for line in (*lines, " ".join(filter(None, (wind, humidity)))) if line)[:2],
    )


def short_wind(record: Forecast) -> str:
    """``东北 3级``: a wind in six Han."""
    force = "" if record.force is None else f"{record.force}级"
    return " ".join(filter(None, (record.wind.removesuffix("风"), force)))


def advice(record: Forecast) -> tuple[str, ...]:
    """A day's weather in sentences: what it is like, and what to think of before going out."""
    word, icon = sky(record.code)
    span = f"，{degrees(record.low)} 到 {degrees(record.high)}" if record.high is not None else ""
    wind = wind_word(record)
    found = [f"{word}{span}{f'，{wind}' if wind else ''}。"]
    if icon in ("rain", "storm") or (record.rain or 0) >= 50:
        found.append("出门带伞，路滑慢走；阳台上的衣被请早收。")
    if icon == "snow":
        found.append("路面可能结冰，老人少出门，上下台阶扶好扶手。")
    if icon == "fog":
        found.append("早上有雾，开车慢行，晨练等雾散了再去。")
    if (record.force or 0) >= 6:
        found.append("风大，收好花盆和晾衣架，走路离广告牌远一点。")
    if record.low is not None and record.low <= 5:
        found.append("早晚冷，老人孩子多穿一件；水管外露的地方包一包。")
    if record.high is not None and record.high >= 35:
        found.append("中午到下午三点少出门，多喝水，室内开窗通风。")
    if record.high is not None and record.low is not None and record.high - record.low >= 10:
        found.append("早晚和中午差得多，衣服穿成一层一层的，方便穿脱。")
    if len(found) == 1 and icon:
        found.append("适合出门走走，也适合开窗通风、晾晒衣被。")
    return tuple(found)
