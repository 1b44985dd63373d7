"""Totals, remarks, two-line heads, degrees and minutes, days since 1900, rounded numbers: as offices send tables."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from effort import within
from feeding import parse, sample

from feeds.base.errors import FormatError, PersonError

PLACE = {"name": "名称", "town": "街镇", "capacity": "床位"}


def names(text: str | bytes, **more: Any) -> list[str]:
    return [r.name for r in parse("table", text, **{"record": "place", "fields": PLACE, **more}).records]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "row",
    [
        "合计,,24", ",合计,24", ",总　计,24", "小计：,甲,24", "莘庄镇小计,,24", ",莘庄镇合计,24", "Total,,24",
        ",合计（2家）,24", ",共计2家,24", ",Grand Total,24", "平均,,12", "街镇,名称,床位", "注：数据截至11月,,",
        "数据来源：区卫健委,,", ",备注: 不含民办,",
    ],
)  # fmt: skip
def test_what_is_about_the_table_is_no_place(row: str) -> None:
    """Totals, means, remarks and a head that comes again are left out and said, and are not counted as bad rows."""
    parsed = parse("table", f"街镇,名称,床位\n莘庄镇,甲院,12\n{row}\n七宝镇,乙院,12\n", record="place", fields=PLACE)
    assert [r.name for r in parsed.records] == ["甲院", "乙院"]  # type: ignore[union-attr]
    assert (parsed.total, [p.position for p in parsed.problems]) == (2, ["line 3"])


@pytest.mark.parametrize(
    "name", ["总工会医院", "合计划餐厅", "共青森林公园", "Total 健身", "小计算机馆", "平均律琴行", "注：泾河"]
)
def test_a_place_may_be_called_like_that(name: str) -> None:
    """A word of totals inside a name sums up nothing."""
    assert names(f"街镇,名称,床位\n莘庄镇,{name},12\n") == [name]


def test_a_reading_may_be_a_sum_or_a_mean() -> None:
    """It is what some readings are called; and a headline may end in 合计."""
    readings: Any = parse("table", "name,value\n平均,3\n合计,4\n", record="reading").records
    assert [r.name for r in readings] == ["平均", "合计"]
    assert len(parse("table", "title\n前三季度收入合计\n", record="article").records) == 1


@pytest.mark.parametrize(
    "text",
    [
        "名称,坐标,,电话\n,经度,纬度,\n甲,121.4,31.1,1\n",
        "一览表\n名称,坐标,坐标,电话\n名称,经度,纬度,电话\n甲,121.4,31.1,1\n",
        "电话,制表：某某\n名称,坐标,,电话\n,经度,纬度,\n甲,121.4,31.1,1\n",
    ],
)  # fmt: skip
def test_a_head_of_two_lines_is_one(text: str) -> None:
    """The lower line parts what the upper draws together; a column has the lower name where there is one."""
    head = {"name": "名称", "lon": "经度", "lat": "纬度", "phone": "电话"}
    found: Any = parse("table", text, record="place", fields=head).records
    assert [(r.name, r.lon, r.lat) for r in found] == [("甲", 121.4, 31.1)]


def test_columns_of_one_name_have_the_upper_one_before_it() -> None:
    """上午人数 and 下午人数, where 人数 stands under both."""
    text = "名称,上午,,下午,\n,人数,备注,人数,备注\n甲,1,x,2,y\n"
    found: Any = parse("table", text, record="place", fields={"name": "名称", "queue": "下午人数"}).records
    assert [(r.name, r.queue) for r in found] == [("甲", 2)]


def test_a_first_row_of_words_is_no_head() -> None:
    """A row that leaves cells empty is still a row."""
    text = "name,address,town,note\n甲,,莘庄镇,好\n乙,路1号,,\n,路2号,,\n"
    assert names(text, fields={}) == ["甲", "乙"]


def _merged(below: str) -> bytes:
    """A workbook with a title, a head of two lines with merged cells, a town across rows and a total."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["公厕一览表", None, None, None, None], ["街镇", "名称", "坐标", None, "电话"],
        [None, None, "经度", "纬度", None],
        ["莘庄镇", "甲厕", 121.41, 31.11, 13800001111], [None, "乙厕", 121.42, 31.12, None],
        ["合计", "2座", None, None, None],
    ):  # fmt: skip
        sheet.append(row)
    for area in ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "A4:A5", below):
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_merged_heads_and_towns_are_read() -> None:
    """Titles are passed over, merged cells count for each row, a merged total is one."""
    fields = {"name": "名称", "town": "街镇", "lon": "经度", "lat": "纬度", "phone": "电话"}
    found: Any = parse("table", _merged("B6:E6"), record="place", fields=fields).records
    assert [(r.name, r.town, r.lon, r.phone) for r in found] == [
        ("甲厕", "莘庄镇", 121.41, "13800001111"), ("乙厕", "莘庄镇", 121.42, ""),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["xls_merged_town.xls", "xlsx_merged_town.xlsx"])
def test_a_real_workbooks_merged_town_is_each_rows(name: str) -> None:
    """In old workbooks as in new ones."""
    fields = {"town": "街道", "name": "名称", "address": "地址"}
    found: Any = parse("table", sample("tries", name).read_bytes(), record="place", fields=fields).records
    assert [(r.name, r.town) for r in found] == [(n, "江川路街道") for n in ("甲站", "乙站", "丙站")]


def test_many_merged_cells_take_no_longer_than_their_sheet() -> None:
    """Twenty thousand areas of a hundred thousand rows each are not gone through row by row."""
    from feeds.formats._sheets import spread

    with within(20):
        spread([(number, ["a", "b"]) for number in range(1, 5)], [(1, 0, 99_999, 1)] * 20_000)


SPOT = (121.41, 31.11)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("121°24′36″", "31°06′36″"), ("121°24'36\"E", "31°06'36\"N"), ("１２１．４１", "３１．１１"),
        ("121.41E", "31.11N"),
        ("E121.41", "N31.11"), ("东经121.41", "北纬31.11"), ("121.41°", "31.11°"), ("121°24.6′", "31°6.6′"),
        ("121:24:36", "31:06:36"), ("121 24 36", "31 06 36"), ("121º24’36”", "31º06’36”"),
        ("东经121度24分36秒", "北纬31度6分36秒"), ("121,41", "31,11"), (" 121.41 ", " 31.11 "),
        ("121°24′36,0″E", "31°06′36,0″N"), ("1.2141E2", "3.111E1"), ("121°24′36″ E", "31°06′36″ N"),
        ("121.41,31.11", ""), ("31.11,121.41", ""), ("121.41；31.11", ""), ("121.41 31.11", ""),
        ("", "(121.41, 31.11)"),
        ("POINT (121.41 31.11)", ""), ("121°24′36″E，31°06′36″N", ""), ("N31.11 E121.41", "N31.11 E121.41"),
    ],
)  # fmt: skip
def test_degrees_are_read_however_they_are_written(lon: str, lat: str) -> None:
    """Minutes and seconds, letters, words, full-width figures, both in one cell in any order."""
    (place,) = parse("table", json.dumps([{"name": "甲", "lon": lon, "lat": lat}]), record="place").records
    assert (place.lon, place.lat) == SPOT  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        ("31.11N", "121.41E", "lon: '31.11N': found N, expected E or W"),
        ("121°70′", "31", "lon: \"121°70'\" is not degrees, minutes and seconds"),
        ("-121.4W", "31", "lon: '-121.4W': found a sign and a letter, expected one of them"),
        ("40.7,-74.0", "", "'40.7' and '-74.0': either may be the longitude; give them a column each"),
        ("1213.76", "31", "lon: found 1213.76, expected a number of at most 180"),
        ("待测", "31", "lon: '待测' is not a number of degrees"),
    ],
)
def test_what_is_no_position_is_said(lon: str, lat: str, reason: str) -> None:
    """Swapped columns, minutes beyond 60, two numbers of which either may be the longitude."""
    parsed = parse("table", json.dumps([{"name": "甲", "lon": lon, "lat": lat}]), record="place")
    assert (parsed.records, [p.reason for p in parsed.problems]) == ((), [reason])


def published(*cells: object, **more: Any) -> list[str | None]:
    """The days and hours of one column, as written in the district; None for what was refused."""
    rows = [{"title": f"第{number}条", "published": cell} for number, cell in enumerate(cells)]
    found: Any = parse("table", json.dumps(rows), record="article", **more).records
    by_title = {r.title: r.published.astimezone(UTC).strftime("%Y-%m-%d %H:%M") for r in found}
    return [by_title.get(f"第{number}条") for number in range(len(cells))]


def test_a_spreadsheets_days_are_dates() -> None:
    """41892 is 10 September 2014, as text and as a number, with the hour as its fraction."""
    assert published("41892", 41892, "４１８９２", 41892.0, "46350.3416667", 46350.75) == [
        *["2014-09-09 16:00"] * 4, "2026-11-24 00:12", "2026-11-24 10:00",
    ]  # fmt: skip
    found: Any = parse("table", "group,name,date\n内科,甲,41892\n", record="session").records
    assert found[0].date == "2014-09-10"
    assert published("5", 5, 0.34, 123.5, "1234567") == [None] * 5


def test_days_of_a_workbook_from_1904_are_counted_from_there() -> None:
    """A number without a date's format, too."""
    book = openpyxl.Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - openpyxl's own constant
    for row in (["title", "published"], ["甲", 41892 - 1462]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    found: Any = parse("table", out.getvalue(), record="article").records
    assert found[0].published == datetime(2014, 9, 9, 16, tzinfo=UTC)


def test_the_order_of_a_date_is_declared_and_never_guessed() -> None:
    """11/12/2026 is in December or in November; without ``options.dates`` it is refused, and the reason says so."""
    cells = ("29.11.2026 18:00", "11/12/2026 5:30 PM", "1-2-2026", "2026-11-29 12:05 a.m.", "29.11.2026, 17.30")
    iso = "2026-11-28 16:05"
    assert published(*cells) == [None, None, None, iso, None]
    assert published(*cells, options={"dates": "dmy"}) == [
        "2026-11-29 10:00", "2026-12-11 09:30", "2026-01-31 16:00", iso, "2026-11-29 09:30",
    ]  # fmt: skip
    assert published(*cells, options={"dates": "mdy"}) == [None, "2026-11-12 09:30", "2026-01-01 16:00", iso, None]
    rows = [{"title": "甲", "published": cells[1]}]
    (problem,) = parse("table", json.dumps(rows), record="article").problems
    assert "options.dates does" in problem.reason
    with pytest.raises(PersonError, match=r"options\.dates: found 'dym', expected one of: dmy, mdy"):
        published("1", options={"dates": "dym"})


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("2.164120012E10", "21641200120"), ("1.3800001111E10", "13800001111"), ("1.3800001111E+10", "13800001111"),
        ("55500102.0", "55500102"), ("021-55500102.0", "021-55500102"), (1.3800001111e10, "13800001111"),
        ("2.1E+10", ""), ("1.38E+10", ""), ("2.16412E10", ""), ("021-5550 0101", "021-5550 0101"), ("12345", "12345"),
    ],
)  # fmt: skip
def test_a_number_that_a_spreadsheet_spoiled_is_restored_or_left_out(cell: object, phone: str) -> None:
    """All digits there: the number; rounded: the row without it, and said. Never on air as 2.1E+10."""
    parsed = parse("table", json.dumps([{"name": "甲", "phone": cell}]), record="place")
    assert [r.phone for r in parsed.records] == [phone]  # type: ignore[union-attr]
    assert [p.reason[:18] for p in parsed.problems] == ([] if phone else ["phone was left out"])
    if not phone:
        (problem,) = parse("table", json.dumps([{"name": "甲", "phone": cell}]), record="contact").problems
        assert "a spreadsheet rounded" in problem.reason


def test_a_line_that_names_the_separator_is_heeded() -> None:
    """``sep=;`` above the head, as spreadsheets write it."""
    assert names("sep=;\n名称;地址\n甲,乙;路1号\n", fields={"name": "名称"}) == ["甲,乙"]
    assert names("sep=|\n名称|地址\n甲;乙;丙|路;1;号\n", fields={"name": "名称"}) == ["甲;乙;丙"]


def test_of_two_columns_of_one_name_the_first_counts() -> None:
    """The second is often a remainder of an older table, and empty."""
    found: Any = parse("table", "name,phone,phone\n甲,1,\n乙,2,3\n", record="contact").records
    assert [r.phone for r in found] == ["1", "2"]


def test_what_is_wrong_is_said_in_sentences() -> None:
    """Field, what was found, what was expected; no word of a library."""
    rows = [
        {"name": "长" * 300}, {"name": ""}, {"name": "甲", "lon": 999, "lat": 1}, {"name": "乙", "capacity": -1},
        {"name": "丙", "capacity": 1.5}, {"name": "丁", "note": {"a": 1}}, {"name": "戊", "queue": 10**400},
    ]  # fmt: skip
    reasons = [p.reason for p in parse("table", json.dumps(rows), record="place").problems]
    assert reasons == [
        "name: 300 characters, expected at most 120",
        "name: found nothing, expected a value, for every row needs one",
        "lon: found 999, expected a number of at most 180",
        "capacity: found -1, expected a whole number of at least 0",
        "capacity: found 1.5, expected a whole number",
        "note: found a table, expected text",
        "queue: found a number of about 398 digits, expected a whole number of at most 1000000",
    ]


@pytest.mark.parametrize(
    "body",
    [b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rubbish", b'{"a": [1, 2', b'name\n"' + b"x" * 4_000_001],
)  # fmt: skip
def test_a_whole_that_cannot_be_read_is_said_in_sentences(body: bytes) -> None:
    """No library's message comes through."""
    with pytest.raises(FormatError) as caught:
        parse("table", body, record="place")
    for word in ("zip", "Zip", "delimiter", "Expecting", "limit (", "Calamine", "Cfb", "OLE"):
        assert word not in str(caught.value)
