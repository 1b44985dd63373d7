"""A damaged store serves what is whole, says what is damaged, and is mended by asking again."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import NOON, World

from channel.release import Store
from channel.release.objects import BOOK, MAP, Objects
from channel.release.pack import Pack

pytestmark = pytest.mark.slow

LATER = NOON + timedelta(minutes=5)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with all that there can be: releases of two trees, alerts in force, a page taken down,
    releases that outlive their day, a day of the as-run record, a ledger."""
    made = World(tmp_path_factory.mktemp("sound"))
    for news, towns in (("first", "town"), ("second", "town"), ("third", "new town")):
        made.says("news", news)
        made.says("towns", towns)
        made.builder.build(NOON)
    made.warns("Extreme", "310112001")
    made.builder.build(NOON)
    made.store.take_down("111")
    made.store.prune(2, NOON)
    made.close()
    return made.folder


@pytest.fixture
def world(sound: Path, tmp_path: Path) -> Iterator[World]:
    """A copy of it."""
    made = World.at(shutil.copytree(sound, tmp_path / "channel"))
    yield made
    made.close()


def _reopened(world: World) -> World:
    """Everything read anew from disk, as after a restart."""
    world.store = Store.open(world.folder / "store", clock=world.clock)
    world.builder = world.new_builder()
    return world


def _everything(world: World) -> dict[tuple[str, str], tuple[object, ...]]:
    """All that is said on air, to whom and until when, alert answers and items among it."""
    release = world.store.current()
    assert release is not None
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for page in release.pages:
        for estate, entry in release.map(page).entries.items():
            found[page, estate] = (release.content(page, entry.content, entry.until), entry.placed, entry.day)
            found["alert.json", estate] = (release.alert(estate),)
    return found


def _mended(world: World, before: dict[tuple[str, str], tuple[object, ...]]) -> None:
    """After a repair and a build, in processes of their own, all is said that was said, what was taken down
    is down, nothing is damaged, and the channel goes on."""
    _reopened(world)
    report = world.builder.repair(LATER)
    assert report.left == ()
    _reopened(world).builder.build(LATER)
    assert _everything(world) == before
    assert world.store.taken_down() == ("111",) and world.text("mh0001", "111.html") is None
    assert world.store.check() == []
    assert _reopened(world).builder.repair(LATER).damages == ()
    world.store.prune(1, LATER)
    world.says("towns", "fourth", observed=LATER)
    world.builder.build(LATER + timedelta(minutes=1))
    assert world.text("mh0001", "115.html") == "mh0001 fourth"


Damage = Callable[[Path], object]


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _folder(path: Path) -> None:
    """Nobody can read a folder as a file, the superuser neither."""
    path.unlink()
    path.mkdir()


def _other(path: Path) -> None:
    """The bytes of another file of its kind, or of another kind where it is the only one; both are sound."""
    others = [p for p in path.parent.glob(f"*{path.suffix}") if p.is_file() and p.name != path.name]
    path.write_bytes(min(others, default=Path(__file__)).read_bytes())


DAMAGES: dict[str, Damage] = {
    "missing": lambda path: path.unlink(),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3]),
    "a flipped byte": _flip,
    "empty": lambda path: path.write_bytes(b""),
    "unreadable": _folder,
    "another's bytes": _other,
}
FILES: dict[str, Callable[[World], list[Path]]] = {
    "the record on air": lambda w: [w.folder / "store" / "releases" / w.store.current_id()],
    "the record before": lambda w: _all(w, "releases/*")[:1],
    "all records": lambda w: _all(w, "releases/*"),
    "what is on air": lambda w: _all(w, "current"),
    "a pack": lambda w: [max(_all(w, "packs/*.pack"), key=lambda path: path.stat().st_size)],
    "all packs": lambda w: _all(w, "packs/*.pack"),
    "the indices": lambda w: _all(w, "packs/*.idx"),
    "releases of a day": lambda w: _all(w, "retired/*"),
    "the as-run record": lambda w: _all(w, "asrun/*"),
    "the audit log": lambda w: _all(w, "audit.log"),
    "the ledger": lambda w: [w.channel.state / "build.msgpack"],
    "record and ledger": lambda w: [
        w.folder / "store" / "releases" / w.store.current_id(), w.channel.state / "build.msgpack",
    ],
    "record and what is on air": lambda w: [
        w.folder / "store" / "releases" / w.store.current_id(), *_all(w, "current"),
    ],
}  # fmt: skip
UNNOTICED = {("the record before", "missing"), ("releases of a day", "missing"), ("the as-run record", "missing"),
             ("the audit log", "missing"), ("the audit log", "a flipped byte")}  # fmt: skip
"""Nothing says that there should be such a file, nor that a letter in a line for people was another one; and a ledger
is a note, whose loss costs time only."""


def _all(world: World, pattern: str) -> list[Path]:
    found = sorted((world.folder / "store").glob(pattern))
    assert found, pattern
    return found


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("what", FILES)
def test_every_damage_to_every_file_is_named_and_mended(world: World, what: str, damage: str) -> None:
    """The check names the damaged file or what was in it; after the repair all is as it was."""
    before = _everything(world)
    paths = FILES[what](world)
    for path in paths:
        DAMAGES[damage](path)
    found = " ".join(one.sentence for one in _reopened(world).store.check())
    if what != "the ledger" and (what, damage) not in UNNOTICED:
        by_object = "pack" in what and damage in ("missing", "truncated")
        assert found and (by_object or any(path.stem in found for path in paths))
    _mended(world, before)


def _flip_each(folder: Path, pack: str, kind: int, every: int) -> None:
    """A byte of every so many objects of a kind in a pack."""
    data = bytearray((folder / f"{pack}.pack").read_bytes())
    places = [offset for of, _, offset, _ in Pack(folder, pack) if of == kind]
    for offset in places[::every]:
        data[offset] ^= 1
    (folder / f"{pack}.pack").write_bytes(data)


KINDS = {"map": MAP, "book": BOOK}


@pytest.mark.parametrize("number", ["few", "some", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_object_is_named_and_mended(world: World, kind: str, number: str) -> None:
    """A flipped byte in a few objects of a kind, in some, in each of them: named as such, and said again."""
    before = _everything(world)
    folder = world.folder / "store" / "packs"
    for pack in Objects(folder).packs:
        _flip_each(folder, pack.name, KINDS[kind], {"few": 5, "some": 3, "all": 1}[number])
    found = _reopened(world).store.check()
    assert {one.kind for one in found} == {kind, "pack"} and all("damaged" in one.state for one in found)
    _mended(world, before)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_random_damage_is_mended(world: World, seed: int) -> None:
    """Some flipped bytes anywhere in the store's files, several files at once."""
    before, chance = _everything(world), random.Random(seed)
    for path in chance.sample(sorted(p for p in (world.folder / "store").glob("*/*") if p.stat().st_size), 4):
        data = bytearray(path.read_bytes())
        for _ in range(20):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
    _mended(world, before)


def test_old_releases_that_stay_damaged_are_forgotten(world: World) -> None:
    """A release nobody can say again is no longer offered for rolling back."""
    old = {pack.name for pack in Objects(world.folder / "store" / "packs").packs}
    world.says("towns", "other", observed=LATER)
    world.builder.build(LATER)
    known = {release.id for release in world.store.releases()}
    for name in old:
        _flip_each(world.folder / "store" / "packs", name, BOOK, 1)
    report = _reopened(world).builder.repair(LATER + timedelta(minutes=2))
    assert report.forgotten > 0 and report.left == ()
    assert known - {release.id for release in world.store.releases()}
    assert world.text("mh0001", "115.html") == "mh0001 other"


def test_what_two_pages_share_is_mended_for_both(world: World) -> None:
    """The first page that had it says something else by now, and the other one needs it still."""
    for source in ("news", "towns"):
        world.says(source, observed=LATER)
    world.builder.build(LATER)
    release = world.store.current()
    assert release is not None
    maps = [release.map(page) for page in ("100", "115")]
    keys = [found.entries["mh0001"].content for found in maps]
    books = {found.books[found.where[key]] for found, key in zip(maps, keys, strict=True)}
    assert keys[0] == keys[1]
    folder = world.folder / "store" / "packs"
    for path in folder.glob("*.pack"):
        data, pack = bytearray(path.read_bytes()), Pack(folder, path.stem)
        for offset, _ in filter(None, (pack.find(BOOK, key) for key in books)):
            data[offset] ^= 1
        path.write_bytes(data)
    world.says("news", "else", observed=LATER + timedelta(minutes=1))
    report = _reopened(world).builder.repair(LATER + timedelta(minutes=1))
    assert report.damages and report.left == ()
    assert world.text("mh0001", "115.html") == "mh0001 " and world.text("mh0001", "100.html") == "mh0001 else"


def test_what_was_taken_down_stays_down_before_the_repair_too(world: World) -> None:
    """The record that knows of it is damaged, and so is the one file that says what is on air: the audit log knows."""
    (world.folder / "store" / "releases" / world.store.current_id()).write_bytes(b"")
    (world.folder / "store" / "current").write_bytes(b"")
    assert _reopened(world).text("mh0001", "111.html") is None
    assert world.text("mh0001", "115.html") is not None and world.store.taken_down() == ("111",)


def test_a_hold_outlives_what_is_on_air(world: World) -> None:
    """Somebody rolled back, and the file that says so is lost: the pages that were refused stay off the air."""
    world.store.rollback(world.store.releases()[0].id)
    shown = world.text("mh0001", "115.html")
    world.says("towns", "refused", observed=LATER)
    world.builder.build(LATER)
    (world.folder / "store" / "current").unlink()
    assert _reopened(world).store.held and world.text("mh0001", "115.html") == shown
    world.builder.repair(LATER)
    assert _reopened(world).store.held and world.text("mh0001", "115.html") == shown
    assert world.store.resume() and world.text("mh0001", "115.html") == "mh0001 refused"
