"""Moments and dates as feeds write them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time

from feeds.base.clock import as_utc, local
from feeds.formats._written import read_written

_COMPACT = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_LONGEST = 120
_PAST, _AHEAD = 20, 5
"""A count since 1970 is believed within so many years of now: an older or later one is more likely something else."""
_COMPACT_PAST, _COMPACT_AHEAD = 100, 50


def read_moment(value: object, today: datetime) -> datetime:
    """The moment that ``value`` means, in UTC.

    Reads ISO 8601, RFC 5322, digits in a row (``20261129``, ``2026112908``, ``202611290830``, ``20261129083015``),
    seconds or milliseconds since 1970 where they fall from 20 years before ``today`` to 5 years after, what
    ``read_written`` reads, and a bare ``08:12`` (or ``25:10``, past midnight), which counts from the local day of
    ``today``. Without an offset it is on the clock of the source. Raises ValueError with a sentence.
    """
    if isinstance(value, datetime):
        return _in_range(as_utc(value))
    if isinstance(value, date):
        return as_utc(datetime.combine(value, time()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, today)
    text = str(value)[:_LONGEST].strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if text.replace(".", "", 1).isdecimal():
        return _number(float(text) if "." in text else int(text), today)
    moment = _iso(text) or read_written(text, today)
    if moment is None:
        raise ValueError(f"found {text[:60]!r}, expected a date or time such as 2026-11-24 08:12")
    try:
        return _in_range(as_utc(moment))
    except OverflowError:
        raise ValueError(f"the year {moment.year} is out of range") from None


def read_date(value: object, today: datetime) -> str:
    """The local day that ``value`` means as ``YYYY-MM-DD``. Raises ValueError."""
    return local(read_moment(value, today)).date().isoformat()


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


def _number(value: float, today: datetime) -> datetime:
    """A date written as digits alone, else a count since 1970."""
    found = _compact(value, today) or _since_1970(value, today)
    if found is None:
        shown = str(value)[:40] if isinstance(value, int) else f"{value:g}"
        raise ValueError(
            f"found {shown}, which is neither a date in digits (20261124, 202611240812) nor seconds since 1970 within "
            "years of now"
        )
    return found


def _compact(value: float, today: datetime) -> datetime | None:
    if value != value // 1 or not 1e7 <= value < 1e14:
        return None
    digits = f"{value:.0f}"
    form = _COMPACT.get(len(digits))
    if form is None:
        return None
    try:
        moment = datetime.strptime(digits, form)  # noqa: DTZ007 - as_utc says whose it is
    except ValueError:
        return None
    return as_utc(moment) if -_COMPACT_PAST <= moment.year - today.year <= _COMPACT_AHEAD else None


def _since_1970(value: float, today: datetime) -> datetime | None:
    seconds = value / 1000 if value > 1e11 else value
    if not 0 < seconds < 4e9:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment if -_PAST <= moment.year - today.year <= _AHEAD else None


def _in_range(moment: datetime) -> datetime:
    if not 1900 <= moment.year <= 2200:
        raise ValueError(f"the year {moment.year} is out of range")
    return moment
