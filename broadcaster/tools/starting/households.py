"""The estates of a new channel, from a CSV or a GeoJSON as its owner has it."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channel.estates import DISTRICT
from feeds.base.errors import Mistakes
from feeds.base.toml import Notes
from feeds.formats._decode import decode
from feeds.shapes import Point, middle

COLUMNS = ("id", "name", "town", "lon", "lat", "area_code")
_SEPARATORS = ",;\t|"
_MOST_BYTES = 100_000_000
_LEAST_SHARE = 0.5
"""Where fewer rows than this can be used the file means something else, and nothing is taken from it."""
_ID = re.compile(r"[a-z0-9-]{1,32}")
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
"""Latin letters that Unicode does not part into one of a to z and a mark."""


@dataclass(frozen=True)
class Row:
    """What stands in one row, by the channel's own columns; ``line`` is a CSV's, ``key`` a GeoJSON's feature."""

    cells: Mapping[str, str]
    line: int = 0
    key: str = ""


@dataclass
class Households:
    """The rows that can be used, as ``estates.csv`` has them, and what is wrong with the others."""

    notes: Notes
    rows: list[tuple[str, ...]] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    """Which of the file's columns was taken for which of ours."""

    def csv(self) -> str:
        """The text of ``estates.csv``."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *self.rows])
        return out.getvalue()


def read_households(path: Path, town: str) -> Households:
    """The estates of a file; ``town`` is that of rows that name none. A row that cannot be used is noted by its line.

    Raises Mistakes when the file cannot be read, when no column holds names, and when most rows are wrong.
    """
    found = Households(Notes(path))
    text = _text(path, found.notes)
    rows, columns = (_features if text.lstrip()[:1] in ("{", "[") else _lines)(text, found.notes)
    found.columns = columns
    taken: set[str] = set()
    for row in rows:
        _take(row, town, found, taken)
    if len(found.rows) < _LEAST_SHARE * len(rows):
        raise Mistakes(found.notes.found)
    return found


def _text(path: Path, notes: Notes) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            notes.add("", f"found {path.stat().st_size:,} bytes, expected a list of estates")
        else:
            return decode(path.read_bytes())
    except FileNotFoundError:
        notes.add("", "no such file")
    except OSError as error:
        notes.add("", f"cannot be read: {error.strerror}")
    raise Mistakes(notes.found)


def _lines(text: str, notes: Notes) -> tuple[list[Row], dict[str, str]]:
    """The rows of a CSV; the sign that stands most often in its head separates."""
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[Row] = []
    try:
        names = next(reader, [])
        columns = _columns(names, notes, line=1)
        places = {ours: names.index(theirs) for ours, theirs in columns.items()}
        for cells in reader:
            if any(map(str.strip, cells)):
                row = {ours: cells[at].strip() for ours, at in places.items() if at < len(cells)}
                rows.append(Row(row, line=reader.line_num))
    except csv.Error as error:
        notes.add("", f"not a CSV: {error}", line=reader.line_num, hint="save the sheet as CSV in UTF-8")
        raise Mistakes(notes.found) from None
    return rows, columns


def _features(text: str, notes: Notes) -> tuple[list[Row], dict[str, str]]:
    """The features of a GeoJSON: their properties, and the middle of their geometry."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        notes.add("", f"not JSON: {error}", line=getattr(error, "lineno", 0))
        raise Mistakes(notes.found) from None
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        notes.add("features", "found no list of features, expected a GeoJSON FeatureCollection")
        raise Mistakes(notes.found)
    properties = [one.get("properties") or {} for one in features]
    names = list(dict.fromkeys(name for one in properties if isinstance(one, dict) for name in one))
    columns = _columns(names, notes, placed=True)
    rows = []
    for number, (feature, told) in enumerate(zip(features, properties, strict=True)):
        given = told if isinstance(told, dict) else {}
        cells = {ours: _word(given.get(theirs)) for ours, theirs in columns.items()}
        cells["id"] = cells.get("id") or _word(feature.get("id"))
        point = _middle(feature.get("geometry"))
        if point is not None:
            cells["lon"], cells["lat"] = (f"{degrees:.6f}" for degrees in point)
        rows.append(Row(cells, key=f"features[{number}]"))
    return rows, columns


def _columns(names: Sequence[str], notes: Notes, *, line: int = 0, placed: bool = False) -> dict[str, str]:
    """Which of a file's columns is which of ours. Raises Mistakes where none holds names, or none the places."""
    known = tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))
    by_word = {_bare(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for ours in COLUMNS:
        words = (ours, *map(_bare, known[ours]))
        theirs = next((by_word[word] for word in words if word in by_word and by_word[word] not in found.values()), "")
        if theirs:
            found[ours] = theirs
    needed = ("name",) if placed else ("name", "lon", "lat")
    for ours in needed:
        if ours not in found:
            listed = ", ".join(names[:12]) or "nothing"
            expected = f"a column for {ours}: {', '.join((ours, *known[ours][:4]))} …"
            notes.add("", f"found columns {listed}; expected {expected}", line=line)
    if any(ours not in found for ours in needed):
        raise Mistakes(notes.found)
    return found


def _bare(name: str) -> str:
    """A column's name as it is compared: small, without accents, words joined."""
    letters = unicodedata.normalize("NFKD", name.strip().lower().translate(_LETTERS))
    return re.sub(r"[\s-]+", "_", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def _take(row: Row, town: str, found: Households, taken: set[str]) -> None:
    """Take a row over, or note what is wrong with it."""
    add, cells = found.notes.add, row.cells
    name = " ".join(cells.get("name", "").split())
    if not name:
        add(_at(row, "name"), "found nothing, expected the estate's name; left out", line=row.line)
        return
    lon, lat = (_degrees(cells.get(axis, ""), most) for axis, most in (("lon", 180), ("lat", 90)))
    if lon is None or lat is None:
        axis, most = ("lon", 180) if lon is None else ("lat", 90)
        sentence = f"found {cells.get(axis, '')!r}, expected degrees from -{most} to {most}; {name!r} is left out"
        add(_at(row, axis), sentence, line=row.line)
        return
    given = _slug(cells.get("id", ""))
    if given and given in taken:
        add(_at(row, "id"), f"found {cells['id']!r} a second time; {name!r} is left out", line=row.line)
        return
    ident = given or next(one for one in _idents(name, len(taken) + 1) if one not in taken)
    taken.add(ident)
    found.rows.append((ident, name, cells.get("town", "") or town, lon, lat, cells.get("area_code", "")))


def _at(row: Row, name: str) -> str:
    return f"{row.key}.{name}" if row.key else name


def _idents(name: str, number: int) -> Iterator[str]:
    """Ids for an estate that has none: made of its name where that has letters a to z, else a number."""
    word = _slug(name)
    if len(word) > 1:
        yield word
    while True:
        yield f"{word[:26]}-{number}" if len(word) > 1 else f"e{number:04}"
        number += 1


def _slug(text: str) -> str:
    """A text as an id: small letters without accents, what is between them a dash."""
    plain = unicodedata.normalize("NFKD", text.strip().lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-")
    return word if _ID.fullmatch(word) and word != DISTRICT else ""


def _degrees(text: str, most: int) -> str | None:
    """Degrees as the loader reads them; a decimal comma is one."""
    word = text.strip().rstrip("°").replace(",", ".")
    try:
        return word if -most <= float(word) <= most else None
    except ValueError:
        return None


def _word(thing: Any) -> str:
    return "" if thing is None or isinstance(thing, dict | list) else " ".join(str(thing).split())


def _middle(geometry: Any) -> Point | None:
    """The middle of a geometry; None where there is none."""
    if not isinstance(geometry, dict):
        return None
    try:
        return middle(_parts(geometry.get("coordinates")))
    except (TypeError, ValueError, RecursionError):
        return None


def _parts(coordinates: Any) -> list[list[Point]]:
    """The lines of points in nested lists of coordinates."""
    if not isinstance(coordinates, list) or not coordinates:
        return []
    if isinstance(coordinates[0], int | float):
        return [[(float(coordinates[0]), float(coordinates[1]))]]
    inner = [_parts(part) for part in coordinates]
    if all(len(part) == 1 and len(part[0]) == 1 for part in inner):
        return [[part[0][0] for part in inner]]
    return [line for part in inner for line in part]
