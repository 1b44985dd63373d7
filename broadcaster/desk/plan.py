"""A plain map of the channel's estates: a dot each, and the names of towns; nobody's map server is asked."""

from __future__ import annotations

import math
from collections.abc import Iterable

from markupsafe import Markup, escape

from channel.estates import Estate, Estates

_WIDE = 1000.0
_EDGE = 40.0


class Plan:
    """Degrees as places on a canvas ``wide`` x ``high``, north up; a degree of longitude is as much shorter as it is in
    the middle of the map."""

    def __init__(self, estates: Estates) -> None:
        placed = [(e.lon, e.lat) for e in estates.values() if e.lon is not None and e.lat is not None]
        lons, lats = [lon for lon, _ in placed] or [0.0], [lat for _, lat in placed] or [0.0]
        self.west, self.north = min(lons), max(lats)
        shorter = math.cos(math.radians((self.north + min(lats)) / 2)) or 1.0
        across = max((max(lons) - self.west) * shorter, (self.north - min(lats)) / 2, 1e-4)
        self.lat_px = (_WIDE - 2 * _EDGE) / across
        self.lon_px = self.lat_px * shorter
        self.wide, self.high = _WIDE, round((self.north - min(lats)) * self.lat_px + 2 * _EDGE, 1)
        self._estates = estates

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a point stands on the canvas."""
        return round(_EDGE + (lon - self.west) * self.lon_px, 1), round(_EDGE + (self.north - lat) * self.lat_px, 1)

    def svg(self, name: str) -> Markup:
        """The map as inline SVG called ``name``, without a style: the desk's own classes and script make it live."""
        towns = [(town, self._spots(inside)) for town, inside in self._estates.towns.items()]
        groups = "".join(_group(town, spots) for town, spots in towns if spots)
        names = "".join(_name(town, [(x, y) for _, x, y in spots]) for town, spots in towns if spots)
        facts = (
            ("west", self.west), ("north", self.north), ("lon", f"{self.lon_px:.3f}"), ("lat", f"{self.lat_px:.3f}"),
            ("edge", _EDGE), ("wide", self.wide), ("high", self.high),
        )  # fmt: skip
        data = "".join(f' data-{key}="{value}"' for key, value in facts)
        return Markup(
            f'<svg id="plan" class="plan" role="application" tabindex="0" aria-label="{escape(name)}"'
            f' viewBox="0 0 {self.wide:g} {self.high:g}"{data}>'
            f'{groups}<g class="names" font-size="34">{names}</g></svg>'
        )

    def _spots(self, inside: Iterable[Estate]) -> list[tuple[Estate, float, float]]:
        return [
            (estate, *self.place(estate.lon, estate.lat))
            for estate in inside
            if estate.lon is not None and estate.lat is not None
        ]


def _group(town: str, spots: list[tuple[Estate, float, float]]) -> str:
    dots = "".join(
        f'<circle cx="{x:g}" cy="{y:g}" r="5"><title>{escape(estate.name)}</title></circle>' for estate, x, y in spots
    )
    return f'<g class="of" data-town="{escape(town)}">{dots}</g>'


def _name(town: str, spots: list[tuple[float, float]]) -> str:
    xs, ys = sorted(x for x, _ in spots), sorted(y for _, y in spots)
    return f'<text x="{xs[len(xs) // 2]:g}" y="{ys[len(ys) // 2]:g}">{escape(town)}</text>'
