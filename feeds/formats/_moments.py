"""Moments and dates as feeds write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

from feeds.base.clock import SHANGHAI, as_utc, local

_NUMBER = re.compile(r"\d{9,16}(\.\d+)?")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CLOCK = re.compile(r"(\d{1,2})\s*+[:：时点]\s*+(?:(\d{1,2})\s*+分?\s*+)?(?:[:：]?\s*+(\d{1,2})(?:\.\d++)?\s*+秒?)?")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
# In a Chinese feed CST is China Standard Time; the mail standard's reading (US Central) would be 14 hours off.
_CST = re.compile(r"\bCST\b|\(CST\)")


def read_moment(value: object, today: datetime) -> datetime:
    """The moment that ``value`` means, in UTC.

    Reads ISO 8601, RFC 5322, seconds or milliseconds since 1970, ``2026/11/24 8:12``, ``2026年11月24日8时12分`` and a
    bare ``08:12`` (or ``25:10``, past midnight), which counts from the local day of ``today``. Without an offset it is
    Asia/Shanghai. Raises ValueError.
    """
    if isinstance(value, datetime):
        return _in_range(as_utc(value))
    if isinstance(value, date):
        return as_utc(datetime.combine(value, time()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(float(value))
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return _since_1970(float(text))
    for reader in (_iso, _mail, _written):
        moment = reader(text[:80], today)
        if moment is not None:
            return _in_range(moment)
    raise ValueError(f"{text[:60]!r} is not a moment")


def read_date(value: object, today: datetime) -> str:
    """The local day that ``value`` means as ``YYYY-MM-DD``. Raises ValueError."""
    return local(read_moment(value, today)).date().isoformat()


def _iso(text: str, today: datetime) -> datetime | None:
    try:
        return as_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _mail(text: str, today: datetime) -> datetime | None:
    if not any(letter.isalpha() for letter in text[:3]) and "," not in text and not re.match(r"\d{1,2} [A-Z]", text):
        return None
    try:
        return as_utc(parsedate_to_datetime(_CST.sub("+0800", text)))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _written(text: str, today: datetime) -> datetime | None:
    """Dates as people write them, with or without a time of day."""
    offset = _OFFSET.search(text) if ":" in text else None
    rest = text[: offset.start()] if offset else text
    found = _DATE.match(rest)
    try:
        if found:
            day = date(*(int(part) for part in found.groups()))
            rest = rest[found.end() :]
        else:
            day = local(today).date()
        rest = rest.strip(" T,，")
        clock = _CLOCK.fullmatch(rest)
        if (rest and not clock) or (not rest and not found):
            return None
        hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
        if hour > 47 or minute > 59 or second > 59:
            return None
        # A service day counts past 24:00; the sum rolls over to the next date.
        moment = datetime.combine(day, time(), SHANGHAI) + timedelta(hours=hour, minutes=minute, seconds=second)
        if offset:
            moment = datetime.fromisoformat(moment.replace(tzinfo=None).isoformat() + offset[0])
        return as_utc(moment)
    except (ValueError, OverflowError):
        return None


def _since_1970(number: float) -> datetime:
    seconds = number / 1000 if number > 1e11 else number
    if not 0 < seconds < 4e9:
        raise ValueError(f"{number:g} is not a moment")
    return datetime.fromtimestamp(seconds, UTC)


def _in_range(moment: datetime) -> datetime:
    if not 1900 <= moment.year <= 2200:
        raise ValueError(f"the year {moment.year} is out of range")
    return moment
