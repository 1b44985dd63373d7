"""Rolling back shows an old release at once and keeps it on air until someone resumes; alerts stay alive."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_help import lay_down, opened, publish, text, told

from channel.release import Store
from channel.release.objects import MAP
from feeds.base.errors import NotFound, PersonError


def _alert(store: Store, word: str) -> None:
    with store.changes() as changes:
        lay_down(changes, store, "900", {"mh0001": word}, layer="alerts")
        changes.answer({"mh0001": word.encode(), "district": b"none"})
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
        lay_down(changes, store, "100", {"district": "better"})
        lay_down(changes, store, "900", {"district": "storm"}, layer="alerts")
        done = store.publish(changes)
    assert done is not None and done.on_air
    assert text(store, "district", "100.html") == "good" and text(store, "district", "900.html") == "storm"
    built = store.built()
    assert built is not None and told(built, "district", "100.html") == "better"


def test_a_release_is_shown_by_the_declarations_that_it_was_said_by(tmp_path: Path) -> None:
    """A rollback brings them back with the pages, alerts leave them, and resuming brings the newer ones."""
    store = opened(tmp_path)

    def build(word: str) -> str:
        with store.changes() as changes:
            changes.declared = changes.keep(MAP, f"declarations of {word}".encode()).hex()
            lay_down(changes, store, "100", {"district": word})
            store.publish(changes, inputs={"engine": word})
        return store.heads().built

    def shown_by() -> tuple[bytes, str]:
        release = store.current()
        assert release is not None
        return store.object(MAP, bytes.fromhex(release.root.declared)), release.root.inputs["engine"]

    good = build("one")
    build("two")
    assert shown_by() == (b"declarations of two", "two")
    store.rollback(good)
    assert shown_by() == (b"declarations of one", "one")
    build("three")
    _alert(store, "storm")
    assert shown_by()[0] == b"declarations of one"
    store.resume()
    assert shown_by() == (b"declarations of three", "three") and text(store, "mh0001", "900.html") == "storm"


def test_taking_down_an_item_removes_it_from_every_release(tmp_path: Path) -> None:
    """A taken-down item is gone from all estates, from old releases, from later builds; its page and its neighbours
    stay."""
    store = opened(tmp_path)

    def build(word: str) -> str:
        with store.changes() as changes:
            told = {"district": word, "mh0001": f"estate {word}"}
            lay_down(changes, store, "201", told, {"h17": f"item {word}", "h18": f"other {word}"})
            done = store.publish(changes)
            assert done is not None
            return done.id

    old = build("one")
    build("two")
    store.take_down("201.h17", "court order")
    assert store.taken_down() == ("201.h17",)
    build("three")
    release = store.current()
    assert release is not None and release.denies("201", "h17") and not release.denies("201")
    assert release.item_ids("201") == ("h18",) and release.item_key("201", "h17") is None
    entry = release.said("201", "district")
    assert entry is not None
    assert [item.title for item in release.content("201", entry.content).items] == ["other three"]
    with pytest.raises(NotFound):
        release.item("201", "h17")
    assert text(store, "mh0001", "i/201.h18.html") == "other three"
    assert text(store, "mh0001", "201.html") == "estate three"
    store.rollback(old)
    assert text(store, "mh0001", "i/201.h17.html") is None
    assert text(store, "mh0001", "i/201.h18.html") == "other one"
    store.resume()
    store.put_back("201.h17")
    assert text(store, "mh0001", "i/201.h17.html") == "item three"
    with pytest.raises(NotFound):
        store.put_back("201.h17")
    with pytest.raises(PersonError):
        store.take_down("../x")


def test_taking_down_a_page_takes_its_items_too(tmp_path: Path) -> None:
    """A whole page goes for every estate, whichever tree it stands in; others stay."""
    store = opened(tmp_path)
    with store.changes() as changes:
        lay_down(changes, store, "201", {"district": "d", "mh0001": "e"}, {"a": "i"})
        lay_down(changes, store, "204", {"mh0001": "stays"}, {"a": "stays too"})
        store.publish(changes)
    _alert(store, "storm")
    for page in ("201", "900"):
        store.take_down(page)
    for name in ("201.html", "201-2.html", "i/201.a.html", "900.html"):
        assert text(store, "mh0001", name) is None and text(store, "district", name) is None
    release = store.current()
    assert release is not None and release.pages == ("204",)
    assert text(store, "mh0001", "204.html") == "stays" and text(store, "mh0001", "i/204.a.html") == "stays too"
