"""What leaves next at a stop: by predictions where there are any, else by the timetable; and as rows of a board.

Minutes are counted to what leaves soon. Where some of a stop's departures are predicted, the others stand by the clock:
the two are told apart by how they are written.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from channel.memory import Memory, Slot
from channel.views._amended import Amended
from channel.views._stops import StopPlace, StopPlaces, pickup_word
from channel.views._words import moment_word
from channel.views.content import BoardRow
from channel.words import Say
from feeds.realtime import Realtime
from feeds.timetable import Timetable
from feeds.trip_updates import Extra

_LONG = 90 * 60
"""Seconds; beyond this a clock time says more than minutes do."""
_HORIZON = timedelta(hours=20)
_ASKED = 20
"""How many departures are looked at for a stop: enough for two of each of its lines."""
_SAME_ROWS: Slot[BoardRow] = Slot("board rows", 8192)


class Way(NamedTuple):
    """A line, where it goes, and what people have to do to get on (usually nothing)."""

    line: str
    destination: str
    how: str = ""


class Leaving(NamedTuple):
    """A departure: seconds since 1970, which way, whether that is only about so, and whether it is foretold."""

    at: int
    way: Way
    about: bool
    foretold: bool


class Rows(NamedTuple):
    """The rows of a stop, and whether some of what they show is foretold."""

    rows: tuple[BoardRow, ...]
    foretold: bool


@dataclass(frozen=True)
class Service:
    """What all estates share at one minute. ``heard`` names everything that its rows are made from."""

    timetable: Timetable
    updates: Realtime | None
    as_of: str
    """Of which minute the predictions are."""
    exact: bool
    now: datetime
    links: dict[tuple[str, str], str]
    places: StopPlaces
    linked: dict[StopPlace, str]
    """The item of each place that has one."""
    heard: tuple[Hashable, ...]
    amended: Amended
    say: Say

    def leaving(self, stops: Sequence[int]) -> list[Leaving]:
        """The next departures at the stops; those that are cancelled, or of a hidden line, are left out."""
        asked = _ASKED
        while True:
            found, is_all = self._leaving(stops, asked)
            shown = [leaving for leaving in found if not self.amended.hides_line(leaving.way.line)]
            if is_all or len(shown) == len(found) or len(shown) >= _ASKED:
                return shown[:_ASKED]
            # A hidden line leaves no gap: others have the room that it takes.
            asked *= 2

    def _leaving(self, stops: Sequence[int], asked: int) -> tuple[list[Leaving], bool]:
        """The next ``asked`` departures that are not cancelled, and whether there are no more."""
        table = self.timetable
        if self.updates is None:
            calls = table.calls(stops, self.now, asked, _HORIZON)
            told = [Leaving(c.at, self._way(c.row), table.is_about(table.trip_of(c.row)), False) for c in calls]
            return told, len(calls) < asked
        found = []
        heard = self.updates.leaving(table, stops, self.now, asked)
        for leaving in heard:
            call = leaving.call
            if isinstance(call, Extra):
                found.append(Leaving(leaving.at, Way(call.line, call.destination), False, True))
            elif not leaving.cancelled:
                foretold = leaving.late is not None
                about = not foretold and table.is_about(table.trip_of(call.row))
                found.append(Leaving(leaving.at, self._way(call.row), about, foretold))
        return found, len(heard) < asked

    def _way(self, row: int) -> Way:
        return Way(*self.timetable.direction(row), pickup_word(self.timetable.pickup(row), self.say))


def rows_of(service: Service, stops: Sequence[int], most: int, memory: Memory) -> Rows:
    """A row for each line and direction at the stops, ``most`` of them, by its next departure."""
    now = int(service.now.timestamp())
    ways: dict[Way, list[Leaving]] = {}
    for leaving in service.leaving(stops):
        if leaving.at - now < _HORIZON.total_seconds():
            ways.setdefault(leaving.way, []).append(leaving)
    ordered = sorted(ways.values(), key=lambda found: (found[0].at, found[0].way))[:most]
    foretold = any(leaving.foretold for found in ordered for leaving in found[:2])
    rows = (_row(service, found, now, foretold=foretold) for found in ordered)
    # Most rows count on with the minute; those that do not are the ones of the last.
    return Rows(tuple(map(memory.of(_SAME_ROWS).one, rows)), foretold)


def _row(service: Service, found: Sequence[Leaving], now: int, *, foretold: bool) -> BoardRow:
    """A way by its next departures; ``foretold`` is whether some of the stop's are."""
    say, first = service.say, found[0]
    line, destination, how = first.way
    to = service.links.get((line, destination), "")
    note = service.amended.note_of_line(line)
    if first.at - now > _LONG or how:
        reason = _reason(first, service)
        return BoardRow(line=line, destination=destination, at=_clock(first, service), reason=reason, to=to, note=note)
    then = ""
    if len(found) > 1:
        far = _by_clock(found[1], now, foretold=foretold)
        then = _clock(found[1], service) if far else str((found[1].at - now) // 60)
    if _by_clock(first, now, foretold=foretold):
        return BoardRow(line=line, destination=destination, at=_clock(first, service), then=then, to=to, note=note)
    minutes = (first.at - now) // 60
    about = first.about or (service.updates is not None and not service.exact)
    return BoardRow(
        line=line,
        destination=destination,
        minutes="" if minutes < 1 else say("about {minutes}", minutes=minutes) if about else str(minutes),
        then=then,
        soon=minutes < 1,
        to=to,
        note=note,
    )


def _by_clock(leaving: Leaving, now: int, *, foretold: bool) -> bool:
    """Whether a departure is told by the clock: one that is far away, and among predictions one that is none."""
    return leaving.at - now > _LONG or (foretold and not leaving.foretold)


def _clock(leaving: Leaving, service: Service) -> str:
    """``08:21``, with a word for tomorrow."""
    say, moment = service.say, datetime.fromtimestamp(leaving.at, UTC)
    clock = say.clock(moment)
    if say.day_of(moment) == say.day_of(service.now):
        return clock
    return say.within("a narrow cell", "tomorrow {time}", time=clock)


def _reason(leaving: Leaving, service: Service) -> str:
    """What stands in place of minutes: where it goes, when, and what people have to do."""
    say, way = service.say, leaving.way
    towards = way.destination and say("bound for {destination}", destination=way.destination)
    at = moment_word(datetime.fromtimestamp(leaving.at, UTC), service.now, say)
    return say.clauses((towards, say("leaves {time}", time=at), way.how))
