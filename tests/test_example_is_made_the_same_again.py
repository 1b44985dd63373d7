"""The example's files follow from a seed and a moment alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from simulator_fixture import EXAMPLE, contents, example_module

generate = example_module("generate")
base = example_module("district.base")
towns = example_module("district.towns")


def test_estates_are_the_committed_ones() -> None:
    """818 estates of thirteen towns, inside the district, each with a name of its own of at most eight Han."""
    assert towns.estates_csv() == (EXAMPLE / "estates.csv").read_bytes()
    estates = towns.estates()
    assert [e.id for e in estates] == [f"mh{number:04d}" for number in range(1, 819)]
    assert len({e.name for e in estates}) == 818
    assert max(len(e.name) for e in estates) <= 8
    assert len({e.town for e in estates}) == 13
    assert all(121.25 <= e.lon <= 121.57 and 30.98 <= e.lat <= 31.25 for e in estates)
    assert all(e.area_code.isdigit() and len(e.area_code) == 12 for e in estates)


@pytest.mark.parametrize("path", sorted(generate.files(base.FIRST_MOMENT)))
def test_records_are_the_committed_ones(path: str) -> None:
    """Making a document again gives the bytes that stand in ``records/``."""
    made = generate.files(base.FIRST_MOMENT)[path].at(base.FIRST_MOMENT)
    assert contents(path, made) == contents(path, (EXAMPLE / "records" / path).read_bytes())


def test_no_record_is_left_over() -> None:
    """``records/`` holds what is made, and nothing else; the whole stays small enough to be cloned without thought."""
    there = [path for path in (EXAMPLE / "records").rglob("*") if path.is_file()]
    assert {path.relative_to(EXAMPLE / "records").as_posix() for path in there} == set(
        generate.files(base.FIRST_MOMENT)
    )
    assert sum(path.stat().st_size for path in there) < 4_000_000


def test_values_move_with_the_moment() -> None:
    """Bicycles change by the minute, prices by the day, and what has no news stays byte for byte."""
    now, minute, day = (base.FIRST_MOMENT + timedelta(minutes=m) for m in (0, 1, 1440))
    bikes, prices = (base.FILES[path] for path in ("bikes/station_status.json", "market-prices.csv"))
    assert bikes.at(now) != bikes.at(minute)
    assert prices.at(now) == prices.at(minute) != prices.at(day)
