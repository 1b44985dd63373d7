"""What does not fit flows onto the next screen: nothing lost, nothing twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel.screen.flow import MOST_SCREENS
from channel.screen.pieces import Text
from channel.screen.screen import Screen
from channel.views import content as c
from tests.samples import contents
from tests.screens import compose_body, compose_sample


def texts(screens: list[Screen]) -> list[str]:
    """The words of the content of all screens, in their order."""
    return [i.text for s in screens for i in s.pieces if isinstance(i, Text) and 112 <= i.y < 624]


@given(rows=st.integers(1, 120))
@settings(max_examples=25, deadline=None)
def test_every_row_stands_on_one_screen(rows: int) -> None:
    """A list of any length shows each row once, in order."""
    body = c.List(
        rows=tuple(c.ListRow(to=f"111.a{i}", title=f"第{i}条", date="今天", summary="摘要") for i in range(rows))
    )
    shown = [t for t in texts(compose_body("list", body)) if t.startswith("第")]
    assert shown == [f"第{i}条" for i in range(rows)]


@given(text=st.text("闵行区公交车，。站医院0123 ", min_size=1, max_size=2500))
@settings(max_examples=25, deadline=None)
def test_prose_of_any_length_is_all_there(text: str) -> None:
    """The lines of all screens are the article."""
    body = c.Article(title="标题", paragraphs=(text,), facts=())
    shown = "".join(t for t in texts(compose_body("article", body)) if t != "标题")
    assert shown.replace(" ", "") == text.strip().replace(" ", "")


@pytest.mark.parametrize("geometry", ["hd", "large", "sd"])
@pytest.mark.parametrize("steps", range(2, 15))
def test_no_step_of_a_guide_stands_alone_on_the_last_screen(steps: int, geometry: str) -> None:
    """What goes on is shared: screens have about as many steps, and none is lost."""
    guide = c.Guide(steps=tuple(c.Step(head=f"第{i}步", line="说明") for i in range(steps)))
    screens = compose_body("guide", guide, geometry=geometry)
    words = [[i.text for i in s.pieces if isinstance(i, Text)] for s in screens]
    shown = [[t for t in each if t.startswith("第") and t.endswith("步")] for each in words]
    assert [t for each in shown for t in each] == [f"第{i}步" for i in range(steps)]
    most, fewest = max(map(len, shown)), min(map(len, shown))
    assert most - fewest <= 2 and (fewest > 1 or most <= 2)


@pytest.mark.parametrize("geometry", ["hd", "large", "sd"])
@pytest.mark.parametrize("layout", contents.layouts())
def test_layouts_stand_one_item_and_four_hundred(layout: str, geometry: str) -> None:
    """One row or four hundred: no text leaves its box, no element overflows, screens number on."""
    for rows in (1, 400):
        screens = compose_sample(layout, seed=3, rows=rows, geometry=geometry)
        assert 1 <= len(screens) <= MOST_SCREENS
        assert [s.number for s in screens] == list(range(1, len(screens) + 1))
        for screen in screens:
            assert [f for f in screen.flaws if f.fault] == [], (layout, geometry, rows)


@pytest.mark.parametrize(
    "layout",
    [
        "list",
        "nearest",
        "table",
        "menu",
        "index",
        "board",
        "calendar",
        "forecast",
        "timetable",
        "timegrid",
        "status",
        "alert",
    ],
)
def test_nothing_to_show_is_said_in_words(layout: str) -> None:
    """An empty page has a sentence and a way back, never an empty table."""
    empty = c.Empty(sentence="今天没有通知", hint="每小时更新")
    bodies: dict[str, c.Body] = {
        "list": c.List(rows=(), empty=empty),
        "nearest": c.Nearest(rows=(), heads=("",) * 5, empty=empty),
        "menu": c.Menu(tiles=(), empty=empty),
        "table": c.Table(columns=(), rows=(), empty=empty),
        "index": c.Index(entries=(), empty=empty),
        "board": c.Board(stops=(), empty=empty),
        "calendar": c.Calendar(month="11 月", year="", first=0, days=(), heading="", agenda=(), empty=empty),
        "forecast": c.Forecast(days=(), empty=empty),
        "timetable": c.Timetable(corner="", days=(), rows=(), empty=empty),
        "timegrid": c.Timegrid(heading="", start=0, hours=4, spans=1, now=None, tracks=(), empty=empty),
        "status": c.Status(title="", sentence="", badge="", mark="", word="", rows=(), empty=empty),
        "alert": c.Alert(empty=empty),
    }
    screen = compose_body(layout, bodies[layout])[0]
    assert "今天没有通知" in texts([screen])
    assert screen.links[screen.first].id == "back"


def test_a_stops_head_stays_with_its_rows() -> None:
    """A stop's name never stands alone at the foot of a screen, and stands again where its rows go on."""
    rows = tuple(c.BoardRow(line=f"{i}路", destination="莘庄", minutes="3") for i in range(14))
    board = c.Board(stops=(c.Stop(name="甲站", walk="", rows=rows), c.Stop(name="乙站", walk="", rows=rows)))
    for screen in compose_body("board", board):
        names = [t for t in texts([screen]) if t in ("甲站", "乙站")]
        assert names and texts([screen])[-1] not in ("甲站", "乙站")
