"""GeoJSON (RFC 7946): features become records of the declared kind (Place by itself).

``fields`` maps the record's fields to properties, or to JMESPath expressions over them. A point gives its position, any
other geometry the middle of its extent; a feature without geometry keeps whatever the properties say. A feature that
the map gives no name is called what its own properties call it (``_tables.toml``: 名称, NAME, title …).

One collection, one feature, one geometry, a feature a line, or a text sequence (RFC 8142). Older files may declare
their coordinates (``crs``, RFC 7946, appendix B.1): degrees of WGS-84 and CGCS2000, and Web Mercator, are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from feeds.base.errors import FormatError
from feeds.coordinates import web_mercator_to_wgs84
from feeds.formats._columns import evidence_of
from feeds.formats._json import read_json, read_json_values
from feeds.formats._pick import Picker
from feeds.formats._rows import Rows, kind_of
from feeds.formats._words import named
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.shapes import Point, middle
from feeds.source import Source

NAME = "geojson"
GEOMETRIES = {
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
}  # fmt: skip
_Turn: TypeAlias = Callable[[float, float], Point]
_CODE = re.compile(r"(?:urn:(?:ogc:|x-ogc:)?def:crs:)?(OGC|EPSG):(?:[\d.]*:)?(CRS84|\d{1,6})|(CRS84)", re.IGNORECASE)
# CGCS2000 (4490) is Chinese law and within a decimetre of WGS-84.
_DEGREES = {"CRS84", "4326", "4490", "4979"}
_MERCATOR = {"3857", "900913", "3785", "102100", "102113"}
_MOST_DEEP = 5


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Records of the features. Raises FormatError when it is no GeoJSON, or in coordinates that are not read."""
    if not documents:
        raise FormatError("geojson: no document")
    kind = kind_of(source, default="place")
    rows, pick = Rows(source, kind, moment), Picker(source, kind.__struct_fields__)
    label = next((name for name in ("name", "title") if name in pick.fields), "")
    shape: set[str] = set()
    for document in documents:
        for position, feature, turn in _features(document, source):
            _add(rows, pick, label, position, feature, turn, shape)
    return rows.parsed(shape=shape)


def _add(
    rows: Rows, pick: Picker, label: str, position: str, feature: Any, turn: _Turn | None, shape: set[str]
) -> None:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        rows.refuse(position, "not a feature", feature)
        return
    properties = feature.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    shape.update(name for name in properties if isinstance(name, str))
    row = pick.row(properties)
    if label and row.get(label) in (None, ""):
        row[label] = named(properties)
    if row.get("id") is None and isinstance(feature.get("id"), str | int):
        row["id"] = str(feature["id"])
    geometry = feature.get("geometry")
    try:
        # Databases declare it with each geometry.
        for part in (feature, geometry):
            if isinstance(part, Mapping) and part.get("crs") is not None:
                turn = _turn(part)
        place = _centre(geometry, turn)
    except ValueError as error:
        rows.refuse(position, str(error), geometry)
        return
    if place is not None:
        row["lon"], row["lat"] = place
    rows.add(position, row)


def _features(document: Document, source: Source) -> Iterator[tuple[str, Any, _Turn | None]]:
    """(position, feature, how its coordinates become WGS-84) of a document. Raises FormatError."""
    try:
        values = [("", read_json(document, encoding=source.encoding))]
    except FormatError:
        sequence = read_json_values(document, encoding=source.encoding)
        if sequence is None:
            raise
        values = sequence
    for where, value in values:
        if where and not isinstance(value, Mapping):
            yield where, value, None
            continue
        try:
            turn = _turn(value)
        except ValueError as error:
            raise FormatError(f"geojson: {error}") from None
        found = _within(value)
        for number, feature in enumerate(found, 1):
            position = where if where and len(found) == 1 else f"{where} feature {number}".strip()
            yield position, feature, turn


def _within(value: Any) -> list[Any]:
    """The features of a collection, a single feature or a bare geometry."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "FeatureCollection" and isinstance(value.get("features"), list):
        return list(value["features"])
    if kind == "Feature":
        return [value]
    if kind in GEOMETRIES:
        return [{"type": "Feature", "properties": {}, "geometry": value}]
    raise FormatError("geojson: found no FeatureCollection, Feature or geometry")


def _turn(value: Any) -> _Turn | None:
    """How the declared coordinates become WGS-84; None when they are. Raises ValueError for what is not read."""
    crs = value.get("crs") if isinstance(value, Mapping) else None
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    properties = properties if isinstance(properties, Mapping) else {}
    name = str(properties.get("name") or properties.get("code") or properties.get("href") or crs)[:120]
    code = _CODE.fullmatch(f"EPSG:{name}" if name.isdecimal() else name.strip())
    known = (code[2] or code[3]).upper() if code else ""
    if known in _DEGREES:
        return None
    if known in _MERCATOR:
        return web_mercator_to_wgs84
    raise ValueError(f"its coordinates are declared as {name!r}, expected EPSG:4326, EPSG:4490 or EPSG:3857")


def _centre(geometry: Any, turn: _Turn | None) -> Point | None:
    """(lon, lat) in the middle of a geometry's extent; None without one. Raises ValueError."""
    if geometry is None:
        return None
    parts = _parts(geometry, 0)
    if turn is not None:
        parts = ([turn(*point) for point in part] for part in parts)
    return middle(_on_earth(part) for part in parts)


def _on_earth(part: list[Point]) -> list[Point]:
    if all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in part):
        return part
    raise ValueError("the geometry is not on earth; is it longitude first, in degrees?")


def _parts(geometry: Any, depth: int) -> Iterator[list[Point]]:
    """The points, lines and rings of a geometry."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in GEOMETRIES or depth > _MOST_DEEP:
        raise ValueError("not a geometry")
    if kind == "GeometryCollection":
        for inner in geometry.get("geometries") or ():
            yield from _parts(inner, depth + 1)
        return
    for part in _runs(geometry.get("coordinates"), 0):
        # The points of a MultiPoint have nothing between them.
        yield from ([point] for point in part) if kind == "MultiPoint" else (part,)


def _runs(value: Any, depth: int) -> Iterator[list[Point]]:
    """The lists of positions in coordinates of any depth; a position alone is a list of one."""
    if not isinstance(value, list) or depth > _MOST_DEEP - 1:
        raise ValueError("its coordinates are not lists of numbers")
    if value and _is_number(value[0]):
        yield [_position(value)]
    elif value and isinstance(value[0], list) and value[0] and _is_number(value[0][0]):
        if depth > _MOST_DEEP - 2:
            raise ValueError("its coordinates are not lists of numbers")
        yield [_position(part) for part in value]
    else:
        for part in value:
            yield from _runs(part, depth + 1)


def _position(value: Any) -> Point:
    if not isinstance(value, list) or not all(_is_number(part) for part in value):
        raise ValueError("its coordinates are not lists of numbers")
    if len(value) < 2:
        raise ValueError("a position needs longitude and latitude")
    try:
        return float(value[0]), float(value[1])
    except OverflowError:
        raise ValueError("a coordinate is a number beyond all bounds") from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """A collection, a feature, a geometry, or a feature on each line; the properties say what the records are."""
    values = [glance.json] if glance.json is not None else list(glance.json_lines)
    known = {"FeatureCollection", "Feature", *GEOMETRIES}
    if not values or not isinstance(values[0], Mapping) or values[0].get("type") not in known:
        return None
    features = [f for value in values if isinstance(value, Mapping) for f in value.get("features") or [value]]
    shapes = [f.get("properties") for f in features if isinstance(f, Mapping)]
    # A geometry is a place's position; only a name is wanted.
    kept = glance.mapped([shape for shape in shapes if isinstance(shape, Mapping)], default="place")
    evidence = evidence_of(kept, 0.95, "these features", (), glance.words)
    own = {name: column for name, column in kept.fields.items() if name not in ("lon", "lat")}
    return msgspec.structs.replace(evidence, fields=own)
