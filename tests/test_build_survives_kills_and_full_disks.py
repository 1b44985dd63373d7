"""A build may be killed, or find the disk full, at any write: what is on air stays whole, and the next mends all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import NOON, World
from store_help import FailingDisk, Killed

from channel.release import Store
from feeds.base.errors import StoreError

LATER = NOON + timedelta(minutes=1)


def _changed(folder: Path) -> World:
    """A world that was built once and of which everything has changed since."""
    world = World(folder)
    world.says("news", "old")
    world.says("towns", "old town")
    world.builder.build(NOON)
    world.says("news", "new")
    world.says("towns", "new town")
    world.warns("Extreme", "310112001")
    return world


def _rebuild(world: World, disk: FailingDisk) -> None:
    world.store = Store.open(world.folder / "store", clock=world.clock, disk=disk)
    world.new_builder().build(LATER)


def _steps(every: int, dies: bool, tmp_path: Path) -> Iterable[tuple[int, World, BaseException | None]]:
    counting = FailingDisk()
    world = _changed(tmp_path / "count")
    _rebuild(world, counting)
    world.close()
    for step in range(1, counting.steps + 1, every):
        world = _changed(tmp_path / str(step))
        raised: BaseException | None = None
        try:
            _rebuild(world, FailingDisk(step, dies=dies))
        except (Killed, StoreError) as error:
            raised = error
        world.store = Store.open(world.folder / "store", clock=world.clock)
        yield step, world, raised
        world.close()


def _check(tmp_path: Path, *, every: int, dies: bool) -> None:
    for step, world, raised in _steps(every, dies, tmp_path):
        for name, words in (("100.html", ("old", "new")), ("115.html", ("old town", "new town"))):
            assert world.text("mh0001", name) in {f"mh0001 {word}" for word in words}, step
        assert world.store.check() == [], step
        if not dies and raised is None:
            # What could not be written was a note: the release itself is on air.
            assert world.text("mh0001", "115.html") == "mh0001 new town", step
        world.new_builder().build(LATER)
        assert world.text("mh0001", "100.html") == "mh0001 new", step
        assert world.text("mh0001", "115.html") == "mh0001 new town", step
        assert world.text("mh0001", "900.html") == "district 暴雨红色预警", step
        release = world.store.current()
        assert release is not None and b"takeover" in release.alert("mh0001")


@pytest.mark.parametrize("dies", [True, False], ids=["kill", "full-disk"])
def test_some_steps_may_be_the_last(tmp_path: Path, dies: bool) -> None:
    """A sample of the steps of a build with alerts."""
    _check(tmp_path, every=9, dies=dies)


@pytest.mark.soak
@pytest.mark.parametrize("dies", [True, False], ids=["kill", "full-disk"])
def test_every_step_may_be_the_last(tmp_path: Path, dies: bool) -> None:
    """Each write, sync, rename and removal of a build with alerts, the ledger's among them."""
    _check(tmp_path, every=1, dies=dies)
