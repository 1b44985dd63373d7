"""The weather as Open-Meteo gives it: 100, 101, 501 and 502. It is mild and wet, as by the sea."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from .base import ZONE, At, chance, json_bytes, on, serves

_CODES = (1, 2, 3, 3, 51, 61, 61, 63, 80, 45)
_WET = {51: 45, 61: 70, 63: 90, 80: 60}


class Day(NamedTuple):
    """A day's weather: code, chance of rain, degrees, wind in km/h and where it comes from."""

    code: int
    rain: int
    high: float
    low: float
    wind: float
    direction: int


def day_of(day: date) -> Day:
    """The weather of a day."""
    number = day.toordinal()
    season = -math.cos((day.timetuple().tm_yday - 25) / 365 * 2 * math.pi)
    code = _CODES[int(chance("sky", number) * len(_CODES))]
    high = round(12.5 + 5.5 * season + 5 * (chance("warm", number) - 0.5), 1)
    low = round(high - 3 - 4 * chance("cool", number), 1)
    wind = round(14 + 50 * chance("wind", number) ** 2, 1)
    return Day(code, _WET.get(code, 10), high, low, wind, 180 + int(chance("from", number) * 140))


def is_windy(day: date) -> bool:
    """Whether the coastguard has reason to warn of the wind."""
    return day_of(day).wind > 35


def temperature(moment: datetime) -> float:
    """Warmest in the early afternoon."""
    there = moment.astimezone(ZONE)
    today = day_of(there.date())
    swing = (1 + math.cos((there.hour + there.minute / 60 - 14) / 12 * math.pi)) / 2
    return round(today.low + (today.high - today.low) * swing, 1)


def _row(moment: datetime) -> dict[str, float]:
    today = day_of(moment.astimezone(ZONE).date())
    draw = chance("hour", int(moment.timestamp()) // 3600)
    return {
        "temperature_2m": temperature(moment),
        "relative_humidity_2m": round(72 + 20 * draw),
        "precipitation_probability": round(today.rain * (0.6 + 0.4 * draw)),
        "weather_code": today.code if draw > 0.3 or today.code < 50 else 3,
        "wind_speed_10m": round(today.wind * (0.6 + 0.4 * draw), 1),
        "wind_direction_10m": today.direction,
    }


@serves("weather.json", "application/json", step=15)
def weather(at: At) -> bytes:
    """Now, two days by the hour and a week. Times bear no offset: the service writes all of them on the clock of now,
    also those beyond a change of it."""
    ahead = at.moment.utcoffset() or timedelta()
    first = on(at.today, 0).astimezone(UTC)
    hours = [first + timedelta(hours=hour) for hour in range(48)]
    days = [at.day(number) for number in range(7)]
    rows, week = [_row(hour) for hour in hours], [day_of(day) for day in days]
    units = {"temperature_2m": "°C", "wind_speed_10m": "km/h", "precipitation_probability": "%"}
    return json_bytes({
        "latitude": 51.85, "longitude": -8.3, "generationtime_ms": 0.1, "timezone": ZONE.key,
        "utc_offset_seconds": int(ahead.total_seconds()),
        "current_units": units, "current": {"time": _written(at.moment, ahead), "interval": 900, **_row(at.moment)},
        "hourly_units": units,
        "hourly": {"time": [_written(hour, ahead) for hour in hours], **{n: [r[n] for r in rows] for n in rows[0]}},
        "daily_units": {"temperature_2m_max": "°C", "wind_speed_10m_max": "km/h"},
        "daily": {
            "time": [day.isoformat() for day in days],
            "weather_code": [day.code for day in week],
            "temperature_2m_max": [day.high for day in week],
            "temperature_2m_min": [day.low for day in week],
            "precipitation_probability_max": [day.rain for day in week],
            "wind_speed_10m_max": [day.wind for day in week],
            "wind_direction_10m_dominant": [day.direction for day in week],
        },
    })  # fmt: skip


def _written(moment: datetime, ahead: timedelta) -> str:
    return (moment.astimezone(UTC) + ahead).strftime("%Y-%m-%dT%H:%M")
