"""The thirteen towns, their neighbourhoods and the 818 estates."""

from __future__ import annotations

import csv
import io
import math
from functools import cache
from typing import NamedTuple

from .base import chance, dice, texts


class Town(NamedTuple):
    """A town or sub-district: its real centre (WGS-84), half axes of its built-up part in degrees, roads, estates."""

    name: str
    short: str
    code: str
    lon: float
    lat: float
    wide: float
    high: float
    homes: int
    roads: tuple[str, ...]
    areas: tuple[str, ...]

    def point(self, *key: object, reach: float = 1.0) -> tuple[float, float]:
        """A point of the built-up part that belongs to ``key``; smaller ``reach`` keeps it nearer the centre."""
        angle = 2 * math.pi * chance("angle", self.code, *key)
        radius = math.sqrt(chance("radius", self.code, *key)) * reach
        lon = self.lon + radius * math.cos(angle) * self.wide
        lat = self.lat + radius * math.sin(angle) * self.high
        return round(lon, 6), round(lat, 6)

    def address(self, *key: object) -> str:
        """A street and a number."""
        road = self.roads[int(chance("road", self.code, *key) * len(self.roads))]
        return f"{road}{int(chance('number', self.code, *key) * 1800) + 18}号"


_WORDS = texts("towns")
TOWNS: tuple[Town, ...] = tuple(
    Town(**{**row, "roads": tuple(row["roads"].split()), "areas": tuple(row["areas"].split())})
    for row in _WORDS["town"]
)
BY_NAME = {town.name: town for town in TOWNS}
SHORT = {town.short: town for town in TOWNS}


class Estate(NamedTuple):
    """An estate as a row of ``estates.csv``."""

    id: str
    name: str
    town: str
    lon: float
    lat: float
    area_code: str


_FIRST, _SECOND, _LAST = (_WORDS["estate"][part].split() for part in ("first", "second", "last"))


@cache
def estates() -> tuple[Estate, ...]:
    """All 818 estates: towns in order, committees of a few neighbours one after the other."""
    rows: list[Estate] = []
    names: set[str] = {"景城花苑"}
    for town in TOWNS:
        rows.extend(_of_town(town, len(rows), names))
    return tuple(rows)


def _of_town(town: Town, start: int, names: set[str]) -> list[Estate]:
    rows: list[Estate] = []
    committee = 0
    while len(rows) < town.homes:
        committee += 1
        members = 2 + int(chance("members", town.code, committee) * 5)
        # Each town's first committee is in its middle: what is near it is the town's own.
        lon, lat = town.point("committee", committee, reach=0.3 if committee == 1 else 1.0)
        for _ in range(min(members, town.homes - len(rows))):
            number = start + len(rows) + 1
            draw = dice("estate", number)
            rows.append(
                Estate(
                    f"mh{number:04d}",
                    "景城花苑" if number == 1 else _name(town, number, names),
                    town.name,
                    round(lon + draw.uniform(-0.0030, 0.0030), 6),
                    round(lat + draw.uniform(-0.0024, 0.0024), 6),
                    f"{town.code}{committee:03d}",
                )
            )
    return rows


def _name(town: Town, number: int, names: set[str]) -> str:
    """A name that no other estate has: some carry their neighbourhood, some a number, as real ones do."""
    draw = dice("name", number)
    while True:
        if draw.random() < 0.35:
            name: str = draw.choice(town.areas) + draw.choice(_LAST)
            if name.endswith("新村") and draw.random() < 0.7:
                name = name[:-2] + draw.choice("一二三四五六七八") + "村"
        else:
            name = draw.choice(_FIRST) + draw.choice(_SECOND) + draw.choice(_LAST)
        if draw.random() < 0.12:
            name += draw.choice(["一期", "二期", "东区", "西区"])
        if name not in names and len(set(name[:2])) == 2:
            names.add(name)
            return name


def estates_csv() -> bytes:
    """``estates.csv``: UTF-8, one header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Estate._fields)
    writer.writerows((*e[:3], f"{e.lon:.6f}", f"{e.lat:.6f}", e.area_code) for e in estates())
    return text.getvalue().encode()


def area_codes() -> dict[str, list[Estate]]:
    """The estates of each committee's area code."""
    codes: dict[str, list[Estate]] = {}
    for estate in estates():
        codes.setdefault(estate.area_code, []).append(estate)
    return codes
