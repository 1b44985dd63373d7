"""A day of the example over HTTP: sources change, fail and come back; every release is whole and nothing is stale."""

from __future__ import annotations

import json
import posixpath
import random
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running import make_small
from simulator_fixture import EXAMPLE, running

from channel.build.builder import Builder
from channel.build.engines import Serial
from channel.estates import DISTRICT
from channel.release import Release, Store
from channel.render import Renderer
from channel.settings import SIMULATOR_VARIABLE, Channel
from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.gather import gather

MORNING = datetime(2026, 11, 24, 6, 5, tzinfo=UTC) - timedelta(hours=8)
STEP = timedelta(minutes=10)
SOAK_PROFILES = ("ipanel-hd", "web-hd", "bitmap-hd", "bitmap-sd")
_HREF = re.compile(r'href="([^"#?]+)')


class Replay:
    """The example with a few estates, its simulator, and a clock that is moved."""

    def __init__(self, folder: Path, simulator: object, estates: int, profiles: tuple[str, ...], seed: int) -> None:
        shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "__pycache__", "records"))
        make_small(folder / "channel", profiles, estates)
        self.random = random.Random(seed)
        self.simulator = simulator
        self.clock = SetClock(MORNING)
        self.channel = Channel.open(folder / "channel", folder / "state")
        self.archive = Archive.open(self.channel.archive_url)
        self.store = Store.open(folder / "store", clock=self.clock)
        executor = Serial() if estates < 5 else None
        self.builder = Builder(self.channel, self.archive, self.store, clock=self.clock, executor=executor)
        self.renderer = Renderer(self.channel)
        self._asked: dict[str, datetime] = {}
        self.followed = 0
        """How many links were followed."""

    def close(self) -> None:
        """Let everything go."""
        self.builder.close()
        self.archive.close()

    def gather(self) -> None:
        """Ask every source whose time has come; some of them fail for a while."""
        now = self.clock.now()
        self.simulator.moment = now  # type: ignore[attr-defined]
        for source in self.channel.sources:
            faults = self.simulator.faults  # type: ignore[attr-defined]
            broken = faults.get(source, "none") != "none"
            if self.random.random() < (0.3 if broken else 0.02):
                faults[source] = "none" if broken else self.random.choice(["status-500", "html", "gone"])
        due = [
            source
            for source in self.channel.sources.values()
            if source.id not in self._asked or now - self._asked[source.id] >= timedelta(seconds=source.seconds)
        ]
        self._asked.update((source.id, now) for source in due)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self._gather, due))

    def _gather(self, source: object) -> None:
        gather(source, self.archive, self.channel.folder, self.clock, force=True, wait=lambda seconds: None)  # type: ignore[arg-type]

    def step(self) -> None:
        """A build at the clock's moment, and what must hold after it."""
        report = self.builder.build(self.clock.now())
        faults = [f"{f.page} {f.element}: {f.sentence}" for f in report.faults]
        assert faults == []
        release = self.store.current()
        assert release is not None
        self.check_whole(release)
        self.check_fresh(release)

    def check_whole(self, release: Release) -> None:
        """Every picture is there, and every link of every screen leads to something that the release has."""
        missing = [name for name in release.assets() if self.store.asset(name) is None]
        assert missing == []
        for profile in release.profiles:
            for estate in (DISTRICT, self.random.choice(list(self.channel.estates))):
                for name, artefact in release.paths(profile, estate):
                    if artefact.media.startswith("text/html"):
                        body = self.store.body(artefact)
                        for target in _targets(body, f"{profile}/{estate}/{name}"):
                            self.followed += 1
                            assert self._leads_somewhere(release, target), f"{profile}/{estate}/{name}: {target}"

    def _leads_somewhere(self, release: Release, target: str) -> bool:
        first, _, rest = target.partition("/")
        if first == "assets":
            return self.store.asset(rest) is not None
        estate, _, name = rest.partition("/")
        known = estate == DISTRICT or estate in self.channel.estates
        return known and release.entry(first, estate, name) is not None

    def check_fresh(self, release: Release) -> None:
        """A sample of what is on air is what these sources give at this moment, byte for byte."""
        moment = self.clock.now()
        pages = self.random.sample(list(self.channel.lineup.pages.values()), 12)
        wanted = {source for page in pages for source in page.sources.values()}
        snapshots = self.archive.latest_all(wanted, moment)
        for page in pages:
            profile = self.random.choice(release.profiles)
            estate = self.random.choice([DISTRICT, *self.channel.estates])
            rendered = self.renderer.page(page.number, estate, profile, snapshots, moment)
            for document in rendered.documents:
                artefact = release.entry(profile, estate, document.name)
                assert artefact is not None, f"{profile}/{estate}/{document.name} at {moment}"
                assert artefact.location == document.location
                if not document.location:
                    assert self.store.body(artefact) == document.body, f"{profile}/{estate}/{document.name} at {moment}"
            answer = json.loads(release.alert(estate))
            assert answer["level"] in ("none", "strip", "takeover")


def _targets(body: bytes, where: str) -> Iterator[str]:
    for target in _HREF.findall(body.decode("utf-8", "replace")):
        if not target.startswith(("http:", "data:", "javascript:", "/")):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(where), target))


def _replay(path: Path, monkeypatch: pytest.MonkeyPatch, estates: int, profiles: tuple[str, ...], steps: int) -> None:
    with running(MORNING) as simulator:
        monkeypatch.setenv(SIMULATOR_VARIABLE, simulator.origin)
        replay = Replay(path, simulator, estates, profiles, seed=steps)
        try:
            for number in range(steps):
                replay.clock.moment = MORNING + number * STEP
                replay.gather()
                replay.step()
                if number % 6 == 5:
                    replay.store.prune(3)
            assert replay.store.check() == []
            assert replay.followed > steps * 1000
        finally:
            replay.close()


@pytest.mark.slow
def test_the_morning_of_the_example_is_whole_and_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps of ten minutes with two estates on one profile."""
    _replay(tmp_path, monkeypatch, 2, ("web-hd",), 3)


@pytest.mark.soak
def test_a_whole_day_of_the_example_is_whole_and_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """144 steps of ten minutes with twenty estates on four profiles."""
    _replay(tmp_path, monkeypatch, 20, SOAK_PROFILES, 144)
