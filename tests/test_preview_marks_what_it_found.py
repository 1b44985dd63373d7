"""A finding leads to the document it is about and outlines there what it names, by the layout and not by guessing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from broadcaster.preview.marks import spot
from channel.paint.output import Finding
from channel.screen.pieces import Fill, Text
from channel.screen.screen import Link, Screen

NAME = "上海市闵行区中心医院门诊部大楼西侧入口旁边"
"""Longer than what a finding names an element by."""


def _text(words: str, x: int, y: int) -> Text:
    return Text(x, y, 400, 72, words, 36, "regular", "text", "panel", "left", x, 200)


def _screen(number: int) -> Screen:
    pieces = [Fill(0, 340, 1280, 2, "line"), _text(NAME, 64, 144), _text("内科…", 64, 216), _text("内科…", 640, 216)]
    links = [Link("h1", "201.h1", 64, 144, 640, 72, "row", 0), Link("p999", "999", 640, 144, 640, 72, "row", 0)]
    return Screen("201", "附近医院", number, 2, 1280, 720, pieces, links, [], 0, [])


def _screens(item: str) -> Sequence[Screen]:
    return [_screen(1), _screen(2)] if item in ("", "h17") else []


@pytest.mark.parametrize(
    ("page", "screen", "element", "sentence", "document", "boxes"),
    [
        ("201", 2, "h1", "out of the arrows' reach", "201-2", [(5.0, 20.0, 50.0, 10.0)]),
        ("201.h17", 1, "h1", "stands on p999: …", "i/201.h17", [(5.0, 20.0, 50.0, 10.0)]),
        ("201", 1, NAME[:20], "62 characters on a line", "201", [(5.0, 22.5, 15.62, 5.0)]),
        ("201", 1, "<rule> at 0,340", "1280 x 2 px, expected 3 px at least", "201", [(0.0, 47.22, 100.0, 0.28)]),
        (
            "201", 1, "<text>", "'内科门诊' is cut to '内科…' in 40 px", "201",
            [(5.0, 32.5, 15.62, 5.0), (50.0, 32.5, 15.62, 5.0)],
        ),
        ("201", 1, "<flow>", "12 rows on one screen, expected 9 at most", "201", []),
        ("201", 0, "201-2.html", "link to '999', which is not there", "201-2", [(50.0, 20.0, 50.0, 10.0)]),
        ("201", 0, "i/201.h17-2.json", "70000 bytes, the box takes 60000", "i/201.h17-2", []),
        ("201", 3, "h1", "out of the arrows' reach", "201-3", []),
        ("201", 0, "nothing that we know", "a sentence", "", []),
    ],
)  # fmt: skip
def test_each_kind_of_finding_stands_where_it_was_found(
    page: str, screen: int, element: str, sentence: str, document: str, boxes: list[tuple[float, ...]]
) -> None:
    """Links by their ids and targets, lines by their words, rules by their place; else the screen as a whole."""
    finding = Finding(level="fault", page=page, screen=screen, element=element, sentence=sentence)
    found = spot(finding, _screens)
    assert found.document == document
    assert found.boxes == tuple(pytest.approx(box, abs=0.01) for box in boxes)
