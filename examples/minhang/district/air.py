"""Air and indices of daily life: pages 503 and 504."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import climate
from .base import EPOCH, At, chance, iso, serves, texts
from .medical import lines
from .towns import SHORT
from .writing import JSON, datastore

_WORDS = texts("life")


def aqi(station: str, moment: datetime) -> int | None:
    """The air quality index of an hour; None when the station did not report."""
    hours = int((moment - EPOCH).total_seconds() // 3600)
    if chance("dumb", station, hours) < 0.02:
        return None
    weather = climate.day((moment - EPOCH).days)
    wash = 0.6 if weather.code >= 60 else 1.15 if weather.code == 45 else 1.0
    rush = 1.18 if moment.hour in (7, 8, 9, 18, 19) else 0.92 if moment.hour in (2, 3, 4, 14, 15) else 1.0
    span, part = divmod(hours, 9)
    slow = 45 + 60 * (chance("slow", span) * (1 - part / 9) + chance("slow", span + 1) * part / 9)
    return max(18, round(slow * wash * rush * (0.94 + 0.12 * chance("own", station, hours // 3))))


def word(value: float) -> str:
    """The level of HJ 633-2012."""
    for limit, name in ((50, "优"), (100, "良"), (150, "轻度"), (200, "中度"), (300, "重度")):
        if value <= limit:
            return name
    return "严重"


@serves("air", "air.json", JSON, hours=1)
def air(at: At) -> bytes:
    """Page 503: AQI of 24 hours at eight stations, with PM2.5 and ozone of the last hour."""
    rows: list[dict[str, object]] = []
    for name, short in lines(_WORDS["air_stations"]):
        lon, lat = SHORT[short].point("air", name, reach=0.3)
        hours = [at.moment - timedelta(hours=back) for back in range(23, -1, -1)]
        found = [("AQI", hour, "", aqi(name, hour)) for hour in hours]
        now = found[-1][3] or 60
        for item, share in (("PM2.5", 0.72), ("臭氧", 0.53)):
            value = round(now * share * (0.9 + 0.2 * chance(item, name, at.moment)))
            found.append((item, at.moment, "微克", value))
        rows.extend(
            {"item": item, "time": iso(hour), "value": value, "unit": unit, "grade": word(value if not unit else now),
             "station": name, "lon": lon, "lat": lat}
            for item, hour, unit, value in found if value is not None
        )  # fmt: skip
    return datastore(rows)


@serves("indices", "indices.json", JSON, hours=1)
def indices(at: At) -> bytes:
    """Page 504: advice that follows the day's weather, its air and what is warned of."""
    today = climate.day(at.day)
    worst = max((aqi(name, at.moment) or 0 for name, _ in lines(_WORDS["air_stations"])), default=0)
    foul = worst > 100
    # The morning's worst says what the morning's exercise is worth.
    hours = [at.moment.replace(hour=hour) for hour in range(5, max(6, min(at.moment.hour, 10) + 1))]
    morning = max((aqi(name, hour) or 0 for name, _ in lines(_WORDS["air_stations"]) for hour in hours), default=worst)
    warmth = 0 if today.low < 5 else 1 if today.low < 12 else 2 if today.low < 20 else 3
    rows = []
    for name, levels, advice in lines(_WORDS["indices"]):
        step = warmth
        if name in ("洗晒", "洗车", "晨练", "出行", "开窗"):
            step = 0 if today.code >= 45 else 1 if today.code == 3 else 2
        if (
            (name == "晨练" and (foul or morning > 100 or today.is_cold))
            or (name == "开窗" and foul)
            or (name == "钓鱼" and today.is_windy)
        ):
            step = 0
        elif name == "晨练" and today.is_hot:
            step = 3
        elif name == "晨练" and max(worst, morning) > 50:
            # As page 503 advises whoever wheezes: later in the day.
            step = min(step, 1)
        rows.append(
            {"name": name, "level": levels.split(";")[step], "advice": advice.split(";")[step], "at": iso(at.midnight)}
        )
    return datastore(rows)
