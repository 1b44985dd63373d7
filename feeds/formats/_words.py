"""The words of tables (``_tables.toml``): totals, remarks below a table, names of places, money."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from feeds.base import toml

_COUNT = r"(?:\(.*\)|\d+.{0,2})?"
_MOST = 60
"""Characters: no word of these is as long, and a longer cell is prose."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file's tables; what each is for stands in the file."""

    totals: list[str]
    totals_of: list[str]
    remarks: list[str]
    names: list[str]
    currencies: dict[str, str]


@cache
def words() -> Words:
    """The words, read once. Raises PersonError when the file is not as it should be."""
    return toml.load(Path(__file__).with_name("_tables.toml"), Words)


def plain(text: str) -> str:
    """A word as it is compared: no spaces, no full-width forms, no capitals."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def is_total(text: object, *, of: bool = False) -> bool:
    """Whether a cell says that its row sums up others; ``of``: also at the end of a name."""
    # Nearly every cell of a table comes by here, and few hold so much as a word's first letter.
    if not isinstance(text, str) or len(text) > _MOST or not _first_letters().search(text):
        return False
    word = plain(text).rstrip(":")
    return bool(_totals().fullmatch(word)) or (of and word.endswith(tuple(words().totals_of)))


def is_remark(cells: Iterable[object]) -> bool:
    """Whether a row is one remark about the table: a single text that begins with a remark's word and a colon.

    A merged remark stands in many cells, with the same text in each.
    """
    cells = tuple(cells)
    first = next((cell for cell in cells if cell not in (None, "")), None)
    if not isinstance(first, str) or not (":" in first or "：" in first):
        return False
    said = {cell.strip() if isinstance(cell, str) else cell for cell in cells if cell not in (None, "")} - {""}
    if len(said) != 1:
        return False
    head, mark, _ = plain(first[:_MOST]).partition(":")
    return bool(mark) and head.strip("()0123456789") in _remarks()


def named(properties: Mapping[str, object]) -> object:
    """What a feature's properties call it; None when no property of these names says anything."""
    lowered = {name.lower(): value for name, value in properties.items() if isinstance(name, str)}
    found = (lowered.get(name) for name in words().names)
    return next((value for value in found if isinstance(value, str | int | float) and str(value).strip()), None)


@cache
def _totals() -> re.Pattern[str]:
    known = "|".join(sorted(map(re.escape, words().totals), key=len, reverse=True))
    return re.compile(f"(?:{known}){_COUNT}")


@cache
def _first_letters() -> re.Pattern[str]:
    firsts = {word[0] for word in (*words().totals, *words().totals_of)}
    return re.compile(f"[{re.escape(''.join(sorted(firsts)))}]|[\uff21-\uff5a]", re.IGNORECASE)


@cache
def _remarks() -> frozenset[str]:
    return frozenset(words().remarks)
