"""Positions of Chinese platforms: GCJ-02, which lies some hundred metres beside WGS 84 inside mainland China."""

from __future__ import annotations

from math import cos, pi, sin, sqrt

_AXIS, _ECCENTRICITY2 = 6_378_245.0, 0.006_693_421_622_965_943
"""The Krasovsky ellipsoid, metres."""
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of where positions are shifted, degrees."""


def wgs84(lon: float, lat: float) -> tuple[float, float]:
    """The WGS 84 position of one in GCJ-02, degrees, to about a metre; outside of China it is the same."""
    west, south, east, north = _CHINA
    if not (west <= lon <= east and south <= lat <= north):
        return lon, lat
    found = lon, lat
    # The shift is small and smooth: where it is taken from matters little, and less each time.
    for _ in range(3):
        east_by, north_by = _shift(*found)
        found = lon - east_by, lat - north_by
    return found


def _shift(lon: float, lat: float) -> tuple[float, float]:
    """By how much GCJ-02 moves a WGS 84 position, degrees east and north."""
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (waves + 20 * sin(y * pi) + 40 * sin(y * pi / 3) + 160 * sin(y * pi / 12) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (waves + 20 * sin(x * pi) + 40 * sin(x * pi / 3) + 150 * sin(x * pi / 12) + 300 * sin(x * pi / 30)) * 2 / 3
    phi = lat * pi / 180
    bend = 1 - _ECCENTRICITY2 * sin(phi) ** 2
    north *= 180 / (_AXIS * (1 - _ECCENTRICITY2) / (bend * sqrt(bend)) * pi)
    east *= 180 / (_AXIS / sqrt(bend) * cos(phi) * pi)
    return east, north
