"""No room left to write: the gathering says so, with what to do, and what was there before stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from feeding import Station, source
from sqlalchemy import event

from feeds.base.errors import SpaceError

FEED = source("table", "file:feed.csv", record="contact")


def test_a_full_archive_is_a_sentence_with_a_hint(tmp_path: Path) -> None:
    """SQLite itself says that it is full (its page limit stands for the disk's): no internal fault, nothing lost, and
    the next gathering goes on where there is room again."""
    station = Station(tmp_path, f"sqlite:///{tmp_path}/var/a.db")
    (tmp_path / "feed.csv").write_text("name,phone\nx,1\n")
    assert station.gather(FEED).outcome == "changed"
    rows = "".join(f"名称{n},{n * 7919}\n" for n in range(20_000))
    (tmp_path / "feed.csv").write_text("name,phone\n" + rows)
    limit = 1

    @event.listens_for(station.archive._engine, "begin")
    def narrow(connection: object) -> None:
        connection.connection.execute(f"PRAGMA max_page_count = {limit}")  # type: ignore[attr-defined]

    done = station.gather(FEED)
    assert done.outcome == "failed"
    assert done.error == "the archive: no room left to write (free some space on the disk, then run it again)"
    # Where not even that can be noted, whoever called hears of it, and the command line prints message and hint.
    with pytest.raises(SpaceError) as raised:
        station.archive.failed(FEED.id, station.clock.now(), "x", drift="x" * 1_000_000)
    assert "no room left to write" in raised.value.message
    assert "free some space" in raised.value.hint
    latest = station.archive.latest(FEED.id)
    assert latest is not None
    assert len(latest.records) == 1
    limit = 1_000_000
    assert station.gather(FEED, force=True).count == 20_000
    station.close()
