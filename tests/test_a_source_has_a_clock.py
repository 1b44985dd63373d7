"""A moment without an offset is read on its source's clock: the source's own zone, else the channel's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from build_help import write_channel

from broadcaster.cli import main
from channel.folder import Channel
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


@pytest.mark.parametrize(
    ("options", "hour"), [((), "16:00"), (("--zone", "America/New_York"), "23:00"), (("other",), "18:00")]
)
def test_a_trial_is_on_the_sources_clock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], hour: str
) -> None:
    """That of the source of sources.toml with this address, unless another is named; an address that no source has is
    read on the channel's. What it prints is on the channel's clock, and the table keeps the zone that differs."""
    write_channel(tmp_path / "c", estates=1, profiles=("web-hd",))
    settings = tmp_path / "c" / "channel.toml"
    text = settings.read_text("utf-8")
    settings.write_text(f'timezone = "Europe/Dublin"\n{text}' if "timezone" not in text else text, "utf-8")
    for name in ("fair", "other"):
        (tmp_path / "c" / f"{name}.csv").write_text("title,begins\nFair,2026-07-03 18:00\n", "utf-8")
    with (tmp_path / "c" / "sources.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[source.fair]\nurl = "file:fair.csv"\nformat = "table"\nrecord = "event"\npublisher = "x"\n'
            'zone = "Europe/Kyiv"\n'
        )
    name = "other" if options == ("other",) else "fair"
    more = [] if options == ("other",) else list(options)
    known = ["--record", "event", "--field", "title=title", "--field", "begins=begins"]
    assert main(["--channel", str(tmp_path / "c"), "source", "try", f"file:{name}.csv", *known, *more]) == 0
    out = capsys.readouterr().out
    zone = more[1] if more else "Europe/Kyiv" if name == "fair" else ""
    assert f"2026-07-03 {hour}" in out
    assert (f'zone = "{zone}"' in out) if zone else ("zone =" not in out)


def test_a_trial_on_no_clock_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["source", "try", "file:x.csv", "--zone", "Europe/Kiyv"]) == 2
    assert "--zone: found 'Europe/Kiyv'" in capsys.readouterr().err
