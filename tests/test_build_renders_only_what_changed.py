"""A build touches what its inputs or its moment touch, and nothing else; the same inputs give the same release."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from build_help import NOON, PAGES, World, WritingRenderer, write_channel

from channel.build.engines import Serial


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    WritingRenderer.calls.clear()
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    yield made
    made.builder.close()
    made.archive.close()


def test_a_first_build_puts_every_page_on_air(world: World) -> None:
    """All pages of all estates in all profiles, items and scripts among them, in stages, the district first."""
    seen: list[tuple[int, int]] = []
    report = world.builder.build(NOON, progress=lambda done, total: seen.append((done, total)))
    assert world.text("mh0002", "100.html") == "mh0002 first"
    assert world.text("mh0002", "111.html") == "district first"
    assert world.text("mh0002", "i/111.a0.html") == "item first"
    assert world.text("mh0002", "115.html", "bitmap-hd") == "mh0002 town"
    assert world.text("district", "900.html") == "district "
    release = world.store.current()
    assert release is not None and report.release_id
    assert all(world.store.asset(name) for name in release.assets())
    assert world.text("mh0002", "remote.js") == "script of web-hd" == world.text("district", "remote.js")
    assert release.entry("bitmap-hd", "district", "remote.js") is None
    first = world.store.release(world.store.releases()[0].id)
    assert first.estates("web-hd") == ("district",)
    assert first.entry("web-hd", "mh0001", "100.html") is not None
    assert (report.pages, report.pairs) == (3, (4 + 1 + 4) * 2)
    assert seen[-1] == (18, 18)
    assert world.store.check() == []


def test_nothing_changed_renders_nothing(world: World) -> None:
    """A build with nothing changed makes no release, also after a restart, gives nobody a job and writes no file."""
    world.builder.build(NOON)
    release = world.store.current_id()
    WritingRenderer.calls.clear()
    jobs: list[object] = []

    class Counting(Serial):
        def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
            jobs.append(args)
            return super().submit(*args, **kwargs)

    def written() -> dict[Path, int]:
        folders = (world.channel.state, world.folder / "store")
        files = [path for folder in folders for path in folder.rglob("*") if ".sqlite" not in path.name]
        return {path: path.stat().st_mtime_ns for path in files if path.is_file() and path.name != "lock"}

    before = written()
    builder = world.new_builder(executor=Counting())
    report = builder.build(NOON + timedelta(minutes=1))
    assert jobs == [] and written() == before
    assert WritingRenderer.calls == [] and report.pages == 0 and report.release_id == ""
    assert world.store.current_id() == release
    world.says("towns", "other town")
    builder.build(NOON + timedelta(minutes=2))
    assert jobs and written() != before


def test_a_changed_source_touches_its_pages_alone(world: World) -> None:
    """One source changes: its pages are rendered, the others are not asked; one release."""
    world.builder.build(NOON)
    before = len(world.store.releases())
    WritingRenderer.calls.clear()
    world.says("towns", "other town")
    report = world.builder.build(NOON + timedelta(minutes=1))
    assert {number for number, _, _ in WritingRenderer.calls} == {"115"}
    assert world.text("mh0001", "115.html") == "mh0001 other town" and report.on_air
    assert len(world.store.releases()) == before + 1
    assert report.rendered == 8 and report.unchanged == 0


def test_a_passed_moment_touches_what_waited_for_it(world: World) -> None:
    """A page with a moment of its own is rendered again when it comes, and the builder asks to be woken for it."""
    turn = NOON + timedelta(minutes=10)
    world.says("towns", f"at {turn.isoformat()}")
    assert world.builder.build(NOON).next_wake == turn
    WritingRenderer.calls.clear()
    assert world.builder.build(turn - timedelta(seconds=1)).pages == 0
    report = world.new_builder().build(turn)
    assert {number for number, _, _ in WritingRenderer.calls} == {"115"}
    assert report.next_wake is None or report.next_wake > turn
    # The screens stayed; what the release says of their validity did not.
    assert report.rendered == 8 and report.on_air


def test_only_limits_a_build_to_some_pages(world: World) -> None:
    """The pages that were left out are built next time."""
    world.builder.build(NOON, only={"111"})
    assert world.text("mh0001", "111.html") and world.text("mh0001", "115.html") is None
    world.builder.build(NOON)
    assert world.text("mh0001", "115.html") == "mh0001 town"


def test_a_first_build_that_was_stopped_between_stages_goes_on(world: World) -> None:
    """What an interrupted first build did not reach is due at the next, and what it reached is kept."""

    def stop(done: int, total: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.builder.build(NOON, progress=stop)
    assert world.text("mh0001", "100.html") == "district first"
    WritingRenderer.calls.clear()
    world.new_builder().build(NOON)
    assert world.text("mh0001", "100.html") == "mh0001 first" and world.text("mh0003", "115.html") == "mh0003 town"
    assert ("111", "district", "web-hd") not in WritingRenderer.calls


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
    assert release is not None and "mh0003" not in release.estates("web-hd")
    assert list(release.groups("pages", "web-hd", "mh0001")) == []


def test_a_lost_ledger_costs_a_build_but_no_release(world: World) -> None:
    """Without its notes the builder renders everything and finds that nothing differs."""
    world.builder.build(NOON)
    release = world.store.current_id()
    (world.channel.state / "build.msgpack").write_bytes(b"torn")
    report = world.new_builder().build(NOON)
    assert report.rendered == 18 and report.unchanged == 18
    assert world.store.current_id() == release


def test_a_lost_store_is_built_anew(world: World, tmp_path: Path) -> None:
    """Notes about a store that is gone are not believed."""
    world.builder.build(NOON)
    world.store = world.store.open(tmp_path / "another", clock=world.clock)
    world.new_builder().build(NOON)
    assert world.text("mh0001", "115.html") == "mh0001 town"


def test_two_stores_built_from_the_same_inputs_are_equal(tmp_path: Path) -> None:
    """The same snapshots at the same moment give the same trees, key for key."""
    roots = []
    for name in ("one", "two"):
        world = World(tmp_path / name)
        world.says("news", "first", observed=NOON)
        world.says("towns", "town", observed=NOON)
        world.builder.build(NOON)
        release = world.store.current()
        assert release is not None
        roots.append((release.root.pages, release.root.alerts, release.root.answers))
        world.archive.close()
    assert roots[0] == roots[1]
