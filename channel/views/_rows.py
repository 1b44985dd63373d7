"""Records as rows of a table: which, in what order, and each field as words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from channel.views._codes import headway_word, status_word
from channel.views._hours import in_words
from channel.views._words import date_word, day_word, moment_word, times_word
from channel.views.content import Cell, Column, Mark, Tone
from channel.words import Say
from feeds.base.errors import PersonError
from feeds.base.toml import nearest
from feeds.records import Record

DASH = "—"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column: its head, the record's field (or ``distance``), and how its values are worded.

    ``words`` replaces values, ``marks`` and ``tones`` go by the record's value; ``unit`` follows it; ``none`` stands
    for 0; ``moment`` says how much of a moment is printed. Where rows are joined, ``each`` shows the values of all.
    """

    label: str
    field: str
    share: float = 1.0
    align: Literal["left", "right"] = "left"
    strong: bool = False
    unit: str = ""
    none: str = ""
    moment: Literal["day", "clock", "both"] = "day"
    words: dict[str, str] = {}
    marks: dict[str, Mark] = {}
    tones: dict[str, Tone] = {}
    each: bool = False

    @property
    def column(self) -> Column:
        """The column's head."""
        phone = self.field == "phone"
        return Column(label=self.label, share=self.share, align=self.align, strong=self.strong, phone=phone)


def check_fields(names: Iterable[str], records: Sequence[Record], where: str) -> None:
    """Hold field names against the first record's type. Raises PersonError with the nearest name that is known."""
    if not records:
        return
    known = {*type(records[0]).__struct_fields__, "distance"}
    for name in names:
        if name not in known:
            raise PersonError(
                f"{where}: found field {name!r}, expected one of: {', '.join(sorted(known))}{nearest(name, known)}"
            )


def chosen(records: Iterable[Record], where: dict[str, list[str]]) -> list[Record]:
    """The records whose fields have one of the values that ``where`` names."""
    return [
        record
        for record in records
        if all(str(getattr(record, name, "")) in values for name, values in where.items())
    ]


def ordered(records: Iterable[Record], sort: Sequence[str]) -> list[Record]:
    """The records by the fields of ``sort``, the first before the others; ``-field`` counts down; None comes last."""
    found = list(records)
    for name in reversed(sort):
        down = name.startswith("-")
        field = name.removeprefix("-")
        have = [record for record in found if getattr(record, field, None) not in (None, "")]
        lack = [record for record in found if getattr(record, field, None) in (None, "")]
        have.sort(key=lambda record: getattr(record, field), reverse=down)
        found = have + lack
    return found


def cell_of(field: Field, value: Any, moment: datetime, say: Say) -> Cell:
    """The value in the field's words."""
    raw = "" if value is None else str(value)
    tone = field.tones.get(raw, "")
    mark = field.marks.get(raw, "")
    if raw in field.words:
        return Cell(text=field.words[raw], tone=tone, mark=mark)
    if value is None or raw == "":
        return Cell(text=DASH, tone="text2")
    if value == 0 and field.none:
        return Cell(text=field.none, tone=tone or "text2", mark=mark)
    return Cell(text=f"{_text(field, value, moment, say)}{field.unit and f' {field.unit}'}", tone=tone, mark=mark)


def _text(field: Field, value: Any, moment: datetime, say: Say) -> str:
    if isinstance(value, datetime):
        if field.moment == "clock":
            return say.clock(value)
        return day_word(value, moment, say) if field.moment == "day" else moment_word(value, moment, say)
    if isinstance(value, bool):
        return say("Yes") if value else say("No")
    if isinstance(value, int | float):
        return say.number(value)
    if isinstance(value, tuple):
        return say.joined(str(part) for part in value)
    text = str(value)
    if field.field == "hours":
        return in_words(text, say)
    if field.field in ("first", "last"):
        return times_word(text, say)
    if field.field == "headway":
        return headway_word(text, say)
    if field.field == "status":
        return status_word(text, say)
    if _DATE.fullmatch(text):
        try:
            return date_word(date.fromisoformat(text), say.day_of(moment), say)
        except ValueError:
            return text
    return text


def is_dated(fields: Iterable[Field], records: Sequence[Record]) -> bool:
    """Whether a cell of these rows can say "today", and so changes at midnight."""
    names = [field.field for field in fields]
    first = records[0] if records else None
    return any(
        isinstance(value := getattr(first, name, None), datetime) or (isinstance(value, str) and _DATE.fullmatch(value))
        for name in names
    )
