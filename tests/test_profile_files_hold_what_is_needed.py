"""Every profile that comes with the project is whole, consistent and different from the others."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from channel.profiles import LAST, Profile, document_key, load_profiles
from channel.profiles.loader import HOUSE

PROFILES = load_profiles()
NORMAL = {
    "ipanel-hd", "ipanel-adv-hd", "coship-hd", "suma-hd", "iptv-hd", "enrich-hd", "inspur-hd", "hbbtv", "android-hd",
    "web-hd", "bitmap-hd",
}  # fmt: skip
"""Each of them has a twin with large text."""
FAMILIES = {"ipanel-sd", "bitmap-sd", *NORMAL, *(f"{name}-large" for name in NORMAL)}
UNION = {
    "up": {38, 1}, "down": {40, 2}, "left": {37, 3}, "right": {39}, "ok": {13}, "back": {8, 27, 340, 461, 640, 10009},
    "pageup": {33}, "pagedown": {34}, "red": {403}, "green": {404}, "yellow": {405}, "blue": {406}, "digit0": {48},
}  # fmt: skip
CONFLICTS = {4, 5, 65, 68, 83, 87, *range(112, 122), *range(259, 269), 283, 512, 514, 768}
"""Codes that mean different things on different boxes, beyond those of the union."""


def test_all_families_are_there() -> None:
    """One file each, and no file that is not known here."""
    assert set(PROFILES) == FAMILIES == {path.stem for path in HOUSE.glob("*.toml")}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_no_code_means_two_things(profile: Profile) -> None:
    """Within a profile a code, and a key's name, has one meaning; a guarded code has no other."""
    meanings: dict[int, set[str]] = {}
    for action, codes in profile.keys.items():
        for code in codes:
            for step in range(10 if action == "digit0" else 1):
                meanings.setdefault(code + step, set()).add(f"{action}{step}")
    for key in profile.guarded_keys:
        meanings.setdefault(key.code, set()).add(key.action)
    assert [code for code, found in meanings.items() if len(found) > 1] == []
    names = [name for names in profile.key_names.values() for name in names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_the_facts_that_painters_and_script_need_are_there(profile: Profile) -> None:
    """Canvas, safe area, charset, budgets; keys and events where there is a script; none of it where there is none."""
    width, height = profile.canvas
    assert (width, height) in {(1280, 720), (640, 530), (720, 576)}
    assert profile.safe_area >= ((10, 5) if height < 720 else (5, 5))
    large = "large" if profile.id.endswith("-large") else "hd"
    assert profile.metrics == {530: "sd530", 576: "sd"}.get(height, large)
    assert profile.budgets.decoded_bytes >= width * height * 4 * min(1, profile.budgets.full_screen_pictures)
    assert profile.budgets.script_tags == (0 if profile.script == "none" else 3)
    assert (profile.script == "none") == (profile.kind == "bitmap") == (not profile.keys)
    assert profile.exit.idle_seconds == (0 if profile.id.startswith("web-hd") else 180)
    if profile.ready.event:
        assert profile.events.system
    assert bool(profile.native_focus.hide) == bool(profile.native_focus.restore)
    if profile.kind == "bitmap":
        assert profile.image.formats == ("png",)


def test_keys_are_those_that_real_portals_were_sent() -> None:
    """Spot checks against the tables read from shipping portals."""
    codes = {name: profile.codes() for name, profile in PROFILES.items()}
    assert {code: codes["ipanel-hd"][code] for code in (1, 2, 3, 4, 13, 340, 339, 832, 372, 48, 57)} == {
        1: "up", 2: "down", 3: "left", 4: "right", 13: "ok", 340: "back", 339: "exit", 832: "red", 372: "pageup",
        48: "0", 57: "9",
    }  # fmt: skip
    assert codes["coship-hd"][640] == codes["iptv-hd"][8] == codes["suma-hd"][27] == codes["hbbtv"][461] == "back"
    assert (
        codes["suma-hd"][2305] == codes["iptv-hd"][275] == codes["enrich-hd"][320] == codes["inspur-hd"][112] == "red"
    )
    assert [codes["enrich-hd"][code] for code in (87, 83, 65, 68)] == ["up", "down", "left", "right"]
    assert 374 not in codes["ipanel-hd"] and 375 not in codes["ipanel-hd"] and 114 not in codes["coship-hd"]
    assert codes["ipanel-adv-hd"] == codes["ipanel-hd"] == codes["ipanel-hd-large"]


def test_an_unknown_box_gets_the_union_without_conflicts() -> None:
    """Exactly the union; no code of it is on the list of conflicts, and 4 only in the company of 1, 2 and 3."""
    unknown = PROFILES[LAST]
    assert {action: set(codes) for action, codes in unknown.keys.items()} == UNION
    assert not set(unknown.codes()) & CONFLICTS
    assert [(key.code, key.action, set(key.after), key.ua) for key in unknown.guarded_keys] == [
        (4, "right", {1, 2, 3}, "iPanel")
    ]


def test_profiles_that_differ_in_keys_alone_share_their_documents() -> None:
    """A family of other keys and events is the same set of documents; another charset, size or scale, or another twin,
    is another set. So no two of those that come with the project share theirs."""
    mine = PROFILES["suma-hd"]
    keys = {action: [code + 5000 for code in codes] for action, codes in mine.keys.items()}
    other = msgspec.structs.replace(mine, id="model-x", title="X", match=(), keys=keys, events=PROFILES["hbbtv"].events)
    assert document_key(other) == document_key(mine)
    for change in ({"charset": "utf-8"}, {"metrics": "large"}, {"canvas": (640, 530)}, {"large": "model-x-large"}):
        assert document_key(msgspec.structs.replace(other, **change)) != document_key(mine)
    assert len({document_key(profile) for profile in PROFILES.values()}) == len(PROFILES)


def test_large_profiles_are_the_same_boxes() -> None:
    """Every family of 720 lines has one: the same keys, charset and canvas, and a way there and back. Fewer lines have
    no room for one."""
    assert {name for name, profile in PROFILES.items() if profile.large} == NORMAL
    for name in NORMAL:
        normal, large = PROFILES[name], PROFILES[f"{name}-large"]
        assert normal.canvas == (1280, 720)
        assert (normal.large, large.normal, large.fallback) == (large.id, normal.id, normal.id)
        assert (normal.keys, normal.charset, normal.canvas) == (large.keys, large.charset, large.canvas)
        assert not large.match and not large.large and not normal.normal


def test_every_file_says_in_a_comment_what_it_is_for() -> None:
    """A person who opens one learns why it is as it is, and finds no address of anybody's network."""
    for path in HOUSE.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# "), path.name
        assert not re.search(r"https?://|\d+\.\d+\.\d+\.\d+", text), path.name


def test_each_profile_is_told_in_the_docs() -> None:
    """docs/profiles.md names every family and every key of the files."""
    text = (Path(__file__).parents[1] / "docs" / "profiles.md").read_text(encoding="utf-8")
    for name in PROFILES.keys() - {f"{name}-large" for name in NORMAL}:
        assert f"`{name}`" in text, name
    assert "`NAME-large`" in text
    for field in Profile.__struct_fields__:
        assert f"`{field}`" in text, field
