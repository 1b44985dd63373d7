"""XMLTV: time zones, overlaps and gaps, read without ever holding the whole guide."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from feeding import parse, sample

from feeds.base.clock import local
from feeds.base.errors import FormatError


def guide(*shows: str, channels: str = '<channel id="1"><display-name>新闻综合</display-name></channel>') -> str:
    return f'<?xml version="1.0"?><!DOCTYPE tv SYSTEM "xmltv.dtd"><tv>{channels}{"".join(shows)}</tv>'


def show(start: str, stop: str = "", title: str = "节目", channel: str = "1", more: str = "") -> str:
    end = f'stop="{stop}"' if stop else ""
    return f'<programme start="{start}" {end} channel="{channel}"><title>{title}</title>{more}</programme>'


def shown(text: str, **more: Any) -> list[tuple[str, str, str]]:
    found: Any = parse("xmltv", text, **more).records
    return [(r.title, f"{r.begins:%d %H:%M}", f"{r.ends:%H:%M}") for r in found]


@pytest.mark.parametrize(
    ("start", "utc"),
    [
        ("20261124080000 +0800", datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        ("20261124080000", datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        ("202611240800", datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        ("20261124000000 UTC", datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        ("20261124010000 BST", datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        ("20261123190000 -0500", datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
    ],
)
def test_time_zones_are_heeded(start: str, utc: datetime) -> None:
    """Offsets, names, none at all (Shanghai), and times cut short."""
    record: Any = parse("xmltv", guide(show(start, "20261124235900 +0800"))).records[0]
    assert (record.begins, record.channel) == (utc, "新闻综合")


def test_no_programme_runs_into_the_next() -> None:
    """An overlap is cut, a gap stays, a missing end is the next beginning or the length; a twin is reported."""
    parsed = parse("xmltv", guide(
        show("202611240800", "202611240930", "早间"), show("202611240900", "202611241000", "上午"),
        show("202611241100", title="午间"), show("202611241200", title="片长",
        more='<length units="minutes">30</length>'),
        show("202611241300", "202611241500", "长的"), show("202611241300", "202611241330", "短的"),
        show("202611241600", "202611241600", "零"), show("202611241700", title="最后"), show("bald", title="何时"),
    ))  # fmt: skip
    found: Any = parsed.records
    assert [(r.title, f"{r.begins:%H:%M}", f"{r.ends:%H:%M}") for r in found] == [
        ("早间", "00:00", "01:00"), ("上午", "01:00", "02:00"), ("午间", "03:00", "04:00"), ("片长", "04:00", "04:30"),
        ("短的", "05:00", "05:30"),
    ]  # fmt: skip
    assert {(p.reason, p.value) for p in parsed.problems} == {
        ("another programme starts at the same time", "长的"), ("it lasts no time: it ends when it starts", "零"),
        ("nothing says when it ends", "最后"), ("found 'bald', expected a time such as 20261124081200 +0800", "bald"),
    }  # fmt: skip


def test_titles_come_in_the_viewers_language() -> None:
    """Chinese, else unnamed, else the first."""
    titles = '<title lang="en">News</title><title lang="zh">新闻</title>'
    text = guide(show("202611240800", "202611240900").replace("<title>节目</title>", titles))
    assert shown(text)[0][0] == "新闻"
    assert shown(text, options={"language": "en"})[0][0] == "News"


def test_only_the_wanted_channels_are_kept() -> None:
    """A guide of hundreds of channels is cut down on entry."""
    text = guide(show("202611240800", "202611240900", "甲"), show("202611240800", "202611240900", "乙", channel="2"))
    assert [title for title, _, _ in shown(text, options={"channels": ["2"]})] == ["乙"]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("MultilanguageData.xml", 2), ("attrs.xml", 1), ("overlap.xml", 5), ("test.xml", 1),
        ("test_remove_some_overlapping.xml", 8), ("tv_augment_automatic_type_5-2.xml", 99),
    ],
)  # fmt: skip
def test_real_guides_are_read(name: str, count: int) -> None:
    """Guides that the XMLTV project and a media server keep for their own tests; none overlaps afterwards."""
    found: Any = parse("xmltv", sample("xmltv", name).read_bytes()).records
    assert len(found) == count
    for before, after in pairwise(found):
        assert before.channel != after.channel or before.ends <= after.begins


def test_an_ill_formed_guide_is_read_up_to_its_fault() -> None:
    """A bare ampersand is mended, a broken end costs only what it broke."""
    text = guide(show("202611240800", "202611240900", "体育 & 健康"), show("202611240900", "202611241000", "第二"))
    assert [title for title, _, _ in shown(text)] == ["体育 & 健康", "第二"]
    cut = text[: text.index("第二")]
    parsed = parse("xmltv", cut)
    assert [r.title for r in parsed.records] == ["体育 & 健康"]  # type: ignore[union-attr]
    assert "not well-formed" in parsed.problems[0].reason


def test_a_big_guide_is_not_held_as_a_tree() -> None:
    """Ten thousand programmes of which one is wanted cost little more than the text itself."""
    many = (
        show(
            f"2026112{n % 9}0800{n % 60:02}", "20261129", f"第{n}个", channel=str(n), more=f"<desc>{'长' * 200}</desc>"
        )
        for n in range(10_000)
    )
    body = guide(*many).encode()
    tracemalloc.start()
    assert len(shown(body.decode(), options={"channels": ["77"]})) == 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * len(body)


@pytest.mark.parametrize(
    "body",
    ["", "<html><body/></html>", "{}", "<rss/>", "<tv", '<!DOCTYPE tv [<!ENTITY x "y">]><tv><channel id="&x;"/></tv>'],
)
def test_what_is_no_guide_is_refused(body: str) -> None:
    """Error pages and documents with entities raise FormatError."""
    with pytest.raises(FormatError):
        parse("xmltv", body)


@pytest.mark.parametrize(
    ("language", "tags", "chosen"),
    [
        ("zh", ["en", "zh-CN"], "zh-CN"), ("zh-Hans-CN", ["en", "zh"], "zh"), ("zh-cn", ["en", "zh_CN"], "zh_CN"),
        ("zh", ["zha", "zh-Hans"], "zh-Hans"), ("zh", ["zh-TW", "zh"], "zh"), ("en", ["zh", "en-GB"], "en-GB"),
        ("zh", ["en", ""], ""), ("zh", ["fr", "en"], "fr"),
    ],
)  # fmt: skip
def test_titles_are_chosen_by_the_family_of_a_language(language: str, tags: list[str], chosen: str) -> None:
    """RFC 4647: zh, zh-CN and zh-Hans-CN are one family; zha is none of it."""
    titles = "".join(f'<title lang="{tag}">{tag or "-"}</title>' if tag else "<title>-</title>" for tag in tags)
    text = guide(show("202611240800", "202611240900").replace("<title>节目</title>", titles))
    assert shown(text, options={"language": language})[0][0] == (chosen or "-")


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["5.1", "新闻综合"], "新闻综合"), (["新闻综合", "5.1"], "新闻综合"), (["5.1"], "5.1"), (["", "5"], "5"),
        ([], "1"),
        (['lang="en">News', 'lang="zh">新闻'], "新闻"), (['lang="zh">12', 'lang="en">News'], "News"),
    ],
)  # fmt: skip
def test_a_channel_is_called_by_a_name(names: list[str], called: str) -> None:
    """A number is no name where there is one; without any the id stands for it."""
    inner = "".join(f"<display-name{' ' if '>' in name else '>'}{name}</display-name>" for name in names)
    text = guide(show("202611240800", "202611240900"), channels=f'<channel id="1">{inner}</channel>')
    record: Any = parse("xmltv", text).records[0]
    assert record.channel == called


def test_programmes_of_one_slot_share_it() -> None:
    """``clumpidx`` says which of how many: both are shown, in their order, in the slot's time, and none is lost."""
    first, second = (
        show("202611240800", "202611240900", title).replace("<programme", f'<programme clumpidx="{place}/2"')
        for place, title in enumerate(("新闻", "天气"))
    )
    parsed = parse("xmltv", guide(second, first, show("202611240900", "202611241000", "后来")))
    found: Any = parsed.records
    assert [(r.title, f"{r.begins:%H:%M}", f"{r.ends:%H:%M}") for r in found] == [
        ("新闻、天气", "00:00", "01:00"), ("后来", "01:00", "02:00"),
    ]  # fmt: skip
    assert parsed.problems == ()


def test_guides_in_several_files_are_read_together() -> None:
    """A folder of one file a day: all of its channels and programmes."""
    days = [guide(show(f"2026112{n}0800", f"2026112{n}0900", f"第{n}天")) for n in (4, 5)]
    found: Any = parse("xmltv", *days).records
    assert [r.title for r in found] == ["第4天", "第5天"]


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("20260431080000", "expected a day and a time that there are"),
        ("20261124250000", "expected a day and a time"),
        ("20261124080000 XYZ", "the time zone 'XYZ' is not known"),
        ("", "found '', expected a time such as"),
    ],
)
def test_a_time_that_is_none_is_refused_in_a_sentence(start: str, reason: str) -> None:
    """One programme, with its start; nothing that a library says."""
    parsed = parse("xmltv", guide(show(start, "202611240900"), show("202611240900", "202611241000")))
    assert (len(parsed.records), parsed.total) == (1, 2)
    assert parsed.problems[0].reason.startswith(reason)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("xmltv_midnight.xml", [("甲", "夜", "29 23:30", "00:30"), ("甲", "晨", "30 00:30", "01:00")]),
        ("xmltv_nostop.xml", [("甲台", "一", "29 18:00", "19:00"), ("甲台", "二", "29 19:00", "20:00")]),
        ("xmltv_number_name.xml", [("新闻综合", "新闻", "29 18:00", "18:30")]),
    ],
)  # fmt: skip
def test_odd_guides_are_read(name: str, wanted: list[tuple[str, str, str, str]]) -> None:
    """Past midnight, without ends (the last one is counted as left out), a number before a name."""
    parsed = parse("xmltv", sample("tries", name).read_bytes())
    found: Any = parsed.records
    assert [(r.channel, r.title, f"{local(r.begins):%d %H:%M}", f"{local(r.ends):%H:%M}") for r in found] == wanted
    assert parsed.total == len(wanted) + len(parsed.problems)
