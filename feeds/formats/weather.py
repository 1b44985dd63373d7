"""Weather as Forecast records: Open-Meteo (``/v1/forecast``) and QWeather (``/v7/weather/now``, ``24h``, ``7d``).

Which of the two it is, the answer tells. From Open-Meteo ``current``, ``hourly`` and ``daily`` are read, whichever were
asked for, in whatever units it says. Degrees Celsius, percent, Beaufort force, WMO weather codes; a code that was not
asked for, or an icon that is not known, leaves the sky unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feeds.base.errors import FormatError
from feeds.formats._json import read_json
from feeds.formats._moments import read_moment
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Forecast, stable_id
from feeds.source import Source

NAME = "weather"
# Upper limits of Beaufort 0 to 11 in metres a second (WMO-No. 8, Annex 5.E); above is 12.
_BEAUFORT = (0.2, 1.5, 3.3, 5.4, 7.9, 10.7, 13.8, 17.1, 20.7, 24.4, 28.4, 32.6)
_SPEED = {"km/h": 1 / 3.6, "kmh": 1 / 3.6, "m/s": 1.0, "ms": 1.0, "mp/h": 0.44704, "mph": 0.44704, "kn": 0.514444}
_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
# QWeather's icon -> WMO code, by the first icon of a run that means the same.
_ICONS = {
    100: 0, 101: 2, 102: 1, 103: 2, 104: 3, 150: 0, 151: 2, 152: 1, 153: 2, 154: 3, 300: 80, 301: 81, 302: 95, 303: 95,
    304: 96, 305: 61, 306: 63, 307: 65, 308: 65, 309: 51, 310: 65, 311: 65, 312: 65, 313: 66, 314: 61, 315: 63, 316: 65,
    317: 65, 318: 65, 350: 80, 351: 81, 399: 61, 400: 71, 401: 73, 402: 75, 403: 75, 404: 68, 405: 68, 406: 83, 407: 85,
    408: 71, 409: 73, 410: 75, 456: 83, 457: 85, 499: 71, 500: 45, 501: 45, 502: 5, 503: 7, 504: 6, 507: 31, 508: 34,
    509: 45, 510: 45, 511: 5, 512: 5, 513: 5, 514: 45, 515: 45,
}  # fmt: skip


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Forecast records in order of time. Raises FormatError when the service refused or it is no weather."""
    if not documents:
        raise FormatError("weather: no document")
    rows = Rows(source, Forecast, moment)
    updated: datetime | None = None
    for document in documents:
        value = read_json(document, encoding=source.encoding)
        if not isinstance(value, Mapping):
            raise FormatError("weather: found a list or a bare value, expected an answer of Open-Meteo or QWeather")
        if value.get("error") is True:
            raise FormatError(f"weather: Open-Meteo refused: {str(value.get('reason', ''))[:200]}")
        if "fxLink" in value or isinstance(value.get("code"), str):
            found, updated = _qweather(value), _updated(value, moment)
        else:
            found = _open_meteo(value)
        for position, row in found:
            row["id"] = stable_id("forecast", str(row["span"]), str(row["begins"]))
            rows.add(position, row)
    if not rows.total:
        raise FormatError(
            "weather: found neither current nor hourly nor daily (QWeather: now, hourly, daily), expected one; "
            "the address must ask for it, for example with &daily=temperature_2m_max,temperature_2m_min,weather_code"
        )
    return rows.parsed(updated)


def _open_meteo(value: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    zone = timezone(timedelta(seconds=_number(value.get("utc_offset_seconds")) or 0))
    for part, span in (("current", "now"), ("current_weather", "now"), ("hourly", "hour"), ("daily", "day")):
        columns = value.get(part)
        if not isinstance(columns, Mapping) or "time" not in columns:
            continue
        units = value.get(f"{part}_units")
        # A day begins where the place is; the one offset that an answer has may be that of before a change.
        here = _named(value.get("timezone")) if span == "day" else None
        reader = _Columns(columns, units if isinstance(units, Mapping) else {}, here or zone)
        for number in range(reader.count):
            yield f"{part} {number + 1}", {"span": span, **reader.row(number)}


def _named(value: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(value) if isinstance(value, str) else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


class _Columns:
    """Open-Meteo's way of writing rows: a list for each quantity (or one value, for now)."""

    def __init__(self, columns: Mapping[str, Any], units: Mapping[str, Any], zone: tzinfo) -> None:
        self._columns = {name: value if isinstance(value, list) else [value] for name, value in columns.items()}
        self._units = units
        self._zone = zone
        self.count = len(self._columns["time"])

    def row(self, number: int) -> dict[str, Any]:
        speed = self._get(number, "wind_speed_10m", "wind_speed_10m_max", "windspeed_10m", "windspeed")
        unit = self._unit("wind_speed_10m", "wind_speed_10m_max", "windspeed_10m", "windspeed") or "km/h"
        return {
            "begins": self._time(number),
            "code": self._get(number, "weather_code", "weathercode"),
            "temperature": self._degrees(number, "temperature_2m", "temperature"),
            "high": self._degrees(number, "temperature_2m_max"),
            "low": self._degrees(number, "temperature_2m_min"),
            "humidity": self._get(number, "relative_humidity_2m", "relativehumidity_2m", "relative_humidity_2m_mean"),
            "rain": self._get(number, "precipitation_probability", "precipitation_probability_max", "rain_probability"),
            "wind": wind_name(
                self._get(
                    number, "wind_direction_10m", "wind_direction_10m_dominant", "winddirection_10m", "winddirection"
                )
            ),
            "force": beaufort(speed, unit),
        }

    def _time(self, number: int) -> object:
        value = self._columns["time"][number]
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return value
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=self._zone)
        return value

    def _get(self, number: int, *names: str) -> float | None:
        for name in names:
            column = self._columns.get(name)
            if column is not None and number < len(column):
                return _number(column[number])
        return None

    def _unit(self, *names: str) -> str:
        return next((str(self._units[name]) for name in names if name in self._units), "")

    def _degrees(self, number: int, *names: str) -> float | None:
        value = self._get(number, *names)
        if value is not None and self._unit(*names).endswith("F"):
            return round((value - 32) / 1.8, 1)
        return value


def _qweather(value: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if str(value.get("code")) != "200":
        raise FormatError(f"weather: QWeather refused with code {str(value.get('code'))[:40]}")
    now = value.get("now")
    if isinstance(now, Mapping):
        yield "now", {"span": "now", "begins": now.get("obsTime") or value.get("updateTime"), **_common(now)}
    for part, span in (("hourly", "hour"), ("daily", "day")):
        items = value.get(part)
        for number, item in enumerate(items if isinstance(items, list) else (), 1):
            if isinstance(item, Mapping):
                yield (
                    f"{part} {number}",
                    {"span": span, "begins": item.get("fxTime") or item.get("fxDate"), **_common(item)},
                )


def _common(item: Mapping[str, Any]) -> dict[str, Any]:
    icon = _number(item.get("icon") or item.get("iconDay"))
    return {
        "code": _ICONS.get(int(icon)) if icon is not None else None,
        "temperature": item.get("temp"),
        "high": item.get("tempMax"),
        "low": item.get("tempMin"),
        "humidity": item.get("humidity"),
        "rain": item.get("pop"),
        "wind": item.get("windDir") or item.get("windDirDay"),
        "force": _scale(item.get("windScale") or item.get("windScaleDay")),
    }


def _updated(value: Mapping[str, Any], moment: datetime) -> datetime | None:
    try:
        return read_moment(value.get("updateTime") or "", moment)
    except ValueError:
        return None


def _scale(text: Any) -> int | None:
    """The upper force of ``3`` or ``1-3``."""
    found = re.findall(r"\d+", str(text)) if text is not None else []
    return int(found[-1]) if found and len(found[-1]) < 3 else None


def beaufort(speed: float | None, unit: str) -> int | None:
    """The Beaufort force of a speed in ``km/h``, ``m/s``, ``mp/h`` or ``kn``; None when it is not known."""
    factor = _SPEED.get(unit.strip().lower())
    if speed is None or factor is None or speed < 0:
        return None
    return sum(1 for limit in _BEAUFORT if speed * factor > limit + 0.05)


def wind_name(degrees: float | None) -> str:
    """Where the wind comes from, of eight directions: ``NE``."""
    return "" if degrees is None else _WINDS[int((degrees % 360) / 45 + 0.5) % 8]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e9 else None


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """An answer with now, hours or days; one of Open-Meteo's without any holds nothing to read."""
    value = glance.table
    series = [value.get(part) for part in ("current", "current_weather", "hourly", "daily")]
    if any(isinstance(columns, Mapping) and "time" in columns for columns in series):
        return Evidence(certainty=1.0)
    if ("fxLink" in value and "code" in value) or (value.get("error") is True and "reason" in value):
        return Evidence(certainty=0.9)
    if {"latitude", "longitude"} <= set(value) and {"utc_offset_seconds", "generationtime_ms"} & set(value):
        return Evidence(
            certainty=0.9,
            instead="this is an answer of Open-Meteo that holds a position but no weather; give the address with what "
            "it should say, for example &current=temperature_2m,weather_code&daily=temperature_2m_max,"
            "temperature_2m_min,weather_code",
        )
    return None
