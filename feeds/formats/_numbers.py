"""Numbers as people write them, and what a comma means in them.

``1,290`` is one thousand two hundred and ninety, or one and a little more: one cell does not say which. ``evidence``
tells what a single text proves, ``mark_of`` what the texts of a column prove together, and ``read_number`` reads a text
by that. What nothing decides is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["", ".", ",", "?"]
"""What stands before the decimals of a column: a point, a comma, nobody knows, or both (its texts contradict)."""

ABSENT = frozenset({"", "-", "--", "—", "——", "/", "n/a", "na", "null", "none", "nan"})
_MOST = 40
_SIGNS = str.maketrans({"−": "-", "﹣": "-", "’": "'", "`": "'", "٬": "'"})


def _shape(decimal: str, group: str) -> re.Pattern[str]:
    """A number with this decimal mark, whose digits stand in threes if they are parted by ``group``, space or ``'``."""
    grouped = rf"[1-9]\d{{0,2}}(?:(?P<g>[{group}' ])\d{{3}}(?:(?P=g)\d{{3}})*)"
    # 6. is six; 6, is a slip.
    least = "*" if decimal == "." else "+"
    return re.compile(rf"[+-]?(?:(?:{grouped}|\d+)(?:[{decimal}]\d{least})?|[{decimal}]\d+)(?:[eE][+-]?\d{{1,3}})?")


_POINT, _COMMA = _shape(".", ","), _shape(",", ".")


def tidy(text: str) -> str:
    """The text with plain digits, signs and spaces."""
    return unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()


def evidence(text: str) -> Mark:
    """What a text proves about its column: ``6,90`` a comma, ``12.5`` and ``1,234.5`` a point, ``1,290`` nothing."""
    if len(text) > _MOST or not ("," in text or "." in text):
        return ""
    point, comma = _POINT.fullmatch(text), _COMMA.fullmatch(text)
    if bool(point) == bool(comma):
        return ""
    return "." if point else ","


def mark_of(texts: Iterable[str]) -> Mark:
    """What the texts of a column prove together; ``?`` when some prove the one and some the other."""
    found: set[Mark] = {evidence(text) for text in texts} - {""}
    if len(found) > 1:
        return "?"
    return next(iter(found), "")


def read_number(text: str, mark: Mark = "", *, whole: bool = False) -> float | None:
    """The number of a tidy text in a column with this mark; ``whole`` says that it counts things.

    None where publishers write a dash for "not known". Raises ValueError with the reason.
    """
    if text.isascii() and text.isdigit() and len(text) <= _MOST:
        return float(text)
    if text.lower() in ABSENT:
        return None
    readings = _readings(text)
    if not readings:
        raise ValueError(f"{text[:60]!r} is not a number")
    if len(readings) == 2 and readings["."] == readings[","]:
        return readings["."]
    if mark in (".", ","):
        if mark not in readings:
            raise ValueError(f"{text!r} is not a number where {_NAMES[mark]} stands before the decimals")
        return readings[mark]
    if mark == "?" and "," in text and not ("." in readings and "." in text):
        raise ValueError(f"{text!r}: {_BOTH}")
    if mark == "?" and len(readings) == 2:
        raise ValueError(f"{text!r}: {_BOTH}")
    if len(readings) == 1:
        return next(iter(readings.values()))
    if "." in text:
        return readings["."]
    if whole:
        # Of a count the decimals would be no reading at all.
        return readings["."]
    raise ValueError(
        f"{text!r} may be {readings['.']:g} or {readings[',']:g}; the column does not say which, "
        'options.decimal does (decimal = "." or ",")'
    )


_NAMES = {".": "a point", ",": "a comma"}
_BOTH = 'the column writes decimals with a point and with a comma; options.decimal says which (decimal = "." or ",")'


def _readings(text: str) -> dict[str, float]:
    """The number by what its decimal mark may be."""
    if len(text) > _MOST:
        return {}
    found = {}
    for decimal, group, shape in ((".", ",", _POINT), (",", ".", _COMMA)):
        if shape.fullmatch(text):
            digits = text.replace(group, "").replace(" ", "").replace("'", "").replace(decimal, ".")
            found[decimal] = float(digits)
    return found
