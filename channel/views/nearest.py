"""Places in the order of their distance from the estate (layout ``nearest``).

Role ``places`` (places or bike stations). For the district they stand by town and name, some of every town.
Options: ``kinds`` keeps these kinds; ``level`` is the field of the second column; ``detail`` that of the fourth
(``hours``: today's); ``state`` is what the last says: by ``hours``, by what is ``left``, by the ``queue`` (``long``
is a long one), by the ``level`` with ``marks``, or ``none``; ``words`` for the states; ``heads`` of the five columns;
``always`` is a field that is said in place of the hours where they are over, if it tells of all day (in the words that
a catalogue has for it);
``first`` is ``open`` where people want what is open now: the nearest of those stand first, and what is shut after them;
``towns`` has the green key lead to all places by town; ``limit`` rows; ``items`` whether a row opens a page of its own,
``labels`` names facts there otherwise; ``empty`` is the sentence when there are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

import msgspec

from channel.memory import Slot
from channel.views import _state
from channel.views._by_town import INDEX, town_pages
from channel.views._items import items_of, position, sheet_of
from channel.views._keys import keys
from channel.views._near import Nearby, Spot, spread
from channel.views._words import town_word
from channel.views.base import Inputs, Until, next_midnight
from channel.views.content import Content, Item, Key, Mark, Nearest, NearestRow, Sheet
from channel.words import N_, Say
from feeds.records import BikeStation, Place

ROLES = ("places",)
MOST = 200
"""Rows of a page."""
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
    heads: tuple[str, str, str, str, str] = (N_("Name"), N_("Kind"), N_("From home"), N_("Today's hours"), N_("Now"))
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 16
    items: bool = True
    labels: dict[str, str] = {}
    always: str = ""
    first: Literal["near", "open"] = "near"
    towns: bool = False
    empty: str = N_("No places near here are known for now")


@dataclass(frozen=True)
class _Shared:
    """What all estates share: the places, and which of them have a page of their own."""

    nearby: Nearby[Located]
    linked: frozenset[str]


class _Rows(dict[Spot, NearestRow]):
    """The rows of one moment, each made when it is first asked for; ``turns`` says when a place's state changes."""

    def __init__(self, inputs: Inputs, options: Options, shared: _Shared) -> None:
        super().__init__()
        self._inputs, self._options, self._shared = inputs, options, shared
        self._midnight = next_midnight(inputs.moment, inputs.say)
        self._parts: dict[int, tuple[NearestRow, dict[str, NearestRow]]] = {}
        self.turns: dict[int, datetime] = {}

    def __missing__(self, spot: Spot) -> NearestRow:
        place = self._shared.nearby.places[spot.number]
        part, placed = self._said(spot.number)
        # A place whose row says what it said a moment ago has its rows of then.
        row = placed.get(spot.figure)
        if row is None:
            row = placed.setdefault(spot.figure, _placed(part, place, spot, self._inputs.say))
        self[spot] = row
        return row

    def is_open(self, spot: Spot) -> bool:
        """Whether people can go to a place now."""
        return self._said(spot.number)[0].mark == "open"

    def _said(self, index: int) -> tuple[NearestRow, dict[str, NearestRow]]:
        return self._parts.get(index) or self._part(index, self._shared.nearby.places[index])

    def pages(self) -> tuple[Item, ...]:
        """The pages of the places as they stand now, the same object where one says what it said."""
        found = []
        for index, place in enumerate(self._shared.nearby.places):
            if place.id in self._shared.linked:
                now = self._now(index, place)
                key = (self._inputs.page_key, place, now)
                found.append(self._inputs.remembered(_ITEMS, key, partial(self._item, place, now)))
        return tuple(found)

    def by_town(self) -> tuple[Item, ...]:
        """All places of the district, in lists by town."""
        places = self._shared.nearby.places
        rows = (
            (getattr(place, "town", ""), self._said(index)[0])
            for index, place in enumerate(places)
            if place.id in self._shared.linked
        )
        inputs = self._inputs
        return town_pages(rows, tuple(inputs.estates.towns), inputs.page.number, self._options.heads, inputs.say)

    def _now(self, index: int, place: Located) -> _state.Now:
        inputs = self._inputs
        now = _state.by_hours(place, inputs.moment, self._midnight, self._options.words, inputs.say)
        self._turn(index, now.changes)
        kind = self._options.state
        if kind in ("left", "queue"):
            mark, word = _stands(place, now, self._options, inputs.say)
            now = now._replace(mark=mark, word=word, until=now.until if kind == "queue" else "")
        always = str(getattr(place, self._options.always, "")) if self._options.always else ""
        if kind == "hours" and now.mark in ("closed", "later") and _tells_of_all_day(always, inputs.say):
            now = now._replace(mark="open", word=inputs.say("open all day"), until=always)
        return now._replace(changes=())

    def _turn(self, index: int, changes: Iterable[datetime]) -> None:
        """Note when a place's state changes next."""
        ahead = [at for at in changes if at > self._inputs.moment]
        if ahead:
            self.turns[index] = min(ahead)

    def _item(self, place: Located, now: _state.Now) -> Item:
        page, say = self._inputs.page, self._inputs.say
        if isinstance(place, Place) and page.detail == "article":
            body = sheet_of(place, now, self._options.labels, say, self._options.level)
            return Item(id=place.id, title=page.title, layout="sheet", body=body)
        if isinstance(place, BikeStation) and page.detail == "article":
            heads, fields = self._options.heads, (self._options.detail, self._options.level)
            told = ((head, _field(place, field, say)) for head, field in zip((heads[3], heads[1]), fields, strict=True))
            rows = [(head, value) for head, value in (*told, (say("Address"), place.address)) if head and value]
            body = Sheet(name=place.name, mark=now.mark, word=now.word, rows=tuple(rows), at=position(place))
            return Item(id=place.id, title=page.title, layout="sheet", body=body)
        return items_of([place], page.title, say, page.detail, self._options.labels)[0]

    def _part(self, index: int, place: Located) -> tuple[NearestRow, dict[str, NearestRow]]:
        row, now = _part(place, self._inputs, self._options, self._shared.linked, self._midnight)
        self._turn(index, now.changes)
        found = self._parts[index] = (row, self._inputs.remembered(_PLACED, (row, getattr(place, "town", "")), dict))
        return found


_MOST_ITEMS = 2_000
"""Whatever is nearest to some estate must open."""
_ROWS: Slot[tuple[_Shared, _Rows]] = Slot("rows of a moment")
_ITEMS: Slot[Item] = Slot("pages of places", 8_000)
_EVERY: Slot[tuple[Item, ...]] = Slot("pages of places now")
_TOWNS: Slot[tuple[Item, ...]] = Slot("places by town now")
_SHARED: Slot[_Shared] = Slot("places near", 64)
_PLACED: Slot[dict[str, NearestRow]] = Slot("rows by distance")


def view(inputs: Inputs) -> Content:
    """The nearest places, and an item for each place of the source."""
    options = inputs.options(Options)
    shared, every = inputs.once(_ROWS, lambda: _rows(inputs, options))
    near = _chosen(inputs, shared, options.limit if options.first == "near" else MOST)
    spots = near if options.first == "near" else _open_first(near, every, options.limit)
    rows = tuple([every[spot] for spot in spots])
    items = inputs.once(_EVERY, every.pages)
    given = keys(inputs.page)
    if options.towns and items:
        items = (*items, *inputs.once(_TOWNS, every.by_town))
        say = inputs.say
        given["green"] = Key(label=say("By town"), to=f"{inputs.page.number}.{INDEX}", short=say("Town"))
    until = Until(inputs)
    if every.turns:
        # What the district says has the pages of all places with it.
        until.at(*([every.turns.get(spot.number) for spot in near] if inputs.estate else every.turns.values()))
    heads = options.heads if inputs.estate else (*options.heads[:2], _town_head(rows, inputs.say), *options.heads[3:])
    empty = None if rows else inputs.empty("places", options.empty)
    return Content(
        body=Nearest(rows=rows, heads=heads, empty=empty),
        sources=inputs.source_lines(),
        items=items,
        place=inputs.place(),
        valid_until=until.value,
        **given,
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
    linked = frozenset(spot.id for spot in spots[: _MOST_ITEMS * options.items])
    return _Shared(Nearby(spots, inputs.memory, inputs.say), linked)


def _chosen(inputs: Inputs, shared: _Shared, most: int) -> Sequence[Spot]:
    estate, places = inputs.estate, shared.nearby.places
    if estate is None:
        return list(map(Spot, spread(places, tuple(inputs.estates.towns), most)))
    if estate.lon is None or estate.lat is None:
        own = sorted(range(len(places)), key=lambda index: getattr(places[index], "town", "") != estate.town)
        return [Spot(index) for index in own[:most]]
    return shared.nearby.spots(estate, most)


def _open_first(near: Sequence[Spot], every: _Rows, most: int) -> list[Spot]:
    """The places that are open, and after them those that are not, each in their order."""
    return sorted(near, key=lambda spot: not every.is_open(spot))[:most]


def _part(
    spot: Located, inputs: Inputs, options: Options, linked: frozenset[str], midnight: datetime
) -> tuple[NearestRow, _state.Now]:
    """The row without its distance, and what its state depends on."""
    say = inputs.say
    now = _state.by_hours(spot, inputs.moment, midnight, options.words, say)
    mark, word = _stands(spot, now, options, say)
    if options.state in ("left", "level", "none") and options.detail != "hours":
        now = now._replace(changes=())
    always = str(getattr(spot, options.always, "")) if options.always and now.mark in ("closed", "later") else ""
    hours = now.hours
    if _tells_of_all_day(always, say) and options.state == "hours":
        # Help is there at any hour: a red mark would send people home. The hours of today stand as they are.
        mark, word = "open", always
    row = NearestRow(
        to=f"{inputs.page.number}.{spot.id}" if spot.id in linked else "",
        name=spot.name,
        level=_field(spot, options.level, say),
        hours=hours if options.detail == "hours" else _field(spot, options.detail, say),
        mark=mark,
        word=word,
        at=position(spot),
    )
    return row, now


def _stands(spot: Located, now: _state.Now, options: Options, say: Say) -> tuple[Mark, str]:
    """Mark and word of its state, of the kind that the page shows."""
    if options.state == "left":
        return _state.by_left(spot, options.words)
    if options.state == "none":
        return "", ""
    if isinstance(spot, Place) and options.state == "queue" and now.mark not in ("closed", "later"):
        return _state.by_queue(spot, options.words, options.long, say)
    if isinstance(spot, Place) and options.state == "level" and now.mark not in ("closed", "later"):
        return _state.by_level(spot, options.marks)
    return now.mark, now.word


def _tells_of_all_day(text: str, say: Say) -> bool:
    words = say.within("what a feed's own words for being open all day contain, with | between", "24|all day")
    return any(word in text for word in words.split("|"))


def _field(spot: Located, name: str, say: Say) -> str:
    value = getattr(spot, name, None)
    if value is None or value == "":
        return _state.DASH
    return say.number(value) if isinstance(value, int | float) else str(value)


def _town_head(rows: Sequence[NearestRow], say: Say) -> str:
    """The head over the towns that stand in place of distances; none where the rows name their town already."""
    return say("Town") if any(row.figure for row in rows) else ""


def _placed(row: NearestRow, place: Located, spot: Spot, say: Say) -> NearestRow:
    """The row with its distance, or with its town where there is none and the row does not name it yet."""
    figure, unit = spot.figure, spot.unit
    if not figure:
        town = getattr(place, "town", "")
        figure = "" if row.level == town else town_word(town, say)
    return NearestRow(
        to=row.to, name=row.name, level=row.level, figure=figure, unit=unit, hours=row.hours, mark=row.mark,
        word=row.word, at=row.at,
    )  # fmt: skip
