"""Articles stand newest first, for whom they are meant, and never before they are published or after they ended."""

from __future__ import annotations

from view_inputs import HOME, MORNING, SOUTH, at, content, page

from channel.views._items import MOST_ITEMS
from channel.views.content import Article as Prose
from channel.views.content import List
from feeds.records import Article

NEWS = [
    Article(id="n1", title="旧闻", published=at("2026-11-22T09:00"), tag="民生"),
    Article(id="n2", title="早间新闻", published=at("07:00"), tag="交通", body="第一段。\n第二段。"),
    Article(id="n3", title="去年的事", published=at("2025-12-30T09:00")),
    Article(id="n4", title="还没到时候", published=at("12:00")),
    Article(id="n5", title="没有日期"),
]
PAGE = page("latest", "111", title="区政府新闻", layout="list", scope="district")
OUTAGES = [
    Article(id="o1", title="全天停水", estates=(HOME.id,), begins=at("07:00"), ends=at("09:30"), tag="停水"),
    Article(id="o2", title="明天停电", estates=(HOME.id, SOUTH.id), begins=at("2026-11-25T08:00"), tag="停电"),
    Article(id="o3", title="昨天停水", estates=(HOME.id,), begins=at("2026-11-23T07:00"), ends=at("2026-11-23T09:00")),
    Article(id="o4", title="别处停电", estates=(SOUTH.id,), begins=at("10:00"), ends=at("11:00")),
]
OPTIONS = {"when": "begins", "own": True, "empty": "没有停水停电"}
OWN = page("latest", "601", title="停水停电", layout="list", options=OPTIONS)


def _titles(records: list[Article], **given: object) -> list[tuple[str, str]]:
    made = content(given.pop("page", PAGE), {"articles": records}, **given)  # type: ignore[arg-type]
    assert isinstance(made.body, List)
    return [(row.title, row.date) for row in made.body.rows]


def test_newest_first_with_dates_in_words() -> None:
    assert _titles(NEWS) == [("早间新闻", "今天"), ("旧闻", "11-22"), ("去年的事", "2025-12-30"), ("没有日期", "")]


def test_an_article_comes_at_its_moment_and_today_ends_at_midnight() -> None:
    assert content(PAGE, {"articles": NEWS}).valid_until == at("12:00")
    assert ("还没到时候", "今天") in _titles(NEWS, moment=at("12:00"))
    assert content(PAGE, {"articles": NEWS}, moment=at("12:00")).valid_until == at("2026-11-25T00:00")
    assert "还没到时候" not in repr(content(PAGE, {"articles": NEWS}))


def test_every_row_opens_an_item_with_its_prose() -> None:
    made = content(PAGE, {"articles": NEWS})
    assert isinstance(made.body, List)
    assert [row.to for row in made.body.rows] == [f"111.{item.id}" for item in made.items]
    body = made.items[0].body
    assert isinstance(body, Prose)
    assert body.title == "早间新闻" and body.paragraphs == ("第一段。", "第二段。")
    assert made.items[0].title == "区政府新闻"
    assert ("发布", "11月24日 周二") in body.facts


def test_notices_are_for_their_estates_alone_and_leave_when_they_end() -> None:
    assert _titles(OUTAGES, page=OWN) == [("全天停水", "到 09:30"), ("明天停电", "明天 08:00")]
    assert _titles(OUTAGES, page=OWN, estate=SOUTH) == [("别处停电", "今天 10:00"), ("明天停电", "明天 08:00")]
    assert _titles(OUTAGES, page=OWN, moment=at("09:30")) == [("明天停电", "明天 08:00")]
    assert content(OWN, {"articles": OUTAGES}).valid_until == at("09:30")


def test_items_of_notices_are_the_same_for_every_estate() -> None:
    here, there = (content(OWN, {"articles": OUTAGES}, estate=estate) for estate in (HOME, SOUTH))
    assert here.items == there.items
    assert {item.id for item in here.items} == {"o1", "o2", "o4"}


def test_town_news_is_tagged_with_the_town() -> None:
    news = [
        Article(id=f"t{n}", title=f"{town}的事", town=town, published=at("07:00"))
        for n, town in enumerate(("莘庄镇", "江川路街道", ""))
    ]
    own = page("latest", "115", title="街镇动态", layout="list", options={"own": True, "towns": True})
    made = content(own, {"articles": news}, estate=SOUTH)
    assert isinstance(made.body, List)
    assert [(row.title, row.tag) for row in made.body.rows] == [("江川路街道的事", "江川路"), ("的事", "")]
    assert made.place == ("江川路街道", "江畔雅苑")


def test_nothing_is_one_sentence() -> None:
    made = content(OWN, {"articles": []})
    assert isinstance(made.body, List) and made.body.empty is not None
    assert made.body.empty.sentence == "没有停水停电"


def test_a_source_that_never_came_says_so() -> None:
    made = content(PAGE, {"articles": None})
    assert isinstance(made.body, List) and made.body.empty is not None
    assert "还没有送到" in made.body.empty.hint
    assert made.sources[0].observed is None and made.sources[0].state == "never"


def test_a_flood_of_articles_is_bounded() -> None:
    flood = [Article(id=f"f{n}", title=f"第 {n} 条", published=at("07:00")) for n in range(1000)]
    made = content(PAGE, {"articles": flood})
    assert len(made.items) == MOST_ITEMS
    assert isinstance(made.body, List) and len(made.body.rows) == 60


def test_a_fact_that_its_panel_cannot_show_becomes_a_sentence() -> None:
    long = "街道社区事务受理中心一楼大厅三号窗口"
    facts = (("地点", long), *((f"第{n}", str(n)) for n in range(5)), ("电话", "12345"))
    body = content(PAGE, {"articles": [Article(id="n1", title="办事", body="正文。", facts=facts)]}).items[0].body
    assert isinstance(body, Prose)
    assert [label for label, _ in body.facts] == [f"第{n}" for n in range(5)]
    assert body.paragraphs == ("正文。", f"地点：{long}。电话：12345。")


def test_the_end_of_a_display_is_no_end_of_what_it_tells_of() -> None:
    """A notice of the desk that hangs until Sunday does not say that something ends then; one with a beginning does."""
    hangs = Article(id="n1", title="办事", body="正文。", published=MORNING, ends=at("2026-11-30T00:00"))
    runs = Article(id="n2", title="义诊", body="正文。", begins=at("14:00"), ends=at("16:00"))
    made = content(PAGE, {"articles": [hangs, runs]})
    labels = {item.id: [label for label, _ in item.body.facts] for item in made.items}
    assert labels == {"n1": ["发布"], "n2": ["日期", "时间"]}
