"""Prices as people write them: the number, and what it counts (``元/500克``, ``€``, ``元/公斤``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from feeds.formats._numbers import tidy
from feeds.formats._words import plain, words

_MOST = 60
_HEADED = re.compile(r"[(\[]([^()\[\]]{1,20})[)\]]$")


def priced(row: Mapping[str, Any], column: str = "") -> dict[str, Any]:
    """A price's row with the money taken out of its ``value`` and ``change``, and said in its ``unit``.

    ``column`` is the name of the value's column, which may say the unit for all (``批发价（元/公斤）``). Raises
    ValueError where the value and the unit name different money.
    """
    out = dict(row)
    value, money, measure = _taken(row.get("value"))
    out["value"], out["change"] = value, _taken(row.get("change"))[0]
    unit = row.get("unit")
    given = tidy(unit) if isinstance(unit, str) else ""
    if not given and not measure:
        given = _unit_in(column)
    if not money:
        out["unit"] = given or unit
        return out
    theirs = money_in(given)
    if theirs and theirs != money:
        raise ValueError(f"the price is in {money} and its unit says {given[:40]}")
    if given and measure and measure.strip("/每") not in given:
        raise ValueError(f"the price is for {measure.strip('/每')} and its unit says {given[:40]}")
    if theirs:
        out["unit"] = given
    else:
        out["unit"] = f"{money}/{given}" if given else f"{money}{measure}"
    return out


def fared(row: Mapping[str, Any]) -> dict[str, Any]:
    """A departure's row with the money taken out of its ``fare``, and said in its ``money``. Raises ValueError for a
    fare of something else than a journey."""
    number, money, measure = _taken(row.get("fare"))
    if measure:
        raise ValueError(f"fare: found {str(row.get('fare'))[:60]!r}, expected an amount alone")
    return {**row, "fare": number, "money": money or row.get("money")}


def bare(text: str) -> str:
    """The number of a tidy text that may name money."""
    try:
        return str(_taken(text)[0])
    except ValueError:
        return ""


def money_in(unit: str) -> str:
    """The money that a unit names (元 of ``元/500克``); "" when it names none."""
    head = plain(re.split("[/每]", unit, maxsplit=1)[0])
    return words().currencies.get(head, "")


def _unit_in(column: str) -> str:
    """The unit that a column's name ends with in brackets, if it names money."""
    found = _HEADED.search(tidy(column))
    return found[1] if found and money_in(found[1]) else ""


def _taken(cell: Any) -> tuple[Any, str, str]:
    """(number, money, measure) of a cell; a cell without money is the number itself."""
    if not isinstance(cell, str) or len(cell) > _MOST:
        return cell, "", ""
    found = _amount().fullmatch(tidy(cell))
    if not found or not (found["before"] or found["after"] or found["measure"]):
        return cell, "", ""
    names = {words().currencies[plain(name)] for name in (found["before"], found["after"]) if name}
    if len(names) > 1:
        raise ValueError(f"{cell[:60]!r} names two currencies")
    if not names:
        # Three for a kilogram, but three of what nobody said.
        return cell, "", ""
    measure = (found["measure"] or "").replace(" ", "")
    return f"{found['lead'] or found['sign'] or ''}{found['number']}", names.pop(), measure.replace("每", "/")


@cache
def _amount() -> re.Pattern[str]:
    money = "|".join(sorted((re.escape(word) for word in words().currencies), key=len, reverse=True))
    return re.compile(
        rf"(?P<lead>[+-])?\s?(?P<before>{money})?\s?(?P<sign>[+-])?\s?(?P<number>\d(?:[\d.,' ]*\d)?|\.\d+)\s?"
        rf"(?P<after>{money})?\s?(?P<measure>[/每].{{1,20}})?",
        re.IGNORECASE,
    )
