"""Which estates an alert's areas contain (CAP 1.2, 3.2.4): polygons, circles and geocodes, each enough by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from channel.estates import EARTH_RADIUS_KM, Estate, Estates
from channel.memory import Slot
from feeds.records import Area

Mask = npt.NDArray[np.bool_]
Ring = tuple[tuple[float, float], ...]
_HALF = 180.0
_EDGES = 512
_EMPTY_GROUPS = re.compile(r"(000){1,2}$")


_INSIDE: Slot[frozenset[str]] = Slot("estates in areas", 256)


def estates_in(areas: tuple[Area, ...], estates: Estates) -> frozenset[str]:
    """The ids of the estates that any of ``areas`` contains.

    An alert without areas, and an area of words alone that names no town of ours, are for everyone: to warn too many
    is better than too few. So an area of which a shape could not be read is also what its words say. An estate without
    coordinates is where the others of its town are.
    """
    if not areas:
        return frozenset(estates)
    found = estates.memory.of(_INSIDE)
    return found.get(areas, lambda: frozenset().union(*(_inside(area, estates) for area in areas)))


def _inside(area: Area, estates: Estates) -> frozenset[str]:
    every = list(estates.values())
    found = {estate.id for estate in every if _coded(estate, area.geocodes)}
    found |= estates.keys() & set(area.estates)
    if area.polygons or area.circles:
        found |= _located(area, every)
    if area.unread or not (area.polygons or area.circles or area.geocodes or area.estates):
        found |= _told(area.description, estates)
    return frozenset(found)


def _told(words: str, estates: Estates) -> set[str]:
    """The estates of the towns that the words name; of every town when they name none."""
    towns = {town for town in estates.towns if town and town in words}
    return {estate.id for estate in estates.values() if not towns or estate.town in towns}


def _coded(estate: Estate, geocodes: Iterable[tuple[str, str]]) -> bool:
    return any(estate.area_code.startswith(code) for code in map(code_prefix, (c for _, c in geocodes)) if code)


def code_prefix(code: str) -> str:
    """The part of an administrative code (GB/T 2260, GB/T 10114) that says something: 310112000000 → 310112.

    Nothing for what is no such code: other countries' geocodes contain none of our estates.
    """
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", code):
        return ""
    code = _EMPTY_GROUPS.sub("", code) if len(code) > 6 else code
    while len(code) <= 6 and code.endswith("00") and len(code) > 2:
        code = code[:-2]
    return code


def _located(area: Area, every: list[Estate]) -> set[str]:
    points = np.array(
        [(np.nan if e.lon is None else e.lon, np.nan if e.lat is None else e.lat) for e in every], dtype=np.float64
    ).reshape(-1, 2)
    mask = np.zeros(len(every), dtype=np.bool_)
    for ring in area.polygons:
        mask |= in_polygon(points, ring)
    for lon, lat, km in area.circles:
        mask |= _km_from(points, lon, lat) <= km
    hit = {estate.id for estate, inside in zip(every, mask, strict=True) if inside}
    towns = {estate.town for estate, inside in zip(every, mask, strict=True) if inside}
    return hit | {estate.id for estate in every if (estate.lon is None or estate.lat is None) and estate.town in towns}


def in_polygon(points: npt.NDArray[np.float64], ring: Ring) -> Mask:
    """For each point (lon, lat) whether it is inside the ring, by the even-odd rule. NaN is outside.

    A ring whose longitude jumps by more than half the earth goes the short way, over the antimeridian; from 180° to
    -180° it goes the whole way round.
    """
    corners = np.array(ring, dtype=np.float64)
    steps = np.diff(corners[:, 0], prepend=corners[0, 0])
    over = np.where((np.abs(steps) > _HALF) & (np.abs(steps) < 2 * _HALF), -2 * _HALF * np.sign(steps), 0.0)
    moved = np.cumsum(over)
    if moved[-1] == 0.0:
        corners[:, 0] += moved
    inside = np.zeros(len(points), dtype=np.bool_)
    for turn in (-2 * _HALF, 0.0, 2 * _HALF) if moved.any() else (0.0,):
        inside |= _in_plane(points + np.array([turn, 0.0]), corners)
    return inside


def _in_plane(points: npt.NDArray[np.float64], corners: npt.NDArray[np.float64]) -> Mask:
    inside = np.zeros(len(points), dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero(((points >= corners.min(axis=0)) & (points <= corners.max(axis=0))).all(axis=1))
    if not near.size:
        return inside
    x, y = points[near, 0][:, None], points[near, 1][:, None]
    crossings = np.zeros(len(near), dtype=np.int64)
    # Some edges at a time: all of them by all estates would be hundreds of megabytes.
    for start in range(0, len(corners), _EDGES):
        ends = np.take(corners, range(start, min(start + _EDGES, len(corners)) + 1), axis=0, mode="wrap")
        (x1, y1), (x2, y2) = ends[:-1].T, ends[1:].T
        rise = np.where(y1 == y2, 1.0, y2 - y1)
        crossings += (((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / rise + x1)).sum(axis=1)
    inside[near] = crossings % 2 == 1
    return inside


def _km_from(points: npt.NDArray[np.float64], lon: float, lat: float) -> npt.NDArray[np.float64]:
    east, north = np.radians(points[:, 0]), np.radians(points[:, 1])
    h = np.sin((np.radians(lat) - north) / 2) ** 2
    h += np.cos(north) * np.cos(np.radians(lat)) * np.sin((np.radians(lon) - east) / 2) ** 2
    km: npt.NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return np.nan_to_num(km, nan=np.inf)
