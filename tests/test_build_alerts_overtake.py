"""Alerts go on air by themselves: before, during and after any build, and through a rollback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import ASKED, NOON, PAGES, World, write_channel

from channel.declared import unpack_folder
from channel.folder import Channel
from channel.painting import choose
from channel.release.objects import MAP
from channel.render import Renderer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    ASKED.clear()
    yield made
    made.close()


WARNED = "district 暴雨红色预警"
"""Page 900 names no estate: all that are warned alike are shown the same bytes."""


def _level(world: World, estate: str) -> str:
    release = world.store.current()
    assert release is not None
    return str(json.loads(release.alert(estate))["level"])


def test_an_alert_and_its_page_are_on_air_and_expire(world: World) -> None:
    """The estates whose area it names get the takeover and its page with one release; no other page is asked. When it
    expires, it is gone by itself."""
    world.builder.build(NOON)
    before = len(world.store.releases())
    ASKED.clear()
    world.warns("Extreme", "310112001", "310112002")
    report = world.builder.publish_alerts(NOON + timedelta(seconds=1))
    assert report.on_air and report.release_id == world.store.current_id()
    assert [_level(world, e) for e in ("mh0001", "mh0002")] == ["takeover", "takeover"]
    assert _level(world, "mh0003") != "takeover"
    assert [world.text(e, "900.html") for e in ("district", "mh0001", "mh0003")] == [WARNED, WARNED, "district "]
    assert [release.action for release in world.store.releases()[before:]] == ["alerts"] and ASKED == []
    end = NOON + timedelta(hours=2)
    assert report.next_wake == end
    assert world.builder.publish_alerts(NOON + timedelta(minutes=5)).release_id == ""
    world.builder.build(end + timedelta(seconds=1))
    assert _level(world, "mh0001") == "none"


def test_an_alert_overtakes_a_running_build(world: World) -> None:
    """While a build stands still in the middle of its work, an alert goes on air; the build then publishes over it."""
    world.builder.build(NOON)
    world.says("towns", "other town")
    reached, go_on = threading.Event(), threading.Event()

    def stand_still(done: int, total: int) -> None:
        reached.set()
        assert go_on.wait(60)

    build = threading.Thread(target=world.builder.build, args=(NOON,), kwargs={"progress": stand_still})
    build.start()
    try:
        assert reached.wait(60)
        world.warns("Extreme", "310112001")
        world.builder.publish_alerts(NOON + timedelta(seconds=1))
        assert _level(world, "mh0001") == "takeover" and world.text("mh0001", "115.html") == "mh0001 town"
    finally:
        go_on.set()
        build.join(60)
    assert _level(world, "mh0001") == "takeover"
    assert world.text("mh0001", "115.html") == "mh0001 other town"
    assert world.text("mh0001", "900.html") == WARNED


def test_alerts_go_on_air_after_a_rollback(world: World) -> None:
    """While publishing is held, builds stay off the air and alerts do not."""
    world.builder.build(NOON)
    good = world.store.current_id()
    world.says("towns", "mistake")
    world.builder.build(NOON + timedelta(minutes=1))
    world.store.rollback(good)
    world.says("towns", "better")
    report = world.builder.build(NOON + timedelta(minutes=2))
    assert not report.on_air and world.text("mh0001", "115.html") == "mh0001 town"
    world.warns("Severe", "310112001")
    assert world.builder.publish_alerts(NOON + timedelta(minutes=3)).on_air
    assert _level(world, "mh0001") == "takeover" and world.text("mh0001", "900.html") == WARNED
    assert world.text("mh0001", "115.html") == "mh0001 town"
    world.store.resume()
    assert world.text("mh0001", "115.html") == "mh0001 better" and _level(world, "mh0001") == "takeover"


def test_a_cold_store_gets_its_alert_before_its_pages(world: World, tmp_path: Path) -> None:
    """An alert needs no release before it: whoever paints its page finds all that it needs in the store."""
    assert world.new_builder().publish_alerts(NOON).pages == 1
    world.warns("Extreme", "310112001")
    world.new_builder().publish_alerts(NOON)
    assert _level(world, "mh0001") == "takeover" and world.text("mh0001", "900.html") == WARNED
    release = world.store.current()
    assert release is not None and not release.has_pages and release.root.declared
    folder = tmp_path / "laid out"
    unpack_folder(world.store.object(MAP, bytes.fromhex(release.root.declared)), folder)
    choice = choose(Renderer(Channel.open(folder)), release, "900", "mh0001", "web-hd")
    assert choice.shown == "content" and "暴雨红色预警" in choice.rendered.documents[0].body.decode()


def test_an_alert_keeps_to_the_declarations_on_air(world: World) -> None:
    """The files were changed, and their pages are not built yet: what is on air is painted as it was said."""
    world.builder.build(NOON)
    release = world.store.current()
    assert release is not None
    before = release.root.declared
    world.channel = write_channel(world.folder, pages=(*PAGES, ("120", "district", "news")))
    world.warns("Extreme", "310112001")
    builder = world.new_builder()
    builder.publish_alerts(NOON)
    release = world.store.current()
    assert release is not None and release.root.declared == before and _level(world, "mh0001") == "takeover"
    builder.build(NOON)
    release = world.store.current()
    assert release is not None and release.root.declared != before
    assert "120" in release.pages and _level(world, "mh0001") == "takeover"
