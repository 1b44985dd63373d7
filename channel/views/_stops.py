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
from channel.views._amended import Amended
from channel.views._near import MOST_ASKED
from channel.views._words import day_word, full_hour, moment_word
from channel.views.content import Cell, Day, Empty, Item, SourceLine, TimetableRow
from channel.views.content import Timetable as Hours
from channel.words import Say
from feeds.records import stable_id
from feeds.text import clean
from feeds.timetable import Timetable

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
_EVEN = 3
"""Minutes by which intervals may differ and still be called one."""
_CALL, _TELL = 2, 3
"""GTFS, pickup_type: after a call, after a word to the driver."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(hours=24)
_NONE = Cell(text="—", tone="text2")


class StopPlace(NamedTuple):
    """A stop as people know it, with the stops that it is in the timetable; ``id`` is that of its item, ``wheelchair``
    whether one gets on in it: None where that does not hold for all stops, or nobody knows. ``note`` is an editor's."""

    id: str
    name: str
    stops: tuple[int, ...]
    wheelchair: bool | None = None
    note: str = ""


class StopPlaces:
    """The places of a timetable, but for those that editors hide. A stop is in one place, whoever asks for it."""

    def __init__(self, timetable: Timetable, amended: Amended) -> None:
        self._timetable, self._amended = timetable, amended
        self._names: dict[str, list[int]] = {}
        for stop, _ in timetable.nearest(0, 0, sys.maxsize, _EVERYWHERE):
            self._names.setdefault(timetable.stop_name(stop), []).append(stop)
        self._hidden = frozenset(
            stop for name, stops in self._names.items() if amended.hides_stop(name) for stop in stops
        )
        self._places: dict[int, StopPlace] = {}
        self._asked: Shelf[tuple[tuple[StopPlace, float], ...]] = Shelf(MOST_ASKED)

    def near(self, lon: float, lat: float, most: int, within: float) -> tuple[tuple[StopPlace, float], ...]:
        """At most ``most`` places with the metres to their nearer stop, nearest first; remembered as long as the
        timetable holds."""
        return self._asked.get((lon, lat, most, within), lambda: self._near(lon, lat, most, within))

    def _near(self, lon: float, lat: float, most: int, within: float) -> tuple[tuple[StopPlace, float], ...]:
        found: dict[StopPlace, float] = {}
        for stop, metres in self._timetable.nearest(lon, lat, 6 * most + len(self._hidden), within):
            if stop not in self._hidden:
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
                wheelchair = known.pop() if len(known) == 1 else None
                note = self._amended.note_of_stop(name)
                yield StopPlace(stable_id("stop", key), clean(name, limit=_LONGEST) or key, stops, wheelchair, note)


def wheelchair_word(place: StopPlace, say: Say) -> str:
    """What is known of getting on in a wheelchair."""
    if place.wheelchair is None:
        return ""
    return say("step-free") if place.wheelchair else say("not step-free")


def pickup_word(pickup: int, say: Say) -> str:
    """What people have to do where they do not just get on (pickup_type of stop_times.txt)."""
    if pickup == _CALL:
        return say("call ahead to get on")
    return say("tell the driver to get on") if pickup == _TELL else ""


def items(
    timetable: Timetable,
    places: Iterable[StopPlace],
    links: Mapping[tuple[str, str], str],
    moment: datetime,
    sources: tuple[SourceLine, ...],
    amended: Amended,
    say: Say,
) -> tuple[Item, ...]:
    """The timetables of ``places`` from the hour of ``moment`` on. ``links`` are the pages of lines and directions."""
    hour = begun(moment, say)
    return tuple(
        Item(
            id=place.id,
            title=place.name,
            layout="timetable",
            body=_timetable(timetable, place, links, hour, amended, say),
            sources=sources,
        )
        for place in places
    )


def begun(moment: datetime, say: Say) -> datetime:
    """When the hour of ``moment`` began on the channel's wall clock."""
    return say.local(moment).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _timetable(
    timetable: Timetable,
    place: StopPlace,
    links: Mapping[tuple[str, str], str],
    hour: datetime,
    amended: Amended,
    say: Say,
) -> Hours:
    start = int(hour.timestamp())
    lines: dict[tuple[str, str, str, bool], dict[int, set[int]]] = {}
    hidden: dict[str, None] = {}
    for call in timetable.calls(place.stops, hour, sys.maxsize, _DAY):
        ahead, second = divmod(call.at - start, 3600)
        if _HOUR * ahead < _DAY:
            how = pickup_word(timetable.pickup(call.row), say)
            way = (*timetable.direction(call.row), how, timetable.is_about(timetable.trip_of(call.row)))
            if amended.hides_line(way[0]):
                hidden[way[0]] = None
                continue
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
            name=line,
            under=_under(destination, how, say),
            cells=tuple(_cell(sorted(times.get(ahead, ())), say, about=about) for ahead in hours),
            later=_later(times, hour, say),
            to=links.get((line, destination), ""),
        )
        for (line, destination, how, about), times in ordered
    )
    there = (*dict.fromkeys(row.name for row in rows), *hidden)
    return Hours(
        corner=say("by the timetable"),
        days=_heads(hours, hour, say),
        rows=rows,
        notes=amended.notes(timetable.stop_name(place.stops[0]), there, say),
        empty=_empty(rows, say),
    )


def _empty(rows: Sequence[TimetableRow], say: Say) -> Empty | None:
    if rows:
        return None
    hint = say("By the timetable; what leaves will stand here")
    return Empty(sentence=say("Nothing leaves this stop within 24 hours"), hint=hint)


def _under(destination: str, how: str, say: Say) -> str:
    towards = destination and say("to {destination}", destination=destination)
    return " ".join(filter(None, (towards, how)))


def _later(times: Mapping[int, set[int]], hour: datetime, say: Say) -> str:
    """When the first leaves, for a table whose hours end before that."""
    first = min(times)
    at = hour + _HOUR * first + timedelta(minutes=min(times[first]))
    return say("leaves {time}", time=moment_word(at, hour, say))


def _heads(hours: Sequence[int], hour: datetime, say: Say) -> tuple[Day, ...]:
    """``14:00``; with the day below where not all are of today."""
    starts = [hour + _HOUR * ahead for ahead in hours]
    days = [day_word(start, hour, say) for start in starts]
    several = len(set(days)) > 1
    return tuple(
        Day(
            label=_hour(say.local(start).hour, say),
            date=day if several else "",
            today=start == hour,
        )
        for start, day in zip(starts, days, strict=True)
    )


def _cell(minutes: Sequence[int], say: Say, *, about: bool = False) -> Cell:
    """``03 40``; many are ``every 8 min``, ``about every 8 min`` when intervals differ, and counted (``6 runs``) when
    the hour has a long one. Minutes are not told one by one of what runs only ``about`` every so often."""
    if not minutes:
        return _NONE
    if len(minutes) == 1 or (len(minutes) <= _SPELT and not about):
        told = " ".join(f"{minute:02d}" for minute in minutes)
        return Cell(text=say("about {minutes}", minutes=told) if about else told)
    steps = [later - minute for minute, later in pairwise(minutes)]
    mean = sum(steps) / len(steps)
    if max(minutes[0], *steps, 60 - minutes[-1]) > 2 * mean:
        return Cell(text=_count(len(minutes), say, about=about))
    if max(steps) - min(steps) <= _EVEN and not about:
        return Cell(text=say("every {minutes} min", minutes=round(mean)))
    return Cell(text=say("about every {minutes} min", minutes=round(mean)))


def _count(runs: int, say: Say, *, about: bool) -> str:
    if about:
        return say.plural("about {n} run", "about {n} runs", runs)
    return say.plural("{n} run", "{n} runs", runs)


def _in_order(line: str, destination: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Lines by their numbers: 9路 before 11路, and both before those with a name."""
    parts = re.findall(r"[0-9]{1,9}|[^0-9]+", line)
    return [(False, int(part), "") if part[0] in "0123456789" else (True, 0, part) for part in parts], destination


def _hour(hour: int, say: Say) -> str:
    return full_hour(hour, say.within("head of a column", "{hour}:00", hour=hour), say)
