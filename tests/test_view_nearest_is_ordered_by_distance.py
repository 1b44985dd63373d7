"""Places stand in the order of their distance from the estate, with a state that says when it changes."""

from __future__ import annotations

import msgspec
import pytest
from view_inputs import HOME, LOST, SAY, SOUTH, at, content, page, source

from channel.estates import distance_km
from channel.memory import Memory
from channel.views._near import Nearby
from channel.views._words import distance_words
from channel.views.content import Index, Nearest, Sheet
from feeds.records import BikeStation, Place, Record

WEEK = "Mo-Fr 08:00-17:00"
NEAR = Place(id="h1", name="莘庄医院", lon=121.3841, lat=31.1100, town="莘庄镇", level="二级", hours=WEEK)
FAR = Place(id="h2", name="江川医院", lon=121.4190, lat=31.0010, town="江川路街道", level="三级", hours="24/7")
NOWHERE = Place(id="h3", name="筹建医院", town="颛桥镇", level="二级")
LATE = Place(id="h4", name="春申门诊", lon=121.3900, lat=31.1200, town="莘庄镇", hours="Mo-Su 09:00-18:00")
OFF = Place(id="h5", name="康复院", lon=121.3700, lat=31.1300, town="莘庄镇", hours="Sa 09:00-18:00")
HOSPITALS = [FAR, NOWHERE, OFF, LATE, NEAR]
PAGE = page("nearest", options={"words": {"open": "开诊中", "off": "今日停诊", "closed": "已停诊"}})


def _body(records: list[Record], **given: object) -> Nearest:
    made = content(given.pop("page", PAGE), {"places": records}, **given)  # type: ignore[arg-type]
    assert isinstance(made.body, Nearest)
    return made.body


def test_the_nearest_comes_first_and_closed_ones_keep_their_place() -> None:
    rows = _body(HOSPITALS).rows
    assert [row.name for row in rows] == ["莘庄医院", "春申门诊", "康复院", "江川医院", "筹建医院"]
    assert [(row.mark, row.word) for row in rows] == [
        ("open", "开诊中"), ("later", "09:00 开"), ("closed", "周六 09:00 开"), ("open", "开诊中"), ("", "请电话问"),
    ]  # fmt: skip
    assert [row.hours for row in rows] == ["08:00–17:00", "09:00–18:00", "今日停诊", "24 小时", ""]


def test_what_is_open_stands_first_where_that_is_what_people_want() -> None:
    """A pharmacy at night: the nearest that is open, then the shut ones; it changes when any of them does."""
    night = page("nearest", options={"first": "open", "limit": 3})
    assert [row.name for row in _body(HOSPITALS, page=night).rows] == ["莘庄医院", "江川医院", "春申门诊"]
    late = content(night, {"places": HOSPITALS}, moment=at("22:00"))
    assert isinstance(late.body, Nearest) and next(row.name for row in late.body.rows) == "江川医院"
    early = content(night, {"places": HOSPITALS}, moment=at("08:12"))
    assert early.valid_until == at("09:00"), "the one that is to open then moves up"
    assert next(row.name for row in _body(HOSPITALS, page=night, estate=None).rows) in ("莘庄医院", "江川医院")


@pytest.mark.parametrize(
    ("km", "figure"),
    [
        (0.02, "0.1"), (0.84, "0.8"), (1.94, "1.9"), (1.96, "2"), (2.2, "2"), (2.3, "2.5"), (4.8, "5"), (9.7, "9.5"),
        (9.8, "10"), (10.4, "10"), (23.6, "24"),
    ],
)  # fmt: skip
def test_a_distance_promises_no_more_than_a_straight_line_knows(km: float, figure: str) -> None:
    """100 m below two kilometres, half a kilometre below ten, then whole ones."""
    assert distance_words(km, SAY) == (figure, "公里")


def test_a_place_nobody_knows_has_its_town_in_place_of_a_distance() -> None:
    rows = {row.name: (row.figure, row.unit) for row in _body(HOSPITALS).rows}
    km = distance_km(HOME.lon or 0, HOME.lat or 0, FAR.lon or 0, FAR.lat or 0)
    assert (rows["莘庄医院"], rows["江川医院"]) == (("0.4", "公里"), (f"{km:.0f}", "公里"))
    assert rows["筹建医院"] == ("颛桥", "")


def test_another_estate_sees_another_order_and_the_same_items() -> None:
    here, there = content(PAGE, {"places": HOSPITALS}), content(PAGE, {"places": HOSPITALS}, estate=SOUTH)
    assert isinstance(there.body, Nearest)
    assert there.body.rows[0].name == "江川医院"
    assert here.items == there.items
    assert {row.to for row in there.body.rows} == {f"201.{item.id}" for item in there.items}


def test_the_district_has_no_distances_and_names_no_estate() -> None:
    made = content(PAGE, {"places": HOSPITALS}, estate=None)
    assert isinstance(made.body, Nearest)
    assert made.place is None
    assert made.body.heads[2] == "街镇"
    assert [(row.name, row.figure, row.unit) for row in made.body.rows][:3] == [
        ("康复院", "莘庄", ""), ("春申门诊", "莘庄", ""), ("莘庄医院", "莘庄", ""),
    ]  # fmt: skip
    assert not any(e.name in repr(made) for e in (HOME, SOUTH, LOST))


def test_an_estate_without_coordinates_sees_its_town_first() -> None:
    rows = _body(HOSPITALS, estate=LOST).rows
    assert [row.figure for row in rows] == ["莘庄", "莘庄", "莘庄", "江川路", "颛桥"]


def test_it_changes_at_the_next_opening_closing_or_midnight() -> None:
    assert content(PAGE, {"places": HOSPITALS}).valid_until == at("09:00")
    assert content(PAGE, {"places": [NEAR]}).valid_until == at("17:00")
    assert content(PAGE, {"places": [OFF]}).valid_until == at("2026-11-25T00:00")


def test_what_is_left_is_a_mark_and_a_word() -> None:
    spots = [
        Place(id=f"p{n}", name=f"停车场{n}", lon=121.38, lat=31.11 + n / 1000, available=left, capacity=100)
        for n, left in enumerate((50, 6, 0, None))
    ]
    rows = _body(spots, page=page("nearest", options={"state": "left"})).rows
    assert [(row.mark, row.word) for row in rows] == [
        ("open", "空位 50"), ("later", "空位 6"), ("closed", "已满"), ("", "请电话问"),
    ]  # fmt: skip


def test_bikes_can_be_had_unless_the_station_is_out_of_order() -> None:
    stations = [
        BikeStation(id="b1", name="南门", lon=121.38, lat=31.111, bikes=7, docks=9, capacity=16),
        BikeStation(id="b2", name="北门", lon=121.38, lat=31.112, bikes=3, docks=9, renting=False),
    ]
    options = {"state": "left", "detail": "docks", "items": False, "words": {"left": "可借", "paused": "停用"}}
    made = content(page("nearest", "404", options=options), {"places": stations})
    assert isinstance(made.body, Nearest)
    assert [(row.hours, row.word, row.to) for row in made.body.rows] == [("9", "可借 7", ""), ("9", "停用", "")]
    assert made.items == ()


def test_the_page_of_a_place_says_what_its_row_says() -> None:
    """Bicycles and docks of a station, free beds of a home, who waits at a centre."""
    heads = ["站点", "车桩", "离家", "可还", "可借"]
    options = {"state": "left", "detail": "docks", "level": "capacity", "heads": heads, "words": {"left": "可借"}}
    where = {"lon": 121.38, "lat": 31.111, "address": "水清路1号"}
    station = BikeStation(id="b1", name="南门", bikes=7, docks=9, capacity=16, **where)  # type: ignore[arg-type]
    body = content(page("nearest", "404", options=options), {"places": [station]}).items[0].body
    assert isinstance(body, Sheet)
    assert (body.mark, body.word) == ("open", "可借 7")
    assert body.rows == (("可还", "9"), ("车桩", "16"), ("地址", "水清路1号"))
    centre = Place(id="a1", name="中心", lon=121.38, lat=31.11, queue=12, available=3, hours="Mo-Fr 08:00-17:00")
    told = {}
    for state in ("queue", "left"):
        made = content(page("nearest", options={"state": state, "words": {"left": "空床"}}), {"places": [centre]})
        body = made.items[0].body
        assert isinstance(body, Sheet)
        told[state] = (body.word, body.until)
    assert told == {"queue": ("等 12 人", "到 17:00"), "left": ("空床 3", "")}


def test_people_wait_only_where_it_is_open() -> None:
    open_, shut = (
        Place(id=i, name=i, lon=121.38, lat=31.11, queue=12, hours=hours)
        for i, hours in (("a1", "Mo-Fr 08:00-17:00"), ("a2", "Sa 08:00-17:00"))
    )
    rows = _body([open_, shut], page=page("nearest", options={"state": "queue"})).rows
    assert [(row.mark, row.word) for row in rows] == [("later", "等 12 人"), ("closed", "周六 08:00 开")]


def test_an_expired_source_leaves_the_page_with_a_sentence() -> None:
    gone = {"places": source("places", every="1h", expires_after="2h")}
    made = content(PAGE, {"places": HOSPITALS}, observed=at("05:00"), sources=gone)
    assert isinstance(made.body, Nearest)
    assert made.body.rows == () and made.items == ()
    assert made.body.empty is not None and "撤下" in made.body.empty.hint
    assert made.sources[0].state == "expired"


def test_ordering_agrees_with_the_exact_distance() -> None:
    places = [
        Place(id=f"w{n}", name=f"热点{n}", lon=121.3 + n % 41 / 200, lat=31.0 + n % 37 / 200) for n in range(1600)
    ]
    found = Nearby(places, Memory(), SAY).around(HOME, 24)
    expected = sorted(distance_km(HOME.lon or 0, HOME.lat or 0, p.lon or 0, p.lat or 0) for p in places)[:24]
    assert [round(km or 0, 9) for _, km in found] == [round(km, 9) for km in expected]


@pytest.mark.parametrize(
    ("moment", "hours", "word", "shown"),
    [
        ("2026-11-24T17:30", "Mo-Fr 08:30-11:30,13:00-17:00", "明天 08:30 开", "08:30–17:00"),
        ("2026-11-27T17:30", "Mo-Fr 08:30-17:00", "周一 08:30 开", "08:30–17:00"),
        ("2026-11-28T10:00", "Mo-Fr 08:30-17:00", "周一 08:30 开", "今日停诊"),
        ("2026-11-24T10:00", "24/7", "开诊中", "24 小时"),
        ("2026-11-24T10:00", "off", "今日停诊", "今日停诊"),
    ],
)
def test_what_is_closed_says_when_it_opens_and_todays_hours_stay(
    moment: str, hours: str, word: str, shown: str
) -> None:
    place = Place(id="a", name="仁安医院", hours=hours, lon=121.38, lat=31.11)
    (row,) = _body([place], moment=at(moment)).rows
    assert (row.word, row.hours) == (word, shown)


def test_a_places_own_page_says_how_it_stands_and_what_its_row_could_not() -> None:
    """State and until when, the telephone, the hours of the week, the address with its town; not the list's column."""
    place = msgspec.structs.replace(NEAR, phone="021-5550 0112", address="莘松路 1 号", fee="全天急诊")
    sheets = {clock: content(PAGE, {"places": [place]}, moment=at(clock)).items[0].body for clock in ("08:12", "18:00")}
    open_, shut = sheets["08:12"], sheets["18:00"]
    assert isinstance(open_, Sheet) and isinstance(shut, Sheet)
    assert (open_.mark, open_.word, open_.until, open_.phone) == ("open", "开诊中", "到 17:00", "021-5550 0112")
    assert (shut.mark, shut.word, shut.until) == ("closed", "明天 08:00 开", "")
    assert dict(open_.rows) == {
        "时间": "周一至周五 08:00–17:00", "地址": "莘庄镇 莘松路 1 号", "费用": "全天急诊",
    }  # fmt: skip


@pytest.mark.parametrize("moment", ["2026-11-24T06:00", "2026-11-24T12:00", "2026-11-24T18:00"])
def test_a_places_own_page_tells_the_pause_at_noon(moment: str) -> None:
    """Its row has room for the first and the last hour alone, and nobody is to come at noon for that."""
    place = msgspec.structs.replace(NEAR, hours="Mo-Fr 08:30-11:30,13:00-17:00; Sa 09:00-12:00")
    made = content(PAGE, {"places": [place]}, moment=at(moment))
    body = made.items[0].body
    assert isinstance(made.body, Nearest) and isinstance(body, Sheet)
    assert made.body.rows[0].hours == "08:30–17:00"
    rows = dict(body.rows)
    assert rows["时间"] == "周一至周五 08:30–11:30、13:00–17:00，周六 09:00–12:00"
    assert "08:30–17:00" not in rows.values()


def test_a_places_own_page_does_not_repeat_the_kind_that_its_row_names() -> None:
    """Whichever field the row takes it from."""
    place = msgspec.structs.replace(NEAR, kind="服务站", level="服务站")
    body = content(page("nearest", options={"level": "kind"}), {"places": [place]}).items[0].body
    assert isinstance(body, Sheet)
    assert "服务站" not in dict(body.rows).values()


def test_what_is_open_all_day_is_said_where_the_rest_is_shut() -> None:
    hospital = msgspec.structs.replace(NEAR, fee="全天急诊")
    always = page("nearest", options={"always": "fee"})
    rows = [_body([hospital], page=always, moment=at(clock)).rows[0] for clock in ("08:12", "18:00")]
    assert [row.hours for row in rows] == ["08:00–17:00"] * 2
    assert [(row.mark, row.word) for row in rows] == [("open", rows[0].word), ("open", "全天急诊")]
    assert rows[0].word != rows[1].word


def test_green_leads_to_all_places_by_town() -> None:
    """Beyond the nearest: an index of towns, a list for each, and every row opens its place."""
    places = [Place(id=f"w{n}", name=f"热点{n:03d}", town="莘庄镇", lon=121.38, lat=31.11) for n in range(130)]
    made = content(page("nearest", "603", options={"towns": True, "limit": 24}), {"places": [*places, FAR]})
    items = {f"603.{item.id}": item for item in made.items}
    assert isinstance(made.body, Nearest) and len(made.body.rows) == 24
    assert made.green is not None and made.green.label == "按街镇"
    index = items[made.green.to].body
    assert isinstance(index, Index)
    assert [entry.label for entry in index.entries] == ["莘庄镇 1/3", "莘庄镇 2/3", "莘庄镇 3/3", "江川路街道"]
    lists = [items[entry.to].body for entry in index.entries]
    rows = [row for body in lists if isinstance(body, Nearest) for row in body.rows]
    assert len(rows) == 131 and all(row.to in items and not row.figure for row in rows)


def test_a_letter_stands_in_one_list_of_a_town() -> None:
    """Nobody has to look for S in two lists; where a letter fills more than one, each says from which name on."""
    few = [("安", 40), ("石", 40), ("王", 20)]
    places = [
        Place(id=f"{number}x{n}", name=f"{first}{n:02}", town="莘庄镇", lon=121.38, lat=31.11)
        for number, (first, count) in enumerate(few)
        for n in range(count)
    ]
    assert _notes(places) == ["A", "S–W"]
    many = [Place(id=f"s{n}", name=f"石{n:02}", town="莘庄镇", lon=121.38, lat=31.11) for n in range(80)]
    assert _notes(many) == ["石00起", "石40起"]


def _notes(places: list[Place]) -> list[str]:
    """What stands beside the lists of the town in the index."""
    made = content(page("nearest", "603", options={"towns": True}), {"places": places})
    index = {item.id: item.body for item in made.items}["towns"]
    assert isinstance(index, Index)
    return [entry.note for entry in index.entries]


def test_a_feed_makes_no_index_of_its_own() -> None:
    """A thousand towns that nobody knows, and names without a letter, stand in one place."""
    odd = [Place(id=f"o{n}", name=f"☂{n}", town=f"镇{n}", lon=121.38, lat=31.11) for n in range(1000)]
    made = content(page("nearest", "603", options={"towns": True}), {"places": odd})
    index = {item.id: item.body for item in made.items}["towns"]
    assert isinstance(index, Index) and len(index.entries) == 17
    assert {entry.label.partition(" ")[0] for entry in index.entries} == {"其他"}


def test_a_day_with_a_pause_is_told_whole() -> None:
    """After noon its morning still stands there; the word says how it is now."""
    place = Place(id="p", name="事务中心", kind="x", hours="Mo-Su 09:00-11:30,13:30-16:30", lon=121.38, lat=31.11)
    seen = []
    for moment in ("10:00", "12:00", "14:00"):
        body = content(page("nearest"), {"places": [place]}, moment=at(moment)).body
        assert isinstance(body, Nearest)
        seen.append((body.rows[0].hours, body.rows[0].word))
    assert seen == [("09:00–16:30", "营业中"), ("09:00–16:30", "13:30 开"), ("09:00–16:30", "营业中")]
