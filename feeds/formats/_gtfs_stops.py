"""stops.txt of a GTFS archive: a stop takes from the station that it is part of what it does not say itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from feeds.formats._archives import SafeZip
from feeds.formats._gtfs import rows
from feeds.formats._rows import Rows

_COLUMNS = (
    "stop_id", "stop_name", "stop_lon", "stop_lat", "platform_code", "location_type", "parent_station",
    "wheelchair_boarding",
)  # fmt: skip
_STATION, _NODE, _BOARDING_AREA = "1", "3", "4"
_WHEELCHAIR = {"1": 1, "2": 2}
_DEEPEST = 4
"""Steps from a boarding area over its platform to its station, and one to spare."""
_NOWHERE = (math.nan, math.nan)

Convert = Callable[[float, float], tuple[float, float]]


class GtfsStop(NamedTuple):
    """A location of stops.txt; ``wheelchair`` is 0 unknown, 1 possible, 2 not possible."""

    id: str
    name: str
    position: tuple[float, float]
    platform: str
    wheelchair: int
    parent: str
    line: int

    def under(self, station: GtfsStop, *, of_platform: bool) -> GtfsStop:
        """The same with what it lacks taken from the location that it is part of."""
        return self._replace(
            name=self.name or station.name,
            position=station.position if math.isnan(self.position[0]) else self.position,
            platform=self.platform or (station.platform if of_platform else ""),
            wheelchair=self.wheelchair or station.wheelchair,
        )


def read_stops(archive: SafeZip, out: Rows, convert: Convert | None) -> list[GtfsStop]:
    """Every location, in the order of the file, complete (GTFS Reference, stops.txt: parent_station).

    Names and coordinates are optional for nodes and boarding areas, wheelchair_boarding of 0 or empty is the parent's.
    ``stop_timezone`` is not read: all times are the agency's.
    """
    found: dict[str, GtfsStop] = {}
    kinds: dict[str, str] = {}
    misplaced: set[str] = set()
    for line, (ident, name, lon, lat, platform, kind, parent, wheelchair) in rows(archive, "stops.txt", _COLUMNS):
        position = f"stops.txt line {line}"
        if not ident or ident in found:
            out.problem(position, "without an id of its own", ident)
            continue
        place = _position(lon, lat)
        if place is None and (lon or lat):
            misplaced.add(ident)
            out.problem(position, "its position is not on earth", f"{lon}, {lat}")
        place = convert(*place) if place and convert else place
        above = "" if kind == _STATION else parent
        found[ident] = GtfsStop(ident, name, place or _NOWHERE, platform, _WHEELCHAIR.get(wheelchair, 0), above, line)
        kinds[ident] = kind
    whole = [_complete(stop, found, kinds, out) for stop in found.values()]
    for stop in whole:
        if math.isnan(stop.position[0]) and stop.id not in misplaced and kinds[stop.id] not in (_NODE, _BOARDING_AREA):
            out.problem(
                f"stops.txt line {stop.line}", "without a position, and without a station that has one", stop.id
            )
    return whole


def _complete(stop: GtfsStop, found: dict[str, GtfsStop], kinds: dict[str, str], out: Rows) -> GtfsStop:
    """The stop with what it lacks taken from its parent, and from the parent of that."""
    whole, position = stop, f"stops.txt line {stop.line}"
    if stop.parent and stop.parent not in found:
        out.problem(position, "its parent_station is not in the file", stop.parent)
    above, steps = found.get(stop.parent), 0
    while above is not None and steps < _DEEPEST:
        whole = whole.under(above, of_platform=kinds[stop.id] == _BOARDING_AREA)
        above, steps = found.get(above.parent), steps + 1
    if not whole.name and kinds[stop.id] not in (_NODE, _BOARDING_AREA):
        out.problem(position, "without a name, and without a station that has one", stop.id)
    return whole


def _position(lon: str, lat: str) -> tuple[float, float] | None:
    """(lon, lat) in degrees; None where there are none, and for 0, 0, which stands for "not known" in many files."""
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        return None
    return (x, y) if -180 <= x <= 180 and -90 <= y <= 90 and (x or y) else None
