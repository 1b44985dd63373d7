"""A small copy of the example, really running, for tests of processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from small_origin import get, get_quietly, wait_for


def make_small(channel: Path, profiles: tuple[str, ...] = ("web-hd",), estates: int = 3) -> None:
    """Leave the first estates and these profiles of a copy of the example, in its bundles too: painted in seconds."""
    rows = (channel / "estates.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (channel / "estates.csv").write_text("".join(rows[: estates + 1]), encoding="utf-8")
    named = ", ".join(f'"{name}"' for name in profiles)
    settings = (channel / "channel.toml").read_text(encoding="utf-8")
    bundled = re.sub(r"(?m)^profiles = .*$", f"profiles = [{named}]", settings)
    served = re.sub(r"(?m)^theme = ", f"profiles = [{named}]\ntheme = ", bundled)
    (channel / "channel.toml").write_text(served, "utf-8")


def processes_of(*words: str) -> list[int]:
    """Ids of living processes whose command line has one of ``words``, ourselves left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and int(folder.name) != os.getpid() and any(word in line for word in words):
            found.append(int(folder.name))
    return found


def start(
    channel: Path, state: Path, *more: str, command: str = "run", env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """``channel run`` (or another command) as a process, with ``env`` besides ours; its output goes to
    ``state/out.log``."""
    state.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "broadcaster.cli", "--channel", str(channel), "--state", str(state), command, *more]
    with (state / "out.log").open("ab") as log:
        return subprocess.Popen(
            argv,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **(env or {})},
        )


def port_of(state: Path, after: int = 0) -> int:
    """The port that the process said it serves on, in what it printed after byte ``after``."""
    found: list[str] = []

    def said() -> bool:
        found[:] = re.findall(r"serving on http://[^:]+:(\d+)/", (state / "out.log").read_bytes()[after:].decode())
        return bool(found)

    wait_for(said)
    return int(found[-1])


@contextmanager
def running(channel: Path, state: Path, *more: str) -> Iterator[tuple[subprocess.Popen[Any], int]]:
    """``channel run`` until the block ends; gives the process and the port."""
    process = start(channel, state, "--port", "0", *more)
    try:
        yield process, port_of(state)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def wait_for_page(port: int, path: str, seconds: float = 120) -> None:
    """Wait until the path is on air."""
    wait_for(lambda: get_quietly(port, path) == 200, seconds)


def seen(port: int, path: str) -> bytes:
    """The page as the release on air has it: until it is painted a box may get it as it was before."""
    found: list[bytes] = []

    def painted() -> bool:
        answer, release = get(port, path), release_of(port)
        found[:] = [answer.body] if answer.status == 200 and answer.fields["x-release"] == release else []
        return bool(found)

    wait_for(painted)
    return found[0]


def release_of(port: int) -> str:
    """The id of the release on air."""
    return get(port, "/healthz").fields.get("x-release", "")


def settled(port: int, seconds: float = 60) -> str:
    """Wait until no other release has come for two seconds; gives its id."""
    last, since, until = "", time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < until:
        now = release_of(port)
        if now != last:
            last, since = now, time.monotonic()
        elif now and time.monotonic() - since > 2:
            return now
        time.sleep(0.1)
    return last


def simulator_of(state: Path) -> str:
    """Where it was said to be."""
    found = re.findall(r"(?m)sources are simulated at=(http://127\.0\.0\.1:\d+)$", (state / "out.log").read_text())
    return str(found[-1])


def tell(simulator: str, order: dict[str, object]) -> None:
    """Have the simulator do what it is told."""
    request = urllib.request.Request(f"{simulator}/_control", json.dumps(order).encode(), method="POST")
    urllib.request.urlopen(request, timeout=60).close()


def warn(state: Path, alert: dict[str, object]) -> None:
    """Have the departments of a running channel issue a warning."""
    tell(simulator_of(state), {"alert": alert})
