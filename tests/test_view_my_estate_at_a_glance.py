"""Cards show the first rows of other pages, zones the schools of the estate, guides whom to call, 102 everything."""

from __future__ import annotations

from view_inputs import HOME, LOST, SOUTH, at, content, page, source

from channel.views.content import CardRow, Dashboard, Guide, Index, List
from feeds.records import Article, Forecast, Place, Price, Reading
from feeds.records import Guide as Record

HOSPITALS = page("nearest", "201", sources={"places": "places"})
OUTAGES = page("latest", "601", title="停水停电", layout="list", sources={"articles": "outages"},
               options={"when": "begins", "own": True})  # fmt: skip
TOWN_NEWS = page("latest", "115", title="街镇动态", layout="list", sources={"articles": "news"}, options={"own": True})
WEEK = page("forecast", "501", title="天气预报", layout="forecast", scope="district", sources={"weather": "weather"})
MARKET = page("prices", "541", title="今日菜价", layout="table", sources={"prices": "prices"})
FINDER = page("towns", "109", title="我的小区在哪里", layout="index", scope="district")
CARDS = page("dashboard", "101", title="我的小区", layout="dashboard", options={
    "cards": [["601", "115"], ["501"], ["541"], ["201"], ["999"]], "empty": {"601": "近期没有停水停电"},
})  # fmt: skip
RECORDS = {
    "places": [
        Place(id=f"h{n}", name=f"{n}号医院", lon=121.38, lat=31.111 + n / 100, hours="24/7", town="莘庄镇")
        for n in range(6)
    ],
    "outages": [
        Article(id="o1", title="停水", estates=(HOME.id,), begins=at("10:00"), ends=at("12:00")),
        Article(id="o2", title="别处停电", estates=(SOUTH.id,), begins=at("10:00"), ends=at("12:00")),
    ],
    "news": [Article(id="n1", title="莘庄的事", town="莘庄镇", published=at("07:00"))],
    "weather": [
        Forecast(id="w1", begins=at("08:00"), span="now", code=2, temperature=9.0),
        Forecast(id="w2", begins=at("00:00"), span="day", code=2, high=13.0, low=6.0),
    ],
    "air": [Reading(id="q1", name="AQI", at=at("08:00"), value=68, station="莘庄站", lon=121.38, lat=31.1)],
    "prices": [Price(id="p1", item="青菜", market="莘庄水清", value=3.5, change=-0.3)],
}
PAGES = [HOSPITALS, OUTAGES, TOWN_NEWS, WEEK, MARKET, FINDER]


def _cards(**given: object) -> tuple[Dashboard, object]:
    sources = {role: source(role) for role in RECORDS}
    made = content(CARDS, RECORDS, pages=PAGES, sources=sources, **given)  # type: ignore[arg-type]
    assert isinstance(made.body, Dashboard)
    return made.body, made.valid_until


def test_each_card_has_the_first_rows_of_its_pages() -> None:
    body, until = _cards()
    assert [(card.title, card.to) for card in body.cards] == [
        ("停水停电", "601"), ("天气预报", "501"), ("今日菜价", "541"), ("附近医院", "201"),
    ]  # fmt: skip
    notices, weather, prices, hospitals = body.cards
    # The town's news would be next; it does not stand on a card that opens another page.
    assert notices.rows == (CardRow(label="停水", note="今天 10:00"),)
    assert weather.weather is not None and weather.weather.lines[0] == "空气 良 68"
    assert prices.rows == (CardRow(label="青菜", figure="3.50", mark="down", note="0.3"),)
    assert [(row.label, row.figure, row.unit, row.mark) for row in hospitals.rows] == [
        ("0号医院", "0.1", "公里", "open"), ("1号医院", "1.2", "公里", "open"), ("2号医院", "2.5", "公里", "open"),
    ]  # fmt: skip
    assert until == at("09:00")


def test_a_card_without_rows_says_so() -> None:
    body, _ = _cards(moment=at("2026-11-26T09:00"))
    assert [row.label for row in body.cards[0].rows] == ["莘庄的事"] and body.cards[0].to == "115"
    lost, _ = _cards(estate=SOUTH, moment=at("2026-11-26T09:00"))
    assert lost.cards[0].rows == () and lost.cards[0].empty == "近期没有停水停电"


def test_a_box_whose_estate_is_not_known_is_led_to_109() -> None:
    body, _ = _cards(estate=None)
    assert (body.cards[0].to, body.cards[0].title) == ("109", "先选小区")
    assert not any(estate.name in repr(body) for estate in (HOME, SOUTH, LOST))


SCHOOLS = [
    Place(id="s1", name="春申小学", kind="小学", areas=("310112101",), lon=121.38, lat=31.12, town="莘庄镇"),
    Place(id="s2", name="莘庄中学", kind="初中", areas=("310112101001", "310112101002"), town="莘庄镇"),
    Place(id="s3", name="江川小学", kind="小学", areas=("310112003002",), town="江川路街道"),
]


def test_an_estate_sees_the_schools_of_its_zone_in_the_order_of_kinds() -> None:
    zones = page("zones", "301", title="学区查询", layout="list", options={"kinds": ["小学", "初中"]})
    made = content(zones, {"places": SCHOOLS})
    assert isinstance(made.body, List)
    assert [(row.tag, row.title, row.date, row.to) for row in made.body.rows] == [
        ("小学", "春申小学", "1.1 公里", "301.s1"), ("初中", "莘庄中学", "莘庄", "301.s2"),
    ]  # fmt: skip
    south = content(zones, {"places": SCHOOLS}, estate=SOUTH).body
    assert isinstance(south, List) and [row.title for row in south.rows] == ["江川小学"]
    district = content(zones, {"places": SCHOOLS}, estate=None).body
    assert isinstance(district, List) and len(district.rows) == 3


def test_a_guide_has_its_steps_and_the_telephone_of_the_nearest_place() -> None:
    record = Record(id="g605", title="垃圾分类", steps=(("湿垃圾", "破袋"),), bring=("袋子",), phone="12345")
    centres = [
        Place(id="c1", name="江川中心", lon=121.42, lat=31.0, phone="021-2"),
        Place(id="c2", name="莘庄中心", lon=121.38, lat=31.11, phone="021-1"),
    ]
    given = page("guide", "605", title="垃圾分类", layout="guide", options={"record": "g605"})
    made = content(given, {"guides": [record], "places": centres}).body
    assert isinstance(made, Guide)
    assert [(step.head, step.line) for step in made.steps] == [("湿垃圾", "破袋")]
    assert (made.phone, made.phone_hours, made.bring_title) == ("021-1", "莘庄中心", "带好这些")
    district = content(given, {"guides": [record], "places": centres}, estate=None).body
    assert isinstance(district, Guide) and district.phone == "12345"
    absent = content(given, {"guides": [], "places": []}).body
    assert isinstance(absent, Guide) and absent.empty is not None and absent.steps == ()


def test_all_services_stand_in_the_order_of_their_pinyin() -> None:
    made = content(page("services", "102", title="全部服务", layout="index"), {}, pages=PAGES).body
    assert isinstance(made, Index)
    assert [entry.note for entry in made.entries] == ["201", "115", "541", "501", "601", "109"]
