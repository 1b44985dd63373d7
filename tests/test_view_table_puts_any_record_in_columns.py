"""Any record stands in columns that the line-up names; prices stand by market with the lowest marked."""

from __future__ import annotations

import pytest
from view_inputs import SOUTH, at, content, page

from channel.views.content import Article, Cell, Table
from feeds.base.errors import PersonError
from feeds.records import Contact, Meal, Price, Route, ServiceRequest, Session

SESSIONS = [
    Session(id="s1", group="仁安医院", name="中医", date="2026-11-25", part="上午", left=0),
    Session(id="s2", group="仁安医院", name="内科", date="2026-11-24", part="下午", left=5),
    Session(id="s3", group="仁安医院", name="内科", date="2026-11-23", part="下午", left=5),
]
LEFT = {"label": "余号", "field": "left", "none": "约满", "tones": {"0": "warn"}}
COLUMNS = [{"label": "科室", "field": "name"}, {"label": "日期", "field": "date"}, LEFT]


def _table(view_page: object, records: object, **given: object) -> Table:
    made = content(view_page, {given.pop("role", "rows"): records}, **given)  # type: ignore
    assert isinstance(made.body, Table)
    return made.body


def _page(**options: object) -> object:
    return page("table", "203", title="预约号源", layout="table", scope="district", options=options)


def test_fields_are_worded_sorted_and_past_days_leave() -> None:
    body = _table(_page(columns=COLUMNS, sort=["date"], days="date"), SESSIONS)
    assert [[cell.text for cell in row.cells] for row in body.rows] == [["内科", "今天", "5"], ["中医", "明天", "约满"]]
    assert body.rows[1].cells[2].tone == "warn"
    assert [column.label for column in body.columns] == ["科室", "日期", "余号"]


def test_days_end_at_midnight() -> None:
    made = content(_page(columns=COLUMNS, days="date"), {"rows": SESSIONS})  # type: ignore[arg-type]
    assert made.valid_until == at("2026-11-25T00:00")


def test_a_field_that_the_records_do_not_have_is_a_persons_mistake() -> None:
    with pytest.raises(PersonError, match=r"page.203.options: found field 'lefd'.*did you mean `left`"):
        _table(_page(columns=[{"label": "余号", "field": "lefd"}]), SESSIONS)


def test_none_counts_last_whichever_way_it_is_sorted() -> None:
    asked = [
        ServiceRequest(id=f"r{n}", service=f"第{n}件", status="open", requested=moment)
        for n, moment in enumerate((None, at("06:00"), at("07:00")))
    ]
    for sort, expected in (("-requested", ["第2件", "第1件", "第0件"]), ("requested", ["第1件", "第2件", "第0件"])):
        body = _table(_page(columns=[{"label": "事项", "field": "service"}], sort=[sort]), asked)
        assert [row.cells[0].text for row in body.rows] == expected


def test_only_records_with_more_to_say_open_a_page() -> None:
    names = _page(columns=[{"label": "名称", "field": "name"}])
    rows = _table(names, [Contact(id="c1", name="热线", phone="12345")]).rows
    assert [row.to for row in rows] == [""]
    rows = _table(names, SESSIONS[:1]).rows
    assert [row.to for row in rows] == ["203.s1"]


def test_places_are_ordered_by_distance_with_it_as_a_column() -> None:
    meals = [
        Meal(id="m1", place="江川食堂", date="2026-11-24", lon=121.42, lat=31.0),
        Meal(id="m2", place="莘庄食堂", date="2026-11-24", lon=121.38, lat=31.11),
    ]
    near = page("table", "243", options={
        "near": True, "days": "date", "today": True,
        "columns": [{"label": "食堂", "field": "place"}, {"label": "离家", "field": "distance"}],
    })  # fmt: skip
    assert [row.cells[0].text for row in _table(near, meals).rows] == ["莘庄食堂", "江川食堂"]
    assert _table(near, meals, estate=SOUTH).rows[0].cells[1].text == "0.1 公里"
    assert _table(near, meals, estate=None).rows[0].cells[1].text == "—"


def test_meals_that_are_over_leave() -> None:
    """At two nobody is told of lunch; tomorrow's stays, where a page shows it."""
    meals = [
        Meal(id=f"m{number}", place="莘庄食堂", date=f"2026-11-{day}", meal=meal, lon=121.38, lat=31.11)
        for number, (day, meal) in enumerate([(24, "午餐"), (24, "晚餐"), (25, "午餐")])
    ]
    ends = {"part": "meal", "over": {"午餐": "13:30", "晚餐": "19:00"}}
    columns = [{"label": "餐次", "field": "meal"}, {"label": "日期", "field": "date"}]

    def told(moment: str, **more: object) -> tuple[list[list[str]], object]:
        given = page("table", "243", options={"columns": columns, "days": "date", **ends, **more})
        made = content(given, {"rows": meals}, moment=at(moment))
        assert isinstance(made.body, Table)
        return [[cell.text for cell in row.cells] for row in made.body.rows], made.valid_until

    assert told("12:00", today=True) == ([["午餐", "今天"], ["晚餐", "今天"]], at("13:30"))
    assert told("14:00", today=True) == ([["晚餐", "今天"]], at("19:00"))
    assert told("20:00")[0] == [["午餐", "明天"]]


def test_what_is_over_for_today_is_not_said_to_be_still_to_come() -> None:
    """After dinner a menu is over; one that has not come is another thing."""
    dinner = Meal(id="m1", place="莘庄食堂", date="2026-11-24", meal="晚餐")
    given = page(
        "table", "243",
        options={
            "columns": [{"label": "餐次", "field": "meal"}], "days": "date", "today": True, "part": "meal",
            "over": {"晚餐": "19:00"}, "done": "今天三餐都结束了", "empty": "今天的菜单还没有送到",
        },
    )  # fmt: skip

    def said(moment: str) -> str:
        body = content(given, {"rows": [dinner]}, moment=at(moment)).body
        assert isinstance(body, Table)
        return body.empty.sentence if body.empty else ""

    assert (said("18:00"), said("20:00")) == ("", "今天三餐都结束了")
    assert said("2026-11-25T08:00") == "今天的菜单还没有送到"


ROUTES = [
    Route(id="r10", line="莘车1路", origin="南广场", destination="春申路", first="05:33", last="21:33"),
    Route(id="r11", line="莘车1路", origin="春申路", destination="南广场", first="05:40", last="21:33"),
    Route(id="r20", line="环线", origin="南广场", destination="南广场", first="06:00", last="20:00"),
]  # fmt: skip


def test_both_directions_of_a_line_share_its_row() -> None:
    """The row says where it goes, and both hours where they differ; each direction's page tells of the other."""
    columns = [
        {"label": "线路", "field": "line"}, {"label": "起点", "field": "origin"},
        {"label": "首班", "field": "first", "each": True}, {"label": "末班", "field": "last", "each": True},
    ]  # fmt: skip
    made = content(_page(columns=columns, join="line"), {"rows": ROUTES})  # type: ignore[arg-type]
    assert isinstance(made.body, Table)
    assert [[cell.text for cell in row.cells] for row in made.body.rows] == [
        ["莘车1路", "南广场", "05:33 / 05:40", "21:33"],
        ["环线", "南广场", "06:00", "20:00"],
    ]
    assert [row.to for row in made.body.rows] == ["203.r10", "203.r20"]
    told = {item.id: "".join(item.body.paragraphs) for item in made.items if isinstance(item.body, Article)}
    assert "春申路 — 南广场" in told["r10"] and "首班：05:40" in told["r10"] and "末班" not in told["r10"]
    assert "南广场 — 春申路" in told["r11"] and "首班：05:33" in told["r11"]
    with pytest.raises(PersonError, match="found field 'lien'"):
        content(_page(columns=columns, join="lien"), {"rows": ROUTES})  # type: ignore[arg-type]


PRICES = [
    Price(id="a1", item="青菜", market="七宝南街", unit="元/500克", value=3.5, change=-0.3),
    Price(id="a2", item="青菜", market="莘庄水清", unit="元/500克", value=3.2, change=0.02),
    Price(id="a3", item="番茄", market="七宝南街", unit="元/500克", value=5.8, change=0.2),
    Price(id="a4", item="番茄", market="莘庄水清", unit="元/500克"),
    Price(id="a5", item="青菜", market="浦江永康", unit="元/500克", value=3.8),
    Price(id="a6", item="青菜", market="江川红旗", unit="元/500克", value=4.0),
    Price(id="a7", item="青菜", market="颛桥众安", unit="元/500克", value=5.0),
]
MARKETS = page("prices", "541", title="今日菜价", layout="table")


def test_prices_stand_by_market_with_change_lowest_and_average() -> None:
    body = _table(MARKETS, PRICES, role="prices", estate=None)
    assert [c.label for c in body.columns] == ["元/500克", "七宝南街", "莘庄水清", "浦江永康", "江川红旗", "全区均价"]
    greens, tomatoes = body.rows
    assert greens.cells[1] == Cell(text="3.50", note="0.3", mark="down")
    assert greens.cells[2] == Cell(text="3.20", note="平", mark="flat", best=True)
    assert greens.cells[3] == Cell(text="3.80")
    assert greens.cells[5].text == "3.90"
    assert tomatoes.cells[2] == Cell(text="缺货", tone="text2")
    assert tomatoes.cells[3] == Cell(text="—", tone="text2")
    assert not any(cell.best for cell in tomatoes.cells)


def test_an_estate_sees_its_own_towns_markets_first_and_items_have_all() -> None:
    made = content(MARKETS, {"prices": PRICES}, estate=SOUTH)
    assert isinstance(made.body, Table)
    assert made.body.columns[1].label == "江川红旗"
    assert "颛桥众安" in repr(made.items[0]) and made.body.rows[0].to == f"541.{made.items[0].id}"
    assert made.items == content(MARKETS, {"prices": PRICES}).items
