"""Rows become records, or problems: nothing in between, and no row stops another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

import msgspec

from feeds.base.errors import PersonError
from feeds.coordinates import converter
from feeds.formats._cells import Rounded, is_absent, readers, shown
from feeds.formats._customs import Customs, customs_of
from feeds.formats._degrees import split_pair
from feeds.formats._money import fared, priced
from feeds.formats._words import is_total
from feeds.formats.base import Parsed
from feeds.records import KINDS, AnyRecord, Departure, Misfit, Price, Problem, Reading, Record, build, stable_id
from feeds.source import Source

MOST_PROBLEMS = 500
"""So many quarantined rows are described; the others are only counted."""

_TOTALS = "a row of totals, and no item of the table"
_LABELS = ("name", "title", "item", "line", "service", "place")
"""The fields that say what a record is called; a kind has one of them."""

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "article": ("link", "title", "published"),
    "place": ("name", "address"),
    "bike_station": ("name", "lon", "lat"),
    "departure": ("stop", "line", "destination", "departs"),
    "route": ("line", "origin", "destination"),
    "alert": ("sender", "identifier", "sent"),
    "programme": ("channel", "begins", "title"),
    "event": ("title", "begins", "venue"),
    "session": ("group", "name", "date", "part", "person"),
    "price": ("item", "market"),
    "job": ("title", "employer"),
    "reading": ("name", "station", "at"),
    "forecast": ("span", "begins"),
    "service_request": ("service", "address", "requested"),
    "guide": ("title",),
    "contact": ("name", "phone"),
    "meal": ("place", "date", "meal"),
}
"""The fields that tell one record of a kind from another, for rows that bring no id of their own."""


def kind_of(source: Source, default: str = "") -> type[Record]:
    """The record type that the source declares. Raises PersonError when it declares none."""
    name = source.record or default
    if name not in KINDS:
        raise PersonError(
            f"source.{source.id}.record: found {name!r}, expected one of: {', '.join(sorted(KINDS))}",
            hint='say what a row is, for example record = "place"',
        )
    return KINDS[name]


class Rows:
    """Collects the records and problems of one parse."""

    def __init__(self, source: Source, kind: type[Record], today: datetime, *, markup: bool = True) -> None:
        self._source = source
        self._kind = kind
        self._markup = markup
        self._readers = readers(kind, markup, customs_of(source))
        self._required = {field.name for field in msgspec.structs.fields(kind) if field.required}
        self._is_price, self._is_departure = kind is Price, kind is Departure
        # A reading may well be a sum or a mean of others.
        labels = () if kind is Reading else _LABELS
        self._label = next((name for name in labels if name in kind.__struct_fields__), "")
        self._has_angles = "lon" in kind.__struct_fields__
        self._tag = cast("str", kind.__struct_config__.tag)
        self._today = today
        self._convert = converter(source.coordinates)
        self._seen: dict[str, Record] = {}
        self._twins: dict[str, set[Record]] = {}
        self.records: list[AnyRecord] = []
        self.problems: list[Problem] = []
        self.total = 0
        self._was_full = False

    def follow(self, customs: Customs) -> None:
        """Read the rows that follow by these customs."""
        self._readers = readers(self._kind, self._markup, customs)

    def sums_up(self, row: Mapping[str, object], first: object = None) -> str:
        """Why a row of field -> cell is a total of others and no item; "" when it is one. ``first`` is the first cell
        that says something, mapped or not."""
        if not self._label:
            return ""
        # A headline may end in 合计, a name does not.
        of = self._label != "title"
        return _TOTALS if is_total(first, of=of) or is_total(row.get(self._label), of=of) else ""

    def add(self, position: str, row: Mapping[str, object]) -> bool:
        """Take one row of field -> cell. False when it was quarantined."""
        if self._is_full(position):
            return False
        self.total += 1
        values, reason, culprit = self._read(position, row)
        if reason:
            self.problem(position, reason, culprit)
            return False
        given = bool(values.get("id"))
        try:
            record = build(self._kind, self._finished(values))
            if not given and record.id in self._seen:
                record = self._numbered(record)
        except (ValueError, TypeError, OverflowError) as error:
            self.problem(position, *_told(error, row))
            return False
        return self.keep(position, cast("AnyRecord", record))

    def add_ready(self, position: str, values: dict[str, Any]) -> bool:
        """Take a row whose values are clean and have an id already, for formats that bring very many."""
        if self._source.constants or self._convert:
            return self.add(position, values)
        if self._is_full(position):
            return False
        self.total += 1
        try:
            record = build(self._kind, values)
        except (ValueError, TypeError, OverflowError) as error:
            self.problem(position, *_told(error, values))
            return False
        return self.keep(position, cast("AnyRecord", record))

    def _is_full(self, position: str) -> bool:
        """Whether the source's limit is reached; what lies beyond is not counted as invalid."""
        if len(self.records) < self._source.max_items:
            return False
        if not self._was_full:
            self.problem(position, f"more than {self._source.max_items} items: the rest was left out")
        self._was_full = True
        return True

    def keep(self, position: str, record: AnyRecord) -> bool:
        """Take a record that is ready; False when its id was there before."""
        if record.id in self._seen:
            self.problem(position, "the id was there before in this feed", record.id)
            return False
        self._seen[record.id] = record
        self.records.append(record)
        return True

    def refuse(self, position: str, reason: str, value: object = "") -> None:
        """Count and quarantine a row that never became a mapping."""
        self.total += 1
        self.problem(position, reason, value)

    def problem(self, position: str, reason: str, value: object = "") -> None:
        """Describe something that was refused."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(position=position, reason=shown(reason), value=shown(value)))

    def parsed(self, updated: datetime | None = None, shape: Iterable[str] = ()) -> Parsed:
        """Everything collected so far."""
        return Parsed(
            records=tuple(self.records), problems=tuple(self.problems), updated=updated, total=self.total,
            shape=tuple(sorted(set(shape))),
        )  # fmt: skip

    def _numbered(self, record: Record) -> Record:
        """A record whose row brought no id and shares what usually tells rows apart: the second, the third, …

        An exact double keeps the id of the first, and is refused for it.
        """
        twins = self._twins.setdefault(record.id, {self._seen[record.id]})
        if record in twins:
            return record
        twins.add(record)
        return msgspec.structs.replace(record, id=stable_id(record.id, str(len(twins))))

    def _read(self, position: str, row: Mapping[str, object]) -> tuple[dict[str, Any], str, object]:
        """The row's fields as values; or the reason and the value that was refused.

        A field whose digits a spreadsheet has rounded is left out and said; the rest of its row holds.
        """
        values: dict[str, Any] = {}
        try:
            cells = self._prepared(row)
        except ValueError as error:
            culprits = (row.get(name) for name in ("value", "fare", "lon", "lat"))
            return values, str(error), next((cell for cell in culprits if cell not in (None, "")), "")
        for name, cell in cells.items():
            reader = self._readers.get(name)
            if cell is None or reader is None or is_absent(cell):
                continue
            try:
                values[name] = reader(cell, self._today)
            except Rounded as error:
                if name in self._required:
                    return values, f"{name}: {error}", cell
                self.problem(position, f"{name} was left out: {error}", cell)
            except RecursionError:
                return values, f"{name}: found lists in lists without end, expected one value", cell
            except OverflowError:
                return values, f"{name}: found a number beyond all bounds, expected a smaller one", cell
            except (ValueError, TypeError) as error:
                return values, f"{name}: {error}", cell
        if self._is_price and values.get("value") == 0:
            return values, "value: found 0, expected a price of more than 0", row.get("value")
        return values, "", ""

    def _prepared(self, row: Mapping[str, object]) -> Mapping[str, object]:
        """The row with constants, an angle a cell, and money out of its numbers. Raises ValueError."""
        if self._source.constants:
            row = self._with_constants(row)
        if self._has_angles:
            row = _with_angles(row)
        if self._is_price:
            return priced(row, self._source.fields.get("value", ""))
        return fared(row) if self._is_departure and row.get("fare") else row

    def _with_constants(self, row: Mapping[str, object]) -> dict[str, object]:
        """The row, with the source's constants wherever it says nothing."""
        return {**self._source.constants, **{name: cell for name, cell in row.items() if not is_absent(cell)}}

    def _finished(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with coordinates in WGS-84 and an id."""
        if self._convert and values.get("lon") is not None and values.get("lat") is not None:
            with contextlib.suppress(ValueError, OverflowError):
                values["lon"], values["lat"] = (
                    round(degrees, 7) for degrees in self._convert(float(values["lon"]), float(values["lat"]))
                )
        if not values.get("id"):
            names = IDENTITY[self._tag]
            if self._tag == "place" and not values.get("address"):
                # Places of one name, such as an operator's hot spots, differ by where they are.
                names = ("name", "lon", "lat")
            parts = [str(values.get(name, "")) for name in names]
            values["id"] = stable_id(self._tag, *parts)
        return values


def _with_angles(row: Mapping[str, object]) -> Mapping[str, object]:
    """The row with a position that stands in one cell taken apart. Raises ValueError."""
    lon, lat = row.get("lon"), row.get("lat")
    if isinstance(lon, float | int) and isinstance(lat, float | int):
        return row
    if is_absent(lon) or is_absent(lat) or lon == lat:
        pair = split_pair(lat if is_absent(lon) else lon)
        if pair is not None:
            return {**row, "lon": pair[0], "lat": pair[1]}
    return row


def _told(error: Exception, row: Mapping[str, object]) -> tuple[str, object]:
    """(reason, culprit) of a row that could not be built."""
    if isinstance(error, Misfit):
        return str(error), row.get(error.field.partition(".")[0], "")
    if isinstance(error, OverflowError):
        return "the row holds a number beyond all bounds", ""
    return str(error), ""
