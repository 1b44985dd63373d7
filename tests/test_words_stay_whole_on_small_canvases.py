"""On every canvas a name, a figure, a telephone number and a time stand whole: what has no room moves, or stands
smaller."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from channel.folder import Channel
from channel.heading import heading
from channel.profiles import load_profiles
from channel.screen.columns import INSET, plan
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Text
from channel.screen.screen import Link, Screen
from channel.views import content as c
from channel.words import Say
from feeds.base.clock import parse_moment
from tests.conftest import EXAMPLE
from tests.samples import picture

SCALES = ("hd", "large", "sd", "sd530")
MOMENT = parse_moment("2026-11-24T08:12")
METRICS = sorted((Path(__file__).parents[1] / "layouts" / "metrics").glob("*.toml"))


def words(screens: list[Screen]) -> str:
    """Every line of the screens, one after the other."""
    return "\n".join(item.text for screen in screens for item in screen.pieces if isinstance(item, Text))


def rows(screen: Screen) -> list[Link]:
    """The links of the content."""
    return [link for link in screen.links if not link.group]


PHONES = c.Table(
    columns=(
        c.Column(label="名称", share=2), c.Column(label="号码", share=1.4, strong=True),
        c.Column(label="时间", share=2), c.Column(label="说明", share=2),
    ),
    rows=tuple(
        c.TableRow(cells=tuple(c.Cell(text=t) for t in cells))
        for cells in (
            ("市民服务热线", "12345", "24 小时", "问事、投诉都行"),
            ("区公共法律服务中心", "021-5550 1234", "周一至周五 09:00–17:00", "先打电话约时间，带身份证和材料"),
        )
    ),
)  # fmt: skip


@pytest.mark.parametrize("scale", SCALES)
def test_a_table_says_all_its_cells(scale: str) -> None:
    """What does not fit beside the rest stands on a second line of its row, with the name of its column."""
    found = picture.screens("table", PHONES, scale)
    said = words(found).replace("\n", "")
    assert all(cell.text in said for row in PHONES.rows for cell in row.cells)
    assert "…" not in said
    assert all(screen.flaws == [] for screen in found)


def widths(
    *needs: int, room: int = 1000, strong: int = -1, shares: tuple[float, ...] = ()
) -> tuple[list[int], tuple[int, ...]]:
    """Each column's width and what stands below, for columns whose cells need that many figures of 10 px."""
    columns = [c.Column(label="", share=shares[i] if shares else 1.0, strong=i == strong) for i in range(len(needs))]
    row = c.TableRow(cells=tuple(c.Cell(text="0" * n) for n in needs))
    found = plan(columns, [row], room=room, air=0, note=0, heads="floor", words="body", size=lambda _: 18)
    assert found.places[0][0] == INSET
    return [w for _, w in found.places], found.below


def test_columns_keep_their_shares_while_every_word_has_room() -> None:
    """The line-up says how wide columns are; only where that would cut a word they give each other way."""
    assert widths(5, 5, 5, 5, shares=(4, 3, 2, 1)) == ([400, 300, 200, 100], ())
    (first, second, third), below = widths(60, 5, 5)
    assert below == () and first > 600 and first + second + third <= 1000 and second > 50


def test_the_widest_column_of_words_goes_below() -> None:
    """Never the first nor a strong one; the rest keep their room."""
    found, below = widths(25, 35, 45, 20)
    assert below == (2,) and found[2] == 0 and sum(found) <= 1000
    assert widths(25, 35, 45, 15, strong=2)[1] == (1,)
    assert widths(120, 20)[1] == (), "a name is cut before the only figure goes"


def test_a_table_fills_no_more_than_its_room() -> None:
    """Whatever the needs, columns stand side by side inside the room and in their order."""
    for needs in ((3,), (200, 200), (90, 90, 90, 90), (10, 80, 10, 80, 10), (1, 1, 1, 1, 1, 1)):
        found, below = widths(*needs)
        assert sum(found) <= 1000
        assert all((w == 0) == (i in below) for i, w in enumerate(found))


TURNS = ("下一班", "第 2 班", "第 3 班", "第 4 班", "第 5 班", "第 6 班")
TIMES = ("08:20", "13:30", "明08:30", "明13:30", "明17:40", "明18:40")
COACHES = c.Timetable(
    corner="开往",
    days=tuple(c.Day(label=label, date="") for label in TURNS),
    rows=tuple(
        c.TimetableRow(name=name, to="407.a", cells=tuple(c.Cell(text=t) for t in TIMES))
        for name in ("湖州", "杭州客运中心站")
    ),
)  # fmt: skip


@pytest.mark.parametrize("scale", SCALES)
def test_a_time_is_shown_whole_or_not_at_all(scale: str) -> None:
    """As many columns as have room; what is later stands on the row's own page."""
    found = picture.screens("timetable", COACHES, scale)
    said = words(found)
    assert "…" not in said and "08:20" in said and "第 2 班" in said
    shown = sum(label in said for label in TURNS)
    assert shown == sum(time in said for time in TIMES)
    assert shown == 6 if scale == "hd" else shown >= 3


def grid(*blocks: tuple[str, int, int], hours: int = 4, spans: int = 3) -> c.Timegrid:
    """A grid of one channel: title, first minute, minutes."""
    return c.Timegrid(
        heading="周二 上午", start=450, hours=hours, spans=spans, now=30,
        tracks=(
            c.Track(
                name="闵行综合",
                blocks=tuple(
                    c.Block(title=t, time="07:30–08:00", start=s, minutes=m, to="700.a") for t, s, m in blocks
                ),
            ),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("scale", SCALES)
def test_a_short_programme_has_its_title_in_two_lines(scale: str) -> None:
    """Half an hour is enough for six Han; its beginning stands over it."""
    found = picture.screens("timegrid", grid(("街镇新闻联播", 30, 30)), scale)
    said = words(found)
    assert "街镇新闻联播" in said.replace("\n", "") and "…" not in said
    assert all(screen.flaws == [] for screen in found)


@pytest.mark.parametrize("scale", SCALES)
def test_hours_with_nothing_on_are_left_out(scale: str) -> None:
    """A grid opens on its first programme, under the right part of the day; an empty one is one screen."""
    found = picture.screens("timegrid", grid(("归巢", 600, 100)), scale)
    assert len(found) == len([s for s in found if rows(s)])
    assert "周二 下午" in words(found[:1]) and "周二 上午" not in words(found)
    assert len(picture.screens("timegrid", grid(), scale)) == 1


@pytest.mark.parametrize("scale", SCALES)
def test_a_long_name_stands_smaller(scale: str) -> None:
    """Eleven Han of a place whole on every canvas: smaller, in two lines where that is not enough."""
    row = c.NearestRow(to="343.a", name="东兰社区文化活动分中心", figure="0.6", unit="公里", mark="open", word="开放中")
    short = msgspec.structs.replace(row, name="图书馆", to="343.b")
    heads = ("名称", "类别", "离家", "今日时间", "现在")
    (screen,) = picture.screens("nearest", c.Nearest(rows=(row, short), heads=heads), scale)
    told = [item for item in screen.pieces if isinstance(item, Text)]
    assert {item.size for item in told if item.text == "图书馆"} == {load_geometry(scale).body}
    lines = [item for item in told if item.text and item.text in row.name and item.weight == "medium"]
    assert "".join(item.text for item in lines) == row.name
    assert all(item.size >= load_geometry(scale).floor for item in lines)


@pytest.mark.parametrize("scale", SCALES)
def test_dashboard_and_agenda_are_whole(scale: str) -> None:
    """即将到 in the place of minutes, a hospital of seven Han, an event's time and venue."""
    hospital = c.CardRow(label="春申口腔门诊部", figure="1.3", unit="公里", mark="later")
    cards = (
        c.Card(title="停水停电", number="601", to="601", rows=(c.CardRow(label="今天停水"),)),
        c.Card(title="附近公交", number="401", to="401", rows=(c.CardRow(label="闵行28路", figure="即将到"),)),
        c.Card(title="附近医院", number="201", to="201", rows=(hospital,)),
    )  # fmt: skip
    said = words(picture.screens("dashboard", c.Dashboard(cards=cards), scale))
    assert "即将到" in said and "春申口腔门诊部" in said
    body = msgspec.structs.replace(
        picture.contents.sample("calendar"),
        agenda=(c.Agenda(time="11-27", title="养老护理员初级班", venue="09:00 莘庄镇社区事务受理中心", to="123.a"),),
    )  # fmt: skip
    said = words(picture.screens("calendar", body, scale)).replace("\n", "")
    assert "11-27" in said and "09:00 莘庄镇社区事务受理中心" in said


@pytest.mark.parametrize("profile", ["web-hd", "web-hd-large", "bitmap-sd", "ipanel-sd"])
def test_the_time_of_the_data_is_never_cut(profile: str) -> None:
    """A long title leaves less room for whose data they are; when they were seen stands there always."""
    channel = Channel.open(EXAMPLE)
    found = load_profiles([profile])[profile]
    shape = load_geometry(found.metrics)
    seen: datetime = MOMENT
    line = c.SourceLine(id="g306", publisher="区政务服务中心", observed=seen)
    source = channel.lineup.page("306")
    content = c.Content(
        body=c.Guide(steps=()), sources=(msgspec.structs.replace(line, id=next(iter(source.sources.values()))),)
    )
    head = heading(channel, source, content, None, found, shape, Say().day_of(MOMENT))
    assert head.source.endswith("08:12") and "…" not in head.source


@pytest.mark.parametrize("path", METRICS, ids=lambda path: path.stem)
def test_every_number_of_a_layout_is_read(path: Path) -> None:
    """A number that no template asks for is a slip, or left over."""
    templates = path.parents[1]
    for name, numbers in load_geometry(path.stem).layouts.items():
        source = (templates / f"{name}.xml").read_text(encoding="utf-8")
        assert [key for key in numbers if f"m.{key}" not in source] == [], name
