"""Whoever ends reading processes from outside costs a healthy source nothing: no failure, no rest, no count."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from feeding import NOW, Station, source
from hostile_tasks import Misled

from feeds.base.errors import ParseError, WorkerError
from feeds.formats import Document
from feeds.parsing import Parser
from feeds.parsing import pool as pools_module
from feeds.parsing.process import NoStart, Worker
from feeds.source import Source

pytestmark = pytest.mark.slow

ROWS = "name,phone\n" + "".join(f"{n},{n}\n" for n in range(3000))


def contacts(ident: str, **more: Any) -> Source:
    return source("table", id=ident, record="contact", url="file:feed.csv", **more)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    (tmp_path / "feed.csv").write_text(ROWS)
    one = Station(tmp_path, f"sqlite:///{tmp_path}/a.db")
    yield one
    one.close()


def workers() -> list[int]:
    """The reading processes of this one, those that are only starting too."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in found if b"feeds.parsing.worker" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.slow
def test_random_kills_fail_no_source(station: Station) -> None:
    """A worker is killed every half second, whatever it does just then; every gathering succeeds."""
    over, pool = threading.Event(), Parser(2)
    killed: list[int] = []

    def kill() -> None:
        chance = random.Random(5)
        while not over.wait(0.5):
            if there := [*workers(), *(worker.pid for _, worker in list(pool._idle))]:
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(there), signal.SIGKILL)
                    killed.append(1)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        until, done = time.monotonic() + 30, []
        while len(killed) < 6 and time.monotonic() < until:
            done.append(station.gather(contacts("one"), parser=pool, force=True))
    finally:
        over.set()
        thread.join()
        pool.close()
    state = station.archive.state("one")
    assert len(killed) >= 6
    assert {one.outcome for one in done} <= {"changed", "unchanged"}, [one.error for one in done if one.error]
    assert (state.failures, state.stopped, state.resting_until) == (0, 0, None)


def test_a_start_that_is_killed_is_tried_again(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three workers die while they start, the fourth reads: nobody hears of it."""
    tries: list[int] = []

    def start() -> Worker:
        tries.append(1)
        if len(tries) < 4:
            raise NoStart("the process was killed from outside, while it started")
        return Worker()

    monkeypatch.setattr(pools_module, "Worker", start)
    pool = Parser(1)
    assert station.gather(contacts("one"), parser=pool).outcome == "changed"
    pool.close()


def test_where_none_starts_at_all_no_source_rests(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gathering is no failure of the source: it says what is wrong, and the next one reads the same bytes."""
    monkeypatch.setattr(pools_module, "_START_WAIT_S", 0.001)
    pool = Parser(1)
    with monkeypatch.context() as broken:
        broken.setattr("feeds.base.children.sys.executable", "/bin/false")
        done = station.gather(contacts("one"), parser=pool)
    state = station.archive.state("one")
    assert (done.outcome, done.stopped, state.failures, state.stopped, state.resting_until) == (
        "kept", False, 0, 0, None,
    )  # fmt: skip
    assert "no reading process starts: the process was ended with code 1, while it started" in done.error
    assert "nothing is wrong with the source" in done.error and "-9" not in done.error
    assert station.gather(contacts("one"), parser=pool).outcome == "changed"
    pool.close()


def test_a_worker_that_is_killed_while_it_starts_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In words, not as a number."""
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nkill -9 $$\n")
    script.chmod(0o755)
    monkeypatch.setattr("feeds.base.children.sys.executable", str(script))
    with pytest.raises(NoStart, match=r"killed from outside, .* while it started"):
        Worker()


def test_bytes_that_always_end_in_a_kill_are_stopped_all_the_same() -> None:
    """What eats the machine's memory is tried no longer than it may be read."""
    pool = Misled("kill", 1)
    try:
        with pytest.raises(ParseError, match="reading it broke down: the process was killed from outside"):
            pool.parse(contacts("bad", parse_deadline="1s"), [Document(url="u", body=b"x")], NOW)
    finally:
        pool.close()


def test_a_reading_that_was_killed_once_begins_anew(tmp_path: Path) -> None:
    """Killed in the middle, it is read by another worker."""
    pool = Parser(1)
    done: list[Any] = []
    one = contacts("one", options={"seconds": 1.5})
    call = ("hostile_tasks:nap", ((), one, NOW), one)
    thread = threading.Thread(target=lambda: done.append(pool.call(*call, dict[str, Any])))
    thread.start()
    try:
        while not (busy := [place.worker for place in pool._taken if place.worker]):
            thread.join(0.02)
        thread.join(0.4)
        os.kill(busy[0].pid, signal.SIGKILL)
        thread.join(20)
        assert done
    finally:
        pool.close()
        thread.join()


def test_the_error_is_no_reading_that_was_stopped() -> None:
    """What counts stopped readings, and rests sources at once, goes by ParseError."""
    assert not issubclass(WorkerError, ParseError)
