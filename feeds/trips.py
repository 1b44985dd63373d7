"""A timetable by trip: which stops a trip passes when, which runs it has, which trip begins at a moment."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from feeds.timetable import Timetable


class Pass(NamedTuple):
    """A stop of a trip: ``leave`` is by stop_times.txt (seconds of the service day), ``dwell`` how long the vehicle
    waits there before, where people get on."""

    sequence: int
    stop: int
    leave: int
    dwell: int


class Trips:
    """Questions about the trips of a timetable. The order of its rows by trip is worked out when it is first needed."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._arrays = timetable.arrays
        self._run, self._dwell = (self._arrays.arrays.get(name) for name in ("run", "dwell"))
        self._by_trip: np.ndarray | None = None
        self._ends = np.zeros(0, np.int64)

    def begins(self, trip: int) -> int:
        """When a trip begins by stop_times.txt (seconds of the service day), negative when it does not say."""
        return int(self._arrays["trip_start"][trip])

    def route(self, trip: int) -> int:
        """The route of a trip."""
        return int(self._arrays["trip_route"][trip])

    def runs(self, trip: int) -> list[int]:
        """When the runs of a trip begin, if it runs by frequency; else none."""
        if self._run is None:
            return []
        runs = np.unique(self._run[self._of(trip)])
        return [int(run) for run in runs if run >= 0]

    def rows(self, trip: int) -> list[int]:
        """The rows of a trip in the order of its stops; of one that runs by frequency those of its first run."""
        return list(map(int, self._once(trip)))

    def passes(self, trip: int) -> list[Pass]:
        """The stops of a trip in order, where their times are known."""
        arrays, rows = self._arrays, self._once(trip)
        stops = np.searchsorted(arrays["stop_first"], rows, side="right") - 1
        leaves = arrays["leave"][rows]
        if self._run is not None and len(rows) and self._run[rows[0]] >= 0:
            leaves = leaves - self._run[rows[0]] + self.begins(trip)
        dwells = np.zeros(len(rows), np.int32) if self._dwell is None else self._dwell[rows]
        columns = (arrays["sequence"][rows], stops, leaves, dwells)
        found = list(map(Pass, *(column.tolist() for column in columns)))
        low, high = np.searchsorted(arrays["pass_trip"], [trip, trip + 1])
        passed = (arrays[f"pass_{name}"][low:high].tolist() for name in ("sequence", "stop", "leave"))
        found += [Pass(sequence, stop, leave, 0) for sequence, stop, leave in zip(*passed, strict=True)]
        return sorted(found)

    def trip_at(self, route: int, direction: int | None, begins: int, day: date) -> int | None:
        """The only trip of a route that begins at this second of this service day; None when there is none, or two."""
        arrays, active = self._arrays, self._timetable.is_active(day)
        if active is None:
            return None
        found = (arrays["trip_route"] == route) & (arrays["trip_start"] == begins)
        if direction is not None:
            found &= arrays["trip_direction"] == direction
        trips = np.flatnonzero(found & active[arrays["trip_service"]])
        return int(trips[0]) if len(trips) == 1 else None

    def _once(self, trip: int) -> np.ndarray:
        rows = self._of(trip)
        if self._run is not None and len(rows):
            rows = rows[self._run[rows] == self._run[rows].min()]
        return rows[np.argsort(self._arrays["sequence"][rows], kind="stable")]

    def offset(self, trip: int, row: int) -> int:
        """When a row leaves by stop_times.txt, whatever run it is of."""
        run = self._timetable.run(row)
        return int(self._arrays["leave"][row]) - (0 if run is None else run - self.begins(trip))

    def _of(self, trip: int) -> np.ndarray:
        """All rows of a trip."""
        of = self._arrays["trip"]
        if self._by_trip is None:
            self._by_trip = np.argsort(of, kind="stable").astype(np.int32)
            self._ends = np.cumsum(np.bincount(of, minlength=self._timetable.trips))
        end = int(self._ends[trip])
        return self._by_trip[int(self._ends[trip - 1]) if trip else 0 : end]
