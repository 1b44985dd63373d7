"""The events of one UID: held against the standard, settled in their zones, and written out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from feeds.base.clock import wall
from feeds.formats._ical_lines import Calendar, Event, parts
from feeds.formats._ical_rules import Rule, Unread, read_rule
from feeds.formats._ical_zones import zone_of

_DATED = re.compile(r"(DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)(?=[;:])", re.IGNORECASE)
_LISTED = re.compile(r"(EXDATE|RDATE)[;:]", re.IGNORECASE)
_ZONE = re.compile(r';\s*TZID\s*=\s*("[^"]*"|[^;]*)', re.IGNORECASE)
_ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
_TELLING = {*_ONCE, "RRULE", "EXDATE", "RDATE"}
_MOST_RULES = 5
_MOST_DATES = 5_000
_MOST_CHANGES = 1_000
_ONE_EVENT, _ONE_OCCURRENCE = 300, 50
_MARGIN = timedelta(days=2)
_FAR = timedelta(days=400)
_A_TIME = "a date or time such as 20261124T081200"
_EXPECTED = {"RRULE": "a rule such as FREQ=WEEKLY;BYDAY=MO", "DURATION": "a duration such as PT1H30M"}


class Group:
    """The events of one UID: the first and what changes single occurrences of it."""

    def __init__(self, uid: str, events: Sequence[Event]) -> None:
        self.uid = uid
        self.position = f"event {events[0].number}"
        self.most = 0
        """So many occurrences at most lie in the span that was read."""
        self.approach = 0
        """About how many microseconds the library takes to come to the span, from where the rules begin."""
        self.events = len(events)
        self.dates = sum(line.count(",") + 1 for event in events for line in event.lines if _LISTED.match(line))
        self._events = events
        self._read: Any = None

    def read(self, start: datetime, end: datetime) -> None:
        """Parse and check. Raises Unread."""
        import icalendar

        if self.events > _MOST_CHANGES or self.dates > _MOST_DATES:
            raise Unread(f"found {self.events} changes and {self.dates} single dates, expected at most "
                         f"{_MOST_CHANGES} and {_MOST_DATES}")  # fmt: skip
        if not all(event.whole for event in self._events):
            raise Unread("it is cut off: found no END:VEVENT")
        zones = _Zones()
        lines = [line for event in self._events for line in ("BEGIN:VEVENT", *_settled(event, zones), "END:VEVENT")]
        try:
            text = "\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//", *lines, "END:VCALENDAR", ""))
            calendar = icalendar.Calendar.from_ical(text)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError):
            raise Unread("its lines are no properties of a calendar") from None
        events = calendar.walk("VEVENT")
        for event in events:
            _check(event)
            zones.attach(event)
            _check_span(event)
        for event in events:
            self._bound(event, start, end, alone=len(events) == 1)
        self._read = calendar

    def _bound(self, event: Any, start: datetime, end: datetime, *, alone: bool) -> None:
        """Leave only rules that end in the span, and begin near it where that changes nothing."""
        begins = event["DTSTART"].dt
        length = min(_length(event), _FAR) if alone else _FAR
        first, last = (start - length - _MARGIN).date(), (end + _MARGIN + (timedelta() if alone else _FAR)).date()
        rules = _all(event, "RRULE")
        if len(rules) > _MOST_RULES:
            raise Unread(f"RRULE: found {len(rules)} rules, expected at most {_MOST_RULES}")
        kept: list[tuple[Any, Rule, int]] = []
        for raw in rules:
            rule = read_rule(raw, begins)
            found = rule.may_occur(first, last)
            if found:
                kept.append((raw, rule, found))
        event.pop("RRULE", None)
        for raw, _, _ in kept:
            event.add("RRULE", raw)
        if alone and len(kept) == 1 and kept[0][1].times is None and kept[0][1].freq in ("DAILY", "WEEKLY"):
            kept = [(raw, _moved(event, rule, first), found) for raw, rule, found in kept]
        self.most += 1 + sum(found for _, _, found in kept)
        self.approach += sum(rule.work(first) for _, rule, _ in kept)

    def work(self, share: float) -> float:
        """About how many microseconds it takes to write out this share of the span."""
        return _ONE_EVENT + self.approach + self.most * share * _ONE_OCCURRENCE

    def between(self, start: datetime, end: datetime) -> Iterator[Any]:
        """The occurrences from ``start`` until ``end`` that are not cancelled. Raises Unread."""
        import recurring_ical_events  # type: ignore[import-untyped]

        try:
            for event in recurring_ical_events.of(self._read).between(start, end):
                if str(event.get("STATUS", "")).upper() != "CANCELLED":
                    yield event
        except Exception:
            # The library raises what its depths raise (ValueError, KeyError, TypeError, OverflowError, …); one event
            # must not cost the others.
            raise Unread("its dates and its rule do not go together") from None


def grouped(events: Iterable[Event]) -> list[Group]:
    """The events of each UID together; one without a UID stands alone."""
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.value("UID") or f"\x00{event.number}", []).append(event)
    return [Group("" if uid.startswith("\x00") else uid, group) for uid, group in found.items()]


class _Zones:
    """The zones of a group's times, each under a token that no library knows and takes for a zone of its own."""

    def __init__(self) -> None:
        self._zones: list[tzinfo] = []
        self._tokens: dict[tuple[int, str], str] = {}

    def token(self, calendar: Calendar, name: str) -> str:
        """The token of the zone called ``name`` in this calendar; raises Unread when nobody knows it."""
        key = (id(calendar), name)
        if key not in self._tokens:
            zone = zone_of(name, calendar.zones) if name else wall()
            if zone is None:
                raise Unread(f"the time zone {name[:80]!r} is neither known nor described by the calendar")
            self._tokens[key] = f"X-{len(self._zones)}"
            self._zones.append(zone)
        return self._tokens[key]

    def attach(self, event: Any) -> None:
        """Put the parsed times of an event into their zones."""
        for name in ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"):
            for found in _all(event, name):
                token = str(found.params.pop("TZID", ""))
                if token.startswith("X-"):
                    zone = self._zones[int(token[2:])]
                    for value in getattr(found, "dts", (found,)):
                        value.dt = _in_zone(value.dt, zone)


def _in_zone(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, tuple):
        return tuple(_in_zone(part, zone) for part in value)
    return value.replace(tzinfo=zone) if isinstance(value, datetime) and value.tzinfo is None else value


def _settled(event: Event, zones: _Zones) -> Iterator[str]:
    """The event's lines, each time that is not UTC with the token of its zone. Where a line names none it is in the
    zone of the event's beginning, else in the calendar's."""
    own = event.calendar.zone
    for line in event.lines:
        if line[:7].upper() == "DTSTART":
            own = _zone_name(line) or ("UTC" if line.rstrip().upper().endswith("Z") else own)
    for line in event.lines:
        if _DATED.match(line):
            # A time holds no colon, but a zone's name that should stand in quotes may.
            head, _, value = line.rstrip().rpartition(":")
            name = _zone_name(line)
            head = _ZONE.sub("", head)
            if "T" in value.upper():
                head += f";TZID={zones.token(event.calendar, name or own)}"
            yield f"{head}:{value}"
        elif parts(line)[0]:
            yield line
    if event.calendar.method == "CANCEL":
        # RFC 5546, 3.2.5: the calendar takes its events back.
        yield "STATUS:CANCELLED"


def _zone_name(line: str) -> str:
    found = _ZONE.search(line.rpartition(":")[0])
    return found[1].strip('" ') if found else ""


def _all(event: Any, name: str) -> list[Any]:
    value = event.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def _check(event: Any) -> None:
    """Raises Unread where what tells when an event takes place is missing, double, or cannot be read."""
    for name, _ in event.errors:
        if name in _TELLING:
            found = _all(event, name)
            shown = str(found[-1])[:60] if found else ""
            raise Unread(f"{name}: found {shown!r}, expected {_EXPECTED.get(name, _A_TIME)}")
    if "DTSTART" not in event:
        raise Unread("without DTSTART, which says when it begins")
    for name in _ONCE:
        if len(_all(event, name)) > 1:
            raise Unread(f"{name}: found it {len(_all(event, name))} times, expected it once")
    if "EXRULE" in event:
        raise Unread("EXRULE: it excepts days by a rule, which RFC 5545 has done away with; expected EXDATE")


def _check_span(event: Any) -> None:
    """Raises Unread where an event ends before it begins, or in another kind of time, or centuries away."""
    for name, kind in (("DTSTART", date), ("DTEND", date), ("RECURRENCE-ID", date), ("DURATION", timedelta)):
        if name in event and not isinstance(event[name].dt, kind):
            raise Unread(f"{name}: found another kind of value, expected {_EXPECTED.get(name, _A_TIME)}")
    begins = event["DTSTART"].dt
    if not 1900 <= begins.year <= 2200:
        raise Unread(f"DTSTART: the year {begins.year} is out of range")
    if "DTEND" in event:
        ends = event["DTEND"].dt
        if isinstance(ends, datetime) != isinstance(begins, datetime):
            raise Unread("DTSTART and DTEND: found a day and a time, expected two days or two times")
        if ends < begins:
            raise Unread("DTEND: it ends before it begins")
    elif "DURATION" in event and not timedelta() <= event["DURATION"].dt:
        raise Unread("DURATION: it ends before it begins")


def _length(event: Any) -> timedelta:
    if "DTEND" in event:
        found: timedelta = event["DTEND"].dt - event["DTSTART"].dt
        return found
    return event["DURATION"].dt if "DURATION" in event else timedelta(days=1)


def _moved(event: Any, rule: Rule, first: date) -> Rule:
    """The rule begun later by whole intervals, before the day ``first``; the event with it."""
    step = rule.interval * (7 if rule.freq == "WEEKLY" else 1)
    days = ((first - rule.begins).days - 7) // step * step
    if days <= 0:
        return rule
    for name in ("DTSTART", "DTEND"):
        if name in event:
            event[name].dt += timedelta(days=days)
    return rule._replace(begins=rule.begins + timedelta(days=days))
