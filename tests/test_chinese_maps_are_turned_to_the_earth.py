"""GCJ-02 and BD-09 are turned into WGS-84, to the centimetre and back."""

from __future__ import annotations

from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.coordinates import bd09_to_wgs84, converter, gcj02_to_wgs84, wgs84_to_gcj02


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot((a[0] - b[0]) * cos(radians(a[1])), a[1] - b[1]) * 111_195


@given(lon=st.floats(74, 134), lat=st.floats(18, 53))
def test_the_shift_is_undone(lon: float, lat: float) -> None:
    """Any point of the mainland, shifted and turned back, is where it was; and the shift is hundreds of metres."""
    shifted = wgs84_to_gcj02(lon, lat)
    assert metres(gcj02_to_wgs84(*shifted), (lon, lat)) < 0.02
    assert 1 < metres(shifted, (lon, lat)) < 1_500


@pytest.mark.parametrize(
    ("gcj", "wgs"),
    [((121.4752, 31.2288), (121.4707, 31.2308)), ((116.3975, 39.9087), (116.3913, 39.9073))],
    ids=["shanghai", "beijing"],
)
def test_known_places_are_right(gcj: tuple[float, float], wgs: tuple[float, float]) -> None:
    """The two capitals' middles, as two kinds of map print them."""
    assert metres(gcj02_to_wgs84(*gcj), wgs) < 30


def test_places_elsewhere_are_not_shifted() -> None:
    """The formula holds for the mainland alone."""
    assert gcj02_to_wgs84(-0.1276, 51.5072) == (-0.1276, 51.5072)
    assert metres(bd09_to_wgs84(121.4817, 31.2347), (121.4707, 31.2308)) < 60


def test_what_needs_no_turning_has_no_converter() -> None:
    """WGS-84 goes through untouched."""
    assert converter("wgs84") is None
    assert converter("gcj02") is gcj02_to_wgs84
