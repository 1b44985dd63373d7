"""Rolling back shows an old release at once and keeps it on air until someone resumes; alerts stay alive."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_help import document, opened, picture, publish, text

from feeds.base.errors import NotFound, PersonError


def _alert(store, word: str) -> None:  # type: ignore[no-untyped-def]
    with store.changes() as changes:
        changes.documents("web-hd", "mh0001", "900", [document("900.html", word)], layer="alerts")
        changes.answers({"mh0001": word.encode(), "district": b"none"})
        store.publish(changes, action="alerts")


def test_three_ticks_after_a_rollback_still_show_the_old_release_with_live_alerts(tmp_path: Path) -> None:
    """Builds after a rollback go into the built line; only alerts go on air; resume brings the rest."""
    store = opened(tmp_path)
    good = publish(store, {("mh0001", "201"): "good"})
    _alert(store, "old alert")
    publish(store, {("mh0001", "201"): "mistake"})
    assert good is not None
    store.rollback(good.id, "wrong prices")
    assert store.held and text(store, "mh0001", "201.html") == "good"
    assert text(store, "mh0001", "900.html") == "old alert"
    for tick in range(3):
        done = publish(store, {("mh0001", "201"): f"tick {tick}"})
        assert done is not None and not done.on_air
        _alert(store, f"alert {tick}")
        release = store.current()
        assert release is not None and release.alert("mh0001") == f"alert {tick}".encode()
        assert text(store, "mh0001", "900.html") == f"alert {tick}"
        assert text(store, "mh0001", "201.html") == "good"
    store.resume()
    assert not store.held
    assert text(store, "mh0001", "201.html") == "tick 2"
    assert text(store, "mh0001", "900.html") == "alert 2"
    seqs = [info.seq for info in store.releases()]
    assert seqs == sorted(set(seqs))


def test_resume_without_a_hold_changes_nothing(tmp_path: Path) -> None:
    """Resuming twice is harmless, and an unknown release cannot be rolled back to."""
    store = opened(tmp_path)
    first = publish(store, {("district", "100"): "a"})
    assert first is not None and store.resume() == first.id
    with pytest.raises(NotFound):
        store.rollback("r000099-abcdef")
    assert not store.held


def test_one_publication_with_pages_and_alerts_is_split_while_held(tmp_path: Path) -> None:
    """While held, the alerts of a build go on air and its pages do not."""
    store = opened(tmp_path)
    good = publish(store, {("district", "100"): "good"})
    publish(store, {("district", "100"): "bad"})
    assert good is not None
    store.rollback(good.id)
    with store.changes() as changes:
        changes.documents("web-hd", "district", "100", [document("100.html", "better")])
        changes.documents("web-hd", "district", "900", [document("900.html", "storm")], layer="alerts")
        done = store.publish(changes)
    assert done is not None and done.on_air
    assert text(store, "district", "100.html") == "good" and text(store, "district", "900.html") == "storm"
    built = store.built()
    assert built is not None
    found = built.entry("web-hd", "district", "100.html")
    assert found is not None and store.body(found) == b"better"


def test_taking_down_an_item_removes_it_from_every_release(tmp_path: Path) -> None:
    """A taken-down item is gone from all estates, from old releases, from later builds, with its own pictures."""
    store = opened(tmp_path)
    own, common = picture("secret"), picture("ring")

    def build(word: str) -> str:
        with store.changes() as changes:
            for asset in (own, common):
                changes.asset(asset)
            item = document("i/201.h17.html", f"item {word}", own, common)
            other = document("i/201.h18.html", f"other {word}", common)
            changes.documents("web-hd", "district", "201", [document("201.html", word), item, other])
            changes.documents("web-hd", "mh0001", "201", [document("201.html", f"estate {word}")])
            done = store.publish(changes)
            assert done is not None
            return done.id

    old = build("one")
    build("two")
    store.take_down("201.h17", "court order")
    assert store.taken_down() == ("201.h17",)
    build("three")
    for release in (store.current(),):
        assert release is not None
        assert release.entry("web-hd", "mh0001", "i/201.h17.html") is None
        assert "i/201.h17.html" not in dict(release.paths("web-hd", "mh0001"))
    assert text(store, "mh0001", "i/201.h18.html") == "other three"
    assert text(store, "mh0001", "201.html") == "estate three"
    assert store.asset(own.name) is None
    assert store.asset(common.name) is not None
    store.rollback(old)
    assert text(store, "mh0001", "i/201.h17.html") is None
    assert text(store, "mh0001", "i/201.h18.html") == "other one"
    store.resume()
    store.put_back("201.h17")
    assert text(store, "mh0001", "i/201.h17.html") == "item three"
    assert store.asset(own.name) is not None
    with pytest.raises(NotFound):
        store.put_back("201.h17")
    with pytest.raises(PersonError):
        store.take_down("../x")


def test_taking_down_a_page_takes_its_items_too(tmp_path: Path) -> None:
    """A whole page goes in every scope and layer; others stay."""
    store = opened(tmp_path)
    with store.changes() as changes:
        changes.documents("web-hd", "district", "201", [document("201.html", "d"), document("i/201.a.html", "i")])
        changes.documents("web-hd", "mh0001", "201", [document("201.html", "e"), document("201-2.html", "e2")])
        changes.documents("web-hd", "mh0001", "204", [document("204.html", "stays")])
        store.publish(changes)
    store.take_down("201")
    for name in ("201.html", "201-2.html", "i/201.a.html"):
        assert text(store, "mh0001", name) is None and text(store, "district", name) is None
    assert text(store, "mh0001", "204.html") == "stays"
