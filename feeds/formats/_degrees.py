"""Angles as maps and tables write them: ``121.41``, ``121°24′36″E``, ``东经121度24分``, or two a cell."""

from __future__ import annotations

import re
import unicodedata

_AXES = {"lon": {"e": 1, "w": -1, "东": 1, "西": -1}, "lat": {"n": 1, "s": -1, "北": 1, "南": -1}}
_EXPECTED = {"lon": "E or W", "lat": "N or S"}
# Before NFKC, which makes two primes of a double one and a letter of the ordinal sign.
_BEFORE_TIDY = str.maketrans("º˚″”“′’‘−", "°°\"\"\"'''-")
_WORDS = {"东经": "E", "西经": "W", "北纬": "N", "南纬": "S", "度": "°", "分": "'", "秒": '"', "''": '"'}
_ANGLE = re.compile(
    r"(?P<before>[NSEW东西南北])? {0,2}(?P<sign>[+-])?(?P<degrees>\d{1,3}(?:\.\d{0,20})?) {0,2}"
    r"(?:[°: ] {0,2}(?:(?P<minutes>\d{1,2}(?:\.\d{0,20})?) {0,2}"
    r"(?:[' :] {0,2}(?:(?P<seconds>\d{1,2}(?:\.\d{0,20})?) {0,2}\"?)?)?)?)?"
    r" {0,2}(?P<after>[NSEW东西南北])?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[+-]?[0-9]{1,4}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_COMMA = re.compile(r"[NSEW]?\s?[+-]?\d{1,3},\d{1,20}\s?[NSEW]?", re.IGNORECASE)
_WRAPPED = re.compile(r"(?:POINT\s?)?[(\[]([^()\[\]]*)[)\]]", re.IGNORECASE)
_MOST = 80


def read_angle(value: object, axis: str) -> float:
    """Degrees of a longitude (``axis`` is ``lon``) or latitude (``lat``). Raises ValueError with the reason.

    A hemisphere's letter must be one of its axis: columns that were swapped are not read.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return float(value)
    if not isinstance(value, str):
        raise ValueError("found a list or a table, expected degrees")
    text = _tidy(value)
    found = _ANGLE.fullmatch(text.replace(",", ".") if "°" in text or _COMMA.fullmatch(text) else text)
    if not found:
        raise ValueError(f"{text[:60]!r} is not a number of degrees")
    minutes, seconds = (float(found[name] or 0) for name in ("minutes", "seconds"))
    if minutes >= 60 or seconds >= 60 or (found["minutes"] and "." in found["degrees"]):
        raise ValueError(f"{text[:60]!r} is not degrees, minutes and seconds")
    degrees = float(found["degrees"]) + minutes / 60 + seconds / 3600
    letters = {letter.lower() for letter in (found["before"], found["after"]) if letter}
    if not letters:
        return round(-degrees if found["sign"] == "-" else degrees, 9)
    if found["sign"]:
        raise ValueError(f"{text[:60]!r}: found a sign and a letter, expected one of them")
    turns = {_AXES[axis].get(letter) for letter in letters}
    if len(turns) > 1 or None in turns:
        raise ValueError(f"{text[:60]!r}: found {'/'.join(sorted(letters)).upper()}, expected {_EXPECTED[axis]}")
    return round(degrees * (turns.pop() or 1), 9)


def split_pair(value: object) -> tuple[object, object] | None:
    """(longitude, latitude) of a cell that holds both; None when it holds one thing only.

    Which is which a letter says, or a number beyond 90. Raises ValueError where neither does.
    """
    if isinstance(value, list | tuple):
        parts = [str(part) for part in value]
    elif isinstance(value, str):
        text = _tidy(value)
        wrapped = _WRAPPED.fullmatch(text)
        text = wrapped[1].strip() if wrapped else text
        parts = [part.strip() for part in re.split(r"[,;|、]", text)]
        if len(parts) != 2 or (_COMMA.fullmatch(text) and "." not in text):
            parts = text.split()
            if len(parts) == 2 and not all("." in part or "°" in part for part in parts):
                return None
    else:
        return None
    if len(parts) != 2 or not all(parts):
        return None
    return _ordered(parts[0], parts[1])


def _ordered(first: str, second: str) -> tuple[object, object]:
    readings = []
    for lon, lat in ((first, second), (second, first)):
        try:
            east, north = read_angle(lon, "lon"), read_angle(lat, "lat")
        except ValueError:
            continue
        if abs(east) <= 180 and abs(north) <= 90:
            readings.append((east, north))
    if not readings:
        raise ValueError(f"{first[:30]!r} and {second[:30]!r} are not a longitude and a latitude")
    if len(readings) > 1:
        raise ValueError(f"{first[:30]!r} and {second[:30]!r}: either may be the longitude; give them a column each")
    return readings[0]


def _tidy(value: object) -> str:
    text = unicodedata.normalize("NFKC", str(value)[:_MOST].translate(_BEFORE_TIDY)).strip()
    for word, mark in _WORDS.items():
        text = text.replace(word, mark)
    return " ".join(text.split())
