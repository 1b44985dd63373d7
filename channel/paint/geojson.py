"""Places as points that a map reads (RFC 7946): the estates of a channel, and what a page lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from channel.paint.output import PaintedDocument

GEOJSON = "application/geo+json"
"""RFC 7946, 12."""


class Point(NamedTuple):
    """One place: its name in the interface, where it is (WGS-84 degrees) and what is known of it."""

    id: str
    lon: float
    lat: float
    known: dict[str, str]


def points(name: str, places: Iterable[Point]) -> PaintedDocument:
    """The document ``name`` with a feature for each place; what is known as nothing is left out (RFC 7946, 3.3)."""
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            **({"id": place.id} if place.id else {}),
            "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
            "properties": {label: value for label, value in place.known.items() if value},
        }
        for place in places
    ]
    body = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    return PaintedDocument(name=name, media=GEOJSON, body=body)
