"""Pruning keeps the last releases, for a day what others said, and everything they need, and gives the rest back."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import NOON, FailingDisk, Killed, lay_down, opened, publish, text, told

from channel.release import Release, Store
from channel.release.locks import locked
from channel.release.prune import FEW
from channel.release.retired import STAY
from feeds.base.clock import SetClock
from feeds.base.errors import BusyError, NotFound


def _words(number: int) -> str:
    return f"page {number} {random.Random(number).randbytes(2000).hex()}"


def _release(store: Store, number: int) -> Release:
    """A release with a page and an item of its own words."""
    with store.changes() as changes:
        lay_down(changes, store, "100", {"district": _words(number)}, {"a": _words(number + 1000)})
        done = store.publish(changes)
        assert done is not None
    return store.release(done.id)


def _recent(store: Store) -> list[str]:
    """What the page said in every release whose words are there."""
    return [(told(release, "district", "100.html") or "").partition(" ")[2][:2].strip() for release in store.recent()]


def test_what_a_release_says_outlives_it_by_a_day(tmp_path: Path) -> None:
    """Nobody can roll back to it, and a box that holds a page of it finds its pictures for 24 hours; then its words go
    too and the store is small again."""
    store = opened(tmp_path)
    releases = [_release(store, number) for number in range(10)]
    before = sum(p.stat().st_size for p in (tmp_path / "packs").iterdir())
    pruned = store.prune(2, NOON + timedelta(hours=1))
    assert (pruned.kept, pruned.dropped) == (2, 8)
    assert len(store.releases()) == 2
    with pytest.raises(NotFound):
        store.release(releases[0].id)
    # The one on air first, then the others, newest first.
    assert _recent(store) == [str(number) for number in reversed(range(10))]
    store.prune(2, NOON + timedelta(hours=24, minutes=59))
    assert len(_recent(opened(tmp_path))) == 10
    for number, release in enumerate(opened(tmp_path).recent()):
        assert release.item("100", "a").title == _words(1009 - number)
    pruned = store.prune(2, NOON + timedelta(seconds=STAY, hours=1, minutes=1))
    assert _recent(store) == ["9", "8"]
    assert pruned.objects > 0 and pruned.bytes > 0
    after = sum(p.stat().st_size for p in (tmp_path / "packs").iterdir())
    assert after < before / 3
    assert store.check() == [] and opened(tmp_path).check() == []


def test_a_release_that_is_kept_is_never_forgotten_between_two_writes(tmp_path: Path) -> None:
    """Pruning is killed at each of its steps: what every release of the day said is there, kept or on its way out."""
    for step in range(1, 100):
        folder = tmp_path / str(step)
        store = opened(folder)
        for number in range(3):
            _release(store, number)
        disk = FailingDisk(step)
        try:
            opened(folder, disk).prune(1, NOON)
        except Killed:
            pass
        else:
            break
        assert set(_recent(opened(folder))) == {"2", "1", "0"}, step
    assert step > 5 and _recent(opened(folder)) == ["2", "1", "0"]


def test_both_heads_stay(tmp_path: Path) -> None:
    """A rolled-back release and what was built meanwhile survive pruning to one release."""
    store = opened(tmp_path)
    for word in ("good", "bad"):
        publish(store, {("district", "100"): word})
    store.rollback(store.releases()[0].id)
    for tick in range(5):
        publish(store, {("district", "100"): f"tick {tick}"})
    store.prune(1)
    assert text(store, "district", "100.html") == "good"
    store.resume()
    assert text(store, "district", "100.html") == "tick 4"
    assert store.check() == []


def test_a_reader_goes_on_during_and_after_pruning(tmp_path: Path) -> None:
    """A reader that opened the packs before they were removed still reads, then finds the new packs."""
    store, reader = opened(tmp_path), opened(tmp_path)
    for number in range(4):
        _release(store, number)
    kept = reader.current()
    assert kept is not None and told(kept, "district", "100.html") == _words(3)
    store.prune(1, NOON + timedelta(days=3))
    store.prune(1, NOON + timedelta(days=5))
    assert told(kept, "district", "100.html") == text(reader, "district", "100.html") == _words(3)
    assert text(opened(tmp_path), "district", "100.html") == _words(3)


def test_a_sweep_waits_for_builders_and_loses_nothing_when_it_gives_up(tmp_path: Path) -> None:
    """What a builder relies on stays, although no release needs it yet."""
    store = opened(tmp_path)
    _release(store, 1)
    _release(store, 2)
    with store.changes() as changes:
        lay_down(changes, store, "101", {"district": _words(1)})
        changes.flush()
        with pytest.raises(BusyError):
            opened(tmp_path).prune(1, NOON + timedelta(days=2), wait=0.05)
        store.publish(changes)
    assert text(store, "district", "101.html") == _words(1)
    store.prune(1, NOON + timedelta(days=4))
    assert store.check() == [] and text(opened(tmp_path), "district", "101.html") == _words(1)


def test_a_release_published_during_the_marking_keeps_its_objects(tmp_path: Path) -> None:
    """Publications go on while pruning looks for what is needed; the alert lock is not taken for it."""
    store = opened(tmp_path)
    for number in range(3):
        _release(store, number)
    with locked(tmp_path / "locks" / "sweep"), pytest.raises(BusyError):
        opened(tmp_path).prune(1)

    other = opened(tmp_path)
    walked: list[int] = []
    original = other._room.readable

    def readable() -> list[object]:
        roots = original()
        if not walked:
            walked.append(1)
            _release(store, 1)  # says again what only a dropped release had
        return roots  # type: ignore[return-value]

    other._room.readable = readable  # type: ignore[method-assign, assignment]
    other.prune(1, NOON + timedelta(days=2))
    assert text(opened(tmp_path), "district", "100.html") == _words(1)
    assert walked and opened(tmp_path).check() == []


def test_many_small_packs_are_joined(tmp_path: Path) -> None:
    """However many releases there are, a look-up asks few packs."""
    store = Store.open(tmp_path, clock=SetClock(NOON))
    for number in range(3 * FEW):
        publish(store, {("district", "100"): f"page {number}"})
    assert len(list((tmp_path / "packs").glob("*.pack"))) <= FEW + 1
    assert len(store.releases()) == 3 * FEW
    assert store.check() == []


def test_a_damaged_record_of_a_release_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    """It costs its own words only, and whoever looks at the store is told of it."""
    store = opened(tmp_path)
    for number in range(4):
        _release(store, number)
    store.prune(1, NOON)
    first, second, _ = sorted((tmp_path / "retired").iterdir(), key=lambda path: path.name)
    first.write_bytes(first.read_bytes()[:-1])
    second.write_bytes(first.read_bytes())
    assert _recent(opened(tmp_path)) == ["3", "2"]
    assert {damage.kind for damage in opened(tmp_path).check()} == {"retired"}
    store.prune(1, NOON + timedelta(days=2))
    assert not list((tmp_path / "retired").iterdir()) and store.check() == []
