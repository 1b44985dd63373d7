"""From a cell as it came to a value that fits the record's field: type, range and length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TypeAlias

import msgspec
from msgspec import inspect

from feeds.formats._moments import read_date, read_moment
from feeds.records import Record, stable_id
from feeds.text import clean, from_html

Reader: TypeAlias = Callable[[object, datetime], object]
"""From a cell and today's moment to a value, or ValueError with the reason."""

_CLIPPED = 600
"""A field that holds at least so many characters is prose and is cut with an ellipsis; a shorter one is refused."""
_PROSE = 20_000
_MOST_PARTS = 1_000
_MARKUP = re.compile(r"</?(p|br|div|span|a|li|ul|ol|table|b|strong|img|font)\b[^<>]*>", re.IGNORECASE)
_NOTHING = {"", "-", "--", "—", "——", "/", "n/a", "na", "null", "none", "nan"}
_YES = {"1", "true", "yes", "y", "t", "是", "有", "开", "√"}
_NO = {"0", "false", "no", "n", "f", "否", "无", "关", "×"}


def is_absent(value: object) -> bool:
    """Whether a cell says nothing."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value != value or value == [] or value == {}


@cache
def readers(kind: type[Record], markup: bool = True) -> Mapping[str, Reader]:
    """How to read each field of ``kind``; ``markup`` says that prose may come as HTML."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return {field.name: _reader(field.type, markup) for field in info.fields}


def _reader(kind: inspect.Type, markup: bool) -> Reader:
    if isinstance(kind, inspect.UnionType):
        return _reader(next(part for part in kind.types if not isinstance(part, inspect.NoneType)), markup)
    if isinstance(kind, inspect.StrType):
        return _text_reader(kind, markup)
    if isinstance(kind, inspect.BoolType):
        return _read_bool
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return _read_number
    if isinstance(kind, inspect.DateTimeType):
        return read_moment
    if isinstance(kind, inspect.VarTupleType):
        if isinstance(kind.item_type, inspect.TupleType):
            first, second = (_reader(part, markup) for part in kind.item_type.item_types[:2])
            return lambda value, today: tuple((first(a, today), second(b, today)) for a, b in _pairs(value))
        inner = _reader(kind.item_type, markup)
        return lambda value, today: tuple(inner(part, today) for part in _parts(value))
    return lambda value, today: value


def _text_reader(kind: inspect.StrType, markup: bool) -> Reader:
    if kind.pattern == "^[a-z0-9]{1,24}$":
        return lambda value, today: stable_id(plain_text(value))
    if kind.pattern and kind.pattern.startswith(r"^\d{4}-"):
        return read_date
    limit = kind.max_length or _PROSE
    lines = limit >= _PROSE

    def read(value: object, today: datetime) -> str:
        text = plain_text(value)
        # Most cells are clean as they come, and looking is cheaper than cleaning.
        if len(text) <= limit and text.isprintable() and "<" not in text and _is_tidy(text):
            return text
        if markup and limit >= _CLIPPED and _MARKUP.search(text[:2000]):
            text = from_html(text, limit=limit)
        text = clean(text, limit=limit if limit >= _CLIPPED else _PROSE, lines=lines)
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
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list | tuple):
        return "、".join(plain_text(part) for part in value if not is_absent(part))
    if isinstance(value, Mapping):
        raise ValueError("found a table, expected text")
    return str(value)


def _read_bool(value: object, today: datetime) -> object:
    text = plain_text(value).strip().lower() if not isinstance(value, bool) else str(value).lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise ValueError(f"{text[:60]!r} is not yes or no")


def _read_number(value: object, today: datetime) -> object:
    """A number; None where publishers write a dash for "not known"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = unicodedata.normalize("NFKC", plain_text(value)).strip().replace(",", "").replace(" ", "")
    if text.lower() in _NOTHING:
        return None
    try:
        return float(text) if len(text) <= 40 else _not_a_number(text)
    except ValueError:
        return _not_a_number(text)


def _not_a_number(text: str) -> float:
    raise ValueError(f"{text[:60]!r} is not a number")


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
