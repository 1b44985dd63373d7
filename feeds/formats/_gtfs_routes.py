"""The lines of a GTFS archive as Route records: those that run today or later, as they run from today on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from feeds.formats._gtfs_table import Table
from feeds.formats._rows import Rows
from feeds.records import stable_id


class Days(NamedTuple):
    """The calendar: its first day (an ordinal), for each day which services run, and which of the days is today."""

    first: int
    active: np.ndarray
    today: int

    def last(self) -> np.ndarray:
        """For each service the last day on which it runs, -1 where there is none."""
        days = len(self.active) - 1 - np.argmax(self.active[::-1], axis=0)
        return np.where(self.active.any(axis=0), days, -1)


def add_routes(out: Rows, table: Table, columns: Mapping[str, Sequence[Any]], texts: Sequence[str], days: Days) -> None:
    """Add a record for each line and direction: its ends, its hours, its usual headway. Trips that are over count for
    none of them, and a line that has no others is quarantined with the day on which it ended."""
    routes, directions, services = (
        np.asarray(columns[name], dtype=np.int32) for name in ("trip_route", "trip_direction", "trip_service")
    )
    names = columns["stop_name"]
    trips, starts, first_stops, last_stops = table.runs()
    ends = days.last()[services[trips]]
    keys = routes[trips] * 2 + directions[trips]
    for key in np.unique(keys):
        route, direction = divmod(int(key), 2)
        ident = texts[columns["route_id"][route]]
        every = np.flatnonzero(keys == key)
        mine = every[ends[every] >= days.today]
        if not len(mine):
            out.refuse(f"route {ident}", _over(int(ends[every].max()), days), texts[columns["route_name"][route]])
            continue
        spans = first_stops[mine].astype(np.int64) << 32 | last_stops[mine]
        values, counts = np.unique(spans, return_counts=True)
        usual = int(values[np.argmax(counts)])
        out.add(
            f"route {ident}",
            {
                "id": stable_id("route", ident, str(direction)),
                "line": texts[columns["route_name"][route]],
                "origin": texts[names[usual >> 32]],
                "destination": texts[names[usual & 0xFFFFFFFF]],
                "first": _clock(int(starts[mine].min())),
                "last": _clock(int(starts[mine].max())),
                "headway": _headway(starts[mine], services[trips[mine]]),
            },
        )


def _over(last: int, days: Days) -> str:
    """Why a line is no current one."""
    if last >= 0:
        return f"its timetable ended on {date.fromordinal(days.first + last)}, expected trips of today or later"
    return "no day of the calendar has a trip of it, expected trips of today or later"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}"


def _headway(starts: np.ndarray, services: np.ndarray) -> str:
    """The usual gap between two starts on the busiest service (ISO 8601: ``PT20M``); "" for none."""
    values, counts = np.unique(services, return_counts=True)
    mine = np.sort(starts[services == values[np.argmax(counts)]])
    gaps = np.diff(np.unique(mine))
    if not len(gaps):
        return ""
    minutes = max(1, round(timedelta(seconds=int(np.median(gaps))).total_seconds() / 60))
    # From an hour on in tenths of one: nobody plans by the minute then.
    return f"PT{minutes if minutes < 60 else round(minutes / 6) * 6}M"
