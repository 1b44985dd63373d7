"""A bad row of estates.csv costs that row alone, and is named; distances are great circles."""

from __future__ import annotations

from pathlib import Path

import pytest

from channel.estates import distance_km, load_estates
from feeds.base.errors import NotFound, PersonError

HEAD = "id,name,town,lon,lat,area_code\n"


def _load(tmp_path: Path, rows: str) -> object:
    path = tmp_path / "estates.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return load_estates(path)


def test_rows_that_cannot_be_used_are_left_out_and_named(tmp_path: Path) -> None:
    estates = _load(
        tmp_path,
        "mh0001,景城花苑,莘庄镇,121.38,31.11,310112101001\n"
        "MH 2,坏号,莘庄镇,121.38,31.11,1\n"
        "mh0001,重复,莘庄镇,121.38,31.11,1\n"
        "district,不许,莘庄镇,121.38,31.11,1\n"
        "mh0004,无坐标,七宝镇,,,310112106001\n"
        "mh0005,天外,七宝镇,999,31,310112106001\n"
        "mh0006,短行\n",
    )
    assert list(estates) == ["mh0001", "mh0004", "mh0005", "mh0006"]  # type: ignore[call-overload]
    assert [p.line for p in estates.problems] == [3, 4, 5, 6, 7, 8]  # type: ignore[attr-defined]
    assert estates["mh0005"].lon is None and estates["mh0005"].distance_km(121, 31) is None  # type: ignore
    assert estates["mh0006"].town == ""  # type: ignore


def test_towns_and_codes_are_looked_up(tmp_path: Path) -> None:
    estates = _load(tmp_path, "b1,乙,七宝镇,121.3,31.1,31\na1,甲,莘庄镇,121.3,31.1,32\nc1,丙,七宝镇,121.3,31.1,31\n")
    assert {town: [e.id for e in found] for town, found in estates.towns.items()} == {  # type: ignore[attr-defined]
        "七宝镇": ["b1", "c1"], "莘庄镇": ["a1"],
    }  # fmt: skip
    assert [e.id for e in estates.by_area_code["31"]] == ["b1", "c1"]  # type: ignore[attr-defined]
    with pytest.raises(NotFound, match="'x9'"):
        estates["x9"]  # type: ignore[index]


def test_a_file_that_is_not_utf8_is_a_persons_mistake(tmp_path: Path) -> None:
    path = tmp_path / "estates.csv"
    path.write_bytes((HEAD + "a1,景城,莘庄镇,1,1,1\n").encode("gbk"))
    with pytest.raises(PersonError, match="not UTF-8"):
        load_estates(path)


def test_distances_are_great_circles() -> None:
    assert distance_km(121.0, 31.0, 121.0, 32.0) == pytest.approx(111.195, abs=0.01)
    assert distance_km(121.0, 31.0, 121.0, 31.0) == 0
    assert distance_km(0, 0, 180, 0) == pytest.approx(20015.1, abs=0.1)
