"""Calendars (iCalendar, RFC 5545): recurring events written out, with their exceptions and time zones.

Events from the beginning of today's local day until ``options.days`` (180) later become Event records. A time without a
zone is the calendar's own (``X-WR-TIMEZONE``), else Asia/Shanghai. Cancelled events are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from feeds.base.clock import SHANGHAI, local
from feeds.base.errors import FormatError
from feeds.formats._decode import decode
from feeds.formats._options import whole
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Event, stable_id
from feeds.source import Source

NAME = "ical"
_MOST_EVENTS = 5_000
_MOST_OCCURRENCES = 1_000
_OWN_ZONE = re.compile(r"^X-WR-TIMEZONE:(.+)$", re.MULTILINE | re.IGNORECASE)
_UID = re.compile(r"^UID[^:\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)
_TOO_OFTEN = re.compile(r"^RRULE[^:\n]*:[^\n]*FREQ=(SECONDLY|MINUTELY|HOURLY)", re.MULTILINE | re.IGNORECASE)


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Event records in order of their beginning. Raises FormatError when it is no calendar."""
    if not documents:
        raise FormatError("ical: no document")
    rows = Rows(source, Event, moment)
    day = local(moment).date()
    start = datetime.combine(day, time(), SHANGHAI)
    end = start + timedelta(days=max(1, min(whole(source, "days", 180), 800)))
    found: list[tuple[datetime, str, dict[str, Any]]] = []
    for document in documents:
        found += _occurrences(document, source, rows, start, end)
    found.sort(key=lambda item: (item[0], str(item[2]["id"])))
    for _, position, row in found:
        rows.add(position, row)
    return rows.parsed()


def _occurrences(
    document: Document, source: Source, rows: Rows, start: datetime, end: datetime
) -> Iterator[tuple[datetime, str, dict[str, Any]]]:
    """Every occurrence in the span. Events of one UID belong together: the later ones change single occurrences."""
    text = decode(document.body, declared=source.encoding, label=document.charset).replace("\r\n", "\n")
    text = text.replace("\r", "\n").replace("\x00", "")
    if not re.search(r"^BEGIN:V(CALENDAR|EVENT)\b", text, re.MULTILINE | re.IGNORECASE):
        raise FormatError("ical: neither VCALENDAR nor VEVENT")
    zones = "\n".join(islice(_blocks(text, "VTIMEZONE"), 200))
    own = _own_zone(text)
    for number, (position, events) in enumerate(_grouped(text)):
        if number >= _MOST_EVENTS:
            rows.problem(position, f"more than {_MOST_EVENTS} events: the rest was left out")
            return
        if _TOO_OFTEN.search(events):
            rows.refuse(position, "it recurs more often than daily", _UID.findall(events)[:1])
            continue
        try:
            yield from _written_out(position, zones, events, own, start, end)
        except Exception as error:
            # The libraries raise what their depths raise (ValueError, KeyError, TypeError, OverflowError, …); one
            # event must not cost the others.
            rows.refuse(position, f"the event cannot be read: {error}", _UID.findall(events)[:1])


def _grouped(text: str) -> Iterator[tuple[str, str]]:
    """(position, text) of the events of each UID."""
    groups: dict[str, tuple[str, list[str]]] = {}
    for number, event in enumerate(_blocks(text, "VEVENT"), 1):
        uid = _UID.search(event)
        key = uid[1].strip() if uid else f"\x00{number}"
        groups.setdefault(key, (f"event {number}", []))[1].append(event)
    for position, events in groups.values():
        yield position, "\n".join(events)


def _blocks(text: str, name: str) -> Iterator[str]:
    """The components of this name, whole; one that never ends is none. One pass, whatever the text."""
    lines: list[str] | None = None
    for line in text.split("\n"):
        mark = line.rstrip().upper()
        if mark == f"BEGIN:{name}":
            lines = []
        if lines is not None:
            lines.append(line)
            if mark == f"END:{name}":
                yield "\n".join(lines)
                lines = None


def _written_out(
    position: str, zones: str, events: str, own: tzinfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, str, dict[str, Any]]]:
    import icalendar
    import recurring_ical_events  # type: ignore[import-untyped]

    calendar = icalendar.Calendar.from_ical(
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//x//\n{zones}\n{events}\nEND:VCALENDAR\n"
    )
    for number, event in enumerate(recurring_ical_events.of(calendar).between(start, end)):
        if number >= _MOST_OCCURRENCES:
            return
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        row = _row(event, own)
        yield row["begins"], position, row


def _row(event: Any, own: tzinfo) -> dict[str, Any]:
    begins, ends = event.start, event.end
    all_day = not isinstance(begins, datetime)
    first, last = _moment(begins, own), _moment(ends, own)
    if all_day and last > first:
        # An all-day event's end is the day after it (RFC 5545, 3.6.1).
        last -= timedelta(seconds=1)
    return {
        "id": stable_id("event", str(event.get("UID", "")), str(event.get("SUMMARY", "")), first.isoformat()),
        "title": str(event.get("SUMMARY", "")),
        "begins": first,
        "ends": last if last > first else None,
        "all_day": all_day,
        "venue": str(event.get("LOCATION", "")),
        "organiser": _person(event.get("ORGANIZER")),
        "description": str(event.get("DESCRIPTION", "")),
        "category": _categories(event.get("CATEGORIES")),
        "contact": str(_first(event.get("CONTACT")) or ""),
    }


def _moment(value: date | datetime, own: tzinfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), own)
    return (value if value.tzinfo is not None else value.replace(tzinfo=own)).astimezone(UTC)


def _own_zone(text: str) -> tzinfo:
    match = _OWN_ZONE.search(text)
    try:
        return ZoneInfo(match[1].strip()) if match else SHANGHAI
    except (ValueError, OSError, KeyError):
        return SHANGHAI


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _person(value: Any) -> str:
    """An organiser's name; never the mail address."""
    value = _first(value)
    return str(value.params.get("CN", "")) if value is not None and hasattr(value, "params") else ""


def _categories(value: Any) -> str:
    value = _first(value)
    names = getattr(value, "cats", None)
    return str(names[0]) if names else ""


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """A calendar, or a component of one."""
    return Evidence(certainty=1.0) if glance.start[:7].upper() == "BEGIN:V" else None
