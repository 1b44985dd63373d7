"""A take-down removes every trace: the item, its row in every list, its place in counts, tickers and tiles, and what
the interface, the portal and the search say; and it brings all of it back when it is undone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from build_help import NOON, World
from conftest import EXAMPLE
from running import make_small
from said_store import snapshots_of
from view_inputs import at

from broadcaster.cli import main
from broadcaster.places import ASK
from broadcaster.talk.index import Index, name_of
from channel.build.builder import Builder
from channel.folder import Channel
from channel.release import Release, Store
from channel.views.words import item_targets
from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.records import Article

pytestmark = pytest.mark.slow

MORNING = at("2026-11-24T08:12")


class Example:
    """The example with three estates, on air."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "__pycache__"))
        make_small(folder / "channel")
        self.channel = Channel.open(folder / "channel", folder / "state")
        self.archive = Archive.open(self.channel.archive_url)
        for snapshot in snapshots_of(self.channel).values():
            self.archive.save(snapshot)
        self.clock = SetClock(MORNING)
        self.store = Store.open(self.channel.state / "store", clock=self.clock)
        self.builder = Builder(self.channel, self.archive, self.store, clock=self.clock)
        self.build()

    def build(self) -> Release:
        self.builder.build(MORNING)
        release = self.store.current()
        assert release is not None
        return release


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Example]:
    made = Example(tmp_path)
    yield made
    made.archive.close()


def words_of_all(release: Release) -> dict[str, bytes]:
    """All that pages and items say, by who says it."""
    said = {}
    for page in release.pages:
        known = release.map(page)
        for estate, entry in known.entries.items():
            said[f"{page} for {estate}"] = release.words(page, entry.content)
        for ident in release.item_ids(page):
            said[f"{page}.{ident}"] = release.words(page, known.items[ident])
    return said


def one_of_each_page(release: Release) -> dict[str, str]:
    """An item of every page that has some, with what it is called: the first and, of those that are lists of their own,
    one more."""
    found = {}
    for page in release.pages:
        kinds = {}
        for ident in release.item_ids(page):
            item = release.item(page, ident)
            kinds.setdefault((item.layout, type(item.body)), item)
        found.update({f"{page}.{item.id}": name_of(item) for item in kinds.values()})
    return found


@pytest.mark.slow
def test_an_item_of_any_page_is_gone_from_all_pages_and_comes_back(example: Example) -> None:
    before = words_of_all(example.build())
    units = one_of_each_page(example.build())
    assert len({unit[:3] for unit in units}) > 40
    for unit in units:
        example.store.take_down(unit)
    release = example.build()
    for who, words in words_of_all(release).items():
        assert not item_targets(words) & units.keys(), who
    records = {record.id for snapshot in snapshots_of(example.channel).values() for record in snapshot.records}
    index = Index(release, example.channel.lineup, example.channel.say)
    for unit, title in units.items():
        assert all(hit.target != unit for hit in index.find(title))
        page, ident = unit.split(".")
        assert ident not in records or ident not in release.map(page).items
    for unit in units:
        example.store.put_back(unit)
    assert words_of_all(example.build()) == before


def test_a_headline_leaves_its_list_and_its_category(example: Example) -> None:
    """The newest article stands on the tile of its page and in the list, and is counted."""
    release = example.build()
    ident = release.item_ids("111")[0]
    title = name_of(release.item("111", ident))
    words = words_of_all(release)
    named = {who.split(" ")[0] for who, said in words.items() if title.encode() in said}
    assert {"110", "111"} <= named
    example.store.take_down(f"111.{ident}")
    left = {who for who, said in words_of_all(example.build()).items() if title.encode() in said}
    assert left == set()


def test_a_page_that_is_down_has_no_tile_and_no_key(example: Example) -> None:
    before = example.build()
    example.store.take_down("201")
    release = example.build()

    def leads(release: Release) -> set[str]:
        pages = (page for page in release.pages if page != "201")
        found = set()
        for page in pages:
            for entry in release.map(page).entries.values():
                content = release.content(page, entry.content)
                told = [content, *content.items]
                found |= {page for part in told if _names(part, "201")}
        return found

    assert {"101", "200"} <= leads(before) and leads(release) == set()
    example.store.put_back("201")
    assert words_of_all(example.build()) == words_of_all(before)


def _names(part: object, number: str) -> bool:
    if isinstance(part, tuple):
        return any(_names(one, number) for one in part)
    if not isinstance(part, msgspec.Struct):
        return False
    to = str(getattr(part, "to", "")).rpartition("/")[2].partition(".")[0]
    return to == number or any(_names(getattr(part, name), number) for name in part.__struct_fields__)


def test_a_warning_that_is_taken_down_stands_on_no_television(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.says("news", "first")
    world.warns("Extreme")
    world.builder.build(NOON)
    assert b"storm" in world.air.alert("mh0001")
    world.store.take_down("900.storm")
    world.builder.publish_alerts(NOON)
    assert b'"none"' in world.air.alert("mh0001")
    world.store.put_back("900.storm")
    world.builder.publish_alerts(NOON)
    assert b"storm" in world.air.alert("mh0001")
    world.close()


def test_only_pages_of_its_source_are_asked_anew(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gives("news", tuple(Article(id=f"a{n}", title=f"news {n}") for n in range(3)))
    world.says("towns", "town")
    world.builder.build(NOON)
    world.store.take_down("111.a1")
    report = world.builder.build(NOON)
    assert world.text("district", "111.html") == "district news 0 news 2"
    assert world.text("mh0001", "100.html") == "mh0001 news 0 news 2"
    assert report.pages == 2
    # What was said before stands in for what fails its checks.
    assert not any(entry.before for entry in world.air.map("111").entries.values())
    assert world.builder.build(NOON).pages == 0
    world.close()


def test_the_command_has_whoever_works_build_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path)
    world.says("news", "first", "second")
    store = Store.open(world.channel.state / "store", clock=world.clock)
    Builder(world.channel, world.archive, store, clock=world.clock).build(NOON)
    where = ["--channel", str(world.folder), "--state", str(world.channel.state)]
    assert main([*where, "takedown", "111.a1"]) == 0
    assert (world.channel.state / ASK).exists() and "111.a1 is down" in capsys.readouterr().out
    world.close()


@pytest.mark.parametrize(("page", "hint"), [("100", "roll back"), ("900", "take down the warning itself")])
def test_a_page_that_every_box_is_led_to_stays(
    page: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path)
    store = Store.open(world.channel.state / "store", clock=world.clock)
    Builder(world.channel, world.archive, store, clock=world.clock).build(NOON)
    where = ["--channel", str(world.folder), "--state", str(world.channel.state)]
    assert main([*where, "takedown", page]) != 0
    assert hint in capsys.readouterr().err
    world.close()
