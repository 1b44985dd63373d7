"""Records of any kind under column heads (layout ``table``).

Role ``rows``. Options: ``columns`` (see ``_rows.Field``); ``sort`` fields, ``-field`` counts down; ``where`` keeps
records by a field's values; ``near`` orders places by their distance from the estate, and ``distance`` is then a
field; ``days`` names a date field: rows of days before today leave; ``today`` keeps today's alone; ``part`` names a
field whose values are parts of a day that are over at the times of ``over``: such rows of today leave too, and when
none is left ``done`` is the sentence; ``join`` names a field: records that are equal in it, as the two directions of a
line are, share the first one's row; ``limit`` rows; ``items`` whether a row opens a page of its own, ``labels`` names
facts there otherwise; ``empty`` is the sentence when there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

import msgspec

from channel.memory import Slot
from channel.views._items import in_order, items_of, sentence, sentences
from channel.views._keys import keys
from channel.views._near import Nearby, Spot, spread
from channel.views._parts import Ends, over
from channel.views._rows import Field, cell_of, check_fields, chosen, is_dated, ordered
from channel.views._words import town_word
from channel.views.base import Inputs, Until
from channel.views.content import Article, Cell, Column, Content, Item, Table, TableRow
from channel.words import N_, Say
from feeds.records import Record

ROLES = ("rows",)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    columns: Annotated[tuple[Field, ...], msgspec.Meta(min_length=1, max_length=6)]
    sort: tuple[str, ...] = ()
    where: dict[str, list[str]] = {}
    near: bool = False
    days: str = ""
    today: bool = False
    part: str = ""
    over: Ends = {}
    done: str = N_("What there was today is over")
    join: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 54
    items: bool = True
    labels: dict[str, str] = {}
    empty: str = N_("No data for now")


@dataclass(frozen=True)
class _Shared:
    """What all estates share on one day: the records in order, their places, heads, items, and the rows."""

    records: tuple[Record, ...]
    nearby: Nearby[Any] | None
    columns: tuple[Column, ...]
    items: tuple[Item, ...]
    dated: bool
    rows: _Rows
    firsts: tuple[int, ...]
    """The numbers of the records that have a row."""
    done: bool
    """Whether there was something today and all of it is over."""


class _Rows(dict[Spot, TableRow]):
    """The rows of one day, each made when it is first asked for."""

    def __init__(
        self, inputs: Inputs, options: Options, records: tuple[Record, ...], linked: frozenset[str], joined: _Joined
    ) -> None:
        super().__init__()
        self._number, self._moment, self._say = inputs.page.number, inputs.moment, inputs.say
        self._columns, self._records, self._linked, self._joined = options.columns, records, linked, joined

    def __missing__(self, spot: Spot) -> TableRow:
        record = self._records[spot.number]
        row = self[spot] = TableRow(
            cells=tuple(self._cell(field, record, spot) for field in self._columns),
            to=f"{self._number}.{record.id}" if record.id in self._linked else "",
        )
        return row

    def _cell(self, field: Field, record: Record, spot: Spot) -> Cell:
        cell = _cell(field, record, spot, self._moment, self._say)
        others = self._joined.get(record.id, ()) if field.each else ()
        texts = [cell.text, *(_cell(field, other, spot, self._moment, self._say).text for other in others)]
        return msgspec.structs.replace(cell, text=" / ".join(dict.fromkeys(texts)))


_Joined = dict[str, tuple[Record, ...]]
"""The id of a record that has a row -> the others that share it."""
_SHARED: Slot[_Shared] = Slot("tables", 64)


def view(inputs: Inputs) -> Content:
    """The table, and an item for each record that has more to say than its row."""
    options = inputs.options(Options)
    until = Until(inputs)
    shared = _today(inputs, options, over(options.over, inputs, until))
    if shared.dated:
        until.midnight()
    rows = tuple([shared.rows[spot] for spot in _chosen(inputs, options, shared)])
    return Content(
        body=Table(
            columns=shared.columns,
            rows=rows,
            empty=None if rows else inputs.empty("rows", options.done if shared.done else options.empty),
        ),
        sources=inputs.source_lines(),
        items=shared.items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _today(inputs: Inputs, options: Options, past: frozenset[str]) -> _Shared:
    # Cells say "today" or a date, never an hour of now: rows hold until the day or a part of it ends.
    today = inputs.say.day_of(inputs.moment).isoformat()
    key = (inputs.page_key, inputs.digest("rows"), today, past)
    return inputs.remembered(_SHARED, key, lambda: _shared(inputs, options, today, past))


def _shared(inputs: Inputs, options: Options, today: str, past: frozenset[str]) -> _Shared:
    say = inputs.say
    records: list[Record] = list(inputs.records("rows", Record))
    names = [field.field for field in options.columns] + [name.removeprefix("-") for name in options.sort]
    names += [name for name in (options.join, options.part) if name]
    check_fields([*names, *options.where], records, f"lineup.toml: page.{inputs.page.number}.options")
    records = chosen(records, options.where)
    if options.days:
        days = [(str(getattr(record, options.days, "")), record) for record in records]
        records = [record for day, record in days if day == today or (day > today and not options.today)]
    before = len(records)
    if past and options.part:
        records = [record for record in records if not _is_over(record, options, today, past)]
    first = inputs.pinned("rows")
    records = sorted(ordered(records, options.sort), key=lambda record: record.id not in first)
    joined = _joined(records, options.join) if options.join else {}
    items = items_of(records, inputs.page.title, say, inputs.page.detail, options.labels) if options.items else ()
    items = tuple(_telling(item, joined, items, say) for item in items) if joined else items
    if inputs.page.scope == "district" and not joined:
        items = in_order(items, inputs.page.number, say)
    shared = {other.id for others in joined.values() for other in others}
    nearby = Nearby(cast("list[Any]", records), inputs.memory, say) if options.near else None
    return _Shared(
        records=tuple(records),
        nearby=nearby,
        columns=tuple(field.column for field in options.columns),
        items=items,
        dated=bool(options.days) or is_dated(options.columns, records),
        rows=_Rows(inputs, options, tuple(records), frozenset(item.id for item in items), joined),
        firsts=tuple(number for number, record in enumerate(records) if record.id not in shared),
        done=before > 0 and not records,
    )


def _is_over(record: Record, options: Options, today: str, past: frozenset[str]) -> bool:
    is_today = not options.days or getattr(record, options.days, "") == today
    return is_today and str(getattr(record, options.part, "")).casefold() in past


def _joined(records: Sequence[Record], field: str) -> _Joined:
    groups: dict[object, list[Record]] = {}
    for record in records:
        groups.setdefault(getattr(record, field) or record.id, []).append(record)
    return {first.id: tuple(others) for first, *others in groups.values() if others}


def _telling(item: Item, joined: _Joined, items: Sequence[Item], say: Say) -> Item:
    """An item with what those that share its row have that it does not: the way back of a line."""
    group = next((ids for first, others in joined.items() if item.id in (ids := [first, *(o.id for o in others)])), [])
    body, told = item.body, []
    for other in items:
        if other.id in group and other.id != item.id and isinstance(body, Article) and isinstance(other.body, Article):
            further = [fact for fact in other.body.facts if fact not in body.facts]
            facts = [sentence(label, value, say) for label, value in further]
            told.append(sentences([*(p for p in other.body.paragraphs if p not in body.paragraphs), *facts], say))
    if not told or not isinstance(body, Article):
        return item
    body = msgspec.structs.replace(body, paragraphs=(*body.paragraphs, *filter(None, told)))
    return msgspec.structs.replace(item, body=body)


def _chosen(inputs: Inputs, options: Options, shared: _Shared) -> Sequence[Spot]:
    if shared.nearby is None:
        return list(map(Spot, shared.firsts[: options.limit]))
    if inputs.estate is None:
        return list(map(Spot, spread(shared.records, tuple(inputs.estates.towns), options.limit)))
    return shared.nearby.spots(inputs.estate, options.limit)


def _cell(field: Field, record: Record, spot: Spot, moment: datetime, say: Say) -> Cell:
    if field.field == "distance":
        if not spot.figure:
            return cell_of(field, town_word(getattr(record, "town", ""), say), moment, say)
        return Cell(text=f"{spot.figure} {spot.unit}")
    return cell_of(field, getattr(record, field.field, None), moment, say)
