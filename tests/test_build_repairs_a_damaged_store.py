"""A damaged store serves what is whole, says what is damaged, and is mended by rendering again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import NOON, World, WritingRenderer

from channel.release import Store
from channel.release.objects import ASSET, MAP, PART
from channel.release.tree import REMOTE


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    WritingRenderer.calls.clear()
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    made.builder.build(NOON)
    yield made
    made.builder.close()
    made.archive.close()


def _damage(world: World, *marks: tuple[int, bytes]) -> None:
    """Flip a byte of these objects in the packs, and open everything again."""
    for pack in (world.folder / "store" / "packs").glob("*.pack"):
        data = bytearray(pack.read_bytes())
        for kind, key in marks:
            position = data.find(bytes((kind,)) + key)
            if position >= 0:
                data[position + 21 + 3] ^= 0xFF
        pack.write_bytes(data)
    world.store = Store.open(world.folder / "store", clock=world.clock)
    world.builder = world.new_builder()


def _marks(world: World) -> dict[str, tuple[int, bytes]]:
    """One object of each kind that a release is made of."""
    release = world.store.current()
    assert release is not None
    page = release.entry("web-hd", "mh0001", "115.html")
    script = release.entry("web-hd", "mh0001", "remote.js")
    assert page is not None and script is not None
    index = release.root.pages["web-hd"]
    scopes = world.store._room.maps.index(bytes.fromhex(index))
    return {
        "a page's body": (PART, page.parts[0]),
        "a sheet": (MAP, release.groups("pages", "web-hd", "mh0001")["115"]),
        "an estate's map": (MAP, scopes["mh0002"]),
        "a profile's index": (MAP, bytes.fromhex(index)),
        "the alerts' index": (MAP, bytes.fromhex(release.root.alerts["web-hd"])),
        "an asset": (ASSET, bytes.fromhex(page.assets[0][:32])),
        "the script": (PART, script.parts[0]),
        "the script's sheet": (MAP, release.groups("pages", "web-hd", "district")[REMOTE]),
        "items": (MAP, release.groups("pages", "web-hd", "district")["i/111"]),
    }


def _everything(world: World) -> dict[tuple[str, str, str], str]:
    """Every address on air with its text."""
    release = world.store.current()
    assert release is not None
    return {
        (profile, estate, name): world.store.body(artefact).decode()
        for profile in release.profiles
        for estate in release.estates(profile)
        for name, artefact in release.paths(profile, estate)
    }


@pytest.mark.parametrize(
    "what",
    [
        "a page's body",
        "a sheet",
        "an estate's map",
        "a profile's index",
        "the alerts' index",
        "an asset",
        "the script",
        "the script's sheet",
        "items",
    ],
)
def test_each_kind_of_damage_is_mended(world: World, what: str) -> None:
    """After the repair every address answers what it answered before, and nothing is damaged any more."""
    before = _everything(world)
    _damage(world, _marks(world)[what])
    assert world.store.check()
    report = world.builder.repair(NOON + timedelta(minutes=1))
    assert report.damages and report.left == ()
    assert _everything(world) == before
    assert Store.open(world.folder / "store").check() == []
    assert world.builder.repair(NOON + timedelta(minutes=1)).damages == ()


def test_a_lost_pack_is_mended(world: World) -> None:
    """A whole pack that is gone, with everything in it, comes back by rendering."""
    before = _everything(world)
    packs = sorted((world.folder / "store" / "packs").glob("*.pack"), key=lambda path: path.stat().st_size)
    packs[-1].unlink()
    _damage(world)
    report = world.builder.repair(NOON + timedelta(minutes=1))
    assert report.left == () and _everything(world) == before


def test_old_releases_that_stay_damaged_are_forgotten(world: World) -> None:
    """A release nobody can render again is no longer offered for rolling back."""
    release = world.store.current()
    assert release is not None
    page = release.entry("web-hd", "mh0001", "115.html")
    assert page is not None
    world.says("towns", "other")
    world.builder.build(NOON + timedelta(minutes=1))
    known = len(world.store.releases())
    _damage(world, (PART, page.parts[0]))
    report = world.builder.repair(NOON + timedelta(minutes=2))
    assert report.forgotten > 0 and report.left == ()
    assert len(world.store.releases()) < known
    assert world.text("mh0001", "115.html") == "mh0001 other"


def test_what_was_taken_down_stays_down(world: World) -> None:
    """The list of what was taken down is damaged: pages stay down before the repair, pictures after it too."""
    release = world.store.current()
    assert release is not None
    page = release.entry("web-hd", "mh0001", "115.html")
    assert page is not None
    world.store.take_down("115")
    release = world.store.current()
    assert release is not None
    _damage(world, (MAP, bytes.fromhex(release.root.denied)))
    assert world.text("mh0001", "115.html") is None
    world.builder.repair(NOON + timedelta(minutes=1))
    assert world.text("mh0001", "115.html") is None and world.store.taken_down() == ("115",)
    assert world.store.asset(page.assets[0]) is None
    assert world.store.check() == []


def test_random_damage_is_mended(world: World) -> None:
    """Some hundred flipped bytes anywhere in the packs: the repair brings every address back."""
    before = _everything(world)
    seed = random.Random(7)
    for pack in (world.folder / "store" / "packs").glob("*.pack"):
        data = bytearray(pack.read_bytes())
        for _ in range(40):
            data[seed.randrange(16, len(data))] ^= 1 << seed.randrange(8)
        pack.write_bytes(data)
    _damage(world)
    report = world.builder.repair(NOON + timedelta(minutes=1))
    assert report.damages and report.left == ()
    assert _everything(world) == before
