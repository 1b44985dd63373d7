"""Departures of stations by destination, the next ones side by side (layout ``timetable``).

Role ``departures``. An item has all that is left of today and tomorrow, with platform, fare and seats. Options:
``corner`` heads the first column, ``across`` is how many stand side by side, ``sold`` is the word for no seats.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from channel.views._codes import is_late, status_word
from channel.views._keys import keys
from channel.views._words import day_word, moment_word
from channel.views.base import Inputs, Until
from channel.views.content import Cell, Column, Content, Day, Item, Table, TableRow, Timetable, TimetableRow
from channel.words import N_, Say
from feeds.records import Departure, stable_id

ROLES = ("departures",)
_MOST_ROWS = 60
_NONE = Cell(text="—", tone="text2")
_HEADS = (
    (N_("Departs"), 1.5), (N_("Station"), 2.2), (N_("Gate"), 1.0), (N_("Fare"), 1.0), (N_("Seats"), 1.0),
    (N_("Status"), 1.5),
)  # fmt: skip


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    corner: str = N_("Destination")
    across: Annotated[int, msgspec.Meta(ge=2, le=7)] = 4
    sold: str = N_("No seats")
    empty: str = N_("Nothing more leaves today and tomorrow")


def view(inputs: Inputs) -> Content:
    """The next departures to each destination, and an item for each."""
    options = inputs.options(Options)
    say, until = inputs.say, Until(inputs)
    until.midnight()
    found: dict[str, list[Departure]] = {}
    for departure in sorted(inputs.records("departures", Departure), key=leaves):
        until.at(leaves(departure))
        if leaves(departure) > inputs.moment:
            found.setdefault(departure.destination or departure.line, []).append(departure)
    number = inputs.page.number
    rows = tuple(
        TimetableRow(name=place, cells=_cells(next_, inputs.moment, options, say), to=f"{number}.{_id(place)}")
        for place, next_ in found.items()
    )
    others = (say.within("a departure", "No. {n}", n=n) for n in range(2, 8))
    heads = (Day(label=say("next"), date="", today=True), *(Day(label=label, date="") for label in others))
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


def _cells(departures: list[Departure], moment: datetime, options: Options, say: Say) -> tuple[Cell, ...]:
    cells = [_cell(departure, moment, options, say) for departure in departures[: options.across]]
    return (*cells, *[_NONE] * (options.across - len(cells)))


def _cell(departure: Departure, moment: datetime, options: Options, say: Say) -> Cell:
    if departure.seats == 0:
        return Cell(text=options.sold, tone="warn")
    clock = say.clock(leaves(departure))
    apart = (say.day_of(leaves(departure)) - say.day_of(moment)).days
    if apart == 0:
        return Cell(text=clock)
    if apart == 1:
        return Cell(text=say.within("a narrow cell", "tomorrow {time}", time=clock), tone="text2")
    return Cell(text=day_word(leaves(departure), moment, say), tone="text2")


def _item(place: str, departures: list[Departure], inputs: Inputs, options: Options) -> Item:
    say = inputs.say
    rows = tuple(_row(departure, inputs.moment, options, say) for departure in departures[:_MOST_ROWS])
    columns = tuple(Column(label=say(label), share=share) for label, share in _HEADS)
    title = say.within("a title", "{name}", name=place)
    return Item(id=_id(place), title=title, layout="table", body=Table(columns=columns, rows=rows))


def _row(departure: Departure, moment: datetime, options: Options, say: Say) -> TableRow:
    seats, fare = departure.seats, departure.fare
    return TableRow(
        cells=(
            Cell(text=moment_word(leaves(departure), moment, say)),
            Cell(text=departure.stop),
            Cell(text=departure.platform or "—"),
            Cell(text="—" if fare is None else say.money(fare, departure.money)),
            Cell(text=options.sold, tone="warn") if seats == 0 else Cell(text="—" if seats is None else str(seats)),
            Cell(
                text=status_word(departure.status, say) or "—", tone="warn" if is_late(departure.status, say) else ""
            ),
        )
    )


def _id(place: str) -> str:
    return stable_id("run", place)
