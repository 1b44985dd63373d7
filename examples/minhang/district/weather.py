"""The forecast as Open-Meteo gives it: pages 100, 101, 501 and 502."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import climate
from .base import EPOCH, At, chance, serves
from .writing import JSON, json_bytes


def _hour(moment: datetime) -> dict[str, float]:
    """What is forecast for an hour."""
    number = (moment - EPOCH).days
    today = climate.day(number)
    draw = chance("hour", number, moment.hour)
    code, rain = today.code, today.rain
    if code >= 61 and draw < 0.35:
        code, rain = 3, rain // 2
    warm = climate.temperature(moment)
    damp = max(30, min(99, round(today.damp - (warm - (today.high + today.low) / 2) * 2.2)))
    return {
        "temperature_2m": warm,
        "relative_humidity_2m": damp,
        "precipitation_probability": max(0, min(100, round(rain + (draw - 0.5) * 16))) if rain else 0,
        "weather_code": code,
        "wind_speed_10m": round(today.wind * (0.6 + 0.5 * chance("gust", number, moment.hour)), 1),
        "wind_direction_10m": round(today.direction + (draw - 0.5) * 30) % 360,
    }


@serves("weather", "weather.json", JSON, minutes=15)
def weather(at: At) -> bytes:
    """Now, 48 hours and seven days at Xinzhuang; times are local and carry no offset, as the service writes them."""
    units = {"temperature_2m": "°C", "relative_humidity_2m": "%", "precipitation_probability": "%",
             "weather_code": "wmo code", "wind_speed_10m": "km/h", "wind_direction_10m": "°"}  # fmt: skip
    hours = [at.midnight + timedelta(hours=hour) for hour in range(48)]
    rows = [_hour(hour) for hour in hours]
    days = [climate.day(at.day + day) for day in range(7)]
    return json_bytes({
        "latitude": 31.11, "longitude": 121.38, "generationtime_ms": 0.1, "utc_offset_seconds": 28800,
        "timezone": "Asia/Shanghai", "timezone_abbreviation": "GMT+8", "elevation": 4.0,
        "current_units": {"time": "iso8601", "interval": "seconds", **units},
        "current": {"time": _minute(at.moment), "interval": 900, **_now(at)},
        "hourly_units": {"time": "iso8601", **units},
        "hourly": {"time": [_minute(hour) for hour in hours], **{name: [row[name] for row in rows] for name in units}},
        "daily_units": {"time": "iso8601", "weather_code": "wmo code", "temperature_2m_max": "°C",
                        "temperature_2m_min": "°C", "precipitation_probability_max": "%",
                        "wind_speed_10m_max": "km/h", "wind_direction_10m_dominant": "°"},
        "daily": {
            "time": [at.date(day) for day in range(7)],
            "weather_code": [day.code for day in days],
            "temperature_2m_max": [day.high for day in days],
            "temperature_2m_min": [day.low for day in days],
            "precipitation_probability_max": [day.rain for day in days],
            "wind_speed_10m_max": [day.wind for day in days],
            "wind_direction_10m_dominant": [day.direction for day in days],
        },
    })  # fmt: skip


def _now(at: At) -> dict[str, float]:
    now = _hour(at.moment.replace(minute=0, second=0, microsecond=0))
    del now["precipitation_probability"]
    return {**now, "temperature_2m": climate.temperature(at.moment)}


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")
