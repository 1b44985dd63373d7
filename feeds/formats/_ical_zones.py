"""The zone that a calendar means by a name: the IANA name, the one that Windows uses, or its own description."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from feeds.formats._ical_lines import parts

_FIXED = re.compile(r"(?:utc|gmt)\s*([+-])(\d{1,2})(?::?([0-5]\d))?")
# What Windows shows to people instead of its name for China's zone; some exports write that.
_SHOWN = {
    "(utc+08:00) beijing, chongqing, hong kong, urumqi": "Asia/Shanghai",
    "(utc+08:00) beijing, chongqing, hong kong sar, urumqi": "Asia/Shanghai",
    "(gmt+08:00) beijing, chongqing, hong kong, urumqi": "Asia/Shanghai",
    "(utc+08:00) 北京，重庆，香港特别行政区，乌鲁木齐": "Asia/Shanghai",
    "(gmt+08:00) 北京，重庆，香港特别行政区，乌鲁木齐": "Asia/Shanghai",
    "中国标准时间": "Asia/Shanghai",
    "北京时间": "Asia/Shanghai",
}
_MOST_CHANGES = 200
_TOO_MUCH = re.compile(r"BY(?:HOUR|MINUTE|SECOND|YEARDAY|WEEKNO|SETPOS)|INTERVAL", re.IGNORECASE)


def zone_of(name: str, described: Mapping[str, tuple[str, ...]]) -> tzinfo | None:
    """The zone called ``name``; ``described`` holds the calendar's own VTIMEZONE components. None when nobody knows."""
    name = name.strip().strip('"').strip()
    return _known(name) or _described(described.get(name, ()))


def _known(name: str) -> tzinfo | None:
    """By the IANA database, by CLDR's windowsZones, by a plain offset."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    folded = name.casefold()
    found = _names().get(folded) or WINDOWS_TO_OLSON.get(name) or _SHOWN.get(folded)
    if found is None and "/" in name:
        # A name that is unique in the world ends in the IANA name (RFC 5545, 3.2.19: /example.org/…/Asia/Shanghai).
        tail = folded.strip("/").split("/")
        found = next((known for n in (3, 2) if len(tail) >= n and (known := _names().get("/".join(tail[-n:])))), None)
    if found is not None:
        return ZoneInfo(found)
    fixed = _FIXED.fullmatch(folded)
    if fixed and int(fixed[2]) <= 14:
        minutes = int(fixed[2]) * 60 + int(fixed[3] or 0)
        return timezone(timedelta(minutes=-minutes if fixed[1] == "-" else minutes))
    return None


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _described(lines: tuple[str, ...]) -> tzinfo | None:
    """The zone of a VTIMEZONE. Its rules must be what zones have, yearly ones; others could run for ever."""
    from dateutil.tz import tzical  # type: ignore[import-untyped]

    if not lines or sum(1 for line in lines if line.upper().startswith("BEGIN:")) > _MOST_CHANGES:
        return None
    kept = []
    for line in lines:
        name, _, value = parts(line)
        if name in ("RRULE", "EXRULE") and ("FREQ=YEARLY" not in value.upper() or _TOO_MUCH.search(value)):
            return None
        if name in ("", "BEGIN", "END", "TZID", "DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME"):
            kept.append(line.strip())
    text = "\n".join(("BEGIN:VTIMEZONE", *kept, "END:VTIMEZONE"))
    try:
        found: tzinfo | None = tzical(io.StringIO(text)).get()
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        return None
    return found
