"""The residential estates (小区) that a channel serves: the unit of localisation."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from statistics import median

import msgspec

from channel.memory import Memory
from feeds.base.errors import Mistake, Mistakes, NotFound
from feeds.base.toml import Notes, near

DISTRICT = "district"
"""The estate id of a box whose estate is not known."""

TAKEN = frozenset((DISTRICT, "alerts", "go", "i"))
"""What stands in addresses in the place of an estate."""
_ID = re.compile(r"[a-z0-9-]{1,32}")
_PLAIN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff]")
COLUMNS = ("id", "name", "town", "lon", "lat", "area_code")
EARTH_RADIUS_KM = 6371.0088
"""Mean earth radius (IUGG)."""

FAR_KM = 100
"""Further than this from the middle of all (the median of each coordinate) nothing lies that a district serves."""
FEWEST = 3
"""Estates that have a middle."""


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """An estate; ``lon`` and ``lat`` are WGS-84 degrees, None where nobody knows them."""

    id: str
    name: str
    town: str
    lon: float | None
    lat: float | None
    area_code: str

    def distance_km(self, lon: float, lat: float) -> float | None:
        """Great-circle distance in km by the haversine formula; None for an estate without coordinates."""
        if self.lon is None or self.lat is None:
            return None
        return distance_km(self.lon, self.lat, lon, lat)


def distance_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle distance in km between two WGS-84 points (haversine, mean radius)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


class Estates(Mapping[str, Estate]):
    """All estates of a channel by id, in the order of the file."""

    def __init__(
        self, estates: Sequence[Estate], problems: Sequence[Mistake] = (), file: str = "",
        lines: Mapping[str, int] | None = None,
    ) -> None:
        self._by_id = {estate.id: estate for estate in estates}
        self.problems = tuple(problems)
        """What is wrong with each row that was left out or is incomplete."""
        self._lines = dict(lines or {})
        self._file = file
        self.memory = Memory()
        """What is derived from these estates, which never change."""

    def __getitem__(self, ident: str) -> Estate:
        try:
            return self._by_id[ident]
        except KeyError:
            raise NotFound(f"estate: found {ident!r}, which is not in estates.csv") from None

    def __contains__(self, ident: object) -> bool:
        return ident in self._by_id

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def at(self, ident: str, sentence: str) -> Mistake:
        """What is to be said of an estate, with its line in the file."""
        return Mistake(self._file, self._lines.get(ident, 0), ident, sentence)

    @cached_property
    def towns(self) -> Mapping[str, tuple[Estate, ...]]:
        """The estates of each town, towns in the order of the file."""
        towns: dict[str, list[Estate]] = {}
        for estate in self._by_id.values():
            towns.setdefault(estate.town, []).append(estate)
        return {town: tuple(estates) for town, estates in towns.items()}

    def named(self, town: str, name: str) -> str:
        """The id of the estate that bears this name in this town; empty where none or several do."""
        return self._named.get((town, name), "")

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], str]:
        named: dict[tuple[str, str], str] = {}
        for ident, estate in self._by_id.items():
            key = estate.town, estate.name
            named[key] = "" if key in named else ident
        return named

    @cached_property
    def by_area_code(self) -> Mapping[str, tuple[Estate, ...]]:
        """The estates of each area code."""
        codes: dict[str, list[Estate]] = {}
        for estate in self._by_id.values():
            codes.setdefault(estate.area_code, []).append(estate)
        return {code: tuple(estates) for code, estates in codes.items()}


def load_estates(path: Path) -> Estates:
    """The estates of a CSV with the columns id, name, town, lon, lat, area_code.

    A row with a bad or repeated id is left out, one without coordinates is kept without them; both are named in
    ``problems``. Raises Mistakes when the file cannot be read or lacks columns.
    """
    notes = Notes(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
            if not missing:
                return _read(reader, notes)
            columns = ", ".join(reader.fieldnames or ()) or "nothing"
            notes.add("", f"found columns {columns}, expected also {', '.join(missing)}", line=1)
    except FileNotFoundError:
        notes.add("", "no such file")
    except UnicodeDecodeError as error:
        notes.add("", f"byte {error.start} is not UTF-8", hint="save the file as UTF-8")
    except OSError as error:
        notes.add("", f"cannot be read: {error.strerror}")
    except csv.Error as error:
        notes.add("", f"not a CSV: {error}", hint="save the sheet as CSV in UTF-8")
    raise Mistakes(notes.found)


def _read(reader: csv.DictReader[str], notes: Notes) -> Estates:
    estates: dict[str, Estate] = {}
    lines: dict[str, int] = {}
    for row in reader:
        ident = (row["id"] or "").strip()
        if not _ID.fullmatch(ident) or ident in TAKEN:
            sentence = f"found {ident!r}, expected 1 to 32 of a-z, 0-9 and - (none of {sorted(TAKEN)}); left out"
            notes.add("id", sentence, line=reader.line_num)
        elif ident in estates:
            notes.add("id", f"found {ident!r} a second time; left out", line=reader.line_num)
        else:
            lon, lat = _degrees(row["lon"], 180), _degrees(row["lat"], 90)
            if lon is None or lat is None:
                notes.add(ident, "no usable coordinates; kept without distances", line=reader.line_num)
                lon = lat = None
            # A sheet may bring control letters along; no box could show them.
            name, town, code = (_PLAIN.sub("", row[c] or "").strip() for c in ("name", "town", "area_code"))
            estates[ident] = Estate(id=ident, name=name or ident, town=town, lon=lon, lat=lat, area_code=code)
            lines[ident] = reader.line_num
    return Estates(list(estates.values()), notes.found, notes.where, lines)


def _degrees(text: str | None, limit: float) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= limit else None


def estate_doubts(estates: Estates) -> list[Mistake]:
    """What is hardly meant: a town of one estate that is written almost as another, and an estate far from all."""
    return [*_odd_towns(estates), *_far_away(estates)]


def _odd_towns(estates: Estates) -> Iterator[Mistake]:
    for town, inside in estates.towns.items():
        common = [name for name, others in estates.towns.items() if len(others) > 1 and name != town]
        close = near(town, common) if len(inside) == 1 and town else []
        if close:
            sentence = f"found the town {town!r}, which stands nowhere else; did you mean `{close[0]}`?"
            yield estates.at(inside[0].id, sentence)


def _far_away(estates: Estates) -> Iterator[Mistake]:
    placed = [(e.id, e.lon, e.lat) for e in estates.values() if e.lon is not None and e.lat is not None]
    if len(placed) < FEWEST:
        return
    lon, lat = median(lon for _, lon, _ in placed), median(lat for _, _, lat in placed)
    for ident, east, north in placed:
        distance = distance_km(lon, lat, east, north)
        if distance > FAR_KM:
            sentence = f"found {east}, {north}, which is {distance:,.0f} km from the others; expected at most {FAR_KM}"
            yield estates.at(ident, sentence)
