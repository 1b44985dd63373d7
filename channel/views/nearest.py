"""Places in the order of their distance from the estate (layout ``nearest``).

Role ``places`` (places or bike stations). For the district they stand by town and name, some of every town.
Options: ``kinds`` keeps these kinds; ``level`` is the field of the second column; ``detail`` that of the fourth
(``hours``: today's); ``state`` is what the last says: by ``hours``, by what is ``left``, by the ``queue`` (``long``
is a long one), by the ``level`` with ``marks``, or ``none``; ``words`` for the states; ``heads`` of the five columns;
``limit`` rows; ``items`` whether a row opens a page of its own, ``labels`` names facts there otherwise; ``empty`` is
the sentence when there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from channel.views import _state
from channel.views._items import items_of
from channel.views._keys import keys
from channel.views._near import Nearby, spread
from channel.views._words import distance_words, number_word, town_word
from channel.views.base import Inputs, Memo, Until, next_midnight
from channel.views.content import Content, Item, Mark, Nearest, NearestRow
from feeds.records import BikeStation, Place

Spot = Place | BikeStation
_MEMO = Memo()


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    kinds: tuple[str, ...] = ()
    level: str = "level"
    detail: str = "hours"
    state: _state.Kind = "hours"
    long: Annotated[int, msgspec.Meta(ge=1)] = 10
    marks: dict[str, Mark] = {}
    words: _state.Words = _state.Words()
    heads: tuple[str, str, str, str, str] = ("名称", "类别", "离家", "今日时间", "现在")
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 24
    items: bool = True
    labels: dict[str, str] = {}
    empty: str = "附近暂时没有登记的地点"


@dataclass(frozen=True)
class _Shared:
    """What all estates share: the places and their items."""

    nearby: Nearby[Spot]
    items: tuple[Item, ...]
    linked: frozenset[str]


def view(inputs: Inputs) -> Content:
    """The nearest places, and an item for each place of the source."""
    options = inputs.options(Options)
    key = (inputs.page_key, inputs.digest("places"))
    shared = _MEMO.get(key, lambda: _shared(inputs, options))
    parts = _MEMO.get((*key, inputs.moment), dict[str, tuple[NearestRow, _state.Now]])
    until = Until(inputs)
    rows = []
    for spot, km in _chosen(inputs, shared, options.limit):
        row, now = parts.get(spot.id) or parts.setdefault(spot.id, _part(spot, inputs, options, shared.linked))
        until.at(*now.changes)
        rows.append(_placed(row, spot, km))
    heads = options.heads if inputs.estate else (*options.heads[:2], _town_head(rows), *options.heads[3:])
    empty = None if rows else inputs.empty("places", options.empty)
    return Content(
        body=Nearest(rows=tuple(rows), heads=heads, empty=empty),
        sources=inputs.source_lines(),
        items=shared.items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _shared(inputs: Inputs, options: Options) -> _Shared:
    spots: list[Spot] = [*inputs.records("places", Place), *inputs.records("places", BikeStation)]
    if options.kinds:
        spots = [spot for spot in spots if getattr(spot, "kind", "") in options.kinds]
    items = items_of(spots, inputs.page.title, inputs.page.detail, options.labels) if options.items else ()
    return _Shared(Nearby(spots), items, frozenset(item.id for item in items))


def _chosen(inputs: Inputs, shared: _Shared, most: int) -> list[tuple[Spot, float | None]]:
    estate = inputs.estate
    if estate is None:
        return [(spot, None) for spot in spread(shared.nearby.places, tuple(inputs.estates.towns), most)]
    if estate.lon is None or estate.lat is None:
        own = [spot for spot in shared.nearby.places if getattr(spot, "town", "") == estate.town]
        rest = [spot for spot in shared.nearby.places if getattr(spot, "town", "") != estate.town]
        return [(spot, None) for spot in [*own, *rest][:most]]
    return shared.nearby.around(estate, most)


def _part(
    spot: Spot, inputs: Inputs, options: Options, linked: frozenset[str]
) -> tuple[NearestRow, _state.Now]:
    """The row without its distance, and what its state depends on."""
    now = _state.by_hours(spot, inputs.moment, next_midnight(inputs.moment), options.words)
    mark, word = now.mark, now.word
    if options.state == "left":
        mark, word = _state.by_left(spot, options.words)
    elif isinstance(spot, Place) and options.state == "queue":
        mark, word = (mark, word) if mark in ("closed", "later") else _state.by_queue(spot, options.words, options.long)
    elif isinstance(spot, Place) and options.state == "level":
        mark, word = _state.by_level(spot, options.marks)
    elif options.state == "none":
        mark, word = "", ""
    if options.state in ("left", "level", "none") and options.detail != "hours":
        now = now._replace(changes=())
    row = NearestRow(
        to=f"{inputs.page.number}.{spot.id}" if spot.id in linked else "",
        name=spot.name,
        level=_field(spot, options.level),
        hours=now.hours if options.detail == "hours" else _field(spot, options.detail),
        mark=mark,
        word=word,
    )
    return row, now


def _field(spot: Spot, name: str) -> str:
    value = getattr(spot, name, None)
    if value is None or value == "":
        return _state.DASH
    return number_word(value) if isinstance(value, int | float) else str(value)


def _town_head(rows: Sequence[NearestRow]) -> str:
    """The head over the towns that stand in place of distances; none where the rows name their town already."""
    return "街镇" if any(row.figure for row in rows) else ""


def _placed(row: NearestRow, spot: Spot, km: float | None) -> NearestRow:
    """The row with its distance, or with its town where there is none and the row does not name it yet."""
    town = getattr(spot, "town", "")
    figure, unit = distance_words(km) if km is not None else ("" if row.level == town else town_word(town), "")
    return NearestRow(
        to=row.to, name=row.name, level=row.level, figure=figure, unit=unit, hours=row.hours, mark=row.mark,
        word=row.word,
    )  # fmt: skip
