"""Every source of the example is read by its format, and only what is wrong on purpose is quarantined."""

from __future__ import annotations

import itertools
import json
import unicodedata
import zipfile
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from simulator_fixture import EXAMPLE, example_module

from feeds.base.clock import parse_moment
from feeds.formats import format_names
from feeds.gather import read_records
from feeds.records import Programme
from feeds.source import Snapshot, Source, load_sources

MOMENT = parse_moment("2026-11-24T08:05")
ODD = {"jobs": 1, "hospitals": 1, "pharmacies": 1, "bikes": 1, "market-prices": 2, "wifi": 2}
"""How many rows of a source are wrong on purpose; README.md of the example says which."""
LEAST = {
    "hospitals": 30, "health-centres": 25, "pharmacies": 40, "wifi": 1600, "service-centres": 64, "bikes": 300,
    "parking": 80, "market-prices": 140, "outages": 35, "town-news": 60, "district-news": 40, "phones": 40,
    "guides": 12, "alerts": 5, "programmes": 1000, "films": 60, "routes": 110, "buses": 110,
}  # fmt: skip


@cache
def sources() -> dict[str, Source]:
    """All that is gathered: what editors write at the desk has no records here."""
    found = load_sources(EXAMPLE / "sources.toml", format_names())
    return {ident: source for ident, source in found.items() if not source.is_desk}


@cache
def snapshot(ident: str) -> Snapshot:
    found = read_records(sources()[ident], EXAMPLE / "records", MOMENT)
    assert found is not None, f"{ident} has no record that can be read"
    return found


@pytest.mark.parametrize("ident", sorted(sources()))
def test_source_is_read(ident: str) -> None:
    """A source's record is there, has the rows that it should, and quarantines what was put there for it."""
    got = snapshot(ident)
    assert len(got.problems) == ODD.get(ident, 0), got.problems[:3]
    assert len(got.records) >= LEAST.get(ident, 1)
    assert len(sources()[ident].publisher) <= 8


@pytest.mark.parametrize("text", ["2026-11-28T23:59", "2027-07-11T00:00"])
def test_other_moments_are_read_as_well(text: str, tmp_path: Path) -> None:
    """On a weekend, at midnight, in another year: every document is still what its source says."""
    moment = parse_moment(text)
    for path, file in example_module("generate").files(moment).items():
        if file.source not in ("buses", "wifi", "programmes"):  # large, and the same but for dates
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(file.at(moment))
    for ident in sources():
        got = read_records(sources()[ident], tmp_path, moment)
        if ident not in ("buses", "wifi", "programmes"):
            assert got is not None and (got.records or ident == "alerts"), ident
            assert len(got.problems) == ODD.get(ident, 0), (ident, got.problems[:3])


def test_weather_air_indices_and_warnings_tell_of_one_state() -> None:
    """Through a winter: who is warned of the cold or bad air is not told that morning exercise is fine, and nobody is
    warned of a cold that the forecast does not have."""
    example_module("generate")
    climate, base, air, alerts = (example_module(f"district.{n}") for n in ("climate", "base", "air", "alerts"))
    for day in range(60):
        at = base.At(datetime(2026, 11, 24, 8, 5, tzinfo=base.SHANGHAI) + timedelta(days=day))
        today, told = climate.day(at.day), {m.words["id"] for m in alerts.messages(at)}
        indices = {row["name"]: row["level"] for row in json.loads(air.indices(at))["result"]["records"]}
        assert ("cold" in told) == today.is_cold and ("wind" in told) >= today.is_windy
        worst = max(air.aqi(name, at.moment) or 0 for name, _ in air.lines(air._WORDS["air_stations"]))
        assert indices["晨练"] == "不宜" or not (today.is_cold or worst > 100)


def test_no_two_channels_show_the_same() -> None:
    """At any moment of two days; and a film is as long as one."""
    guide = list(read_records(sources()["programmes"], EXAMPLE / "records", MOMENT).records)
    by_start: dict[str, list[Programme]] = {}
    for programme in guide:
        assert isinstance(programme, Programme)
        by_start.setdefault(programme.title, []).append(programme)
        assert programme.subtitle != "电影" or programme.ends - programme.begins >= timedelta(minutes=60), programme
    shared = {"新闻联报"}
    for title, shown in by_start.items():
        for one, other in itertools.combinations(shown, 2):
            apart = one.ends <= other.begins or other.ends <= one.begins
            assert title in shared or one.channel == other.channel or apart, title


def test_delays_are_of_trips_that_exist() -> None:
    """Every trip update names a trip of the timetable and a stop at which that trip calls, in its place."""
    from google.transit import gtfs_realtime_pb2

    with zipfile.ZipFile(BytesIO((EXAMPLE / "records/buses.zip").read_bytes())) as archive:
        lines = archive.read("stop_times.txt").decode().splitlines()[1:]
    calls = {(trip, stop, int(order)) for trip, _, _, stop, order in (line.split(",") for line in lines)}
    assert len(calls) <= 150_000
    message = gtfs_realtime_pb2.FeedMessage.FromString((EXAMPLE / "records/bus-updates.pb").read_bytes())
    updates = [entity.trip_update for entity in message.entity if entity.HasField("trip_update")]
    assert len(updates) > 200
    for update in updates:
        for stop in update.stop_time_update:
            assert (update.trip.trip_id, stop.stop_id, stop.stop_sequence) in calls


def width(text: str) -> float:
    """How wide a text is, in Han."""
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.55 for letter in text)


def test_texts_fit_their_rows() -> None:
    """Titles, tags, place names and guides keep to what a row of the screen holds, titles to an article's head too."""
    for ident in sources():
        for record in snapshot(ident).records:
            kind = record.__struct_config__.tag
            where = f"{ident} {record.id}"
            if kind == "article":
                assert width(record.title) <= 20 and len(record.tag) in (0, 2), where
            elif kind in ("place", "bike_station"):
                assert width(record.name) <= 13, where
            elif kind == "guide":
                assert 4 <= len(record.steps) <= 8, where
                assert all(width(head) <= 8 and width(line) <= 20 for head, line in record.steps), where


def test_news_is_worth_opening() -> None:
    """Every piece of the district's news has at least three paragraphs, and says nothing twice."""
    records = snapshot("district-news").records
    assert all(3 <= len(record.body.splitlines()) <= 8 for record in records)
    assert len({record.title for record in records}) == len(records) == 40


def test_every_estate_finds_its_schools() -> None:
    """The zones of primary and junior schools cover every area code exactly once."""
    from channel.estates import load_estates

    codes = set(load_estates(EXAMPLE / "estates.csv").by_area_code)
    for kind in ("小学", "初中"):
        zones = [code for r in snapshot("school-zones").records if r.kind == kind for code in r.areas]
        assert sorted(zones) == sorted(codes)


def test_no_telephone_number_belongs_to_anyone() -> None:
    """Numbers are short public ones or from the range 5550, which no one has."""
    for ident in sources():
        for record in snapshot(ident).records:
            for number in (getattr(record, "phone", ""), getattr(record, "contact", "")):
                assert not number or number.startswith("021-5550 ") or len(number) <= 6, (ident, number)
