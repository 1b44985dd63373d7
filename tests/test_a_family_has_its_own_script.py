"""Each family of boxes has one script beside its pages, the same for every estate, and it belongs to their release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import NOON, PAGES, World, write_channel
from conftest import EXAMPLE

from broadcaster.painters.keys import recipe
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.paint.addresses import SCRIPTS
from channel.profiles import load_profiles
from channel.render import Renderer

PROFILES = load_profiles()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    yield made
    made.close()


def test_every_family_that_runs_one_has_its_own() -> None:
    """Boxes that differ in their keys alone differ in their scripts; those that run none have none."""
    renderer = Renderer(Channel.open(EXAMPLE))
    scripts = {profile: renderer.scripts(profile) for profile in PROFILES}
    assert {p for p, found in scripts.items() if not found} == {
        p for p, profile in PROFILES.items() if profile.kind != "html" or profile.script == "none"
    }
    bodies = {p: found[0].body for p, found in scripts.items() if found}
    assert len(bodies) > 10 and all(tuple(s.name for s in found) == SCRIPTS for found in scripts.values() if found)
    # Large text is the same box, with the same keys.
    own = {p: body for p, body in bodies.items() if not PROFILES[p].normal}
    assert len(set(own.values())) == len(own)


def _key(world: World, estate: str = "mh0001", profile: str = "web-hd") -> bytes:
    release = world.store.current()
    assert release is not None
    found = recipe(release, PROFILES[profile], estate, SCRIPTS[0], "engine")
    assert found is not None and (found.page, found.item, found.entry) == ("", "", None)
    return found.key


def test_it_is_one_for_all_estates_and_stays_while_only_pages_change(world: World) -> None:
    """Another profile's is another one; what the pages say is nothing to it."""
    world.builder.build(NOON)
    first = _key(world)
    assert {_key(world, estate) for estate in (DISTRICT, "mh0001", "mh0003")} == {first}
    assert _key(world, profile="ipanel-hd") != first
    world.says("news", "second")
    world.warns("Extreme", "310112001")
    assert world.builder.build(NOON + timedelta(minutes=1)).on_air
    assert _key(world) == first


def test_it_belongs_to_the_release_of_its_pages(world: World) -> None:
    """It knows which pages there are. A rollback brings the pages' own script back, whatever the alerts come with;
    resuming brings the newer one."""
    world.builder.build(NOON)
    good, first = world.store.current_id(), _key(world)
    world.channel = write_channel(world.folder, pages=(*PAGES, ("120", "district", "news")))
    world.new_builder().build(NOON + timedelta(minutes=1))
    second = _key(world)
    assert second != first
    world.store.rollback(good)
    assert _key(world) == first
    world.channel = write_channel(world.folder, pages=(*PAGES, ("121", "district", "news")))
    world.warns("Extreme", "310112001")
    assert world.new_builder().build(NOON + timedelta(minutes=2)).on_air
    assert _key(world) == first
    world.store.resume()
    assert _key(world) not in (first, second)
