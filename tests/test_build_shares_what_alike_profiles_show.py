"""Profiles that differ in their keys alone share their documents; each has the script of its own beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from build_help import NOON, RENDERER, World, WritingRenderer, write_channel
from conftest import EXAMPLE

from broadcaster.tools.showing import snapshots_at
from channel.profiles import alike, load_profiles
from channel.release import Release
from channel.release.tree import REMOTE
from channel.render import Renderer
from channel.settings import Channel

pytestmark = pytest.mark.slow

ALIKE = ("coship-hd", "suma-hd", "enrich-hd", "inspur-hd")
PROFILES = ("web-hd", *ALIKE, "bitmap-hd")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(WritingRenderer, "words", "script")
    WritingRenderer.calls.clear()
    made = World(tmp_path, profiles=PROFILES)
    made.says("news", "first")
    made.says("towns", "town")
    yield made
    made.builder.close()
    made.archive.close()


def _air(world: World) -> Release:
    release = world.store.current()
    assert release is not None
    return release


def test_families_are_alike_when_their_documents_are() -> None:
    """Four families of the project; the rest stand alone."""
    groups = alike(load_profiles().values())
    assert [set(group) for group in groups if len(group) > 1] == [set(ALIKE)]


def test_the_renderer_gives_alike_profiles_the_same_bytes() -> None:
    """Pages and items of the example: one document, four scripts."""
    channel = Channel.open(EXAMPLE)
    settings = channel.settings
    channel = Channel(
        folder=channel.folder, state=channel.state, settings=type(settings)(
            title=settings.title, district=settings.district, profiles=PROFILES, theme=settings.theme
        ),
        sources=channel.sources, estates=channel.estates, lineup=channel.lineup, digest=channel.digest,
    )  # fmt: skip
    # One renderer would paint alike profiles once and prove nothing.
    renderers = {profile: Renderer(channel) for profile in PROFILES}
    snapshots = snapshots_at(channel, set(channel.lineup.page("201").sources.values()), NOON, EXAMPLE / "records")
    shown = {p: renderers[p].page("201", "mh0001", p, snapshots, NOON).documents for p in (*ALIKE, "web-hd")}
    assert all(shown[profile] == shown["coship-hd"] for profile in ALIKE)
    assert shown["web-hd"] != shown["coship-hd"]
    for document in shown["coship-hd"]:
        way = "../" if "/" in document.name else ""
        assert f'src="{way}remote.js"'.encode() in document.body
        assert not any(name.endswith(".js") for name in document.assets)
    scripts = {profile: renderers[profile].script(profile) for profile in PROFILES}
    assert scripts["bitmap-hd"] is None
    assert len({script.body for script in scripts.values() if script}) == len(PROFILES) - 1


def test_alike_profiles_are_rendered_once_and_stored_once(world: World) -> None:
    """Every page of all of them is there, from one rendering a page and estate, under the same keys."""
    report = world.builder.build(NOON)
    assert report.rendered == report.pairs and report.faults == ()
    asked = [call for call in WritingRenderer.calls if call[2] in ALIKE]
    assert {profile for _, _, profile in asked} == {"coship-hd"} and len(asked) == len(set(asked))
    release = _air(world)
    for profile in ALIKE:
        for layer in ("pages", "alerts"):
            for scope in ("district", "mh0001", "mh0003"):
                mine = {k: v for k, v in release.groups(layer, profile, scope).items() if k != REMOTE}
                first = {k: v for k, v in release.groups(layer, "coship-hd", scope).items() if k != REMOTE}
                assert mine == first and mine
        assert world.text("mh0002", "remote.js", profile) == f"script of {profile}"
    assert world.text("mh0002", "i/111.a0.html", "inspur-hd") == "item first"


def test_what_kills_a_worker_is_given_up_for_all_of_them(world: World, tmp_path: Path) -> None:
    """The page of the guilty estate stays away in each of the profiles that share it; the others are there."""
    world.channel = write_channel(tmp_path, profiles=ALIKE)
    world.says("towns", "die mh0002")
    builder = world.new_builder(executor=None)
    try:
        builder.build(NOON)
    finally:
        builder.close()
    for profile in ALIKE:
        assert world.text("mh0001", "115.html", profile) == "mh0001 die mh0002"
        assert world.text("mh0002", "115.html", profile) == "district die mh0002"


def test_a_script_changes_although_no_page_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another script is on air with the next release, whose pages are the bytes that they were."""
    world.builder.build(NOON)
    before = _air(world)
    monkeypatch.setattr(WritingRenderer, "words", "newer")
    report = world.new_builder().build(NOON + timedelta(minutes=1))
    after = _air(world)
    assert report.on_air and report.unchanged == report.rendered > 0
    assert world.text("mh0002", "remote.js", "suma-hd") == "newer of suma-hd"
    for profile in PROFILES:
        for scope in after.estates(profile):
            changed = {
                group
                for group, key in after.groups("pages", profile, scope).items()
                if before.groups("pages", profile, scope).get(group) != key
            }
            assert changed == ({REMOTE} if scope == "district" and profile != "bitmap-hd" else set())
    # Nobody was served another page by it.
    told = world.store.asrun("mh0002", NOON + timedelta(minutes=2))
    assert told is not None and {page.page for page in told.pages} == set(world.channel.lineup.pages)


def test_a_script_belongs_to_its_release(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback brings the pages' own script back, whatever the alerts came with; resuming brings the newer one."""
    world.builder.build(NOON)
    good = _air(world).id
    monkeypatch.setattr(WritingRenderer, "words", "mistaken")
    builder = world.new_builder()
    builder.build(NOON + timedelta(minutes=1))
    world.store.rollback(good)
    assert world.text("mh0001", "remote.js") == "script of web-hd"
    monkeypatch.setattr(WritingRenderer, "words", "mended")
    world.warns("Extreme", "310112001")
    world.new_builder().build(NOON + timedelta(minutes=2))
    assert world.text("mh0001", "remote.js") == "script of web-hd"
    world.store.resume()
    assert world.text("mh0001", "remote.js") == "mended of web-hd"


def test_an_alert_before_all_pages_has_its_script(world: World) -> None:
    """A channel with nothing on air yet: page 900 goes first and names a script that is there."""
    world.warns("Extreme", "310112001")
    world.builder.publish_alerts(NOON)
    assert world.text("mh0001", "900.html") is not None and world.text("mh0001", "100.html") is None
    assert world.text("mh0001", "remote.js") == "script of web-hd"


def test_a_profile_that_runs_none_any_more_has_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its script leaves the air with the release that no longer names it, from both trees."""
    world.builder.build(NOON)

    def script(self: WritingRenderer, profile: str) -> None:
        return None

    monkeypatch.setattr(WritingRenderer, "script", script)
    monkeypatch.setattr(WritingRenderer, "words", "none")
    world.new_builder().build(NOON + timedelta(minutes=1))
    assert world.text("mh0001", "remote.js") is None and world.text("mh0001", "100.html") is not None
    assert RENDERER.endswith(WritingRenderer.__name__)
