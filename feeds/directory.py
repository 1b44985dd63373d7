"""The stops and lines of a timetable by the names that people know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from feeds.amendments import Amendment, amending
from feeds.timetable import Timetable


class Directory:
    """Looks up what anything leaves from, and what leaves at all."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable, self._arrays = timetable, timetable.arrays

    @cached_property
    def stops(self) -> Mapping[str, tuple[int, ...]]:
        """The stops of each name, those alone that anything leaves from."""
        served = np.flatnonzero(np.diff(self._arrays["stop_first"]))
        return _by_name(served, self._arrays["stop_name"], self._timetable.stop_said)

    @cached_property
    def lines(self) -> Mapping[str, tuple[int, ...]]:
        """The routes of each name, those alone that run."""
        runs = np.zeros(self._timetable.trips, dtype=bool)
        runs[self._arrays["trip"]] = True
        running = np.unique(self._arrays["trip_route"][runs])
        return _by_name(running, self._arrays["route_name"], self._timetable.line)

    def amendments(self) -> list[Amendment]:
        """One that says nothing of each line and of each stop, by their names."""
        lines = (amending(line=name) for name in sorted(self.lines))
        return [*lines, *(amending(stop=name) for name in sorted(self.stops))]

    def knows(self, amendment: Amendment) -> bool:
        """Whether there still is what it is of."""
        return amendment.line in self.lines if amendment.line else amendment.stop in self.stops

    def around(self, amendment: Amendment) -> tuple[str, ...]:
        """What tells it from others: the lines that leave at a stop, where a line goes."""
        if amendment.stop:
            routes = np.unique(self._arrays["trip_route"][self._trips_at(self.stops.get(amendment.stop, ()))])
            return tuple(dict.fromkeys(self._timetable.line(int(route)) for route in routes))
        rows = np.flatnonzero(self._is_of(amendment.line)[self._arrays["trip"]])
        _, first = np.unique(self._arrays["trip"][rows], return_index=True)
        ways = (self._timetable.direction(int(row))[1] for row in rows[first])
        return tuple(filter(None, dict.fromkeys(ways)))

    def nearest(self, amendment: Amendment, points: Sequence[tuple[float, float]]) -> int | None:
        """Which of these (lon, lat) lies nearest to the stop, or to any stop of the line; None where none of both lies
        anywhere."""
        stops = np.array(self.stops.get(amendment.stop, ()), np.intp)
        if amendment.line:
            rows = np.flatnonzero(self._is_of(amendment.line)[self._arrays["trip"]])
            stops = np.unique(np.searchsorted(self._arrays["stop_first"], rows, side="right") - 1)
        lon, lat = self._arrays["lon"][stops], self._arrays["lat"][stops]
        lon, lat = lon[np.isfinite(lon)], lat[np.isfinite(lon)]
        if not len(lon) or not points:
            return None
        x, y = np.array(points).T
        wide = np.subtract.outer(x, lon) * np.cos(np.radians(lat[0]))
        return int(np.hypot(wide, np.subtract.outer(y, lat)).min(axis=1).argmin())

    def _trips_at(self, stops: Iterable[int]) -> np.ndarray:
        first, trip = self._arrays["stop_first"], self._arrays["trip"]
        parts = [trip[int(first[stop]) : int(first[stop + 1])] for stop in stops]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.intp)

    def _is_of(self, line: str) -> np.ndarray:
        """Which trips are of the line."""
        return np.isin(self._arrays["trip_route"], self.lines.get(line, ()))


def _by_name(indices: np.ndarray, texts: np.ndarray, name: Callable[[int], str]) -> dict[str, tuple[int, ...]]:
    """Indices by their names; each text is read once."""
    found: dict[str, list[int]] = {}
    told: dict[int, str] = {}
    for index, text in zip(indices.tolist(), texts[indices].tolist(), strict=True):
        told[text] = told.get(text) or name(index)
        found.setdefault(told[text], []).append(index)
    return {called: tuple(those) for called, those in found.items() if called}
