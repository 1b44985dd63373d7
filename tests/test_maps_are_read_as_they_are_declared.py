"""GeoJSON in metres, a feature a line, in text sequences, across the antimeridian, with names of any property."""

from __future__ import annotations

import json
from math import atan, degrees, exp, pi
from typing import Any

import pytest
from effort import within
from feeding import parse, sample

from feeds.base.errors import FormatError


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties or {"name": "甲"}, "geometry": geometry}


def point(*position: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(position)}


def collection(*features: Any, crs: Any = None) -> dict[str, Any]:
    declared = {} if crs is None else {"crs": crs}
    return {"type": "FeatureCollection", **declared, "features": list(features)}


def places(value: Any, **more: Any) -> list[tuple[float, float]]:
    text = value if isinstance(value, str | bytes) else json.dumps(value)
    return [(r.lon, r.lat) for r in parse("geojson", text, **more).records]  # type: ignore[union-attr]


def named(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize(
    "name",
    ["urn:ogc:def:crs:EPSG::3857", "EPSG:3857", "epsg:900913", "urn:ogc:def:crs:EPSG:6.18:3857", "EPSG:102100", "3857"],
)
def test_metres_of_web_mercator_become_degrees(name: str) -> None:
    """By the sphere's own formula, which is not ours here; one beyond the square of the map is refused alone."""
    x, y = 13514700.0, 3645600.0
    value = collection(feature(point(x, y)), feature(point(3e7, 0)), crs=named(name))
    lon, lat = x / 6378137 * 180 / pi, degrees(2 * atan(exp(y / 6378137)) - pi / 2)
    assert places(value) == [(pytest.approx(lon, abs=1e-7), pytest.approx(lat, abs=1e-7))]
    assert (round(lon, 3), round(lat, 3)) == (121.405, 31.099)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4490", "CRS84"])
def test_declared_degrees_are_degrees(name: str) -> None:
    """WGS-84 under its names, and CGCS2000."""
    assert places(collection(feature(point(121.4, 31.1)), crs=named(name))) == [(121.4, 31.1)]


@pytest.mark.parametrize(
    "crs",
    [named("urn:ogc:def:crs:EPSG::2437"), named("EPSG:4214"), {"type": "link", "properties": {"href": "x"}}, 7, {}],
)
def test_other_coordinates_are_refused_by_name(crs: Any) -> None:
    """They would stand somewhere else, and nobody would see it."""
    with pytest.raises(FormatError, match=r"its coordinates are declared as .* expected EPSG:4326"):
        places(collection(feature(point(121.4, 31.1)), crs=crs))


def test_a_geometry_may_declare_its_own() -> None:
    """As databases write it; one that is not read is refused alone."""
    metres = {**point(13514700.0, 3645600.0), "crs": named("EPSG:3857")}
    other = {**point(1.0, 2.0), "crs": named("EPSG:2437")}
    parsed = parse("geojson", json.dumps(collection(feature(metres), feature(other))))
    assert [round(r.lon, 3) for r in parsed.records] == [121.405]  # type: ignore[union-attr]
    assert "EPSG:2437" in parsed.problems[0].reason


@pytest.mark.parametrize(
    "text",
    [
        '{0}\n{1}\n', '{0}\r\n\r\n{1}', '\x1e{0}\n\x1e{1}\n', '\x1e{0}\x1e{1}', '\x1e\n{2}\n\x1e{1}\n',
    ],
)  # fmt: skip
def test_a_feature_a_line_and_text_sequences_are_read(text: str) -> None:
    """Line by line, or after record separators (RFC 8142), where a text may have many lines."""
    first, second = feature(point(121.4, 31.1)), feature(point(121.5, 31.2))
    body = text.format(json.dumps(first), json.dumps(second), json.dumps(first, indent=2))
    assert places(body) == [(121.4, 31.1), (121.5, 31.2)]


def test_a_damaged_line_is_refused_alone() -> None:
    """The lines before and after it are read."""
    first, second = json.dumps(feature(point(121.4, 31.1))), json.dumps(feature(point(121.5, 31.2)))
    parsed = parse("geojson", f"{first}\n{first[:40]}\n{second}\n")
    assert (len(parsed.records), [p.position for p in parsed.problems]) == (2, ["line 2"])


@pytest.mark.parametrize("name", ["name", "NAME", "Name", "名称", "title", "TITLE", "机构名称"])
def test_a_feature_is_called_what_its_own_properties_call_it(name: str) -> None:
    """Whatever the features before it call theirs, and whatever the field map says of those."""
    value = json.dumps(collection(feature(point(121, 31), 名字="甲"), feature(point(121, 31), **{name: "乙", "x": 1})))
    assert [r.name for r in parse("geojson", value, fields={"name": "名字"}).records] == ["甲", "乙"]  # type: ignore[union-attr]


RING = [[179.5, -17], [-179.5, -17], [-179.5, -16], [179.5, -16], [179.5, -17]]


@pytest.mark.parametrize(
    ("geometry", "middle"),
    [
        ({"type": "Polygon", "coordinates": [RING]}, (180.0, -16.5)),
        ({"type": "MultiPolygon", "coordinates": [
            [[[179, -17], [180, -17], [180, -16], [179, -16], [179, -17]]],
            [[[-180, -17], [-178, -17], [-178, -16], [-180, -16], [-180, -17]]]]}, (-179.5, -16.5)),
        ({"type": "LineString", "coordinates": [[178, 0], [-179, 2]]}, (179.5, 1.0)),
        ({"type": "MultiPoint", "coordinates": [[178, 0], [-179, 2]]}, (179.5, 1.0)),
        ({"type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]},
         (0.0, 0.0)),
        ({"type": "MultiPoint", "coordinates": [[-80, 0], [80, 2]]}, (0.0, 1.0)),
        ({"type": "Point", "coordinates": [180, 1]}, (180.0, 1.0)),
    ],
)  # fmt: skip
def test_the_middle_of_what_lies_across_the_antimeridian_lies_there(geometry: Any, middle: tuple[float, float]) -> None:
    """Cut in two as the standard bids, or not; and the whole earth's middle is where it was."""
    assert places(feature(geometry)) == [middle]


@pytest.mark.parametrize("digits", ["1" * 400, "1" * 5000, "1e400", "-" + "9" * 400])
def test_an_endless_coordinate_costs_one_row(digits: str) -> None:
    """Not the source, and not long."""
    value = collection(feature({"type": "Point", "coordinates": ["@", 31]}), feature(point(121.4, 31.1)))
    with within(5):
        parsed = parse("geojson", json.dumps(value).replace('"@"', digits))
    assert (len(parsed.records), [p.position for p in parsed.problems]) == (1, ["feature 1"])
    assert "Error" not in parsed.problems[0].reason


def test_a_shape_of_very_many_points_has_a_place() -> None:
    """Two hundred thousand are no reason to lose it."""
    ring = [[121 + number / 1e6, 31.0] for number in range(200_000)]
    assert places(feature({"type": "LineString", "coordinates": ring})) == [(121.0999995, 31.0)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("geo_3857.geojson", [(121.4046157, 31.0989011)]), ("geo_antimeridian.geojson", [(180.0, -16.5)]),
        ("geo_collection.geojson", [(121.41, 31.11), (None, None), (None, None)]),
        ("geo_lines.geojsonl", [(121.4, 31.1), (121.5, 31.2)]),
    ],
)  # fmt: skip
def test_maps_of_others_are_read(name: str, found: list[Any]) -> None:
    """With the places that arithmetic by hand gives."""
    assert places(sample("tries", name).read_bytes()) == found
