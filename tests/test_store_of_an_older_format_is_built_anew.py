"""A store of another format is emptied and said anew; notes, the as-run record, what is down and numbering stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from build_help import NOON, World
from store_help import FailingDisk, Killed, opened, publish

from channel.build import builder as building
from channel.fingerprint import voice
from channel.keys import key_of
from channel.release import Store
from channel.release.asrun import Air
from channel.release.heads import seq_of
from channel.release.objects import BOOK
from feeds.base.errors import StoreError

FORMAT_1 = {
    "format": 1, "action": "build", "alerts": {}, "answers": "", "base": "", "inputs": {"engine": "old"}, "note": "",
    "pages": {"web-hd": "0" * 32}, "published": 1795492800.0,
}  # fmt: skip
"""A record as the format before this one had it, with what a page of it was."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    yield made
    made.close()


def _grown(world: World, spoken: str = "v" * 32) -> Air:
    """A store in use by code whose fingerprint of views was ``spoken``: releases, some that only stay for a day,
    something taken down; gives what was told then."""
    with pytest.MonkeyPatch.context() as before:
        before.setattr(building, "voice", lambda: spoken)
        world.builder = world.new_builder()
        for number, words in enumerate(("first", "second", "third")):
            world.says("news", words)
            world.says("towns", f"town {number}")
            world.builder.build(NOON)
    world.store.take_down("111", "court order")
    world.store.prune(2, NOON)
    world.builder = world.new_builder()
    told = world.store.asrun("mh0001", NOON)
    assert told is not None and len(list((world.folder / "store" / "retired").iterdir())) >= 2
    return told


def _with_check(record: dict[str, object]) -> bytes:
    line = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return line + b"\n" + key_of(line).hex().encode() + b"\n"


def _age(store: Path) -> str:
    """Make the records of a store those of the format before; gives the id of the release on air."""
    air = str(json.loads((store / "current").read_bytes().splitlines()[0])["air"])
    for path in (store / "releases").iterdir():
        path.write_bytes(_with_check({**FORMAT_1, "id": path.name, "seq": seq_of(path.name), "units": ["111"]}))
    return air


@pytest.mark.parametrize("spoken", ["v" * 32, voice()], ids=["other views", "the same views"])
def test_it_is_said_anew_and_what_people_did_stays(world: World, spoken: str) -> None:
    """Every page is on air with the first build, under the next number; what was taken down is down. The notes of
    builds are no reason to ask nothing, even where views are the same code as before."""
    told = _grown(world, spoken)
    folder = world.folder / "store"
    log, releases = (folder / "audit.log").read_bytes(), list(world.store.recent())
    [book] = next(release for release in reversed(releases) if release.has_pages).map("100").books
    assert world.store.object(BOOK, book)
    air = _age(folder)
    world.store = Store.open(folder, clock=world.clock)
    world.builder = world.new_builder()
    report = world.builder.build(NOON)
    assert report.on_air and report.asked == 9 and report.faults == ()
    assert world.text("mh0001", "100.html") == "mh0001 third" and world.text("mh0003", "115.html") == "mh0003 town 2"
    assert world.text("district", "900.html") == "district "
    assert world.store.taken_down() == ("111",) and world.text("mh0001", "111.html") is None
    assert [release.seq for release in world.store.releases()] == [seq_of(air) + 1, seq_of(air) + 2]
    with pytest.raises(StoreError, match="missing"):
        world.store.object(BOOK, book)
    assert len(list(world.store.recent())) == 2 and not list((folder / "retired").iterdir())
    assert (folder / "audit.log").read_bytes().startswith(log)
    assert world.store.asrun("mh0001", NOON) is not None
    earlier = Store.open(folder).asrun("mh0001", told.since)
    assert earlier is not None and earlier.pages
    assert world.store.check() == []
    world.store.put_back("111")
    assert world.text("mh0001", "111.html") == "district third"


def test_its_hold_ends_with_it(world: World) -> None:
    """The release that somebody rolled back to is gone: nothing holds back what is said anew."""
    _grown(world)
    world.store.rollback(world.store.releases()[0].id)
    _age(world.folder / "store")
    world.store = Store.open(world.folder / "store", clock=world.clock)
    assert world.new_builder().build(NOON).on_air and not world.store.held
    assert world.text("mh0001", "100.html") == "mh0001 third"


def test_an_alert_does_not_wait_for_the_pages(world: World) -> None:
    """The first that comes by, a build or an alert, renews the store."""
    _grown(world)
    _age(world.folder / "store")
    world.store = Store.open(world.folder / "store", clock=world.clock)
    world.warns("Extreme", "310112001")
    builder = world.new_builder()
    assert builder.publish_alerts(NOON).on_air
    release = world.store.current()
    assert release is not None and b"takeover" in release.alert("mh0001") and not release.has_pages
    builder.build(NOON)
    assert world.text("mh0001", "100.html") == "mh0001 third"
    assert world.text("mh0001", "900.html") == "district 暴雨红色预警"


@pytest.mark.parametrize("dies", [True, False], ids=["kill", "full-disk"])
def test_every_step_of_it_may_be_the_last(tmp_path: Path, dies: bool) -> None:
    """Whoever comes next ends it, and publishing goes on."""
    for step in range(1, 100):
        folder = tmp_path / str(step)
        store = opened(folder)
        for words in ("one", "two", "three"):
            publish(store, {("district", "100"): words, ("mh0001", "201"): words})
        store.prune(2)
        seq = seq_of(_age(folder))
        disk = FailingDisk(step, dies=dies)
        try:
            opened(folder, disk).renew()
        except (Killed, OSError):
            pass
        else:
            break
        after = opened(folder)
        after.renew()
        done = publish(after, {("district", "100"): "next"})
        assert done is not None and done.seq == seq + 1 and after.current_id() == done.id, step
        assert [damage.sentence for damage in after.check()] == [], step
    assert 5 < step < 99


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b'"format"', b'"fermat"'),
        lambda data: data.replace(b'"format":2', b'"format":3'),
        lambda data: data.replace(b'"action"', b'"acting"'),
        lambda data: data[: len(data) // 2],
        lambda data: b"",
    ],
    ids=["the name of its format", "its format", "another name", "cut short", "empty"],
)
def test_a_damaged_record_is_none_of_another_format(world: World, damage: Callable[[bytes], bytes]) -> None:
    """What its checksum does not vouch for says nothing: the releases before it stay, and the one that it was of is
    said again."""
    _grown(world)
    world.builder.build(NOON)
    kept = world.store.releases()[0].id
    path = world.folder / "store" / "releases" / world.store.current_id()
    path.write_bytes(damage(path.read_bytes()))
    world.store = Store.open(world.folder / "store", clock=world.clock)
    assert not world.store.renew()
    world.new_builder().repair(NOON)
    assert kept in [release.id for release in world.store.releases()]
    assert world.text("mh0001", "100.html") == "mh0001 third"


def test_a_store_of_this_format_or_an_empty_one_is_left_alone(world: World, tmp_path: Path) -> None:
    """Nothing of it is written."""
    _grown(world)
    folder = world.folder / "store"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert not Store.open(folder).renew() and not Store.open(tmp_path / "another").renew()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
