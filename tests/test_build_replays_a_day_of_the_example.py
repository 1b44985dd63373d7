"""A day of the example over HTTP: sources change, fail and come back; every release is whole and nothing is stale."""

from __future__ import annotations

import json
import posixpath
import random
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from running import make_small
from simulator_fixture import EXAMPLE, running

from channel.build.builder import Builder
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.paint.addresses import SCRIPTS
from channel.paint.output import Rendered
from channel.painting import choose
from channel.release import Release, Store
from channel.release.tree import unit_of
from channel.render import Renderer
from channel.simulated import SIMULATOR_VARIABLE
from channel.views.words import item_targets
from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.gather import gather

MORNING = datetime(2026, 11, 24, 6, 5, tzinfo=UTC) - timedelta(hours=8)
STEP = timedelta(minutes=10)
SOAK_PROFILES = ("ipanel-hd", "web-hd", "bitmap-hd", "bitmap-sd")
SAMPLE = 12
"""Pages that are painted at each step."""
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
        self.builder = Builder(self.channel, self.archive, self.store, clock=self.clock)
        self.renderer = Renderer(self.channel)
        self.painter = Renderer(self.channel)
        """Paints from releases alone: it never asks a view."""
        self._asked: dict[str, datetime] = {}
        self.followed = 0
        """How many links were followed."""

    def close(self) -> None:
        """Let everything go."""
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
        assert release is not None and set(release.pages) == set(self.channel.lineup.pages)
        self.check_whole(release)
        self.check_painted(release)

    def check_whole(self, release: Release) -> None:
        """Everything that is said can be read, and leads to no item that is not there."""
        for page in release.pages:
            items = [release.words(page, key) for key in release.map(page).items.values()]
            entries = release.map(page).entries.values()
            for words in (*items, *(release.words(page, entry.content) for entry in entries)):
                for target in item_targets(words):
                    number, _, ident = target.partition(".")
                    assert release.item_key(number, ident) is not None, f"{page}: {target}"
        for estate in (DISTRICT, *self.channel.estates):
            assert json.loads(release.alert(estate))["level"] in ("none", "strip", "takeover")

    def check_painted(self, release: Release) -> None:
        """A sample of pages, painted from the release: it is what the sources give at this moment, byte for byte, and
        every link of every screen leads to something that the release has."""
        moment = self.clock.now()
        pages = self.random.sample(list(self.channel.lineup.pages.values()), SAMPLE)
        wanted = {source for page in pages for source in page.sources.values()}
        snapshots = self.archive.latest_all(wanted, moment)
        for page in pages:
            profile = self.random.choice(self.channel.profiles)
            estate = self.random.choice([DISTRICT, *self.channel.estates])
            where = f"{profile}/{estate}/{page.number} at {moment}"
            choice = choose(self.painter, release, page.number, estate, profile)
            assert (choice.shown, choice.lasting) == ("content", True), f"{where}: {choice.findings}"
            entry = release.said(page.number, estate)
            assert entry is not None, where
            # A page that names no day and no source is not said again at midnight: its day is that of its words.
            day, content = date.fromordinal(entry.day), self.renderer.content(page, estate, snapshots, moment)
            fresh = self.renderer.painted(page.number, estate, profile, content, day, items=False)
            assert choice.rendered.documents == fresh.documents, where
            self.follow(release, choice.rendered, profile, estate)
            if items := release.item_ids(page.number):
                choice = choose(self.painter, release, page.number, estate, profile, self.random.choice(items))
                assert choice.shown == "content", f"{where}: {choice.findings}"
                self.follow(release, choice.rendered, profile, estate)

    def follow(self, release: Release, rendered: Rendered, profile: str, estate: str) -> None:
        """Every link of a page's screens."""
        for document in rendered.documents:
            assert all(name in rendered.assets for name in document.assets)
            if document.media.startswith("text/html"):
                where = f"{profile}/{estate}/{document.name}"
                for target in _targets(document.body, where):
                    self.followed += 1
                    assert self._leads_somewhere(release, rendered, target), f"{where}: {target}"

    def _leads_somewhere(self, release: Release, rendered: Rendered, target: str) -> bool:
        first, _, rest = target.partition("/")
        if first == "assets":
            return rest in rendered.assets
        estate, _, name = rest.partition("/")
        known = first in self.channel.profiles and (estate == DISTRICT or estate in self.channel.estates)
        unit = unit_of(name)
        if not known or unit is None:
            return known and name in SCRIPTS
        return release.said(unit.page, estate) is not None and (not unit.item or release.item_key(*unit) is not None)


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
            assert replay.followed > steps * 100
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
