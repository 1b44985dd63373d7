"""A Screen as a picture with the focus on it, and sample pages for every layout: for sheets, documents and goldens."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image

from benchmarks import contents
from channel.paint.bitmap import Painter
from channel.paint.theme import load_theme
from channel.screen import fonts
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.screen import Screen
from channel.screen.templates import FootKey, Head, layouts
from channel.views.content import Body

PAGES: dict[str, tuple[str, str, str, str]] = {
    "menu": ("100", "闵行生活", "预警", "我的小区"),
    "index": ("109", "我的小区在哪里", "", ""),
    "dashboard": ("101", "我的小区", "换小区", "公交到站"),
    "list": ("111", "新闻公告", "镇里", "政策"),
    "article": ("111", "新闻公告", "", ""),
    "nearest": ("201", "附近医院", "急诊", "社区中心"),
    "table": ("541", "今日菜价", "走势", "水产"),
    "timetable": ("202", "专家门诊时间", "预约", "医院"),
    "board": ("401", "公交到站", "地铁", "线路"),
    "timegrid": ("344", "影院与活动", "演出", "图书馆"),
    "calendar": ("341", "活动日历", "演出", "体育"),
    "forecast": ("501", "七天天气", "预警", "空气"),
    "chart": ("503", "空气质量", "天气", "指数"),
    "status": ("403", "地铁运行", "首末班", "公交"),
    "guide": ("208", "异地就医备案", "", "办理点"),
    "alert": ("900", "紧急预警", "", "避险点"),
}
"""Number, title, and the labels of the red and the green key of the page that stands for each layout."""
ESTATE_PAGES = ("dashboard", "nearest", "board", "alert")
"""Layouts whose sample page is one of an estate: town and estate stand in its header."""


def head(layout: str, geometry: str, *, stale: bool = False, clock: bool = False) -> Head:
    """The frame of the sample page of ``layout``, with everything in it that such a page can have."""
    number, title, red, green = PAGES.get(layout, ("999", "样例", "", ""))
    shape = load_geometry(geometry)
    short, sizes = shape.frame["short"], shape.type
    words = ("景城花苑",) if short else ("莘庄镇", "景城花苑")
    place = " · ".join(words) if layout in ESTATE_PAGES else ""
    title_w = min(fonts.width(title, sizes["title"], "bold"), shape.frame["title_w"])
    when = "昨天 17:40" if stale else "08:05"
    return Head(
        number=number,
        title=title,
        district="闵行区",
        back="live" if number == "100" else "100#p" + number,
        keys=(
            FootKey("red", red, "209") if red else None,
            FootKey("green", green, "204") if green else None,
            FootKey("yellow", "原字" if shape.large else "大字", f"?profile=web-hd&page={number}"),
            FootKey("blue", "首页", "100"),
        ),
        place=place,
        place_to="109",
        place_w=fonts.width(place, sizes["floor"], "regular") * 27 // 25 + 24,
        line_x=shape.frame["title_x"] + title_w * 27 // 25 + 12,
        source=f"{'' if short else '来源 '}区卫健委 · 更新于 {when}",
        stale=stale,
        clock=clock,
        start_back=layout == "article",
    )


def screens(layout: str, body: Body, geometry: str = "hd", *, stale: bool = False) -> list[Screen]:
    """The Screens of ``body`` on the sample page of ``layout``."""
    shape = load_geometry(geometry)
    own = head(layout, geometry, stale=stale)
    return compose(layouts().markup(layout, body, own, shape), shape, page=own.number, title=own.title)


def sample(layout: str, geometry: str = "hd", *, seed: int = 0, rows: int = 14, stale: bool = False) -> list[Screen]:
    """The Screens of a sample content."""
    return screens(layout, contents.sample(layout, seed, rows), geometry, stale=stale)


def paint(screen: Screen, theme: str, geometry: str, focus: int | None = None) -> Image.Image:
    """The screen in stored pixels; ``focus`` is the link that has it (None: the first, -1: none).

    An alert keeps its own theme, whatever ``theme`` is.
    """
    painter = _painter(screen.theme or theme, geometry)
    picture = Image.fromarray(painter.rgb(painter.canvas(screen)))
    index = screen.first if focus is None else focus
    if index >= 0:
        overlay, x, y = painter.overlay(screen, index)
        with Image.open(io.BytesIO(overlay.body)) as ring:
            picture.paste(ring.convert("RGB"), (x, y))
    return picture


@lru_cache(maxsize=32)
def _painter(theme: str, geometry: str) -> Painter:
    return Painter(load_theme(theme), stretch=load_geometry(geometry).stretch)


def tiled(pictures: Sequence[tuple[str, Image.Image]], columns: int, width: int) -> Image.Image:
    """Pictures of one shape side by side on grey, each ``width`` px wide, with its name under it."""
    gap, foot = 16, 34
    height = max(round(p.height * width / p.width) for _, p in pictures)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap + foot) + gap), "#3C3C3C")
    for index, (name, picture) in enumerate(pictures):
        x, y = gap + index % columns * (width + gap), gap + index // columns * (height + gap + foot)
        sheet.paste(
            picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS), (x, y)
        )
        _write(sheet, name, x, y + height + 4)
    return sheet


def _write(sheet: Image.Image, name: str, x: int, y: int) -> None:
    from PIL import ImageDraw

    ImageDraw.Draw(sheet).text((x, y), name, fill="#EBEBEB", font=fonts.face(22, "regular"))
