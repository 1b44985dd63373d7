"""A price of 2031, a vacancy of 2011, a programme of the next century: none stands on a screen as if it were today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from feeding import NOW, Station
from feeding import source as declared
from view_inputs import MORNING, SAY, content, page

from channel.views.content import Article, Table
from feeds.base.clock import SetClock
from feeds.dated import SPANS, without_misdated
from feeds.formats.base import Parsed
from feeds.guess import trial
from feeds.records import KINDS, AnyRecord, Price

TODAY = MORNING.date()
HEAD = "品名,市场,价格,单位,日期\n"
PAGE = page("prices", "541", title="今日菜价", layout="table")


def row(thing: str, day: str) -> str:
    return f"{thing},莘庄,3.5,元/500克,{day}\n"


@pytest.mark.parametrize("day", ["2031-11-24", "2019-11-24", "2026-12-24"])
def test_a_price_dated_years_off_is_quarantined(day: str, tmp_path: Path) -> None:
    """Its row is a problem that says which day was found, and the others stay."""
    body = HEAD + row("青菜", day) + "".join(row(thing, "2026-11-24") for thing in ("番茄", "土豆", "萝卜", "猪肉"))
    (tmp_path / "prices.csv").write_text(body, encoding="utf-8")
    fields = {"item": "品名", "market": "市场", "value": "价格", "unit": "单位", "date": "日期"}
    station = Station(tmp_path)
    done = station.gather(declared("table", url="file:prices.csv", record="price", fields=fields))
    kept = station.archive.latest("one")
    station.close()
    assert done.ok and (done.count, done.quarantined) == (4, 1)
    assert kept is not None
    (problem,) = kept.problems
    assert problem.position == "青菜 莘庄" and f"date: found {day}, expected a day not" in problem.reason


def test_a_file_of_old_prices_is_not_believed(tmp_path: Path) -> None:
    """What a department forgot to write anew: a trial says why none of it would be shown, and proposes the column."""
    (tmp_path / "prices.csv").write_text(HEAD + row("青菜", "2019-11-24") + row("番茄", "2019-11-24"), encoding="utf-8")
    done = trial("file:prices.csv", tmp_path, SetClock(NOW))
    assert done.source is not None and done.source.fields["date"] == "日期"
    assert "found 2019-11-24, expected a day not before" in done.error


def made(kind: type, field: str, at: datetime) -> AnyRecord:
    """A record of a kind of which nothing but its date matters."""
    filled: dict[str, Any] = dict.fromkeys(
        ("name", "title", "item", "stop", "line", "channel", "group", "place", "service", "employer", "status"), "x"
    )
    filled |= {"lon": 121.0, "lat": 31.0, "bikes": 1, "begins": at, "ends": at, "departs": at, "span": "day"}
    wanted = {name: filled[name] for name in kind.__struct_fields__ if name in filled}  # type: ignore[attr-defined]
    wanted[field] = at.date().isoformat() if field == "date" else at
    return kind(id="a", **wanted)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", SPANS, ids=lambda kind: kind.__name__)
def test_each_kind_has_its_span(kind: type) -> None:
    """What is dated today or at a span's end stays; a day beyond it, it goes."""
    field, past, ahead = SPANS[kind]
    now = datetime(2026, 11, 24, 4, tzinfo=UTC)
    for days, stays in ((0, True), (ahead, True), (ahead + 1, False), (-past, True), (-past - 1, False)):
        try:
            record = made(kind, field, now + timedelta(days=days))
        except OverflowError:
            continue
        found = without_misdated(Parsed(records=(record,), total=1), now)
        assert bool(found.records) == stays and len(found.problems) == (not stays), days


def test_every_kind_of_record_has_been_thought_of() -> None:
    """The others have no date of their own, or (warnings, guides) wait for none."""
    undated = {"place", "route", "alert", "guide", "contact"}
    assert {name for name, kind in KINDS.items() if kind not in SPANS} == undated


def price(thing: str, market: str, value: float, days: int) -> Price:
    """A price asked so many days ago."""
    day = (TODAY - timedelta(days=days)).isoformat()
    return Price(id=f"{thing}{market}{days}", item=thing, market=market, value=value, unit="元", date=day)


def test_the_latest_price_counts_and_an_old_one_says_when_it_was() -> None:
    """A file of weeks: each market's newest; what is a week behind stands on the thing's own page, with its day."""
    given = [price("青菜", "甲", 3.0, 14), price("青菜", "甲", 4.0, 0), price("青菜", "乙", 9.0, 20)]
    said = content(PAGE, {"prices": given}, estate=None)
    assert isinstance(said.body, Table) and isinstance(said.items[0].body, Article)
    assert [column.label for column in said.body.columns[:2]] == ["元", "甲"]
    assert [cell.text for cell in said.body.rows[0].cells] == ["青菜", SAY.price(4), SAY.price(4)]
    assert dict(said.items[0].body.facts)["乙"].endswith("11-04")


def test_a_whole_list_that_is_old_says_of_when_it_is() -> None:
    """A list of the month before is not today's; one of the last days needs no word."""
    heads = {
        days: content(PAGE, {"prices": [price("青菜", "甲", 3.0, days)]}, estate=None).body for days in (0, 7, 8, 21)
    }
    labels = [body.columns[0].label for body in heads.values() if isinstance(body, Table)]
    assert labels == ["元", "元", "元 11-16", "元 11-03"]


def test_a_dated_price_is_looked_at_again_at_midnight() -> None:
    """It grows old by itself."""
    dated = content(PAGE, {"prices": [price("青菜", "甲", 3.0, 0)]}, estate=None)
    bare = content(PAGE, {"prices": [Price(id="a", item="青菜", market="甲", value=3.0)]}, estate=None)
    assert dated.valid_until is not None and dated.valid_until.astimezone(SAY.zone).hour == 0
    assert bare.valid_until is None or bare.valid_until > dated.valid_until
