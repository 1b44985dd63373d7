"""Painting for bundles over a Dask cluster: a real scheduler and two real workers that share no folder with us."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from build_help import PAGES, World

from broadcaster.bundle.selection import Selection
from channel.batch.engines import Dask
from channel.batch.jobs import Result
from channel.batch.painting import BatchPainter
from channel.settings import Render
from feeds.base.errors import BusyError

pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
DEADLINE_S = 120.0


class Cluster:
    """A scheduler and two workers, each a process in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._card = folder / "scheduler.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self.address = self._wait_for_card()
        for _ in range(2):
            self.add_worker()

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        home = self.folder / f"{what}{len(self._processes)}"
        home.mkdir()
        env = {**os.environ, "TMPDIR": str(home)}
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(self._card), *options]
        process = subprocess.Popen(command, cwd=home, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._processes.append(process)
        return process

    def add_worker(self) -> None:
        """One thread, no nanny: when it is killed it stays dead."""
        self._start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")

    def kill_worker(self) -> None:
        """The first worker dies without a word."""
        self._processes[1].send_signal(signal.SIGKILL)
        self._processes[1].wait()

    def _wait_for_card(self) -> str:
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            try:
                return str(json.loads(self._card.read_text())["address"]).removeprefix("tcp://")
            except (OSError, ValueError):
                time.sleep(0.1)
        raise AssertionError("the scheduler did not start")

    def wait_for_workers(self) -> None:
        """Until both have reported."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            engine = Dask(self.address)
            engine.shutdown()
            if engine.workers >= 2:
                return
            time.sleep(0.2)
        raise AssertionError("the workers did not start")

    def close(self) -> None:
        """End all of them."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    try:
        made.wait_for_workers()
        yield made
    finally:
        made.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A channel on air whose two pages for estates say something to sixty of them."""
    made = World(tmp_path / "here", estates=60, pages=(*PAGES, ("109", "district", "towns")))
    made.says("news", "first", "second")
    made.says("towns", "town")
    assert made.builder.build(made.clock.now()).faults == ()
    yield made
    made.close()


def _painted(world: World, executor: str, *, kill: Cluster | None = None) -> Result:
    """Everything of the release, painted by these workers; one of which is killed once the first of it is there."""
    release, selection = world.store.current(), Selection.of(world.channel)
    assert release is not None
    wanted = [(page, list(selection.wants(release, page))) for page in release.pages]
    wanted.append(("", list(selection.scripts(release))))
    found = Result({}, {})
    with BatchPainter(world.store, release, Render(executor=executor)) as painter:
        for _, result in painter.paint(wanted):
            found.rows.update(result.rows)
            found.files.update(result.files)
            if kill is not None:
                kill.kill_worker()
                kill = None
    assert found.rows.keys() == {want.key for _, wants in wanted for want in wants}
    assert [finding for row in found.rows.values() for finding in row.findings if finding.level == "fault"] == []
    return found


def test_the_same_bytes_over_an_engine_and_after_a_death(cluster: Cluster, world: World) -> None:
    """What the cluster paints equals what this process does, row for row and file for file; a killed worker costs
    nothing."""
    near = _painted(world, "serial")
    assert len(near.rows) > 120 and len(near.files) > 200
    assert _painted(world, f"dask://{cluster.address}") == near
    assert _painted(world, f"dask://{cluster.address}", kill=cluster) == near


def test_a_scheduler_that_is_not_there_is_named() -> None:
    """The address stands in the error."""
    with pytest.raises(BusyError, match=r"127\.0\.0\.1:9"):
        Dask("127.0.0.1:9", timeout=1)
