"""Departments deliver files into a folder: the newest whole file counts, a half one never does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from feeding import Station, source

OPTIONS = {"pattern": "*.csv"}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    (tmp_path / "inbox").mkdir()
    one = Station(tmp_path)
    yield one
    one.close()


def deliver(station: Station, name: str, *names: str, age: float = 60) -> None:
    path = station.base / "inbox" / name
    path.write_text("name,phone\n" + "".join(f"{one},1\n" for one in names))
    moment = time.time() - age
    os.utime(path, (moment, moment))


def contents(station: Station) -> list[str]:
    snapshot = station.archive.latest("one")
    return [] if snapshot is None else sorted(r.name for r in snapshot.records)  # type: ignore[union-attr]


def test_the_newest_file_counts(station: Station) -> None:
    """Deliveries replace each other; nothing new is nothing new."""
    feed = source("table", "file:inbox", record="contact", options=OPTIONS)
    assert "no file has been delivered" in station.gather(feed).error
    deliver(station, "1.csv", "甲", age=120)
    assert station.gather(feed).outcome == "changed"
    deliver(station, "0.csv", "乙", age=60)
    assert (station.gather(feed).outcome, contents(station)) == ("changed", ["乙"])
    assert (station.gather(feed).outcome, station.gather(feed).bytes) == ("unchanged", 0)


def test_half_a_file_is_not_read(station: Station) -> None:
    """What is still being written, or says by its name that it is unfinished, waits."""
    feed = source("table", "file:inbox", record="contact", options=OPTIONS)
    deliver(station, "1.csv", "甲")
    deliver(station, "2.csv", "新", age=0)
    deliver(station, "3.csv.part", "半")
    deliver(station, ".4.csv", "隐")
    deliver(station, "5.txt", "别")
    station.gather(feed)
    assert contents(station) == ["甲"]


def test_all_files_may_count_together(station: Station) -> None:
    """With ``take = "all"`` the folder is one feed."""
    feed = source("table", "file:inbox", record="contact", options={**OPTIONS, "take": "all"})
    deliver(station, "1.csv", "甲")
    deliver(station, "2.csv", "乙", "丙")
    station.gather(feed)
    assert contents(station) == sorted(["甲", "乙", "丙"])
    (station.base / "inbox" / "1.csv").unlink()
    assert station.gather(feed).outcome == "changed"


def test_links_out_of_the_folder_are_not_followed(station: Station, tmp_path: Path) -> None:
    """A delivered symbolic link is no delivery."""
    (tmp_path.parent / "secret.csv").write_text("name,phone\n密,1\n")
    (station.base / "inbox" / "1.csv").symlink_to(tmp_path.parent / "secret.csv")
    assert "no file has been delivered" in station.gather(source("table", "file:inbox", record="contact")).error
