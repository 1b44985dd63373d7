"""The small example, said once and really served with real painters, for tests of what somebody looks at."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from conftest import EXAMPLE
from said_store import MOMENT, PROFILES, counts, small_example, snapshots_of
from small_origin import Answer, get, get_quietly, wait_for

from broadcaster.places import STORE
from channel.build.builder import Builder
from channel.folder import Channel
from channel.painting import choose
from channel.release import Release, Store
from channel.render import Renderer
from feeds.archive import Archive

WAITS = b'http-equiv="refresh" content="5; url=/'
"""How a page begins to say that it asks again by itself."""


class Site:
    """The small example, said once; ``renderer`` says what its pages look like."""

    def __init__(self, folder: Path, profiles: tuple[str, ...] = PROFILES) -> None:
        shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "__pycache__"))
        self.folder, self.state = folder / "channel", folder / "s"
        self.channel: Channel = small_example(self.folder, self.state, profiles)
        self.state.mkdir()
        self.archive = Archive.open(self.channel.archive_url)
        for snapshot in snapshots_of(self.channel).values():
            self.archive.save(snapshot)
        self.store = Store.open(self.state / STORE)
        Builder(self.channel, self.archive, self.store).build(MOMENT)
        release = self.store.current()
        assert release is not None and release.root.warnings
        self.release: Release = release
        self.renderer = Renderer(self.channel)

    def body(self, number: str, estate: str, profile: str) -> bytes:
        """A page's first screen in HTML."""
        shown = choose(self.renderer, self.release, number, estate, profile).rendered
        return next(document.body for document in shown.documents if document.name == f"{number}.html")

    def copied(self, folder: Path) -> Path:
        """A state folder of another machine: it has the store, and nothing else."""
        (folder / "s").mkdir()
        shutil.copytree(self.state / STORE, folder / "s" / STORE)
        return folder / "s"

    @contextmanager
    def served(self, state: Path, env: Mapping[str, str] | None = None) -> Iterator[Origin]:
        """``channel serve`` over a state folder, once two painters are ready; ``env`` is laid over the environment."""
        argv = [sys.executable, "-m", "broadcaster.cli", "--channel", str(self.folder), "--state", str(state)]
        with (state / "serve.log").open("ab") as log:
            process = subprocess.Popen(
                [*argv, "serve", "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **(env or {})},
            )
        assert process.stdout is not None
        try:
            said = re.search(r":(\d+)/", process.stdout.readline())
            assert said is not None
            origin = Origin(self, int(said[1]), process.pid, state)
            wait_for(lambda: len(counts(state).painters) > 0 and get_quietly(origin.port, "/readyz") == 200)
            yield origin
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


class Origin(NamedTuple):
    """One that runs."""

    site: Site
    port: int
    master: int
    state: Path

    def look(self, path: str, seconds: float = 60) -> Answer:
        """What a box sees in the end, which asks again by itself while it is told to."""
        until = time.monotonic() + seconds
        while (answer := get(self.port, path)).status == 503 and WAITS in answer.body and time.monotonic() < until:
            time.sleep(0.1)
        return answer

    def house(self) -> int:
        """The process that keeps the painters."""
        return next(pid for pid, line in children_of(self.master) if "painters.house" in line)

    def painters(self) -> list[int]:
        return [pid for nursery, _ in children_of(self.house()) for pid, _ in children_of(nursery)]


def until_on_air(port: int, release: str) -> None:
    wait_for(lambda: get(port, "/healthz").fields["x-release"] == release)


def children_of(parent: int) -> list[tuple[int, str]]:
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True)
    return [(int(line.split()[0]), line) for line in listed.stdout.splitlines()]
