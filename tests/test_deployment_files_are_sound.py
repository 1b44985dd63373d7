"""What ``deploy/`` holds is understood by those who will read it: systemd, our command line, a builder of images."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from broadcaster.cli import build_parser, command_names

DEPLOY = Path(__file__).parents[1] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
CHANNEL = "/opt/channel/bin/channel"


def values(unit: Path, key: str) -> list[str]:
    """What a unit says under ``key``."""
    return re.findall(rf"(?m)^{key}=(.*)$", unit.read_text(encoding="utf-8"))


@pytest.mark.skipif(not ANALYZE, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_each_unit(unit: Path, tmp_path: Path) -> None:
    """No unknown key, no value that is dropped; and what the process does not need is taken from it."""
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text(encoding="utf-8").replace(CHANNEL, "/bin/true"), encoding="utf-8")
    done = subprocess.run([str(ANALYZE), "verify", str(copy)], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if unit.name in line]
    assert done.returncode == 0 and not said, done.stderr
    argv = [str(ANALYZE), "security", "--offline=true", "--threshold=35", str(copy)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_each_unit_runs_a_command_that_exists(unit: Path) -> None:
    """Its command line is one that ours takes, with a state folder that the unit makes."""
    (line,) = values(unit, "ExecStart")
    program, *argv = shlex.split(line)
    args = build_parser(command_names()).parse_args(argv)
    assert program == CHANNEL and unit.stem == f"channel-{args.command}"
    assert str(args.state) == f"/var/lib/{values(unit, 'StateDirectory')[0]}"
    assert values(unit, "Restart") == ["always"]


def test_the_image_runs_commands_that_exist() -> None:
    """Entry and default command are ours, and so are those that its head shows."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    entry = json.loads(re.search(r"(?m)^ENTRYPOINT (.*)$", text)[1])  # type: ignore[index]
    default = json.loads(re.search(r"(?m)^CMD (.*)$", text)[1])  # type: ignore[index]
    runs = [line for line in text.splitlines() if line.startswith("#   podman run")]
    shown = [shlex.split(line.rpartition(" channel ")[2]) for line in runs]
    assert entry[0] == CHANNEL and len(shown) == 2
    for argv in (default, *shown):
        build_parser(command_names()).parse_args([*entry[1:], *argv])
    stages = set(re.findall(r"(?m)^FROM \S+ AS (\w+)$", text))
    assert set(re.findall(r"--from=(\w+)", text)) <= stages
    assert re.search(r"(?m)^USER (?!root)\w+$", text), "the image must not run as root"
