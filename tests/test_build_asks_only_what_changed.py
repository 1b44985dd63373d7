"""A build asks what its inputs or its moment touch, and nothing else; the same inputs give the same release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import ASKED, NOON, PAGES, World, write_channel

from channel import fingerprint
from channel.build import builder as building
from feeds.base.errors import BusyError
from feeds.records import Article

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    ASKED.clear()
    yield made
    made.close()


def test_a_first_build_puts_every_page_on_air(world: World) -> None:
    """What all pages say to all estates, items among it, as one release besides that of the alerts."""
    seen: list[tuple[int, int]] = []
    report = world.builder.build(NOON, progress=lambda done, total: seen.append((done, total)))
    assert world.text("mh0002", "100.html") == "mh0002 first"
    assert world.text("mh0002", "111.html") == "district first"
    assert world.text("mh0002", "i/111.a0.html") == "item first"
    assert world.text("mh0002", "115.html") == "mh0002 town"
    assert world.text("district", "900.html") == "district "
    assert (report.pages, report.asked, report.changed) == (3, 4 + 1 + 4, 4 + 1 + 4)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [release.action for release in world.store.releases()] == ["alerts", "build"]
    release = world.store.current()
    assert release is not None and report.release_id == release.id and report.on_air
    assert release.pages == ("100", "111", "115", "900") and release.warns("900") and not release.warns("100")
    assert world.store.check() == []


def test_nothing_changed_asks_nothing(world: World) -> None:
    """A build with nothing changed makes no release, also after a restart, asks no view and writes no file."""
    world.builder.build(NOON)
    release = world.store.current_id()
    ASKED.clear()

    def written() -> dict[Path, int]:
        folders = (world.channel.state, world.folder / "store")
        files = [path for folder in folders for path in folder.rglob("*") if ".sqlite" not in path.name]
        return {path: path.stat().st_mtime_ns for path in files if path.is_file() and path.name != "lock"}

    before = written()
    builder = world.new_builder()
    report = builder.build(LATER)
    assert written() == before
    assert ASKED == [] and report.pages == 0 and report.release_id == ""
    assert world.store.current_id() == release
    world.says("towns", "other town")
    builder.build(NOON + timedelta(minutes=2))
    assert ASKED and written() != before


def test_a_changed_source_touches_its_pages_alone(world: World) -> None:
    """One source changes: its pages are asked, the others are not; one release."""
    world.builder.build(NOON)
    before = len(world.store.releases())
    ASKED.clear()
    world.says("towns", "other town")
    report = world.builder.build(LATER)
    assert sorted(ASKED) == [("115", scope) for scope in ("district", "mh0001", "mh0002", "mh0003")]
    assert world.text("mh0001", "115.html") == "mh0001 other town" and report.on_air
    assert len(world.store.releases()) == before + 1
    assert (report.asked, report.changed) == (4, 4)


def test_a_source_that_says_the_same_touches_nothing(world: World) -> None:
    """When it only says it again nobody is asked; when what it says otherwise stands on no page, its pages are asked
    and say the same words: at most until when they hold is another moment."""
    world.builder.build(NOON)
    before = world.store.current()
    ASKED.clear()
    world.says("towns", "town", observed=LATER)
    assert world.builder.build(LATER).pages == 0 and ASKED == []
    world.gives("towns", (Article(id="a0", title="town", summary="unseen"),), LATER)
    report = world.builder.build(LATER)
    assert {page for page, _ in ASKED} == {"115"} and (report.asked, report.changed) == (4, 0)
    after = world.store.current()
    assert before is not None and after is not None
    first, second = (release.map("115") for release in (before, after))
    assert (first.where, first.books, first.items) == (second.where, second.books, second.items)
    assert all(entry.before == b"" for entry in second.entries.values())


def test_a_passed_moment_touches_what_waited_for_it(world: World) -> None:
    """A page with a moment of its own is asked again when it comes, and the builder asks to be woken for it."""
    turn = NOON + timedelta(minutes=10)
    world.says("towns", f"at {turn.isoformat()}")
    assert world.builder.build(NOON).next_wake == turn
    release = world.store.current()
    assert release is not None
    entry = release.said("115", "mh0001")
    assert entry is not None and entry.until == turn.timestamp()
    ASKED.clear()
    assert world.builder.build(turn - timedelta(seconds=1)).pages == 0 and ASKED == []
    report = world.new_builder().build(turn)
    assert {page for page, _ in ASKED} == {"115"}
    assert report.next_wake is None or report.next_wake > turn
    assert report.changed == 4 and report.on_air
    assert world.text("mh0001", "115.html") == f"mh0001 at {turn.isoformat()} passed"


def test_only_limits_a_build_to_some_pages(world: World) -> None:
    """The pages that were left out are built next time."""
    world.builder.build(NOON, only={"111"})
    assert world.text("mh0001", "111.html") and world.text("mh0001", "115.html") is None
    world.builder.build(NOON)
    assert world.text("mh0001", "115.html") == "mh0001 town"


def test_a_first_build_that_was_stopped_is_done_again(world: World) -> None:
    """It puts nothing on air by halves."""

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.builder.build(NOON, progress=stop)
    assert world.text("mh0001", "100.html") is None
    report = world.new_builder().build(NOON)
    assert world.text("mh0001", "100.html") == "mh0001 first" and world.text("mh0003", "115.html") == "mh0003 town"
    assert report.asked == 9 and world.store.check() == []


def test_what_leaves_the_declarations_leaves_the_air(world: World) -> None:
    """A page, an estate and a scope that are taken out of the files are gone after the next build."""
    world.builder.build(NOON)
    pages = tuple(page for page in PAGES if page[0] not in ("100", "115"))
    pages = (("100", "district", "news"), *pages)
    world.channel = write_channel(world.folder, estates=2, pages=pages)
    world.new_builder().build(NOON)
    assert world.text("mh0001", "115.html") is None
    assert world.text("mh0001", "100.html") == "district first"
    release = world.store.current()
    assert release is not None
    assert {page: tuple(release.map(page).entries) for page in release.pages} == {
        "100": ("district",), "111": ("district",), "900": ("district", "mh0001", "mh0002"),
    }  # fmt: skip


def test_a_page_that_shows_alerts_from_now_on_changes_sides(world: World) -> None:
    """And back: what it said as a page of the other kind is not shown any more."""
    others = tuple(page for page in PAGES if page[0] != "900")
    world.channel = write_channel(world.folder, pages=(*others, ("900", "estate", "")))
    world.new_builder().build(NOON)
    release = world.store.current()
    assert release is not None and not release.warns("900") and "900" in release.root.contents
    for pages, warns in ((PAGES, True), ((*others, ("900", "estate", "")), False)):
        world.channel = write_channel(world.folder, pages=pages)
        world.new_builder().build(NOON)
        release = world.store.current()
        assert release is not None and release.warns("900") == warns
        assert ("900" in release.root.contents) != warns


def test_a_lost_ledger_costs_a_build_but_no_release(world: World) -> None:
    """Without its notes the builder asks everything and finds that nothing differs."""
    world.builder.build(NOON)
    release = world.store.current_id()
    (world.channel.state / "build.msgpack").write_bytes(b"torn")
    report = world.new_builder().build(NOON)
    assert (report.asked, report.changed) == (9, 0)
    assert world.store.current_id() == release


def test_a_lost_store_is_built_anew(world: World, tmp_path: Path) -> None:
    """Notes about a store that is gone are not believed."""
    world.builder.build(NOON)
    world.store = world.store.open(tmp_path / "another", clock=world.clock)
    world.new_builder().build(NOON)
    assert world.text("mh0001", "115.html") == "mh0001 town"


def test_other_code_of_views_asks_everything_and_other_code_of_painters_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that only looks otherwise is said already; the release says by which engine it was made."""
    world.builder.build(NOON)
    ASKED.clear()
    monkeypatch.setattr(building, "engine", lambda: "e" * 32)
    report = world.new_builder().build(LATER)
    assert ASKED == [] and report.release_id == ""
    world.says("towns", "other town")
    world.new_builder().build(LATER)
    release = world.store.current()
    assert release is not None and release.root.inputs["engine"] == "e" * 32 != fingerprint.engine()
    ASKED.clear()
    monkeypatch.setattr(building, "voice", lambda: "v" * 32)
    assert world.new_builder().build(LATER).asked == len(ASKED) == 9


def test_two_stores_built_from_the_same_inputs_are_equal(tmp_path: Path) -> None:
    """The same snapshots at the same moment give the same trees, key for key."""
    roots = []
    for name in ("one", "two"):
        world = World(tmp_path / name)
        world.says("news", "first", observed=NOON)
        world.says("towns", "town", observed=NOON)
        world.warns("Extreme", "310112001", sent=NOON)
        world.builder.build(NOON)
        release = world.store.current()
        assert release is not None
        root = release.root
        roots.append((root.contents, root.warnings, root.answers, root.declared))
        world.close()
    assert roots[0] == roots[1] and all(roots[0])


def test_what_another_builder_was_quicker_with_is_asked_again(world: World) -> None:
    """A second process publishes the same page while this one still asks: nothing that it said is lost, and this one
    goes on from it, by what sources say then."""
    world.builder.build(NOON)
    other = World.at(world.folder)
    world.says("towns", "mine")
    overtaken: list[str] = []
    asked: list[int] = []

    def overtake(done: int, total: int) -> None:
        asked.append(len(ASKED))
        if not overtaken:
            other.says("towns", "theirs")
            overtaken.append(other.builder.build(LATER).release_id)

    ASKED.clear()
    report = world.builder.build(LATER, progress=overtake)
    assert overtaken[0] and len(asked) == 2 and asked[1] > asked[0]
    assert world.text("mh0001", "115.html") == "mh0001 theirs"
    assert (report.pages, report.changed, report.release_id) == (1, 0, "")
    release = world.store.current()
    assert release is not None and release.id == overtaken[0]
    # What stood before is what was on air before, and not what never was.
    entry = release.said("115", "mh0001")
    assert entry is not None and release.content("115", entry.before, items=False).body.rows[0].title == "town"  # type: ignore[union-attr]
    other.close()


def test_what_is_overtaken_again_and_again_gives_up_and_loses_nothing(world: World) -> None:
    """The others' releases are whole on air, and the next build has its turn."""
    world.builder.build(NOON)
    other = World.at(world.folder)
    turns: list[int] = []

    def overtake(done: int, total: int) -> None:
        moment = NOON + timedelta(seconds=2 * len(turns))
        turns.append(len(turns))
        other.says("towns", f"theirs {len(turns)}", observed=moment)
        assert other.builder.build(LATER).on_air
        # By the time that this one asks again, there is something else to say.
        other.says("towns", f"mine {len(turns)}", observed=moment + timedelta(seconds=1))

    world.says("towns", "mine 0")
    with pytest.raises(BusyError, match="115"):
        world.builder.build(LATER, progress=overtake)
    assert len(turns) == building.TRIES
    assert world.text("mh0001", "115.html") == f"mh0001 theirs {building.TRIES}"
    world.builder.build(LATER)
    assert world.text("mh0001", "115.html") == f"mh0001 mine {building.TRIES}" and world.store.check() == []
    other.close()
