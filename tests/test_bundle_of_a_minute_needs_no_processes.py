"""What little a minute changes in a bundle is painted by the painters that are there, to the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest
from conftest import EXAMPLE
from said_store import MOMENT, house, say, small_example, snapshots_of

from broadcaster.bundle import bundles, keys
from broadcaster.bundle.housed import HousePainter
from broadcaster.bundle.selection import Selection
from broadcaster.places import STORE
from channel.batch.jobs import Result, Want
from channel.batch.painting import BatchPainter
from channel.folder import Channel
from channel.release import Store
from feeds.base.clock import SetClock
from feeds.base.errors import RenderError

pytestmark = pytest.mark.slow
Pages: TypeAlias = Iterable[tuple[str, Sequence[Want]]]
Results: TypeAlias = Iterator[tuple[str, Result]]
PAGES = ("100", "201", "401")


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    folder, state = tmp_path / "channel", tmp_path / "state"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
    state.mkdir()
    made = small_example(folder, state, ("ipanel-hd", "bitmap-hd"), estates=2)
    say(made, snapshots_of(made), PAGES)
    keys.ensure(state, SetClock(MOMENT))
    return made


def test_the_house_gives_the_pack_that_a_batch_gives(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, items, pictures and scripts of two families, byte for byte; no process is started for it."""
    store, clock = Store.open(channel.state / STORE), SetClock(MOMENT)
    release = store.current()
    assert release is not None
    used: list[str] = []

    class Housed(HousePainter):
        def paint(self, pages: Pages) -> Results:
            used.append("house")
            return super().paint(pages)

    class Batched(BatchPainter):
        def paint(self, pages: Pages, *, bodies: bool = True) -> Results:
            used.append("batch")
            return super().paint(pages, bodies=bodies)

    monkeypatch.setattr(bundles, "HousePainter", Housed)
    monkeypatch.setattr(bundles, "BatchPainter", Batched)
    with house(channel.state, 1):
        by_house = bundles.publish(store, release, channel, clock).read_bytes()
    assert used == ["house"]
    (channel.state / "bundling" / bundles.INDEX).unlink()
    # Without painters, a batch paints all of it.
    by_batch = bundles.publish(store, release, channel, clock, select=("ipanel-hd", "bitmap-hd")).read_bytes()
    assert used == ["house", "batch"]
    assert by_house == by_batch


def test_painters_that_go_away_cost_one_bundle(channel: Channel) -> None:
    """The publication fails with a sentence that says so, and the next one succeeds."""
    store = Store.open(channel.state / STORE)
    release = store.current()
    assert release is not None
    with house(channel.state, 1), HousePainter(channel.state, release) as painter:
        assert painter.is_there
    assert not painter.is_there
    with pytest.raises(RenderError, match="away"):
        list(painter.paint([("100", list(Selection.of(channel).wants(release, "100")))]))
    assert bundles.publish(store, release, channel, SetClock(MOMENT)).is_file()
