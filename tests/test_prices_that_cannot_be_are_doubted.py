"""A feed that counts in cents from today on, or a row that lost its decimal point: neither stands on a screen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeds.formats.base import Parsed
from feeds.plausible import doubt, without_slips
from feeds.records import Price
from feeds.source import Snapshot

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)


def price(ident: str, value: float, item: str = "猪肉", market: str = "莘庄", unit: str = "元/500克") -> Price:
    return Price(id=ident, item=item, market=market, value=value, unit=unit)


def parsed(*records: Price) -> Parsed:
    return Parsed(records=records, total=len(records))


def before(*records: Price) -> Snapshot:
    return Snapshot(source="s", observed=NOW, checked=NOW, digest="d", records=records)


GOOD = tuple(price(f"p{n}", 15.0 + n, market=f"第{n}市场") for n in range(5))


@pytest.mark.parametrize("times", [100, 0.01])
def test_a_whole_feed_in_another_unit_is_not_believed(times: float) -> None:
    """The last good snapshot stays on air, and the source says why."""
    now = parsed(*(price(p.id, (p.value or 0) * times, market=p.market) for p in GOOD))
    assert "those before" in doubt(now, before(*GOOD))
    assert doubt(parsed(*GOOD), before(*GOOD)) == "" and doubt(now, None) == ""


def test_prices_that_rise_are_believed() -> None:
    dear = parsed(*(price(p.id, (p.value or 0) * 3, market=p.market) for p in GOOD))
    assert doubt(dear, before(*GOOD)) == "" and without_slips(dear, before(*GOOD)) == dear


def test_another_unit_that_is_said_is_another_price() -> None:
    now = parsed(*(price(p.id, (p.value or 0) * 100, market=p.market, unit="分/500克") for p in GOOD))
    assert doubt(now, before(*GOOD)) == "" and without_slips(now, before(*GOOD)) == now


@pytest.mark.parametrize("last", [before(*GOOD), None])
def test_a_row_that_lost_its_point_is_quarantined(last: Snapshot | None) -> None:
    """Against what it was before, and at a first gathering against the other markets; the others stay."""
    slip = price("p2", 1700.0, market="第2市场")
    made = without_slips(parsed(*GOOD[:2], slip, *GOOD[3:]), last)
    assert slip not in made.records and len(made.records) == 4 and made.total == 5
    (problem,) = made.problems
    assert "第2市场" in problem.position and "1700" in problem.reason and "expected about 1" in problem.reason


def test_few_prices_make_no_rule() -> None:
    """Saffron and salt at two markets."""
    now = parsed(price("a", 2.0), price("b", 200.0, market="七宝"))
    assert without_slips(now, None) == now and doubt(now, before(price("a", 2.0))) == ""
