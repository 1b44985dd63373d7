"""A content as a few lines that one reads in a message: what a page says first, in its own order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from channel.views import content as c
from channel.views.content import Body
from channel.words import Say

MOST = 8
"""Lines of a body at most."""
_DASH = "—"
_CHANGES = {"up": "↑", "down": "↓"}


def lines_of(body: Body, say: Say, most: int = MOST) -> list[str]:
    """At most ``most`` lines; the sentence that stands in place of rows where there are none."""
    found: list[str] = []
    for line in _LINES[type(body)](body, say):
        if line:
            found.append(line)
        if len(found) == most:
            break
    empty = getattr(body, "empty", None)
    return found or ([empty.sentence] if empty else [])


def _joined(*parts: str) -> str:
    """What is said of one thing, on one line."""
    return " ".join(part for part in parts if part and part != _DASH)


def _weather(card: c.WeatherCard | None) -> Iterator[str]:
    if card is not None:
        yield _joined(card.place, card.temperature, card.word, card.span)
        yield from card.lines


def _menu(body: c.Menu, say: Say) -> Iterator[str]:
    if body.ticker is not None:
        yield f"{body.ticker.label} {body.ticker.text}"
    yield from _weather(body.weather)
    for tile in body.tiles:
        yield _joined(tile.number, tile.label, tile.line, tile.when, tile.note)


def _index(body: c.Index, say: Say) -> Iterator[str]:
    yield body.heading
    for entry in body.entries:
        yield _joined(entry.label, entry.note)


def _dashboard(body: c.Dashboard, say: Say) -> Iterator[str]:
    for card in body.cards:
        rows = [_joined(row.label, row.figure + row.unit, row.note) for row in card.rows[:1]]
        said = [*_weather(card.weather), *rows] or [card.empty]
        yield _joined(card.number, card.title, *said)


def _list(body: c.List, say: Say) -> Iterator[str]:
    for row in body.rows:
        yield _joined(row.date, row.title)


def _article(body: c.Article, say: Say) -> Iterator[str]:
    yield from (say("{label}: {text}", label=label, text=text) for label, text in body.facts)
    yield from body.paragraphs


def _sheet(body: c.Sheet, say: Say) -> Iterator[str]:
    yield _joined(body.word, body.until)
    if body.phone:
        yield say("Phone {number}", number=body.phone)
    yield from (say("{label}: {text}", label=label, text=text) for label, text in body.rows)


def _nearest(body: c.Nearest, say: Say) -> Iterator[str]:
    for row in body.rows:
        hours = f"{body.heads[3]} {row.hours}" if row.hours.isdecimal() else row.hours
        yield _joined(row.name, row.figure + row.unit, row.word, hours)


def _table(body: c.Table, say: Say) -> Iterator[str]:
    for row in body.rows:
        cells = zip(body.columns[1:], row.cells[1:], strict=False)
        told = (f"{column.label} {_cell(cell)}" for column, cell in cells if cell.text != _DASH)
        yield _joined(row.cells[0].text, say.clauses(told))


def _cell(cell: c.Cell) -> str:
    return f"{cell.text}{_CHANGES.get(cell.mark, ' ' if cell.note else '')}{cell.note}"


def _timetable(body: c.Timetable, say: Say) -> Iterator[str]:
    today = next((place for place, day in enumerate(body.days) if day.today), 0)
    yield from body.notes
    for row in body.rows:
        cells = row.cells[today : today + 2]
        days = body.days[today : today + 2]
        yield _joined(row.name, *(f"{day.label} {cell.text}" for day, cell in zip(days, cells, strict=False)))


def _board(body: c.Board, say: Say) -> Iterator[str]:
    for stop in body.stops:
        yield _joined(stop.name, stop.walk, stop.note)
        for row in stop.rows[:3]:
            soon = say("about to leave") if row.soon else ""
            minutes = say("in {minutes} min", minutes=row.minutes) if row.minutes else ""
            yield _joined(row.line, row.destination, row.reason or soon or minutes or row.at, row.note)


def _timegrid(body: c.Timegrid, say: Say) -> Iterator[str]:
    for track in body.tracks:
        shown = next((b for b in track.blocks if b.state == "now"), None)
        shown = shown or next((b for b in track.blocks if b.state == "future"), None)
        yield _joined(track.name, shown.time, shown.title) if shown else _joined(track.name, track.note)


def _calendar(body: c.Calendar, say: Say) -> Iterator[str]:
    for event in body.agenda:
        yield _joined(event.time, event.title, event.venue)


def _forecast(body: c.Forecast, say: Say) -> Iterator[str]:
    for day in body.days:
        yield _joined(day.label, day.date, day.word, f"{day.low}–{day.high}°", day.wind)


def _chart(body: c.Chart, say: Say) -> Iterator[str]:
    yield _joined(body.place, body.value, body.level)
    yield from (say("{label}: {text}", label=label, text=text) for label, text in body.facts)
    yield body.advice


def _status(body: c.Status, say: Say) -> Iterator[str]:
    yield _joined(body.title, body.sentence)
    for row in body.rows:
        yield _joined(row.badge, row.route, row.word, row.note)


def _guide(body: c.Guide, say: Say) -> Iterator[str]:
    for number, step in enumerate(body.steps, 1):
        yield f"{number}. {_joined(step.head, step.line)}"
    if body.bring:
        yield f"{body.bring_title} {say.joined(body.bring)}".strip()
    yield body.cost
    if body.phone:
        yield _joined(say("Phone {number}", number=body.phone), body.phone_hours)


def _alert(body: c.Alert, say: Say) -> Iterator[str]:
    yield body.headline
    yield _joined(body.area, body.times)
    yield body.order
    for number, action in enumerate(body.actions, 1):
        yield f"{number}. {action}"
    yield from (entry.label for entry in body.others)


_LINES: dict[type, Callable[..., Iterator[str]]] = {
    c.Menu: _menu, c.Index: _index, c.Dashboard: _dashboard, c.List: _list, c.Article: _article, c.Sheet: _sheet,
    c.Nearest: _nearest, c.Table: _table, c.Timetable: _timetable, c.Board: _board, c.Timegrid: _timegrid,
    c.Calendar: _calendar, c.Forecast: _forecast, c.Chart: _chart, c.Status: _status, c.Guide: _guide,
    c.Alert: _alert,
}  # fmt: skip


def fitted(head: Sequence[str], lines: Iterable[str], foot: Sequence[str], most: int) -> str:
    """The lines between ``head`` and ``foot``, as many as ``most`` bytes of UTF-8 have room for; whole lines alone, a
    first one that is too long ended by an ellipsis."""
    room = most - len("\n".join([*head, *foot, ""]).encode())
    kept: list[str] = []
    for line in lines:
        size = len(line.encode()) + 1
        if size > room:
            if not kept:
                kept.append(line.encode()[: max(0, room - 4)].decode(errors="ignore").rstrip() + "…")
            break
        kept.append(line)
        room -= size
    return "\n".join([*head, *kept, *foot])
