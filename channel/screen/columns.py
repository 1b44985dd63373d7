"""How a table's columns share a row: as the line-up asks while every word has room, else by what the words need.

What does not fit beside the others even so stands on a second line of each row: a row is never squeezed, and nothing of
it is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from channel.screen.fonts import WIDER, Weight, advances
from channel.views.content import Column, TableRow

INSET = 28
"""Pixels before the first column, for the focus pointer."""
Size: TypeAlias = Callable[[str], int]


class Plan(NamedTuple):
    """``places`` gives each column's x and width in px (width 0: on the second line), ``below`` those on it by number,
    ``noted`` those whose cells have a mark or a note."""

    places: tuple[tuple[int, int], ...]
    below: tuple[int, ...]
    noted: frozenset[int]


def plan(
    columns: Sequence[Column],
    rows: Sequence[TableRow],
    *,
    room: int,
    air: int,
    note: int,
    heads: str,
    words: str,
    size: Size,
) -> Plan:
    """The columns of a table in ``room`` px after the inset.

    ``air`` is kept free after each, ``note`` px stand beside the figure of a column that has marks or notes. ``heads``
    and ``words`` are the roles of heads and cells (names and noted figures have ``body``), ``size`` their pixels.
    """
    noted = frozenset(index for row in rows for index, cell in enumerate(row.cells) if cell.note or cell.mark)
    needs = [_need(index, column, rows, noted, note, heads, words, size) + air for index, column in enumerate(columns)]
    shares, step = [column.share for column in columns], size("body") // 2
    below: list[int] = []
    while True:
        here = [index for index in range(len(columns)) if index not in below]
        own, parts = [needs[i] for i in here], [shares[i] for i in here]
        # In whole steps where there is room: estates that see other rows of one table see the same columns, and share
        # what is painted.
        widths = _widths([-(-need // step) * step for need in own], parts, room) or _widths(own, parts, room)
        moved = _widest(columns, needs, here) if widths is None else None
        if moved is None:
            break
        below.append(moved)
    if widths is None:
        # Nothing more may go below: the name gives way, down to a third of the row, then the rest by their needs.
        own = [needs[i] for i in here[1:]]
        rest = min(sum(own), room * 2 // 3)
        widths = [room - rest, *(need * rest // sum(own) for need in own)]
    places, x = [(0, 0)] * len(columns), INSET
    for index, wide in zip(here, widths, strict=True):
        places[index] = (x, wide)
        x += wide
    return Plan(tuple(places), tuple(sorted(below)), noted)


def _widths(needs: Sequence[int], shares: Sequence[float], room: int) -> list[int] | None:
    """Widths by share where every need is met so, else the needs with the rest by share; None where they do not fit."""
    total = sum(shares)
    widths = [int(room * share / total) for share in shares]
    if all(need <= wide for need, wide in zip(needs, widths, strict=True)):
        return widths
    rest = room - sum(needs)
    if rest < 0:
        return None
    return [need + int(rest * share / total) for need, share in zip(needs, shares, strict=True)]


def _widest(columns: Sequence[Column], needs: Sequence[int], here: Sequence[int]) -> int | None:
    """The column that goes below: the widest of words, else of figures; never the first, nor one that is strong."""
    if len(here) <= 2:
        return None
    movable = [i for i in here[1:] if not columns[i].strong]
    words = [i for i in movable if columns[i].align == "left"]
    return max(words or movable, key=lambda i: needs[i], default=None)


def _need(
    index: int,
    column: Column,
    rows: Sequence[TableRow],
    noted: frozenset[int],
    note: int,
    heads: str,
    words: str,
    size: Size,
) -> int:
    """The pixels that a column's widest line takes in a font 8 % wider than ours."""
    pixels = size("body" if noted or not index else words)
    bold = [column.strong or cell.best or not index for row in rows for cell in row.cells[index : index + 1]]
    texts = [row.cells[index].text for row in rows if len(row.cells) > index]
    cells = max(
        widest({text for text, heavy in zip(texts, bold, strict=True) if not heavy}, pixels, "regular"),
        widest({text for text, heavy in zip(texts, bold, strict=True) if heavy}, pixels, "bold"),
    )
    label = widest((column.label,), size(heads), "bold" if column.strong else "medium")
    return max(cells + (note if index in noted else 0), label)


def widest(texts: Iterable[str], size: int, weight: Weight) -> int:
    """The pixels that the widest of the lines needs in a font 8 % wider than ours; 0 where there are none."""
    table = advances(size, weight)
    found = [sum([table[char] for char in text]) for text in texts]
    return math.ceil(max(found) * WIDER) + 1 if found else 0
