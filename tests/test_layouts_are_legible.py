"""Every layout can be read from three metres by old eyes: in every theme, at every scale, full, empty or out of date.

The numbers are those of WCAG 2.1 and of broadcasters: contrast 4.5 (body 7), text inside the safe area and not under
the floor of its canvas, no rule thinner than 3 px, channels of 16 to 235, nine rows and forty characters.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channel.paint.bitmap import focused
from channel.paint.theme import load_theme
from channel.profiles import load_profiles
from channel.screen import legibility
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Fill, Icon, Text
from channel.screen.screen import Screen
from channel.views import content as c
from tests.samples import contents, picture

SCALES = {"hd": "web-hd", "large": "web-hd-large", "sd": "bitmap-sd", "sd530": "ipanel-sd"}
"""Each geometry with a profile that uses it, for its safe area."""
THEMES = ("night", "day", "high-contrast")
LAYOUTS = contents.layouts()


def shown(layout: str, scale: str) -> Iterator[Screen]:
    """Screens of the layout: one row, some, four hundred; and with old data."""
    for rows in (1, 14, 400):
        yield from picture.sample(layout, scale, seed=rows, rows=rows)[:4]
    yield from picture.sample(layout, scale, stale=True)[:1]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_found_by_the_checks_before_air(layout: str, scale: str) -> None:
    """Preflight has nothing to say of any layout in any theme."""
    geometry, profile = load_geometry(scale), load_profiles([SCALES[scale]])[SCALES[scale]]
    for screen in shown(layout, scale):
        assert list(screen.flaws) == []
        for theme in THEMES:
            colors = load_theme(screen.theme or theme).colors
            assert legibility.flaws(screen, geometry, profile.safe_area, colors) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_words_stand_out_from_their_ground(layout: str, theme: str) -> None:
    """4.5 to 1 for every word, 7 to 1 for body text, with the focus on its link and without."""
    for scale in SCALES:
        body = load_geometry(scale).body
        for screen in picture.sample(layout, scale):
            colors = load_theme(screen.theme or theme).colors
            lit = [i for link in screen.links for i in focused(screen.pieces[link.start : link.end], link)]
            for item in [*screen.pieces, *lit]:
                if not isinstance(item, Text):
                    continue
                # In an inverted block (a step's number) the focus colour is the ink.
                ground = "onfocus" if item.color == "focus" else item.bg
                ratio = legibility.contrast(colors[item.color], colors[ground])
                plain = item.color in ("text", "onfocus") and item.size == body
                assert ratio >= (7.0 if plain else 4.5), (scale, item.text, item.color, item.bg, round(ratio, 2))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_marks_stand_out_from_their_ground(layout: str, theme: str) -> None:
    """3 to 1 for the shapes that carry a meaning (WCAG 1.4.11); an arrow that leads nowhere may be faint."""
    for scale in SCALES:
        for screen in picture.sample(layout, scale):
            colors = load_theme(screen.theme or theme).colors
            for item in screen.pieces:
                if isinstance(item, Icon) and item.color != "panel2" and not item.focus_only:
                    assert legibility.contrast(colors[item.color], colors[item.bg]) >= 3.0, (scale, item)


@pytest.mark.parametrize("theme", (*THEMES, "alert"))
def test_colours_are_those_that_a_set_can_show(theme: str) -> None:
    """Every channel lies in 16..235, and the focus has a colour that nothing else has."""
    colors = load_theme(theme).colors
    for token in colors:
        assert all(16 <= channel <= 235 for channel in load_theme(theme).rgb(token)), token
    assert [token for token, color in colors.items() if color == colors["focus"]] == ["focus"]
    assert legibility.contrast(colors["focus"], colors["onfocus"]) >= 7.0
    assert legibility.contrast(colors["ring"], colors["focus"]) >= (1.0 if theme != "day" else 7.0)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_sizes_rules_rows_and_lines_keep_their_measure(layout: str, scale: str) -> None:
    """Text not under the floor, rules of 3 px, nine rows, forty characters, everything on the canvas."""
    geometry = load_geometry(scale)
    for screen in shown(layout, scale):
        rows = [link for link in screen.links if not link.group and link.kind == "row" and link.w > geometry.width // 2]
        assert len(rows) <= 9
        for item in screen.pieces:
            assert item.x >= 0 and item.y >= 0, item
            assert item.x + item.w <= geometry.width and item.y + item.h <= geometry.height, item
            if isinstance(item, Text):
                assert item.size >= geometry.floor and len(item.text) <= 48
                assert sum(1 for char in item.text if ord(char) > 0x2E7F) <= 40, item.text
            if isinstance(item, Fill):
                assert min(item.w, item.h) >= 3, item


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_moves_when_the_focus_arrives(layout: str, scale: str) -> None:
    """A link with the focus has the same words at the same places as without."""
    for screen in picture.sample(layout, scale):
        for link in screen.links:
            items = screen.pieces[link.start : link.end]
            before = [(t.text, t.left, t.y, t.size) for t in items if isinstance(t, Text)]
            after = [(t.text, t.left, t.y, t.size) for t in focused(items, link) if isinstance(t, Text)]
            assert before == after


def ink(line: Text) -> tuple[int, float, int, float, str]:
    """Left, top, right and bottom of a line's ink: Han fill 88 % of their size, figures 76 %."""
    half = line.size * (0.38 if line.text.isascii() else 0.44)
    middle = line.y + line.h / 2
    return line.left, middle - half, line.left + line.width, middle + half, line.text


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_two_texts_stand_on_each_other(layout: str, scale: str) -> None:
    """The ink of two lines never meets; a chart's labels keep apart too."""
    for screen in shown(layout, scale):
        lines = [i for i in screen.pieces if isinstance(i, Text) and not i.role]
        boxes = sorted(ink(line) for line in lines)
        for index, (_, top, right, bottom, text) in enumerate(boxes):
            for other in boxes[index + 1 :]:
                if other[0] >= right:
                    break
                assert other[1] >= bottom or other[3] <= top, (text, other[4])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("theme", THEMES)
def test_an_empty_page_is_as_legible(theme: str, scale: str) -> None:
    """The sentence that stands in place of rows keeps to the same rules."""
    geometry, profile = load_geometry(scale), load_profiles([SCALES[scale]])[SCALES[scale]]
    body = c.List(rows=(), empty=c.Empty(sentence="暂时没有新公告", hint="每小时更新一次，请稍后再来看看"))
    screen = picture.screens("list", body, scale)[0]
    assert screen.flaws == []
    assert legibility.flaws(screen, geometry, profile.safe_area, load_theme(theme).colors) == []


def texts(screens: list[Screen]) -> list[str]:
    """Every line of the screens."""
    return [item.text for screen in screens for item in screen.pieces if isinstance(item, Text)]


@pytest.mark.parametrize("degrees", ["38°", "-5°", "-12°"])
@pytest.mark.parametrize("scale", SCALES)
def test_no_weather_is_too_hot_or_cold_for_its_card(scale: str, degrees: str) -> None:
    """The widest temperatures and spans stand whole on pages 100 and 101."""
    weather = c.WeatherCard(
        to="501",
        place="莘庄 现在",
        temperature=degrees,
        word="雷阵雨",
        span="26° 到 38°",
        icon="storm",
        lines=("东北风 3 级", "空气 良 140　湿度 71%"),
    )
    card = c.Card(title="天气", number="501", to="501", weather=weather)
    for layout, body in (("menu", c.Menu(tiles=(), weather=weather)), ("dashboard", c.Dashboard(cards=(card, card)))):
        found = picture.screens(layout, body, scale)
        assert found[0].flaws == []
        assert degrees in texts(found) and "26° 到 38°" in texts(found) and "雷阵雨" in texts(found)


@pytest.mark.parametrize("scale", SCALES)
def test_what_to_do_in_an_alert_is_never_cut(scale: str) -> None:
    """Three actions of up to twenty-eight characters and an order of eighteen stand whole."""
    actions = tuple(f"{n}楼以上住户请关好门窗、收回阳台花盆，车辆移出地下车库" for n in (3, 6, 9))
    alert = c.Alert(
        headline="暴雨红色预警",
        severity="extreme",
        area="闵行全区",
        times="今天 09:00 到 18:00",
        order="降雨每小时百毫米，请留在室内别出门",
        actions=actions,
    )
    assert not [text for text in texts(picture.screens("alert", alert, scale)) if "…" in text]


@pytest.mark.parametrize("scale", SCALES)
def test_a_guides_line_is_never_cut_beside_its_keys(scale: str) -> None:
    """A step with three keys keeps its whole line, in two lines where it must."""
    step = c.Step(head="移动光标", line="用上下左右四个键移动黄色光标，按 OK 打开", keys=("上", "下", "OK"))
    assert not [text for text in texts(picture.screens("guide", c.Guide(steps=(step, step)), scale)) if "…" in text]


@pytest.mark.parametrize("scale", SCALES)
def test_an_articles_head_is_never_cut(scale: str) -> None:
    """A headline of twenty-four characters stands whole over its prose, with facts beside it."""
    body = c.Article(
        title="莘庄镇老年大学春季班开始网上报名每人限报两门", paragraphs=("正文。",), facts=(("时间", "每天"),)
    )
    found = texts(picture.screens("article", body, scale))
    assert "".join(found[found.index("正文。") - 2 : found.index("正文。")]) == body.title
