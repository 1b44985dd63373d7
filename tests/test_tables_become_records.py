"""CSV, TSV, JSON, JSON lines, XLSX and XML rows become records of the declared kind, through a field map."""

from __future__ import annotations

import contextlib
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from effort import within
from feeding import NOW, parse, sample, source

from feeds.base.errors import FormatError, ParseError, PersonError
from feeds.formats import Document
from feeds.parsing import shared
from feeds.records import Place

PLACES = [
    {"名称": "第五人民医院", "经度": "121.42", "纬度": "31.02", "电话": "021-5550 0101", "床位": "12"},
    {"名称": "古美社区卫生中心", "经度": "121.39", "纬度": "31.14", "电话": "021-5550 0102", "床位": ""},
]
FIELDS = {"name": "名称", "lon": "经度", "lat": "纬度", "phone": "电话", "available": "床位"}


def separated(rows: list[dict[str, str]], mark: str = ",") -> str:
    lines = [mark.join(rows[0]), *(mark.join(row.values()) for row in rows)]
    return "\r\n".join(lines) + "\r\n"


def workbook(rows: list[list[Any]], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_xml(rows: list[dict[str, str]]) -> str:
    cells = ("".join(f"<{k}>{v}</{k}>" for k, v in row.items()) for row in rows)
    return "<数据>" + "".join(f"<行>{row}</行>" for row in cells) + "</数据>"


@pytest.mark.parametrize(
    "body",
    [
        separated(PLACES).encode(),
        separated(PLACES).encode("utf-8-sig"),
        separated(PLACES).encode("gbk"),
        separated(PLACES).encode("gb18030"),
        separated(PLACES, "\t").encode(),
        separated(PLACES, ";").encode("utf-16"),
        json.dumps(PLACES).encode(),
        json.dumps({"code": 0, "data": {"total": 2, "items": PLACES}}, ensure_ascii=False).encode("gbk"),
        "\n".join(json.dumps(row) for row in PLACES).encode(),
        workbook([list(PLACES[0]), *(list(row.values()) for row in PLACES)]),
        as_xml(PLACES).encode(),
    ],
    ids=[
        "csv",
        "csv-bom",
        "csv-gbk",
        "csv-gb18030",
        "tsv",
        "utf-16",
        "json",
        "json-nested-gbk",
        "json-lines",
        "xlsx",
        "xml",
    ],
)
def test_every_shape_gives_the_same_records(body: bytes) -> None:
    """The same rows in any container and encoding are the same records with the same ids."""
    parsed = parse("table", body, record="place", fields=FIELDS, constants={"kind": "医院"})
    expected = parse("table", separated(PLACES), record="place", fields=FIELDS, constants={"kind": "医院"})
    assert parsed.records == expected.records
    assert parsed.problems == ()
    first = parsed.records[0]
    assert isinstance(first, Place)
    assert (first.name, first.lon, first.lat, first.available, first.kind) == (
        "第五人民医院",
        121.42,
        31.02,
        12,
        "医院",
    )


def test_big5_tables_are_read() -> None:
    """Traditional characters, without any label."""
    rows = [{"name": "臺北榮民總醫院門診大樓"}, {"name": "國立臺灣大學醫學院附設醫院"}]
    parsed = parse("table", separated(rows).encode("big5hkscs"), record="place")
    assert [r.name for r in parsed.records] == [row["name"] for row in rows]  # type: ignore[union-attr]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_real_table_is_read_whole(codec: str) -> None:
    """449 stations that somebody really published, in both encodings, with the same ids."""
    name = "shanghai_urban.csv" if codec == "utf-8" else "shanghai_urban.gb18030.csv"
    parsed = parse("table", sample("csv", name).read_bytes(), record="place", fields={"kind": "type"})
    assert (len(parsed.records), parsed.problems) == (449, ())
    assert parsed.records[0].name == "人民广场(地铁站)"  # type: ignore[union-attr]


def test_a_bad_row_is_quarantined_and_the_others_are_used() -> None:
    """Reason, position and value are kept; the neighbours do not notice."""
    text = (
        separated(PLACES) + "坏的一行,百二十,31.0,,\r\n远的一行,999,31.0,,\r\n,121,31,,\r\n散的一行,121,31,1,2,3,4\r\n"
    )
    parsed = parse("table", text, record="place", fields=FIELDS)
    assert (len(parsed.records), parsed.total) == (2, 6)
    assert [(p.position, p.value) for p in parsed.problems] == [
        ("line 4", "百二十"), ("line 5", "999"), ("line 6", ""), ("line 7", "散的一行,121,31,1,2,3,4"),
    ]  # fmt: skip
    assert "not a number" in parsed.problems[0].reason
    assert parsed.problems[1].reason == "lon: found 999, expected a number of at most 180"
    assert parsed.problems[2].reason == "name: found nothing, expected a value, for every row needs one"


def test_the_later_of_two_equal_ids_is_quarantined() -> None:
    """One id, one record: the first."""
    parsed = parse("table", json.dumps([{"id": "a", "name": "一"}, {"id": "a", "name": "二"}]), record="place")
    assert [r.name for r in parsed.records] == ["一"]  # type: ignore[union-attr]
    assert (parsed.problems[0].position, parsed.problems[0].value) == ("row 2", "a")


def test_rows_without_an_id_of_their_own_are_told_apart() -> None:
    """Two buses of one line at one minute are two; a row that is there twice is there once; ids stay as they are."""
    text = "stop,line,departs,platform\nA,1,08:00,1\nA,1,08:00,2\nA,1,08:00,1\nA,1,08:00,3\n"
    parsed = parse("table", text, record="departure")
    assert [r.platform for r in parsed.records] == ["1", "2", "3"]  # type: ignore[union-attr]
    assert [(p.position, p.reason) for p in parsed.problems] == [("line 4", "the id was there before in this feed")]
    assert len({r.id for r in parsed.records}) == 3
    more = parse("table", text + "B,1,08:00,1\n", record="departure").records
    assert [r.id for r in more][:3] == [r.id for r in parsed.records]


def test_more_rows_than_allowed_are_left_out_and_said() -> None:
    """The first ones count; the others are neither invalid nor silent."""
    text = "name,phone\n,1\n" + "".join(f"第{n}号,{n}\n" for n in range(30))
    parsed = parse("table", text, record="contact", max_items=10)
    assert (len(parsed.records), parsed.total) == (10, 11)
    assert [p.reason for p in parsed.problems][-1] == "more than 10 items: the rest was left out"


def test_many_rows_alike_cost_no_more_than_others() -> None:
    """Twenty thousand rows of one name are told apart in a moment."""
    text = "name,phone\n" + "".join(f"热线,{n}\n" for n in range(20_000))
    with within(10):
        parsed = parse("table", text, record="contact", fields={"name": "name", "phone": "", "note": "phone"},
                       constants={"phone": "1"})  # fmt: skip
    assert len({r.id for r in parsed.records}) == 20_000


def test_lists_come_from_arrays_and_from_marked_cells() -> None:
    """Steps and facts are written as arrays in JSON and with ``|`` and ``：`` in a cell, to the same effect."""
    steps = [["带齐证件", "身份证原件"], ["取号", "一楼大厅：左手边"]]
    cell = "带齐证件：身份证原件|取号：一楼大厅：左手边"
    expected = (("带齐证件", "身份证原件"), ("取号", "一楼大厅：左手边"))
    for value in (steps, cell, dict(steps), [{"head": a, "line": b} for a, b in steps], cell.split("|")):
        rows = [{"title": "结婚登记", "steps": value, "bring": "户口簿|身份证"}]
        record: Any = parse("table", json.dumps(rows), record="guide").records[0]
        assert record.steps == expected
        assert record.bring == ("户口簿", "身份证")
    record = parse("table", f'title,steps,bring\r\n结婚登记,"{cell}",户口簿|身份证\r\n', record="guide").records[0]
    assert (record.steps, record.bring) == (expected, ("户口簿", "身份证"))


def test_a_field_map_may_be_an_expression() -> None:
    """In JSON a field can be any JMESPath; ``rows`` too."""
    body = {"结果": {"list": [{"geo": {"p": [121.4, 31.1]}, "tel": ["1", "2"], "titles": {"zh": "名"}, "x y": "3"}]}}
    fields = {"name": "titles.zh", "lon": "geo.p[0]", "lat": "geo.p[1]", "phone": "tel", "capacity": "x y", "note": ""}
    record: Any = parse("table", json.dumps(body), record="place", rows='"结果".list', fields=fields).records[0]
    assert (record.name, record.lon, record.lat, record.phone, record.capacity) == ("名", 121.4, 31.1, "1, 2", 3)


def test_moments_without_an_offset_are_shanghai_time() -> None:
    """A wall clock is the district's; a bare hour is today's, and may run past midnight."""
    rows = [
        {"stop": "s", "line": str(n), "departs": text}
        for n, text in enumerate(("2026-11-24 08:12", "2026-11-24T08:12:00+09:00", "9:05", "25:10"))
    ]
    found: Any = parse("table", json.dumps(rows), record="departure").records
    assert [r.departs for r in found] == [
        datetime(2026, 11, 24, 0, 12, tzinfo=UTC), datetime(2026, 11, 23, 23, 12, tzinfo=UTC),
        datetime(2026, 11, 24, 1, 5, tzinfo=UTC), datetime(2026, 11, 24, 17, 10, tzinfo=UTC),
    ]  # fmt: skip


def test_a_workbook_gives_values_never_formulas() -> None:
    """A formula counts as its last value; an error cell and a missing value count as nothing; nothing is run."""
    rows = [
        ["name", "phone", "note"],
        ["甲", '=WEBSERVICE("http://127.0.0.1:1/")', date(2026, 11, 24)],
        ["乙", 12345.0, None],
    ]
    found: Any = parse("table", workbook(rows), record="contact").records
    # A formula that was never calculated has no value: the row lacks its number.
    assert [(r.name, r.phone) for r in found] == [("乙", "12345")]


def test_a_sheet_is_chosen_by_name() -> None:
    """``rows`` names the sheet, and a missing one is named with those that are there."""
    body = workbook([["name", "phone"], ["甲", "1"]], "电话")
    assert len(parse("table", body, record="contact", rows="电话").records) == 1
    with pytest.raises(FormatError, match="电话"):
        parse("table", body, record="contact", rows="别的")


@pytest.mark.parametrize(("name", "column"), [
    ("date.xls", "2021-01-01"), ("date.xlsx", "2021-01-01"), ("issues.xlsx", "1"), ("merge_cells.xlsx", "Row Merge"),
    ("xls_formula.xls", "10.0"),
])  # fmt: skip
def test_real_workbooks_are_read(name: str, column: str) -> None:
    """Workbooks of all ages open; a column is known by what stands in the first line, and only then."""
    body = sample("xlsx", name).read_bytes()
    assert parse("table", body, record="guide", fields={"title": column}).total > 0
    with pytest.raises(FormatError, match="none of the columns"):
        parse("table", body, record="guide")


def corner(body: bytes, reference: str = "XFD1048576") -> bytes:
    """The workbook with one more cell, far away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                row = "".join(filter(str.isdigit, reference))
                stray = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row></sheetData>'
                data = data.replace(b"</sheetData>", stray.encode())
            new.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("reference", ["XFD1048576", "ZZZ9999999", "A1048576", "XFD4"])
def test_a_stray_cell_in_the_last_corner_costs_nothing(reference: str) -> None:
    """Such cells are common, and a reader that builds the grid would ask for gigabytes."""
    body = corner(workbook([["name", "phone"], ["甲", "1"], ["乙", "2"]]), reference)
    tracemalloc.start()
    try:
        with contextlib.suppress(FormatError):
            assert [r.name for r in parse("table", body, record="contact").records] == ["甲", "乙"]  # type: ignore[union-attr]
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20_000_000


def test_a_title_above_the_table_is_no_header() -> None:
    """The header is the line that has the columns, in a workbook and in a CSV; ``options.header`` overrules."""
    rows = [["2026年电话一览"], [], ["单位：人", None, "制表：某某"], ["名称", "电话"], ["供电", "95598"]]
    fields = {"name": "名称", "phone": "电话"}
    text = "\n".join(",".join(str(cell or "") for cell in row) for row in rows)
    for body in (workbook(rows), text.encode("gbk")):
        found: Any = parse("table", body, record="contact", fields=fields).records
        assert [(r.name, r.phone) for r in found] == [("供电", "95598")]
    other = parse("table", text, record="contact", fields={"name": "供电", "phone": "95598"}, options={"header": 5})
    assert other.total == 0
    with pytest.raises(PersonError, match=r"options\.header"):
        parse("table", text, record="contact", options={"header": "x"})


def test_merged_cells_count_for_each_row() -> None:
    """A town that is written once across three rows is each row's town."""
    book = openpyxl.Workbook()
    for row in (["街镇", "name", "phone"], ["莘庄镇", "甲", "1"], [None, "乙", "2"], [None, "丙", "3"]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    out = io.BytesIO()
    book.save(out)
    found: Any = parse("table", out.getvalue(), record="place", fields={"town": "街镇"}).records
    assert [r.town for r in found] == ["莘庄镇", "莘庄镇", ""]


def test_dates_in_workbooks_are_dates() -> None:
    """Whatever format they are shown in, and never the days since 1900."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["title", "published", "begins", "summary"])
    sheet.append(["甲", datetime(2026, 11, 24, 8, 12), date(2026, 11, 25), date(2026, 11, 26)])  # noqa: DTZ001
    sheet["B2"].number_format = 'yyyy"年"m"月"d"日" hh:mm'
    sheet["C2"].number_format = "[$-804]m/d/yy"
    sheet.append(["乙", None, None, 46350])
    out = io.BytesIO()
    book.save(out)
    first, second = parse("table", out.getvalue(), record="article").records
    assert first.published == datetime(2026, 11, 24, 0, 12, tzinfo=UTC)  # type: ignore[union-attr]
    assert first.begins == datetime(2026, 11, 24, 16, tzinfo=UTC)  # type: ignore[union-attr]
    assert (first.summary, second.summary) == ("2026-11-26", "46350")  # type: ignore[union-attr]


def test_an_old_workbook_cannot_take_the_process_along() -> None:
    """Whatever a damaged file makes its reader do happens elsewhere, and is an error here."""
    body = bytearray(sample("xlsx", "xls_formula.xls").read_bytes())
    feed = source("table", record="guide", fields={"title": "10.0"})
    for at in range(512, 20_000, 1_777):
        damaged = bytearray(body)
        damaged[at : at + 8] = b"\xff" * 8
        with contextlib.suppress(FormatError, ParseError):
            shared().parse(feed, [Document(url="u", body=bytes(damaged))], NOW)


def test_a_zip_bomb_is_refused() -> None:
    """A workbook that unpacks to far more than it weighs is not unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 250_000_000)
    with pytest.raises(FormatError, match="unpacks to"):
        parse("table", out.getvalue(), record="contact")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x00" * 50, b"[" * 200_000, b'{"a":' * 200_000, b"[" * 100 + b"]" * 99, b'{"a": 1',
        b"[1, 2, 3]", b'"text"',
        b"<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>", b"PK\x03\x04rubbish",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rubbish", b"[" + b"9" * 10_000 + b"]",
    ],
)  # fmt: skip
def test_what_holds_no_rows_is_refused_or_empty(body: bytes) -> None:
    """Nesting bombs, rubbish and error pages raise FormatError or give nothing; never anything else."""
    with contextlib.suppress(FormatError):
        assert parse("table", body, record="contact").records == ()


def test_another_table_is_refused() -> None:
    """When every mapped column is missing, it is not our table any more."""
    with pytest.raises(FormatError, match="none of the columns"):
        parse("table", "a,b\n1,2\n", record="place", fields={"name": "名称", "lon": "经度"})


def test_a_source_without_a_record_kind_is_the_editors_mistake() -> None:
    """The message names the source and the kinds that there are."""
    with pytest.raises(PersonError, match=r"source\.one\.record"):
        parse("table", "a\n1\n")


def test_numbers_keep_their_meaning() -> None:
    """Full-width digits and thousands separators are numbers, a dash is nothing, NaN and infinity are refused."""
    rows = [
        {"name": f"n{n}", "value": value}
        for n, value in enumerate(["１２.5", "1,234", "--", "nan", "inf", "1e999", True])
    ]
    parsed = parse("table", json.dumps(rows), record="reading")
    assert [r.value for r in parsed.records] == [12.5, 1234.0, None, None]  # type: ignore[union-attr]
    assert len(parsed.problems) == 3


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_chinese_coordinates_become_wgs84(system: str) -> None:
    """A point that a Chinese map shifted comes back to where it is (the People's Square of Shanghai)."""
    shifted = {"gcj02": (121.4752, 31.2289), "bd09": (121.4817, 31.2347)}[system]
    rows = [{"name": "人民广场", "lon": shifted[0], "lat": shifted[1]}]
    record: Any = parse("table", json.dumps(rows), record="place", coordinates=system).records[0]
    assert record.lon == pytest.approx(121.4706, abs=0.0006)
    assert record.lat == pytest.approx(31.2308, abs=0.0006)
