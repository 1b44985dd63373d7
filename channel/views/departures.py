"""What leaves next at the stops nearest to the estate (layout ``board``).

Roles: ``timetable`` (a GTFS dataset), ``updates`` (GTFS-Realtime, optional), ``routes`` (routes, optional). Figures
count from the minute that has begun, so that every board of the district changes at the same moment. When the updates
are late, figures are said to be about so, and so they are where a line runs only about every so often; when updates are
stale or absent, figures are the timetable's; the heading of a stop says so, or of which minute the predictions are.
Where some of a stop's departures are predicted the others stand by the clock, and the heading says that.
Where people get on only after a call, the row says so in place of minutes. For the district one stop of every town
stands in place of the nearest. Options: ``stops`` and ``lines`` at each; ``within`` metres; ``pages`` is the page whose
items are the routes; ``empty`` is the sentence when no stop is near.

Each stop that a board can show has an item: what leaves there in each hour to come, by the timetable alone.

Over all this stands what editors say (``Snapshot.amendments``): a hidden stop is no place and has no item, a hidden
line is in no row, and a note stands below the heading of its stop or the rows of its line.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, NamedTuple

import msgspec

from channel.estates import Estate
from channel.memory import Slot
from channel.views._amended import Amended
from channel.views._items import MOST_ITEMS
from channel.views._keys import keys
from channel.views._leaving import Rows, Service, rows_of
from channel.views._stops import MOST_STOPS, StopPlace, StopPlaces, begun, items, wheelchair_word
from channel.views._words import town_word
from channel.views.base import Inputs, Until
from channel.views.content import Board, Content, Item, SourceLine, Stop
from channel.words import N_, Say
from feeds.realtime import Realtime
from feeds.records import Route
from feeds.source import Freshness
from feeds.timetable import Timetable

ROLES = ("timetable", "updates", "routes")
AROUND = True
_MINUTE = timedelta(minutes=1)
_DETOUR = 1.3
_METRES_A_MINUTE = 65
"""An older person's pace."""
_ANYWHERE = 10_000.0


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    stops: Annotated[int, msgspec.Meta(ge=1, le=6)] = 3
    lines: Annotated[int, msgspec.Meta(ge=1, le=12)] = 6
    within: Annotated[int, msgspec.Meta(ge=100, le=5000)] = 1500
    pages: str = "402"
    empty: str = N_("No stop is known near here")


class _Near(NamedTuple):
    """A place on the board: what its heading says, and the way to its nearer stop in words."""

    place: StopPlace
    name: str
    walk: str


_SERVICE: Slot[Service | None] = Slot("service of a minute")
_BOARDS: Slot[Board] = Slot("boards")
_STOPS: Slot[Stop] = Slot("stops of boards")
_ITEMS: Slot[tuple[Item, ...]] = Slot("items of stops")
_AMENDED: Slot[Amended] = Slot("amended timetable", 4)
_PLACES: Slot[StopPlaces] = Slot("places of a timetable", 4)
_LINKED: Slot[dict[StopPlace, str]] = Slot("linked stops", 8)
_HOURS: Slot[tuple[Item, ...]] = Slot("stops by the hour", 8)
_ROWS: Slot[Rows] = Slot("rows of stops")
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
        if inputs.estate:
            places = _near(service.places, inputs.estate, options, inputs.say)
        else:
            places = _of_towns(service.places, inputs)
        made = inputs.once(_ITEMS, lambda: _items(service, inputs))
    lines = options.lines if inputs.estate else 3
    return Content(
        body=inputs.once(_BOARDS, lambda: _board(service, places, lines, inputs, options), (places, lines)),
        sources=_sources(service, inputs),
        items=made,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _service(inputs: Inputs, options: Options) -> Service | None:
    timetable = inputs.dataset("timetable", Timetable)
    if timetable is None:
        return None
    state = inputs.state("updates")
    updates = inputs.dataset("updates", Realtime) if state in (Freshness.FRESH, Freshness.LATE) else None
    exact, live = state is Freshness.FRESH, updates is not None
    heard = inputs.snapshots.get("updates")
    as_of = inputs.say("live at {time}", time=inputs.say.clock(heard.observed)) if heard else ""
    now = inputs.moment.replace(second=0, microsecond=0)
    links = _links(inputs, options)
    digest = inputs.digest("timetable")
    amended = inputs.remembered(_AMENDED, digest, lambda: Amended(inputs.amendments("timetable")))
    places = inputs.remembered(_PLACES, digest, lambda: StopPlaces(timetable, amended))
    shown = (inputs.page_key, digest)
    return Service(
        timetable=timetable,
        updates=updates,
        as_of=as_of,
        exact=exact,
        now=now,
        links=links,
        places=places,
        linked=inputs.remembered(_LINKED, shown, lambda: _linked(places, inputs, options)),
        # Pages that show the same stop share its rows, whatever else they show.
        heard=(bool(links), inputs.digest("timetable", "updates", "routes"), live, exact, now),
        amended=amended,
        say=inputs.say,
    )



def _sources(service: Service | None, inputs: Inputs) -> tuple[SourceLine, ...]:
    """Whose data the board shows: while predictions are heard it is as old as they are, and not as the timetable that
    they are laid over."""
    lines = inputs.source_lines()
    if service is None or service.updates is None:
        return lines
    timetable = inputs.sources["timetable"].id
    return tuple(msgspec.structs.replace(line, observed=None) if line.id == timetable else line for line in lines)


def _links(inputs: Inputs, options: Options) -> dict[tuple[str, str], str]:
    """The item of each line and direction on the page of the lines, if that page reads the same source."""
    page, source = inputs.lineup.pages.get(options.pages), inputs.sources.get("routes")
    if page is None or source is None or source.id not in page.sources.values():
        return {}
    routes = inputs.records("routes", Route)
    return {(route.line, route.destination): f"{page.number}.{route.id}" for route in routes[:MOST_ITEMS]}


def _near(places: StopPlaces, estate: Estate, options: Options, say: Say) -> tuple[_Near, ...]:
    if estate.lon is None or estate.lat is None:
        return ()
    found = places.near(estate.lon, estate.lat, options.stops, options.within)
    return tuple([_Near(place, place.name, _walk(metres, say)) for place, metres in found])


def _of_towns(places: StopPlaces, inputs: Inputs) -> tuple[_Near, ...]:
    """For each town the stop nearest to the middle of its estates."""
    shown: list[_Near] = []
    for town, estates in inputs.estates.towns.items():
        there = [(e.lon, e.lat) for e in estates if e.lon is not None and e.lat is not None]
        if there:
            lon, lat = (math.fsum(axis) / len(there) for axis in zip(*there, strict=True))
            found = places.near(lon, lat, 1, _ANYWHERE)
            shown += [_Near(place, f"{town_word(town, inputs.say)} · {place.name}", "") for place, _ in found]
    return tuple(shown)


def _linked(places: StopPlaces, inputs: Inputs, options: Options) -> dict[StopPlace, str]:
    """The items of all places that a board can show: the district's, then those nearest to the estates."""
    boards = [_near(places, estate, options, inputs.say) for estate in inputs.estates.values()]
    ranks = ([board[rank].place for board in boards if rank < len(board)] for rank in range(options.stops))
    every = [*(near.place for near in _of_towns(places, inputs)), *itertools.chain.from_iterable(ranks)]
    return {place: f"{inputs.page.number}.{place.id}" for place in list(dict.fromkeys(every))[:MOST_STOPS]}


def _items(service: Service, inputs: Inputs) -> tuple[Item, ...]:
    """The timetables of the places, made once an hour: the same object while nothing that they say changes."""
    source = inputs.sources["timetable"].id
    lines = tuple(line for line in inputs.source_lines() if line.id == source)
    hour = begun(service.now, inputs.say)
    key = (
        inputs.page_key,
        inputs.digest("timetable", "routes"),
        bool(service.links),
        lines,
        hour,
    )
    return inputs.remembered(
        _HOURS,
        key,
        lambda: items(service.timetable, service.linked, service.links, hour, lines, service.amended, inputs.say),
    )


def _board(service: Service | None, places: Sequence[_Near], lines: int, inputs: Inputs, options: Options) -> Board:
    found = [_stop(service, place, lines, inputs) for place in places] if service else []
    stops = tuple(stop for stop in found if stop.rows or stop.note)
    return Board(stops=stops, empty=None if stops else inputs.empty("timetable", options.empty))


def _stop(service: Service, near: _Near, lines: int, inputs: Inputs) -> Stop:
    return inputs.once(_STOPS, lambda: _shown(service, near, lines, inputs), (near, lines))


def _shown(service: Service, near: _Near, lines: int, inputs: Inputs) -> Stop:
    stops = near.place.stops
    key = (*service.heard, stops, lines)
    shown = inputs.remembered(_ROWS, key, lambda: rows_of(service, stops, lines, inputs.memory))
    words = (near.walk, *_whose(shown, service), wheelchair_word(near.place, inputs.say))
    to = service.linked.get(near.place, "")
    stop = Stop(name=near.name, walk=" · ".join(filter(None, words)), rows=shown.rows, to=to, note=near.place.note)
    return inputs.memory.of(_SAME_STOPS).one(stop)


def _whose(shown: Rows, service: Service) -> tuple[str, ...]:
    """Whose figures a stop's rows show: those of one kind, or of both."""
    if not shown.foretold:
        return (service.say("by the timetable"),)
    mixed = any((row.at and not row.reason) or ":" in row.then for row in shown.rows)
    return (service.as_of, service.say("clock times by the timetable")) if mixed else (service.as_of,)


def _walk(metres: float, say: Say) -> str:
    """``3 minutes on foot``, by roads and at an older person's pace."""
    minutes = max(1, round(metres * _DETOUR / _METRES_A_MINUTE))
    return say.plural("{n} minute on foot", "{n} minutes on foot", minutes)
