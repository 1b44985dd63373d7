"""The first rows of other pages as cards (layout ``dashboard``): my estate at a glance.

The page's sources are those of the pages that its cards show, under any role. Options: ``cards`` names a page, or
several whose rows share a card (the first of them is opened); ``finder`` is the page that takes the first card's place
for a box whose estate is not known; ``empty`` is what a card without rows says, by page.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

import channel.views as registry
from channel.lineup import Page
from channel.views import _weather
from channel.views._air import Stations, air_line
from channel.views._keys import keys
from channel.views.base import Inputs, Memo, Until
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
    Mark,
    Nearest,
    Status,
    Table,
    WeatherCard,
)
from feeds.records import Forecast as ForecastRecord
from feeds.records import Reading

_ROWS = 3
_MEMO = Memo()


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    cards: tuple[tuple[str, ...], ...]
    finder: str = "109"
    empty: dict[str, str] = {}


def view(inputs: Inputs) -> Content:
    """A card for each of the option's pages that are in the line-up."""
    options = inputs.options(Options)
    until = Until(inputs)
    cards = []
    for numbers in options.cards:
        pages = [inputs.lineup.pages[number] for number in numbers if number in inputs.lineup.pages]
        if pages:
            cards.append(_card(pages, inputs, options, until))
    if inputs.estate is None and options.finder in inputs.lineup.pages:
        cards = [_finder(inputs.lineup.page(options.finder)), *cards[1:]]
    return Content(
        body=Dashboard(cards=tuple(cards)),
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _finder(page: Page) -> Card:
    rows = (
        CardRow(label="选好小区，这里就是您家附近的服务"),
        CardRow(label=f"按确认键，或直接按 {page.number}"),
    )
    return Card(title="先选小区", number=page.number, to=page.number, rows=rows)


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
        datasets={role: inputs.datasets[mine] for role, mine in roles.items() if mine in inputs.datasets},
    )


def _card(pages: list[Page], inputs: Inputs, options: Options, until: Until) -> Card:
    first = pages[0]
    rows: list[CardRow] = []
    weather: WeatherCard | None = None
    for page in pages:
        given = inputs_of(_short(page), inputs)
        made = _made(given)
        until.at(made.valid_until)
        if isinstance(made.body, Forecast):
            weather = _weather_card(page, given, inputs, until)
        else:
            rows += rows_of(made.body)
    return Card(
        title=(first.label or first.title)[:7],
        number=first.number,
        to=first.number,
        rows=tuple(rows[:_ROWS]),
        weather=weather,
        empty=options.empty.get(first.number, "暂时没有内容"),
    )


def _short(page: Page) -> Page:
    """The page with no more rows than a card shows, where its view can be told so."""
    found = registry.views().get(page.view)
    known = found.Options.__struct_fields__ if found else ()
    fewer = {name: most for name, most in (("limit", _ROWS), ("stops", 1)) if name in known}
    return msgspec.structs.replace(page, options={**page.options, **fewer}) if fewer else page


def _made(given: Inputs) -> Content:
    """The other page's content; a district page is the same for every estate, and made once a moment."""
    if given.estate is not None:
        return registry.make(given)
    return _MEMO.get((given.page_key, given.digest(*given.sources), given.moment), lambda: registry.make(given))


def _weather_card(page: Page, given: Inputs, inputs: Inputs, until: Until) -> WeatherCard | None:
    """Now and today, with the air at the estate's nearest station."""
    records = given.records(next(iter(given.sources), ""), ForecastRecord)
    until.at(_weather.next_turn(records, inputs.moment))
    card = _weather.card(records, inputs.moment, to=page.number, place=inputs.settings.district)
    if card is None:
        return None
    role = next((role for role in inputs.sources if any(_readings(inputs, role))), "")
    stations = _MEMO.get(("air", inputs.digest(role)), lambda: Stations(_readings(inputs, role)))
    until.at(*stations.turns())
    air = air_line(stations.near(inputs.estate)[1], inputs.moment)
    return msgspec.structs.replace(card, lines=(air, *card.lines)[:2] if air else card.lines)


def _readings(inputs: Inputs, role: str) -> tuple[Reading, ...]:
    """The role's readings that belong to a station."""
    snapshot = inputs.snapshot(role)
    if snapshot is None or not snapshot.records or not isinstance(snapshot.records[0], Reading):
        return ()
    return tuple(r for r in snapshot.records if isinstance(r, Reading) and r.station)


def rows_of(body: Body) -> list[CardRow]:
    """The first rows of a body in a card's words; none for a body that has no rows."""
    if isinstance(body, List):
        return [CardRow(label=row.title, note=row.date) for row in body.rows[:_ROWS]]
    if isinstance(body, Nearest):
        return [_near(row.name, row.figure, row.unit, row.mark) for row in body.rows[:_ROWS]]
    if isinstance(body, Table):
        return [_priced(row.cells) for row in body.rows[:_ROWS] if len(row.cells) > 1]
    if isinstance(body, Board):
        return [_departure(row) for stop in body.stops for row in stop.rows][:_ROWS]
    if isinstance(body, Status):
        return [CardRow(label=body.title, mark=body.mark)]
    return []


def _near(name: str, figure: str, unit: str, mark: Mark) -> CardRow:
    return CardRow(label=name, figure=figure, unit=unit, mark=mark)


def _priced(cells: Sequence[Cell]) -> CardRow:
    """A table's row by its name and its second cell."""
    return CardRow(label=cells[0].text, figure=cells[1].text, mark=cells[1].mark, note=cells[1].note)


def _departure(row: BoardRow) -> CardRow:
    if row.soon:
        return CardRow(label=row.line, figure="即将到")
    return CardRow(label=row.line, figure=row.minutes or row.then or "—", unit="分" if row.minutes else "")
