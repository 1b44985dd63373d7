"""The letters under which people look a name up: its Pinyin."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT

OTHERS = "#"


def _share() -> None:
    """Have equal syllables of the library's phrases be one: each of them is a list, and two thirds of what 47,000
    phrases take."""
    known: dict[tuple[str, ...], list[str]] = {}
    for phrase in PHRASES_DICT.values():
        phrase[:] = [known.setdefault(tuple(syllables), syllables) for syllables in phrase]


_share()


@lru_cache(maxsize=65_536)
def order(name: str) -> tuple[str, ...]:
    """What names are sorted by: ``("min", "xing")`` for 闵行."""
    return tuple(part.lower() for part in lazy_pinyin(name, style=Style.NORMAL))


def letters(first: str, last: str) -> str:
    """``B–D`` for names from 宝城 to 东苑, ``L`` where both begin with one."""
    return "–".join(dict.fromkeys((initial(first), initial(last))))


def initial(name: str) -> str:
    """``M`` for 闵行, ``#`` for what begins with no letter."""
    first = order(name)[0][:1].upper() if name else ""
    return first if "A" <= first <= "Z" else OTHERS
