"""Whatever step the disk stops at, the last good release is on air and the next build succeeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import NOON, FailingDisk, Killed, lay_down, opened, publish, text

from channel.release import Store
from channel.release.disk import Disk
from channel.release.objects import BOOK, Objects
from channel.release.pack import Pack
from feeds.base.clock import SetClock
from feeds.base.errors import ChannelError

pytestmark = pytest.mark.slow

OLD, NEW = (
    {("district", "100"): "old", ("mh0001", "201"): "old"},
    {("district", "100"): "new", ("mh0001", "201"): "new"},
)


def _publish_new(store: Store) -> None:
    with store.changes() as changes:
        lay_down(changes, store, "100", {"district": "new"}, {"h17": "new item"})
        lay_down(changes, store, "201", {"mh0001": "new"})
        store.publish(changes)


def _roll_back(store: Store) -> None:
    store.rollback(store.releases()[0].id)


def _prune(store: Store) -> None:
    store.prune(1, NOON + timedelta(hours=2))


def _take_down(store: Store) -> None:
    store.take_down("201")


OPERATIONS: list[Callable[[Store], None]] = [_publish_new, _roll_back, _prune, _take_down]


def _prepared(path: Path, disk: Disk) -> Store:
    store = opened(path)
    for word in ("first", "old"):
        publish(store, {("district", "100"): word, ("mh0001", "201"): word})
    return Store.open(path, clock=SetClock(NOON), disk=disk)


@pytest.mark.parametrize("dies", [True, False], ids=["kill", "full-disk"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_step_may_be_the_last(tmp_path: Path, operation: Callable[[Store], None], dies: bool) -> None:
    """For every write, sync, rename and removal of the operation: old or new is on air, whole, and building goes on."""
    counting = FailingDisk()
    operation(_prepared(tmp_path / "count", counting))
    assert counting.steps >= 4
    for step in range(1, counting.steps + 1):
        folder = tmp_path / str(step)
        disk = FailingDisk(step, dies=dies)
        store = _prepared(folder, disk)
        with suppress(Killed, OSError, ChannelError):
            operation(store)
        del store
        after = opened(folder)
        seen = {text(after, "district", "100.html"), text(after, "mh0001", "201.html")} - {None}
        assert len(seen) == 1 and seen <= {"first", "old", "new"}, step
        assert [d.sentence for d in after.check()] == [], step
        after.resume()
        done = publish(after, {("district", "100"): "next", ("mh0001", "204"): "next"})
        assert done is not None and done.on_air
        assert text(after, "district", "100.html") == "next"
        after.prune(1)
        assert after.check() == [] and text(after, "mh0001", "204.html") == "next"
        assert not list((folder / "packs").glob(".*tmp"))


def test_a_kill_after_the_switch_shows_the_new_release(tmp_path: Path) -> None:
    """Among all steps there are some that leave the old release and some that leave the new one."""
    counting = FailingDisk()
    _publish_new(_prepared(tmp_path / "count", counting))
    ends = set()
    for step in range(1, counting.steps + 1):
        with suppress(Killed):
            _publish_new(_prepared(tmp_path / str(step), FailingDisk(step)))
        ends.add(text(opened(tmp_path / str(step)), "mh0001", "201.html"))
    assert ends == {"old", "new"}


def test_a_pack_without_its_index_and_a_torn_pack_are_read(tmp_path: Path) -> None:
    """An index that is missing, torn or wrong is made again; objects before a torn tail are found."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a"})
    [index] = (tmp_path / "packs").glob("*.idx")
    whole = index.read_bytes()
    for broken in (None, b"", whole[:-5], whole[:-32], whole[:40] + b"\xff" + whole[41:]):
        index.unlink(missing_ok=True)
        if broken is not None:
            index.write_bytes(broken)
        assert text(opened(tmp_path), "district", "100.html") == "a"
    [pack] = (tmp_path / "packs").glob("*.pack")
    pack.write_bytes(pack.read_bytes()[:-3])
    assert opened(tmp_path).check() != []


def test_no_wrong_byte_is_ever_served(tmp_path: Path) -> None:
    """Flip each byte of the pack in turn: what is served is right, or an error is raised and the check names it."""
    store = opened(tmp_path)
    with store.changes() as changes:
        lay_down(changes, store, "100", {"district": "hello"}, {"h17": "an item"})
        store.publish(changes)
    [pack] = (tmp_path / "packs").glob("*.pack")
    data = pack.read_bytes()
    refused = 0
    for position in range(16, len(data)):
        pack.write_bytes(data[:position] + bytes((data[position] ^ 1,)) + data[position + 1 :])
        damaged = opened(tmp_path)
        try:
            assert text(damaged, "district", "100.html") == "hello"
            assert text(damaged, "district", "i/100.h17.html") == "an item"
        except ChannelError as error:
            assert error.exit_code == 5
            refused += 1
            assert damaged.check(), position
    assert refused > len(data) // 2


def test_a_damaged_record_falls_back_to_the_release_before(tmp_path: Path) -> None:
    """When the record on air is damaged, or ``current`` itself, the newest readable release is served."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a"})
    publish(store, {("district", "100"): "b"})
    newest = tmp_path / "releases" / store.current_id()
    newest.write_bytes(newest.read_bytes().replace(b"seq", b"sec"))
    assert text(opened(tmp_path), "district", "100.html") == "a"
    (tmp_path / "current").write_bytes(b"nonsense")
    assert text(opened(tmp_path), "district", "100.html") == "a"
    store = opened(tmp_path)
    publish(store, {("district", "100"): "c"})
    assert text(opened(tmp_path), "district", "100.html") == "c"


def test_damaged_objects_are_replaced_by_saying_again(tmp_path: Path) -> None:
    """What is damaged is taken out of its pack, so that it is written anew; the rest of the pack stays."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a" * 100, ("district", "101"): "b" * 100})
    [pack] = Objects(tmp_path / "packs").packs
    data = bytearray((tmp_path / "packs" / f"{pack.name}.pack").read_bytes())
    data[next(offset for kind, _, offset, _ in pack if kind == BOOK)] ^= 1
    (tmp_path / "packs" / f"{pack.name}.pack").write_bytes(data)
    store = opened(tmp_path)
    damages = store.check()
    assert [d.kind for d in damages] == ["pack", "book"]
    [lost] = damages[1:]
    page, other = ("100", "101") if lost.page == "100" else ("101", "100")
    letters = {"100": "a" * 100, "101": "b" * 100}
    assert lost.state == "damaged" and lost.sentence.startswith("book ") and lost.sentence.endswith(f" {page}")
    store.mend_files()
    assert [d.kind for d in store.check()] == ["book"] and text(store, "district", f"{other}.html") == letters[other]
    publish(store, {("district", page): letters[page]}, mending=True)
    assert store.check() == [] and opened(tmp_path).check() == []


@pytest.mark.parametrize("dies", [True, False], ids=["kill", "full-disk"])
def test_every_step_of_a_repair_may_be_the_last(tmp_path: Path, dies: bool) -> None:
    """The record on air, what is on air, an index and an object are damaged, and mending them is cut short at any step:
    mending again ends it, and publishing goes on."""
    store = opened(tmp_path / "start")
    for word in ("first", "old"):
        publish(store, {("district", "100"): word, ("mh0001", "201"): word})
    (tmp_path / "start" / "releases" / store.current_id()).write_bytes(b"")
    (tmp_path / "start" / "current").write_bytes(b"nonsense")
    indices = sorted((tmp_path / "start" / "packs").glob("*.idx"))
    indices[0].write_bytes(b"")
    pack = Pack(indices[1].parent, indices[1].stem)
    data = bytearray(indices[1].with_suffix(".pack").read_bytes())
    data[next(offset for kind, _, offset, _ in pack if kind == BOOK)] ^= 1
    indices[1].with_suffix(".pack").write_bytes(data)
    for step in range(1, 100):
        folder = tmp_path / str(step)
        shutil.copytree(tmp_path / "start", folder)
        disk = FailingDisk(step, dies=dies)
        with suppress(Killed, OSError, ChannelError):
            Store.open(folder, clock=SetClock(NOON), disk=disk).mend_files()
        after = opened(folder)
        after.mend_files()
        publish(after, {("district", "100"): "next", ("mh0001", "201"): "next"}, mending=True)
        assert text(after, "district", "100.html") == "next" == text(after, "mh0001", "201.html")
        after.prune(1)
        assert after.check() == [], step
        if disk.steps < step:
            break
    assert step > 8
