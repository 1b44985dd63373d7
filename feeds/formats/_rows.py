"""Rows become records, or problems: nothing in between, and no row stops another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

import msgspec

from feeds.base.errors import PersonError
from feeds.coordinates import converter
from feeds.formats._cells import is_absent, readers, shown
from feeds.formats.base import Parsed
from feeds.records import KINDS, AnyRecord, Problem, Record, build, stable_id
from feeds.source import Source

MOST_PROBLEMS = 500
"""So many quarantined rows are described; the others are only counted."""

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
        self._readers = readers(kind, markup)
        self._tag = cast("str", kind.__struct_config__.tag)
        self._today = today
        self._convert = converter(source.coordinates)
        self._seen: dict[str, Record] = {}
        self._twins: dict[str, set[Record]] = {}
        self.records: list[AnyRecord] = []
        self.problems: list[Problem] = []
        self.total = 0
        self._was_full = False

    def add(self, position: str, row: Mapping[str, object]) -> bool:
        """Take one row of field -> cell. False when it was quarantined."""
        if self._is_full(position):
            return False
        self.total += 1
        values, reason, culprit = self._read(row)
        if reason:
            self.problem(position, reason, culprit)
            return False
        given = bool(values.get("id"))
        try:
            record = build(self._kind, self._finished(values))
            if not given and record.id in self._seen:
                record = self._numbered(record)
        except (ValueError, TypeError, OverflowError) as error:
            self.problem(position, _plain(str(error)), _culprit(str(error), row))
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
            self.problem(position, _plain(str(error)), _culprit(str(error), values))
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

    def _read(self, row: Mapping[str, object]) -> tuple[dict[str, Any], str, object]:
        """The row's fields as values; or the reason and the value that was refused."""
        values: dict[str, Any] = {}
        cells: Iterable[tuple[str, object]] = row.items()
        if self._source.constants:
            cells = self._with_constants(row).items()
        for name, cell in cells:
            reader = self._readers.get(name)
            if cell is None or reader is None or is_absent(cell):
                continue
            try:
                values[name] = reader(cell, self._today)
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                return values, f"{name}: {error}", cell
        return values, "", ""

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


def _plain(message: str) -> str:
    """The checker's message with the field first: ``lon: expected float <= 180.0``."""
    reason, mark, name = message.partition(" - at $.")
    if mark:
        return f"{name}: {reason[:1].lower()}{reason[1:]}"
    return message.replace("Object missing required field ", "without ")


def _culprit(message: str, row: Mapping[str, object]) -> object:
    """The cell that a message such as ``… - at $.lon`` is about."""
    name = message.rpartition("$.")[2].partition("[")[0].strip()
    return row.get(name, "")
