"""Twelve hours, miles, degrees Fahrenheit and weeks from Sunday on, where a channel's settings say so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from conftest import EXAMPLE
from said_store import snapshots_of

from channel.asking import Asker
from channel.folder import Channel
from channel.views._words import distance_words
from channel.views.content import Calendar, Forecast, Nearest
from channel.words import Manner, Say
from feeds.base.clock import parse_moment

AMERICAN = Manner(twelve=True, miles=True, fahrenheit=True, first=6)
MOMENT = parse_moment("2026-11-24T14:05")


@pytest.mark.parametrize(
    ("minute", "twelve", "whole"),
    [(0, "12:00 am", "00:00"), (485, "8:05 am", "08:05"), (720, "12:00 pm", "12:00"), (845, "2:05 pm", "14:05"),
     (1440, "12:00 am", "24:00"), (1500, "1:00 am", "01:00")],
)  # fmt: skip
def test_a_time_of_day(minute: int, twelve: str, whole: str) -> None:
    assert Say("en", "Europe/Dublin", AMERICAN).time_of(minute) == twelve
    assert Say("en", "Europe/Dublin").time_of(minute) == whole


def test_a_distance_is_in_miles() -> None:
    say = Say("en", "Europe/Dublin", AMERICAN)
    assert [distance_words(km, say) for km in (0.1, 1.6, 8.0, 40.0)] == [
        ("0.1", "mi"), ("1.0", "mi"), ("5", "mi"), ("25", "mi"),
    ]  # fmt: skip


def test_weeks_begin_where_they_do() -> None:
    sunday, monday = date(2026, 11, 29), date(2026, 11, 30)
    assert [Say("en", "UTC", Manner(first=first)).week(sunday) for first in (0, 5, 6)] == [6, 1, 0]
    assert Say("en", "UTC", AMERICAN).week(monday) == 1


def test_everything_follows_the_settings(channel_dir: Path) -> None:
    """The same records said on the example's pages: opening hours, temperatures, the month's first day."""
    text = (channel_dir / "channel.toml").read_text("utf-8")
    own = 'language = "en"\nclock = "12h"\nunits = "imperial"\nweek_starts = "sunday"\n'
    (channel_dir / "channel.toml").write_text(own + text, "utf-8")
    told = {}
    for folder in (EXAMPLE, channel_dir):
        channel = Channel.open(folder)
        asker, snapshots = Asker(channel), snapshots_of(channel)
        told[folder] = [
            asker.content(channel.lineup.page(number), "mh0001", snapshots, MOMENT).body
            for number in ("201", "501", "341")
        ]
    places, days, month = told[channel_dir]
    assert isinstance(places, Nearest) and isinstance(days, Forecast) and isinstance(month, Calendar)
    assert any(" am–" in row.hours for row in places.rows) and {row.unit for row in places.rows} == {"mi"}
    here = told[EXAMPLE]
    assert isinstance(here[1], Forecast) and isinstance(here[2], Calendar)
    celsius, fahrenheit = int(here[1].days[0].high), int(days.days[0].high)
    assert abs(fahrenheit - (celsius * 9 / 5 + 32)) <= 1
    assert month.first == (here[2].first + 1) % 7


def test_a_manner_that_is_none_is_named(channel_dir: Path) -> None:
    from feeds.base.errors import PersonError

    for line in ('clock = "13h"', 'units = "cubits"', 'week_starts = "noon"'):
        text = (EXAMPLE / "channel.toml").read_text("utf-8")
        (channel_dir / "channel.toml").write_text(f"{line}\n{text}", "utf-8")
        with pytest.raises(PersonError, match=line.partition(" ")[0]):
            Channel.open(channel_dir)
