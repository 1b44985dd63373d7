"""What is over: a feed that reads well and of which a channel would show nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

from feeds.base.clock import as_utc, local, wall
from feeds.records import (
    Alert,
    AnyRecord,
    Article,
    Departure,
    Event,
    Forecast,
    Meal,
    Programme,
    Session,
)

_SPANS = {"now": timedelta(hours=3), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_DAY = timedelta(days=1)
_End: TypeAlias = Callable[[Any], datetime | None]


def over(records: Sequence[AnyRecord], now: datetime) -> str:
    """That all records are past and when the last ends; "" when one is not, or none has an end."""
    ends = []
    for record in records:
        if isinstance(record, Alert) and record.message == "Cancel":
            continue
        find = _ENDS.get(type(record))
        end = find(record) if find is not None else None
        if end is None or end > now:
            return ""
        ends.append(end)
    return said(_WORDS.get(type(records[0]), "records"), max(ends)) if ends else ""


def said(what: str, last: date) -> str:
    """The note on what is all over; ``last`` is a moment, or a last day."""
    day = local(last) if isinstance(last, datetime) else last
    return f"all {what} are past (the last ends on {day:%Y-%m-%d}): the channel would show none"


def end_of_event(event: Event) -> datetime:
    """When an event is over; one without an end is seen until its day is."""
    return as_utc(event.ends) if event.ends else _end_of_day(local(event.begins).date())


def _end_of_day(day: date) -> datetime:
    # The last moment, so that the day it is printed as is the day itself.
    return datetime.combine(day, time(), wall()).astimezone(UTC) + _DAY - timedelta(seconds=1)


def _of_date(record: Session | Meal) -> datetime | None:
    try:
        return _end_of_day(date.fromisoformat(record.date))
    except ValueError:
        return None


def _of_forecast(forecast: Forecast) -> datetime:
    return as_utc(forecast.begins) + _SPANS[forecast.span] - timedelta(seconds=1)


_ENDS: dict[type, _End] = {
    Alert: lambda alert: alert.expires or alert.lapses,
    Article: lambda article: article.ends,
    Departure: lambda departure: departure.expected or departure.departs,
    Event: end_of_event,
    Forecast: _of_forecast,
    Meal: _of_date,
    Programme: lambda programme: programme.ends,
    Session: _of_date,
}
_WORDS: dict[type, str] = {
    Alert: "warnings", Article: "notices", Departure: "departures", Event: "events", Forecast: "forecasts",
    Meal: "meals", Programme: "programmes", Session: "sittings",
}  # fmt: skip
