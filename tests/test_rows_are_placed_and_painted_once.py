"""A row that was placed and painted for one estate serves all others: the same screens, the same pixels."""

import io

import msgspec
import numpy as np
import pytest
from PIL import Image

from channel.paint.addresses import DocumentAddress
from channel.paint.bitmap import Painter, focused
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.strips import RING, Cutter
from channel.paint.theme import load_theme
from channel.profiles import load_profiles
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Text
from channel.screen.reframe import reframed
from channel.screen.rows import Rows
from channel.screen.screen import Screen
from channel.screen.templates import layouts
from tests.samples import contents
from tests.screens import head

pytestmark = pytest.mark.slow

GEOMETRIES = {"hd": 1280, "large": 1280, "sd": 720, "sd530": 640}


def markup(layout: str, seed: int, geometry: str) -> str:
    """A sample page's markup."""
    shape = load_geometry(geometry)
    return layouts().markup(layout, contents.sample(layout, seed, 14), head(large=bool(shape.frame["short"])), shape)


def bare(screens: list[Screen]) -> list[dict[str, object]]:
    """What Screens show, without the notes of which rows were met before."""
    return [{**msgspec.structs.asdict(screen), "rows": []} for screen in screens]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_row_that_was_placed_before_stands_where_it_would_have_stood(geometry: str) -> None:
    """With and without a memory of rows every Screen is the same, the first time and the second, in any order."""
    shape, rows = load_geometry(geometry), Rows()
    met = 0
    for seed in (0, 1, 0):
        for layout in contents.layouts():
            text = markup(layout, seed, geometry)
            plain = compose(text, shape, page="201", title="附近医院")
            remembered = compose(text, shape, page="201", title="附近医院", rows=rows)
            met += sum(len(screen.rows) for screen in remembered)
            assert bare(remembered) == bare(plain), layout
    assert met > 100


@pytest.mark.parametrize("clock", [False, True])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_another_header_stands_as_if_it_had_been_laid_out_so(geometry: str, clock: bool) -> None:
    """Boxes with a clock and without share their Screens but for the header, whichever are asked for first; what
    does not begin with that header is left to be laid out."""
    shape, rows = load_geometry(geometry), Rows()
    mine = head(clock=clock, large=bool(shape.frame["short"]))
    for layout in contents.layouts():
        body = contents.sample(layout, 0, 14)
        first, other = (
            compose(layouts().markup(layout, body, h, shape), shape, page="201", title="附近医院", rows=rows)
            for h in (mine, mine.turned)
        )
        old, new = (layouts().header(h, shape) for h in (mine, mine.turned))
        made = reframed(first, old, new, shape, rows)
        assert made is not None
        assert bare(made) == bare(other), layout
    other = compose('<screen fill="ground"><frame><box h="80"/></frame></screen>', shape, page="1", title="", rows=rows)
    assert reframed(other, old, new, shape, rows) is None


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_document_says_the_same_with_rows_that_were_written_before(geometry: str) -> None:
    """The first document of a row, the second (that takes it down) and those after it are the same bytes."""
    shape, rows = load_geometry(geometry), Rows()
    painter = HtmlPainter(load_theme("night"), load_profiles(["web-hd"])["web-hd"])
    for layout in contents.layouts():
        text = markup(layout, 0, geometry)
        spots = [DocumentAddress("201", screen=n + 1) for n in range(20)]
        pages = [DocumentFrame(spot=spot, back="100.html#f=p201", script=True) for spot in spots]
        plain = [
            painter.document(s, p) for s, p in zip(compose(text, shape, page="201", title=""), pages, strict=False)
        ]
        for _ in range(4):
            again = compose(text, shape, page="201", title="", rows=rows)
            assert [painter.document(s, p) for s, p in zip(again, pages, strict=False)] == plain, layout


def test_markup_that_cannot_be_taken_apart_is_placed_as_a_whole() -> None:
    """Links in boxes of a flow, empty links and broken text inside them are the parser's business, not ours."""
    shape = load_geometry("hd")
    text = (
        '<screen fill="ground"><flow w="1152" h="500" gap="4">'
        '<box h="80"><link to="201" h="60"><text>甲</text></link></box>'
        '<link to="202" h="60"/><link to="203" h="60"><text>乙 &lt;link&gt; 丙</text></link></flow></screen>'
    )
    plain = compose(text, shape, page="201", title="")
    assert bare(compose(text, shape, page="201", title="", rows=Rows())) == bare(plain)
    assert [link.to for link in plain[0].links] == ["201", "202", "203"]


def test_only_so_many_rows_are_kept() -> None:
    """A memory of two rows gives the same screens as one of thousands."""
    shape, few = load_geometry("hd"), Rows(most=2)
    for seed in range(3):
        text = markup("nearest", seed, "hd")
        plain = compose(text, shape, page="201", title="")
        assert bare(compose(text, shape, page="201", title="", rows=few)) == bare(plain)


def decoded(data: bytes) -> np.ndarray:
    """A PNG's colours."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("theme", ["night", "day", "high-contrast"])
@pytest.mark.parametrize("geometry", ["hd", "sd"])
def test_a_rows_focus_is_its_own_pixels_in_other_colours(geometry: str, theme: str) -> None:
    """The picture with the focus has ring, fill, pointer and ink as if it had been painted so; beside the ring it shows
    the ground. (Names do not go bold there, for the pixels are the row's own.)"""
    shape = load_geometry(geometry)
    painter = Painter(load_theme(theme), stretch=shape.stretch)
    shared = 0
    for layout in contents.layouts():
        for screen in compose(markup(layout, 0, geometry), shape, page="201", title="附近医院", rows=Rows()):
            picture, overlays = painter.sheet(screen)
            assert np.array_equal(decoded(picture.body), painter.rgb(painter.canvas(screen)))
            for link, (overlay, x, y) in zip(screen.links, overlays, strict=True):
                if len(overlay.parts) == 1:
                    continue
                shared += 1
                assert set(overlay.parts) & set(picture.parts), "the row's band is there once"
                look = decoded(overlay.body)
                assert (x, y, look.shape[0]) == (0, link.y - RING, link.h + 2 * RING)
                items = focused(screen.pieces[link.start : link.end], link)
                for item in items:
                    if isinstance(item, Text):
                        plain = next(i for i in screen.pieces if isinstance(i, Text) and (i.x, i.y) == (item.x, item.y))
                        item.weight = plain.weight
                alone = painter.rgb(painter.drawn(items, y, link.h + 2 * RING, look.shape[1]))
                assert np.array_equal(look, alone), (layout, link.id)
    assert shared > 30


def test_strips_hold_every_item_once_and_cover_the_canvas() -> None:
    """Strips stand one under another from top to bottom; no item is lost, and none doubled but where a frame is cut."""
    shape = load_geometry("hd")
    for layout in contents.layouts():
        for screen in compose(markup(layout, 0, "hd"), shape, page="201", title="", rows=Rows()):
            strips = Cutter().split(screen)
            assert [s.top for s in strips] == [0, *(s.bottom for s in strips[:-1])]
            assert strips[-1].bottom == screen.height
            held = [id(item) for strip in strips for item in strip.pieces]
            grounds = sum(1 for item in screen.pieces if item.h >= screen.height)
            framed = {id(i) for r in screen.rows if r.link < 0 for i in screen.pieces[r.start : r.end]}
            single = [item for item in held if item not in framed]
            assert len(single) == len(set(single))
            assert len(set(held)) == len(screen.pieces) - grounds


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("layout", ["list", "board", "nearest", "table", "timetable"])
def test_a_row_across_the_screen_is_a_strip_by_itself(layout: str, geometry: str) -> None:
    """Large figures and lines moved down in their row join it to no neighbour: else a row would be new pixels wherever
    another one stands beside it."""
    shape = load_geometry(geometry)
    met = 0
    for screen in compose(markup(layout, 0, geometry), shape, page="401", title="附近公交", rows=Rows()):
        wide = [row for row in screen.rows if row.link >= 0]
        alone = [strip.row for strip in Cutter().split(screen) if strip.row and strip.row.link >= 0]
        assert alone == wide
        met += len(wide)
    assert met > 10
