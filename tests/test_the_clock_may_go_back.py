"""A clock that was wrong for a while and is put right takes nothing off the air, and keeps nothing there for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from feeding import NOW, Station, source

from feeds.source import Freshness, Snapshot, freshness, next_border

DAY = timedelta(days=1)
FEED = source("table", "file:feed.csv", record="contact", every="1h")
JUMPS = [timedelta(seconds=5), timedelta(hours=3), 30 * DAY, 4000 * DAY]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path)
    yield one
    one.close()


def deliver(station: Station, text: str = "name,phone\nx,1\n") -> None:
    (station.base / "feed.csv").write_text(text)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_rest_is_never_longer_than_it_was_meant(station: Station, jump: timedelta) -> None:
    """A source that failed while the clock ran ahead is asked when the clock is right again."""
    station.clock.moment = NOW + jump
    for _ in range(3):
        assert station.gather(FEED, force=True).outcome == "failed"
    # Its rest ends far ahead of the clock as it is now.
    station.archive.failed(FEED.id, NOW + jump, "broken", resting_until=NOW + jump + timedelta(hours=6))
    assert station.gather(FEED).outcome == "kept"
    deliver(station)
    station.clock.moment = NOW
    assert station.gather(FEED).outcome == "changed"


def test_a_rest_holds_while_the_clock_runs_on(station: Station) -> None:
    """The other way round nothing changes: it rests as long as it should."""
    station.archive.failed(FEED.id, NOW, "broken", resting_until=NOW + timedelta(hours=6))
    deliver(station)
    for hours, outcome in ((0, "kept"), (3, "kept"), (6, "changed")):
        station.clock.moment = NOW + timedelta(hours=hours)
        assert station.gather(FEED).outcome == outcome


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_what_was_checked_ahead_of_the_clock_counts_as_checked_now(jump: timedelta) -> None:
    """Fresh, with its next border counted from now and not from a year that will come."""
    snapshot = Snapshot(source="one", observed=NOW + jump, checked=NOW + jump, digest="x", records=())
    assert freshness(FEED, snapshot, NOW) is Freshness.FRESH
    assert next_border(FEED, snapshot, NOW) == NOW + timedelta(hours=3)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_source_that_is_gone_ages_from_the_right_clock_on(station: Station, jump: timedelta) -> None:
    """From the first failure under the right clock its age counts, however far ahead its last success lies."""
    deliver(station)
    station.clock.moment = NOW + jump
    assert station.gather(FEED).outcome == "changed"
    (station.base / "feed.csv").unlink()
    station.clock.moment = NOW
    assert station.gather(FEED).outcome == "failed"
    later = NOW + timedelta(hours=13)
    snapshot = station.archive.latest(FEED.id)
    assert snapshot is not None
    assert freshness(FEED, snapshot, later) is Freshness.STALE
