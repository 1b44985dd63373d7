"""A Screen as a picture with the focus on it, and sample pages for every layout: for sheets, documents and goldens."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from channel.heading import fitted, source_line, title_size
from channel.paint.bitmap import Painter
from channel.paint.palette import palette
from channel.paint.theme import load_theme
from channel.screen import fonts
from channel.screen.compose import compose
from channel.screen.geometry import Geometry, load_geometry
from channel.screen.screen import Screen
from channel.screen.templates import FootKey, Head, layouts
from channel.views import content as c
from channel.words import Say
from feeds.base.clock import parse_moment
from tests.samples import contents

Picture: TypeAlias = Image.Image
PAGES: dict[str, tuple[str, str, str, str]] = {
    "menu": ("100", "闵行生活", "预警", "我的小区"),
    "index": ("109", "我的小区在哪里", "", ""),
    "dashboard": ("101", "我的小区", "换小区", "公交"),
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
    frame = shape.frame
    line_x = frame["mark_x"] + frame["mark_w"] + 12
    end = frame["left"] + frame["width"] if frame["clock_small"] else frame["clock_x"] - 12
    seen = parse_moment("2026-11-23T17:40" if stale else "2026-11-24T08:05")
    lines = (c.SourceLine(id="s", publisher="区卫健委", observed=seen),)
    line = source_line(lines, date(2026, 11, 24), Say(), short=bool(short))
    return Head(
        number=number,
        title=title,
        title_size=title_size(title, shape)[0],
        district="闵行区",
        back="live" if number == "100" else "100#p" + number,
        keys=(
            FootKey("red", red, "209", red[:2]) if red else None,
            FootKey("green", green, "204", green[:2]) if green else None,
            FootKey("yellow", "原字" if shape.large else "大字", f"?profile=web-hd&page={number}"),
            FootKey("blue", "首页", "100"),
        ),
        code=f"https://tv.minhang.example/m/mh0001/{number}",
        address="tv.minhang.example/m",
        place=place,
        place_to="109",
        place_w=fonts.width(place, sizes["floor"], "regular") * 27 // 25 + 24,
        line_x=line_x,
        source=fitted(line, end - line_x, sizes["floor"]),
        stale=stale,
        clock=clock,
        start_back=layout == "article",
    )


def screens(
    layout: str, body: c.Body, geometry: str = "hd", *, stale: bool = False, clock: bool = False
) -> list[Screen]:
    """The Screens of ``body`` on the sample page of ``layout``; ``clock`` as on boxes with a script."""
    shape = load_geometry(geometry)
    own = head(layout, geometry, stale=stale, clock=clock)
    return compose(layouts().markup(layout, body, own, shape), shape, page=own.number, title=own.title)


def sample(
    layout: str, geometry: str = "hd", *, seed: int = 0, rows: int = 14, stale: bool = False, clock: bool = False
) -> list[Screen]:
    """The Screens of a sample content."""
    return screens(layout, contents.sample(layout, seed, rows), geometry, stale=stale, clock=clock)


def empty(layout: str, geometry: str = "hd") -> list[Screen]:
    """The sample page of ``layout`` with nothing to show."""
    body = contents.sample(layout)
    if isinstance(body, c.Alert):
        return screens(layout, c.Alert(empty=c.Empty(sentence="没有生效的预警", hint="有了会马上显示")), geometry)
    lists = ("tiles", "entries", "rows", "stops", "tracks", "days", "series", "steps", "paragraphs")
    changes: dict[str, object] = {name: () for name in lists if name in body.__struct_fields__}
    if "empty" in body.__struct_fields__:
        changes["empty"] = c.Empty(sentence="暂时没有内容", hint="每小时更新一次，请稍后再来看看")
    if isinstance(body, c.Dashboard):
        cards = tuple(msgspec.structs.replace(card, rows=(), weather=None, empty="今天没有通知") for card in body.cards)
        return screens(layout, c.Dashboard(cards=cards), geometry)
    return screens(layout, msgspec.structs.replace(body, **changes), geometry)


def further() -> Iterator[tuple[str, str, c.Body]]:
    """Faces of a layout that its sample does not show: name, layout, body."""
    days = ("10-27", "", "", "", "", "", "", "11-03", "", "", "", "", "", "", "11-10", "", "", "", "", "", "11-17")
    lines = (("青菜", "brand", 3.2), ("番茄", "yellow", 5.6), ("土豆", "blue", 2.4))
    series = tuple(
        c.Series(
            name=name,
            kind="line",
            tone=tone,  # type: ignore[arg-type]
            points=tuple(c.Point(value=round(base + (i * 7 % 5) / 8, 2), label=day) for i, day in enumerate(days)),
        )
        for name, tone, base in lines
    )
    chart = c.Chart(
        place="青菜 今天 元/500克",
        value="3.53",
        level="",
        tone="",
        facts=(("番茄", "5.62"), ("土豆", "2.43")),
        advice="青菜最低 3.18，最高 3.74，现在和平均差不多。",
        heading="最近 30 天",
        series=series,
        ticks=(2, 3, 4, 5, 6, 7),
        legend=tuple((name, tone) for name, tone, _ in lines),  # type: ignore[misc]
    )
    yield "chart-lines", "chart", chart
    keys = (("上", "下", "左", "右"), ("确认", "返回"), ("2", "0", "1"), ("上页", "下页"), ("红", "绿", "黄", "蓝"))
    steps = tuple(c.Step(head="移动光标", line="用四个方向键移动黄色的光标，再按确认键打开", keys=k) for k in keys)
    guide = c.Guide(
        steps=steps, bring_title="记住三件事", bring=("黄键放大字", "蓝键回首页"), phone="12345", phone_hours="全天"
    )
    yield "guide-keys", "guide", guide
    yield "article-plain", "article", msgspec.structs.replace(contents.sample("article"), facts=())
    minor = msgspec.structs.replace(contents.sample("alert"), severity="minor", headline="低温蓝色预警提示信息")
    yield "alert-minor", "alert", minor


def paint(screen: Screen, theme: str, geometry: str, focus: int | None = None) -> Picture:
    """The screen in stored pixels (palette); ``focus`` is the link that has it (None: the first, -1: none).

    An alert keeps its own theme, whatever ``theme`` is.
    """
    name = screen.theme or theme
    painter, colors = _painter(name, geometry), palette(load_theme(name)).colors
    canvas = painter.canvas(screen)
    index = screen.first if focus is None else focus
    if index >= 0:
        overlay, x, y = painter.overlay(screen, index)
        with Image.open(io.BytesIO(overlay.body)) as ring:
            # A ring has a small palette of its own, all of whose colours are among the theme's.
            wanted = _packed(np.asarray(ring.convert("RGB")))
        order = np.argsort(_packed(colors))
        found = order[np.searchsorted(_packed(colors)[order], wanted)]
        canvas[y : y + found.shape[0], x : x + found.shape[1]] = found
    picture = Image.fromarray(canvas, "P")
    picture.putpalette(palette(load_theme(name)).plte)
    return picture


def _packed(colors: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """RGB triples as one number each."""
    wide = colors.astype(np.int32)
    out: npt.NDArray[np.int32] = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    return out


def as_seen(picture: Picture, geometry: Geometry) -> Picture:
    """A picture of stored pixels in the shape in which a set shows it."""
    seen = picture.convert("RGB")
    return seen if geometry.stretch == 1.0 else seen.resize((geometry.width, geometry.height), Image.Resampling.LANCZOS)


@lru_cache(maxsize=32)
def _painter(theme: str, geometry: str) -> Painter:
    return Painter(load_theme(theme), stretch=load_geometry(geometry).stretch)


def tiled(pictures: Sequence[tuple[str, Picture]], columns: int, width: int) -> Picture:
    """Pictures of one shape side by side on grey, each ``width`` px wide, with its name under it."""
    gap, foot = 16, 34
    height = max(round(p.height * width / p.width) for _, p in pictures)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap + foot) + gap), "#3C3C3C")
    draw = ImageDraw.Draw(sheet)
    for index, (name, picture) in enumerate(pictures):
        x, y = gap + index % columns * (width + gap), gap + index // columns * (height + gap + foot)
        size = (width, round(picture.height * width / picture.width))
        sheet.paste(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS), (x, y))
        draw.text((x, y + height + 4), name, fill="#EBEBEB", font=fonts.face(22, "regular"))
    return sheet
