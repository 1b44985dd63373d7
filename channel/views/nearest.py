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
from datetime import datetime
from typing import Annotated

import msgspec

from channel.memory import Slot
from channel.views import _state
from channel.views._items import items_of
from channel.views._keys import keys
from channel.views._near import Nearby, Spot, spread
from channel.views._words import number_word, town_word
from channel.views.base import Inputs, Until, next_midnight
from channel.views.content import Content, Item, Mark, Nearest, NearestRow
from feeds.records import BikeStation, Place

ROLES = ("places",)
Located = Place | BikeStation


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
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 16
    items: bool = True
    labels: dict[str, str] = {}
    empty: str = "附近暂时没有登记的地点"


@dataclass(frozen=True)
class _Shared:
    """What all estates share: the places and their items."""

    nearby: Nearby[Located]
    items: tuple[Item, ...]
    linked: frozenset[str]


class _Rows(dict[Spot, NearestRow]):
    """The rows of one moment, each made when it is first asked for; ``turns`` says when a place's state changes."""

    def __init__(self, inputs: Inputs, options: Options, shared: _Shared) -> None:
        super().__init__()
        self._inputs, self._options, self._shared = inputs, options, shared
        self._midnight = next_midnight(inputs.moment)
        self._parts: dict[int, tuple[NearestRow, dict[str, NearestRow]]] = {}
        self.turns: dict[int, datetime] = {}

    def __missing__(self, spot: Spot) -> NearestRow:
        place = self._shared.nearby.places[spot.number]
        part, placed = self._parts.get(spot.number) or self._part(spot.number, place)
        # A place whose row says what it said a moment ago has its rows of then.
        row = self[spot] = placed.get(spot.figure) or placed.setdefault(spot.figure, _placed(part, place, spot))
        return row

    def _part(self, index: int, place: Located) -> tuple[NearestRow, dict[str, NearestRow]]:
        row, now = _part(place, self._inputs, self._options, self._shared.linked, self._midnight)
        ahead = [at for at in now.changes if at > self._inputs.moment]
        if ahead:
            self.turns[index] = min(ahead)
        found = self._parts[index] = (row, self._inputs.remembered(_PLACED, (row, getattr(place, "town", "")), dict))
        return found


_ROWS: Slot[tuple[_Shared, _Rows]] = Slot("rows of a moment")
_SHARED: Slot[_Shared] = Slot("places near", 64)
_PLACED: Slot[dict[str, NearestRow]] = Slot("rows by distance")


def view(inputs: Inputs) -> Content:
    """The nearest places, and an item for each place of the source."""
    options = inputs.options(Options)
    shared, every = inputs.once(_ROWS, lambda: _rows(inputs, options))
    spots = _chosen(inputs, shared, options.limit)
    rows = tuple([every[spot] for spot in spots])
    until = Until(inputs)
    if every.turns:
        until.at(*[every.turns.get(spot.number) for spot in spots])
    heads = options.heads if inputs.estate else (*options.heads[:2], _town_head(rows), *options.heads[3:])
    empty = None if rows else inputs.empty("places", options.empty)
    return Content(
        body=Nearest(rows=rows, heads=heads, empty=empty),
        sources=inputs.source_lines(),
        items=shared.items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _rows(inputs: Inputs, options: Options) -> tuple[_Shared, _Rows]:
    """What all estates share, over snapshots and at this moment."""
    key = (inputs.page_key, inputs.digest("places"))
    shared = inputs.remembered(_SHARED, key, lambda: _shared(inputs, options))
    return shared, _Rows(inputs, options, shared)


def _shared(inputs: Inputs, options: Options) -> _Shared:
    spots: list[Located] = [*inputs.records("places", Place), *inputs.records("places", BikeStation)]
    if options.kinds:
        spots = [spot for spot in spots if getattr(spot, "kind", "") in options.kinds]
    items = items_of(spots, inputs.page.title, inputs.page.detail, options.labels) if options.items else ()
    return _Shared(Nearby(spots, inputs.memory), items, frozenset(item.id for item in items))


def _chosen(inputs: Inputs, shared: _Shared, most: int) -> Sequence[Spot]:
    estate, places = inputs.estate, shared.nearby.places
    if estate is None:
        return list(map(Spot, spread(places, tuple(inputs.estates.towns), most)))
    if estate.lon is None or estate.lat is None:
        own = sorted(range(len(places)), key=lambda index: getattr(places[index], "town", "") != estate.town)
        return [Spot(index) for index in own[:most]]
    return shared.nearby.spots(estate, most)


def _part(
    spot: Located, inputs: Inputs, options: Options, linked: frozenset[str], midnight: datetime
) -> tuple[NearestRow, _state.Now]:
    """The row without its distance, and what its state depends on."""
    now = _state.by_hours(spot, inputs.moment, midnight, options.words)
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


def _field(spot: Located, name: str) -> str:
    value = getattr(spot, name, None)
    if value is None or value == "":
        return _state.DASH
    return number_word(value) if isinstance(value, int | float) else str(value)


def _town_head(rows: Sequence[NearestRow]) -> str:
    """The head over the towns that stand in place of distances; none where the rows name their town already."""
    return "街镇" if any(row.figure for row in rows) else ""


def _placed(row: NearestRow, place: Located, spot: Spot) -> NearestRow:
    """The row with its distance, or with its town where there is none and the row does not name it yet."""
    figure, unit = spot.figure, spot.unit
    if not figure:
        town = getattr(place, "town", "")
        figure = "" if row.level == town else town_word(town)
    return NearestRow(
        to=row.to, name=row.name, level=row.level, figure=figure, unit=unit, hours=row.hours, mark=row.mark,
        word=row.word,
    )  # fmt: skip
