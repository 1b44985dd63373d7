"""No link stands on another, and the place of a warning's mark in the header is nobody else's: faults before air."""

from __future__ import annotations

import msgspec
import pytest

from channel.paint.theme import load_theme
from channel.screen.geometry import load_geometry
from channel.screen.legibility import flaws
from channel.screen.screen import Screen
from tests.samples import picture

GEOMETRIES = ("hd", "large", "sd", "sd530")


def said(screen: Screen, geometry: str) -> list[str]:
    shape = load_geometry(geometry)
    found = flaws(screen, shape, (0, 0), load_theme("night").colors)
    return [flaw.sentence for flaw in found if "stands" in flaw.sentence]


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("layout", sorted(picture.PAGES))
@pytest.mark.parametrize("clock", [True, False])
def test_every_layout_leaves_the_mark_its_place(layout: str, geometry: str, clock: bool) -> None:
    for screen in picture.sample(layout, geometry, clock=clock):
        assert said(screen, geometry) == []


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_what_stands_there_all_the_same_is_a_fault(geometry: str) -> None:
    screen = picture.sample("list", geometry)[0]
    x, y, _, _ = load_geometry(geometry).mark
    title = next(piece for piece in screen.pieces if getattr(piece, "text", "") == picture.PAGES["list"][1])
    at = screen.pieces.index(title)
    moved = msgspec.structs.replace(title, x=x, left=x, y=y)
    changed = msgspec.structs.replace(screen, pieces=[*screen.pieces[:at], moved, *screen.pieces[at + 1 :]])
    assert said(changed, geometry) == ["stands in the place of a warning's mark"]


def test_a_link_on_a_link_is_a_fault() -> None:
    screen = picture.sample("list", "hd")[0]
    first, second = screen.links[:2]
    links = [first, msgspec.structs.replace(second, y=first.y + 4), *screen.links[2:]]
    found = said(msgspec.structs.replace(screen, links=links), "hd")
    assert any("would hide the focus" in sentence for sentence in found)
