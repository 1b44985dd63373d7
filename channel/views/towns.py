"""Where is my estate: towns, and an item for each with its estates (layout ``index``, page 109).

A town of many estates is divided by the letters of their names, evenly, so that each is few presses away.

Options: ``heading`` and ``inner`` stand above the towns and above a town's estates; ``target`` is the page that an
estate opens; ``columns`` stand side by side; ``letters`` stands above the parts of a town.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec

from channel.estates import Estate
from channel.views._keys import keys
from channel.views._names import letters, order
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
    ordered = sorted(estates, key=lambda estate: (order(estate.name, say), estate.id))
    # Neither the parts nor what is in one of them are many.
    size = math.ceil(math.sqrt(len(ordered)))
    parts = [ordered[at : at + size] for at in range(0, len(ordered), size)]
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


def _from(first: Estate, say: Say) -> str:
    return say("from {name}", name=first.name)


def _index(ident: str, title: str, heading: str, entries: Sequence[Entry], options: Options) -> Item:
    body = Index(heading=heading, columns=options.columns, entries=tuple(entries))
    return Item(id=ident, title=title, layout="index", body=body)


def _entry(estate: Estate, options: Options) -> Entry:
    return Entry(label=estate.name, to=f"@{estate.id}/{options.target}")
