"""News, notices and advice: pages 111 to 115, 303, 382, 406, 563 and 601.

A feed is a round of pieces. Each has a number that counts up with the days, so that an article keeps its id, its title
and its hour as long as it is in the feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from .base import EPOCH, At, chance, iso, phone, pick, serves, texts
from .towns import TOWNS, Estate, Town, area_codes
from .writing import ATOM, JSON, RSS, Story, atom_bytes, portal, rss_bytes

_NEWS = texts("news")["piece"]
_NOTES = texts("notes")
_FIXED = [piece for piece in _NEWS if "{" not in piece["title"]]
_LOCAL = [piece for piece in _NEWS if "{" in piece["title"]]
_ROUND = [piece for pair in zip_longest(_FIXED, [*_LOCAL, *_LOCAL]) for piece in pair if piece]
_FIRST = 1636
"""The number of the piece with which the round begins: the newest at the moment of the records."""
Clock = tuple[int, int]


def _published(number: int, clocks: Sequence[Clock], days: int) -> datetime:
    """When the ``number``-th piece of a feed with so many hours every ``days`` days came out."""
    day, order = divmod(number, len(clocks))
    hour, minute = clocks[order]
    return EPOCH + timedelta(days=day * days, hours=hour, minutes=minute)


def _numbers(at: At, clocks: Sequence[Clock], days: int, count: int) -> list[int]:
    """The numbers of the newest ``count`` pieces, newest first."""
    newest = (at.day // days + 1) * len(clocks)
    found = [n for n in range(newest, newest - count - 2 * len(clocks), -1)
             if _published(n, clocks, days) <= at.moment]  # fmt: skip
    return found[:count]


def _filled(feed: str, number: int, piece: dict[str, Any], town: Town, published: datetime) -> Story:
    """A piece with its blanks filled."""
    words = {
        "town": town.name,
        "area": pick(town.areas, feed, "area", number),
        "road": pick(town.roads, feed, "road", number),
        "n": 20 + int(180 * chance(feed, "n", number)),
        "phone": phone(feed, number),
    }
    paragraphs = [line.format_map(words) for line in piece["text"].strip().splitlines()]
    return Story(
        f"{feed}{number}",
        piece["title"].format_map(words),
        paragraphs[0],
        paragraphs,
        published,
        piece["tag"],
        [fact.format_map(words) for fact in piece.get("facts", ())],
    )


def _stories(
    at: At, feed: str, pieces: Sequence[dict[str, Any]], clocks: Sequence[Clock], days: int, count: int
) -> list[Story]:
    """The newest pieces of a feed; each round goes through the pieces and through the towns."""
    return [
        _filled(feed, n, pieces[n % len(pieces)], TOWNS[n * 5 % 13], _published(n, clocks, days))
        for n in _numbers(at, clocks, days, count)
    ]


@serves("district-news", "district-news.xml", RSS, minutes=15)
def district_news(at: At) -> bytes:
    """Page 111: five pieces a day."""
    clocks = [(7, 15), (8, 0), (10, 30), (14, 15), (17, 0)]
    stories = [
        _filled("n", n, _ROUND[(_FIRST - n) % len(_ROUND)], TOWNS[n * 5 % 13], _published(n, clocks, 1))
        for n in _numbers(at, clocks, 1, len(_ROUND))
    ]
    return rss_bytes("闵行区政府新闻", "news.minhang.example", stories, at.moment)


@serves("policy-files", "policy-files.xml", RSS, hours=1)
def policy_files(at: At) -> bytes:
    """Page 112."""
    stories = _stories(at, "p", _NOTES["policy"], [(9, 0)], 2, 12)
    return rss_bytes("政策文件", "zwgk.minhang.example", stories, at.moment)


@serves("notices", "notices.xml", ATOM, minutes=30)
def notices(at: At) -> bytes:
    """Page 113, in Atom."""
    stories = _stories(at, "g", _NOTES["notice"], [(8, 30), (15, 0)], 1, 24)
    return atom_bytes("公告公示", "gggs.minhang.example", stories, at.moment)


@serves("policy-guides", "policy-guides.xml", RSS, hours=1)
def policy_guides(at: At) -> bytes:
    """Page 114."""
    stories = _stories(at, "j", _NOTES["interpretation"], [(10, 0)], 3, 8)
    return rss_bytes("政策解读", "zcjd.minhang.example", stories, at.moment)


@serves("town-news", "town-news.json", JSON, minutes=30)
def town_news(at: At) -> bytes:
    """Page 115: sixty pieces, the towns in turn."""
    clocks = [(7, 40), (9, 30), (11, 0), (14, 0), (16, 30)]
    rows = []
    for number in _numbers(at, clocks, 1, 60):
        town = TOWNS[number % 13]
        story = _filled("t", number, _NOTES["town"][number % 10], town, _published(number, clocks, 1))
        rows.append(
            {"id": story.id, "bt": story.title, "lb": story.tag, "zy": story.summary, "jz": town.name,
             "nr": "\n".join(story.paragraphs), "fbsj": story.published.strftime("%Y-%m-%d %H:%M:%S")}
        )  # fmt: skip
    return portal(rows, at.moment)


@serves("admissions", "admissions.xml", RSS, hours=1)
def admissions(at: At) -> bytes:
    """Page 303."""
    stories = _stories(at, "z", _NOTES["admission"], [(9, 30)], 2, 8)
    return rss_bytes("招生信息", "edu.minhang.example", stories, at.moment)


@serves("tours", "tours.xml", RSS, hours=6)
def tours(at: At) -> bytes:
    """Page 382."""
    stories = _stories(at, "l", _NOTES["tour"], [(10, 0)], 4, 7)
    return rss_bytes("旅游线路", "tour.minhang.example", stories, at.moment)


@serves("roadworks", "roadworks.xml", RSS, minutes=30)
def roadworks(at: At) -> bytes:
    """Page 406."""
    stories = _stories(at, "d", _NOTES["roadwork"], [(7, 0), (16, 0)], 1, 18)
    return rss_bytes("道路施工", "road.minhang.example", stories, at.moment)


@serves("fraud-tips", "fraud-tips.xml", RSS, hours=1)
def fraud_tips(at: At) -> bytes:
    """Page 563."""
    stories = _stories(at, "f", _NOTES["fraud"], [(8, 45)], 1, 10)
    return rss_bytes("防骗提示", "police.minhang.example", stories, at.moment)


@serves("outages", "outages.json", JSON, minutes=5)
def outages(at: At) -> bytes:
    """Page 601: four a day from four days back to five days ahead, each naming its estates."""
    rows = []
    for offset in range(5, -5, -1):
        for order in range(4):
            row = _outage(at, offset, order)
            if row:
                rows.append(row)
    return portal(rows, at.moment)


def _outage(at: At, offset: int, order: int) -> dict[str, object] | None:
    """One interruption; None before it was announced."""
    day = at.day + offset
    # The repair of a burst pipe is the only one that nobody could announce.
    burst = order == 3 and day % 2 == 1
    pieces = {piece["tag"]: piece for piece in _NOTES["outage"]}
    tag = "抢修" if burst else ("停水", "停电", "停气", "电视")[(day + order) % 4]
    hour, lasts = (6, 5) if burst else ((9, 7), (8, 6), (13, 4), (0, 5))[order]
    begins = at.clock(hour, 30, days=offset)
    ends = begins + timedelta(hours=lasts)
    announced = begins - (timedelta(minutes=20) if burst else timedelta(days=5, hours=2))
    if announced > at.moment:
        return None
    homes = _homes(day, order)
    words = {
        "estate": homes[0].name, "names": "、".join(home.name for home in homes), "phone": phone("outage", day, order),
        "begins": f"{begins.month}月{begins.day}日 {begins:%H:%M}", "ends": f"{ends:%H:%M}",
    }  # fmt: skip
    body = [line.format_map(words) for line in pieces[tag]["text"].strip().splitlines()]
    return {
        "id": f"o{day}{order}", "bt": pieces[tag]["title"].format_map(words), "lx": tag, "nr": "\n".join(body),
        "jz": homes[0].town, "xq": [home.id for home in homes], "kssj": iso(begins), "jssj": iso(ends),
        "fbsj": iso(announced),
        "xx": [["时间", f"{words['begins']}-{words['ends']}"], ["范围", f"{len(homes)} 个小区"],
               ["街镇", homes[0].town], ["电话", words["phone"]]],
    }  # fmt: skip


def _homes(day: int, order: int) -> list[Estate]:
    """The estates of a committee. Every third day it is the first one of all, so that there is something to see."""
    codes = list(area_codes())
    code = codes[0] if day % 3 == 0 and order == 0 else pick(codes, "outage", day, order)
    return area_codes()[code]
