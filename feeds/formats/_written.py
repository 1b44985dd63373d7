"""Dates and times as people and programs write them, in Chinese and English.

A text is taken apart by what its pieces can only be: a zone, a time of day, a weekday, a date. What is left over, or
could be two things (``11/12/2026``, ``上午12:30``, a zone that several countries call so), makes the whole unread.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from feeds.base.clock import local, wall

_MOST = 80
_HAN = "〇零一二三四五六七八九"
_HAN_NUMBER = re.compile(f"(?<![{_HAN}十廿])(?:[{_HAN}]{{1,4}}|[{_HAN}]?十[{_HAN}]?|廿[{_HAN}]?)(?=[年月日号时点分秒])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|\d{1,2}月)\.?"
)
_WEEKDAY = re.compile(
    r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
)
_CLOCK = re.compile(
    r"(?:^|(?<=[\s日号]))(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|[ap]\.?m\.?)? ?"
    r"(\d{1,2}) ?[:时点] ?(?:(\d{1,2}) ?分?)? ?(?::? ?(\d{1,2})(?:[.,]\d+)? ?秒?)?"
    r"(?: ?([ap]\.?m\.?))?(?=$|[\s,;(])"
)
_OFFSET = re.compile(r"(?:(?<=\d)|(?<=\s)|^)(?:gmt|utc)? ?([+-])(\d{1,2})(?::?([0-5]\d))?(?: ?\([a-z ]{1,40}\))?$")
_NAMED = re.compile(r"\(?(?<![a-z])([a-z]{2,20}(?:/[a-z_]{2,20}){1,2}|[a-z]{1,5}|北京时间)(?![a-z])\)?")
# RFC 5322, 4.3, and neighbours whose names nobody else uses. In a Chinese feed CST is China Standard Time: the mail
# standard's reading (US Central) would be 14 hours off.
_ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "cst": 8, "北京时间": 8, "hkt": 8, "jst": 9, "kst": 9, "cet": 1,
          "cest": 2, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}  # fmt: skip
_DATES = (
    (re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"), "ymd"),
    (re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s/,-]*{_MONTH}[\s/,-]*(\d{{4}}|\d\d)"), "dmy"),
    (re.compile(rf"{_MONTH}\s*(\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(\d{{4}})"), "mdy"),
    (re.compile(r"(\d{4})(\d\d)(\d\d)"), "ymd"),
)


class _Clock(NamedTuple):
    """A time of day counted from midnight, which may lie past 24:00."""

    hour: int
    minute: int
    second: int


def read_written(text: str, today: datetime) -> datetime | None:
    """The moment of a written date, time of day, or both; None when it cannot be told.

    A bare time counts from the local day of ``today``, a bare date is its midnight, and where no zone is named it is
    that of the source.
    """
    timed, zone = _take_zone(_plain(text))
    dated, clock = _take_clock(timed) if timed is not None else (None, None)
    if dated is None:
        return None
    rest = dated.strip(" ,;t")
    try:
        day = _date(rest) if rest else local(today).date() if clock else None
        if day is None:
            return None
        hour, minute, second = clock or _Clock(0, 0, 0)
        # A service day counts past 24:00; the sum rolls over to the next date.
        wall = datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute, seconds=second)
        return wall.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def _plain(text: str) -> str:
    """Half-width, in small letters, with figures for Han numbers; a log's ``10/Sep/2014:08:30`` with a space."""
    text = " ".join(unicodedata.normalize("NFKC", text[:_MOST]).lower().split())
    text = re.sub(r"([/-]\d{4}):(?=\d\d:)", r"\1 ", text)
    text = re.sub(r"(?<=\d)t(?=\d)", " ", text)
    text = re.sub(r"(?<=[\d日号])(?=凌晨|清晨|早|上午|中午|下午|傍晚|晚上)", " ", text)
    text = " ".join(_WEEKDAY.sub(" ", text).split())
    return _HAN_NUMBER.sub(lambda found: _figures(found[0]), text)


def _figures(number: str) -> str:
    """``2014`` for 二〇一四, ``10`` for 十, ``21`` for 二十一."""
    if "十" in number or number[0] == "廿":
        tens, _, ones = number.replace("廿", "二十").partition("十")
        return str((_HAN.index(tens[0]) - 1 if tens else 1) * 10 + (_HAN.index(ones[0]) - 1 if ones else 0))
    return "".join(str(max(0, _HAN.index(one) - 1)) for one in number)


def _take_zone(text: str) -> tuple[str | None, tzinfo]:
    """The text without its zone, and the zone; no text when the zone is not known."""
    if ":" in text or "时" in text or "点" in text:
        found = _OFFSET.search(text)
        if found and ":" in text[: found.start()]:
            minutes = int(found[2]) * 60 + int(found[3] or 0)
            if minutes > 14 * 60:
                return None, wall()
            zone = timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
            return text[: found.start()].rstrip(), zone
        for named in _NAMED.finditer(text):
            word = named[1]
            if word in _ZONES:
                return f"{text[: named.start()]} {text[named.end() :]}", timezone(timedelta(hours=_ZONES[word]))
            if "/" in word:
                try:
                    area = "/".join(part.title() for part in word.split("/")).replace("_Of_", "_of_")
                    return f"{text[: named.start()]} {text[named.end() :]}", ZoneInfo(area)
                except (ValueError, OSError, KeyError):
                    return None, wall()
    return text, wall()


def _take_clock(text: str) -> tuple[str | None, _Clock | None]:
    """The text without its time of day, and the time; no text when the time is none or could be two."""
    found = _CLOCK.search(text)
    if not found:
        return text, None
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    part = (found[1] or found[5] or "").replace(".", "")
    hour = _hour(int(found[2]), part)
    minute, second = int(found[3] or 0), int(found[4] or 0)
    if hour is None or minute > 59 or second > 60 or (found[1] and found[5]):
        return None, None
    return rest, _Clock(hour, minute, min(second, 59))


def _hour(hour: int, part: str) -> int | None:
    """The hour of 24 that ``hour`` of this part of the day is; None where it is none, or where customs differ."""
    if not part:
        return hour if hour <= 47 else None
    if part in ("am", "pm"):
        return (hour % 12 + (12 if part == "pm" else 0)) if 1 <= hour <= 12 else None
    if part in ("下午", "傍晚"):
        return hour + 12 if 1 <= hour <= 11 else hour if 12 <= hour <= 23 else None
    if part == "晚上":
        return hour + 12 if 5 <= hour <= 11 else hour if 17 <= hour <= 23 else None
    if part == "中午":
        return hour if 11 <= hour <= 14 else hour + 12 if hour in (1, 2) else None
    # 上午12:30 is half past noon to people and half past midnight to some programs.
    return hour if hour <= 11 else None


def _date(text: str) -> date | None:
    for pattern, order in _DATES:
        found = pattern.fullmatch(text)
        if found:
            parts = dict(zip(order, found.groups(), strict=True))
            year = int(parts["y"])
            if len(parts["y"]) == 2:
                # RFC 5322, 4.3.
                year += 2000 if year < 50 else 1900
            return date(year, _month(parts["m"]), int(parts["d"]))
    return None


def _month(text: str) -> int:
    return int(text.rstrip("月")) if text[0].isdecimal() else _MONTHS.index(text[:3]) + 1
