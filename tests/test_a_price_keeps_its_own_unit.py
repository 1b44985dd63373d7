"""What a price counts is said by its cell, its unit, its column or its source, and by nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from feeding import parse
from view_inputs import content, page

from channel.views.content import Table
from channel.words import Manner, Say
from channel.words.sums import currency_sum
from feeds.records import Departure, Price

PAGE = page("prices", "541", title="今日菜价", layout="table")


def price(value: str, unit: str = "", **more: Any) -> Any:
    """The price of such a row; None when it was refused."""
    rows = [{"item": "青菜", "market": "甲", "value": value, "unit": unit}]
    return next(iter(parse("table", json.dumps(rows), record="price", **more).records), None)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("€6.90", "", (6.9, "€")), ("6,90 €", "kg", (6.9, "€/kg")), ("EUR 6.90", "€/kg", (6.9, "€/kg")),
        ("¥3.5/500克", "", (3.5, "元/500克")), ("￥3.5", "元/公斤", (3.5, "元/公斤")),
        ("3.5元每斤", "", (3.5, "元/斤")),
        ("US$ 3", "", (3.0, "US$")), ("3.5", "公斤", (3.5, "公斤")), ("3.5", "", (3.5, "")), ("-€0.5", "", None),
        ("US$ 3", "元", None), ("€3元", "", None), ("面议", "", None),
    ],
)  # fmt: skip
def test_money_is_read_and_kept(value: str, unit: str, expected: tuple[float, str] | None) -> None:
    """Where cell and unit contradict each other, or no number is said, the row is quarantined."""
    found = price(value, unit)
    assert (found and (found.value, found.unit)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("NZ$21.95", (21.95, "NZ$")), ("A$ 5", (5.0, "A$")), ("AU$5.50/kg", (5.5, "A$/kg")), ("HK$12.5", (12.5, "HK$")),
        ("CHF 4.50", (4.5, "CHF")), ("Fr. 4.50", (4.5, "CHF")), ("45,50 kr", (45.5, "kr")), ("kr. 45", (45.0, "kr")),
        ("12,90 zł", (12.9, "zł")), ("R$ 5,60", (5.6, "R$")), ("Rs. 50", (50.0, "₹")), ("120 руб.", (120.0, "₽")),
        ("21.95 NZD", (21.95, "NZ$")), ("₩3000", (3000.0, "₩")), ("300円", (300.0, "円")),
    ],
)  # fmt: skip
def test_money_of_other_countries_has_letters_in_its_sign(value: str, expected: tuple[float, str]) -> None:
    """Before or behind the number, with the point or comma that its column proves, and a measure behind."""
    found = price(value)
    assert (found.value, found.unit) == expected


def test_a_sign_with_letters_stands_where_signs_stand() -> None:
    """NZ$21.95 on a thing's own page, and 45.50 kr."""
    say = Say("en", manner=Manner(currency="NZD"))
    given = [
        Price(id=money, item=thing, market="Quay", value=21.95, unit=money)
        for thing, money in (("Cod", "NZ$"), ("Eel", "kr"))
    ]
    items = content(PAGE, {"prices": given}, estate=None, say=say).items
    assert [dict(item.body.facts)["Quay"] for item in items] == ["NZ$21.95", "21.95 kr"]  # type: ignore[union-attr]


def test_a_columns_name_or_a_constant_may_say_the_unit() -> None:
    """批发价（元/公斤） says it for all; a constant of the source says it for rows that do not."""
    text = "品名,规格,产地,批发价（元/公斤）\n青菜,散装,上海,3.5\n番茄,散装,山东,４．２０\n土豆,袋装,内蒙古, 2.80 \n"
    fields = {"item": "品名", "value": "批发价（元/公斤）", "group": "规格"}
    found: Any = parse("table", text, record="price", fields=fields).records
    assert [(r.item, r.value, r.unit) for r in found] == [
        ("青菜", 3.5, "元/公斤"), ("番茄", 4.2, "元/公斤"), ("土豆", 2.8, "元/公斤"),
    ]  # fmt: skip
    assert price("3.5", constants={"unit": "元/500克"}).unit == "元/500克"


@pytest.mark.parametrize(
    ("fare", "expected"),
    [
        ("¥12", (12.0, "元")), ("12元", (12.0, "元")), ("12.50", (12.5, "")), (12, (12.0, "")), ("€12", (12.0, "€")),
        ("HK$ 48.5", (48.5, "HK$")), ("12元/人", None),
    ],
)  # fmt: skip
def test_a_fare_keeps_its_money(fare: object, expected: tuple[float, str] | None) -> None:
    """With the sign or the word for it, or none; what is for a person or a kilogram refuses the row."""
    rows = [{"stop": "莘庄", "line": "1", "departs": "08:00", "fare": fare}]
    parsed = parse("table", json.dumps(rows), record="departure")
    fares = [(r.fare, r.money) for r in parsed.records if isinstance(r, Departure)]
    assert fares == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("language", "currency", "money", "said"),
    [
        ("zh_Hans", "CNY", "", "48.5 元"), ("zh_Hans", "CNY", "元", "48.5 元"), ("zh_Hans", "CNY", "HK$", "HK$48.50"),
        ("en", "EUR", "", "€48.50"), ("en", "EUR", "CNY", "48.5 yuan"), ("en", "EUR", "円", "48.5 円"),
    ],
)  # fmt: skip
def test_a_fare_is_said_in_its_money(language: str, currency: str, money: str, said: str) -> None:
    """Of another country's coach too: never as the channel's own."""
    say = Say(language, manner=Manner(currency=currency))
    assert say.money(48.5, money).replace("\u00a0", " ") == said


def _cells(*prices: Price) -> list[list[str]]:
    body = content(PAGE, {"prices": list(prices)}, estate=None).body
    assert isinstance(body, Table)
    return [[column.label for column in body.columns], *([cell.text for cell in row.cells] for row in body.rows)]


def test_prices_in_several_units_are_not_averaged() -> None:
    """The head has the unit of most, another says its own beside its number, and no mean of both is made up."""
    head, greens, beans = _cells(
        Price(id="a", item="青菜", market="甲", value=3.5, unit="元/500克"),
        Price(id="b", item="青菜", market="乙", value=7.0, unit="元/公斤"),
        Price(id="c", item="豆", market="甲", value=2.0, unit="元/500克"),
        Price(id="d", item="豆", market="乙", value=4.0, unit="元/500克"),
    )
    assert head[0] == "元/500克"
    assert greens == ["青菜", "3.50", "7.00 元/公斤", "—"]
    assert beans == ["豆", "2.00", "4.00", "3.00"]


def test_nobody_says_yuan_for_others() -> None:
    """A price in euros is one in the table and on the thing's own page; one without unit has none."""
    made = content(PAGE, {"prices": [Price(id="a", item="酒", market="甲", value=6.9, unit="€")]}, estate=None)
    assert "元" not in repr(made.items) and "6.90 €" in repr(made.items)
    made = content(PAGE, {"prices": [Price(id="a", item="酒", market="甲", value=6.9)]}, estate=None)
    assert "元" not in repr(made)


def test_a_table_of_one_market_needs_no_market() -> None:
    """Wholesale lists name none: one column of prices, and no mean of one."""
    assert _cells(Price(id="a", item="青菜", value=3.5, unit="元/公斤")) == [["元/公斤", "价格"], ["青菜", "3.50"]]


@pytest.mark.parametrize("value", ["0", "0.00", 0, "0元/500克", "€0"])
def test_a_price_of_nothing_is_none(value: object) -> None:
    """A market that forgets one writes a nought: the row is quarantined, and told."""
    rows = [{"item": "青菜", "market": market, "value": found} for market, found in (("甲", value), ("乙", "3.5"))]
    parsed = parse("table", json.dumps(rows), record="price")
    assert [record.market for record in parsed.records] == ["乙"]  # type: ignore[union-attr]
    assert [problem.reason for problem in parsed.problems] == ["value: found 0, expected a price of more than 0"]


def test_a_price_of_nothing_counts_in_no_average() -> None:
    """Nor is it the best, wherever it comes from."""
    prices = [Price(id=name, item="青菜", market=name, value=value, unit="元") for name, value in
              (("a", 0.0), ("b", 2.0), ("c", 4.0))]  # fmt: skip
    body = content(PAGE, {"prices": prices}).body
    assert isinstance(body, Table)
    assert [column.label for column in body.columns[1:-1]] == ["b", "c"]
    assert [cell.text for cell in body.rows[0].cells] == ["青菜", "2.00", "4.00", "3.00"]


@pytest.mark.parametrize(
    ("currency", "language", "value", "said"),
    [
        ("EUR", "en", 2.5, "€2.50"), ("EUR", "en", 2, "€2"), ("EUR", "de", 2.5, "2,50 €"), ("EUR", "de", 2, "2 €"),
        ("JPY", "en", 120, "¥120"), ("JPY", "en", 120.5, "¥121"), ("JPY", "en", 119.5, "¥120"),
        ("KWD", "en", 1.25, "KWD 1.250"), ("KWD", "en", 0.0005, "KWD 0.001"), ("EUR", "en", 0.004, "€0.004"),
        ("EUR", "en", 2.675, "€2.68"), ("EUR", "en", 2.665, "€2.67"), ("EUR", "en", 0.125, "€0.13"),
        ("EUR", "en", 1234.5, "€1,234.50"), ("EUR", "en", 0, "€0"), ("EUR", "en", 12.999, "€13"),
    ],
)  # fmt: skip
def test_a_sum_has_the_decimals_of_its_currency(currency: str, language: str, value: float, said: str) -> None:
    """Half a unit up, as people reckon, and what is more than nothing is never said to be nothing."""
    assert currency_sum(value, currency, language).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("currency", "money", "value", "figure", "change"),
    [
        ("EUR", "€", 2.5, "2.50", "2.5"), ("JPY", "円", 119.5, "120", "120"), ("KWD", "KWD", 1.25, "1.250", "1.25"),
        ("CNY", "元", 3.125, "3.13", "3.1"), ("EUR", "¥", 120, "120", "120"), ("EUR", "€", 0.004, "0.004", ""),
        ("EUR", "", 0.05, "0.05", "0.1"), ("EUR", "", 0.04, "0.04", ""),
    ],
)  # fmt: skip
def test_a_price_has_the_decimals_of_its_money(
    currency: str, money: str, value: float, figure: str, change: str
) -> None:
    """Of a code or a sign; a word for it is the channel's own. A change has a decimal less."""
    say = Say("en", "Europe/Dublin", Manner(currency=currency))
    assert (say.price(value, money), say.price_change(value, money)) == (figure, change)
