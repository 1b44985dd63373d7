"""The command line: help everywhere, one clear line for a mistake, exit codes by family, never a traceback."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLE

from broadcaster import cli, logs
from broadcaster.cli import build_parser, command_names, main

pytestmark = pytest.mark.slow


def run(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "broadcaster.cli", *args]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)


def test_every_command_has_a_module_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    """``channel --help`` names all commands with a line each, and each has help of its own."""
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for name in command_names():
        module = cli.load(name)
        assert module.HELP and "\n" not in module.HELP
        assert name in text
        with pytest.raises(SystemExit) as end:
            main([name, "--help"])
        assert end.value.code == 0
        assert "usage: channel" in capsys.readouterr().out
    expected = "run gather build serve work show check releases rollback resume pull keys"
    assert set(expected.split()) <= set(command_names())


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["--channel", "/nowhere", "check"], 2, "no channel.toml"),
        (["nonsense"], 2, "nonsense"),
        (["show"], 2, "PAGE"),
        ([], 2, "COMMAND"),
    ],
)
def test_a_wrong_argument_is_one_line_and_code_2(args: list[str], code: int, says: str) -> None:
    """What a person got wrong is named; nothing else is printed."""
    done = run(*args)
    assert done.returncode == code
    assert says in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_mistake_in_a_file_names_file_key_found_and_expected(channel_dir: Path) -> None:
    """The four things one needs to mend it, and the nearest known name."""
    path = channel_dir / "channel.toml"
    path.write_text(path.read_text().replace('"ipanel-hd"', '"ipanel-hdd"'))
    done = run("--channel", str(channel_dir), "releases")
    assert done.returncode == 2
    for part in ("channel.toml", "bundle.profiles", "ipanel-hdd", "expected", "ipanel-hd`"):
        assert part in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_the_folder_is_the_current_one_and_an_empty_one_is_empty(channel_dir: Path, tmp_path: Path) -> None:
    """Without --channel: here if there is a channel.toml, the example from within the source alone."""
    assert "no channel" not in run("releases", cwd=channel_dir).stderr
    assert (channel_dir / "var").exists()
    elsewhere = run("--state", str(tmp_path / "s"), "releases", cwd=tmp_path)
    assert elsewhere.returncode == 2 and "found no channel.toml" in elsewhere.stderr
    assert run("--state", str(tmp_path / "s"), "releases", cwd=EXAMPLE.parent).returncode == 0


def test_common_options_stand_before_or_after_the_command(tmp_path: Path) -> None:
    """Nobody has to know the grammar."""
    common = ["--state", str(tmp_path), "--json-log"]
    for args in ([*common, "releases"], ["releases", *common]):
        assert run(*args).returncode == 0
    assert run("--json-log", "--verbose", "releases").returncode == 2


@pytest.mark.parametrize(
    ("args", "names"), [(["rollback", "r000099-abcdef"], "r000099"), (["gather", "hospitels"], "hospitals")]
)
def test_a_name_that_is_not_there_is_code_2(tmp_path: Path, args: list[str], names: str) -> None:
    """A release or source that does not exist is said so, with the nearest one."""
    done = run("--state", str(tmp_path), *args)
    assert done.returncode == 2
    assert names in done.stderr and "Traceback" not in done.stderr


def test_a_fault_of_our_own_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug says where to look on request, and has an exit code of its own."""

    def broken(args: object) -> int:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(cli.load("releases"), "run", broken)
    assert main(["releases"]) == cli.INTERNAL_FAULT
    error = capsys.readouterr().err
    assert "ZeroDivisionError" in error and "Traceback" not in error and "--verbose" in error


def test_a_log_line_cannot_be_forged(capsys: pytest.CaptureFixture[str]) -> None:
    """A value with a line break stays on its line; JSON lines are one object each, with their fields."""
    import logging

    logger = logging.getLogger("test.forged")
    logs.configure()
    logger.warning("gathered", extra={"source": "a\n12:00:00 ERROR all is lost", "count": 3})
    console = capsys.readouterr().err
    assert len(console.splitlines()) == 1 and "count=3" in console
    logs.configure(json=True)
    logger.warning("gathered", extra={"source": "公交\n", "count": 3})
    entry = json.loads(capsys.readouterr().err)
    assert (entry["event"], entry["source"], entry["count"], entry["level"]) == ("gathered", "公交\n", 3, "warning")


def test_output_into_a_pipe_that_closes_is_no_error(tmp_path: Path) -> None:
    """``channel sources | head -1`` ends quietly."""
    line = f"{sys.executable} -m broadcaster.cli --state {tmp_path} sources | head -1"
    argv = ["bash", "-o", "pipefail", "-c", line]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5.0), ("2.5", 2.5), ("5s", 5.0), ("1min", 60.0), ("1h30min", 5400.0), ("500ms", 0.5)]
)
def test_a_pull_takes_durations_as_sources_do(tmp_path: Path, text: str, seconds: float) -> None:
    """Seconds, or with a unit."""
    args = build_parser(["pull"]).parse_args(["pull", "http://x/", str(tmp_path), "--root", "r", "--timeout", text])
    assert args.timeout == seconds


@pytest.mark.parametrize("text", ["0", "-1", "soon", "5 s", "nan", "1e9x", ""])
def test_a_duration_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """What was found and what was expected."""
    with pytest.raises(SystemExit):
        build_parser(["pull"]).parse_args(["pull", "http://x/", str(tmp_path), "--root", "r", f"--timeout={text}"])
    said = capsys.readouterr().err
    assert f"found {text!r}" in said and "expected" in said


def test_no_librarys_word_of_a_job_that_waits_reaches_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    """A scheduler that leaves one run out because the last still runs harms nothing; its errors are told."""
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.configure()
        logging.getLogger("apscheduler.scheduler").warning("Execution of job skipped: maximum number of instances")
        logging.getLogger("apscheduler.executors.default").error("Job raised an exception")
    finally:
        logging.getLogger().handlers[:] = kept[0]
        logging.getLogger().setLevel(kept[1])
    said = capsys.readouterr().err
    assert "skipped" not in said and "Job raised an exception" in said
