"""Where is my estate: towns, and an item for each with its estates (layout ``index``, page 109).

A town of many estates is divided by the letters their names begin with: a letter stands in one part, unless it has too
many names for that, and each estate is few presses away.

Options: ``heading`` and ``inner`` stand above the towns and above a town's estates; ``target`` is the page that an
estate opens; ``columns`` stand side by side; ``letters`` stands above the parts of a town.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from channel.estates import Estate
from channel.views._keys import keys
from channel.views._names import by_letters, letters, order
from channel.views.base import Inputs, Until
from channel.views.content import Content, Empty, Entry, Index, Item
from channel.words import N_, Say
from feeds.records import stable_id

ROLES = ()
LINKS = ("target",)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    heading: str = N_("Choose your town with the arrow keys and OK")
    inner: str = N_("Choose your estate; the television remembers it")
    letters: str = N_("What the name of your estate begins with")
    target: str = "100"
    columns: Annotated[int, msgspec.Meta(ge=1, le=4)] = 3


_TOGETHER = 24
"""Estates that stand on one screen: a town of more is divided by the letters of their names."""
_COLUMN = 7
"""Entries of an index that stand in one column."""
_ARROWS = 10
"""Presses from a town to an estate, without the two of OK."""


def view(inputs: Inputs) -> Content:
    """The towns in the order of the estates' file, each with its number of estates."""
    options = inputs.options(Options)
    number, say = inputs.page.number, inputs.say
    towns = {town or say("Other"): estates for town, estates in inputs.estates.towns.items()}
    ids = {town: stable_id("town", town) for town in towns}
    entries = tuple(
        Entry(label=town, to=f"{number}.{ids[town]}", note=_count(estates, say))
        for town, estates in towns.items()
    )
    items = tuple(item for town, estates in towns.items() for item in _town(town, estates, number, options, say))
    empty = None
    if not entries:
        empty = Empty(sentence=say("No estates are known yet"), hint=say("Please ask the channel's editors"))
    return Content(
        body=Index(heading=options.heading, columns=options.columns, entries=entries, empty=empty),
        sources=inputs.source_lines(),
        items=items,
        place=inputs.place(),
        valid_until=Until(inputs).value,
        **keys(inputs.page),
    )


def _count(estates: Sequence[Estate], say: Say) -> str:
    return say.plural("{n} estate", "{n} estates", len(estates))


def _town(town: str, estates: Sequence[Estate], number: str, options: Options, say: Say) -> list[Item]:
    """A town's page, and those of its parts where it has many estates."""
    ident, title = stable_id("town", town), town
    if len(estates) <= _TOGETHER:
        in_order = sorted(estates, key=lambda estate: estate.id)
        return [_index(ident, title, options.inner, [_entry(estate, options) for estate in in_order], options)]
    parts = _parts(estates, options.columns, say)
    ids = [stable_id("town", town, str(place)) for place in range(len(parts))]
    entries = [
        Entry(label=letters(part[0].name, part[-1].name, say), to=f"{number}.{ident}", note=_from(part[0], say))
        for ident, part in zip(ids, parts, strict=True)
    ]
    inner = (
        _index(ident, title, options.inner, [_entry(estate, options) for estate in part], options)
        for ident, part in zip(ids, parts, strict=True)
    )
    return [_index(ident, title, options.letters, entries, options), *inner]


def _parts(estates: Sequence[Estate], columns: int, say: Say) -> list[list[Estate]]:
    """The estates by their letters, in as few parts as leave none of them too far away."""
    ordered = sorted(estates, key=lambda estate: (order(estate.name, say), estate.id))
    named = [(estate.name, estate) for estate in ordered]
    tried = [
        [[estate for _, estate in part] for part in by_letters(named, most, say)]
        for most in range(_TOGETHER, columns, -1)
    ]
    near = (parts for parts in tried if _farthest(parts, columns) <= _ARROWS)
    return next(near, None) or min(tried, key=lambda parts: _farthest(parts, columns))


def _farthest(parts: Sequence[Sequence[Estate]], columns: int) -> int:
    """Arrows to the estate that most of them lead to."""
    return max(_arrows(place, columns) + _arrows(len(part) - 1, columns) for place, part in enumerate(parts))


def _arrows(last: int, columns: int) -> int:
    """Arrows to the farthest of the entries up to the one with the number ``last``; few stand in one column."""
    return last if last < _COLUMN else last // columns + columns - 1


def _from(first: Estate, say: Say) -> str:
    return say("from {name}", name=first.name)


def _index(ident: str, title: str, heading: str, entries: Sequence[Entry], options: Options) -> Item:
    body = Index(heading=heading, columns=options.columns, entries=tuple(entries))
    return Item(id=ident, title=title, layout="index", body=body)


def _entry(estate: Estate, options: Options) -> Entry:
    return Entry(label=estate.name, to=f"@{estate.id}/{options.target}")
