"""Departures of stations by destination, the next ones side by side (layout ``timetable``).

Role ``departures``. An item has all that is left of today and tomorrow, with platform, fare and seats. Options:
``corner`` heads the first column, ``across`` is how many stand side by side, ``sold`` is the word for no seats.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from channel.views._keys import keys
from channel.views._words import clock_word, day_word, number_word
from channel.views.base import Inputs, Until
from channel.views.content import Cell, Column, Content, Day, Item, Table, TableRow, Timetable, TimetableRow
from feeds.records import Departure, stable_id

ROLES = ("departures",)
_MOST_ROWS = 60
_NONE = Cell(text="—", tone="text2")
_HEADS = (("发车", 1.5), ("车站", 2.2), ("检票口", 1.0), ("票价", 1.0), ("余票", 1.0), ("状态", 1.5))


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    corner: str = "开往"
    across: Annotated[int, msgspec.Meta(ge=2, le=7)] = 6
    sold: str = "售完"
    empty: str = "今天和明天没有班次了"


def view(inputs: Inputs) -> Content:
    """The next departures to each destination, and an item for each."""
    options = inputs.options(Options)
    until = Until(inputs)
    until.midnight()
    found: dict[str, list[Departure]] = {}
    for departure in sorted(inputs.records("departures", Departure), key=leaves):
        until.at(leaves(departure))
        if leaves(departure) > inputs.moment:
            found.setdefault(departure.destination or departure.line, []).append(departure)
    number = inputs.page.number
    rows = tuple(
        TimetableRow(name=place, cells=_cells(next_, inputs.moment, options), to=f"{number}.{_id(place)}")
        for place, next_ in found.items()
    )
    heads = (Day(label="下一班", date="", today=True), *(Day(label=f"第 {n} 班", date="") for n in range(2, 8)))
    empty = None if rows else inputs.empty("departures", options.empty)
    return Content(
        body=Timetable(corner=options.corner, days=heads[: options.across], rows=rows, empty=empty),
        sources=inputs.source_lines(),
        items=tuple(_item(place, next_, inputs, options) for place, next_ in found.items()),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def leaves(departure: Departure) -> datetime:
    """When it is expected to leave, else when it should."""
    return departure.expected or departure.departs


def _cells(departures: list[Departure], moment: datetime, options: Options) -> tuple[Cell, ...]:
    cells = [_cell(departure, moment, options) for departure in departures[: options.across]]
    return (*cells, *[_NONE] * (options.across - len(cells)))


def _cell(departure: Departure, moment: datetime, options: Options) -> Cell:
    if departure.seats == 0:
        return Cell(text=options.sold, tone="warn")
    day = day_word(leaves(departure), moment)
    clock = clock_word(leaves(departure))
    return Cell(text=clock) if day == "今天" else Cell(text=f"{day[:1]}{clock}" if day == "明天" else day, tone="text2")


def _item(place: str, departures: list[Departure], inputs: Inputs, options: Options) -> Item:
    rows = tuple(_row(departure, inputs.moment, options) for departure in departures[:_MOST_ROWS])
    columns = tuple(Column(label=label, share=share) for label, share in _HEADS)
    return Item(id=_id(place), title=place[:9], layout="table", body=Table(columns=columns, rows=rows))


def _row(departure: Departure, moment: datetime, options: Options) -> TableRow:
    seats = departure.seats
    return TableRow(
        cells=(
            Cell(text=f"{day_word(leaves(departure), moment)} {clock_word(leaves(departure))}"),
            Cell(text=departure.stop),
            Cell(text=departure.platform or "—"),
            Cell(text="—" if departure.fare is None else f"{number_word(departure.fare)} 元"),
            Cell(text=options.sold, tone="warn") if seats == 0 else Cell(text="—" if seats is None else str(seats)),
            Cell(text=departure.status or "—", tone="warn" if "晚" in departure.status else ""),
        )
    )


def _id(place: str) -> str:
    return stable_id("run", place)
