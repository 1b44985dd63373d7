"""Cell by cell the same as openpyxl and calamine give, and never longer than in proportion."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from effort import within
from feeding import SAMPLES, parse

from feeds.formats._xls import read_xls
from feeds.formats._xlsx import read_xlsx

FILES = [*(SAMPLES / "xlsx").glob("*"), *(SAMPLES / "tries").glob("xls*")] if SAMPLES.exists() else []


def plain(value: Any) -> str:
    """A cell in words that every reader can be brought to: midnight is the day, 12.0 is 12, nothing is empty."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds() // 3600:02.0f}:{value.total_seconds() % 3600 // 60:02.0f}"
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat().replace("T", " ")
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or str(value).startswith("#") else str(value).strip()


def filled(rows: list[list[Any]]) -> list[list[str]]:
    """The rows that hold anything, without empty cells at their ends."""
    found = []
    for row in rows:
        cells = [plain(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append(cells)
    return found


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".xlsx"], ids=lambda path: path.name)
def test_a_sheet_is_what_openpyxl_reads(path: Path) -> None:
    """Every sheet of every sample; merged cells hold the value of their first."""
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for area in sheet.merged_cells.ranges:
            for row in range(area.min_row, min(area.max_row, len(rows)) + 1):
                for column in range(area.min_col, area.max_col + 1):
                    rows[row - 1].extend([None] * (column - len(rows[row - 1])))
                    rows[row - 1][column - 1] = rows[area.min_row - 1][area.min_col - 1]
        ours = [cells for _, cells in read_xlsx(path.read_bytes(), sheet.title).lines]
        assert filled(ours) == filled(rows)


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".xls"], ids=lambda path: path.name)
def test_an_old_sheet_is_what_calamine_reads(path: Path) -> None:
    """But for merged cells, which calamine leaves empty and names beside."""
    import python_calamine

    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    rows = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [rows[top][left]] * (right + 1 - left)
    ours = [cells for _, cells in read_xls(path.read_bytes(), "").lines]
    assert filled(ours) == filled(rows)


def book_with(**parts: str) -> bytes:
    """A small workbook in which these texts of its style sheet and its strings are replaced."""
    book = openpyxl.Workbook()
    book.active.append(["name", "published"])
    book.active.append(["NAME", 46350])
    book.active["B2"].number_format = "FORMAT"
    out, changed = io.BytesIO(), io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name).decode()
            for word, text in parts.items():
                data = data.replace(word, text)
            new.writestr(name, data)
    return changed.getvalue()


@pytest.mark.parametrize("mark", ["[", "&quot;", "[a", "\\", "_", "*", "[&quot;", "]", "a[", "[[]"])
def test_a_long_number_format_takes_no_longer_than_its_length(mark: str) -> None:
    """Four hundred thousand brackets once kept a reader busy for days."""
    with within(10):
        read_xlsx(book_with(FORMAT=mark * 400_000), "")


def test_a_bracket_in_a_format_is_no_date() -> None:
    """[Red] and 'h' in quotes are no hours; yyyy behind them is a year."""
    for code, day in (("[Red]0", "46350"), ("&quot;h&quot;0", "46350"), ("[$-804]yyyy", "2026-11-24")):
        lines = read_xlsx(book_with(FORMAT=code), "").lines
        assert plain(lines[1][1][1]) == day


def test_escaped_characters_are_what_they_stand_for() -> None:
    """_x0041_ is A, as the standard bids (ECMA-376, 22.9.2.19)."""
    body = book_with(NAME="_x0041_座_x000D_")
    assert [r.name for r in parse("table", body, record="place").records] == ["A座"]  # type: ignore[union-attr]
