"""Where two pictures of one screen differ: a few rectangles, as a person would draw them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from PIL import Image, ImageChops

CELL = 16
"""Pixels: what differs within so many is one difference."""
MOST = 12
"""Rectangles; more would mark nothing."""
_SEEN = 12
"""Steps of brightness, of 255, from which a difference is seen."""
_MARGIN = 4


class Box(NamedTuple):
    """A rectangle in pixels of the picture."""

    x: int
    y: int
    w: int
    h: int


def differences(before: bytes, after: bytes) -> tuple[Box, ...]:
    """The rectangles in which two PNG differ, from the top; all of the picture where their sizes differ."""
    old, new = _opened(before), _opened(after)
    if old.size != new.size:
        return (Box(0, 0, *new.size),)
    difference = ImageChops.difference(old, new)
    # The strongest of the three colours: text may change its hue alone.
    strongest = ImageChops.lighter(ImageChops.lighter(*difference.split()[:2]), difference.split()[2])
    mask = strongest.point([0] * _SEEN + [255] * (256 - _SEEN))
    return tuple(sorted(_merged(_boxes(mask)), key=lambda box: (box.y, box.x)))


def _opened(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB")


def _boxes(mask: Image.Image) -> Iterator[Box]:
    """The ink of each cluster of cells that differ, cells that touch being one cluster."""
    width, height = mask.size
    cells = {
        (x, y)
        for y in range(0, height, CELL)
        for x in range(0, width, CELL)
        if mask.crop((x, y, min(x + CELL, width), min(y + CELL, height))).getbbox()
    }
    while cells:
        found, edge = set(), [cells.pop()]
        while edge:
            x, y = edge.pop()
            found.add((x, y))
            # One cell that is the same between two that differ does not part them: a space between words.
            near = {(x + i * CELL, y + j * CELL) for i in (-2, -1, 0, 1, 2) for j in (-1, 0, 1)} & cells
            cells -= near
            edge += near
        yield _ink(mask, found)


def _ink(mask: Image.Image, cells: Iterable[tuple[int, int]]) -> Box:
    xs, ys = zip(*cells, strict=True)
    left, top = min(xs), min(ys)
    right, bottom = min(max(xs) + CELL, mask.width), min(max(ys) + CELL, mask.height)
    ink = mask.crop((left, top, right, bottom)).getbbox() or (0, 0, right - left, bottom - top)
    x, y = max(left + ink[0] - _MARGIN, 0), max(top + ink[1] - _MARGIN, 0)
    return Box(x, y, min(left + ink[2] + _MARGIN, mask.width) - x, min(top + ink[3] + _MARGIN, mask.height) - y)


def _merged(found: Iterable[Box]) -> list[Box]:
    """Those that overlap as one; where there are too many, all as one."""
    boxes: list[Box] = []
    for box in found:
        grown = box
        while touching := [other for other in boxes if _overlap(grown, other)]:
            boxes = [other for other in boxes if other not in touching]
            grown = _around((grown, *touching))
        boxes.append(grown)
    return boxes if len(boxes) <= MOST else [_around(boxes)]


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.w and other.x < one.x + one.w and one.y < other.y + other.h and other.y < one.y + one.h
    )


def _around(boxes: Iterable[Box]) -> Box:
    all_of = list(boxes)
    x, y = min(box.x for box in all_of), min(box.y for box in all_of)
    return Box(x, y, max(b.x + b.w for b in all_of) - x, max(b.y + b.h for b in all_of) - y)
