"""An iCalendar stream as its components: lines unfolded, events with the zone and method of their calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from feeds.formats._decode import decode

_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_FOLD_IN_TEXT = re.compile("(?:\r\n|\n|\r)[ \t]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_MARK = re.compile(r"(BEGIN|END):\s*([A-Z-]+)\s*", re.IGNORECASE)
_PROPERTY = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^":;]*))*):(.*)', re.DOTALL)


class Event(NamedTuple):
    """The properties of one VEVENT, what is nested in it (alarms) left out, and whose zone its floating times are in.

    ``whole`` is false for one that never ends.
    """

    number: int
    lines: tuple[str, ...]
    calendar: Calendar
    whole: bool = True

    def value(self, name: str) -> str:
        """The value of the first property of this name, or ""."""
        return next((value.strip() for found, _, value in map(parts, self.lines) if found == name), "")


class Calendar:
    """What a VCALENDAR says about all of its events; it may say so after them."""

    def __init__(self) -> None:
        self.zone = ""
        self.method = ""
        self.zones: dict[str, tuple[str, ...]] = {}
        """The lines of each VTIMEZONE by its TZID."""


def unfolded(body: bytes, *, declared: str, label: str) -> str:
    """The text with every folded line whole (RFC 5545, 3.1).

    A fold may stand in the middle of a character, so bytes are joined before they are decoded.
    """
    if body.startswith(_WIDE_MARKS):
        text = _FOLD_IN_TEXT.sub("", decode(body, declared=declared, label=label))
    else:
        text = decode(_FOLD.sub(b"", body), declared=declared, label=label)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def parts(line: str) -> tuple[str, str, str]:
    """Name in capitals, parameters with their semicolons, value; a name of "" for what is no property."""
    found = _PROPERTY.fullmatch(line)
    return (found[1].upper(), found[2], found[3]) if found else ("", "", line)


def events_of(text: str) -> Iterator[Event]:
    """Every VEVENT in order, in a calendar or bare. One pass, whatever the text."""
    reader = _Reader()
    for line in text.split("\n"):
        mark = _MARK.fullmatch(line)
        if not mark:
            reader.line(line)
        elif mark[1].upper() == "BEGIN":
            reader.begin(mark[2].upper(), line)
        else:
            reader.end(mark[2].upper(), line)
    reader.event(whole=False)
    yield from reader.events


class _Reader:
    """Which components the lines stand in."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._calendar = Calendar()
        self._inside: list[str] = []
        self._lines: list[str] = []

    def line(self, line: str) -> None:
        if self._inside[-1:] == ["VEVENT"] or "VTIMEZONE" in self._inside:
            self._lines.append(line)
        elif self._inside in ([], ["VCALENDAR"]):
            _heed(self._calendar, line)

    def begin(self, name: str, line: str) -> None:
        if name in ("VCALENDAR", "VEVENT", "VTIMEZONE"):
            self.event(whole=False)
            self._inside, self._lines = [], []
            if name == "VCALENDAR":
                self._calendar = Calendar()
        elif "VTIMEZONE" in self._inside:
            self._lines.append(line)
        self._inside.append(name)

    def end(self, name: str, line: str) -> None:
        if name not in self._inside:
            return
        if name == "VEVENT":
            self.event(whole=True)
        elif name == "VTIMEZONE":
            _describe(self._calendar, self._lines)
        elif "VTIMEZONE" in self._inside:
            self._lines.append(line)
        del self._inside[self._inside.index(name) :]

    def event(self, *, whole: bool) -> None:
        """Take the event that the lines stand in, if they do."""
        if "VEVENT" in self._inside:
            self.events.append(Event(len(self.events) + 1, tuple(self._lines), self._calendar, whole))


def _heed(calendar: Calendar, line: str) -> None:
    name, _, value = parts(line)
    if name == "X-WR-TIMEZONE":
        calendar.zone = value.strip()
    elif name == "METHOD":
        calendar.method = value.strip().upper()


def _describe(calendar: Calendar, lines: list[str]) -> None:
    name = next((value.strip() for found, _, value in map(parts, lines) if found == "TZID"), "")
    if name:
        calendar.zones.setdefault(name, tuple(lines))
