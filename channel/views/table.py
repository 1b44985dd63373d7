"""Records of any kind under column heads (layout ``table``).

Role ``rows``. Options: ``columns`` (see ``_rows.Field``); ``sort`` fields, ``-field`` counts down; ``where`` keeps
records by a field's values; ``near`` orders places by their distance from the estate, and ``distance`` is then a
field; ``days`` names a date field: rows of days before today leave; ``today`` keeps today's alone; ``limit`` rows;
``items`` whether a row opens a page of its own, ``labels`` names facts there otherwise; ``empty`` is the sentence
when there are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

import msgspec

from channel.views._items import items_of
from channel.views._keys import keys
from channel.views._near import Nearby, spread
from channel.views._rows import Field, cell_of, check_fields, chosen, is_dated, ordered
from channel.views._words import distance_words, town_word
from channel.views.base import Inputs, Memo, Until
from channel.views.content import Cell, Content, Item, Table, TableRow
from feeds.base.clock import local
from feeds.records import Record

_MEMO = Memo()


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    columns: Annotated[tuple[Field, ...], msgspec.Meta(min_length=1, max_length=6)]
    sort: tuple[str, ...] = ()
    where: dict[str, list[str]] = {}
    near: bool = False
    days: str = ""
    today: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    items: bool = True
    labels: dict[str, str] = {}
    empty: str = "暂时没有资料"


@dataclass(frozen=True)
class _Shared:
    """What all estates share on one day: the records in order, their places, their items."""

    records: tuple[Record, ...]
    nearby: Nearby[Any] | None
    items: tuple[Item, ...]
    linked: frozenset[str]


def view(inputs: Inputs) -> Content:
    """The table, and an item for each record that has more to say than its row."""
    options = inputs.options(Options)
    today = local(inputs.moment).date().isoformat()
    key = (inputs.page_key, inputs.digest("rows"), today if options.days else "")
    shared = _MEMO.get(key, lambda: _shared(inputs, options, today))
    until = Until(inputs)
    if options.days or is_dated(options.columns, shared.records):
        until.midnight()
    rows = tuple(
        TableRow(
            cells=tuple(_cell(field, record, km, inputs) for field in options.columns),
            to=f"{inputs.page.number}.{record.id}" if record.id in shared.linked else "",
        )
        for record, km in _chosen(inputs, options, shared)
    )
    return Content(
        body=Table(
            columns=tuple(field.column for field in options.columns),
            rows=rows,
            empty=None if rows else inputs.empty("rows", options.empty),
        ),
        sources=inputs.source_lines(),
        items=shared.items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _shared(inputs: Inputs, options: Options, today: str) -> _Shared:
    records: list[Record] = list(inputs.records("rows", Record))
    names = [field.field for field in options.columns] + [name.removeprefix("-") for name in options.sort]
    check_fields([*names, *options.where], records, f"lineup.toml: page.{inputs.page.number}.options")
    records = chosen(records, options.where)
    if options.days:
        days = [(str(getattr(record, options.days, "")), record) for record in records]
        records = [record for day, record in days if day == today or (day > today and not options.today)]
    records = ordered(records, options.sort)
    items = items_of(records, inputs.page.title, inputs.page.detail, options.labels) if options.items else ()
    nearby = Nearby(cast("list[Any]", records)) if options.near else None
    return _Shared(tuple(records), nearby, items, frozenset(item.id for item in items))


def _chosen(inputs: Inputs, options: Options, shared: _Shared) -> list[tuple[Record, float | None]]:
    if shared.nearby is None:
        return [(record, None) for record in shared.records[: options.limit]]
    if inputs.estate is None:
        spots = spread(shared.nearby.places, tuple(inputs.estates.towns), options.limit)
        return [(record, None) for record in spots]
    return shared.nearby.around(inputs.estate, options.limit)


def _cell(field: Field, record: Record, km: float | None, inputs: Inputs) -> Cell:
    if field.field == "distance":
        if km is None:
            return cell_of(field, town_word(getattr(record, "town", "")), inputs.moment)
        return Cell(text=" ".join(distance_words(km)))
    return cell_of(field, getattr(record, field.field, None), inputs.moment)
