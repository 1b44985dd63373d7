"""A moment without an offset is read on its source's clock: the source's own zone, else the channel's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channel.settings import Channel
from feeds.base.clock import as_utc, local, on_clock_of, wall
from feeds.base.errors import Mistakes
from feeds.folder import read_records
from feeds.records import Event
from feeds.source import Source

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def _begins(folder: Path, zone: str) -> datetime:
    (folder / "e.csv").write_text("title,begins\nFair,2026-07-03 18:00\n", "utf-8")
    source = Source(
        id="e", url="file:e.csv", format="table", publisher="x", record="event", zone=zone,
        fields={"title": "title", "begins": "begins"},
    )  # fmt: skip
    snapshot = read_records(source, folder, NOW)
    assert snapshot is not None and isinstance(snapshot.records[0], Event)
    return snapshot.records[0].begins


@pytest.mark.parametrize(
    ("zone", "hour"), [("Europe/Dublin", 17), ("Asia/Shanghai", 10), ("America/St_Johns", 20), ("", 10)]
)
def test_a_bare_time_is_on_the_sources_clock(tmp_path: Path, zone: str, hour: int) -> None:
    """Six in the evening there, summer time included; without a zone it is the process's."""
    minute = 30 if zone == "America/St_Johns" else 0
    assert _begins(tmp_path, zone) == datetime(2026, 7, 3, hour, minute, tzinfo=UTC)


def test_sources_are_on_the_channels_clock_unless_they_say_otherwise(channel_dir: Path) -> None:
    settings, sources = channel_dir / "channel.toml", channel_dir / "sources.toml"
    settings.write_text(f'timezone = "Europe/Dublin"\n{settings.read_text("utf-8")}', "utf-8")
    text = sources.read_text("utf-8").replace("[source.indices]\n", '[source.indices]\nzone = "Asia/Tokyo"\n')
    sources.write_text(text, "utf-8")
    found = Channel.open(channel_dir).sources
    assert found["indices"].zone == "Asia/Tokyo"
    assert {source.zone for ident, source in found.items() if ident != "indices"} == {"Europe/Dublin"}


def test_an_unknown_zone_of_a_source_is_named(channel_dir: Path) -> None:
    sources = channel_dir / "sources.toml"
    text = sources.read_text("utf-8").replace("[source.indices]\n", '[source.indices]\nzone = "Asia/Tokio"\n')
    sources.write_text(text, "utf-8")
    with pytest.raises(Mistakes) as caught:
        Channel.open(channel_dir)
    assert [m.key for m in caught.value.found] == ["source.indices.zone"]
    assert "Asia/Tokyo" in str(caught.value.found[0])


def test_a_clock_lasts_as_long_as_the_reading() -> None:
    before = wall()
    with on_clock_of("Europe/Dublin"):
        assert local(NOW) - timedelta(0) == NOW and local(NOW).hour == 1
        assert as_utc(datetime(2026, 7, 1, 1)) == NOW  # noqa: DTZ001 - whose clock it is on is what is asked
        with on_clock_of(""):
            assert local(NOW).hour == 1
    assert wall() == before
