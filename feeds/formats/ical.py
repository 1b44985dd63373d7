"""Calendars (iCalendar, RFC 5545): recurring events written out, with their exceptions and time zones.

Events from the beginning of today's local day until ``options.days`` (180) later become Event records. A time without a
zone is the calendar's own (``X-WR-TIMEZONE``), else the source's; one in a zone that is neither known (by IANA's or
Windows's name) nor described by the calendar is quarantined. Cancelled events are left out. An event may recur daily or
less often, at most 24 times a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from feeds.base.clock import local, wall
from feeds.base.errors import FormatError
from feeds.formats._ical_event import Group, grouped
from feeds.formats._ical_lines import events_of, unfolded
from feeds.formats._ical_rules import Unread
from feeds.formats._options import whole
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Event, stable_id
from feeds.source import Source

NAME = "ical"
_MOST_EVENTS, _MOST_DATES = 10_000, 50_000
_WORK = 6_000_000
"""So many microseconds the rules of a calendar may take to be written out, as they are estimated."""
_BEGINS = re.compile(r"^BEGIN:V(CALENDAR|EVENT)\b", re.MULTILINE | re.IGNORECASE)


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Event records in order of their beginning. Raises FormatError when it is no calendar."""
    if not documents:
        raise FormatError("ical: no document")
    rows = Rows(source, Event, moment)
    day = local(moment).date()
    start = datetime.combine(day, time(), wall())
    days = max(1, min(whole(source, "days", 180), 800))
    groups = [group for document in documents for group in _groups(document, source, rows, start, days)]
    near = _near(groups, days, source.max_items, rows)
    found: list[tuple[datetime, str, dict[str, Any]]] = []
    work = 0.0
    for group in groups:
        more = group.work(near / days)
        if work + more > _WORK:
            rows.refuse(group.position, "the calendar's rules take too long to be written out: left out", group.uid)
            continue
        work += more
        found += _written_out(group, rows, start, start + timedelta(days=near))
    found.sort(key=lambda item: (item[0], str(item[2]["id"])))
    for _, position, row in found:
        rows.add(position, row)
    return rows.parsed()


def _groups(document: Document, source: Source, rows: Rows, start: datetime, days: int) -> Iterator[Group]:
    """What can be read of the document, the events of one UID together; the rest is quarantined with its reason."""
    text = unfolded(document.body, declared=source.encoding, label=document.charset)
    if not _BEGINS.search(text):
        raise FormatError("ical: found neither BEGIN:VCALENDAR nor BEGIN:VEVENT, expected a calendar")
    events = dates = 0
    groups = grouped(events_of(text))
    for number, group in enumerate(groups):
        events, dates = events + group.events, dates + group.dates
        if events > _MOST_EVENTS or dates > _MOST_DATES:
            what = f"{_MOST_EVENTS} events" if events > _MOST_EVENTS else f"{_MOST_DATES} single dates"
            rows.problem(group.position, f"more than {what}: {len(groups) - number} events from here on were left out")
            return
        try:
            group.read(start, start + timedelta(days=days))
        except Unread as error:
            rows.refuse(group.position, str(error), group.uid)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError):
            # What the library makes of a property can be of any kind; one event must not cost the others.
            rows.refuse(group.position, "its dates or its rule are of no kind that a calendar has", group.uid)
        else:
            yield group


def _near(groups: Sequence[Group], days: int, most: int, rows: Rows) -> int:
    """How many days are read: fewer where there would be more occurrences than the source may bring."""
    count = sum(group.most for group in groups)
    if count > most:
        days = max(1, days * most // count)
        rows.problem("calendar", f"about {count} occurrences, more than {most}: only the next {days} days were read")
    return days


def _written_out(
    group: Group, rows: Rows, start: datetime, end: datetime
) -> list[tuple[datetime, str, dict[str, Any]]]:
    """Every occurrence in the span as (beginning, position, row)."""
    try:
        found = [_row(event) for event in group.between(start, end)]
    except Unread as error:
        rows.refuse(group.position, str(error), group.uid)
        return []
    return [(row["begins"], group.position, row) for row in found]


def _row(event: Any) -> dict[str, Any]:
    begins, ends = event.start, event.end
    all_day = not isinstance(begins, datetime)
    # A day is a day wherever the calendar is from.
    first, last = (datetime.combine(d, time(), wall()) if all_day else d for d in (begins, ends))
    if all_day and last > first:
        # An all-day event's end is the day after it (RFC 5545, 3.6.1).
        last -= timedelta(seconds=1)
    title = _text(event, "SUMMARY")
    first = first.astimezone(UTC)
    return {
        "id": stable_id("event", _text(event, "UID"), title, first.isoformat()),
        "title": title,
        "begins": first,
        "ends": last.astimezone(UTC) if last > first else None,
        "all_day": all_day,
        "venue": _text(event, "LOCATION"),
        "organiser": _person(event.get("ORGANIZER")),
        "description": _text(event, "DESCRIPTION"),
        "category": _categories(event.get("CATEGORIES")),
        "contact": _text(event, "CONTACT"),
    }


def _text(event: Any, name: str) -> str:
    """The property as text; the first of several (in several languages, say)."""
    return str(_first(event.get(name)) or "")


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
