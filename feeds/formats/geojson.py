"""GeoJSON (RFC 7946): features become records of the declared kind (Place by itself).

``fields`` maps the record's fields to properties, or to JMESPath expressions over them. A point gives its position, any
other geometry the centre of its outer ring or line; a feature without geometry keeps whatever the properties say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from feeds.base.errors import FormatError
from feeds.formats._columns import evidence_of
from feeds.formats._json import read_json
from feeds.formats._pick import Picker
from feeds.formats._rows import Rows, kind_of
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.source import Source

NAME = "geojson"
GEOMETRIES = {
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
}  # fmt: skip
_MOST_POINTS = 100_000


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """Records of the features. Raises FormatError when it is no GeoJSON."""
    if not documents:
        raise FormatError("geojson: no document")
    kind = kind_of(source, default="place")
    rows, pick = Rows(source, kind, moment), Picker(source, kind.__struct_fields__)
    shape: set[str] = set()
    for document in documents:
        for number, feature in enumerate(_features(read_json(document, encoding=source.encoding)), 1):
            _add(rows, pick, f"feature {number}", feature, shape)
    return rows.parsed(shape=shape)


def _add(rows: Rows, pick: Picker, position: str, feature: Any, shape: set[str]) -> None:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        rows.refuse(position, "not a feature", feature)
        return
    properties = feature.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    shape.update(name for name in properties if isinstance(name, str))
    row = pick.row(properties)
    if row.get("id") is None and isinstance(feature.get("id"), str | int):
        row["id"] = str(feature["id"])
    try:
        place = _centre(feature.get("geometry"))
    except ValueError as error:
        rows.refuse(position, str(error), feature.get("geometry"))
        return
    if place is not None:
        row["lon"], row["lat"] = place
    rows.add(position, row)


def _features(value: Any) -> list[Any]:
    """The features of a collection, a single feature or a bare geometry."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "FeatureCollection" and isinstance(value.get("features"), list):
        return list(value["features"])
    if kind == "Feature":
        return [value]
    if kind in GEOMETRIES:
        return [{"type": "Feature", "properties": {}, "geometry": value}]
    raise FormatError("geojson: not a FeatureCollection, Feature or geometry")


def _centre(geometry: Any) -> tuple[float, float] | None:
    """(lon, lat) in the middle of a geometry's extent; None without one. Raises ValueError."""
    if geometry is None:
        return None
    points = []
    for point in _points(geometry, 0):
        points.append(point)
        if len(points) > _MOST_POINTS:
            raise ValueError(f"more than {_MOST_POINTS} points")
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if min(xs) < -180 or max(xs) > 180 or min(ys) < -90 or max(ys) > 90:
        raise ValueError("the geometry is not on earth; is it longitude first, in degrees?")
    return round((min(xs) + max(xs)) / 2, 7), round((min(ys) + max(ys)) / 2, 7)


def _points(geometry: Any, depth: int) -> Iterator[tuple[float, float]]:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in GEOMETRIES or depth > 5:
        raise ValueError("not a geometry")
    if kind == "GeometryCollection":
        for inner in geometry.get("geometries") or ():
            yield from _points(inner, depth + 1)
    else:
        yield from _positions(geometry.get("coordinates"), 0)


def _positions(value: Any, depth: int) -> Iterator[tuple[float, float]]:
    if not isinstance(value, list) or depth > 4:
        raise ValueError("its coordinates are not lists of numbers")
    if value and all(isinstance(part, int | float) and not isinstance(part, bool) for part in value):
        if len(value) < 2:
            raise ValueError("a position needs longitude and latitude")
        yield float(value[0]), float(value[1])
        return
    for part in value:
        yield from _positions(part, depth + 1)


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
