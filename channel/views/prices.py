"""Prices: things down, markets across, the average last (layout ``table``).

Role ``prices``. For an estate the markets of its own town stand first. Options: ``markets`` is how many stand side
by side (the item of a thing has them all), ``groups`` keeps these groups, ``average`` names the last column, ``price``
the only one of a table without markets.

The first head is the unit of most prices; a price in another says so beside it. Only prices in one unit are compared
and averaged. A price of nothing is none, and is left out. Of several of one thing at one market the latest counts; one
from more than a week before the newest of all is told, with its day, on the thing's own page alone. Where the newest
itself is older than a week, the first head says of when it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

import msgspec

from channel.lineup import Page
from channel.memory import Slot
from channel.views._keys import keys
from channel.views._words import towns_own
from channel.views.base import Inputs, Until
from channel.views.content import Article, Cell, Column, Content, Item, Mark, Table, TableRow
from channel.words import N_, Say
from feeds.records import Price, stable_id

ROLES = ("prices",)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    markets: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4
    groups: tuple[str, ...] = ()
    average: str = N_("Average")
    price: str = N_("Price")
    empty: str = N_("Today's prices have not come yet")


@dataclass(frozen=True)
class _Shared:
    """What all estates share: prices by thing and market, both in the feed's order, the items, and the tables that
    were made, by their markets."""

    things: dict[str, dict[str, Price]]
    markets: tuple[str, ...]
    head: str
    unit: str
    items: tuple[Item, ...]
    tables: dict[tuple[str, ...], Table]


_SHARED: Slot[_Shared] = Slot("prices", 64)
_HOLDS = timedelta(days=7)
"""How long a price stands beside newer ones, and as today's."""


def view(inputs: Inputs) -> Content:
    """The table of the first markets, and an item for each thing with all of them."""
    options = inputs.options(Options)
    until = Until(inputs)
    if any(price.date for price in inputs.records("prices", Price)):
        until.midnight()
    key = (inputs.page_key, inputs.digest("prices"), inputs.say.day_of(inputs.moment))
    shared = inputs.remembered(_SHARED, key, lambda: _shared(inputs, options))
    markets = tuple(_markets(shared.markets, inputs)[: options.markets])
    body = shared.tables.get(markets) or shared.tables.setdefault(markets, _table(shared, markets, inputs, options))
    if not body.rows:
        body = msgspec.structs.replace(body, empty=inputs.empty("prices", options.empty))
    return Content(
        body=body,
        sources=inputs.source_lines(),
        items=shared.items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _shared(inputs: Inputs, options: Options) -> _Shared:
    records = (p for p in inputs.records("prices", Price) if not options.groups or p.group in options.groups)
    prices = [price for price in records if price.value != 0]
    things = _latest(prices)
    units = [price.unit for price in prices]
    unit = max(dict.fromkeys(units), key=units.count, default="")
    newest = max((price.date for price in prices), default="")
    since = _day(newest, -_HOLDS)
    items = tuple(_item(thing, found, inputs.page, since, inputs.say) for thing, found in things.items())
    current = {thing: {m: p for m, p in found.items() if not _is_old(p, since)} for thing, found in things.items()}
    today = inputs.say.day_of(inputs.moment)
    return _Shared(
        things={thing: found for thing, found in current.items() if found},
        markets=tuple(dict.fromkeys(market for found in current.values() for market in found)),
        head=" ".join(filter(None, (unit, _said(newest, inputs.say) if newest < _day(str(today), -_HOLDS) else ""))),
        unit=unit,
        items=items,
        tables={},
    )


def _latest(prices: Iterable[Price]) -> dict[str, dict[str, Price]]:
    """The latest price by thing and market, both in the feed's order."""
    things: dict[str, dict[str, Price]] = {}
    for price in prices:
        known = things.setdefault(price.item, {}).setdefault(price.market, price)
        if price.date > known.date:
            things[price.item][price.market] = price
    return things


def _day(day: str, after: timedelta) -> str:
    """The day so long after another; "" of none."""
    return (date.fromisoformat(day) + after).isoformat() if day else ""


def _is_old(price: Price, since: str) -> bool:
    return "" < price.date < since


def _said(day: str, say: Say) -> str:
    return say.dated(date.fromisoformat(day), "d MMM") if day else ""


def _table(shared: _Shared, markets: Sequence[str], inputs: Inputs, options: Options) -> Table:
    alone = tuple(shared.markets) == ("",)
    rows = tuple(
        _row(thing, prices, markets, inputs.page.number, shared.unit, inputs.say, alone=alone)
        for thing, prices in shared.things.items()
    )
    names = [market or options.price for market in markets]
    heads = [Column(label=shared.head), *(Column(label=name, align="right", strong=alone) for name in names)]
    if not alone:
        heads.append(Column(label=options.average, align="right", strong=True))
    return Table(columns=tuple(heads), rows=rows)


def _markets(markets: Sequence[str], inputs: Inputs) -> list[str]:
    """The markets, those first that are called after the estate's town: 江川红旗 of 江川路街道."""
    if inputs.estate is None or not inputs.estate.town:
        return list(markets)
    town = towns_own(inputs.estate.town, inputs.say).casefold()
    return sorted(markets, key=lambda market: town not in market.casefold())


def _row(
    thing: str, prices: dict[str, Price], markets: Sequence[str], number: str, unit: str, say: Say, *, alone: bool
) -> TableRow:
    shown = [prices.get(market) for market in markets]
    values = [price.value for price in shown if price and price.value is not None]
    lowest = min(values) if len(set(values)) > 1 and _unit_of(shown) is not None else None
    cells = [_cell(price, lowest, unit, say) for price in shown]
    average = () if alone else (_average(prices, unit, say),)
    return TableRow(cells=(Cell(text=thing), *cells, *average), to=f"{number}.{_id(thing)}")


def _unit_of(prices: Iterable[Price | None]) -> str | None:
    """The one unit of all prices that are known; None when they have several."""
    units = {price.unit for price in prices if price and price.value is not None}
    return units.pop() if len(units) == 1 else None if units else ""


def _cell(price: Price | None, lowest: float | None, unit: str, say: Say) -> Cell:
    if price is None:
        return Cell(text="—", tone="text2")
    if price.value is None:
        return Cell(text=say("Out of stock"), tone="text2")
    money = _money(price.unit)
    mark, note = _change(price.change, money, say)
    figure = say.price(price.value, money)
    text = figure if price.unit == unit else f"{figure} {price.unit}".strip()
    return Cell(text=text, note=note, mark=mark, best=price.value == lowest)


def _average(prices: dict[str, Price], unit: str, say: Say) -> Cell:
    found = [price for price in prices.values() if price.value is not None]
    theirs = _unit_of(found)
    if not found or theirs is None:
        return Cell(text="—", tone="text2")
    value = sum(price.value or 0 for price in found) / len(found)
    changes = [price.change for price in found if price.change is not None]
    money = _money(theirs)
    mark, note = _change(sum(changes) / len(changes) if changes else None, money, say)
    figure = say.price(value, money)
    return Cell(text=figure if theirs == unit else f"{figure} {theirs}".strip(), note=note, mark=mark)


def _change(change: float | None, money: str, say: Say) -> tuple[Mark, str]:
    """A change in a decimal less than its price has: one that would be nought is none."""
    if change is None:
        return "", ""
    figure = say.price_change(abs(change), money)
    return ("up" if change > 0 else "down", figure) if figure else ("flat", say("the same"))


def _item(thing: str, prices: dict[str, Price], page: Page, since: str, say: Say) -> Item:
    facts = [(market or page.title, _words(price, since, say)) for market, price in prices.items()]
    prices = {market: price for market, price in prices.items() if not _is_old(price, since)} or prices
    found = sorted((p.value, p.market, _money(p.unit)) for p in prices.values() if p.value is not None)
    text = []
    if not found:
        text.append(say("Every market is sold out today."))
    elif _unit_of(prices.values()) is not None and tuple(prices) != ("",):
        text.append(_between(found[0], found[-1], say))
    if found:
        listed = say.joined(f"{market} {_sum(value, money, say)}".strip() for value, market, money in found)
        text.append(say("{text}.", text=listed))
    return Item(
        id=_id(thing),
        title=page.title,
        layout=page.detail,
        body=Article(title=thing, paragraphs=tuple(text), facts=tuple(facts[:5])),
    )


def _between(lowest: tuple[float, str, str], highest: tuple[float, str, str], say: Say) -> str:
    """A sentence of the lowest and the highest price: each its value, market and money."""
    (low, cheap, money), (high, dear, _) = lowest, highest
    least, most = _sum(low, money, say), _sum(high, money, say)
    return say("Lowest {low} at {cheap}; highest {high} at {dear}.", low=least, cheap=cheap, high=most, dear=dear)


def _money(unit: str) -> str:
    """The money of a price: ``元`` of ``元/500克``."""
    return unit.partition("/")[0].strip()


def _sum(value: float, money: str, say: Say) -> str:
    """A sum: a sign such as € or NZ$ stands where the language has it, a word such as 元 behind."""
    if money and unicodedata.category(money[-1]) == "Sc":
        return say("{sign}{figure}", sign=money, figure=say.price(value, money))
    return f"{say.price(value, money)} {money}".strip()


def _words(price: Price, since: str, say: Say) -> str:
    words = say("Out of stock") if price.value is None else _worded(price, say)
    return say.clauses((words, _said(price.date, say) if _is_old(price, since) else ""))


def _worded(price: Price, say: Say) -> str:
    money, slash, measure = price.unit.partition("/")
    return f"{_sum(price.value or 0.0, money.strip(), say)}{slash}{measure}"


def _id(thing: str) -> str:
    return stable_id("price", thing)
