"""Places that serve the estate by its area code, such as schools and their zones (layout ``list``).

Role ``places``. Options: ``kinds`` gives the order of the kinds; ``limit`` rows; ``empty`` is the sentence when the
estate is in no zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from channel.estates import Estate
from channel.memory import Slot
from channel.views._items import items_of
from channel.views._keys import keys
from channel.views._near import spread
from channel.views._words import distance_words, town_word
from channel.views.base import Inputs, Until
from channel.views.content import Content, Item, List, ListRow
from channel.words import N_
from feeds.records import Place

ROLES = ("places",)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    kinds: tuple[str, ...] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 40
    empty: str = N_("The school zone of your estate is not known yet")


@dataclass(frozen=True)
class _Shared:
    """What all estates share: places by area code, and the items; and the rows of each estate that asked before."""

    places: tuple[Place, ...]
    by_code: dict[str, list[Place]]
    items: tuple[Item, ...]
    linked: frozenset[str]
    rows: dict[Estate | None, tuple[ListRow, ...]]


_SHARED: Slot[_Shared] = Slot("zones", 64)


def view(inputs: Inputs) -> Content:
    """The places whose zone holds the estate; for the district some of every town."""
    options = inputs.options(Options)
    key = (inputs.page_key, inputs.digest("places"))
    shared = inputs.remembered(_SHARED, key, lambda: _shared(inputs, options))
    rows = shared.rows.get(inputs.estate)
    if rows is None:
        found = _chosen(inputs, shared, options)[: options.limit]
        rows = shared.rows[inputs.estate] = tuple(_row(place, inputs, shared.linked) for place in found)
    return Content(
        body=List(rows=rows, lead=False, empty=None if rows else inputs.empty("places", options.empty)),
        sources=inputs.source_lines(),
        items=shared.items,
        place=inputs.place(),
        valid_until=Until(inputs).value,
        **keys(inputs.page),
    )


def _chosen(inputs: Inputs, shared: _Shared, options: Options) -> list[Place]:
    estate = inputs.estate
    if estate is None:
        return [shared.places[index] for index in spread(shared.places, tuple(inputs.estates.towns), options.limit)]
    found = serving(shared.by_code, estate)
    order = {kind: number for number, kind in enumerate(options.kinds)}
    return sorted(found, key=lambda place: (order.get(place.kind, len(order)), _km(place, estate), place.name))


def serving(by_code: dict[str, list[Place]], estate: Estate) -> list[Place]:
    """The places that name the estate's area code or a part of it that it begins with."""
    code = estate.area_code
    return [place for end in range(1, len(code) + 1) for place in by_code.get(code[:end], ())]


def _shared(inputs: Inputs, options: Options) -> _Shared:
    places = [p for p in inputs.records("places", Place) if not options.kinds or p.kind in options.kinds]
    by_code: dict[str, list[Place]] = {}
    for place in places:
        for code in dict.fromkeys(place.areas):
            by_code.setdefault(code, []).append(place)
    # More schools than items of a page: every estate's own must open, so none is left out here.
    items = items_of(places, inputs.page.title, inputs.say, inputs.page.detail, most=len(places))
    return _Shared(tuple(places), by_code, items, frozenset(item.id for item in items), {})


def _row(place: Place, inputs: Inputs, linked: frozenset[str]) -> ListRow:
    km, say = None, inputs.say
    if inputs.estate is not None and place.lon is not None and place.lat is not None:
        km = inputs.estate.distance_km(place.lon, place.lat)
    return ListRow(
        to=f"{inputs.page.number}.{place.id}" if place.id in linked else "",
        title=place.name,
        tag=place.kind,
        date=" ".join(distance_words(km, say)) if km is not None else town_word(place.town, say),
    )


def _km(place: Place, estate: Estate) -> float:
    if place.lon is None or place.lat is None:
        return float("inf")
    km = estate.distance_km(place.lon, place.lat)
    return float("inf") if km is None else km
