"""Menus lead to the pages of their category, the home page to every category, and 109 to every estate."""

from __future__ import annotations

from view_inputs import ESTATES, HOME, MORNING, at, content, page

from channel.views.content import Content, Index, Menu
from feeds.records import Alert, Area, Article, Forecast, Reading

HOME_PAGE = page("menu", "100", title="首页", category="home", layout="menu", icon="house",
                 options={"weather": "500", "news": "111"}, sources={"news": "news"})  # fmt: skip
PAGES = [
    page("dashboard", "101", title="我的小区", category="home", layout="dashboard"),
    page("towns", "109", title="我的小区在哪里", label="选小区", category="home", layout="index"),
    page("menu", "110", title="政策资讯", category="policy", layout="menu", icon="newspaper", scope="district"),
    page("latest", "111", title="区政府新闻", category="policy", layout="list", sources={"articles": "news"}),
    page("menu", "500", title="天气环境", category="weather", layout="menu", icon="cloud"),
    page("grid", "700", title="电视节目", category="tv", layout="timegrid", icon="tv"),
    page("alerts", "900", title="应急发布", category="alerts", layout="alert", icon="triangle"),
]
WEATHER = [
    Forecast(id="w1", begins=at("08:00"), span="now", code=2, temperature=9.2, humidity=71, wind="东北风", force=3),
    Forecast(id="w2", begins=at("00:00"), span="day", code=2, high=13.4, low=-0.3),
]
AIR = [Reading(id="q1", name="AQI", at=at("08:00"), value=68, station="莘庄站", lon=121.38, lat=31.11)]


def _menu(made: Content) -> Menu:
    assert isinstance(made.body, Menu)
    return made.body


def test_the_home_page_has_a_tile_for_my_estate_and_each_category() -> None:
    body = _menu(content(HOME_PAGE, {}, pages=PAGES))
    assert [tile.number for tile in body.tiles] == ["101", "110", "500", "700"]
    assert body.weather is None


def test_with_weather_its_card_takes_the_place_of_its_tile() -> None:
    made = content(HOME_PAGE, {"weather": WEATHER, "air": AIR}, pages=PAGES)
    body = _menu(made)
    assert [tile.number for tile in body.tiles] == ["101", "110", "700"]
    assert body.weather is not None
    assert (body.weather.to, body.weather.temperature, body.weather.word) == ("500", "9°", "多云")
    assert body.weather.span == "0° 到 13°"
    assert body.weather.lines == ("空气 良 68", "东北风 3 级 湿度 71%")
    assert made.valid_until == at("09:00")


def test_a_box_whose_estate_is_not_known_finds_109() -> None:
    body = _menu(content(HOME_PAGE, {}, pages=PAGES, estate=None))
    assert (body.tiles[0].number, body.tiles[0].label) == ("109", "选小区")


def test_a_category_has_its_own_pages_alone() -> None:
    body = _menu(content(PAGES[2], {}, pages=[p for p in PAGES if p.number != "110"]))
    assert [(tile.number, tile.label, tile.icon) for tile in body.tiles] == [("111", "区政府新闻", "newspaper")]
    assert body.ticker is None


def test_the_ticker_is_the_alert_else_the_newest_news_else_the_day() -> None:
    news = [Article(id="n1", title="旧", published=at("06:00")), Article(id="n2", title="新", published=at("07:00"))]
    gale = Alert(id="a1", identifier="1", sender="s", sent=at("08:00"), status="Actual", message="Alert", event="大风",
                 severity="Minor", areas=(Area(description="全区"),))  # fmt: skip
    ticker = _menu(content(HOME_PAGE, {"news": news, "alerts": [gale]}, pages=PAGES)).ticker
    assert ticker is not None and (ticker.text, ticker.to, ticker.tone) == ("大风", "900", "warn")
    ticker = _menu(content(HOME_PAGE, {"news": news, "alerts": []}, pages=PAGES)).ticker
    assert ticker is not None and (ticker.text, ticker.to, ticker.tone) == ("新", "111.n2", "brand")
    ticker = _menu(content(HOME_PAGE, {"news": []}, pages=PAGES)).ticker
    assert ticker is not None and "11 月 24 日，周二" in ticker.text


def test_towns_lead_to_every_estate_once() -> None:
    made = content(PAGES[1], {}, estate=None)
    assert isinstance(made.body, Index)
    assert [entry.label for entry in made.body.entries] == ["莘庄镇", "江川路街道"]
    assert [entry.to for entry in made.body.entries] == [f"109.{item.id}" for item in made.items]
    targets = [e.to for item in made.items if isinstance(item.body, Index) for e in item.body.entries]
    assert sorted(targets) == [f"@{estate}/100" for estate in ESTATES]
    assert made.items == content(PAGES[1], {}, estate=HOME, moment=MORNING).items
