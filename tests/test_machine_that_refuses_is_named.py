"""A full disk, a folder that may not be written: a sentence with the folder and its free bytes, never "internal"."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from running import make_small
from sqlalchemy.exc import OperationalError

from broadcaster import cli
from broadcaster.cli import main
from feeds.base.machine import of_the_machine


def full_database() -> sqlite3.Error:
    """What SQLite itself raises when its file may not grow."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("PRAGMA max_page_count = 1")
        connection.execute("CREATE TABLE t (x)")
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError("a database of one page took a table")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "STATE: the disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/etc/there/file"), "/etc/there/file: the file system may only"),
        (PermissionError(errno.EACCES, "Permission denied", "/root/x"), "/root/x: writing or reading there is not"),
        (OSError(errno.EMFILE, "Too many open files"), "too many files are open"),
        (full_database(), "STATE: the disk is full"),
        (OperationalError("INSERT", {}, full_database()), "STATE: the disk is full"),
    ],
)
def test_what_the_machine_refuses_has_a_sentence(tmp_path: Path, error: Exception, words: str) -> None:
    """Where, why, and how many bytes are free."""
    found = of_the_machine(error, tmp_path)
    assert found is not None and found.exit_code == 1
    assert words.replace("STATE", str(tmp_path)) in found.message
    assert "bytes free" in found.hint


@pytest.mark.parametrize("error", [ValueError("x"), OSError(errno.ECONNREFUSED, "refused"), OSError("bare")])
def test_what_is_our_own_fault_is_not_blamed_on_it(tmp_path: Path, error: Exception) -> None:
    """Nothing else is taken for the machine's."""
    assert of_the_machine(error, tmp_path) is None


def test_it_is_found_below_what_was_raised_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library's own error over the machine's is the machine's; the exit code is no longer that of a bug."""

    def run(args: object) -> int:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("could not save") from error

    monkeypatch.setattr(cli.load("releases"), "run", run)
    assert main(["--state", str(tmp_path), "releases"]) == 1
    told = capsys.readouterr().err
    assert f"{tmp_path}: the disk is full" in told and "internal fault" not in told and "free" in told


@pytest.mark.slow
@pytest.mark.parametrize(("command", "size", "code"), [("gather", "400k", 1), ("build", "150k", 5)])
def test_a_disk_that_is_really_full_is_named(
    channel_dir: Path, tmp_path: Path, command: str, size: str, code: int
) -> None:
    """A file system of a few kilobytes under the state folder, in a namespace of its own. A build that could not write
    keeps the code of the store's family."""
    unshare = shutil.which("unshare")
    enter = [str(unshare), "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    state = tmp_path / "full"
    state.mkdir()
    mount = f'mount -t tmpfs -o size={size} none "$0" && '
    probe = [*enter, "sh", "-c", mount + "true", str(state)]
    if not unshare or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    make_small(channel_dir)
    ours = [sys.executable, "-m", "broadcaster.cli", "--channel", str(channel_dir), "--state", str(state), command]
    argv = [*enter, "sh", "-c", mount + '"$@"', str(state), *ours]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    told = done.stderr[done.stderr.rfind("channel: ") :]
    assert done.returncode == code and "internal fault" not in told, done.stderr
    assert f"{state}: the disk is full" in told and "bytes free" in told
