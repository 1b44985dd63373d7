"""The supervisor starts again what dies, waits longer each time, and nothing outlives a parent that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_origin import wait_for

from broadcaster.station import parent_watch
from broadcaster.station.supervise import LONGEST_PAUSE_S, Child, Supervisor, pause_s

pytestmark = pytest.mark.slow

SLEEPER = "import os,sys,time; open(sys.argv[1],'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
GUARDED = "from broadcaster.station import parent_watch; parent_watch.watch(); " + SLEEPER


def started(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_that_dies_is_started_again_and_all_end_together(tmp_path: Path) -> None:
    """Kill it, and another one is there; stop, and none is."""
    log, supervisor = tmp_path / "pids", Supervisor()
    supervisor.add(Child("one", [sys.executable, "-c", SLEEPER, str(log)]))
    try:
        wait_for(lambda: supervisor.wait(0.05) or len(started(log)) == 1)
        os.kill(started(log)[0], signal.SIGKILL)
        wait_for(lambda: supervisor.wait(0.05) or len(started(log)) == 2)
        second = started(log)[1]
        assert lives(second)
    finally:
        supervisor.end()
    assert not lives(second)


def test_pauses_grow_and_end() -> None:
    """A child that cannot live is not started a thousand times, and never given up."""
    pauses = [pause_s(deaths) for deaths in range(1, 20)]
    assert pauses == sorted(pauses) and pauses[0] <= 1 and pauses[-1] == LONGEST_PAUSE_S


def test_a_child_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ignores SIGTERM does not hold up the end for ever."""
    monkeypatch.setattr("broadcaster.station.supervise.PATIENCE_S", 0.5)
    log, supervisor = tmp_path / "pids", Supervisor()
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
    supervisor.add(Child("stubborn", [sys.executable, "-c", stubborn, str(log)]))
    wait_for(lambda: len(started(log)) == 1)
    supervisor.end()
    assert not lives(started(log)[0])


NEEDED = (
    "import signal,sys,time; signal.signal(signal.SIGTERM, lambda *_: (open(sys.argv[1],'a').write('needed '), "
    "sys.exit(0))); print('noise', flush=True); open(sys.argv[1],'a').write('up '); time.sleep(60)"
)
NEEDING = (
    "import signal,sys,time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), "
    "open(sys.argv[1],'a').write('needing '), sys.exit(0))); open(sys.argv[1],'a').write('up '); time.sleep(60)"
)


def test_a_child_ends_before_the_one_that_it_needs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever asks the simulator ends first, however long that takes, so that nothing is refused; what a quiet child
    prints is not seen."""
    log, supervisor = tmp_path / "said", Supervisor()
    supervisor.add(Child("needed", [sys.executable, "-c", NEEDED, str(log)], quiet=True))
    supervisor.add(Child("needing", [sys.executable, "-c", NEEDING, str(log)]))
    wait_for(lambda: log.exists() and log.read_text() == "up up ")
    supervisor.end()
    assert log.read_text() == "up up needing needed "
    assert capfd.readouterr().out == ""


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """``kill -9`` of the parent leaves no child: each watches the process that started it."""
    log = tmp_path / "pids"
    parent = (
        "import os,subprocess,sys,time; os.environ['CHANNEL_PARENT']=str(os.getpid());"
        f"subprocess.Popen([sys.executable,'-c',{GUARDED!r},{str(log)!r}]); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    try:
        wait_for(lambda: len(started(log)) == 1)
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: not lives(started(log)[0]))


def test_a_strangers_script_is_guarded_too(tmp_path: Path) -> None:
    """``python -m broadcaster.station.parent_watch SCRIPT`` runs it as if it were run itself, under the same watch."""
    script = tmp_path / "script.py"
    script.write_text("import sys; print(__name__, *sys.argv[1:])")
    argv = [sys.executable, "-m", "broadcaster.station.parent_watch", str(script), "--port", "1"]
    env = {**os.environ, parent_watch.PARENT: str(os.getpid())}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["__main__", "--port", "1"]


def test_without_a_parent_named_nobody_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was started by hand lives by itself."""
    assert parent_watch.watch() is None
    monkeypatch.setenv(parent_watch.PARENT, "nonsense")
    assert parent_watch.watch() is None
    gone: list[float] = []
    parent_watch.watch(1, then=lambda: gone.append(time.monotonic()))
    wait_for(lambda: bool(gone))
