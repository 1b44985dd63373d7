"""Sample screens for tests: any layout, with content that the benchmarks use too."""

from __future__ import annotations

from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.screen import Screen
from channel.screen.templates import FootKey, Head, layouts
from channel.views.content import Body
from tests.samples import contents


def head(*, clock: bool = False, place: str = "莘庄镇 · 景城花苑", large: bool = False) -> Head:
    """A header and footer with everything in them."""
    return Head(
        number="201",
        title="附近医院",
        district="闵行区",
        back="100#p201",
        place=place,
        place_to="109",
        place_w=250,
        source="区卫健委 · 更新于 08:05" if large else "来源 区卫健委 · 更新于 08:05",
        clock=clock,
        keys=(
            FootKey("red", "急诊", "209"),
            FootKey("green", "社区中心", "204", "社区"),
            FootKey("yellow", "大字", "~201"),
            FootKey("blue", "首页", "100"),
        ),
    )


def compose_body(layout: str, body: Body, geometry: str = "hd", *, clock: bool = False) -> list[Screen]:
    """The Screens of a body."""
    shape = load_geometry(geometry)
    markup = layouts().markup(layout, body, head(clock=clock, large=bool(shape.frame["short"])), shape)
    return compose(markup, shape, page="201", title="附近医院")


def compose_sample(
    layout: str, seed: int = 0, rows: int = 14, geometry: str = "hd", *, clock: bool = False
) -> list[Screen]:
    """The Screens of a sample content."""
    return compose_body(layout, contents.sample(layout, seed, rows), geometry, clock=clock)
