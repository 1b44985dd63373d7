"""A page that goes wrong keeps its last good screens or shows a plain one; the others go on, and the editor is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import NOON, World, WritingRenderer

from channel.build import crew, engines, jobs
from channel.build.placing import RETRY_S


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    WritingRenderer.calls.clear()
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    yield made
    made.builder.close()
    made.archive.close()


@pytest.mark.parametrize("order", ["fault", "raise", "dead"])
def test_the_last_good_screens_stay(world: World, order: str) -> None:
    """Unfit, failing or with a dead link: yesterday's screens stay, other pages are new, the finding is kept."""
    world.builder.build(NOON)
    world.says("towns", order)
    world.says("news", "second")
    report = world.builder.build(NOON + timedelta(minutes=1))
    assert world.text("mh0001", "115.html") == "mh0001 town"
    assert world.text("district", "i/115.a0.html") == "item town"
    assert world.text("mh0001", "100.html") == "mh0001 second"
    assert {finding.page for finding in report.faults} == {"115"}
    assert {finding.page for finding in world.new_builder().findings()} == {"115"}


@pytest.mark.parametrize("order", ["fault", "raise", "dead"])
def test_a_page_that_was_never_good_is_plain(world: World, order: str) -> None:
    """With no last good screens there is a plain screen with a way back, and the rest of the channel."""
    world.says("towns", order)
    world.builder.build(NOON)
    assert world.text("district", "115.html") == "暂不可用"
    assert world.text("mh0001", "115.html") == "暂不可用"
    assert world.text("mh0001", "100.html") == "mh0001 first"


def test_one_bad_estate_does_not_stop_the_others(world: World) -> None:
    """Only the estate whose page goes wrong keeps its old screens."""
    world.builder.build(NOON)
    world.says("towns", "fault mh0002")
    world.builder.build(NOON + timedelta(minutes=1))
    assert world.text("mh0001", "115.html") == "mh0001 fault mh0002"
    assert world.text("mh0002", "115.html") == "mh0002 town"


def test_a_page_that_failed_is_tried_again(world: World) -> None:
    """Without any change the failed page is tried again after a while; when it is well its finding goes."""
    world.says("towns", "raise")
    report = world.builder.build(NOON)
    assert report.next_wake == NOON + timedelta(seconds=RETRY_S)
    WritingRenderer.calls.clear()
    world.builder.build(NOON + timedelta(seconds=RETRY_S))
    assert {number for number, _, _ in WritingRenderer.calls} == {"115"}
    world.says("towns", "well")
    world.builder.build(NOON + timedelta(seconds=RETRY_S + 1))
    assert world.builder.findings() == []
    assert world.text("mh0001", "115.html") == "mh0001 well"


@pytest.mark.slow
def test_a_killed_worker_costs_no_page(tmp_path: Path) -> None:
    """A worker that dies over one estate takes no other with it: that estate sees the district's screens."""
    world = World(tmp_path, estates=30)
    world.says("news", "die mh0001")
    world.says("towns", "town")
    pool = crew.Crew(lambda: engines.processes(2), jobs.run, 2)
    builder = world.new_builder(executor=None)
    builder._crew = pool
    try:
        report = builder.build(NOON)
    finally:
        builder.close()
        world.archive.close()
    assert world.text("mh0001", "100.html") == "district die mh0001"
    assert all(world.text(f"mh{n:04d}", "100.html") == f"mh{n:04d} die mh0001" for n in range(2, 31))
    assert all(world.text(f"mh{n:04d}", "115.html") == f"mh{n:04d} town" for n in range(1, 31))
    assert any("died" in finding.sentence for finding in report.faults)
