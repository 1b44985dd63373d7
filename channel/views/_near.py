"""Which of many places are nearest to an estate: one array a snapshot, a few vector operations an estate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from channel.estates import EARTH_RADIUS_KM, Estate

Floats = npt.NDArray[np.float64]


class Located(Protocol):
    """What has a place on earth, or not; WGS-84 degrees."""

    @property
    def lon(self) -> float | None: ...

    @property
    def lat(self) -> float | None: ...


P = TypeVar("P", bound=Located)


class Nearby(Generic[P]):
    """Places that can be asked for their order around an estate."""

    def __init__(self, places: Sequence[P]) -> None:
        self.places = tuple(places)
        there = [i for i, place in enumerate(self.places) if place.lon is not None and place.lat is not None]
        self._index = np.array(there, dtype=np.intp)
        degrees = np.array([(self.places[i].lon, self.places[i].lat) for i in there], dtype=np.float64).reshape(-1, 2)
        self._lon, self._lat = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
        self._cos = np.cos(self._lat)
        self._rest = tuple(place for place in self.places if place.lon is None or place.lat is None)

    def around(self, estate: Estate, most: int) -> list[tuple[P, float | None]]:
        """At most ``most`` places with their distance in km, nearest first, equal ones in their own order.

        Places without coordinates come last, without a distance. For an estate without coordinates all have none.
        """
        if estate.lon is None or estate.lat is None:
            return [(place, None) for place in self.places[:most]]
        km = self._distances(estate.lon, estate.lat)
        order = np.argsort(km, kind="stable")[:most]
        found: list[tuple[P, float | None]] = [(self.places[self._index[i]], float(km[i])) for i in order]
        return found + [(place, None) for place in self._rest[: most - len(found)]]

    def _distances(self, lon: float, lat: float) -> Floats:
        """Great-circle distance in km to each located place (haversine, mean radius)."""
        east, north = np.radians(lon), np.radians(lat)
        h = np.sin((self._lat - north) / 2) ** 2
        h += np.cos(north) * self._cos * np.sin((self._lon - east) / 2) ** 2
        km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
        return km


def spread(places: Iterable[P], towns: Sequence[str], most: int) -> list[P]:
    """At most ``most`` places, as many of each town as possible in turn, ordered by town and name.

    ``towns`` gives the order of the towns; others follow by name.
    """
    groups: dict[str, list[P]] = {}
    for place in places:
        groups.setdefault(getattr(place, "town", ""), []).append(place)
    order = {town: number for number, town in enumerate(towns)}
    names = sorted(groups, key=lambda town: (order.get(town, len(order)), town))
    for town in names:
        groups[town].sort(key=lambda place: getattr(place, "name", ""))
    share = _shares([len(groups[town]) for town in names], most)
    return [place for town, count in zip(names, share, strict=True) for place in groups[town][:count]]


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
