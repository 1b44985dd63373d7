"""Which of many places are nearest to an estate: a few vector operations an estate, remembered while nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import starmap
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from channel.estates import EARTH_RADIUS_KM, Estate
from channel.memory import Memory, Shelf, Slot
from channel.views._words import distance_words
from channel.words import Say

Floats = npt.NDArray[np.float64]


class Located(Protocol):
    """What has a place on earth, or not; WGS-84 degrees."""

    @property
    def lon(self) -> float | None: ...

    @property
    def lat(self) -> float | None: ...


P = TypeVar("P", bound=Located)


class Spot(NamedTuple):
    """A place by its number in a row, and its distance as figure and unit, both empty where nobody knows it."""

    number: int
    figure: str = ""
    unit: str = ""


class Nearby(Generic[P]):
    """Places that can be asked for their order around an estate.

    Only ids and words of places change from snapshot to snapshot, seldom where they are: the orders of a set of
    positions are remembered by the positions alone.
    """

    def __init__(self, places: Sequence[P], memory: Memory, say: Say) -> None:
        self.places = tuple(places)
        degrees = np.array([_position(place) for place in self.places], dtype=np.float64).reshape(-1, 2)
        self._points: _Points = memory.of(_POINTS).get(degrees.tobytes(), lambda: _Points(degrees, say))

    def around(self, estate: Estate, most: int) -> list[tuple[P, float | None]]:
        """At most ``most`` places with their distance in km, nearest first, equal ones in their own order.

        Places without coordinates come last, without a distance. For an estate without coordinates all have none.
        """
        if estate.lon is None or estate.lat is None:
            return [(place, None) for place in self.places[:most]]
        return [(self.places[index], km) for index, km in self._points.around(estate.lon, estate.lat, most)]

    def spots(self, estate: Estate, most: int) -> tuple[Spot, ...]:
        """The same with distances in words; equal spots are one object, and so is the answer to an equal question."""
        if estate.lon is None or estate.lat is None:
            return tuple(map(Spot, range(min(most, len(self.places)))))
        return self._points.spots(estate.lon, estate.lat, most)


MOST_ASKED = 32_768
"""Answers that are remembered: two questions for each estate of a large city, whose places do not move."""


class _Points:
    """The positions of places: (lon, lat) in degrees, NaN where there is none."""

    def __init__(self, degrees: Floats, say: Say) -> None:
        self._say = say
        known = ~np.isnan(degrees).any(axis=1)
        self._index = np.flatnonzero(known)
        self._rest = np.flatnonzero(~known).tolist()
        self._lon, self._lat = np.radians(degrees[known, 0]), np.radians(degrees[known, 1])
        self._cos = np.cos(self._lat)
        self._asked: Shelf[tuple[Spot, ...]] = Shelf(MOST_ASKED)
        self._spots: dict[Spot, Spot] = {}

    def around(self, lon: float, lat: float, most: int) -> list[tuple[int, float | None]]:
        """At most ``most`` indices with their distance in km; those without a position come last."""
        km = self._distances(lon, lat)
        order = np.arange(len(km))
        if len(km) > most:
            # Sorting the few that can be among the first is cheaper than sorting all.
            order = np.flatnonzero(km <= np.partition(km, most - 1)[most - 1])
        order = order[np.argsort(km[order], kind="stable")[:most]]
        indices, kms = self._index[order].tolist(), km[order].tolist()
        found: list[tuple[int, float | None]] = list(zip(indices, kms, strict=True))
        return found + [(index, None) for index in self._rest[: most - len(found)]]

    def spots(self, lon: float, lat: float, most: int) -> tuple[Spot, ...]:
        """The same as spots, remembered."""
        return self._asked.get((lon, lat, most), lambda: tuple(starmap(self._spot, self.around(lon, lat, most))))

    def _spot(self, index: int, km: float | None) -> Spot:
        spot = Spot(index) if km is None else Spot(index, *distance_words(km, self._say))
        return self._spots.setdefault(spot, spot)

    def _distances(self, lon: float, lat: float) -> Floats:
        """Great-circle distance in km to each located place (haversine, mean radius)."""
        east, north = np.radians(lon), np.radians(lat)
        h = np.sin((self._lat - north) / 2) ** 2
        h += np.cos(north) * self._cos * np.sin((self._lon - east) / 2) ** 2
        km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
        return km


_POINTS: Slot[_Points] = Slot("positions", 64)


def _position(place: Located) -> tuple[float, float]:
    """Degrees, NaN where one of them is not known."""
    return (np.nan, np.nan) if place.lon is None or place.lat is None else (place.lon, place.lat)


def spread(places: Sequence[object], towns: Sequence[str], most: int) -> list[int]:
    """The indices of at most ``most`` places, as many of each town as possible in turn, ordered by town and name.

    ``towns`` gives the order of the towns; others follow by name.
    """
    groups: dict[str, list[int]] = {}
    for index, place in enumerate(places):
        groups.setdefault(getattr(place, "town", ""), []).append(index)
    order = {town: number for number, town in enumerate(towns)}
    names = sorted(groups, key=lambda town: (order.get(town, len(order)), town))
    for town in names:
        groups[town].sort(key=lambda index: getattr(places[index], "name", ""))
    share = _shares([len(groups[town]) for town in names], most)
    return [index for town, count in zip(names, share, strict=True) for index in groups[town][:count]]


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """How many each group may show so that the sum is at most ``most`` and small groups are whole where possible."""
    shares = [0] * len(sizes)
    left = most
    while left > 0:
        growing = [i for i, size in enumerate(sizes) if shares[i] < size]
        if not growing:
            break
        step = max(1, left // len(growing))
        for i in growing:
            more = min(step, sizes[i] - shares[i], left)
            shares[i] += more
            left -= more
    return shares
