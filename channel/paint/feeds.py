"""Feeds beside pages: news and alerts as Atom (RFC 4287), events as iCalendar (RFC 5545).

A feed's times are those of what it tells, else the time of observation: none is that of its making.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

import icalendar

from channel.paint.output import PaintedDocument
from channel.views.content import Alert, Body, Calendar, Item, List, Occasion, SourceLine, observed
from channel.words import Say

ATOM = "application/atom+xml"
CALENDAR = "text/calendar"
_NAMESPACE = "http://www.w3.org/2005/Atom"


class _Entry(NamedTuple):
    title: str
    to: str
    at: datetime
    summary: str = ""
    tag: str = ""


class Feeds:
    """Writes the feeds of a channel whose portal is at ``url`` (empty: addresses stand without a host)."""

    def __init__(self, url: str, title: str, say: Say) -> None:
        self._url, self._title, self._say = url, title, say

    def page(
        self, number: str, title: str, body: Body, sources: Sequence[SourceLine]
    ) -> list[PaintedDocument]:
        """The feeds of a page: none where it is neither news nor events, or nobody knows of when they are."""
        seen = observed(sources)
        if isinstance(body, List) and body.rows:
            whens = [(row, row.at or seen) for row in body.rows]
            entries = [_Entry(row.title, row.to, at, row.summary, row.tag) for row, at in whens if at is not None]
            feed = self._atom(f"{number}.atom", f"/m/{number}", title, entries, sources)
            return [feed] if entries else []
        if isinstance(body, Calendar):
            told = [(entry.to or f"{number}.{place}", entry.occasion) for place, entry in enumerate(body.agenda)]
            known = [(to, occasion) for to, occasion in told if occasion is not None]
            return [self._calendar(f"{number}.ics", known, seen)] if known else []
        return []

    def item(self, number: str, item: Item) -> list[PaintedDocument]:
        """An item as a calendar, where it is an event."""
        if item.occasion is None:
            return []
        to, seen = f"{number}.{item.id}", observed(item.sources or ())
        return [self._calendar(f"i/{to}.ics", [(to, item.occasion)], seen)]

    def alerts(self, estate: str, alert: Alert | None, sources: Sequence[SourceLine]) -> PaintedDocument:
        """The alerts in force in an estate; ``alert`` is what their page says (None: that there is none)."""
        at = observed(sources) or datetime.fromtimestamp(0, UTC)
        entries = []
        if alert is not None:
            summary = " ".join(filter(None, (alert.area, alert.times, alert.order, *alert.actions)))
            others = [_Entry(other.label, other.to, at, other.note) for other in alert.others]
            entries = [_Entry(alert.headline, alert.to or "900", at, summary, alert.severity), *others]
        return self._atom("alerts.atom", f"/m/{estate}/900", self._title, entries, sources, at)

    def _atom(
        self,
        name: str,
        path: str,
        title: str,
        entries: Sequence[_Entry],
        sources: Sequence[SourceLine],
        at: datetime | None = None,
    ) -> PaintedDocument:
        feed = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": self._say.tag})
        newest = max((entry.at for entry in entries), default=at or datetime.fromtimestamp(0, UTC))
        self._head(feed, title, path, newest)
        author = SubElement(feed, "author")
        publishers = dict.fromkeys(source.publisher for source in sources if source.publisher)
        SubElement(author, "name").text = ", ".join(publishers) or self._title
        for entry in entries:
            told = SubElement(feed, "entry")
            where = f"/m/i/{entry.to}" if "." in entry.to else f"/m/{entry.to}" if entry.to else path
            self._head(told, entry.title, where, entry.at, "" if entry.to else entry.title)
            if entry.tag:
                SubElement(told, "category", {"term": entry.tag})
            if entry.summary:
                SubElement(told, "summary").text = entry.summary
        body = tostring(feed, "utf-8", xml_declaration=True)
        return PaintedDocument(name=name, media=ATOM, body=body)

    def _head(self, element: Element, title: str, path: str, at: datetime, more: str = "") -> None:
        SubElement(element, "title").text = title
        SubElement(element, "id").text = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._url}{path}#{more}").urn
        SubElement(element, "updated").text = _written(at)
        SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": f"{self._url}{path}"})

    def _calendar(
        self, name: str, events: Sequence[tuple[str, Occasion]], seen: datetime | None
    ) -> PaintedDocument:
        calendar = icalendar.Calendar()
        calendar.add("prodid", "-//service channel//EN")
        calendar.add("version", "2.0")
        for to, occasion in events:
            event = icalendar.Event()
            event.add("uid", uuid.uuid5(uuid.NAMESPACE_URL, f"{self._url}/m/i/{to}").urn)
            event.add("dtstamp", (seen or occasion.begins).astimezone(UTC))
            event.add("summary", occasion.title)
            _spanned(event, occasion, self._say)
            if occasion.venue:
                event.add("location", occasion.venue)
            if self._url and "." in to:
                event.add("url", f"{self._url}/m/i/{to}")
            calendar.add_component(event)
        return PaintedDocument(name=name, media=CALENDAR, body=calendar.to_ical())


def _spanned(event: icalendar.Event, occasion: Occasion, say: Say) -> None:
    """Beginning and end; those of whole days as days, the end as the day after the last (RFC 5545, 3.6.1)."""
    begins, ends = occasion.begins, occasion.ends
    if not occasion.all_day:
        event.add("dtstart", begins.astimezone(UTC))
        if ends is not None and ends > begins:
            event.add("dtend", ends.astimezone(UTC))
        return
    first = say.day_of(begins)
    event.add("dtstart", first)
    event.add("dtend", max(say.day_of(ends) if ends else first, first + timedelta(days=1)))


def _written(at: datetime) -> str:
    """A moment as RFC 3339 has it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
