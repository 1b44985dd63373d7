"""A day of small builds, restarts, rollbacks and prunes ends where a build from nothing would, at every step."""

from __future__ import annotations

import random
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest
from build_help import NOON, World

from channel.release import Store

STEPS = 144
STEP = timedelta(minutes=10)


def _said(store: Store) -> dict[tuple[str, str], tuple[object, ...]]:
    """All that is said on air, and to whom, alert answers and items among it. The day by which it is said counts where
    a header names one."""
    release = store.current()
    assert release is not None
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for page in release.pages:
        for estate, entry in release.map(page).entries.items():
            content = release.content(page, entry.content, items=False)
            found[page, estate] = (content, entry.placed, entry.day if content.sources else 0)
            found["alert.json", estate] = (release.alert(estate),)
            # What stands in where a page fails its checks can be read, too.
            assert not entry.before or release.content(page, entry.before, items=False)
        for ident in release.item_ids(page):
            found[page, ident] = (release.item(page, ident),)
        assert list(release.item_ids(page)) == list(release.map(page).items)
    return found


def _untils(store: Store) -> dict[tuple[str, str], float]:
    """Until when each page's words hold for each scope (unix seconds)."""
    release = store.current()
    assert release is not None
    entries = ((page, scope, entry) for page in release.pages for scope, entry in release.map(page).entries.items())
    return {(page, scope): entry.until or inf for page, scope, entry in entries}


class _Day:
    """What happens to a channel in a day, by a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)

    def step(self) -> None:
        """Sources change or confirm or fall silent; an alert comes or goes."""
        world, chance = self.world, self.random.random
        for source in ("news", "towns"):
            if chance() < 0.25:
                titles = [f"{source} {self.random.randrange(5)}" for _ in range(self.random.randrange(4))]
                if chance() < 0.5:
                    titles.append(f"at {(world.clock.now() + self.random.randrange(1, 12) * STEP).isoformat()}")
                world.says(source, *titles)
        if chance() < 0.1:
            world.warns(self.random.choice(["Minor", "Extreme"]), f"3101120{self.random.randrange(1, 4):02d}", hours=1)

    def upset(self) -> None:
        """What people and machines do to a channel that must not change what it says."""
        world, chance = self.world, self.random.random
        if chance() < 0.2:
            world.store = Store.open(world.folder / "store", clock=world.clock)
            world.builder = world.new_builder()
        if chance() < 0.1:
            world.store.rollback(self.random.choice(world.store.releases()).id)
            world.says("news", "built while held")
            world.builder.build(world.clock.now())
            world.store.resume()
        if chance() < 0.2:
            world.store.prune(self.random.randrange(1, 5))


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        pytest.param(1, 48, marks=pytest.mark.slow),
        *(pytest.param(s, STEPS, marks=pytest.mark.soak) for s in range(2, 8)),
    ],
)
def test_small_builds_and_a_build_from_nothing_agree_all_day(tmp_path: Path, seed: int, steps: int) -> None:
    """At each of many steps the channel on air, grown from small changes, says word for word what the same
    archive gives at that moment in an empty store; nothing stale is shown as fresh, nothing is missing."""
    world = World(tmp_path / "grown", every="1h")
    day = _Day(world, seed)
    wakes = 0
    for number in range(steps):
        world.clock.moment = NOON + number * STEP
        day.step()
        report = world.builder.build(world.clock.now())
        assert report.next_wake is None or report.next_wake > world.clock.now()
        wakes += report.next_wake is not None
        fresh = World.beside(world, tmp_path / f"fresh{number % 2}")
        fresh.builder.build(world.clock.now())
        assert _said(world.store) == _said(fresh.store), f"step {number}"
        # A source that was confirmed since it was asked makes words hold longer: then they are looked at too early.
        latest = _untils(fresh.store)
        assert all(world.clock.now().timestamp() < t <= latest[k] for k, t in _untils(world.store).items())
        day.upset()
    assert wakes > steps / 2 and world.store.check() == []
    world.close()


def test_between_two_wakes_nothing_would_differ(tmp_path: Path) -> None:
    """Until the moment that a build asks to be woken at, a build from nothing says the same."""
    world = World(tmp_path / "grown", every="1h")
    world.says("news", f"at {(NOON + timedelta(minutes=47)).isoformat()}")
    world.says("towns", "town")
    moment, turns = NOON, []
    while moment < NOON + timedelta(hours=14):
        wake = world.builder.build(moment).next_wake
        if wake is None:
            break
        turns.append(wake)
        before = World.beside(world, tmp_path / "before")
        before.builder.build(wake - timedelta(microseconds=1))
        assert _said(before.store) == _said(world.store)
        moment = wake
    # The title's own turn, then each source's borders: late after three hours, stale after twelve.
    assert [turn - NOON for turn in turns[:3]] == [timedelta(minutes=47), timedelta(hours=3), timedelta(hours=12)]
    world.close()
