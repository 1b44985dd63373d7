"""Pagination: there is no scrolling, so what does not fit flows onto the next screen, nothing lost and nothing twice.

A ``flow`` puts its children one under another in its ``h`` pixels, ``gap`` apart; a ``grid`` with ``rows`` takes
``cols`` x ``rows`` cells a screen. A child with ``keep`` stays with the one after it; one with ``again`` (a group's
head) stands again at the top of each screen that its group goes on to; one with ``break`` starts a new screen. Nothing
stands alone on the last screen where it can have company; a flow with ``even`` shares its children among all of them. A
last child with ``spare`` is no part of what is told: it stands below the others on the first screen that leaves it
room, and takes nothing from them but where that costs no screen. Where none has room, ``spare="screen"`` has one of its
own after them, and ``spare="room"`` is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from itertools import pairwise
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element

from channel.screen.boxes import Placer
from channel.screen.breaking import wrap
from channel.screen.elements import integer

Slice: TypeAlias = list[tuple[Element, int]]
"""Children of a flow on one screen, each with its distance from the flow's top in px."""
_Run: TypeAlias = list[Element]
"""Children that must stay together."""
MOST_SCREENS = 60
"""A page that would be longer is cut: nobody walks on, and a source gone mad must not fill the store."""
_IN_SIGHT = 4
"""Children that stay on the first screen when it makes room for what is spare."""


def paginate(root: Element, sizes: Mapping[str, int]) -> list[dict[int, Slice]]:
    """For each screen, what stands in each flow (by ``id()`` of its element); at least one screen."""
    placer = Placer(sizes, 0, 1, {}, lang=root.attrib.get("lang", ""))
    screens: list[dict[int, Slice]] = [{}]
    for element in root.iter():
        if element.tag == "flow":
            slices = _flow(element, placer)
        elif element.tag == "grid" and "rows" in element.attrib:
            slices = _grid(element)
        else:
            continue
        for index, part in enumerate(slices[:MOST_SCREENS]):
            if index == len(screens):
                screens.append({})
            screens[index][id(element)] = part
    return screens


def _grid(element: Element) -> list[Slice]:
    cols = integer(element, "cols", 1)
    size = cols * integer(element, "rows", 1)
    slices: list[Slice] = [[]]
    used = 0
    for child in element:
        cells = _cells(child)
        if used + cells > size and slices[-1]:
            slices.append([])
            used = 0
        slices[-1].append((child, 0))
        used += cells
    if len(slices) > 1 and len(slices[-1]) == 1 and size > cols:
        # What would stand alone on the last screen gets the row before it.
        moved = 0
        while moved < cols and len(slices[-2]) > 1:
            slices[-1].insert(0, slices[-2].pop())
            moved += _cells(slices[-1][0][0])
    return slices


def _cells(child: Element) -> int:
    return integer(child, "cs", 1) * integer(child, "rs", 1)


def _flow(element: Element, placer: Placer) -> list[Slice]:
    width, gap = integer(element, "w", 0), integer(element, "gap", 0)
    children = _lines(element, placer, width)
    spare = children.pop() if children and "spare" in children[-1].attrib else None
    runs = _runs(children)
    slices = _slices(_groups(element, placer, runs), placer, width, gap)
    return slices if spare is None else _with(spare, slices, element, placer, runs)


def _slices(groups: list[list[_Run]], placer: Placer, width: int, gap: int) -> list[Slice]:
    """Where the children of each screen stand."""
    slices: list[Slice] = []
    head: Element | None = None
    for group in groups or [[]]:
        slices.append([])
        at = 0
        if head is not None and "again" not in group[0][0].attrib:
            slices[-1].append((head, 0))
            at = placer.height(head, width) + gap
        for child in (child for run in group for child in run):
            lead = integer(child, "before", 0) if at else 0
            slices[-1].append((child, at + lead))
            at += lead + placer.height(child, width) + integer(child, "gap", gap)
            if "again" in child.attrib:
                head = child
    return slices


def _with(spare: Element, slices: list[Slice], element: Element, placer: Placer, runs: list[_Run]) -> list[Slice]:
    """The screens with ``spare`` on one of them: on the first, where that leaves it room, or can at the cost of no
    further screen and of no sight of what one came for; else on the first that leaves it room; else, where it is worth
    one and a screen can hold it, on one more."""
    width, gap, room = (integer(element, name, 0) for name in ("w", "gap", "h"))
    tall, before = placer.height(spare, width), integer(spare, "before", 0)

    def foot(part: Slice) -> int:
        if not part:
            return 0
        child, at = part[-1]
        return at + placer.height(child, width) + integer(child, "gap", gap) + before

    def stands(part: Slice) -> bool:
        return foot(part) + tall <= room

    if not stands(slices[0]) and len(slices) > 1:
        other = _slices(_groups(element, placer, runs, tall + gap), placer, width, gap)
        if len(other) <= len(slices) and len(other[0]) >= _IN_SIGHT and stands(other[0]):
            slices = other
    part = next((part for part in slices if stands(part)), None)
    if part is None and tall <= room and spare.attrib["spare"] == "screen":
        part = []
        slices.append(part)
    if part is not None:
        part.append((spare, foot(part)))
    return slices


def _groups(element: Element, placer: Placer, runs: list[_Run], kept: int = 0) -> list[list[_Run]]:
    """Which runs of children stand on one screen: as many as it has room for, or about as many on each. ``kept``
    pixels of the first one stay free."""
    room = integer(element, "h", 0)
    groups = _filled(element, placer, runs, room, kept)
    width, gap = integer(element, "w", 0), integer(element, "gap", 0)
    if len(groups) < 2:
        return groups
    if "even" not in element.attrib:
        _accompany(groups, lambda run: _need(run, placer, width, gap) + gap, room)
        return groups
    least = 0
    while room - least > 1:
        middle = (room + least) // 2
        fewer = _filled(element, placer, runs, middle, kept)
        if len(fewer) > len(groups):
            least = middle
        else:
            groups, room = fewer, middle
    _share(groups, lambda run: _need(run, placer, width, gap) + gap)
    return groups


def _filled(element: Element, placer: Placer, runs: list[_Run], room: int, kept: int) -> list[list[_Run]]:
    """As many runs on each screen as ``room`` pixels take, on the first ``kept`` fewer."""
    width, gap = integer(element, "w", 0), integer(element, "gap", 0)
    groups: list[list[_Run]] = []
    at = head = 0
    for run in runs:
        free = room - kept if len(groups) < 2 else room
        if not groups or at + _need(run, placer, width, gap) > free or "break" in run[0].attrib:
            groups.append([])
            at = head if "again" not in run[0].attrib else 0
        groups[-1].append(run)
        for child in run:
            at += (integer(child, "before", 0) if at else 0) + placer.height(child, width)
            at += integer(child, "gap", gap)
            if "again" in child.attrib:
                head = placer.height(child, width) + gap
    return groups


def _share(groups: list[list[_Run]], tall: Callable[[_Run], int]) -> None:
    """Move runs on to the next screen as long as that is no fuller than the one before it."""
    moved = True
    while moved:
        moved = False
        for before, after in reversed(list(pairwise(groups))):
            last = before[-1]
            if len(before) > 1 and sum(map(tall, before[:-1])) >= sum(map(tall, after)) + tall(last):
                after.insert(0, before.pop())
                moved = True


def _accompany(groups: list[list[_Run]], tall: Callable[[_Run], int], room: int) -> None:
    """A row that would stand alone on the last screen gets the one before it."""
    before, last = groups[-2:]
    moved, left = before[-1], last[0]
    bound = {"break", "again"} & {*moved[0].attrib, *left[0].attrib} or moved[0].tag == "line"
    if len(last) == 1 and len(before) > 2 and not bound and tall(moved) + tall(left) <= room:
        last.insert(0, before.pop())


def _need(run: list[Element], placer: Placer, width: int, gap: int) -> int:
    need = 0
    for index, child in enumerate(run):
        last = index == len(run) - 1
        need += placer.height(child, width) + integer(child, "before", 0) + (0 if last else integer(child, "gap", gap))
    return need


def _runs(children: list[Element]) -> list[_Run]:
    runs: list[_Run] = []
    open_run = False
    for child in children:
        if open_run:
            runs[-1].append(child)
        else:
            runs.append([child])
        open_run = "keep" in child.attrib
    return runs


def _lines(element: Element, placer: Placer, width: int) -> list[Element]:
    """The children, with every text of many lines taken apart into its lines."""
    children: list[Element] = []
    for child in element:
        if child.tag != "text" or integer(child, "lines", 1) == 1:
            children.append(child)
            continue
        size = placer.size(child)
        weight: Any = child.attrib.get("weight", "regular")
        inner = integer(child, "w", width - integer(child, "x", 0) - integer(child, "r", 0))
        lines = wrap((child.text or "").strip(), inner, size, weight, integer(child, "lines", 0), placer.lang)
        pitch = integer(child, "lh", round(size * 1.6))
        for index, text in enumerate(lines):
            line = copy(child)
            line.tag = "line"
            line.text = text
            line.attrib = {k: v for k, v in child.attrib.items() if k not in ("lines", "before", "keep", "break")}
            line.attrib.update({"h": str(pitch), "gap": "0"})
            if index == 0 and "before" in child.attrib:
                line.attrib["before"] = child.attrib["before"]
            # No screen starts or ends with a single line of a paragraph.
            if len(lines) > 1 and index in (0, len(lines) - 2):
                line.attrib["keep"] = "1"
            children.append(line)
    return children
