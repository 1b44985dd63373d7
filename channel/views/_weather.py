"""The weather in words and pictures: WMO code table 4677 as open weather services use it, and the card of now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from channel.views.content import WeatherCard
from channel.words import N_, Say
from feeds.records import Forecast

_CODES: tuple[tuple[range, str, str], ...] = (
    (range(1), N_("Clear"), "sun"),
    (range(1, 3), N_("Cloudy"), "cloud-sun"),
    (range(3, 4), N_("Overcast"), "overcast"),
    (range(4, 6), N_("Haze"), "fog"),
    (range(6, 7), N_("Dust"), "fog"),
    (range(7, 10), N_("Blowing sand"), "fog"),
    (range(10, 13), N_("Mist"), "fog"),
    (range(17, 18), N_("Thunder"), "storm"),
    (range(30, 36), N_("Sandstorm"), "fog"),
    (range(40, 50), N_("Fog"), "fog"),
    (range(50, 56), N_("Drizzle"), "rain"),
    (range(56, 58), N_("Freezing rain"), "rain"),
    (range(58, 60), N_("Drizzle"), "rain"),
    (range(60, 62), N_("Light rain"), "rain"),
    (range(62, 64), N_("Rain"), "rain"),
    (range(64, 66), N_("Heavy rain"), "rain"),
    (range(66, 68), N_("Freezing rain"), "rain"),
    (range(68, 70), N_("Sleet"), "snow"),
    (range(70, 72), N_("Light snow"), "snow"),
    (range(72, 74), N_("Snow"), "snow"),
    (range(74, 76), N_("Heavy snow"), "snow"),
    (range(76, 79), N_("Light snow"), "snow"),
    (range(79, 80), N_("Ice pellets"), "snow"),
    (range(80, 81), N_("Showers"), "rain"),
    (range(81, 83), N_("Heavy showers"), "rain"),
    (range(83, 85), N_("Sleet"), "snow"),
    (range(85, 87), N_("Snow showers"), "snow"),
    (range(87, 91), N_("Hail"), "storm"),
    (range(91, 96), N_("Thunderstorm"), "storm"),
    (range(96, 100), N_("Thunderstorm with hail"), "storm"),
)
UNKNOWN = N_("Weather unknown")
WET = ("rain", "storm", "snow")
"""The icons of skies that something falls from."""


def sky(code: int | None, say: Say) -> str:
    """The word of a WMO weather code. One that says nothing of the sky, or none, has a word that says so."""
    return say(_sky(code)[0])


def short_sky(code: int | None, say: Say) -> str:
    """The same where there is little room, in some six letters or three Han; ``sky`` where the word is short."""
    word, _ = _sky(code)
    shorter = {
        "Overcast": say.within("short", "Overcast"),
        "Blowing sand": say.within("short", "Blowing sand"),
        "Thunder": say.within("short", "Thunder"),
        "Sandstorm": say.within("short", "Sandstorm"),
        "Freezing rain": say.within("short", "Freezing rain"),
        "Light rain": say.within("short", "Light rain"),
        "Heavy rain": say.within("short", "Heavy rain"),
        "Light snow": say.within("short", "Light snow"),
        "Heavy snow": say.within("short", "Heavy snow"),
        "Ice pellets": say.within("short", "Ice pellets"),
        "Showers": say.within("short", "Showers"),
        "Heavy showers": say.within("short", "Heavy showers"),
        "Snow showers": say.within("short", "Snow showers"),
        "Thunderstorm": say.within("short", "Thunderstorm"),
        "Thunderstorm with hail": say.within("short", "Thunderstorm with hail"),
        "Weather unknown": say.within("short", "Weather unknown"),
    }
    return shorter.get(word) or say(word)


def icon_of(code: int | None) -> str:
    """The icon of a WMO weather code; empty where it says nothing of the sky."""
    return _sky(code)[1]


def _sky(code: int | None) -> tuple[str, str]:
    return next(((word, icon) for codes, word, icon in _CODES if code in codes), (UNKNOWN, ""))


def degrees(value: float | None, say: Say) -> str:
    """``9°`` of the channel's scale for degrees Celsius; ``—`` when nobody knows. Minus zero is zero."""
    return "—" if value is None else f"{round(scaled(value, say)) + 0}°"


def scaled(celsius: float, say: Say) -> float:
    """Degrees of the channel's scale."""
    return celsius * 9 / 5 + 32 if say.manner.fahrenheit else celsius


def now_of(records: Iterable[Forecast], moment: datetime) -> Forecast | None:
    """What is nearest to now: the running hour, else a report of now that is at most three hours old."""
    found = list(records)
    hour = [r for r in found if r.span == "hour" and r.begins <= moment < r.begins + timedelta(hours=1)]
    now = [r for r in found if r.span == "now" and r.begins <= moment < r.begins + timedelta(hours=3)]
    latest = max(now, key=lambda r: r.begins, default=None)
    if latest and (not hour or moment - latest.begins < timedelta(hours=1)):
        return latest
    return hour[0] if hour else None


def days_of(records: Iterable[Forecast], moment: datetime, say: Say) -> list[Forecast]:
    """The forecasts of days from today on, in order, one a day."""
    today = say.day_of(moment)
    known = (r for r in records if r.span == "day" and r.high is not None and r.low is not None)
    days = {say.day_of(r.begins): r for r in known}
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


_COMPASS = {
    "N": N_("north"), "NE": N_("northeast"), "E": N_("east"), "SE": N_("southeast"),
    "S": N_("south"), "SW": N_("southwest"), "W": N_("west"), "NW": N_("northwest"),
}  # fmt: skip


def wind_word(record: Forecast, say: Say) -> str:
    """``NE wind, force 3``; nothing when nobody knows."""
    direction = _direction(record, say)
    wind = say("{direction} wind", direction=direction) if direction else ""
    if record.force is None:
        return wind
    return say("{wind}, force {force}", wind=wind, force=record.force) if wind else _force(record.force, say)


def _force(force: int, say: Say) -> str:
    return say("force {force}", force=force)


def _direction(record: Forecast, say: Say) -> str:
    """Where the wind comes from, without the word that it is a wind."""
    if record.wind in _COMPASS:
        return say(_COMPASS[record.wind])
    wind = record.wind
    for ending in say.within("endings that the direction of a wind lacks, with | between", " wind").split("|"):
        wind = wind.removesuffix(ending)
    return wind


def card(
    records: Iterable[Forecast], moment: datetime, say: Say, *, to: str, place: str, lines: tuple[str, ...] = ()
) -> WeatherCard | None:
    """The card of now with today's span; None when neither is known."""
    found = list(records)
    now, days = now_of(found, moment), days_of(found, moment, say)
    today = days[0] if days and say.day_of(days[0].begins) == say.day_of(moment) else None
    known = now or today
    if known is None:
        return None
    wind = wind_word(now or known, say)
    humidity = _humidity(known.humidity, say)
    between = say.within("between two facts of the weather", ", ")
    return WeatherCard(
        to=to,
        place=say("{place} now", place=place) if now else say("{place} today", place=place),
        temperature=degrees(now.temperature if now else known.high, say),
        word=sky(known.code, say),
        short=short_sky(known.code, say),
        span=_span(today, say) if today else "",
        icon=icon_of(known.code),
        lines=tuple(filter(None, (*lines, between.join(filter(None, (wind, humidity))))))[:2],
    )


def _humidity(humidity: float | None, say: Say) -> str:
    if humidity is None:
        return ""
    percent = f"{humidity:.0f}"
    return say("Humidity {percent}%", percent=percent)


def _span(record: Forecast, say: Say) -> str:
    return say("{begin} to {end}", begin=degrees(record.low, say), end=degrees(record.high, say))


def short_wind(record: Forecast, say: Say) -> str:
    """``NE 3``: a wind in six Han."""
    direction, force = _direction(record, say), record.force
    if force is None:
        return direction
    if not direction:
        return say.within("short", "force {force}", force=force)
    return say("{direction} {force}", direction=direction, force=force)


def advice(record: Forecast, say: Say) -> tuple[str, ...]:
    """A day's weather in sentences: what it is like, and what to think of before going out."""
    span = _span(record, say) if record.high is not None else ""
    about = say("{text}.", text=say.clauses((sky(record.code, say), span, wind_word(record, say))))
    icon = icon_of(record.code)
    found = [*_sky_advice(icon, record.rain or 0, say), *_wind_and_warmth(record, say)]
    if not found and icon:
        found = [say("A good day for a walk, for open windows and for drying the washing.")]
    return about, *found


def _sky_advice(icon: str, rain: float, say: Say) -> list[str]:
    found = []
    if icon in ("rain", "storm") or rain >= 50:
        found.append(say("Take an umbrella and walk with care on wet ground; bring in the washing early."))
    if icon == "snow":
        found.append(say("Roads may be icy: old people stay in, and hold on to the rail on steps."))
    if icon == "fog":
        found.append(say("Fog in the morning: drive slowly, and exercise only when it has lifted."))
    return found


def _wind_and_warmth(record: Forecast, say: Say) -> list[str]:
    high, low = record.high, record.low
    found = []
    if (record.force or 0) >= 6:
        found.append(say("Strong wind: bring in flower pots and clothes racks, and keep away from billboards."))
    if low is not None and low <= 5:
        found.append(say("Cold mornings and evenings: old people and children dress warmly; wrap pipes outdoors."))
    if high is not None and high >= 35:
        found.append(say("Stay in from noon to three, drink plenty of water, let air through the rooms."))
    if high is not None and low is not None and high - low >= 10:
        found.append(say("Morning and noon differ much: dress in layers that are easily taken off."))
    return found
