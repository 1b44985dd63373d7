"""An area drawn on the map: corners in degrees of WGS-84, as they are typed, checked, and asked for estates."""

from __future__ import annotations

import re
from math import isfinite
from typing import TypeAlias

from broadcaster.desk.refusal import Refusal
from channel.estates import Estates
from channel.views.alerts import estates_in
from channel.words import N_
from feeds.records import Area

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""(longitude, latitude) of each corner; the last one leads back to the first."""
MOST_CORNERS = 60
_DIGITS = 5
"""Of a degree: a metre."""
_APART = re.compile(r"[\s,;，；、]+")


def read_corners(text: str) -> Corners:
    """The corners of a form, one a line: ``121.38125 31.11271``. Raises PersonError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ()
    if not 3 <= len(lines) <= MOST_CORNERS:
        told = N_("{n} corners, where {least} to {most} are expected")
        raise Refusal("area", told, n=len(lines), least=3, most=MOST_CORNERS)
    return tuple(map(_corner, lines))


def _corner(line: str) -> tuple[float, float]:
    told = N_("{text} is no corner: longitude and latitude are expected, such as 121.38125 31.11271")
    try:
        lon, lat = map(float, _APART.split(line))
    except ValueError:
        raise Refusal("area", told, text=line[:40]) from None
    if not (isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise Refusal("area", told, text=line[:40])
    return round(lon, _DIGITS), round(lat, _DIGITS)


def written_corners(corners: Corners) -> str:
    """Corners as a form has them."""
    return "\n".join(f"{lon:.{_DIGITS}f} {lat:.{_DIGITS}f}" for lon, lat in corners)


def inside(corners: Corners, estates: Estates) -> frozenset[str]:
    """The ids of the estates within, by the even-odd rule, as those of a public warning's polygon; one without
    coordinates is where the others of its town are."""
    return estates_in((Area(polygons=(corners,)),), estates) if corners else frozenset()
