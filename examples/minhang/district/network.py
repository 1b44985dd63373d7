"""The bus network: stops near where people live, lines between terminals, and the trips of each kind of day."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from .base import chance, dice, texts
from .medical import lines as table
from .towns import TOWNS, Town, area_codes

_WORDS = texts("buses")
_METRES = 111_320.0
"""Metres of a degree of latitude; a degree of longitude has ``_METRES * cos(latitude)``."""
_NARROW = math.cos(math.radians(31.1))
PLACES = 450
_APART = 190.0
"""Metres between two stop places."""
_REACH = 1000.0
"""Metres to the next stop, where there is one so near."""
_TOLL = 160.0


class Place(NamedTuple):
    """A pair of stops, one on each side of the road."""

    id: str
    name: str
    lon: float
    lat: float


class Line(NamedTuple):
    """A line with its stop places in the order of direction 0."""

    id: str
    name: str
    kind: str
    places: tuple[Place, ...]

    def minutes(self, direction: int) -> list[int]:
        """Minutes from the first stop to each stop, at 17 km/h with half a minute at every stop."""
        way = self.places if direction == 0 else self.places[::-1]
        found, total = [0], 0.0
        for before, after in pairwise(way):
            total += metres(before, after) * 1.25 / 283 + 0.5
            found.append(max(found[-1] + 1, round(total)))
        return found


class Trip(NamedTuple):
    """One run: service (daily, weekday, weekend), direction, minute of the service day at which it starts."""

    id: str
    line: Line
    service: str
    direction: int
    start: int


def metres(one: Place, other: Place) -> float:
    """The distance of two places, flat enough for a district."""
    return math.hypot((one.lon - other.lon) * _NARROW, one.lat - other.lat) * _METRES


@cache
def hubs() -> dict[str, Place]:
    """The terminals by name."""
    return {
        row[0]: Place(f"h{number:02d}", row[0], float(row[2]), float(row[3]))
        for number, row in enumerate(table(_WORDS["hubs"]), 1)
    }


@cache
def places() -> tuple[Place, ...]:
    """Terminals first, then places beside committees and along the towns' roads, none too near to another."""
    found = list(hubs().values())
    names = {place.name for place in found}
    for town in TOWNS:
        goal = len(found) + round((PLACES - len(hubs())) * town.homes / 818) + (1 if town.homes > 30 else 4)
        for lon, lat in _spots(town):
            here = Place(f"s{len(found) + 1:03d}", "", round(lon, 6), round(lat, 6))
            if all(metres(here, other) >= _APART for other in found):
                found.append(here._replace(name=_name(town, len(found), names)))
            if len(found) >= goal:
                break
    return tuple(found)


def _spots(town: Town) -> Iterator[tuple[float, float]]:
    """Where a stop may stand: by each committee's first estate, then anywhere in the town."""
    for code, members in area_codes().items():
        if members[0].town == town.name:
            draw = dice("stop", code)
            yield members[0].lon + draw.uniform(-0.0012, 0.0012), members[0].lat + draw.uniform(-0.001, 0.001)
    for number in range(3000):
        yield town.point("stop", number, reach=1.05)


def _name(town: Town, number: int, names: set[str]) -> str:
    """Two roads that cross, or a spot of a neighbourhood."""
    draw = dice("stop name", number)
    for attempt in range(200):
        if attempt < 100 and draw.random() < 0.7:
            name = "".join(draw.sample(town.roads, 2))
        else:
            name = draw.choice(town.areas) + draw.choice(_WORDS["spots"].split())
        if name not in names:
            break
    names.add(name)
    return name


@cache
def _roads() -> dict[Place, list[tuple[Place, float]]]:
    """From each place the ones that a bus can go to next: all within reach, and the shortest roads (and bridges) that
    leave no place on an island (a minimum spanning tree)."""
    found: dict[Place, list[tuple[Place, float]]] = {place: [] for place in places()}
    for place, ways in found.items():
        ways += [(other, far) for other in found if other != place and (far := metres(place, other)) <= _REACH]
    nearest = {place: (metres(place, places()[0]), places()[0]) for place in places()[1:]}
    while nearest:
        place = min(nearest, key=lambda p: nearest[p][0])
        far, known = nearest.pop(place)
        if far > _REACH:
            found[place].append((known, far))
            found[known].append((place, far))
        nearest = {other: min(old, (metres(other, place), place)) for other, old in nearest.items()}
    return found


@cache
def lines() -> tuple[Line, ...]:
    """Every line. Each is drawn towards places that no earlier line serves, so that few estates are left out."""
    found: list[Line] = []
    served: Counter[Place] = Counter()
    for number, (name, start, end, kind) in enumerate(table(_WORDS["lines"]), 1):
        one, other = hubs()[start], hubs()[end]
        way = _way(one, other, served)
        if kind != "night":
            way = _by_way_of(one, _middle(one, other, served), other, served)
        if len(way) < 12 and kind in ("normal", "local"):
            taken = served + Counter(dict.fromkeys(way, 3))
            tail = _by_way_of(way[-2], _middle(way[-2], other, taken), other, taken)
            way = tuple(dict.fromkeys([*way[:-1], *tail]))
        served.update(way)
        found.append(Line(f"r{number:02d}", name, kind, way))
    return tuple(found)


def _by_way_of(one: Place, middle: Place, other: Place, served: Counter[Place]) -> tuple[Place, ...]:
    """The way over a place, which comes back over other stops; no stop twice."""
    first = _way(one, middle, served)
    second = _way(middle, other, served + Counter(dict.fromkeys(first, 3)))
    return tuple(dict.fromkeys([*first, *second]))


def _middle(one: Place, other: Place, served: Counter[Place]) -> Place:
    """A place by which the way is not much longer, and round which least is served."""
    direct = metres(one, other)
    near = [p for p in places() if metres(one, p) + metres(p, other) <= max(1.35 * direct, direct + 1500)]
    return min(near, key=lambda p: (sum(served[q] for q, _ in _roads()[p]) + 3 * served[p], metres(one, p)))


def _way(one: Place, other: Place, served: Counter[Place]) -> tuple[Place, ...]:
    """The cheapest way (Dijkstra): metres and a toll for each stop, less where nothing else stops."""
    best: dict[Place, float] = {one: 0.0}
    came: dict[Place, Place] = {}
    queue = [(0.0, one)]
    while queue:
        cost, here = heapq.heappop(queue)
        if here == other:
            break
        if cost > best[here]:
            continue
        for there, far in _roads()[here]:
            total = cost + (far + _TOLL) * (0.65 if not served[there] else 1 + 0.12 * min(served[there], 5))
            if total < best.get(there, math.inf):
                best[there], came[there] = total, here
                heapq.heappush(queue, (total, there))
    way = [other]
    while way[-1] != one:
        way.append(came[way[-1]])
    return tuple(reversed(way))


_GAPS = {"trunk": (15, 8), "normal": (30, 15), "local": (40, 40), "night": (40, 0), "weekend": (30, 0)}
"""Minutes between two buses: all day, and in the rush hours of weekdays."""


@cache
def trips() -> tuple[Trip, ...]:
    """Every run, by line, direction and start; in the rush hours of weekdays there are more."""
    found: list[Trip] = []
    for line in lines():
        all_day, rush = _GAPS[line.kind]
        shift = int(chance("shift", line.name) * 9)
        for direction in (0, 1):
            first, last = {"night": (22 * 60 + 30, 26 * 60), "weekend": (9 * 60, 17 * 60)}.get(
                line.kind, (5 * 60 + 30 + shift * 3, 22 * 60 + 10)
            )
            service = "weekend" if line.kind == "weekend" else "daily"
            starts = [(start, service) for start in range(first + direction * 7, last, all_day)]
            taken = {start for start, _ in starts}
            for begin, end in ((6 * 60 + 40, 9 * 60), (16 * 60 + 40, 19 * 60)) if rush and rush < all_day else ():
                extra = range(begin + shift + direction * 4, end, rush)
                starts += [(start, "weekday") for start in extra if not taken & {start - 1, start, start + 1}]
            for start, service in sorted(starts):
                found.append(Trip(f"t{len(found) + 1}", line, service, direction, start))
    return tuple(found)
