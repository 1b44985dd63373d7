"""The stop times of a GTFS archive as departures: gaps between times filled, frequencies written out as runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from feeds.base.errors import FormatError
from feeds.formats._gtfs import UNKNOWN, StopTimes

_MOST_RUNS = 3_000_000
_NO_PICKUP = 1


class Headway(NamedTuple):
    """A row of frequencies.txt: runs from ``first`` on, before ``until``, ``every`` so many seconds; whether they leave
    at those times (``exact``) or only so often."""

    first: int
    until: int
    every: int
    exact: bool


class Table:
    """Stop times sorted by trip and sequence. A row is a departure: a run of a trip that takes people on at a stop.

    ``run`` is when the run begins that a row is of (seconds of the service day), UNKNOWN where the trip runs once; None
    where all do. ``dwell`` is how many seconds before it leaves a vehicle arrives, None where none waits anywhere.
    """

    def __init__(self, times: StopTimes, frequencies: Mapping[int, list[Headway]]) -> None:
        trip = np.frombuffer(times.trip, dtype=np.int32) if times.trip else np.zeros(0, np.int32)
        sequence = np.frombuffer(times.sequence, dtype=np.int32) if times.trip else trip
        order = np.lexsort((sequence, trip))

        def column(values: object) -> np.ndarray:
            return np.frombuffer(values, dtype=np.int32)[order] if times.trip else trip  # type: ignore[call-overload]

        self._all_trip, self._all_stop = trip[order], column(times.stop)
        leave = column(times.leave)
        arrive = leave if times.arrive is None else column(times.arrive)
        self._all_leave = _filled(leave, arrive, self._all_trip)
        self._all_sequence = sequence[order]
        self.timeless = int(np.count_nonzero(self._all_leave < 0))
        """Stop times before the first or after the last time of their trip, which nobody knows."""
        ends = np.flatnonzero(np.diff(self._all_trip)) if len(trip) else np.zeros(0, np.int64)
        self._firsts = np.concatenate([[0], ends + 1]) if len(trip) else ends
        self._lasts = np.concatenate([ends, [len(trip) - 1]]) if len(trip) else ends
        self._start_of = dict(
            zip(self._all_trip[self._firsts].tolist(), self._all_leave[self._firsts].tolist(), strict=True)
        )
        # Nobody leaves from a trip's last stop, nor where nobody may get on.
        boarding = self._all_leave >= 0
        boarding[self._lasts] = False
        pickup = np.frombuffer(times.pickup, dtype=np.int8)[order] if times.trip else np.zeros(0, np.int8)
        boarding &= pickup != _NO_PICKUP
        rows_ = np.flatnonzero(boarding)
        self._passed = np.flatnonzero(~boarding & (self._all_leave >= 0))
        self.trip, self.stop, self.leave = self._all_trip[rows_], self._all_stop[rows_], self._all_leave[rows_]
        self.head, self.sequence = column(times.head)[rows_], self._all_sequence[rows_]
        self.pickup = pickup[rows_] if pickup.any() else None
        """2 by telephone, 3 by asking the driver; None where everybody just gets on."""
        self.dwell = (leave - arrive)[rows_] if times.arrive is not None else None
        self.run: np.ndarray | None = None
        known = {trip: spans for trip, spans in frequencies.items() if trip in self._start_of}
        self._frequencies = {trip: spans for trip, spans in known.items() if self._start_of[trip] >= 0}
        self.startless = sorted(known.keys() - self._frequencies.keys())
        """Trips that run by frequency and whose first stop has no time, so that no run of theirs can be told."""
        if known:
            self._write_out(list(known))

    def starts(self, trips: int) -> np.ndarray:
        """When each of so many trips begins, as stop_times.txt has it; UNKNOWN where it does not say."""
        found = np.full(trips, UNKNOWN, dtype=np.int32)
        found[self._all_trip[self._firsts]] = self._all_leave[self._firsts]
        return found

    def last_stop(self, trips: np.ndarray) -> np.ndarray:
        """The last stop of each trip."""
        where = np.searchsorted(self._all_trip[self._lasts], trips)
        where = np.minimum(where, max(0, len(self._lasts) - 1))
        return np.asarray(self._all_stop[self._lasts[where]])

    def passed(self) -> Mapping[str, np.ndarray]:
        """Trip, stop, sequence and time of the stops where nobody gets on; a trip's last is always one."""
        return {
            "pass_trip": self._all_trip[self._passed], "pass_stop": self._all_stop[self._passed],
            "pass_sequence": self._all_sequence[self._passed], "pass_leave": self._all_leave[self._passed],
        }  # fmt: skip

    def runs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(trip, start, first stop, last stop) of every run of every trip."""
        trips, starts, places = [], [], []
        for place, trip in enumerate(self._all_trip[self._firsts].tolist()):
            for start in self._starts(trip):
                trips.append(trip)
                starts.append(start)
                places.append(place)
        at = np.asarray(places, dtype=np.int64)
        return (
            np.asarray(trips, dtype=np.int64), np.asarray(starts, dtype=np.int64),
            self._all_stop[self._firsts[at]], self._all_stop[self._lasts[at]],
        )  # fmt: skip

    def _starts(self, trip: int) -> list[int]:
        spans = self._frequencies.get(trip)
        if spans is None:
            return [self._start_of[trip]] if self._start_of[trip] >= 0 else []
        return sorted({start for span in spans for start in range(span.first, span.until, span.every)})

    def _write_out(self, trips: list[int]) -> None:
        """Replace the pattern of each of ``trips``, which run by frequency, by its runs."""
        once = ~np.isin(self.trip, trips)
        names = [name for name in _COLUMNS if getattr(self, name) is not None]
        parts = {name: [getattr(self, name)[once]] for name in names}
        runs = [np.full(np.count_nonzero(once), UNKNOWN, dtype=np.int32)]
        count = 0
        for trip, spans in self._frequencies.items():
            mine = np.flatnonzero(self.trip == trip)
            count += len(mine) * sum(len(range(span.first, span.until, span.every)) for span in spans)
            if count > _MOST_RUNS:
                raise FormatError(f"gtfs: frequencies write out to more than {_MOST_RUNS} departures")
            starts = np.asarray(self._starts(trip), dtype=np.int32)
            for name in names:
                parts[name].append(np.tile(getattr(self, name)[mine], len(starts)))
            begun = np.repeat(starts, len(mine))
            parts["leave"][-1] = parts["leave"][-1] + (begun - np.int32(self._start_of[trip]))
            runs.append(begun)
        for name in names:
            setattr(self, name, np.concatenate(parts[name]))
        self.run = np.concatenate(runs)


_COLUMNS = ("trip", "stop", "leave", "head", "sequence", "pickup", "dwell")


def _filled(leave: np.ndarray, arrive: np.ndarray, trip: np.ndarray) -> np.ndarray:
    """Times between two timed stops of a trip (GTFS allows them to be empty), spread evenly from the departure of the
    one to the arrival of the other; UNKNOWN where there are no two."""
    known = np.flatnonzero(leave >= 0)
    if len(known) == len(leave) or not len(known):
        return leave.copy()
    gaps = np.flatnonzero(leave < 0)
    at = np.searchsorted(known, gaps)
    inside = (at > 0) & (at < len(known))
    gaps, at = gaps[inside], at[inside]
    before, after = known[at - 1], known[at]
    ours = (trip[before] == trip[gaps]) & (trip[after] == trip[gaps])
    gaps, before, after = gaps[ours], before[ours], after[ours]
    share = (gaps - before) / (after - before)
    filled = leave.copy()
    filled[gaps] = leave[before] + (share * (arrive[after] - leave[before])).astype(np.int32)
    return filled
