"""Of two ``channel work`` on one store one leads; the other takes over in time, and never both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from leases import Clocked, elsewhere
from running import make_small, processes_of, start
from small_origin import wait_for
from sqlalchemy.exc import OperationalError

from broadcaster.station import lease as module
from broadcaster.station.lease import TERM_S, Lease
from channel.release import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'archive.sqlite'}"


def test_one_leads_and_the_other_waits_for_the_term(url: str) -> None:
    """While the leader renews, nobody else leads; when it falls silent, another does after the term and not before."""
    clock = Clocked()
    first, second = elsewhere(Lease(url)), Lease(url, steady=clock)
    assert first.take() and not second.take()
    clock.at += TERM_S - 1
    assert first.take() and not second.take()
    clock.at += TERM_S - 0.1
    assert not second.take()
    clock.at += 0.2
    assert second.take() and not first.take()
    assert second.leader().endswith(str(os.getpid()))
    first.give_back()
    assert second.take()
    second.give_back()


def test_a_leader_that_says_goodbye_is_followed_at_once(url: str) -> None:
    """A clean end costs no term."""
    first, second = elsewhere(Lease(url)), Lease(url)
    assert first.take() and not second.take()
    first.give_back()
    assert second.take()
    second.give_back()


def test_a_dead_process_of_this_machine_is_followed_at_once(url: str) -> None:
    """A restart after ``kill -9`` does not wait for a term that nobody will renew."""
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    first, second = Lease(url), Lease(url)
    first._pid = int(child.stdout)
    assert first.take()
    assert second.take()
    second.give_back()


def test_a_hundred_that_want_it_at_once_are_one_leader(url: str) -> None:
    """However they race, one of them gets it."""
    leases = [Lease(url) for _ in range(12)]
    led: list[bool] = []
    gate = threading.Barrier(len(leases))

    def want(lease: Lease) -> None:
        gate.wait()
        led.append(lease.take())

    threads = [threading.Thread(target=want, args=(lease,)) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(led) == [False] * (len(leases) - 1) + [True]
    for lease in leases:
        lease._engine.dispose()


def test_who_lost_the_lease_hears_of_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leader that slept through its term stops when another one took over."""
    monkeypatch.setattr(module, "RENEW_S", 0.05)
    clock = Clocked()
    first, second = elsewhere(Lease(url)), Lease(url, steady=clock)
    assert first.take() and not second.take()
    clock.at += TERM_S + 1
    assert second.take()
    first.keep()
    assert first.lost.wait(60)
    first.give_back()
    second.give_back()


YEAR = 365 * 86_400.0


@pytest.mark.parametrize("whose", ["first", "second"])
@pytest.mark.parametrize("jump", [-3600.0, 3600.0, -2 * YEAR, 3 * YEAR, -10.0])
def test_a_clock_that_is_set_costs_nobody_the_lease_and_holds_it_for_nobody(url: str, whose: str, jump: float) -> None:
    """On two machines one clock is set: the leader that renews goes on leading, one that falls silent is followed
    after the term."""
    walls = {"first": Clocked(), "second": Clocked()}
    steady = Clocked()
    first = elsewhere(Lease(url, now=walls["first"], steady=steady))
    second = Lease(url, now=walls["second"], steady=steady)
    assert first.take() and not second.take()
    walls[whose].at += jump
    assert not second.take()
    for _ in range(10):
        for clock in (*walls.values(), steady):
            clock.at += 5.0
        assert first.take() and not second.take()
    steady.at += TERM_S - 1
    assert not second.take()
    steady.at += 2
    assert second.take() and not first.take()
    second.give_back()
    first.give_back()


def test_a_clock_that_comes_to_the_same_moment_again_renews_all_the_same(url: str) -> None:
    """Whoever stands by sees a renewal by its value: two of the same moment differ."""
    wall, steady = Clocked(), Clocked()
    first, second = elsewhere(Lease(url, now=wall)), Lease(url, steady=steady)
    assert first.take() and not second.take()
    for _ in range(3):
        steady.at += TERM_S - 1
        assert first.take() and not second.take()
    first.give_back()
    second.give_back()


def test_a_database_that_was_away_gives_the_leader_its_term_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The leader could not renew meanwhile: whoever stands by does not take that for silence."""
    steady, ended = Clocked(), threading.Event()
    first, second = elsewhere(Lease(url)), Lease(url, steady=steady)
    assert first.take() and not second.take()
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    take, answers = second.take, iter([OperationalError("", {}, Exception()), None])

    def away() -> bool:
        steady.at += 2 * TERM_S
        if (error := next(answers, None)) is not None:
            raise error
        ended.set()
        return take()

    monkeypatch.setattr(second, "take", away)
    assert not second.wait(ended)
    first.give_back()
    second.give_back()


def leader(state: Path) -> Any:
    reader = Lease(f"sqlite:///{state / 'archive.sqlite'}")
    try:
        return reader.leader()
    finally:
        reader._engine.dispose()


@pytest.mark.slow
def test_the_second_work_goes_on_where_the_first_was_killed(channel_dir: Path, state: Path) -> None:
    """Two real processes: the leader is killed, and the other leads and works without being told."""
    make_small(channel_dir)
    sources = (channel_dir / "sources.toml").read_text()
    (channel_dir / "sources.toml").write_text(sources.replace("http://127.0.0.1:8181/", "file:records/"))
    first = start(channel_dir, state, command="work")
    second = None
    try:
        wait_for(lambda: leader(state).endswith(f":{first.pid}"))
        second = start(channel_dir, state, command="work")
        wait_for(lambda: "standing by" in (state / "out.log").read_text())
        wait_for(lambda: Store.open(state / "store").current_id() != "", 60)
        first.send_signal(signal.SIGKILL)
        first.wait()
        wait_for(lambda: leader(state).endswith(f":{second.pid}"))
        seen = Store.open(state / "store").current_id()
        wait_for(lambda: (state / "out.log").read_text().count("working sources=") == 2)
        assert Store.open(state / "store").current_id() >= seen
    finally:
        for process in (first, second):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(60)
    assert not processes_of(str(state))
