"""更新于 is when a source last said what a page says, in steps: a page is not another one each time it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from build_help import ASKED, NOON, World

from broadcaster.tools.witness import witness
from feeds.source import confirmed


@pytest.fixture(params=["1min", "1h"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, every=request.param)
    made.says("news", "写好")
    made.says("towns", "镇上")
    made.builder.build(NOON)
    yield made
    made.close()


def seen(world: World) -> datetime:
    """What the header says of the source of page 111."""
    snapshot = world.archive.latest("news")
    assert snapshot is not None
    return confirmed(world.channel.sources["news"], snapshot)


def test_it_moves_by_five_minutes_or_by_an_hour(world: World) -> None:
    source = world.channel.sources["news"]
    step = timedelta(minutes=5) if source.seconds < 3600 else timedelta(hours=1)
    assert seen(world) == NOON
    asked = []
    for tenth in range(1, 21):
        world.clock.moment = NOON + tenth * step / 10
        for name in ("news", "towns"):
            world.archive.confirm(name, world.clock.now())
        ASKED.clear()
        world.builder.build(world.clock.now())
        asked += [tenth] if ASKED else []
        assert seen(world) == NOON + tenth // 10 * step
    # Besides, a page is asked when the confirmation that it knew of would have become old.
    assert {10, 20} <= set(asked) and len(asked) <= 6


def test_what_was_shown_is_proved_though_it_was_confirmed_since(world: World) -> None:
    """The archive knows the last confirmation alone; the record knows which was shown."""
    first = NOON + timedelta(minutes=1)
    world.clock.moment = NOON + timedelta(hours=5)
    for name in ("news", "towns"):
        world.archive.confirm(name, world.clock.now())
    air = world.store.asrun("mh0001", first)
    assert air is not None
    assert witness(world.channel, air, "111", "web-hd").proved


def test_new_words_count_from_when_they_were_seen(world: World) -> None:
    moment: datetime = NOON + timedelta(minutes=7)
    world.clock.moment = moment
    world.says("news", "更新")
    assert seen(world) == moment
