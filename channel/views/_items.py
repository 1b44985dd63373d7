"""Records with a page of their own: each kind of record as prose and facts, with nothing of any estate in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from typing import Any

import msgspec

from channel.views import _hours
from channel.views._codes import fact_word, headway_word
from channel.views._state import Now
from channel.views._warnings import steps
from channel.views._words import full_day, is_all_day, times_word, when_facts
from channel.views.content import Article as Prose
from channel.views.content import Item, Key, Occasion, Picture, Sheet
from channel.words import N_, Say
from feeds.records import (
    Alert,
    Article,
    BikeStation,
    Event,
    Job,
    Meal,
    Place,
    Programme,
    Record,
    Route,
    ServiceRequest,
    Session,
)

MOST_ITEMS = 200
"""How many records of a page have a page of their own."""
_MOST_FACTS = 5
"""What the panel beside the prose holds."""
_MOST_UNDER = 2
"""What it holds under a picture."""
_WIDEST = 11.0
"""Han in a line of that panel; a digit or Latin letter is a little more than half of one."""
Pairs = list[tuple[str, str]]


def items_of(
    records: Iterable[Record],
    title: str,
    say: Say,
    layout: str = "article",
    labels: Mapping[str, str] | None = None,
    most: int = MOST_ITEMS,
) -> tuple[Item, ...]:
    """An item for each of the first ``most`` records that have one to show; ``title`` stands in their header.

    ``labels`` gives facts other names than their own, in the channel's words: ``{"Capacity": "Beds"}``.
    """
    made = []
    for record in records:
        body = prose_of(record, labels or {}, say)
        if body is not None:
            event = occasion(record, say) if isinstance(record, Event) else None
            made.append(Item(id=record.id, title=title, layout=layout, body=body, occasion=event))
        if len(made) >= most:
            break
    return tuple(made)


def occasion(event: Event, say: Say) -> Occasion:
    """The event as a calendar keeps it."""
    whole = is_all_day(event, say)
    return Occasion(title=event.title, begins=event.begins, ends=event.ends, all_day=whole, venue=event.venue)


def in_order(items: Sequence[Item], number: str, say: Say) -> tuple[Item, ...]:
    """Items of page ``number`` that lead on to each other, as their list has them."""
    if len(items) < 2:
        return tuple(items)
    previous, previously = say.within("of a list", "Previous"), say.within("of a list", "Prev")
    following, short = say.within("of a list", "Next"), say.within("of a list, short", "Next")
    before = [None, *(Key(label=previous, to=f"{number}.{item.id}", short=previously) for item in items[:-1])]
    after = [*(Key(label=following, to=f"{number}.{item.id}", short=short) for item in items[1:]), None]
    return tuple(
        msgspec.structs.replace(item, place=f"{place}/{len(items)}", red=red, green=green)
        for place, (item, red, green) in enumerate(zip(items, before, after, strict=True), 1)
    )


def prose_of(record: Record, labels: Mapping[str, str], say: Say) -> Prose | None:
    """The record as prose and facts; None for a kind that has no more to say than its row.

    A fact that its panel could not show whole becomes a sentence of the prose.
    """
    maker = _MAKERS.get(type(record))
    if maker is None:
        return None
    title, paragraphs, facts = maker(record, say)
    given: dict[str, str] = {}
    for label, value in facts:
        if value:
            given.setdefault(labels.get(label, label), value)
    picture = _picture(record)
    most = _MOST_UNDER if picture else _MOST_FACTS
    short = [(label, value) for label, value in given.items() if _width(value) <= _WIDEST][:most]
    rest = sentences((sentence(*fact, say) for fact in given.items() if fact not in short), say)
    prose = [part for text in [*paragraphs, rest] for part in text.split("\n") if part]
    told = tuple(prose) or (say("Please call for more."),)
    return Prose(title=title, paragraphs=told, facts=tuple(short), picture=picture)


def _picture(record: Record) -> Picture | None:
    found = record.picture if isinstance(record, Article) else None
    return Picture(key=found.key, w=found.w, h=found.h, alt=found.alt) if found else None


def _width(text: str) -> float:
    return sum(1.0 if letter > "\u2000" else 0.57 for letter in text)


def sentence(label: str, text: str, say: Say) -> str:
    """``Address: 12 Mill Road.`` or nothing."""
    stop = say.within("ends a sentence", ".")
    return say("{label}: {text}.", label=label, text=text.rstrip(stop)) if text else ""


def sentences(parts: Iterable[str], say: Say) -> str:
    """Whole sentences, one after the other; empty ones are left out."""
    found = list(filter(None, parts))
    return reduce(lambda first, second: say("{sentence} {another}", sentence=first, another=second), found or [""])


def _day(text: str, say: Say) -> str:
    """``Tue 24 Nov`` for an ISO date; the text itself when it is none."""
    try:
        return full_day(date.fromisoformat(text), say)
    except ValueError:
        return text


def _article(record: Article, say: Say) -> tuple[str, list[str], Pairs]:
    text = record.body or record.summary or record.title
    facts = [
        *((fact_word(label, say), value) for label, value in record.facts),
        # Of what has no beginning the end is that of its display, and none of what it tells of.
        *(when_facts(record.begins, record.ends, say) if record.begins else ()),
        (say("Town"), record.town),
        (say("Published"), full_day(record.published, say) if record.published else ""),
    ]
    return record.title, [text], facts


def _place(record: Place, say: Say) -> tuple[str, list[str], Pairs]:
    paragraphs = [
        sentence(say("Address"), record.address, say),
        sentence(say("Time"), _hours.in_words(record.hours, say), say),
        record.closed and sentence(say.within("why a place does not open", "Closed"), record.closed, say),
        record.note,
    ]
    facts = [
        (say("Phone"), record.phone),
        *((fact_word(label, say), value) for label, value in record.facts),
        (say("Fee"), record.fee),
        (say("Level"), record.level),
        (say("Capacity"), str(record.capacity) if record.capacity else ""),
        (say("Kind"), record.kind),
        (say("Town"), record.town),
    ]
    return record.name, paragraphs, facts


def sheet_of(record: Place, now: Now, labels: Mapping[str, str], say: Say, told: str = "") -> Sheet:
    """A place by itself, as it stands ``now``: what its row in the list could not say. ``told`` is the field that
    stands there."""
    there = record.address
    if record.town and record.town not in there:
        there = say("{address}, {town}", address=there, town=record.town) if there else record.town
    # A row of the list has room for the first and the last hour; here a pause at noon is told.
    today = now.spans or now.hours
    facts = [
        (say("Today"), today),
        (say("Time"), _hours.in_words(record.hours, say)),
        *((fact_word(label, say), value) for label, value in record.facts),
        (say.within("why a place does not open", "Closed"), record.closed),
        (say("Address"), there),
        (say("Fee"), record.fee if told != "fee" else ""),
        (say("Level"), record.level if record.level != getattr(record, told, "") else ""),
        (say("Capacity"), str(record.capacity) if record.capacity and told != "capacity" else ""),
        (say("Note"), record.note),
    ]
    rows: dict[str, str] = {}
    for label, value in facts:
        if value and value not in rows.values():
            rows.setdefault(labels.get(label, label), value.replace("\n", " "))
    if today and today in rows.get(say("Time"), ""):
        # Every day the same: said once.
        rows.pop(labels.get(say("Today"), say("Today")), None)
    # Whom nobody can call is not to be asked when it is open.
    word = now.word if now.mark or record.phone else ""
    return Sheet(
        name=record.name, mark=now.mark, word=word, until=now.until, phone=record.phone, rows=tuple(rows.items()),
        at=position(record),
    )  # fmt: skip


def position(record: Place | BikeStation) -> tuple[float, float] | None:
    """Latitude and longitude of a place, as far as anybody can see (10 m); None where nobody knows them."""
    return None if record.lat is None or record.lon is None else (round(record.lat, 4), round(record.lon, 4))


def _bikes(record: BikeStation, say: Say) -> tuple[str, list[str], Pairs]:
    return record.name, [sentence(say("Location"), record.address, say)], [(say("Docks"), str(record.capacity or ""))]


def _event(record: Event, say: Say) -> tuple[str, list[str], Pairs]:
    facts = [
        *when_facts(record.begins, record.ends, say, all_day=is_all_day(record, say)),
        (say("Where"), record.venue),
        (say("Town"), record.town),
        (say("Organiser"), record.organiser),
        (say("Contact"), record.contact),
    ]
    return record.title, [record.description or sentence(say("Where"), record.venue, say)], facts


def _job(record: Job, say: Say) -> tuple[str, list[str], Pairs]:
    facts = [
        (say("Employer"), record.employer),
        (say("Pay"), record.pay),
        (say("Openings"), say.plural("{n} person", "{n} people", record.openings) if record.openings else ""),
        (say("Town"), record.town),
        (say("Contact"), record.contact),
        (say("Published"), full_day(record.published, say) if record.published else ""),
    ]
    paragraphs = [
        sentence(say("Hired by"), record.employer, say),
        sentence(say("Requirements"), record.requirements, say),
    ]
    return record.title, paragraphs, facts


def _request(record: ServiceRequest, say: Say) -> tuple[str, list[str], Pairs]:
    facts = [
        (say("Status"), _request_word(record.status, say)),
        (say("Agency"), record.agency),
        (say("Received"), full_day(record.requested, say) if record.requested else ""),
        (say("Updated"), full_day(record.updated, say) if record.updated else ""),
        (say("Expected by"), full_day(record.expected, say) if record.expected else ""),
    ]
    paragraphs = [sentence(say("Where"), record.address or record.town, say), record.note]
    return record.service, paragraphs, facts


def _route(record: Route, say: Say) -> tuple[str, list[str], Pairs]:
    ends = f"{record.origin} — {record.destination}".strip(" —")
    every = say.within("what a feed's own words for a headway contain", "every")
    facts = [
        (say("First run"), times_word(record.first, say)),
        (say("Last run"), times_word(record.last, say)),
        (say("Interval"), headway_word(record.headway, say).removeprefix(every).strip()),
        (say("Fare"), record.fare),
    ]
    return record.line, [sentence(say("Route"), ends, say), record.note], facts


def _programme(record: Programme, say: Say) -> tuple[str, list[str], Pairs]:
    facts = [
        *when_facts(record.begins, record.ends, say),
        (say("Where"), record.channel),
        (say("Ticket"), say.within("costs nothing", "Free") if record.free else record.price),
    ]
    when = say("On {channel} at {time}", channel=record.channel, time=say.clock(record.begins))
    told = [record.subtitle, record.description] if record.subtitle or record.description else [when]
    return record.title, told, facts


def _session(record: Session, say: Say) -> tuple[str, list[str], Pairs]:
    facts = [
        (say("Date"), _day(record.date, say)),
        (say("Session"), record.part),
        (say("Staff"), record.person),
        (say("Fee"), record.fee),
    ]
    return record.name, [sentence(say("Institution"), record.group, say)], facts


def _meal(record: Meal, say: Say) -> tuple[str, list[str], Pairs]:
    facts = [(say("Date"), _day(record.date, say)), (say("Meal"), record.meal), (say("Price"), record.price)]
    return record.place, [record.dishes], facts


def _alert(record: Alert, say: Say) -> tuple[str, list[str], Pairs]:
    begins = record.onset or record.effective or record.sent
    facts = [
        (say("Area"), say.joined(dict.fromkeys(area.description for area in record.areas))),
        *when_facts(begins, record.expires, say),
        (say("Issued by"), record.source),
        (say("Phone"), record.contact),
        (say("Issued"), _sent(record.sent, say) if record.sent else ""),
    ]
    todo = steps(record.instruction)
    # The page of warnings numbers them, and says how many more there are here.
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(todo, 1))
    told = numbered if len(todo) > 1 else record.instruction
    return record.headline or record.event, [record.description, told], facts


def _sent(moment: datetime, say: Say) -> str:
    return say("{day} {time}", day=say.dated(say.day_of(moment), "d MMM"), time=say.clock(moment))


def _request_word(status: str, say: Say) -> str:
    word = REQUEST_WORDS.get(status.lower())
    return say(word) if word else status


REQUEST_WORDS = {
    "open": N_("In progress"),
    "closed": N_("Done"),
    "acknowledged": N_("Accepted"),
    "pending": N_("To be accepted"),
}
"""Open311 GeoReport v2 knows ``open`` and ``closed``; the others are common in practice."""

_MAKERS: dict[type[Record], Callable[[Any, Say], tuple[str, list[str], Pairs]]] = {
    Article: _article,
    Place: _place,
    BikeStation: _bikes,
    Event: _event,
    Job: _job,
    ServiceRequest: _request,
    Route: _route,
    Programme: _programme,
    Session: _session,
    Meal: _meal,
    Alert: _alert,
}
