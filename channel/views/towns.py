"""Where is my estate: towns, and an item for each with its estates (layout ``index``, page 109).

Options: ``heading`` and ``inner`` stand above the towns and above a town's estates; ``target`` is the page that an
estate opens; ``columns`` stand side by side.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from channel.views._keys import keys
from channel.views._words import cut
from channel.views.base import Inputs, Until
from channel.views.content import Content, Empty, Entry, Index, Item
from feeds.records import stable_id

ROLES = ()
LINKS = ("target",)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    heading: str = "先选您住的街镇，按方向键移动，按确认键选中"
    inner: str = "再选您住的小区，选好后电视会记住"
    target: str = "100"
    columns: Annotated[int, msgspec.Meta(ge=1, le=4)] = 3


def view(inputs: Inputs) -> Content:
    """The towns in the order of the estates' file, each with its number of estates."""
    options = inputs.options(Options)
    number = inputs.page.number
    towns = {town or "其他": estates for town, estates in inputs.estates.towns.items()}
    ids = {town: stable_id("town", town) for town in towns}
    entries = tuple(
        Entry(label=cut(town, 8), to=f"{number}.{ids[town]}", note=f"{len(estates)} 个")
        for town, estates in towns.items()
    )
    items = tuple(
        Item(
            id=ids[town],
            title=cut(town, 9),
            layout="index",
            body=Index(
                heading=options.inner,
                columns=options.columns,
                entries=tuple(
                    Entry(label=cut(estate.name, 8), to=f"@{estate.id}/{options.target}")
                    for estate in sorted(estates, key=lambda estate: estate.id)
                ),
            ),
        )
        for town, estates in towns.items()
    )
    empty = None if entries else Empty(sentence="还没有登记小区", hint="请与频道编辑联系")
    return Content(
        body=Index(heading=options.heading, columns=options.columns, entries=entries, empty=empty),
        sources=inputs.source_lines(),
        items=items,
        place=inputs.place(),
        valid_until=Until(inputs).value,
        **keys(inputs.page),
    )
