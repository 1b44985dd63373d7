"""The letters under which people look a name up: its Pinyin."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

OTHERS = "#"


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
