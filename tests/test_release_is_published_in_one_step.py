"""A release goes on air whole or not at all, estates override the district, and ids tell releases apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import NOON, lay_down, opened, publish, text, told

from channel.estates import DISTRICT
from channel.keys import key_of
from channel.release import NO_ALERT, Store
from channel.release.objects import BOOK, MAP
from channel.release.tree import Root
from feeds.base.clock import SetClock
from feeds.base.errors import BusyError, NotFound, StoreError


def test_an_estate_overrides_the_district(tmp_path: Path) -> None:
    """An estate with a page of its own sees that page; every other estate sees the district's."""
    store = opened(tmp_path)
    publish(store, {("district", "201"): "district", ("mh0001", "201"): "one", ("district", "110"): "menu"})
    assert text(store, "mh0001", "201.html") == "one"
    assert text(store, "mh0002", "201.html") == "district"
    assert text(store, "mh0001", "110.html") == "menu"
    assert text(store, "mh0001", "999.html") is None
    assert text(store, "mh0001", "../../etc/passwd") is None


def test_every_estate_finds_the_districts_items(tmp_path: Path) -> None:
    """In the page's order, beside whatever the page says to it; no other name is one of them."""
    store = opened(tmp_path)
    with store.changes() as changes:
        lay_down(changes, store, "201", {"district": "d", "mh0001": "e"}, {"h17": "item", "a2": "another"})
        store.publish(changes)
    assert text(store, "mh0001", "i/201.h17.html") == text(store, "mh0002", "i/201.h17-2.html") == "item"
    assert text(store, "mh0001", "i/201.h18.html") is None and text(store, "mh0001", "i/204.h17.html") is None
    release = store.current()
    assert release is not None and release.item_ids("201") == ("h17", "a2")
    entry = release.said("201", "mh0001")
    assert entry is not None
    assert [item.title for item in release.content("201", entry.content).items] == ["item", "another"]
    assert release.content("201", entry.content, items=False).items == ()
    with pytest.raises(NotFound):
        release.item("201", "h18")
    with pytest.raises(NotFound):
        release.content("201", key_of(b"nobody said it"))


def test_ids_are_monotonic_and_equal_content_publishes_nothing(tmp_path: Path) -> None:
    """A second publication of the same words is no release; ids count releases."""
    store = opened(tmp_path)
    first = publish(store, {("district", "100"): "a"})
    assert publish(store, {("district", "100"): "a"}) is None
    second = publish(store, {("district", "100"): "b"})
    assert first is not None and second is not None
    assert first.id.startswith("r000001-") and second.id.startswith("r000002-")
    assert store.current_id() == second.id
    assert [info.id for info in store.releases()] == [first.id, second.id]
    assert store.releases()[0].published == NOON
    assert told(store.release(first.id), DISTRICT, "100.html") == "a"
    with pytest.raises(NotFound):
        store.release("../current")


def test_what_is_said_again_is_stored_once(tmp_path: Path) -> None:
    """The same words for many estates are one; a page that changes for one of them writes its map and a book with what
    is new."""
    store = opened(tmp_path)
    publish(store, {(f"mh{n:04d}", "201"): "all alike" for n in range(40)} | {("district", "201"): "d"})
    release = store.current()
    assert release is not None and len(release.map("201").where) == 2
    with store.changes() as changes:
        lay_down(changes, store, "201", {"mh0007": "one differs"})
        assert changes.written[0] == 2
        store.publish(changes)
    release = store.current()
    assert release is not None
    page = release.map("201")
    assert len(page.where) == 3 and len(page.books) == 2
    assert text(store, "mh0007", "201.html") == "one differs" and text(store, "mh0008", "201.html") == "all alike"


def test_an_object_is_found_under_its_own_kind_alone(tmp_path: Path) -> None:
    """The key of a map is not that of a book, whoever asks for it."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a"})
    release = store.current()
    assert release is not None
    key, book = bytes.fromhex(release.root.contents["100"]), release.map("100").books[0]
    assert store.object(MAP, key) and store.object(BOOK, book)
    for kind, other in ((BOOK, key), (MAP, book)):
        with pytest.raises(StoreError, match="missing"):
            store.object(kind, other)


def test_the_same_input_gives_the_same_release(tmp_path: Path) -> None:
    """Two stores that were given the same pages in another order hold the same trees."""
    pages = {("district", "100"): "a", ("mh0001", "201"): "b", ("mh0001", "204"): "c"}
    roots: list[tuple[str, dict[str, str]]] = []
    for name, items in (("one", list(pages.items())), ("two", list(reversed(pages.items())))):
        store = Store.open(tmp_path / name, clock=SetClock(NOON + timedelta(days=len(roots))))
        publish(store, dict(items))
        release = store.current()
        assert release is not None
        roots.append((release.id, release.root.contents))
    assert roots[0] == roots[1]


def test_a_page_that_leaves_the_lineup_leaves_the_release(tmp_path: Path) -> None:
    """From the tree that it was in, and the others stay."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a", ("mh0001", "201"): "b"})
    publish(store, {("district", "900"): "calm"}, layer="alerts")
    release = store.current()
    assert release is not None and release.pages == ("100", "201", "900")
    with store.changes() as changes:
        changes.said("201", None, release.root.contents["201"], ())
        changes.said("900", None, release.root.warnings["900"], (), "alerts")
        store.publish(changes)
    assert text(store, "mh0001", "201.html") is None and text(store, "district", "100.html") == "a"
    release = store.current()
    assert release is not None and release.pages == ("100",) and not release.warns("900")


def test_alert_answers_are_served_by_estate(tmp_path: Path) -> None:
    """An estate gets its own answer, an unknown one the district's, and before any a calm one."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a"})
    release = store.current()
    assert release is not None and release.alert("mh0001") == NO_ALERT
    with store.changes() as changes:
        changes.answer({"mh0001": b'{"level":"takeover"}', "district": b'{"level":"none"}'})
        store.publish(changes)
    release = store.current()
    assert release is not None
    assert release.alert("mh0001") == b'{"level":"takeover"}' and release.alert("nowhere") == b'{"level":"none"}'


def test_a_draft_is_no_release(tmp_path: Path) -> None:
    """Whoever has its key reads what it would say; it is on air for nobody, and publishing goes on from the air."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "on air"})
    with store.changes() as changes:
        lay_down(changes, store, "100", {"district": "draft"})
        contents = {page: key for page, key in changes.edits("pages").items() if key}
        key = changes.draft(Root(seq=0, id="draft", published=0.0, action="", contents=contents))
        assert told(opened(tmp_path).draft(key), DISTRICT, "100.html") == "draft"
        assert text(opened(tmp_path), "district", "100.html") == "on air"
    assert len(opened(tmp_path).releases()) == 1 and opened(tmp_path).check() == []


def test_another_process_sees_a_new_release(tmp_path: Path) -> None:
    """A reader that opened the store before finds the new release, its packs included."""
    writer, reader = opened(tmp_path), opened(tmp_path)
    assert reader.current() is None and reader.current_id() == ""
    publish(writer, {("district", "100"): "a"})
    assert text(reader, "mh0001", "100.html") == "a"
    kept = reader.current()
    assert reader.current() is kept and kept is not None
    publish(writer, {("district", "100"): "b"})
    assert text(reader, "mh0001", "100.html") == "b"
    assert told(kept, DISTRICT, "100.html") == "a"


def test_builders_of_different_pages_lose_nothing(tmp_path: Path) -> None:
    """Those that start from the same release and publish one after the other both end up on air."""
    store, other = opened(tmp_path), opened(tmp_path)
    publish(store, {("mh0001", "201"): "old", ("mh0001", "204"): "old"})
    with store.changes() as one, other.changes() as two:
        lay_down(one, store, "201", {"mh0001": "from one"})
        lay_down(two, other, "204", {"mh0001": "from two"})
        store.publish(one)
        other.publish(two)
    assert text(store, "mh0001", "201.html") == "from one" and text(store, "mh0001", "204.html") == "from two"


@pytest.mark.parametrize("held", [False, True], ids=["on air", "while held"])
def test_who_was_overtaken_with_a_page_publishes_nothing(tmp_path: Path, held: bool) -> None:
    """What the other one said of it is not to be lost: the slower one is told which page it was, and says it again over
    what is said by then. Its other pages wait for that too."""
    store, other = opened(tmp_path), opened(tmp_path)
    publish(store, {("mh0001", "201"): "old", ("mh0002", "201"): "old", ("mh0001", "204"): "old"})
    if held:
        store.rollback(store.current_id())
    with store.changes() as one, other.changes() as two:
        lay_down(one, store, "201", {"mh0001": "from one"})
        lay_down(two, other, "201", {"mh0002": "from two"})
        lay_down(two, other, "204", {"mh0001": "from two"})
        store.publish(one)
        with pytest.raises(BusyError, match="page 201"):
            other.publish(two)
    seen = store.built()
    assert seen is not None and told(seen, "mh0001", "204.html") == "old"
    assert (told(seen, "mh0001", "201.html"), told(seen, "mh0002", "201.html")) == ("from one", "old")
    if held:
        store.resume()
    publish(other, {("mh0002", "201"): "from two", ("mh0001", "204"): "from two"})
    assert text(store, "mh0001", "201.html") == "from one"
    assert text(store, "mh0002", "201.html") == text(store, "mh0001", "204.html") == "from two"


def test_alerts_and_pages_never_overtake_each_other(tmp_path: Path) -> None:
    """A page of the one tree is nothing to the other, whatever its number."""
    store, other = opened(tmp_path), opened(tmp_path)
    publish(store, {("district", "201"): "old"})
    with store.changes() as one, other.changes() as two:
        lay_down(one, store, "201", {"district": "new"})
        lay_down(two, other, "201", {"district": "storm"}, layer="alerts")
        store.publish(one)
        other.publish(two, action="alerts")
    assert text(store, "district", "201.html") == "storm"
    release = store.current()
    assert release is not None and len(store.releases()) == 3
    assert release.root.contents["201"] != release.root.warnings["201"]


def test_many_builders_in_threads_lose_nothing(tmp_path: Path) -> None:
    """Forty publications by four builders, each of a page of its own: every one is on air at the end, under forty
    different numbers."""

    def build(number: int) -> None:
        store = opened(tmp_path)
        for turn in range(10):
            publish(store, {(f"mh{number}{turn}", f"20{number}"): f"{number} {turn}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(build, range(4)))
    store = opened(tmp_path)
    assert all(text(store, f"mh{n}{t}", f"20{n}.html") == f"{n} {t}" for n in range(4) for t in range(10))
    assert [info.seq for info in store.releases()] == list(range(1, 41))
    assert store.check() == []


def test_many_builders_of_one_page_lose_nothing(tmp_path: Path) -> None:
    """Each tries again when another one was quicker, and finds what that one said."""

    def build(number: int) -> None:
        store, turn = opened(tmp_path), 0
        while turn < 5:
            with suppress(BusyError):
                publish(store, {(f"mh{number}{turn}", "201"): f"{number} {turn}"})
                turn += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(build, range(4)))
    store = opened(tmp_path)
    assert all(text(store, f"mh{n}{t}", "201.html") == f"{n} {t}" for n in range(4) for t in range(5))
    assert len(store.releases()) == 20 and store.check() == []
