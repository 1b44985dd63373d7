"""Stops as people know them: those of one name that lie together are one place, with one timetable by the hour.

Such a timetable says what leaves from the hour that has begun on, so it stays the same until the next one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from channel.memory import Shelf
from channel.views._near import MOST_ASKED
from channel.views._words import clock_word, day_word
from channel.views.content import Cell, Day, Empty, Item, SourceLine, TimetableRow
from channel.views.content import Timetable as Hours
from feeds.base.clock import local
from feeds.records import stable_id
from feeds.text import clean
from feeds.timetable import PICKUPS, Timetable

MOST_STOPS = 1000
"""How many places of a page have a timetable of their own."""
_TOGETHER = 400.0
"""Metres within which stops of one name are the sides of one road."""
_EVERYWHERE = 10.0**9
_LONGEST = 40
"""Characters of a name."""
_ACROSS = 8
_SURE = 3
"""Hours that stand side by side on every canvas."""
_SPELT = 3
"""So many departures of an hour are told one by one."""
_WHEELCHAIR = {True: "无障碍", False: "轮椅不便", None: ""}
"""Said where it holds for all stops of a place."""
_EVEN = 3
"""Minutes by which intervals may differ and still be called one."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(hours=24)
_NONE = Cell(text="—", tone="text2")


class StopPlace(NamedTuple):
    """A stop as people know it, with the stops that it is in the timetable; ``id`` is that of its item, ``wheelchair``
    what is known of getting on in one, in a word."""

    id: str
    name: str
    stops: tuple[int, ...]
    wheelchair: str = ""


class StopPlaces:
    """The places of a timetable. A stop is in one place, whoever asks for it."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._names: dict[str, list[int]] = {}
        for stop, _ in timetable.nearest(0, 0, sys.maxsize, _EVERYWHERE):
            self._names.setdefault(timetable.stop_name(stop), []).append(stop)
        self._places: dict[int, StopPlace] = {}
        self._asked: Shelf[tuple[tuple[StopPlace, float], ...]] = Shelf(MOST_ASKED)

    def near(self, lon: float, lat: float, most: int, within: float) -> tuple[tuple[StopPlace, float], ...]:
        """At most ``most`` places with the metres to their nearer stop, nearest first; remembered as long as the
        timetable holds."""
        return self._asked.get((lon, lat, most, within), lambda: self._near(lon, lat, most, within))

    def _near(self, lon: float, lat: float, most: int, within: float) -> tuple[tuple[StopPlace, float], ...]:
        found: dict[StopPlace, float] = {}
        for stop, metres in self._timetable.nearest(lon, lat, 6 * most, within):
            found.setdefault(self._place(stop), metres)
        return tuple(found.items())[:most]

    def _place(self, stop: int) -> StopPlace:
        if stop not in self._places:
            for place in self._together(self._timetable.stop_name(stop)):
                self._places.update(dict.fromkeys(place.stops, place))
        return self._places[stop]

    def _together(self, name: str) -> Iterable[StopPlace]:
        """The stops of a name by place: each with all that lie around its first, in the order of their GTFS ids, so
        that ids of items outlive the order of the feed."""
        left = dict(sorted((self._timetable.stop_key(stop), stop) for stop in self._names[name]))
        free = set(left.values())
        for key, first in left.items():
            if first in free:
                around = self._timetable.nearest(*self._timetable.position(first), sys.maxsize, _TOGETHER)
                stops = tuple(sorted(stop for stop, _ in around if stop in free))
                free.difference_update(stops)
                known = {self._timetable.wheelchair(stop) for stop in stops}
                word = _WHEELCHAIR[known.pop()] if len(known) == 1 else ""
                yield StopPlace(stable_id("stop", key), clean(name, limit=_LONGEST) or key, stops, word)


def items(
    timetable: Timetable,
    places: Iterable[StopPlace],
    links: Mapping[tuple[str, str], str],
    moment: datetime,
    sources: tuple[SourceLine, ...],
) -> tuple[Item, ...]:
    """The timetables of ``places`` from the hour of ``moment`` on. ``links`` are the pages of lines and directions."""
    hour = begun(moment)
    return tuple(
        Item(
            id=place.id,
            title=place.name,
            layout="timetable",
            body=_timetable(timetable, place, links, hour),
            sources=sources,
        )
        for place in places
    )


def begun(moment: datetime) -> datetime:
    """When the hour of ``moment`` began on the district's wall clock."""
    return local(moment).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _timetable(timetable: Timetable, place: StopPlace, links: Mapping[tuple[str, str], str], hour: datetime) -> Hours:
    start = int(hour.timestamp())
    lines: dict[tuple[str, str, str, bool], dict[int, set[int]]] = {}
    for call in timetable.calls(place.stops, hour, sys.maxsize, _DAY):
        ahead, second = divmod(call.at - start, 3600)
        if _HOUR * ahead < _DAY:
            how = PICKUPS.get(timetable.pickup(call.row), "")
            way = (*timetable.direction(call.row), how, timetable.is_about(timetable.trip_of(call.row)))
            lines.setdefault(way, {}).setdefault(ahead, set()).add(second // 60)
    # Hours of the night in which nothing leaves would take the place of the morning's.
    hours = sorted({0}.union(*lines.values()))[:_ACROSS]
    soon = hours[:_SURE]
    # What leaves only later (a line of the night, seen by day) stands below the others.
    ordered = sorted(
        lines.items(), key=lambda entry: (min(entry[1]) not in soon, *_in_order(*entry[0][:2]), *entry[0][2:])
    )
    rows = tuple(
        TimetableRow(
            name=" ".join(filter(None, (line, destination and f"往{destination}", how))),
            cells=_cells(times, hours, hour, about=about),
            to=links.get((line, destination), ""),
        )
        for (line, destination, how, about), times in ordered
    )
    empty = None if rows else Empty(sentence="这一站 24 小时内没有车", hint="按时刻表，有了班次就会显示在这里")
    return Hours(corner="按时刻表", days=_heads(hours, hour), rows=rows, empty=empty)


def _heads(hours: Sequence[int], hour: datetime) -> tuple[Day, ...]:
    """``14 点``; with the day below where not all are of today."""
    starts = [hour + _HOUR * ahead for ahead in hours]
    days = [day_word(start, hour) for start in starts]
    several = len(set(days)) > 1
    return tuple(
        Day(label=f"{local(start).hour} 点", date=day if several else "", today=start == hour)
        for start, day in zip(starts, days, strict=True)
    )


def _cells(times: Mapping[int, set[int]], hours: Sequence[int], hour: datetime, *, about: bool) -> tuple[Cell, ...]:
    """What leaves in each hour; what leaves only later stands in the first cell, by the clock."""
    cells = [_cell(sorted(times.get(ahead, ())), about=about) for ahead in hours]
    first = min(times)
    if first not in hours[:_SURE]:
        at = hour + _HOUR * first + timedelta(minutes=min(times[first]))
        tomorrow = day_word(at, hour) != "今天"
        cells[0] = Cell(text=f"{'明' if tomorrow else ''}{clock_word(at)}", tone="text2")
    return tuple(cells)


def _cell(minutes: Sequence[int], *, about: bool = False) -> Cell:
    """``03 40``; many are ``每 8 分``, or ``约每 8 分`` when intervals differ, and counted (``6 班``) when the hour has
    a long one. Minutes are not told one by one of what runs only ``about`` every so often."""
    if not minutes:
        return _NONE
    if len(minutes) == 1 or (len(minutes) <= _SPELT and not about):
        return Cell(text=("约 " if about else "") + " ".join(f"{minute:02d}" for minute in minutes))
    steps = [later - minute for minute, later in pairwise(minutes)]
    mean = sum(steps) / len(steps)
    if max(minutes[0], *steps, 60 - minutes[-1]) > 2 * mean:
        return Cell(text=f"{'约 ' if about else ''}{len(minutes)} 班")
    even = max(steps) - min(steps) <= _EVEN and not about
    return Cell(text=f"{'' if even else '约'}每 {round(mean)} 分")


def _in_order(line: str, destination: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Lines by their numbers: 9路 before 11路, and both before those with a name."""
    parts = re.findall(r"[0-9]{1,9}|[^0-9]+", line)
    return [(False, int(part), "") if part[0] in "0123456789" else (True, 0, part) for part in parts], destination
