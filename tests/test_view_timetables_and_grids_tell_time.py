"""Sittings, departures and programmes stand where their time is, and pages name the moment at which they change."""

from __future__ import annotations

from view_inputs import HOME, SOUTH, at, content, page

from channel.views.content import Status, Table, Timegrid, Timetable
from channel.words import Manner, Say
from feeds.records import Departure, Programme, Route, Session


def _session(ident: str, group: str, name: str, day: int, part: str = "上午", state: str = "open") -> Session:
    return Session(id=ident, group=group, name=name, date=f"2026-11-{day}", part=part, state=state)


SESSIONS = [
    _session("s1", "莘庄学校", "中医", 24), _session("s2", "莘庄学校", "中医", 24, "下午"),
    _session("s3", "江川学校", "中医", 24, state="full"), _session("s4", "莘庄学校", "眼科", 25, state="cancelled"),
    _session("s5", "江川学校", "眼科", 26, state="full"), _session("s6", "江川学校", "眼科", 23),
]  # fmt: skip


def _rows(made_page: object, **given: object) -> dict[str, list[str]]:
    body = content(made_page, {"sessions": SESSIONS}, **given).body  # type: ignore[arg-type]
    assert isinstance(body, Timetable)
    return {row.name: [cell.text for cell in row.cells] for row in body.rows}


def test_sittings_are_counted_by_place_and_items_have_the_hours() -> None:
    clinics = page("sessions", "202", title="专家门诊", layout="timetable", scope="district")
    assert _rows(clinics)["中医"][:3] == ["1 家", "—", "—"]
    assert _rows(clinics)["眼科"][:3] == ["—", "停诊", "约满"]
    made = content(clinics, {"sessions": SESSIONS})
    inner = next(item.body for item in made.items if item.title == "中医")
    assert isinstance(inner, Timetable)
    assert [(row.name, row.cells[0].text) for row in inner.rows] == [("江川学校", "约满"), ("莘庄学校", "全天")]
    assert made.valid_until == at("12:00"), "the morning is over"
    assert isinstance(made.body, Timetable)
    assert [(d.label, d.date, d.today) for d in made.body.days][:2] == [("今天", "24日", True), ("周三", "25日", False)]


def test_an_estate_sees_the_hours_of_its_own_towns_school() -> None:
    own = page("sessions", "305", title="社区学校", layout="timetable", options={"own": True})
    assert _rows(own, estate=HOME) == {"中医": ["全天", "—"], "眼科": ["—", "停诊"]}, "days without any are left out"
    assert _rows(own, estate=SOUTH)["中医"][0] == "约满"
    items = [content(own, {"sessions": SESSIONS}, estate=estate).items for estate in (HOME, SOUTH)]
    assert items[0] == items[1]


def test_places_left_are_summed_by_day_and_items_list_them() -> None:
    slots = [
        Session(id="s1", group="仁安医院", name="中医", date="2026-11-24", part="上午", left=3, person="高主任"),
        Session(id="s2", group="江川医院", name="中医", date="2026-11-24", part="下午", left=4, fee="22元"),
        Session(id="s3", group="江川医院", name="中医", date="2026-11-25", part="下午", left=0, state="full"),
        Session(id="s4", group="江川医院", name="中医", date="2026-11-26", part="下午", state="cancelled"),
        Session(id="s5", group="江川医院", name="中医", date="2026-11-29", part="下午", left=9),
    ]
    made = content(page("slots", "203", title="预约号源", layout="table", scope="district"), {"sessions": slots})
    assert isinstance(made.body, Table)
    assert [column.label for column in made.body.columns] == ["科室", "今天", "明天"], "not a day without any"
    assert [[cell.text for cell in row.cells] for row in made.body.rows] == [["中医", "7 个", "约满"]]
    inner = made.items[0].body
    assert isinstance(inner, Table)
    assert [[cell.text for cell in row.cells] for row in inner.rows] == [
        ["仁安医院", "今天", "上午", "高主任", "—", "3"], ["江川医院", "今天", "下午", "—", "22元", "4"],
    ]  # fmt: skip


def test_what_is_over_today_leaves() -> None:
    """After noon nobody is sent to a morning's clinic; a day of which nothing is left gives its room away."""
    told = [
        _session("s1", "仁安医院", "骨科", 24, "上午"), _session("s2", "江川医院", "骨科", 24, "下午"),
        _session("s3", "江川医院", "中医", 24, "上午"), _session("s4", "江川医院", "中医", 25, "上午"),
    ]  # fmt: skip
    clinics = page("sessions", "202", title="专家门诊", layout="timetable", scope="district")

    def cells(moment: str) -> tuple[list[str], list[list[str]]]:
        body = content(clinics, {"sessions": told}, moment=at(moment)).body
        assert isinstance(body, Timetable)
        return [day.label for day in body.days], [[row.name, *(cell.text for cell in row.cells)] for row in body.rows]

    assert cells("11:59") == (["今天", "周三"], [["骨科", "2 家", "—"], ["中医", "上午", "上午"]])
    assert cells("12:00") == (["今天", "周三"], [["骨科", "下午", "—"], ["中医", "—", "上午"]])
    assert cells("18:00") == (["周三"], [["中医", "上午"]])


def test_rows_keep_their_order_when_a_part_of_a_day_ends() -> None:
    """Whatever comes first in the feed, and whichever of them is over."""
    told = [
        _session("s1", "仁安医院", "中医", 24, "上午"), _session("s2", "江川医院", "骨科", 24, "下午"),
        _session("s3", "江川医院", "内科", 25, "上午"), _session("s4", "仁安医院", "中医", 26, "上午"),
        _session("s5", "江川医院", "中医", 26, "上午"),
    ]  # fmt: skip
    clinics = page("sessions", "202", title="专家门诊", layout="timetable", scope="district")

    def rows(moment: str) -> list[list[str]]:
        made = content(clinics, {"sessions": told}, moment=at(moment))
        bodies = [made.body, *(item.body for item in made.items)]
        return [[row.name for row in body.rows] for body in bodies if isinstance(body, Timetable)]

    assert rows("08:00")[0] == ["骨科", "内科", "中医"]
    assert rows("08:00") == rows("12:00")
    assert rows("2026-11-25T08:00")[0] == ["内科", "中医"]
    assert [item.title for item in content(clinics, {"sessions": told}).items] == ["骨科", "内科", "中医"]


def test_departures_by_destination_leave_when_they_left() -> None:
    coaches = [
        Departure(id="c1", stop="站", line="苏州", departs=at("08:00")),
        Departure(id="c2", stop="站", line="苏州", departs=at("08:30"), expected=at("08:50"), status="晚点 20 分钟"),
        Departure(id="c3", stop="站", line="苏州", departs=at("09:00"), seats=0),
        Departure(id="c4", stop="站", line="苏州", departs=at("2026-11-25T07:00"), fare=38.0, seats=5),
    ]
    runs = page("runs", "407", title="长途客运", layout="timetable", scope="district", options={"across": 4})
    made = content(runs, {"departures": coaches})
    assert isinstance(made.body, Timetable)
    assert [cell.text for cell in made.body.rows[0].cells] == ["08:50", "售完", "明07:00", "—"]
    assert made.valid_until == at("08:50")
    table = made.items[0].body
    assert isinstance(table, Table)
    assert [cell.text for cell in table.rows[2].cells] == ["明天 07:00", "站", "—", "38 元", "5", "—"]


FILMS = [
    Programme(id="f1", channel="七宝影城", title="山河", begins=at("07:30"), ends=at("09:15"), description="片"),
    Programme(id="f2", channel="七宝影城", title="归巢", begins=at("10:00"), ends=at("11:45")),
    Programme(id="f3", channel="春申影院", title="昨夜", begins=at("2026-11-23T22:00"), ends=at("2026-11-23T23:50")),
]


def test_programmes_stand_on_a_grid_that_begins_half_an_hour_before_now() -> None:
    made = content(page("grid", "344", title="电影排片", layout="timegrid", scope="district"), {"programmes": FILMS})
    body = made.body
    assert isinstance(body, Timegrid)
    assert (body.start, body.now, body.spans, body.heading) == (7 * 60 + 30, 40, 2, "周二 上午")
    first, second = body.tracks
    assert [(b.title, b.start, b.minutes, b.state, b.to) for b in first.blocks] == [
        ("山河", 0, 105, "now", "344.f1"), ("归巢", 150, 105, "future", "344.f2"),
    ]  # fmt: skip
    assert (second.name, second.blocks, second.note) == ("春申影院", (), "今日无场次")
    assert made.valid_until == at("08:15")


def test_neighbouring_blocks_of_one_title_are_joined() -> None:
    courts = [
        Programme(id=f"k{n}", channel="球场", title=t, begins=at(f"{n:02}:00"), ends=at(f"{n + 1:02}:00"), price="40元")
        for n, t in enumerate(("已订", "已订", "可订"), 8)
    ]
    grid = page("grid", "362", layout="timegrid", options={"merge": True, "price": True, "items": False})
    body = content(grid, {"programmes": courts}).body
    assert isinstance(body, Timegrid)
    assert [(b.title, b.time) for b in body.tracks[0].blocks] == [
        ("已订 40元", "08:00–10:00"), ("可订 40元", "10:00–11:00"),
    ]  # fmt: skip


def test_a_grid_goes_on_past_midnight() -> None:
    late = [Programme(id="p1", channel="一套", title="夜场", begins=at("23:30"), ends=at("2026-11-25T01:00"))]
    body = content(page("grid", "700", layout="timegrid"), {"programmes": late}, moment=at("23:40")).body
    assert isinstance(body, Timegrid)
    assert body.start == 23 * 60 and body.tracks[0].blocks[0].start == 30


def test_other_languages_and_zones_have_their_own_words_and_clock() -> None:
    """The same records on a clock in Dublin: nothing is cut to the length of Han, and a day begins where it does."""
    dublin = Say("en", "Europe/Dublin")
    clinics = page("sessions", "202", title="Clinics", layout="timetable", scope="district")
    told = [_session(f"s{day}", "Clinic of the north", "Traditional medicine", day, "Afternoon") for day in (24, 25)]
    made = content(clinics, {"sessions": told}, say=dublin)
    assert isinstance(made.body, Timetable)
    assert [(d.label, d.date) for d in made.body.days][:2] == [("today", "24"), ("Wed", "25")]
    assert (made.body.corner, made.body.rows[0].cells[0].text) == ("Department", "Afternoon")
    assert made.items[0].title == "Traditional medicine" and made.valid_until == at("20:00"), "its noon"
    grid = content(page("grid", "344", layout="timegrid"), {"programmes": FILMS}, say=dublin).body
    assert isinstance(grid, Timegrid)
    assert (grid.start, grid.now, grid.heading) == (23 * 60 + 30, 40, "Tue night")
    assert grid.tracks[0].blocks[0].time == "23:30–01:15"


def test_a_grid_begins_where_something_is() -> None:
    """At night, when the last film is over, with the first of tomorrow: no screen of empty hours stands before it."""
    tomorrow = Programme(
        id="m", channel="甲厅", title="早场", begins=at("2026-11-25T09:40"), ends=at("2026-11-25T11:00")
    )
    over = Programme(id="o", channel="甲厅", title="晚场", begins=at("20:00"), ends=at("22:10"))
    body = content(
        page("grid", "344", layout="timegrid"), {"programmes": [over, tomorrow]}, moment=at("22:30")
    ).body  # fmt: skip
    assert isinstance(body, Timegrid)
    assert body.start == 1440 + 9 * 60 + 30 and (body.now or 0) < 0, "tomorrow, and now is not on it"
    assert [(block.title, block.start) for block in body.tracks[0].blocks] == [("早场", 10)]
    running = content(page("grid", "344", layout="timegrid"), {"programmes": [over, tomorrow]}, moment=at("22:05")).body
    assert isinstance(running, Timegrid) and running.start == 21 * 60 + 30


def test_the_evenings_hours_are_of_the_channels_clock() -> None:
    """On a clock of twelve it is 8:00 pm, not 20:00."""
    film = Programme(id="o", channel="Hall", title="Film", begins=at("20:00"), ends=at("22:10"))
    tonight = page("grid", "344", layout="timegrid", options={"tonight": "Tonight"})
    made = content(tonight, {"programmes": [film]}, say=Say("en", "Asia/Shanghai", Manner(twelve=True)))
    table = next(item.body for item in made.items if item.id == "tonight")
    assert isinstance(table, Table)
    assert [column.label for column in table.columns[1:]] == ["7:00 pm", "8:00 pm", "9:00 pm"]


def _line(number: int, status: str = "normal", **changes: object) -> Route:
    given = {"origin": "甲", "destination": "乙", "first": "05:30", "last": "22:30", "headway": "3 分钟", **changes}
    return Route(id=f"m{number}", line=f"{number}号线", status=status, **given)  # type: ignore[arg-type]


METRO = page("status", "403", title="地铁运营", layout="status", scope="district")


def _status(*lines: Route, **given: object) -> Status:
    body = content(METRO, {"lines": lines}, **given).body  # type: ignore[arg-type]
    assert isinstance(body, Status)
    return body


def test_the_worst_line_leads_and_the_rest_stand_worst_first() -> None:
    body = _status(_line(12), _line(2), _line(8, "crowded"), _line(5, "stopped", note="抢修，预计 09:30 恢复"))
    assert (body.badge, body.word, body.mark, body.sentence) == ("5", "停运", "closed", "抢修，预计 09:30 恢复")
    assert [(row.badge, row.word) for row in body.rows] == [("8", "限流"), ("2", "正常"), ("12", "正常")]
    assert body.rows[1].note == "间隔 3 分钟"
    assert (body.title, body.route) == ("5号线 甲 — 乙", "甲 — 乙")


def test_lines_beyond_those_that_have_a_page_are_no_links() -> None:
    """Of three hundred lines two hundred open."""
    body = _status(*(_line(n) for n in range(1, 301)))
    assert len(body.rows) == 300 and sum(bool(row.to) for row in body.rows) == 200


def test_all_well_is_said_and_at_night_lines_sleep() -> None:
    assert _status(_line(1), _line(2)).title == "全部线路正常"
    night = _status(_line(1), _line(2, first="06:00"), moment=at("02:00"))
    assert night.word == "未运营" and night.sentence == "最早的首班车 05:30"
    assert [row.note for row in night.rows] == ["首班 05:30", "首班 06:00"]


def test_late_in_the_evening_what_is_over_is_not_said_to_come() -> None:
    """Between the last runs of some and of others nobody waits for a train that has gone."""
    late = _status(_line(1), _line(2, last="23:30"), moment=at("22:45"))
    assert (late.title, late.mark) == ("在运行的线路都正常", "open")
    assert late.sentence == "1 条线路按时运行，其余线路现在不运行"


def test_it_wakes_with_the_first_train() -> None:
    assert content(METRO, {"lines": [_line(1)]}, moment=at("02:00")).valid_until == at("05:30")
    assert content(METRO, {"lines": [_line(1)]}, moment=at("22:00")).valid_until == at("22:31")


def test_nobody_knows_is_a_sentence() -> None:
    assert _status().empty is not None


def test_lines_of_which_nothing_is_said_are_not_called_normal() -> None:
    """A timetable says when a line runs, not how: unknown is no mark, no 正常, and stands before what is well."""
    body = _status(_line(2), _line(9, ""))
    assert (body.title, body.sentence, body.mark) == ("运行情况不明", "1 条线路没有运行消息", "")
    assert [(row.badge, row.word, row.mark) for row in body.rows] == [("9", "未知", ""), ("2", "正常", "open")]
    assert _status(_line(2), _line(9, ""), _line(8, "stopped")).title.startswith("8号线")
def test_what_runs_at_an_hour_says_when_it_began() -> None:
    """Under 19:00 stands a film of ten past six with its own time: nobody comes late for it."""
    films = [
        Programme(id="f1", channel="七宝影城", title="候鸟飞过", begins=at("18:10"), ends=at("19:50")),
        Programme(id="f2", channel="七宝影城", title="山河", begins=at("20:00"), ends=at("20:55")),
    ]
    made = content(page("grid", "344", layout="timegrid", options={"tonight": "今晚"}), {"programmes": films})
    evening = next(item.body for item in made.items if item.id == "tonight")
    assert isinstance(evening, Table)
    assert [cell.text for cell in evening.rows[0].cells] == ["七宝影城", "18:10 起 候鸟飞过", "山河", "—"]


