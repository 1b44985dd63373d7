"""The commands that look after sources and the store: try, source, review, asrun, backup, restore, repair."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from broadcaster.cli import main
from feeds.archive import Archive
from feeds.base.clock import parse_moment
from tests.conftest import EXAMPLE
from tests.running import make_small

RECORDS = EXAMPLE / "records"


@pytest.fixture
def station(channel_dir: Path, tmp_path: Path) -> list[str]:
    """The options of a small channel with a state folder of its own."""
    make_small(channel_dir)
    return ["--channel", str(channel_dir), "--state", str(tmp_path / "var")]


def test_an_address_is_tried_and_a_table_printed(station: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What was read is counted and shown, what was refused has its reason, and the table can be pasted."""
    assert main([*station, "source", "try", str(RECORDS / "hospitals.xlsx")]) == 0
    told = capsys.readouterr().out
    assert "table: 33 of 34 read (Place), 1 refused" in told
    assert '[source.hospitals]\nurl = "file:' in told and 'name = "机构名称"' in told


@pytest.mark.parametrize("body", [b"", b"\x00" * 500, b"<html><body>404</body></html>", b'{"a": [', b"PK\x03\x04junk"])
def test_what_is_no_source_is_refused_with_a_reason(
    station: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    """Exit code 1 and a sentence, never a traceback."""
    path = tmp_path / "thing"
    path.write_bytes(body)
    assert main([*station, "source", "try", str(path)]) == 1
    assert "refused: " in capsys.readouterr().err


def test_a_sources_history_is_shown(station: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Age, count, latency, failures and quarantine of one source; an unknown one is named with its neighbour."""
    shutil.copy(RECORDS / "hospitals.xlsx", Path(station[1]) / "hospitals.xlsx")
    sources = Path(station[1]) / "sources.toml"
    text = sources.read_text(encoding="utf-8").replace("http://127.0.0.1:8181/hospitals.xlsx", "file:hospitals.xlsx")
    sources.write_text(text, encoding="utf-8")
    assert main([*station, "gather", "hospitals"]) == 0
    assert main([*station, "source", "hospitals"]) == 0
    told = capsys.readouterr().out
    assert "failures in a row\t0" in told and "is not a number" in told
    assert main([*station, "source", "hospital"]) == 2
    assert "did you mean `hospitals`" in capsys.readouterr().err


def test_an_item_waits_until_an_editor_lets_it_go(station: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A word of the list holds an item; review lists it, and releases it in the wording that it has."""
    folder = Path(station[1])
    shutil.copy(RECORDS / "notices.xml", folder / "notices.xml")
    sources = folder / "sources.toml"
    text = sources.read_text(encoding="utf-8").replace("http://127.0.0.1:8181/notices.xml", "file:notices.xml")
    sources.write_text(text, encoding="utf-8")
    (folder / "words.txt").write_text("文明楼组\n", encoding="utf-8")
    assert main([*station, "gather", "notices"]) == 0
    capsys.readouterr()
    assert main([*station, "review"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines and all("文明楼组" in line for line in lines)
    item = lines[0].split("\t")[0]
    assert main([*station, "review", item, "--release"]) == 0
    assert main([*station, "review"]) == 0
    assert item not in capsys.readouterr().out.split("released")[-1]


@pytest.mark.slow
def test_releases_are_backed_up_restored_and_asked_about(
    station: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup brings the same release on air in a fresh folder, and as-run says what an estate was served."""
    moment = "2026-11-24T08:12"
    _fill(station)
    assert main([*station, "build", "--moment", moment]) == 0
    capsys.readouterr()
    assert main([*station, "backup", str(tmp_path / "b.tar")]) == 0
    fresh = ["--channel", station[1], "--state", str(tmp_path / "fresh")]
    assert main([*fresh, "restore", str(tmp_path / "b.tar")]) == 0
    (ident,) = re.findall(r"(\S+) is on air again", capsys.readouterr().out)
    assert main([*fresh, "releases"]) == 0
    assert ident in capsys.readouterr().out
    assert main([*station, "repair", "--moment", moment]) == 0
    assert "nothing is damaged" in capsys.readouterr().out
    assert main([*station, "asrun", "--estate", "mh0001", "--at", "2099-01-01T00:00"]) == 0
    assert "\n201\tmh0001\t" in capsys.readouterr().out


def _fill(station: list[str]) -> None:
    """The example's first records, in the archive."""
    from channel.folder import Channel
    from feeds.folder import read_records

    channel = Channel.open(Path(station[1]), Path(station[3]))
    channel.state.mkdir(parents=True)
    archive = Archive.open(channel.archive_url)
    for source in channel.sources.values():
        snapshot = read_records(source, RECORDS, parse_moment("2026-11-24T08:05"), channel.datasets)
        if snapshot is not None:
            archive.save(snapshot)
    archive.close()
