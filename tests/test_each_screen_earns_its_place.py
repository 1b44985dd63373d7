"""Each screen of a page says something that the others do not: a month and what is worst stand once, nothing stands
alone on the last screen, and no row of a guide is blank because its programmes are short."""

from __future__ import annotations

import msgspec
import pytest

from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Text
from channel.screen.screen import Screen
from channel.views import content as c
from tests.samples import contents, picture

GEOMETRIES = ("hd", "large", "sd", "sd530")


def words(screen: Screen, geometry: str) -> list[str]:
    """The lines of the content."""
    frame = load_geometry(geometry).frame
    lines = (piece for piece in screen.pieces if isinstance(piece, Text))
    return [line.text for line in lines if frame["content"] <= line.y < frame["footer"]]


def links(screen: Screen) -> list[str]:
    return [link.to for link in screen.links if not link.group]


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("events", [1, 4, 5, 12, 40])
def test_a_calendar_has_its_month_once_and_every_event_once(events: int, geometry: str) -> None:
    """What has no room beside the month follows with its day, and none of it alone."""
    month = contents.sample("calendar")
    assert isinstance(month, c.Calendar)
    agenda = tuple(
        c.Agenda(time=f"12-{n}", when=f"12-{n} 周六", title=f"第{n}场", venue="城市剧院", to=f"341.e{n}")
        for n in range(events)
    )
    screens = picture.screens("calendar", msgspec.structs.replace(month, agenda=agenda), geometry)
    first, *rest = (links(screen) for screen in screens)
    assert sum(to.startswith("341.d") for to in first) == 30
    assert not any(to.startswith("341.d") for screen in rest for to in screen)
    assert [to for screen in (first, *rest) for to in screen if to.startswith("341.e")] == [e.to for e in agenda]
    assert all(len(screen) > 1 for screen in rest)
    if rest:
        shown = words(screens[-1], geometry)
        assert any(agenda[-1].when in line for line in shown), "a day alone needs its name"


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_worst_line_stands_on_the_first_screen_alone(geometry: str) -> None:
    rows = tuple(
        c.StatusRow(badge=str(n), route=f"甲{n} — 乙{n}", note="", mark="open", word="正常", to=f"403.m{n}")
        for n in range(14)
    )
    title, route = "机场线 虹桥2号航站楼 — 浦东机场", "虹桥2号航站楼 — 浦东机场"
    body = c.Status(
        title=title, route=route, sentence="设备抢修", badge="机场", mark="closed", word="停运", rows=rows
    )
    screens = picture.screens("status", body, geometry)
    said = [words(screen, geometry) for screen in screens]
    assert title in said[0] or route in said[0], "never cut"
    assert len(screens) > 1 and not any("设备抢修" in shown for shown in said[1:])
    assert [to for screen in screens for to in links(screen)] == [row.to for row in rows]


@pytest.mark.parametrize("count", range(2, 30))
def test_no_row_and_no_tile_stands_alone_on_the_last_screen(count: int) -> None:
    shape = load_geometry("hd")
    rows = "".join(f'<link to="201.r{n}" h="60" fill="panel"/>' for n in range(count))
    tiles = "".join(f'<link to="102.t{n}" h="60" fill="panel"/>' for n in range(count))
    for markup in (
        f'<screen fill="ground"><flow w="900" h="316" gap="4">{rows}</flow></screen>',
        f'<screen fill="ground"><grid cols="3" rows="3" cw="300" ch="60">{tiles}</grid></screen>',
    ):
        screens = compose(markup, shape, page="201", title="样例")
        assert [to for screen in screens for to in links(screen)] == [
            f"{'201.r' if 'flow' in markup else '102.t'}{n}" for n in range(count)
        ]
        assert len(links(screens[-1])) > 1


def _guide(tracks: int, minutes: int) -> c.Timegrid:
    blocks = tuple(
        c.Block(title=f"动画{n}", time=f"8:{n:02d}–8:{n + 1:02d}", start=n * minutes, minutes=minutes, to=f"700.p{n}")
        for n in range(240 // minutes)
    )
    return c.Timegrid(
        heading="周二 上午", start=480, now=None, hours=4, spans=1, unit="频道",
        tracks=tuple(c.Track(name=f"频道{n}", blocks=blocks) for n in range(tracks)),
    )  # fmt: skip


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_programmes_too_short_for_a_title_share_one(geometry: str) -> None:
    """A channel of short films is no blank row: neighbours stand together, and the first opens."""
    screen = picture.screens("timegrid", _guide(2, 10), geometry)[0]
    titles = [line for line in words(screen, geometry) if "动画" in line]
    assert len(titles) >= 4 and not any("…" in line for line in titles)
    assert any(" / " in line or line.endswith("/") for line in titles)
    assert links(screen)[0] == "700.p0"


def test_halls_are_shared_out_among_screens() -> None:
    """Six where five have room are three and three."""
    screens = picture.screens("timegrid", _guide(6, 60), "hd")
    halls = [[line for line in words(screen, "hd") if line in {f"频道{n}" for n in range(6)}] for screen in screens]
    assert [len(found) for found in halls] == [3, 3]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_figure_of_a_peak_is_clear_of_the_heading(geometry: str) -> None:
    """A line that touches its highest tick has its figure below the heading, and no two labels share a place."""
    points = tuple(c.Point(value=15.0 if n == 1 else 6.0, label="现在" if n == 0 else "") for n in range(24))
    series = (c.Series(name="气温", kind="line", tone="brand", points=points),)
    body = contents.sample("chart")
    assert isinstance(body, c.Chart)
    body = msgspec.structs.replace(body, series=series, ticks=(5, 10, 15), heading="未来 24 小时气温", legend=())
    screen = picture.screens("chart", body, geometry)[0]
    texts = [piece for piece in screen.pieces if isinstance(piece, Text)]
    heading = next(piece for piece in texts if piece.text == body.heading)
    peak = [piece for piece in texts if piece.text == "15"]
    ink = [piece.y + (piece.h - piece.size) / 2 for piece in peak]
    assert min(ink) >= heading.y + (heading.h + heading.size) / 2 - 1
    lowest, now = (next(piece for piece in texts if piece.text == text) for text in ("5", "现在"))
    assert now.left >= lowest.left + lowest.width - 4 or now.y >= lowest.y + (lowest.h + lowest.size) / 2 - 4


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_tile_cuts_no_word_that_it_can_leave_out(geometry: str) -> None:
    """A line of two parts that has no room says the first."""
    line = "莘庄体育馆羽毛球　已订到晚上八点半为止"
    tiles = tuple(c.Tile(number=n, label="场地余量", icon="ball", to=n, line=line) for n in map(str, range(361, 367)))
    screen = picture.screens("menu", c.Menu(tiles=tiles), geometry)[0]
    assert not any("…" in line for line in words(screen, geometry))


def test_halls_with_nothing_to_come_take_no_screen() -> None:
    """Late in the evening the halls that still have something stand on one screen; where all have room all stand."""
    guide, empty = _guide(2, 60), tuple(c.Track(name=f"空{n}", blocks=(), note="暂无场次") for n in range(5))
    many = picture.screens("timegrid", msgspec.structs.replace(guide, tracks=(*guide.tracks, *empty)), "hd")
    assert len(many) == 1 and "暂无场次" not in words(many[0], "hd")
    few = picture.screens("timegrid", msgspec.structs.replace(guide, tracks=(*guide.tracks, empty[0])), "hd")
    assert len(few) == 1 and "暂无场次" in words(few[0], "hd")


def test_hours_of_which_nothing_can_be_read_take_no_screen() -> None:
    """What ends a minute after the hours of a screen was told there; what only then begins has its own."""
    def hours(start: int, minutes: int) -> int:
        late = c.Block(title="老街", time="21:00", start=start, minutes=minutes, to="344.f")
        guide = msgspec.structs.replace(_guide(1, 60), spans=2)
        track = c.Track(name="七宝影城", blocks=(*guide.tracks[0].blocks[:3], late))
        return len(picture.screens("timegrid", msgspec.structs.replace(guide, tracks=(track,)), "hd"))

    assert (hours(180, 65), hours(180, 90), hours(245, 10)) == (1, 2, 2)


def test_hours_after_midnight_are_tomorrows() -> None:
    """On a Monday evening the morning is Tuesday's."""
    guide = msgspec.structs.replace(_guide(1, 60), heading="周一 晚上", start=1260, spans=3)
    blocks = tuple(msgspec.structs.replace(block, start=block.start + 480) for block in guide.tracks[0].blocks)
    track = c.Track(name="七宝影城", blocks=(*guide.tracks[0].blocks, *blocks))
    screens = picture.screens("timegrid", msgspec.structs.replace(guide, tracks=(track,)), "hd")
    heads = [words(screen, "hd")[0] for screen in screens]
    assert heads == ["周一 晚上", "明天 凌晨"]
