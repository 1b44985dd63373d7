"""Opening hours are read as OpenStreetMap writes them, and what is not understood is unknown, never wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from view_inputs import SAY, at

from channel.views._hours import in_words, parse_hours, state_at
from feeds.base.clock import local


def _at(text: str, moment: str) -> tuple[bool, str, str | None]:
    hours = parse_hours(text)
    assert hours is not None
    state = state_at(hours, at(moment), SAY)
    span = "" if state.span is None else f"{local(state.span[0]):%H:%M}-{local(state.span[1]):%H:%M}"
    return state.open, span, None if state.changes is None else f"{local(state.changes):%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("Mo-Fr 08:00-17:00", "08:12", (True, "08:00-17:00", "24 17:00")),
        ("Mo-Fr 08:00-17:00", "07:59", (False, "08:00-17:00", "24 08:00")),
        ("Mo-Fr 08:00-17:00", "17:00", (False, "", "25 08:00")),
        ("Mo-Fr 08:00-11:30,13:30-16:30", "12:00", (False, "13:30-16:30", "24 13:30")),
        ("Sa 09:00-12:00", "08:12", (False, "", "28 09:00")),
        ("Mo-Su 18:00-06:00", "05:00", (True, "18:00-06:00", "24 06:00")),
        ("Mo-Su 18:00-30:00", "05:00", (True, "18:00-06:00", "24 06:00")),
        ("Mo-Fr 08:00-17:00; Tu off", "08:12", (False, "", "25 08:00")),
        ("Mo,We,Fr 08:00-17:00", "08:12", (False, "", "25 08:00")),
        ("Sa-Mo 08:00-17:00", "08:12", (False, "", "28 08:00")),
        ("08:00-24:00", "23:59", (True, "08:00-00:00", "25 00:00")),
        ("Mo-Fr 08:00-17:00; PH off", "08:12", (True, "08:00-17:00", "24 17:00")),
        ("24/7", "03:00", (True, "00:00-00:00", None)),
    ],
)
def test_state_at_a_moment(text: str, moment: str, expected: tuple[bool, str, str | None]) -> None:
    assert _at(text, moment) == expected


@pytest.mark.parametrize(
    "text",
    ["", "每天早上", "Mo-Fr 8点到5点", "Jan-Mar 08:00-17:00", "Mo-Fr 25:00-26:00",
     "Mo-Fr 08:61-09:00", "Xx 08:00-09:00",
     "Mo-Fr-Su 08:00-09:00", "sunrise-sunset", "Mo-Fr 08:00+"],
)  # fmt: skip
def test_what_is_not_understood_is_unknown(text: str) -> None:
    assert parse_hours(text) is None


@given(st.text(max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    hours = parse_hours(text)
    if hours is not None:
        state_at(hours, at("08:12"), SAY)
        in_words(text, SAY)


@given(
    st.sampled_from(["Mo-Fr 08:00-11:30,13:30-16:30; Sa 09:00-12:00", "Mo-Su 18:00-06:00", "Su 07:15-26:00", "24/7"]),
    st.integers(0, 7 * 24 * 60),
)
def test_nothing_changes_before_the_moment_it_names(text: str, minutes: int) -> None:
    hours = parse_hours(text)
    assert hours is not None
    moment = at("2026-11-23T00:00") + timedelta(minutes=minutes)
    state = state_at(hours, moment, SAY)
    if state.changes is None:
        assert text == "24/7"
        return
    assert state.changes > moment
    just_before = state_at(hours, state.changes - timedelta(seconds=1), SAY)
    assert just_before.open == state.open
    assert state_at(hours, state.changes, SAY).open != state.open


def test_a_person_reads_them_in_words() -> None:
    assert in_words("Mo-Fr 08:00-17:00; Sa 09:00-12:00", SAY) == "周一至周五 08:00–17:00，周六 09:00–12:00"
    assert in_words("Mo-Su 18:00-06:00", SAY) == "每天 18:00–06:00"
    assert in_words("24/7", SAY) == "24 小时"
    assert in_words("请来电", SAY) == "请来电"
