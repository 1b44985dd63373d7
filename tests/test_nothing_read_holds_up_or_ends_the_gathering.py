"""What comes from outside is read elsewhere: too long, too large or fatal, it ends there, and the others go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from feeding import NOW, Station, source
from hostile_tasks import Misled
from small_origin import wait_for

from feeds.base.clock import SystemClock
from feeds.base.errors import FormatError, ParseError, WorkerError
from feeds.formats import Document
from feeds.gatherer import Gatherer
from feeds.parsing import Parser, shared
from feeds.parsing.process import NoStart, Worker
from feeds.source import Source

pytestmark = pytest.mark.slow

ROWS = b"name,phone\nx,1\n"
GOOD = [Document(url="u", body=ROWS)]


def good(ident: str = "good", **more: Any) -> Source:
    return source("table", record="contact", id=ident, **more)


def bad(ident: str = "bad", **more: Any) -> Source:
    return good(ident, **{"parse_deadline": "1s", "parse_memory": 200_000_000, **more})


@pytest.fixture
def pools() -> Iterator[list[Parser]]:
    made: list[Parser] = []
    yield made
    for pool in made:
        pool.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path, f"sqlite:///{tmp_path}/a.db")
    (tmp_path / "feed.csv").write_bytes(ROWS)
    yield one
    one.close()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("hold_the_lock", "bad: reading it was stopped after 1s"),
        ("sleep", "bad: reading it was stopped after 1s"),
        ("eat", "bad: reading it takes more than 200 MB of memory"),
        ("abort", "bad: reading it broke down: the process was ended by SIGABRT"),
        ("kill", "bad: reading it broke down: the process was killed from outside"),
        ("leave", "bad: reading it broke down: the process was ended with code 0"),
        ("lie", "bad: reading it gave an answer that makes no sense"),
    ],
)
def test_whatever_a_reader_does_is_a_sentence_and_the_next_one_reads(
    pools: list[Parser], function: str, words: str
) -> None:
    """Each way to fail, in a real process; the same pool then reads a sound file."""
    pool = Misled(function, 1)
    pools.append(pool)
    for _ in range(2):
        with pytest.raises(ParseError) as raised:
            # A busy machine may need long for what is no question of time.
            pool.parse(bad(parse_deadline="1s" if "1s" in words else "60s"), GOOD, NOW)
        assert str(raised.value).startswith(words)
        assert len(pool.parse(good(), GOOD, NOW).records) == 1


def test_faults_keep_their_kind(pools: list[Parser]) -> None:
    """What a format refuses is refused in its words; a fault of ours says whose it is."""
    pool = Misled("explode")
    pools.append(pool)
    with pytest.raises(FormatError, match=r"^reading this as table failed: the fault is ours"):
        pool.parse(bad(), GOOD, NOW)
    with pytest.raises(FormatError) as raised:
        pool.parse(good(), [Document(url="u", body=b"")], NOW)
    assert "ours" not in str(raised.value)


def test_readers_know_no_secret(pools: list[Parser], monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment holds credentials; the process that reads what strangers wrote has none of them."""
    monkeypatch.setenv("FEED_KEY", "s3cret")
    pools.append(pool := Parser(1))
    names = pool.call("hostile_tasks:environment", (), good(), list[str])
    assert "FEED_KEY" not in names
    assert "PATH" in names


def test_a_worker_that_died_while_idle_costs_nobody_anything(pools: list[Parser]) -> None:
    """Killed between two readings, it is replaced, unnoticed."""
    pools.append(pool := Parser(1))
    for _ in range(5):
        assert pool.parse(good(), GOOD, NOW).total == 1
        os.kill(pool._idle[0][1].pid, signal.SIGKILL)


def test_workers_rest_all_but_one(pools: list[Parser], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a minute needs stays; what the start needed ends when it has had nothing to do for a while."""
    pools.append(pool := Parser(3))
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: pool.parse(good(), GOOD, NOW), range(12)))
    there = len(pool._idle)
    assert pool.parse(good(), GOOD, NOW).total == 1 and len(pool._idle) == there
    monkeypatch.setattr("feeds.parsing.pool.RESTS_S", 0.0)
    assert pool.parse(good(), GOOD, NOW).total == 1 and len(pool._idle) == 1


@pytest.mark.slow
def test_kills_at_any_moment_hang_nobody(pools: list[Parser]) -> None:
    """Readers are killed at random while many threads read: each call ends, with a result or with a sentence."""
    pools.append(pool := Parser(2))
    body, done = b"name,phone\n" + b"x,1\n" * 3_000, threading.Event()

    def kill() -> None:
        while not done.wait(0.02):
            for place in list(pool._taken):
                if (worker := place.worker) is not None:
                    with suppress(ProcessLookupError):
                        os.kill(worker.pid, signal.SIGKILL)

    def read(number: int) -> str:
        try:
            return str(pool.parse(good(f"s{number}"), [Document(url="u", body=body)], NOW).total)
        except (ParseError, WorkerError) as error:
            return str(error)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with ThreadPoolExecutor(8) as threads:
            said = list(threads.map(read, range(30)))
    finally:
        done.set()
        killer.join()
    assert len(said) == 30
    assert all(one == "3000" or "broke down" in one or "not read" in one for one in said)
    assert pool.parse(good(), GOOD, NOW).total == 1


@pytest.mark.slow
def test_slow_readings_leave_room_for_quick_ones(pools: list[Parser]) -> None:
    """Six sources would keep both readers busy till their deadlines, three times over: quick ones go between, and
    waiting for a place is not held against anybody."""
    pool = Misled("hold_the_lock", 2, moment=0.2)
    pools.append(pool)
    with ThreadPoolExecutor(6) as threads:
        hostile = [threads.submit(pool.parse, bad(f"bad{n}", parse_deadline="1s"), GOOD, NOW) for n in range(6)]
        time.sleep(0.1)
        begun, longest = time.monotonic(), 0.0
        while not all(one.done() for one in hostile):
            start = time.monotonic()
            assert pool.parse(good(parse_deadline="10s"), GOOD, NOW).total == 1
            longest = max(longest, time.monotonic() - start)
            time.sleep(0.02)
        assert all(isinstance(one.exception(), ParseError) for one in hostile)
    # One after the other they had the slow place, however slow the machine: a quick one never waited for half of them.
    assert longest < (time.monotonic() - begun) / 2


def test_known_offenders_never_hold_both_readers(pools: list[Parser]) -> None:
    """Once stopped, a source has the slow place alone: a quick one does not wait at all."""
    pool = Misled("hold_the_lock", 2)
    pools.append(pool)
    for n in range(2):
        with pytest.raises(ParseError):
            pool.parse(bad(f"bad{n}", parse_deadline="100ms"), GOOD, NOW)
    with ThreadPoolExecutor(2) as threads:
        hostile = [threads.submit(pool.parse, bad(f"bad{n}", parse_deadline="5s"), GOOD, NOW) for n in range(2)]
        wait_for(lambda: len(pool._taken) == 1)
        for _ in range(20):
            assert pool.parse(good(), GOOD, NOW).total == 1
        assert not any(one.done() for one in hostile)
        pool.close()
        assert all(isinstance(one.exception(), ParseError) for one in hostile)


def test_who_was_slow_once_may_be_quick_again(pools: list[Parser]) -> None:
    """A reading that was slow, on a busy day, is slow until one is quick: no source is marked for good."""
    pool = Misled("nap", 2, moment=0.3)
    pools.append(pool)
    slow = []
    for seconds in (0.0, 0.6, 0.0, 0.0):
        pool.parse(bad(options={"seconds": seconds}, parse_deadline="20s"), GOOD, NOW)
        slow.append("bad" in pool._slow_sources)
    assert slow == [False, True, False, False]


def test_a_forked_child_has_a_pool_of_its_own() -> None:
    """It neither talks to its parent's readers nor ends them."""
    parents = shared()
    assert parents.parse(good(), GOOD, NOW).total == 1
    _, reader = parents._idle[0]
    child = os.fork()
    if child == 0:
        parents.close()
        os._exit(0 if shared() is not parents else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert reader.alive
    assert parents.parse(good(), GOOD, NOW).total == 1


def test_one_hostile_source_is_gathered_beside_the_others(station: Station, tmp_path: Path) -> None:
    """It fails with a sentence and rests, what it gave before stays, and the others are read meanwhile."""
    pool = Misled("hold_the_lock", 2)
    feed = good("bad", url="file:feed.csv", parse_deadline="1s")
    assert station.gather(feed).outcome == "changed"
    (tmp_path / "feed.csv").write_bytes(ROWS + b"y,2\n")
    done = station.gather(feed, parser=pool)
    assert (done.outcome, done.stopped, done.count) == ("failed", True, 1)
    assert "reading it was stopped after 1s" in done.error
    state = station.archive.state("bad")
    assert (state.stopped, state.attempt, state.failures) == (1, "", 1)
    assert state.resting_until == NOW + timedelta(hours=2)
    assert station.gather(feed, parser=pool).outcome == "kept"
    latest = station.archive.latest("bad")
    assert latest is not None
    assert len(latest.records) == 1
    pool.close()


def test_a_restart_does_not_run_into_the_same_file(station: Station) -> None:
    """Everything was killed in the middle of reading: whoever starts anew counts that as a failure and rests the
    source; other bytes, and a person who asks, are read at once."""
    feed = good("one", url="file:feed.csv")
    _cut_off(station, feed)
    assert station.archive.state("one").attempt
    done = station.gather(feed)
    assert (done.outcome, done.stopped) == ("failed", True)
    assert "one: the channel was ended while it read this very file" in done.error
    assert station.gather(feed).outcome == "kept"
    assert station.gather(feed, force=True).outcome == "changed"
    (station.base / "feed.csv").write_bytes(b"name,phone\ny,2\n")
    _cut_off(station, feed)
    (station.base / "feed.csv").write_bytes(b"name,phone\nz,3,\n")
    assert station.gather(feed).outcome == "changed"
    assert station.archive.state("one").attempt == ""


def _cut_off(station: Station, feed: Source) -> None:
    """End in the middle of reading, as a power failure does."""

    class Cut(Parser):
        def parse(self, *args: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        station.gather(feed, parser=Cut(), force=True)


def test_the_door_is_the_same_for_whoever_tries_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``source try`` reads, guesses and follows links in a reader, within a deadline."""
    from feeds.guess import trying

    (tmp_path / "x.csv").write_bytes(ROWS)
    pool = Misled("sleep")
    monkeypatch.setattr(trying, "shared", lambda: pool)
    tried = trying.trial("file:x.csv", tmp_path, SystemClock(), ident="bad", record="contact", parse_deadline="1s")
    pool.close()
    assert not tried.ok
    assert tried.error.startswith("bad: reading it was stopped after 1s")


CHILD = """
import sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from feeding import NOW, source
from feeds.formats import Document
from hostile_tasks import Misled
pool = Misled("remember", 2)
feed = source("table", record="contact", id="bad", parse_deadline="10min", options={"says": sys.argv[2]})
pool.parse(feed, [Document(url="u", body=b"")], NOW)
"""


def test_readers_die_with_whoever_started_them(tmp_path: Path) -> None:
    """Killed without a chance to say goodbye, while its reader is inside a call that holds the interpreter's lock."""
    says = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", CHILD, str(ROOT / "tests"), str(says)], cwd=ROOT)
    wait_for(lambda: says.exists() and says.read_text() != "")
    reader = int(says.read_text())
    assert Path(f"/proc/{reader}").exists()
    parent.kill()
    parent.wait()
    wait_for(lambda: not _lives(reader))


def _lives(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_closing_waits_for_nobody(tmp_path: Path) -> None:
    """A gatherer that ends takes a reading of ten minutes along at once, and blames nobody for it."""
    station = Station(tmp_path, f"sqlite:///{tmp_path}/a.db")
    (tmp_path / "feed.csv").write_bytes(ROWS)
    gatherer = Gatherer(station.archive, tmp_path, station.clock)
    gatherer._parser.close()
    gatherer._parser = pool = Misled("hold_the_lock")
    future = gatherer.submit(good("bad", url="file:feed.csv", parse_deadline="10min"))
    wait_for(lambda: any(place.worker is not None for place in pool._taken))
    gatherer.close()
    assert future.result(30).outcome == "kept"
    assert station.archive.state("bad").failures == 0
    station.close()


def test_a_process_that_cannot_be_started_is_a_sentence(pools: list[Parser], monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory or no processes left on the machine: no source is blamed for it."""
    pools.append(pool := Parser())
    monkeypatch.setattr("feeds.base.children.sys.executable", "/bin/false")
    monkeypatch.setattr("feeds.parsing.pool._START_WAIT_S", 0.001)
    with pytest.raises(NoStart, match="ended with code 1, while it started"):
        Worker()
    with pytest.raises(WorkerError, match="good: not read: no reading process starts: the process was ended with code"):
        pool.parse(good(), GOOD, NOW)
    monkeypatch.setattr("feeds.base.children.sys.executable", "/nowhere")
    with pytest.raises(WorkerError, match="the machine gives no process"):
        pool.parse(good(), GOOD, NOW)
