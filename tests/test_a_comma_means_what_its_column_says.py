"""A comma stands before decimals or between thousands: the column says which, or the source does, or nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from feeding import parse

from feeds.base.errors import PersonError


def column(*cells: str, record: str = "price", **more: Any) -> tuple[list[float | None], list[str]]:
    """(values, refused cells) of one column of prices."""
    rows = [{"item": f"第{number}种", "name": f"第{number}种", "value": cell} for number, cell in enumerate(cells)]
    parsed = parse("table", json.dumps(rows), record=record, **more)
    return [r.value for r in parsed.records], [p.value for p in parsed.problems]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (("6,90", "12,50"), [6.9, 12.5]),
        (("1.290,00", "6,90"), [1290.0, 6.9]),
        (("1,290", "6,90"), [1.29, 6.9]),
        (("1.290", "6,90"), [1290.0, 6.9]),
        (("1,290.00", "1,860"), [1290.0, 1860.0]),
        (("1,290", "12.5"), [1290.0, 12.5]),
        (("1 290,50", "1 290"), [1290.5, 1290.0]),
        (("1'290.50",), [1290.5]),
        (("121.473", "0.125"), [121.473, 0.125]),
        (("１，２３４.５", "−3"), [1234.5]),
        (("€1.290,00", "€6,90"), [1290.0, 6.9]),
        (("¥1,290.00", "3.5元"), [1290.0, 3.5]),
    ],
)
def test_a_column_proves_what_a_comma_is(cells: tuple[str, ...], values: list[float]) -> None:
    """One cell that can only be read one way decides for those that can be read in two."""
    assert column(*cells)[0] == values


def test_numbers_of_three_groups_prove_it_too() -> None:
    """No number has two decimal marks."""
    assert column("1,234,567", "1,290", record="reading")[0] == [1234567.0, 1290.0]
    assert column("1.234.567", "1.290", record="reading")[0] == [1234567.0, 1290.0]


@pytest.mark.parametrize(
    ("cells", "values", "refused"),
    [
        (("1,290", "860"), [860.0], ["1,290"]),
        (("6,90", "12.5", "1.290"), [12.5], ["6,90", "1.290"]),
        (("1,2,3", "38.0.0", "12 5", "6,", "1,,5", "6."), [6.0], ["1,2,3", "38.0.0", "12 5", "6,", "1,,5"]),
    ],
)
def test_what_nobody_says_is_quarantined(cells: tuple[str, ...], values: list[float], refused: list[str]) -> None:
    """``1,290`` beside ``860``, and a column that writes both ways: no number that may be a thousand times wrong."""
    assert column(*cells) == (values, refused)


def test_the_source_may_say_it() -> None:
    """``options.decimal`` counts for every column, and what does not fit it is refused."""
    assert column("1,290", "860", options={"decimal": "."}) == ([1290.0, 860.0], [])
    assert column("1,290", "860", options={"decimal": ","}) == ([1.29, 860.0], [])
    assert column("6,90", "12.5", options={"decimal": ","}) == ([6.9], ["12.5"])
    with pytest.raises(PersonError, match=r"source\.one\.options\.decimal: found ';', expected"):
        column("1", options={"decimal": ";"})


def test_the_reason_names_the_option() -> None:
    """The editor reads both readings and what decides between them."""
    rows = [{"item": "a", "market": "b", "value": "1,290"}]
    (problem,) = parse("table", json.dumps(rows), record="price").problems
    assert problem.reason == (
        "value: '1,290' may be 1290 or 1.29; the column does not say which, options.decimal does "
        '(decimal = "." or ",")'
    )


def test_a_count_has_no_decimals() -> None:
    """``1,200`` parking spaces are one thousand two hundred, full-width figures are figures, a dash is unknown."""
    text = '名称,总车位,剩余车位\n甲场,"1,200", 35 \n乙场,８０,—\n'
    fields = {"name": "名称", "capacity": "总车位", "available": "剩余车位"}
    parsed = parse("table", text, record="place", fields=fields)
    found: Any = parsed.records
    assert [(r.capacity, r.available) for r in found] == [(1200, 35), (80, None)]


def test_columns_decide_for_themselves() -> None:
    """Coordinates with points beside prices with commas; semicolons part the cells although commas are as many."""
    text = "name;lon;lat;value\n甲;121.412;31.112;6,90\n乙;121,412;31,112;1,290\n"
    found: Any = parse("table", text, record="reading").records
    assert [(r.lon, r.lat, r.value) for r in found] == [(121.412, 31.112, 6.9), (121.412, 31.112, 1.29)]
