"""Bundles and pruning are done beside the building, again and again, whatever befalls them."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from feeding import NOW
from small_origin import publish, small_channel
from snapshots import snapshot

from broadcaster.station import work
from broadcaster.station.aside import Aside
from broadcaster.station.figures import Figures
from channel.release import Store
from feeds.archive import Archive
from feeds.base.clock import SystemClock


def test_a_job_that_fails_is_counted_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """Any exception is logged with its trace; the next time comes all the same."""
    done = threading.Semaphore(0)
    turns = iter([ValueError("what nobody thought of"), MemoryError(), None])

    def job() -> None:
        fault = next(turns, None)
        done.release()
        if fault is not None:
            raise fault

    figures = Figures()
    aside = Aside("bundles", job, figures, every_s=0.01)
    aside.start()
    for _ in range(4):
        assert done.acquire(timeout=60)
    aside.stop()
    told = figures.dump()
    assert told["failed_bundles"] == 2 and told["bundles_seconds"] >= 0
    assert "what nobody thought of" in caplog.text


def test_it_is_done_when_asked_and_rests_between() -> None:
    """Asked many times at once, it is done once, and not again before its rest is over."""
    times: list[float] = []
    done = threading.Semaphore(0)

    def job() -> None:
        times.append(time.monotonic())
        done.release()

    aside = Aside("bundles", job, Figures(), every_s=600, rest_s=0.3)
    for _ in range(5):
        aside.ask()
    aside.start(now=False)
    assert done.acquire(timeout=60)
    aside.ask()
    assert done.acquire(timeout=60)
    aside.stop()
    # A busy machine makes the rest longer, never shorter: nothing here is a matter of luck.
    assert len(times) == 2 and times[1] - times[0] >= 0.3


def test_what_hurries_ends_a_rest() -> None:
    """A warning waits for nobody's rest."""
    done = threading.Semaphore(0)
    aside = Aside("bundles", done.release, Figures(), every_s=600, rest_s=600)
    aside.start()
    assert done.acquire(timeout=60)
    aside.ask()
    assert not done.acquire(timeout=0.2)
    aside.hurry()
    assert done.acquire(timeout=60)
    aside.stop()


def test_many_asks_before_one_turn_are_one_turn() -> None:
    """Each turn is for all that was asked until it began: none is left over for the next."""
    asked, seen = 5, list[int]()
    done = threading.Semaphore(0)

    def job() -> None:
        seen.append(asked)
        done.release()

    aside = Aside("bundles", job, Figures(), every_s=600)
    for _ in range(asked):
        aside.ask()
    aside.start(now=False)
    assert done.acquire(timeout=60)
    asked = 6
    aside.ask()
    assert done.acquire(timeout=60)
    aside.stop()
    assert seen == [5, 6]


def test_what_was_asked_during_the_rest_is_done_after_it() -> None:
    """Nobody has to ask twice."""
    begun, times = threading.Event(), threading.Semaphore(0)

    def job() -> None:
        begun.set()
        times.release()

    aside = Aside("bundles", job, Figures(), every_s=600, rest_s=0.2)
    aside.start()
    assert begun.wait(60)
    aside.ask()
    assert times.acquire(timeout=60) and times.acquire(timeout=60)
    aside.stop()


def test_pruning_keeps_what_the_settings_say(tmp_path: Path) -> None:
    """Releases, snapshots and the record of what was on air; size and time are figures."""
    store, channel, figures = Store.open(tmp_path / "store"), small_channel(tmp_path), Figures()
    released = [publish(store, f"第 {number} 版") for number in range(25)]
    archive = Archive.open("sqlite://")
    for days in (400, 300, 0):
        archive.save(snapshot(days, NOW - timedelta(days=days)))
    archive.save(snapshot(1, NOW - timedelta(days=400), source="quiet"))
    work._prune(Store.open(tmp_path / "store", cache=256), archive, channel, figures)
    assert [one.id for one in store.releases()] == released[-channel.settings.retention.releases :]
    assert len(archive.history("one")) == 1 and archive.latest("quiet") is not None
    told = figures.dump()
    assert told["store_releases"] == channel.settings.retention.releases and told["store_bytes"] > 1000
    archive.close()


def test_a_clock_that_was_set_forward_costs_no_history(tmp_path: Path) -> None:
    """What is of this week looks a year old: for a day it is kept as if the clock had not been set."""
    store, channel, figures = Store.open(tmp_path / "store"), small_channel(tmp_path), Figures()
    publish(store, "一")
    archive = Archive.open("sqlite://")
    now = SystemClock().now()
    year = 365 * 86_400.0
    for days in (9, 8, 7):
        # The clock is a year ahead of when these were observed.
        archive.save(snapshot(days, now - timedelta(days=365 + days)))
    work._prune(Store.open(tmp_path / "store"), archive, channel, figures, year)
    assert len(archive.history("one")) == 3
    work._prune(Store.open(tmp_path / "store"), archive, channel, figures, 0.0)
    assert len(archive.history("one")) == 1
    archive.close()
