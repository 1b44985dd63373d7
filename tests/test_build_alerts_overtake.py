"""Alerts go on air by themselves: before, during and after any build, and through a rollback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import NOON, World, WritingRenderer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    WritingRenderer.calls.clear()
    made = World(tmp_path)
    made.says("news", "first")
    made.says("towns", "town")
    yield made
    made.builder.close()
    made.archive.close()


def _level(world: World, estate: str) -> str:
    release = world.store.current()
    assert release is not None
    return str(json.loads(release.alert(estate))["level"])


def test_an_alert_and_its_page_are_on_air_and_expire(world: World) -> None:
    """The estates whose area it names get the takeover; page 900 follows; when it expires, it is gone by itself."""
    world.builder.build(NOON)
    world.warns("Extreme", "310112001", "310112002")
    report = world.builder.publish_alerts(NOON + timedelta(seconds=1))
    assert report.on_air and report.release_id == world.store.current_id()
    assert [_level(world, e) for e in ("mh0001", "mh0002")] == ["takeover", "takeover"]
    assert _level(world, "mh0003") != "takeover"
    assert world.text("mh0001", "900.html") == "mh0001 暴雨红色预警"
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
    assert world.text("mh0001", "900.html") == "mh0001 暴雨红色预警"


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
    assert _level(world, "mh0001") == "takeover" and world.text("mh0001", "900.html") == "mh0001 暴雨红色预警"
    assert world.text("mh0001", "115.html") == "mh0001 town"
    world.store.resume()
    assert world.text("mh0001", "115.html") == "mh0001 better" and _level(world, "mh0001") == "takeover"


def test_a_cold_store_gets_its_alert_before_its_pages(world: World) -> None:
    """An alert needs no release before it; a calm day makes none."""
    assert world.new_builder().publish_alerts(NOON).pages == 1
    world.warns("Extreme", "310112001")
    world.new_builder().publish_alerts(NOON)
    assert _level(world, "mh0001") == "takeover"


def test_those_whom_an_alert_concerns_come_first(world: World) -> None:
    """The estates in an alert's area have their page 900 on air one release before those outside it."""
    world.builder.build(NOON)
    before = len(world.store.releases())
    world.warns("Extreme", "310112002")
    world.builder.publish_alerts(NOON + timedelta(seconds=1))
    answers, first, rest = world.store.releases()[before:]
    assert {answers.action, first.action, rest.action} == {"alerts"}
    release = world.store.release(first.id)
    said = {}
    for estate in ("district", "mh0001", "mh0002"):
        page = release.entry("web-hd", estate, "900.html")
        assert page is not None
        said[estate] = "暴雨红色预警" in world.store.body(page).decode()
    assert said == {"district": True, "mh0001": False, "mh0002": True}
    assert world.text("mh0001", "900.html") == "mh0001 暴雨红色预警"
