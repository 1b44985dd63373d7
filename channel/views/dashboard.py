"""The first rows of other pages as cards (layout ``dashboard``): my estate at a glance.

The page's sources are those of the pages that its cards show, under any role. Options: ``cards`` names a page, or
several of which the first that has rows is shown and opened; ``finder`` is the page that takes the first card's place
for a box whose estate is not known; ``empty`` is what a card without rows says, by page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

import channel.views as registry
from channel.lineup import Page
from channel.memory import Slot
from channel.views import _weather
from channel.views._air import Stations, air_line, stations_of
from channel.views._keys import keys
from channel.views.base import Inputs, Until
from channel.views.content import (
    Board,
    BoardRow,
    Body,
    Card,
    CardRow,
    Cell,
    Content,
    Dashboard,
    Forecast,
    List,
    Nearest,
    NearestRow,
    Status,
    Table,
    WeatherCard,
)
from channel.views.menu import with_air
from channel.words import Say
from feeds.records import Forecast as ForecastRecord
from feeds.records import Reading

ROLES = None
"""Any: they are those of the cards' pages."""
LINKS = ("cards", "finder")
AROUND = True
_ROWS = 3


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    cards: tuple[tuple[str, ...], ...]
    finder: str = "109"
    empty: dict[str, str] = {}


def view(inputs: Inputs) -> Content:
    """A card for each of the option's pages that are in the line-up."""
    options = inputs.options(Options)
    until = Until(inputs)
    plans = inputs.once(_PLANS, lambda: [_plans(numbers, inputs) for numbers in options.cards])
    cards = [_card(pages, inputs, options, until) for pages in plans if pages]
    if inputs.estate is None and options.finder in inputs.lineup.pages:
        cards = [_finder(inputs.lineup.page(options.finder), inputs.say), *cards[1:]]
    return Content(
        body=Dashboard(cards=tuple(cards)),
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _finder(page: Page, say: Say) -> Card:
    rows = (
        CardRow(label=say("Then services near your home stand here")),
        CardRow(label=say("Press OK, or just press {page}", page=page.number)),
    )
    return Card(title=say("Find your estate"), number=page.number, to=page.number, rows=rows)


class _Plan(NamedTuple):
    """A page of a card, and what its view is given."""

    page: Page
    given: Inputs


_PLANS: Slot[list[list[_Plan]]] = Slot("plans of cards")
_SHORT: Slot[Page] = Slot("pages cut short", 256)
_CONTENT: Slot[Content] = Slot("content behind a card")
_NOW: Slot[tuple[WeatherCard | None, datetime | None]] = Slot("weather now")
_WEATHER: Slot[WeatherCard] = Slot("weather with air")
_STATIONS: Slot[Stations] = Slot("stations of cards")
_TURN: Slot[datetime | None] = Slot("turn of the air on cards")
_ROWS_OF: Slot[tuple[CardRow, ...]] = Slot("rows of cards", 2048)
_CARDS: Slot[Card] = Slot("cards", 2048)


def _plans(numbers: Sequence[str], inputs: Inputs) -> list[_Plan]:
    pages = [inputs.lineup.pages[number] for number in numbers if number in inputs.lineup.pages]
    return [_Plan(page, inputs_of(_short(page, inputs), inputs)) for page in pages]


def inputs_of(page: Page, inputs: Inputs) -> Inputs:
    """What the other page's view would be given, as far as this page's sources have it."""
    by_id = {source.id: role for role, source in inputs.sources.items()}
    roles = {role: by_id[ident] for role, ident in page.sources.items() if ident in by_id}
    return Inputs(
        page=page,
        estate=inputs.estate if page.scope == "estate" else None,
        moment=inputs.moment,
        lineup=inputs.lineup,
        estates=inputs.estates,
        settings=inputs.settings,
        snapshots={role: inputs.snapshots.get(mine) for role, mine in roles.items()},
        sources={role: inputs.sources[mine] for role, mine in roles.items()},
        say=inputs.say,
        datasets={role: inputs.datasets[mine] for role, mine in roles.items() if mine in inputs.datasets},
        memory=inputs.memory,
    )


def _card(plans: list[_Plan], inputs: Inputs, options: Options, until: Until) -> Card:
    shown = plans[0].page
    rows: tuple[CardRow, ...] = ()
    weather: WeatherCard | None = None
    for page, given in plans:
        made = _made(given, inputs)
        until.at(made.valid_until)
        if isinstance(made.body, Forecast):
            weather = _weather_card(page, given, inputs, until)
        else:
            body = made.body
            rows = inputs.remembered(_ROWS_OF, body, partial(rows_of, body, inputs.say))
        if rows or weather:
            # What stands on a card stands on the page that it opens.
            shown = page
            break
    return inputs.memory.of(_CARDS).one(
        Card(
            title=shown.label or shown.title,
            number=shown.number,
            to=shown.number,
            rows=rows[:_ROWS],
            weather=weather,
            empty=options.empty.get(shown.number, inputs.say("Nothing here for now")),
        )
    )


def _short(page: Page, inputs: Inputs) -> Page:
    """The page with no more rows than a card shows, where its view can be told so; the same object each time."""
    found = registry.views().get(page.view)
    known = found.Options.__struct_fields__ if found else ()
    fewer = {name: most for name, most in (("limit", _ROWS), ("stops", 1)) if name in known}
    if not fewer:
        return page
    shorter = {**page.options, **fewer}
    return inputs.remembered(_SHORT, page.number, lambda: msgspec.structs.replace(page, options=shorter))


def _made(given: Inputs, inputs: Inputs) -> Content:
    """The other page's content for the estate; a district page is the same for every one."""
    if given.page.scope == "district":
        return given.once(_CONTENT, lambda: registry.view_of(given)(given))
    mine = given.at(inputs.estate)
    return registry.view_of(mine)(mine)


def _weather_card(page: Page, given: Inputs, inputs: Inputs, until: Until) -> WeatherCard | None:
    """Now and today, with the air at the estate's nearest station."""
    card, turn = inputs.once(_NOW, lambda: _now(page, given, inputs), page.number)
    until.at(turn)
    if card is None:
        return None
    stations = inputs.once(_STATIONS, lambda: _stations(inputs))
    until.at(inputs.once(_TURN, lambda: stations.turns(inputs.moment)))
    station, readings = stations.near(inputs.estate)
    return inputs.once(
        _WEATHER, lambda: with_air(card, air_line(readings, inputs.moment, inputs.say)), (page.number, station)
    )


def _now(page: Page, given: Inputs, inputs: Inputs) -> tuple[WeatherCard | None, datetime | None]:
    """The weather's card for all estates, and when it turns."""
    records = given.records(next(iter(given.sources), ""), ForecastRecord)
    card = _weather.card(records, inputs.moment, inputs.say, to=page.number, place=inputs.settings.district)
    return card, _weather.next_turn(records, inputs.moment)


def _stations(inputs: Inputs) -> Stations:
    """The stations of the first role that has any."""
    found = (role for role in inputs.sources if any(reading.station for reading in inputs.records(role, Reading)))
    return stations_of(inputs, next(found, ""))


def rows_of(body: Body, say: Say) -> tuple[CardRow, ...]:
    """The first rows of a body in a card's words; none for a body that has no rows."""
    if isinstance(body, List):
        return tuple(CardRow(label=row.title, note=row.date) for row in body.rows[:_ROWS])
    if isinstance(body, Nearest):
        return tuple(_near(row) for row in body.rows[:_ROWS])
    if isinstance(body, Table):
        return tuple(_priced(row.cells) for row in body.rows[:_ROWS] if len(row.cells) > 1)
    if isinstance(body, Board):
        return tuple(_departure(row, say) for stop in body.stops for row in stop.rows)[:_ROWS]
    if isinstance(body, Status):
        return (CardRow(label=body.title, mark=body.mark, word=body.word),)
    return ()


def _near(row: NearestRow) -> CardRow:
    return CardRow(label=row.name, figure=row.figure, unit=row.unit, mark=row.mark, word=row.word)


def _priced(cells: Sequence[Cell]) -> CardRow:
    """A table's row by its name and its second cell."""
    return CardRow(label=cells[0].text, figure=cells[1].text, mark=cells[1].mark, note=cells[1].note)


def _departure(row: BoardRow, say: Say) -> CardRow:
    towards = say("to {destination}", destination=_terminus(row.destination, say)) if row.destination else ""
    if row.soon:
        return CardRow(label=row.line, figure=say("due"), note=towards)
    figure = row.minutes or row.at
    return CardRow(label=row.line, figure=figure, unit=say("min") if row.minutes else "", note=towards)


def _terminus(name: str, say: Say) -> str:
    """The name of a terminus where there is little room: without what it is."""
    endings = say.within("endings that the short name of a terminus lacks, with | between", " Station| Terminus")
    ending = next((one for one in endings.split("|") if name.endswith(one)), "")
    short = name.removesuffix(ending)
    return short if len(short) > 1 else name
