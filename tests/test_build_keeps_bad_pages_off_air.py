"""A page that goes wrong keeps what it said last or is not to be had now; the others go on, and the editor is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import ASKED, NOON, World

from channel.build.saying import RETRY_S
from channel.paint.output import Finding
from channel.release.contents import Entry
from channel.verdicts import Shown, Verdict, Verdicts
from channel.views.words import item_targets
from feeds.records import Article

SENTENCES = {"raise": "its view failed: cannot say 115", "dead": "link to '111.nowhere', which is not there"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    ASKED.clear()
    yield made
    made.close()


@pytest.mark.parametrize("order", SENTENCES)
def test_what_was_said_last_stays(world: World, order: str) -> None:
    """Failing, or with a link to an item that is not there: yesterday's words stay with their items, other pages are
    new, the finding is kept."""
    world.builder.build(NOON)
    world.says("towns", order)
    world.says("news", "second")
    report = world.builder.build(NOON + timedelta(minutes=1))
    assert [world.text(e, "115.html") for e in ("district", "mh0003")] == ["district town", "mh0003 town"]
    assert world.text("district", "i/115.a0.html") == "item town"
    assert world.text("mh0001", "100.html") == "mh0001 second"
    assert {(finding.page, finding.level, finding.sentence) for finding in report.faults} == {
        ("115", "fault", SENTENCES[order])
    }
    assert [finding.sentence for finding in world.new_builder().findings()] == [SENTENCES[order]]


@pytest.mark.parametrize("order", SENTENCES)
def test_a_page_that_never_said_anything_is_not_to_be_had(world: World, order: str) -> None:
    """Nothing was said before: that is said, and the rest of the channel stands."""
    world.says("towns", order)
    world.builder.build(NOON)
    assert world.text("district", "115.html") == "暂不可用"
    assert world.text("mh0001", "115.html") == "暂不可用"
    assert world.text("mh0001", "100.html") == "mh0001 first"


@pytest.mark.parametrize("order", SENTENCES)
def test_one_bad_estate_does_not_stop_the_others(world: World, order: str) -> None:
    """Only the estate whose page goes wrong keeps its old words, and its finding tells."""
    world.builder.build(NOON)
    world.says("towns", f"{order} mh0002")
    report = world.builder.build(NOON + timedelta(minutes=1))
    assert world.text("mh0001", "115.html") == f"mh0001 {order} mh0002"
    assert world.text("mh0002", "115.html") == "mh0002 town"
    assert [finding.sentence for finding in report.faults] == [SENTENCES[order]]


def test_a_link_to_an_item_that_comes_with_the_same_build_is_none_to_nowhere(world: World) -> None:
    """What its page says by now counts, whichever page is asked first; what leads to an item that was taken down leaves
    its page, which is no fault of it."""
    world.builder.build(NOON)
    world.gives("news", (Article(id="nowhere", title="there"),))
    world.says("towns", "dead")
    moment = NOON + timedelta(minutes=1)
    assert world.builder.build(moment).faults == ()
    assert world.text("mh0001", "115.html") == "mh0001 dead dead"
    world.store.take_down("111.nowhere")
    world.says("towns", "dead", "again")
    assert world.new_builder().build(moment + timedelta(minutes=1)).faults == ()
    assert world.text("mh0001", "115.html") == "mh0001 dead again"


def test_no_estate_is_led_to_an_item_that_its_page_keeps_back(world: World) -> None:
    """The district's page is refused, and its new items with it: what links to them is refused too."""
    world.builder.build(NOON)
    world.says("towns", "dead district", "new item")
    world.builder.build(NOON + timedelta(minutes=1))
    assert world.text("district", "115.html") == "district town"
    release = world.store.current()
    assert release is not None
    entry = release.said("115", "mh0001")
    assert entry is not None
    targets = item_targets(release.words("115", entry.content))
    assert targets and targets <= {f"115.{ident}" for ident in release.item_ids("115")}


def test_a_page_that_failed_is_tried_again(world: World) -> None:
    """Without any change the failed page is asked again after a while; when it is well its finding goes."""
    world.says("towns", "raise")
    report = world.builder.build(NOON)
    assert report.next_wake == NOON + timedelta(seconds=RETRY_S)
    ASKED.clear()
    world.builder.build(NOON + timedelta(seconds=RETRY_S))
    assert {page for page, _ in ASKED} == {"115"}
    world.says("towns", "well")
    world.builder.build(NOON + timedelta(seconds=RETRY_S + 1))
    assert world.builder.findings() == []
    assert world.text("mh0001", "115.html") == "mh0001 well"


def _entry(world: World) -> Entry:
    release = world.store.current()
    assert release is not None
    entry = release.said("115", "mh0001")
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    ("shown", "stands_in"), [("content", "two"), ("before", "one"), ("unsaid", "one")], ids=["passed", "failed", "none"]
)
def test_what_failed_its_checks_never_stands_in(world: World, shown: Shown, stands_in: str) -> None:
    """Whoever painted it wrote down that it did not pass: what is said next has what was said before it to fall back
    on, for the page where it failed and nowhere else."""
    verdicts = Verdicts(world.channel.state)
    world.builder = world.new_builder(failed=verdicts.failed)
    keys = {}
    for minute, words in enumerate(("one", "two", "three")):
        world.says("towns", words, observed=NOON + timedelta(minutes=minute))
        world.builder.build(NOON + timedelta(minutes=minute))
        keys[words] = _entry(world).content
        if words == "two":
            finding = Finding(level="fault", page="115", screen=1, element="", sentence="too long")
            for page in ("111", "115"):
                verdicts.note(Verdict(
                    page=page, said=_entry(world).content.hex(), profile="bitmap-sd", ground="", findings=(finding,),
                    shown=shown if page == "115" else "before",
                ))  # fmt: skip
    assert (_entry(world).content, _entry(world).before) == (keys["three"], keys[stands_in])
    assert len({keys["one"], keys["two"], keys["three"]}) == 3
