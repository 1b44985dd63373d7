"""Chinese map coordinates, and Web Mercator's metres, to WGS-84.

GCJ-02 (Amap, Tencent) shifts a point inside the mainland by 100 to 700 m by a published-by-observation formula that
has no closed inverse; BD-09 (Baidu) turns GCJ-02 once more. All angles are degrees.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan, atan2, cos, degrees, hypot, pi, sin, sinh, sqrt

_AXIS = 6378245.0
"""Semi-major axis of the Krasovsky 1940 ellipsoid, in metres."""
_ECCENTRICITY = 0.00669342162296594323
_SPHERE = 6378137.0
_MERCATOR_EDGE = pi * _SPHERE + 0.001
_BAIDU = pi * 3000.0 / 180.0


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """WGS-84 of a GCJ-02 point, to within a centimetre; outside the mainland's box the point is itself."""
    if not _shifted(lon, lat):
        return lon, lat
    guess_lon, guess_lat = lon, lat
    for _ in range(12):
        there_lon, there_lat = wgs84_to_gcj02(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - there_lon, guess_lat + lat - there_lat
        if abs(there_lon - lon) < 1e-9 and abs(there_lat - lat) < 1e-9:
            break
    return guess_lon, guess_lat


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 of a WGS-84 point."""
    if not _shifted(lon, lat):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = lat / 180.0 * pi
    flat = 1 - _ECCENTRICITY * sin(angle) ** 2
    d_lat = north * 180.0 / (_AXIS * (1 - _ECCENTRICITY) / (flat * sqrt(flat)) * pi)
    d_lon = east * 180.0 / (_AXIS / sqrt(flat) * cos(angle) * pi)
    return lon + d_lon, lat + d_lat


def bd09_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """WGS-84 of a BD-09 point."""
    x, y = lon - 0.0065, lat - 0.006
    radius = hypot(x, y) - 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) - 0.000003 * cos(x * _BAIDU)
    return gcj02_to_wgs84(radius * cos(angle), radius * sin(angle))


def web_mercator_to_wgs84(x: float, y: float) -> tuple[float, float]:
    """WGS-84 of a Web Mercator point (EPSG:3857, metres on a sphere of 6,378,137 m). Raises ValueError beyond its
    square."""
    if not (abs(x) <= _MERCATOR_EDGE and abs(y) <= _MERCATOR_EDGE):
        raise ValueError("the geometry lies outside the square of EPSG:3857")
    # Farther than the edge by less than a millimetre is the edge.
    lon = min(180.0, max(-180.0, degrees(x / _SPHERE)))
    return lon, degrees(atan(sinh(y / _SPHERE)))


def _shifted(lon: float, lat: float) -> bool:
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def converter(system: str) -> Callable[[float, float], tuple[float, float]] | None:
    """The function that turns ``system`` (``wgs84``, ``gcj02``, ``bd09``) into WGS-84; None when nothing is to do."""
    return {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(system)
