"""What editors say of the stops and lines of a timetable, looked up by their names."""

from __future__ import annotations

from collections.abc import Iterable

from channel.words import Say
from feeds.amendments import Amendment
from feeds.text import clean


class Amended:
    """The amendments that hold. Without any, nothing is hidden and nothing has a note."""

    def __init__(self, amendments: Iterable[Amendment] = ()) -> None:
        found = tuple(amendments)
        self._stops = {one.stop: one for one in found if one.stop}
        self._lines = {one.line: one for one in found if one.line}

    def hides_stop(self, name: str) -> bool:
        """Whether a stop, by its name in the feed, is shown nowhere."""
        return bool(self._stops) and (found := self._stop(name)) is not None and found.hide

    def hides_line(self, name: str) -> bool:
        """Whether a line is shown nowhere."""
        return (found := self._lines.get(name)) is not None and found.hide

    def note_of_stop(self, name: str) -> str:
        """What stands with a stop, by its name in the feed."""
        return found.note if (found := self._stop(name)) is not None else ""

    def note_of_line(self, name: str) -> str:
        """What stands with the rows of a line."""
        return found.note if (found := self._lines.get(name)) is not None else ""

    def notes(self, stop: str, lines: Iterable[str], say: Say) -> tuple[str, ...]:
        """What the page of a stop says of itself and of the lines there, each with its reason."""
        told = [(self._stop(stop), ""), *((self._lines.get(line), line) for line in lines)]
        return tuple(_sentence(found, name, say) for found, name in told if found is not None)

    def _stop(self, name: str) -> Amendment | None:
        return self._stops.get(clean(name, limit=120)) if self._stops else None


def _sentence(amendment: Amendment, line: str, say: Say) -> str:
    """``Line 7: not by way of the harbour. Corrected by the editors: roadworks``."""
    why = say("Corrected by the editors: {reason}", reason=amendment.reason)
    note = say("{label}: {text}", label=line, text=amendment.note) if line and amendment.note else amendment.note
    if note:
        return say("{note} ({why})", note=note, why=why)
    return say("{label}: {text}", label=line, text=why) if line else why
