"""From a cell as it came to a value that fits the record's field: type, range and length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import TypeAlias

import msgspec
from msgspec import inspect

from feeds.formats._customs import Customs, read_table_date, read_table_moment
from feeds.formats._degrees import read_angle
from feeds.formats._numbers import ABSENT, Mark, read_number, tidy
from feeds.records import Record, stable_id
from feeds.text import clean, from_html

Reader: TypeAlias = Callable[[object, datetime], object]
"""From a cell and today's moment to a value, or ValueError with the reason."""

_CLIPPED = 600
"""A field that holds at least so many characters is prose and is cut with an ellipsis; a shorter one is refused."""
_HEADLINE, _LONGEST_HEADLINE = 300, 1_200
"""A field of so many characters is a headline: one that is longer is cut too, up to so many, which are none."""
_PROSE = 20_000
_MOST_PARTS = 1_000
_MARKUP = re.compile(r"</?(p|br|div|span|a|li|ul|ol|table|b|strong|img|font)\b[^<>]*>", re.IGNORECASE)
# A long number as a spreadsheet shows it, and one with the decimal that a program added to it.
_EXPONENT = re.compile(r"(\d)\.(\d{1,17})[eE]\+?(\d{1,2})")
_WITH_DECIMAL = re.compile(r"(\+?[\d -]{6,20})\.0")
# A display rounds to six digits at most; programs write all that there are, but for noughts at the end.
_DIGITS_NOT_ROUNDED = 9
_MOST_NOUGHTS = 2
_DIGITS_LONG = 6
_ABSENT_WITHIN = 6
ANGLES = ("lon", "lat")
"""Fields that hold degrees."""
_YES = {"1", "true", "yes", "y", "t", "是", "有", "开", "√"}
_NO = {"0", "false", "no", "n", "f", "否", "无", "关", "×"}


def is_absent(value: object) -> bool:
    """Whether a cell says nothing."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value != value or value == [] or value == {}


class Rounded(ValueError):
    """A cell whose digits were lost before it came: its field is left out, the rest of its row holds."""


@lru_cache(maxsize=256)
def readers(kind: type[Record], markup: bool = True, customs: Customs | None = None) -> Mapping[str, Reader]:
    """How to read each field of ``kind``; ``markup`` says that prose may come as HTML, ``customs`` how the document
    writes numbers and dates."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    ways = customs or Customs()
    return {field.name: _reader_of(field, markup, ways) for field in info.fields}


@lru_cache(maxsize=64)
def numeric(kind: type[Record]) -> tuple[str, ...]:
    """The fields of ``kind`` that hold numbers whose decimals a column decides on: all but angles."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return tuple(
        field.name
        for field in info.fields
        if field.name not in ANGLES and isinstance(_inner(field.type), inspect.IntType | inspect.FloatType)
    )


def _reader_of(field: inspect.Field, markup: bool, customs: Customs) -> Reader:
    kind = _inner(field.type)
    if field.name in ANGLES:
        return lambda value, today: _read_angle(value, field.name)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        whole, mark = isinstance(kind, inspect.IntType), customs.mark(field.name)
        return lambda value, today: _read_number(value, mark, whole)
    return _reader(kind, markup, customs)


def _inner(kind: inspect.Type) -> inspect.Type:
    """The type without None."""
    if isinstance(kind, inspect.UnionType):
        return next(part for part in kind.types if not isinstance(part, inspect.NoneType))
    return kind


def _reader(kind: inspect.Type, markup: bool, customs: Customs) -> Reader:
    if isinstance(kind, inspect.UnionType):
        return _reader(_inner(kind), markup, customs)
    if isinstance(kind, inspect.StrType):
        return _text_reader(kind, markup, customs)
    if isinstance(kind, inspect.BoolType):
        return _read_bool
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return lambda value, today: _read_number(value, customs.decimal, isinstance(kind, inspect.IntType))
    if isinstance(kind, inspect.DateTimeType):
        return partial(_with_customs, read_table_moment, customs)
    if isinstance(kind, inspect.VarTupleType):
        if isinstance(kind.item_type, inspect.TupleType):
            first, second = (_reader(part, markup, customs) for part in kind.item_type.item_types[:2])
            return lambda value, today: tuple((first(a, today), second(b, today)) for a, b in _pairs(value))
        inner = _reader(kind.item_type, markup, customs)
        return lambda value, today: tuple(inner(part, today) for part in _parts(value))
    return lambda value, today: value


def _with_customs(
    read: Callable[[object, datetime, Customs], object], customs: Customs, value: object, today: datetime
) -> object:
    return read(value, today, customs)


def _text_reader(kind: inspect.StrType, markup: bool, customs: Customs) -> Reader:
    if kind.pattern == "^[a-z0-9]{1,24}$":
        return lambda value, today: stable_id(_whole_digits(plain_text(value)))
    if kind.pattern and kind.pattern.startswith(r"^\d{4}-"):
        return partial(_with_customs, read_table_date, customs)
    limit = kind.max_length or _PROSE
    lines = limit >= _PROSE

    def read(value: object, today: datetime) -> str:
        text = plain_text(value)
        if len(text) <= 24 and text[:1].isdigit():
            text = _whole_digits(text)
        # Most cells are clean as they come, and looking is cheaper than cleaning.
        if len(text) <= limit and text.isprintable() and "<" not in text and _is_tidy(text):
            return text
        if markup and limit >= _CLIPPED and _MARKUP.search(text[:2000]):
            text = from_html(text, limit=limit)
        text = clean(text, limit=limit if limit >= _CLIPPED else _PROSE, lines=lines)
        if limit >= _HEADLINE and limit < len(text) <= _LONGEST_HEADLINE:
            text = clean(text, limit=limit)
        if len(text) > limit:
            raise ValueError(f"{len(text)} characters, expected at most {limit}")
        return text

    return read


def _is_tidy(text: str) -> bool:
    return "  " not in text and text == text.strip() and unicodedata.is_normalized("NFC", text)


def plain_text(value: object) -> str:
    """A cell as text: a list is joined, a number that came as ``12.0`` is ``12``. ValueError for a table."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "√" if value else "×"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list | tuple):
        parts = [plain_text(part) for part in value if not is_absent(part)]
        # Between the words of the data themselves, as their script has it.
        return ("、" if any(letter > "\u2e80" for part in parts for letter in part) else ", ").join(parts)
    if isinstance(value, Mapping):
        raise ValueError("found a table, expected text")
    return str(value)


def _read_bool(value: object, today: datetime) -> object:
    text = plain_text(value).strip().lower() if not isinstance(value, bool) else str(value).lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise ValueError(f"{text[:60]!r} is not yes or no")


def _read_number(value: object, mark: Mark, whole: bool) -> object:
    """A number; None where publishers write a dash for "not known"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return read_number(tidy(plain_text(value)), mark, whole=whole)


def _read_angle(value: object, axis: str) -> object:
    if isinstance(value, str) and len(value) <= _ABSENT_WITHIN and tidy(value).lower() in ABSENT:
        return None
    return read_angle(value, axis)


def _whole_digits(text: str) -> str:
    """A long number as it was before a spreadsheet or a program wrote it as a quantity. Raises Rounded."""
    plain = unicodedata.normalize("NFKC", text.strip())
    decimal = _WITH_DECIMAL.fullmatch(plain)
    if decimal:
        return decimal[1].strip()
    found = _EXPONENT.fullmatch(plain)
    if not found or int(found[3]) < _DIGITS_LONG:
        return text
    digits, wanted = found[1] + found[2], int(found[3]) + 1
    if len(digits) > wanted:
        return text
    if len(digits) < wanted and (len(digits) < _DIGITS_NOT_ROUNDED or wanted - len(digits) > _MOST_NOUGHTS):
        raise Rounded(f"{plain!r} is a number that a spreadsheet rounded: {wanted - len(digits)} digits are lost")
    return digits.ljust(wanted, "0")


def _parts(value: object) -> list[object]:
    """The items of a list, or of a text that separates them by ``|`` or by lines."""
    if isinstance(value, list | tuple):
        parts = [part for part in value if not is_absent(part)]
    else:
        parts = [part for part in re.split(r"[|\n]", plain_text(value)) if part.strip()]
    if len(parts) > _MOST_PARTS:
        raise ValueError(f"a list of {len(parts)} items, expected at most {_MOST_PARTS}")
    return parts


def _pairs(value: object) -> list[tuple[object, object]]:
    """Pairs from ``[[a, b]]``, ``{a: b}``, ``[{label: a, text: b}]`` or ``a：b|c：d``."""
    if isinstance(value, Mapping):
        return list(value.items())
    return [_pair(part) for part in _parts(value)]


def _pair(part: object) -> tuple[object, object]:
    if isinstance(part, Mapping):
        part = list(part.values())
    if isinstance(part, list | tuple):
        return (part[0], part[1] if len(part) > 1 and part[1] is not None else "") if part else ("", "")
    text = plain_text(part)
    first, mark, second = text.partition("：" if "：" in text else ":")
    return (first, second) if mark else (text, "")


def shown(value: object) -> str:
    """A value for a message: one clean line, at most 200 characters."""
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode("utf-8", "replace")
    return clean(text[:1000], limit=200)
