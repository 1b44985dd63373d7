"""All places of a page by town, where the nearest are not enough: an index of towns, and a list for each.

The index is item ``towns``. A town with more places than a list bears is divided by the letters of their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from channel.views._names import by_letters, order, spans
from channel.views.content import Entry, Index, Item, Nearest, NearestRow
from channel.words import Say
from feeds.records import stable_id

INDEX = "towns"
_MOST = 60
"""Rows of a list: in large text that is twelve screens."""
_COLUMNS = 3


def town_pages(
    rows: Iterable[tuple[str, NearestRow]],
    towns: Sequence[str],
    number: str,
    heads: tuple[str, str, str, str, str],
    say: Say,
) -> tuple[Item, ...]:
    """The index and the lists of ``rows`` (town, row) on page ``number``, ``towns`` in this order, what is in none of
    them last: a feed must not make an index of its own."""
    others = say("Other")
    by_town: dict[str, list[NearestRow]] = {town: [] for town in towns}
    for town, row in rows:
        by_town.setdefault(town if town in by_town else others, []).append(row)
    entries, lists = [], []
    for town, found in by_town.items():
        ordered = sorted(found, key=lambda row: (order(row.name, say), row.to))
        parts = by_letters([(row.name, row) for row in ordered], _MOST, say)
        several = len(parts) > 1
        for place, (part, span) in enumerate(zip(parts, spans(parts, say), strict=True)):
            ident = stable_id("town", town, str(place))
            note = span if several else say.plural("{n} place", "{n} places", len(part))
            label = f"{town} {place + 1}/{len(parts)}" if several else town
            entries.append(Entry(label=label, to=f"{number}.{ident}", note=note))
            body = Nearest(rows=tuple(row for _, row in part), heads=(*heads[:2], "", *heads[3:]))
            lists.append(Item(id=ident, title=label, layout="nearest", body=body))
    index = Index(heading=say("All towns of the district"), columns=_COLUMNS, entries=tuple(entries))
    return Item(id=INDEX, title=say("Find by town"), layout="index", body=index), *lists
