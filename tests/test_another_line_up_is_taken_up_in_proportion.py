"""Another line-up costs what it changes: pages that it declares otherwise are asked and looked over, beside what is on
air, for which nothing waits."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import msgspec
import pytest
from build_help import ASKED, NOON, World
from conftest import EXAMPLE
from said_store import MOMENT, snapshots_of

from broadcaster.renewed import Renewed
from broadcaster.station.rehearsal import Rehearsal
from broadcaster.station.supervise import Child, Supervisor
from channel.asking import Asker
from channel.build.builder import Builder
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.lineup import Lineup
from channel.paint.output import Finding
from channel.views import looks_around
from feeds.base.clock import SystemClock


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    made.builder.build(NOON)
    ASKED.clear()
    yield made
    made.close()


def renamed(channel: Channel, number: str, title: str) -> Channel:
    """The channel with another title of one page."""
    page = msgspec.structs.replace(channel.lineup.pages[number], title=title)
    lineup = Lineup({**channel.lineup.pages, number: page})
    (channel.folder / "lineup.toml").write_text(
        (channel.folder / "lineup.toml").read_text("utf-8").replace(f"第{number}页", title), encoding="utf-8"
    )
    return replace(channel, lineup=lineup, digest=f"{channel.digest}{title}")


class Seen:
    """Who looks samples over: which pages, and whether there was something to look at."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []

    def __call__(self, draft: str, pages: Iterable[str]) -> Iterable[Finding]:
        assert draft
        self.pages.append(list(pages))
        return ()


def test_only_the_page_that_changed_is_asked_and_looked_over(world: World) -> None:
    seen = Seen()
    other = Builder(renamed(world.channel, "111", "新闻"), world.archive, world.store, clock=world.clock, check=seen)
    assert other.build(NOON).on_air and seen.pages == [["111"]]
    assert {page for page, _ in ASKED} == {"111"}
    assert world.store.check() == []


def test_it_is_looked_over_beside_what_is_on_air(world: World) -> None:
    """Nothing of it is published before; what comes meanwhile goes on air by the line-up before, and is not lost."""
    seen = Seen()
    other = Builder(renamed(world.channel, "111", "新闻"), world.archive, world.store, clock=world.clock, check=seen)
    before = world.store.current_id()
    assert other.rehearse(NOON) == () and seen.pages == [["111"]]
    assert world.store.current_id() == before
    world.says("towns", "notice")
    assert world.builder.build(NOON).on_air and world.text("mh0001", "115.html") == "mh0001 notice"
    report = other.build(NOON)
    assert report.on_air and world.air.root.declared == other.declarations
    assert world.text("mh0001", "115.html") == "mh0001 notice"
    assert seen.pages == [["111"]], "it was looked over already"


@pytest.mark.slow
def test_who_does_not_look_around_says_the_same_alone(tmp_path: Path) -> None:
    """What a page says depends on other pages only where its view says so: else another line-up would leave it as it
    was."""
    channel = Channel.open(EXAMPLE, tmp_path)
    snapshots, whole = snapshots_of(channel), Asker(channel)
    estates = (DISTRICT, "mh0001", "mh0400")
    alone = 0
    for page in channel.lineup.pages.values():
        if not looks_around(page):
            single = Asker(replace(channel, lineup=Lineup({page.number: page})))
            for estate in estates:
                assert single.content(page, estate, snapshots, MOMENT) == whole.content(page, estate, snapshots, MOMENT)
            alone += 1
    assert alone > 60


class Line:
    """Whoever opens the channel anew, by hand."""

    def __init__(self, channel: object) -> None:
        self.channel = channel
        self.news: list[object] = []

    def look(self) -> bool:
        if not self.news:
            return False
        self.channel = self.news.pop()
        return True


class Rehearsed:
    """A builder that takes its time."""

    def __init__(self, channel: object, *, fails: bool = False) -> None:
        self.channel, self.fails, self.ready = channel, fails, False

    def rehearse(self, moment: object) -> tuple[()]:
        while not self.ready:
            time.sleep(0.01)
        if self.fails:
            raise OSError("no space left")
        return ()


def rehearsal(line: Line, made: list[Rehearsed], *, fails: bool = False) -> Rehearsal:
    def make(channel: Channel) -> Builder:
        made.append(Rehearsed(channel, fails=fails))
        return cast("Builder", made[-1])

    return Rehearsal(cast("Renewed", line), make, SystemClock())


def settled(one: Rehearsal) -> bool:
    for _ in range(500):
        if one.is_over():
            return True
        time.sleep(0.01)
    return False


def test_the_next_leads_when_it_was_looked_over(caplog: pytest.LogCaptureFixture) -> None:
    line, made = Line("first"), []  # type: ignore[var-annotated]
    one = rehearsal(line, made)
    caplog.set_level(logging.INFO)
    assert not one.is_over() and one.builder is None
    line.news.append("second")
    assert not one.is_over() and not one.is_over()
    line.news.append("third")
    made[0].ready = True
    while len(made) == 1:
        assert not one.is_over(), "it changed again meanwhile"
    made[1].ready = True
    assert settled(one) and one.builder is made[1] and made[1].channel == "third"  # type: ignore[comparison-overlap]
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_one_that_cannot_be_looked_over_is_taken_up_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    line, made = Line("first"), []  # type: ignore[var-annotated]
    one = rehearsal(line, made, fails=True)
    line.news.append("second")
    assert not one.is_over()
    made[0].ready = True
    assert settled(one) and one.builder is made[0]
    assert "could not be looked over" in caplog.text


@pytest.mark.parametrize(("code", "level"), [(0, "INFO"), (3, "WARNING")])
def test_who_ends_to_begin_again_is_no_warning(caplog: pytest.LogCaptureFixture, code: int, level: str) -> None:
    caplog.set_level(logging.INFO)
    supervisor = Supervisor()
    supervisor.add(Child("work", [sys.executable, "-c", f"raise SystemExit({code})"]))
    while not caplog.records:
        supervisor.tend()
        time.sleep(0.01)
    supervisor.end()
    assert [(record.message, record.levelname) for record in caplog.records] == [("a child ended", level)]
