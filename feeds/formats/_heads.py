"""Where a table's head is: the names of its columns, in one line or in two or three."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeAlias

from feeds.formats._options import whole
from feeds.source import Source

Line: TypeAlias = tuple[int, Sequence[Any]]
"""A line's number and its cells."""

WITHIN = 20
"""The head is looked for in so many lines that hold anything."""
_MOST_LINES = 3


class Header(tuple[str, ...]):
    """The names of the columns, which come before the rows of a sheet."""


def headed(lines: Iterator[Line], source: Source, wanted: Collection[str]) -> tuple[Header, Iterator[Line]]:
    """The header and the lines below it that hold anything.

    ``options.header`` is the number of its line. Without it, it is the line that has most of the wanted columns;
    else the first that names more than one column, because a title stands above many a table. A line below (or above)
    belongs to it when it only parts columns that are drawn together (坐标 over 经度 and 纬度).
    """
    filled = ((number, cells) for number, cells in lines if any(_named(cells)))
    if "header" in source.options:
        at_least = whole(source, "header", 1)
        first = next(((number, cells) for number, cells in filled if number >= at_least), (0, []))
        return Header(_once(_names(first[1]))), filled
    head = list(islice(filled, WITHIN))
    if not head:
        return Header(), filled
    place = _place(head, wanted)
    if place and _parts(_names(head[place - 1][1]), _names(head[place][1])):
        place -= 1
    names, last = _names(head[place][1]), place
    for below in range(place + 1, min(place + _MOST_LINES, len(head))):
        parts = _names(head[below][1])
        if any(not isinstance(cell, str | None) for cell in head[below][1]) or not _parts(names, parts):
            break
        names, last = _joined(names, parts), below
    return Header(_once(names)), chain(head[last + 1 :], filled)


def _place(head: Sequence[Line], wanted: Collection[str]) -> int:
    """Which of the first lines names the columns."""
    known = [len({name for name in _named(cells) if name in wanted}) for _, cells in head]
    if max(known):
        return known.index(max(known))
    return next((place for place, (_, cells) in enumerate(head) if len(set(_named(cells))) > 1), 0)


def _parts(above: list[str], below: list[str]) -> bool:
    """Whether ``below`` only parts the columns of ``above``.

    In each column it repeats what stands above (merged downwards) or says nothing, but for columns that stand under one
    name (merged across, or named once with nothing beside it): two at least have names of their own there.
    """
    width = max(len(above), len(below))
    above, below = above + [""] * (width - len(above)), below + [""] * (width - len(below))
    groups = _groups(above)
    parted = [column for column in range(width) if below[column] and below[column] != above[column]]
    if len(parted) < 2 or len({groups[column] for column in parted}) == width:
        return False
    if any(groups.count(groups[column]) < 2 for column in parted):
        return False
    kept = [column for column in range(width) if above[column] and column not in parted]
    numbers = any(any(letter.isdigit() for letter in below[column]) for column in parted)
    merged = any(below[column] == above[column] for column in kept)
    return merged or (bool(kept) and not numbers)


def _groups(names: list[str]) -> list[int]:
    """For each column the first column of those that stand under one name."""
    groups: list[int] = []
    for column, name in enumerate(names):
        joins = column and (not name or name == names[column - 1]) and names[groups[-1]]
        groups.append(groups[-1] if joins else column)
    return groups


def _joined(above: list[str], below: list[str]) -> list[str]:
    """The lower name of each column where there is one, with the upper one before it when others have the same."""
    width = max(len(above), len(below))
    above, below = above + [""] * (width - len(above)), below + [""] * (width - len(below))
    groups = _groups(above)
    low = [lower or upper for upper, lower in zip(above, below, strict=True)]
    return [
        f"{above[groups[column]]}{name}" if name and low.count(name) > 1 and name != above[column] else name
        for column, name in enumerate(low)
    ]


def _once(names: list[str]) -> list[str]:
    """The names without those that came before: of two columns of one name the first counts."""
    return [name if name not in names[:column] else "" for column, name in enumerate(names)]


def _names(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]


def _named(cells: Sequence[Any]) -> list[str]:
    return [name for name in _names(cells) if name]
