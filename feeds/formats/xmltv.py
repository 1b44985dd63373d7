"""Programme guides (XMLTV), read as a stream: the tree of a whole week of all channels is never held.

``options.channels`` (a list of channel ids) keeps only these, in a guide that lists many more; ``options.language``
(``zh`` by itself) chooses among titles; ``options.zone`` is the zone of times without one (Asia/Shanghai).

A programme without an end lasts its ``length``, else until the next one on its channel. Of two that overlap, the later
one cuts the earlier one short; of two that start together, the shorter one counts.
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

from feeds.base.clock import SHANGHAI
from feeds.base.errors import FormatError, PersonError
from feeds.formats._cells import readers
from feeds.formats._rows import Rows
from feeds.formats._xml import mend, name_of, refuse_entities, xml_text
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import Programme, stable_id
from feeds.source import Source

NAME = "xmltv"
_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*([A-Za-z]{1,5}|[+-]\d{2}:?\d{2})?")
# The names that the XMLTV tools themselves know and that are not ambiguous.
_NAMED = {"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 60, "CET": 60, "MET": 60, "WEST": 60, "CEST": 120, "MEST": 120,
          "EET": 120, "EEST": 180, "HKT": 480, "CST": 480}  # fmt: skip
_READERS = readers(Programme)
_NEVER = datetime.max.replace(tzinfo=UTC)
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}


class _Show(NamedTuple):
    """A programme as it stands in the guide."""

    position: str
    begins: datetime
    ends: datetime | None
    title: str
    subtitle: str
    description: str


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Programme records, channel by channel. Raises FormatError when it is no guide."""
    if not documents:
        raise FormatError("xmltv: no document")
    rows = Rows(source, Programme, moment)
    guide = _Guide(source, rows)
    text = xml_text(documents[0], encoding=source.encoding)
    try:
        guide.read(text)
    except etree.XMLSyntaxError as error:
        guide = _Guide(source, rows := Rows(source, Programme, moment))
        rows.problem("document", f"not well-formed XML: {error.msg}"[:300])
        _read_mended(guide, text)
    for channel, shows in guide.shows.items():
        for show in _without_overlaps(shows, rows):
            _add(rows, channel, guide.names.get(channel, channel), show)
    return rows.parsed(shape=guide.shape)


def _read_mended(guide: _Guide, text: str) -> None:
    try:
        guide.read(mend(text), recover=True)
    except etree.XMLSyntaxError as error:
        raise FormatError(f"xmltv: not XML: {error.msg}") from None


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

    def __init__(self, source: Source, rows: Rows) -> None:
        self._rows = rows
        self._wanted = frozenset(map(str, source.options.get("channels", ())))
        self._language = str(source.options.get("language", "zh"))
        try:
            self._zone: tzinfo = ZoneInfo(str(source.options["zone"])) if "zone" in source.options else SHANGHAI
        except (ValueError, OSError, KeyError):
            raise PersonError(f"source.{source.id}.options.zone: found {source.options['zone']!r}") from None
        self._times: dict[str, datetime] = {}
        self.names: dict[str, str] = {}
        self.shows: dict[str, list[_Show]] = defaultdict(list)
        self.shape: set[str] = set()

    def read(self, text: str, *, recover: bool = False) -> None:
        """Take every channel and programme of the text. Raises XMLSyntaxError or FormatError."""
        number = 0
        for element in _elements(text, recover):
            if element.tag == "channel":
                (self.names[element.get("id", "")],) = self._texts(element, ("display-name",))
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
            self._rows.refuse(position, "without a channel")
            return
        if number <= 20:
            self.shape.update(child.tag for child in element if isinstance(child.tag, str))
        try:
            begins = self._time(element.get("start", ""))
            stop = element.get("stop", "")
            ends = self._time(stop) if stop else self._length(element, begins)
        except (ValueError, OverflowError) as error:
            self._rows.refuse(position, str(error), element.get("start", ""))
            return
        texts = self._texts(element, ("title", "sub-title", "desc"))
        self.shows[channel].append(_Show(position, begins, ends, *texts))

    def _texts(self, element: etree._Element, names: tuple[str, ...]) -> list[str]:
        """For each name the child's text in the wanted language, else in none, else the first."""
        found: dict[str, tuple[int, str]] = {}
        for child in element:
            name = child.tag
            if name in names:
                language = child.get("lang")
                rank = 1 if not language else 0 if language.startswith(self._language) else 2
                if name not in found or rank < found[name][0]:
                    found[name] = rank, child.text or ""
        return [found[name][1] if name in found else "" for name in names]

    def _time(self, text: str) -> datetime:
        """A moment in UTC. The same few thousand times come again on every channel."""
        known = self._times.get(text)
        if known is None:
            known = self._times[text] = read_time(text, self._zone)
        return known

    @staticmethod
    def _length(element: etree._Element, begins: datetime) -> datetime | None:
        length = element.find("length")
        if length is None or not (length.text or "").strip().isdecimal():
            return None
        return begins + timedelta(seconds=int(length.text or 0) * _UNITS.get(length.get("units", ""), 0))


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
        raise ValueError(f"{text[:40]!r} is not a time")
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
    for show in shows:
        if show.ends is not None and show.ends <= show.begins:
            rows.refuse(show.position, "it ends before it starts", show.title)
        else:
            lasting.append(show)
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
