"""Programme guides (XMLTV), read as a stream: the tree of a whole week of all channels is never held.

``options.channels`` (a list of channel ids) keeps only these, in a guide that lists many more; ``options.language``
(``zh`` by itself) chooses among titles and names, by RFC 4647; ``options.zone`` is the zone of times without one
(the source's). A channel is called by a name, by a number only where it has no name.

A programme without an end lasts its ``length``, else until the next one on its channel. Programmes that share one slot
(``clumpidx`` 0/2 and 1/2) stand in it together. Of two that overlap, the later one cuts the earlier one short; of two
that start together, the shorter one counts and the other is reported. One of the late evening whose end bears the
evening's date ends after midnight.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lxml import etree

from feeds.base.clock import wall
from feeds.base.errors import FormatError, PersonError
from feeds.formats._cells import plain_text, readers
from feeds.formats._rows import Rows
from feeds.formats._xml import mend, name_of, refuse_entities, xml_text
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.languages import distance
from feeds.records import Programme, stable_id
from feeds.source import Source, wanted_language

NAME = "xmltv"
_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*([A-Za-z]{1,5}|[+-]\d{2}:?\d{2})?")
# The names that the XMLTV tools themselves know and that are not ambiguous.
_NAMED = {"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 60, "CET": 60, "MET": 60, "WEST": 60, "CEST": 120, "MEST": 120,
          "EET": 120, "EEST": 180, "HKT": 480, "CST": 480}  # fmt: skip
_READERS = readers(Programme)
_NEVER = datetime.max.replace(tzinfo=UTC)
_NIGHT = timedelta(hours=6)
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}


class _Show(NamedTuple):
    """A programme as it stands in the guide."""

    position: str
    begins: datetime
    ends: datetime | None
    title: str
    subtitle: str
    description: str
    clump: tuple[int, int] = (0, 1)
    """Which of how many programmes that share the slot."""


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Programme records, channel by channel. Raises FormatError when it is no guide."""
    if not documents:
        raise FormatError("xmltv: no document")
    rows = Rows(source, Programme, moment)
    names: dict[str, str] = {}
    found: dict[str, list[_Show]] = defaultdict(list)
    shape: set[str] = set()
    for document in documents:
        guide = _read(document, source, rows)
        names = {**guide.names, **names}
        shape |= guide.shape
        for channel, shows in guide.shows.items():
            found[channel] += shows
    for channel, shows in found.items():
        for show in _without_overlaps(shows, rows):
            _add(rows, channel, names.get(channel, channel), show)
    return rows.parsed(shape=shape)


def _read(document: Document, source: Source, rows: Rows) -> _Guide:
    """What one document says; what it says wrong is quarantined."""
    text = xml_text(document, encoding=source.encoding)
    guide = _Guide(source)
    try:
        guide.read(text)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        rows.problem("document", f"not well-formed XML at line {line}, column {column}: what can be mended was read")
        guide = _Guide(source)
        try:
            guide.read(mend(text), recover=True)
        except etree.XMLSyntaxError:
            raise FormatError("xmltv: found no XML that can be mended, expected <tv>") from None
    for position, reason, value in guide.refused:
        rows.refuse(position, reason, value)
    return guide


def _add(rows: Rows, channel: str, name: str, show: _Show) -> None:
    try:
        values = {
            "id": stable_id("programme", channel, show.begins.isoformat()),
            "channel": _READERS["channel"](name, show.begins),
            "title": _READERS["title"](show.title, show.begins),
            "begins": show.begins,
            "ends": show.ends,
            "subtitle": _READERS["subtitle"](show.subtitle, show.begins),
            "description": _READERS["description"](show.description, show.begins),
        }
    except ValueError as error:
        rows.refuse(show.position, str(error), show.title)
    else:
        rows.add_ready(show.position, values)


class _Guide:
    """Collects what a stream of elements says."""

    def __init__(self, source: Source) -> None:
        self.refused: list[tuple[str, str, str]] = []
        self._wanted = frozenset(map(str, source.options.get("channels", ())))
        self._language = wanted_language(source)
        try:
            self._zone: tzinfo = ZoneInfo(str(source.options["zone"])) if "zone" in source.options else wall()
        except (ValueError, OSError, KeyError):
            raise PersonError(f"source.{source.id}.options.zone: found {source.options['zone']!r}") from None
        self._times: dict[str, datetime] = {}
        self._distances: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.shows: dict[str, list[_Show]] = defaultdict(list)
        self.shape: set[str] = set()

    def read(self, text: str, *, recover: bool = False) -> None:
        """Take every channel and programme of the text. Raises XMLSyntaxError or FormatError."""
        number = 0
        for element in _elements(text, recover):
            if element.tag == "channel":
                self.names.setdefault(element.get("id", ""), self._name(element))
            else:
                number += 1
                self._take(element, number)
        if not number and not self.names:
            raise FormatError("xmltv: neither channels nor programmes")

    def _take(self, element: etree._Element, number: int) -> None:
        channel = element.get("channel", "")
        if self._wanted and channel not in self._wanted:
            return
        position = f"programme {number}"
        if not channel:
            self.refused.append((position, "without a channel", ""))
            return
        if number <= 20:
            self.shape.update(child.tag for child in element if isinstance(child.tag, str))
        try:
            begins = self._time(element.get("start", ""))
            stop = element.get("stop", "")
            ends = self._time(stop) if stop else self._length(element, begins)
        except (ValueError, OverflowError) as error:
            self.refused.append((position, _reason(error), element.get("start", "")))
            return
        title, subtitle, text = self._texts(element, ("title", "sub-title", "desc"))
        clump = _clump(element.get("clumpidx", ""))
        self.shows[channel].append(_Show(position, begins, ends, title, subtitle, text, clump))

    def _texts(self, element: etree._Element, names: tuple[str, ...]) -> list[str]:
        """For each name the child's text in the wanted language, else in none, else the first that says anything."""
        found: dict[str, tuple[int, str]] = {}
        for child in element:
            name = child.tag
            if name in names and child.text and child.text.strip():
                rank = self._distance(child.get("lang", ""))
                if name not in found or rank < found[name][0]:
                    found[name] = rank, child.text
        return [found[name][1] if name in found else "" for name in names]

    def _name(self, element: etree._Element) -> str:
        """What viewers call the channel: a name before a number, the wanted language before others."""
        found = [
            (not any(map(str.isalpha, text)), self._distance(child.get("lang", "")), number, text)
            for number, child in enumerate(element)
            if child.tag == "display-name" and (text := (child.text or "").strip())
        ]
        return min(found)[3] if found else element.get("id", "")

    def _distance(self, language: str) -> int:
        known = self._distances.get(language)
        if known is None:
            known = self._distances[language] = distance(self._language, language)
        return known

    def _time(self, text: str) -> datetime:
        """A moment in UTC. The same few thousand times come again on every channel."""
        known = self._times.get(text)
        if known is None:
            known = self._times[text] = read_time(text, self._zone)
        return known

    @staticmethod
    def _length(element: etree._Element, begins: datetime) -> datetime | None:
        length = element.find("length")
        unit = _UNITS.get(length.get("units", "")) if length is not None else None
        if length is None or unit is None or not re.fullmatch(r"\s*\d{1,6}\s*", length.text or ""):
            return None
        return begins + timedelta(seconds=int(length.text or 0) * unit)


def _reason(error: Exception) -> str:
    """Ours as it is; what the calendar of the library says of a 31st of April in our words."""
    text = str(error)
    return text if text.startswith(("found ", "the ")) else "expected a day and a time that there are"


def _clump(text: str) -> tuple[int, int]:
    """``(0, 2)`` for ``0/2``: the first of two programmes in one slot."""
    found = re.fullmatch(r"\s*(\d{1,2})/(\d{1,2})\s*", text)
    place, count = (int(found[1]), int(found[2])) if found else (0, 1)
    return (place, count) if place < count else (0, 1)


def _past_midnight(show: _Show) -> _Show:
    """A programme of the late evening whose end was given the evening's date: it ends in the night after."""
    if show.ends is not None and timedelta(days=1) - _NIGHT <= show.begins - show.ends < timedelta(days=1):
        return show._replace(ends=show.ends + timedelta(days=1))
    return show


def _with_clumps(shows: list[_Show]) -> Iterator[_Show]:
    """The programmes, those that share a slot as one: its times are the slot's, for nobody says when one follows."""
    slots: dict[tuple[datetime, int], list[_Show]] = defaultdict(list)
    for show in shows:
        if show.clump[1] == 1:
            yield show
        else:
            slots[show.begins, show.clump[1]].append(show)
    for found in slots.values():
        parts = sorted(found, key=lambda show: show.clump)
        ends = [show.ends for show in parts if show.ends is not None]
        yield parts[0]._replace(
            ends=max(ends, default=None),
            title=plain_text(list(dict.fromkeys(show.title for show in parts if show.title))),
            description="\n".join(filter(None, (show.description for show in parts))),
        )


def _elements(text: str, recover: bool) -> Iterator[etree._Element]:
    """The channels and programmes of a guide, each forgotten when the next one is asked for."""
    stream = etree.iterparse(
        io.BytesIO(text.encode("utf-8", "replace")), events=("end",), tag=("channel", "programme"), encoding="utf-8",
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover,
    )  # fmt: skip
    checked = False
    for _, element in stream:
        if not checked:
            refuse_entities(element)
            checked = True
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    root = stream.root
    if root is not None and root.tag != "tv" and not checked:
        raise FormatError(f"xmltv: found <{name_of(root)}>, expected <tv>")


def read_time(text: str, zone: tzinfo) -> datetime:
    """XMLTV's ``YYYYMMDDhhmmss +hhmm`` in UTC; the time may be cut short and the zone named. Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise ValueError(f"found {text[:40]!r}, expected a time such as 20261124081200 +0800")
    year, month, day, hour, minute, second, offset = match.groups()
    if offset and offset[0] in "+-":
        digits = offset.replace(":", "")
        minutes = int(digits[1:3]) * 60 + int(digits[3:5])
        zone = timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    elif offset:
        if offset.upper() not in _NAMED:
            raise ValueError(f"the time zone {offset!r} is not known")
        zone = timezone(timedelta(minutes=_NAMED[offset.upper()]))
    moment = datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone
    )
    return moment.astimezone(UTC)


def _without_overlaps(shows: list[_Show], rows: Rows) -> Iterator[_Show]:
    """The programmes of a channel in order, none running into the next; gaps stay gaps."""
    lasting = []
    for show in map(_past_midnight, shows):
        if show.ends is not None and show.ends <= show.begins:
            is_instant = show.ends == show.begins
            reason = "it lasts no time: it ends when it starts" if is_instant else "it ends before it starts"
            rows.refuse(show.position, reason, show.title)
        else:
            lasting.append(show)
    lasting = list(_with_clumps(lasting))
    single: list[_Show] = []
    for show in sorted(lasting, key=lambda show: (show.begins, show.ends or _NEVER)):
        if single and single[-1].begins == show.begins:
            rows.problem(show.position, "another programme starts at the same time", show.title)
        else:
            single.append(show)
    for place, show in enumerate(single):
        following = single[place + 1] if place + 1 < len(single) else None
        ends = show.ends
        if following is not None and (ends is None or ends > following.begins):
            ends = following.begins
        if ends is None:
            rows.refuse(show.position, "nothing says when it ends", show.title)
        else:
            yield show._replace(ends=ends)


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """A programme guide by its root element."""
    return Evidence(certainty=1.0) if glance.root == "tv" else None
