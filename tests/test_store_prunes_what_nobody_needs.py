"""Pruning keeps the last releases, a day of assets and everything they need, and gives the rest back."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import NOON, document, opened, picture, publish, text

from channel.paint.output import Asset
from channel.release import Store
from channel.release.locks import locked
from channel.release.prune import FEW
from feeds.base.clock import SetClock
from feeds.base.errors import BusyError


def _release(store: Store, number: int) -> Asset:
    """A release with a picture and a body of its own, and a band that all have."""
    noise = random.Random(number).randbytes(2000).hex()
    image = picture("common band", f"band {number} {noise}")
    with store.changes() as changes:
        changes.asset(image)
        changes.documents("web-hd", "district", "100", [document("100.html", f"page {number} {noise}", image)])
        store.publish(changes)
    return image


def test_assets_outlive_their_release_by_a_day(tmp_path: Path) -> None:
    """Old documents go, their pictures stay 24 hours, then they go too and the store is small again."""
    store = opened(tmp_path)
    images = [_release(store, number) for number in range(10)]
    before = sum(p.stat().st_size for p in (tmp_path / "packs").iterdir())
    pruned = store.prune(2, NOON + timedelta(hours=1))
    assert (pruned.kept, pruned.dropped) == (2, 8)
    assert len(store.releases()) == 2
    assert all(store.asset(image.name) is not None for image in images)
    store.prune(2, NOON + timedelta(hours=24, minutes=59))
    assert all(store.body(store.asset(i.name)) == i.body for i in images)  # type: ignore[arg-type]
    pruned = store.prune(2, NOON + timedelta(hours=25, minutes=1))
    assert [store.asset(image.name) is not None for image in images] == [False] * 8 + [True] * 2
    assert pruned.objects > 0 and pruned.bytes > 0
    after = sum(p.stat().st_size for p in (tmp_path / "packs").iterdir())
    assert after < before / 3
    assert store.check() == [] and opened(tmp_path).check() == []


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
    assert kept is not None and text(reader, "district", "100.html", "web-hd") is not None
    store.prune(1, NOON + timedelta(days=3))
    store.prune(1, NOON + timedelta(days=5))
    assert (text(reader, "district", "100.html") or "").startswith("page 3")
    assert (text(opened(tmp_path), "district", "100.html") or "").startswith("page 3")


def test_a_sweep_waits_for_builders_and_loses_nothing_when_it_gives_up(tmp_path: Path) -> None:
    """What a builder relies on stays, although no release needs it yet."""
    store = opened(tmp_path)
    _release(store, 1)
    _release(store, 2)
    with store.changes() as changes:
        noise = random.Random(1).randbytes(2000).hex()
        changes.documents("web-hd", "district", "101", [document("101.html", f"page 1 {noise}")])
        changes.flush()
        with pytest.raises(BusyError):
            opened(tmp_path).prune(1, NOON + timedelta(days=2), wait=0.05)
        store.publish(changes)
    assert (text(store, "district", "101.html") or "").startswith("page 1")
    store.prune(1, NOON + timedelta(days=4))
    assert store.check() == [] and (text(store, "district", "101.html") or "").startswith("page 1")


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
            _release(store, 1)  # brings back a body that only a dropped release had
        return roots  # type: ignore[return-value]

    other._room.readable = readable  # type: ignore[method-assign, assignment]
    other.prune(1, NOON + timedelta(days=2))
    assert (text(store, "district", "100.html") or "").startswith("page 1")
    assert opened(tmp_path).check() == []


def test_many_small_packs_are_joined(tmp_path: Path) -> None:
    """However many releases there are, a look-up asks few packs."""
    store = Store.open(tmp_path, clock=SetClock(NOON))
    for number in range(3 * FEW):
        publish(store, {("district", "100"): f"page {number}"})
    assert len(list((tmp_path / "packs").glob("*.pack"))) <= FEW + 1
    assert len(store.releases()) == 3 * FEW
    assert store.check() == []


def test_taken_down_pictures_of_releases_that_are_gone_are_not_served(tmp_path: Path) -> None:
    """A take-down reaches assets that only the day's grace keeps."""
    store = opened(tmp_path)
    images = [_release(store, number) for number in range(3)]
    store.prune(1, NOON + timedelta(hours=1))
    assert store.asset(images[0].name) is not None
    store.take_down("100")
    assert [store.asset(image.name) for image in images] == [None] * 3
