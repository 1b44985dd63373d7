"""A date is read however people and programs write it; one that could be two is not read at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from effort import within
from feeding import parse, sample

from feeds.formats._moments import read_date, read_moment

NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)
HALF_PAST = datetime(2014, 9, 10, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2014年9月10日 08:30", "2014年09月10日08时30分00秒", "二〇一四年九月十日上午八点三十分",
        "2014年9月10日 星期三 8时30分", "２０１４年９月１０日　８：３０",
        "2014-9-10 8:30", "2014/09/10 08:30", "2014.09.10 08:30", "2014-09-10 上午8:30",
        "2014-09-10(周三) 08:30", "2014-09-10T08:30:00+0800", "2014-09-10T0:30:00Z", "2014-09-10 08:30:00.0",
        "2014-09-10 08:30 GMT+08:00", "2014-09-10 08:30:00 +0800 (CST)", "2014-09-10T08:30 北京时间",
        "Wed, 10 Sep 2014 8:30:00 +0800", "Wed, 10 Sept 2014 08:30:00 +0800", "Wed, 10 Sep 14 08:30:00 CST",
        "10 Sep 2014 08:30:00 GMT+8", "Wed Sep 10 08:30:00 CST 2014", "星期三, 10 九月 2014 08:30:00 +0800",
        "Wed, 10 Sep 2014 08:30:00 Asia/Shanghai", "Tue, 09 Sep 2014 20:30:00 EDT", "10 Sep 2014 09:30 JST",
        "Wednesday, September 10, 2014 8:30 AM", "Sep 10 2014, 8:30 a.m.", "10-Sep-2014 08:30",
        "10/Sep/2014:08:30:00 +0800", "20140910083000", "201409100830", "20140910T083000", "20140910 08:30",
        20140910083000, 201409100830.0, 1410309000, 1410309000000, "1410309000", "1410309000.0",
    ],
)  # fmt: skip
def test_one_moment_in_many_hands(written: object) -> None:
    """ISO 8601, RFC 5322, logs, digits in a row, counts since 1970, and as offices write."""
    assert read_moment(written, NOW) == HALF_PAST


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026112908", datetime(2026, 11, 29, 0, tzinfo=UTC)), (2026112908, datetime(2026, 11, 29, 0, tzinfo=UTC)),
        ("20261129", datetime(2026, 11, 28, 16, tzinfo=UTC)), (20261129.0, datetime(2026, 11, 28, 16, tzinfo=UTC)),
        ("08:12", datetime(2026, 11, 29, 0, 12, tzinfo=UTC)), ("25:10", datetime(2026, 11, 29, 17, 10, tzinfo=UTC)),
        ("下午3点", datetime(2026, 11, 29, 7, tzinfo=UTC)), ("12:05 AM", datetime(2026, 11, 28, 16, 5, tzinfo=UTC)),
        ("2014-09-10 晚上8:00", datetime(2014, 9, 10, 12, tzinfo=UTC)),
        ("2014-09-10 中午12:30", datetime(2014, 9, 10, 4, 30, tzinfo=UTC)),
        ("2014-09-10 24:00", datetime(2014, 9, 10, 16, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_digits_and_times_of_day(written: object, utc: datetime) -> None:
    """Digits in a row are a date where they can be one; a bare time is today's."""
    assert read_moment(written, NOW) == utc


@pytest.mark.parametrize(
    "written",
    [
        "11/12/2026", "10/11/12", "上午12:30", "晚上2:00", "2014-09-10 08:30 BST", "2014-09-10 08:30 XYZ",
        "2014-09-10 08:30 Nowhere/City", "9月10日", "Sep 10", "十月", "gestern", "2014-13-10", "2014-02-30", "13:00 PM",
        "08:61", "48:00", "2014-09-10 2014-09-11", "", "20269999", "41892", 41892, 0, -1, 7, 3.5, 4102444800, 31536000,
        99999999999999999999, 1e300, float("inf"), float("nan"), True, "1" * 5000, "二" * 5000,
    ],
)  # fmt: skip
def test_what_could_be_two_things_or_none_is_refused(written: object) -> None:
    """With a sentence that says what was found and what was expected; a count must fall within years of now."""
    with pytest.raises(ValueError, match=r"^found .+, (expected a date|which is neither)|out of range") as caught:
        read_moment(written, NOW)
    assert len(str(caught.value)) < 200


def test_a_count_is_believed_within_years_of_now() -> None:
    """The same number is a moment while it is near, and something else decades later."""
    assert read_date(1410309000, NOW) == "2014-09-10"
    with pytest.raises(ValueError, match="within years of now"):
        read_moment(1410309000, NOW.replace(year=2050))


def test_reading_is_quick_whatever_the_text() -> None:
    """A long row of marks costs no more than a short one."""
    with within(5):
        for mark in ("周", "十", "1", " ", "(", "+08", "1:", "sep ", "a/", "上午", "-", "年"):
            with pytest.raises(ValueError):
                read_moment(mark * 200_000 + "x", NOW)


def test_a_table_of_digits_is_read() -> None:
    """Hours are no seconds: 2026112908 was a day of 2034, 202611290830 one of 1976."""
    found: Any = parse("table", sample("tries", "csv_digits_time.csv").read_bytes(), record="article",
                       fields={"title": "标题", "published": "发布时间"}, moment=NOW).records  # fmt: skip
    assert [f"{r.published:%Y-%m-%d %H:%M}" for r in found] == [
        "2026-11-29 00:30", "2026-11-29 00:00", "2026-11-29 00:30", "2026-11-28 16:00",
    ]  # fmt: skip


def test_a_feed_of_all_ways_is_read() -> None:
    """Eighteen items, one moment."""
    found: Any = parse("rss", sample("tries", "rss_dates.xml").read_bytes(), moment=NOW).records
    assert [(r.title, r.published) for r in found] == [(f"t{n}", HALF_PAST) for n in range(18)]
