"""What leaves next at the stops nearest to the estate (layout ``board``).

Roles: ``timetable`` (a GTFS dataset), ``updates`` (GTFS-Realtime, optional), ``routes`` (routes, optional). Figures
count from the minute that has begun, so that every board of the district changes at the same moment. When the updates
are late, figures are 约, and so they are where a line runs only about every so often; when updates are stale or absent,
figures are the timetable's. Where people get on only after a call, the row says so in place of minutes. For the
district one stop of every town stands in place of the nearest. Options: ``stops`` and ``lines`` at each; ``within``
metres; ``pages`` is the page whose items are the routes; ``empty`` is the sentence when no stop is near.

Each stop that a board can show has an item: what leaves there in each hour to come, by the timetable alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec

from channel.estates import Estate
from channel.memory import Slot
from channel.views._items import MOST_ITEMS
from channel.views._keys import keys
from channel.views._stops import MOST_STOPS, StopPlace, StopPlaces, begun, items
from channel.views._words import clock_word, day_word, town_word
from channel.views.base import Inputs, Until
from channel.views.content import Board, BoardRow, Content, Item, Stop
from feeds.realtime import Realtime
from feeds.records import Route
from feeds.source import Freshness
from feeds.timetable import PICKUPS, Timetable
from feeds.trip_updates import Extra

ROLES = ("timetable", "updates", "routes")
_MINUTE = timedelta(minutes=1)
_LONG = 90 * 60
"""Seconds; beyond this a clock time says more than minutes do."""
_HORIZON = timedelta(hours=20)
_DETOUR = 1.3
_METRES_A_MINUTE = 65
"""An older person's pace."""
_ANYWHERE = 10_000.0
_ASKED = 20
"""How many departures are looked at for a stop: enough for two of each of its lines."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    stops: Annotated[int, msgspec.Meta(ge=1, le=6)] = 3
    lines: Annotated[int, msgspec.Meta(ge=1, le=12)] = 6
    within: Annotated[int, msgspec.Meta(ge=100, le=5000)] = 1500
    pages: str = "402"
    empty: str = "附近没有查到公交站"


class _Way(NamedTuple):
    """A line, where it goes, and what people have to do to get on (usually nothing)."""

    line: str
    destination: str
    how: str = ""


class _Near(NamedTuple):
    """A place on the board: what its heading says, and the way to its nearer stop in words."""

    place: StopPlace
    name: str
    walk: str


@dataclass(frozen=True)
class _Service:
    """What all estates share at one minute. ``heard`` names everything that its rows are made from."""

    timetable: Timetable
    updates: Realtime | None
    exact: bool
    now: datetime
    links: dict[tuple[str, str], str]
    places: StopPlaces
    linked: dict[StopPlace, str]
    """The item of each place that has one."""
    heard: tuple[Hashable, ...]

    def leaving(self, stops: Sequence[int]) -> list[tuple[int, _Way, bool]]:
        """When the next departures at the stops leave (seconds since 1970), which way, and whether that is only about
        so; those that are cancelled are left out."""
        table = self.timetable
        if self.updates is None:
            calls = table.calls(stops, self.now, _ASKED, _HORIZON)
            return [(call.at, _way(table, call.row), table.is_about(table.trip_of(call.row))) for call in calls]
        found = []
        for leaving in self.updates.leaving(table, stops, self.now, _ASKED):
            call = leaving.call
            if isinstance(call, Extra):
                found.append((leaving.at, _Way(call.line, call.destination), False))
            elif not leaving.cancelled:
                about = leaving.late is None and table.is_about(table.trip_of(call.row))
                found.append((leaving.at, _way(table, call.row), about))
        return found


def _way(timetable: Timetable, row: int) -> _Way:
    return _Way(*timetable.direction(row), PICKUPS.get(timetable.pickup(row), ""))


_SERVICE: Slot[_Service | None] = Slot("service of a minute")
_BOARDS: Slot[Board] = Slot("boards")
_STOPS: Slot[Stop] = Slot("stops of boards")
_ITEMS: Slot[tuple[Item, ...]] = Slot("items of stops")
_PLACES: Slot[StopPlaces] = Slot("places of a timetable", 4)
_LINKED: Slot[dict[StopPlace, str]] = Slot("linked stops", 8)
_HOURS: Slot[tuple[Item, ...]] = Slot("stops by the hour", 8)
_ROWS: Slot[tuple[BoardRow, ...]] = Slot("rows of stops")
_SAME_ROWS: Slot[BoardRow] = Slot("board rows", 8192)
_SAME_STOPS: Slot[Stop] = Slot("board stops", 8192)


def view(inputs: Inputs) -> Content:
    """The nearest stops with their lines."""
    options = inputs.options(Options)
    until = Until(inputs)
    service = inputs.once(_SERVICE, lambda: _service(inputs, options))
    places: tuple[_Near, ...] = ()
    made: tuple[Item, ...] = ()
    if service is not None:
        until.at(service.now + _MINUTE)
        places = _near(service.places, inputs.estate, options) if inputs.estate else _of_towns(service.places, inputs)
        made = inputs.once(_ITEMS, lambda: _items(service, inputs))
    lines = options.lines if inputs.estate else 3
    return Content(
        body=inputs.once(_BOARDS, lambda: _board(service, places, lines, inputs, options), (places, lines)),
        sources=inputs.source_lines(),
        items=made,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _service(inputs: Inputs, options: Options) -> _Service | None:
    timetable = inputs.dataset("timetable", Timetable)
    if timetable is None:
        return None
    state = inputs.state("updates")
    updates = inputs.dataset("updates", Realtime) if state in (Freshness.FRESH, Freshness.LATE) else None
    exact, live = state is Freshness.FRESH, updates is not None
    now = inputs.moment.replace(second=0, microsecond=0)
    links = _links(inputs, options)
    digest = inputs.digest("timetable")
    places = inputs.remembered(_PLACES, digest, lambda: StopPlaces(timetable))
    shown = (inputs.page_key, digest)
    return _Service(
        timetable=timetable,
        updates=updates,
        exact=exact,
        now=now,
        links=links,
        places=places,
        linked=inputs.remembered(_LINKED, shown, lambda: _linked(places, inputs, options)),
        # Pages that show the same stop share its rows, whatever else they show.
        heard=(bool(links), inputs.digest("timetable", "updates", "routes"), live, exact, now),
    )


def _links(inputs: Inputs, options: Options) -> dict[tuple[str, str], str]:
    """The item of each line and direction on the page of the lines, if that page reads the same source."""
    page, source = inputs.lineup.pages.get(options.pages), inputs.sources.get("routes")
    if page is None or source is None or source.id not in page.sources.values():
        return {}
    routes = inputs.records("routes", Route)
    return {(route.line, route.destination): f"{page.number}.{route.id}" for route in routes[:MOST_ITEMS]}


def _near(places: StopPlaces, estate: Estate, options: Options) -> tuple[_Near, ...]:
    if estate.lon is None or estate.lat is None:
        return ()
    found = places.near(estate.lon, estate.lat, options.stops, options.within)
    return tuple([_Near(place, place.name, _walk(metres)) for place, metres in found])


def _of_towns(places: StopPlaces, inputs: Inputs) -> tuple[_Near, ...]:
    """For each town the stop nearest to the middle of its estates."""
    shown: list[_Near] = []
    for town, estates in inputs.estates.towns.items():
        there = [(e.lon, e.lat) for e in estates if e.lon is not None and e.lat is not None]
        if there:
            lon, lat = (math.fsum(axis) / len(there) for axis in zip(*there, strict=True))
            found = places.near(lon, lat, 1, _ANYWHERE)
            shown += [_Near(place, f"{town_word(town)} · {place.name}", "") for place, _ in found]
    return tuple(shown)


def _linked(places: StopPlaces, inputs: Inputs, options: Options) -> dict[StopPlace, str]:
    """The items of all places that a board can show: the district's, then those nearest to the estates."""
    boards = [_near(places, estate, options) for estate in inputs.estates.values()]
    ranks = ([board[rank].place for board in boards if rank < len(board)] for rank in range(options.stops))
    every = [*(near.place for near in _of_towns(places, inputs)), *itertools.chain.from_iterable(ranks)]
    return {place: f"{inputs.page.number}.{place.id}" for place in list(dict.fromkeys(every))[:MOST_STOPS]}


def _items(service: _Service, inputs: Inputs) -> tuple[Item, ...]:
    """The timetables of the places, made once an hour: the same object while nothing that they say changes."""
    source = inputs.sources["timetable"].id
    lines = tuple(line for line in inputs.source_lines() if line.id == source)
    hour = begun(service.now)
    key = (
        inputs.page_key,
        inputs.digest("timetable", "routes"),
        bool(service.links),
        lines,
        hour,
    )
    return inputs.remembered(_HOURS, key, lambda: items(service.timetable, service.linked, service.links, hour, lines))


def _board(service: _Service | None, places: Sequence[_Near], lines: int, inputs: Inputs, options: Options) -> Board:
    found = [_stop(service, place, lines, inputs) for place in places] if service else []
    stops = tuple(stop for stop in found if stop.rows)
    return Board(stops=stops, empty=None if stops else inputs.empty("timetable", options.empty))


def _stop(service: _Service, near: _Near, lines: int, inputs: Inputs) -> Stop:
    return inputs.once(_STOPS, lambda: _shown(service, near, lines, inputs), (near, lines))


def _shown(service: _Service, near: _Near, lines: int, inputs: Inputs) -> Stop:
    stops = near.place.stops
    rows = inputs.remembered(_ROWS, (*service.heard, stops, lines), lambda: _rows(service, stops, lines, inputs))
    words = (near.walk, "按时刻表" if service.updates is None else "", near.place.wheelchair)
    to = service.linked.get(near.place, "")
    stop = Stop(name=near.name, walk=" · ".join(filter(None, words)), rows=rows, to=to)
    return inputs.memory.of(_SAME_STOPS).one(stop)


def _walk(metres: float) -> str:
    """``步行 3 分钟``, by roads and at an older person's pace."""
    return f"步行 {max(1, round(metres * _DETOUR / _METRES_A_MINUTE))} 分钟"


def _rows(service: _Service, stops: Sequence[int], most: int, inputs: Inputs) -> tuple[BoardRow, ...]:
    """A row for each line and direction, by its next departure."""
    now = int(service.now.timestamp())
    ways: dict[_Way, list[tuple[int, bool]]] = {}
    for at, way, about in service.leaving(stops):
        if at - now < _HORIZON.total_seconds():
            ways.setdefault(way, []).append((at, about))
    ordered = sorted(ways.items(), key=lambda entry: (entry[1][0][0], entry[0]))
    rows = (_row(service, way, [at for at, _ in times], now, about=times[0][1]) for way, times in ordered[:most])
    # Most rows count on with the minute; those that do not are the ones of the last.
    return tuple(map(inputs.memory.of(_SAME_ROWS).one, rows))


def _row(service: _Service, way: _Way, times: Sequence[int], now: int, *, about: bool) -> BoardRow:
    line, destination, how = way
    to = service.links.get((line, destination), "")
    if times[0] - now > _LONG or how:
        first = datetime.fromtimestamp(times[0], UTC)
        when = f"{day_word(first, service.now)} {clock_word(first)} 有车"
        reason = "，".join(filter(None, (f"开往{destination}", when, how)))
        return BoardRow(line=line, destination=destination, reason=reason, to=to)
    minutes = (times[0] - now) // 60
    then = ""
    if len(times) > 1:
        far = times[1] - now > _LONG
        then = clock_word(datetime.fromtimestamp(times[1], UTC)) if far else str((times[1] - now) // 60)
    about = about or (service.updates is not None and not service.exact)
    return BoardRow(
        line=line,
        destination=destination,
        minutes="" if minutes < 1 else f"约 {minutes}" if about else str(minutes),
        then=then,
        soon=minutes < 1,
        to=to,
    )
