"""Dates that cannot be: a price of 2031, a vacancy of 2011, a programme in the next century.

Each kind has a span of days around now in which its records are of use to anybody. What lies beyond is a slip of the
source, or left over in it, and would stand on a screen as if it were so today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec

from feeds.base.clock import local
from feeds.formats.base import Parsed
from feeds.records import (
    AnyRecord,
    Article,
    BikeStation,
    Departure,
    Event,
    Forecast,
    Job,
    Meal,
    Price,
    Problem,
    Programme,
    Reading,
    ServiceRequest,
    Session,
)

_WEEK, _YEAR = 7, 366
_EVER = 200 * _YEAR

SPANS: Mapping[type, tuple[str, int, int]] = {
    # What is said to be so now was found out before now.
    Price: ("date", _YEAR, _WEEK),
    BikeStation: ("reported", _EVER, _WEEK),
    Job: ("published", 2 * _YEAR, _WEEK),
    ServiceRequest: ("requested", 20 * _YEAR, _WEEK),
    # News may be dated by the day that it is about.
    Article: ("published", _EVER, _YEAR),
    # A series goes back for years, and some are of what is expected.
    Reading: ("at", 50 * _YEAR, _YEAR),
    # What is past is shown nowhere; what is to come is announced for so long.
    Departure: ("departs", _EVER, _YEAR),
    Programme: ("begins", _EVER, _YEAR),
    Forecast: ("begins", _EVER, _YEAR),
    Session: ("date", _EVER, _YEAR),
    Meal: ("date", _EVER, _YEAR),
    Event: ("begins", _EVER, 10 * _YEAR),
}
"""The field of a kind's date, and how many days before and after today it may lie. Warnings are never refused for their
date: ``feeds.alerts`` knows what one that is dated ahead means."""


def without_misdated(parsed: Parsed, now: datetime) -> Parsed:
    """What was read, without the records whose date is none of their kind's: each is a problem instead."""
    today = local(now).date()
    kept: list[AnyRecord] = []
    problems: list[Problem] = []
    for record in parsed.records:
        problem = _problem(record, today)
        kept.append(record) if problem is None else problems.append(problem)
    if not problems:
        return parsed
    return msgspec.structs.replace(parsed, records=tuple(kept), problems=(*parsed.problems, *problems))


def _problem(record: AnyRecord, today: date) -> Problem | None:
    field, past, ahead = SPANS.get(type(record), ("", 0, 0))
    found = getattr(record, field) if field else None
    if not found:
        return None
    day = local(found).date().isoformat() if isinstance(found, datetime) else str(found)
    first, last = today - timedelta(days=past), today + timedelta(days=ahead)
    if first.isoformat() <= day <= last.isoformat():
        return None
    expected = f"a day not after {last}" if day > last.isoformat() else f"a day not before {first}"
    return Problem(position=_called(record), reason=f"{field}: found {day}, expected {expected}", value=day)


def _called(record: AnyRecord) -> str:
    """What people call a record, for an editor to find it."""
    names = ("title", "item", "name", "service", "line", "market", "place", "channel")
    return " ".join(filter(None, (getattr(record, name, "") for name in names)))[:200] or record.id
