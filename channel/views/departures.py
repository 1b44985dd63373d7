"""What leaves next at the stops nearest to the estate (layout ``board``).

Roles: ``timetable`` (a GTFS dataset), ``updates`` (GTFS-Realtime, optional), ``routes`` (routes, optional). Figures
count from the minute that has begun, so that every board of the district changes at the same moment. When the updates
are late, figures are 约; when they are stale or absent, they are the timetable's. For the district one stop of every
town stands in place of the nearest. Options: ``stops`` and ``lines`` at each; ``within`` metres; ``pages`` is the page
whose items are the routes; ``empty`` is the sentence when no stop is near.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec

from channel.estates import Estate
from channel.views._items import MOST_ITEMS
from channel.views._keys import keys
from channel.views._words import clock_word, day_word, town_word
from channel.views.base import Inputs, Memo, Until
from channel.views.content import Board, BoardRow, Content, Stop
from feeds.realtime import Realtime
from feeds.records import Route
from feeds.source import Freshness
from feeds.timetable import Timetable

_MINUTE = timedelta(minutes=1)
_LONG = 90 * 60
"""Seconds; beyond this a clock time says more than minutes do."""
_HORIZON = timedelta(hours=20)
_DETOUR = 1.3
_METRES_A_MINUTE = 65
"""An older person's pace."""
_TOGETHER = 400.0
"""Metres within which stops of one name are the sides of one road."""
_ANYWHERE = 10_000.0
_ASKED = 20
"""How many departures are looked at for a stop: enough for two of each of its lines."""
_MEMO = Memo(4096)
_PARTS = Memo(8192)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    stops: Annotated[int, msgspec.Meta(ge=1, le=6)] = 3
    lines: Annotated[int, msgspec.Meta(ge=1, le=12)] = 6
    within: Annotated[int, msgspec.Meta(ge=100, le=5000)] = 1500
    pages: str = "402"
    empty: str = "附近没有查到公交站"


class _Place(NamedTuple):
    """A stop as people know it, both sides of the road, and the way to its nearer one in words."""

    name: str
    stops: tuple[int, ...]
    walk: str


class _Stops:
    """The stops of a timetable by name: those of one name that lie together are one place."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._places: dict[int, tuple[str, tuple[int, ...]]] = {}
        self._asked = Memo(4096)

    def near(self, lon: float, lat: float, most: int, within: float) -> tuple[_Place, ...]:
        """At most ``most`` places, nearest first; remembered as long as the timetable holds."""
        return self._asked.get((lon, lat, most, within), lambda: self._near(lon, lat, most, within))

    def _near(self, lon: float, lat: float, most: int, within: float) -> tuple[_Place, ...]:
        found: dict[tuple[str, tuple[int, ...]], float] = {}
        for stop, metres in self._timetable.nearest(lon, lat, 6 * most, within):
            found.setdefault(self._place(stop), metres)
        return tuple([_Place(name, stops, _walk(metres)) for (name, stops), metres in found.items()][:most])

    def _place(self, stop: int) -> tuple[str, tuple[int, ...]]:
        """The place of a stop: itself and the stops of its name around it, the same whichever of them is asked."""
        if stop not in self._places:
            name = self._timetable.stop_name(stop)
            around = self._timetable.nearest(*self._timetable.position(stop), 12, _TOGETHER)
            stops = sorted(other for other, _ in around if self._timetable.stop_name(other) == name)
            for other in stops:
                self._places.setdefault(other, (name, tuple(stops)))
        return self._places[stop]


@dataclass(frozen=True)
class _Service:
    """What all estates share at one minute. ``heard`` names everything that its rows are made from."""

    timetable: Timetable
    updates: Realtime | None
    exact: bool
    now: datetime
    links: dict[tuple[str, str], str]
    stops: _Stops
    heard: tuple[Hashable, ...]

    def leaving(self, stops: Sequence[int]) -> list[tuple[int, int]]:
        """When the next departures at the stops leave (seconds since 1970) and their rows in the timetable; those
        that are cancelled are left out."""
        if self.updates is None:
            return [(call.at, call.row) for call in self.timetable.calls(stops, self.now, _ASKED, _HORIZON)]
        found = self.updates.leaving(self.timetable, stops, self.now, _ASKED)
        return [(leaving.at, leaving.call.row) for leaving in found if not leaving.cancelled]


def view(inputs: Inputs) -> Content:
    """The nearest stops with their lines."""
    options = inputs.options(Options)
    until = Until(inputs)
    service = inputs.once("service", lambda: _service(inputs, options))
    places: tuple[_Place, ...] = ()
    if service is not None:
        until.at(service.now + _MINUTE)
        places = _near(service, inputs.estate, options) if inputs.estate else _of_towns(service, inputs)
    lines = options.lines if inputs.estate else 3
    return Content(
        body=inputs.once((places, lines), lambda: _board(service, places, lines, inputs, options)),
        sources=inputs.source_lines(),
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
    return _Service(
        timetable=timetable,
        updates=updates,
        exact=exact,
        now=now,
        links=links,
        stops=_MEMO.get(("stops", inputs.digest("timetable")), lambda: _Stops(timetable)),
        # Pages that show the same stop share its rows, whatever else they show.
        heard=(inputs.channel_key, bool(links), inputs.digest("timetable", "updates", "routes"), live, exact, now),
    )


def _links(inputs: Inputs, options: Options) -> dict[tuple[str, str], str]:
    """The item of each line and direction on the page of the lines, if that page reads the same source."""
    page, source = inputs.lineup.pages.get(options.pages), inputs.sources.get("routes")
    if page is None or source is None or source.id not in page.sources.values():
        return {}
    routes = inputs.records("routes", Route)
    return {(route.line, route.destination): f"{page.number}.{route.id}" for route in routes[:MOST_ITEMS]}


def _near(service: _Service, estate: Estate, options: Options) -> tuple[_Place, ...]:
    if estate.lon is None or estate.lat is None:
        return ()
    return service.stops.near(estate.lon, estate.lat, options.stops, options.within)


def _of_towns(service: _Service, inputs: Inputs) -> tuple[_Place, ...]:
    """For each town the stop nearest to the middle of its estates."""
    places: list[_Place] = []
    for town, estates in inputs.estates.towns.items():
        there = [(e.lon, e.lat) for e in estates if e.lon is not None and e.lat is not None]
        if there:
            lon, lat = (math.fsum(axis) / len(there) for axis in zip(*there, strict=True))
            found = service.stops.near(lon, lat, 1, _ANYWHERE)
            places += [place._replace(name=f"{town_word(town)} · {place.name}", walk="") for place in found]
    return tuple(places)


def _board(
    service: _Service | None, places: Sequence[_Place], lines: int, inputs: Inputs, options: Options
) -> Board:
    found = [_stop(service, place, lines, inputs) for place in places] if service else []
    stops = tuple(stop for stop in found if stop.rows)
    return Board(stops=stops, empty=None if stops else inputs.empty("timetable", options.empty))


def _stop(service: _Service, place: _Place, lines: int, inputs: Inputs) -> Stop:
    return inputs.once((place, lines), lambda: _shown(service, place, lines))


def _shown(service: _Service, place: _Place, lines: int) -> Stop:
    rows = _MEMO.get((*service.heard, place.stops, lines), lambda: _rows(service, place.stops, lines))
    words = (place.walk, "按时刻表" if service.updates is None else "")
    return _PARTS.one(Stop(name=place.name, walk=" · ".join(filter(None, words)), rows=rows))


def _walk(metres: float) -> str:
    """``步行 3 分钟``, by roads and at an older person's pace."""
    return f"步行 {max(1, round(metres * _DETOUR / _METRES_A_MINUTE))} 分钟"


def _rows(service: _Service, stops: Sequence[int], most: int) -> tuple[BoardRow, ...]:
    """A row for each line and direction, by its next departure."""
    now = int(service.now.timestamp())
    lines: dict[tuple[str, str], list[int]] = {}
    for at, row in service.leaving(stops):
        if at - now < _HORIZON.total_seconds():
            lines.setdefault(service.timetable.direction(row), []).append(at)
    ordered = sorted(lines.items(), key=lambda entry: (entry[1][0], entry[0]))
    rows = (_row(service, line, destination, times, now) for (line, destination), times in ordered[:most])
    # Most rows count on with the minute; those that do not are the ones of the last.
    return tuple(map(_PARTS.one, rows))


def _row(service: _Service, line: str, destination: str, times: Sequence[int], now: int) -> BoardRow:
    to = service.links.get((line, destination), "")
    if times[0] - now > _LONG:
        first = datetime.fromtimestamp(times[0], UTC)
        day = day_word(first, service.now)
        return BoardRow(
            line=line, destination=destination, reason=f"开往{destination}，{day} {clock_word(first)} 有车", to=to
        )
    minutes = (times[0] - now) // 60
    then = ""
    if len(times) > 1:
        far = times[1] - now > _LONG
        then = clock_word(datetime.fromtimestamp(times[1], UTC)) if far else str((times[1] - now) // 60)
    about = service.updates is not None and not service.exact
    return BoardRow(
        line=line,
        destination=destination,
        minutes="" if minutes < 1 else f"约 {minutes}" if about else str(minutes),
        then=then,
        soon=minutes < 1,
        to=to,
    )
