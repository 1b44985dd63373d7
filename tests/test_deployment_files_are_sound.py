"""What ``deploy/`` holds is understood by those who will read it: systemd, our command line, a builder of images."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from packaged import ROOT, ignored
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    # For ever: by default systemd gives up for good after five times in ten seconds.
    assert values(unit, "Restart") == ["always"] and values(unit, "StartLimitIntervalSec") == ["0"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_each_unit_has_an_environment_of_its_own(unit: Path) -> None:
    """Credentials come from a file that may be missing, before the command starts; no unit has those of the other, and
    the handbook names it."""
    (named,) = values(unit, "EnvironmentFile")
    assert named.startswith("-/etc/channel-")
    text = unit.read_text(encoding="utf-8")
    assert text.index("EnvironmentFile=") < text.index("ExecStart=")
    assert not [other for other in UNITS if other != unit and values(other, "EnvironmentFile") == [named]]
    handbook = (DEPLOY.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    assert f"`{named.removeprefix('-')}`" in handbook


def test_the_units_agree_on_what_they_share() -> None:
    """One user, one state folder, the same fences: one is not laxer than the other by neglect."""
    work, serve = (set(unit.read_text(encoding="utf-8").splitlines()) for unit in sorted(UNITS, reverse=True))
    own = ("#", "Description=", "After=", "Environment", "Exec", "Restart", "TimeoutStopSec=")
    assert {line for line in work ^ serve if not line.startswith(own)} == set()


def test_constraints_pin_all_that_is_required() -> None:
    """Every requirement of setup.cfg, of every extra, has one version in constraints.txt, and within its bounds."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    wanted = [Requirement(line) for text in texts for line in text.splitlines() if line and not line.startswith("#")]
    assert len(wanted) > 40
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    pinned = dict(line.split("==") for line in lines)
    assert len(pinned) == len(lines) and list(pinned) == sorted(pinned)
    stale = [str(one) for one in wanted if pinned.get(canonicalize_name(one.name), "") not in one.specifier]
    assert not stale, "make constraints"


def test_the_image_is_made_of_what_is_pinned_and_packaged() -> None:
    """It installs with the constraints, and .dockerignore lets nothing in that the wheel is not made of."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert "-c constraints.txt '.[station,postgres]'" in text
    assert text.count("FROM ${BASE}") == 2 and "ARG BASE=" in text
    names = {line[1:] for line in ignored() if line.startswith("!")}
    assert ignored()[0] == "*" and all((ROOT / name).exists() for name in names)
    assert names.isdisjoint({"tests", "docs", "examples", ".git", "deploy", "scripts"})


def test_the_base_of_debians_packages_is_a_shell_script_that_says_what_it_lacks(tmp_path: Path) -> None:
    """Without debootstrap or a name for the file it makes nothing and says so."""
    script = ROOT / "scripts" / "debian-base"
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0 and os.access(script, os.X_OK)
    for argv, said in (([], "usage"), ([str(tmp_path / "base.tar")], "debootstrap is missing")):
        argv = ["/bin/sh", str(script), *argv]
        done = subprocess.run(argv, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
        assert done.returncode != 0 and said in done.stderr
    assert not list(tmp_path.iterdir())


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
