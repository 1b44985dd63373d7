"""A mistake in a profile's file gives the file, the key, what was found and what was expected."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from channel.profiles import load_profiles
from feeds.base.errors import NotFound, PersonError

BOX = """
extends = "coship-hd"
title = "A box of ours"
fallback = "bitmap-hd"
match = [{ ua_contains = ["OurBox"] }]
[keys]
back = [4711]
"""


def _load(folder: Path, text: str, name: str = "our-box") -> str:
    """The sentence that loading complains with; empty when it does not."""
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    try:
        load_profiles(folder=folder)
    except PersonError as error:
        assert error.exit_code == 2
        return str(error)
    return ""


def test_a_channel_adds_a_family_by_one_file(tmp_path: Path) -> None:
    """It takes over what it does not say from the one it extends: tables key by key, lists whole, rules never."""
    assert _load(tmp_path, BOX) == ""
    ours = load_profiles(["our-box"], tmp_path)["our-box"]
    assert ours.id == "our-box"
    assert ours.keys["back"] == (4711,)
    assert ours.keys["up"] == (38,)
    assert [rule.ua_contains for rule in ours.match] == [("OurBox",)]
    assert (ours.charset, ours.order, ours.large) == ("gbk", 100, "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("[keys]", "[kyes]"), ("our-box.toml", "found unknown key `kyes`", "did you mean `keys`?")),
        (("back = [4711]", "back = [38]"), ("keys", "code 38 means both", "one meaning")),
        (("back = [4711]", "back = [52]"), ("code 52 means both", "4")),
        (("back = [4711]", "back = []"), ("keys.back: found nothing", "at least one code")),
        (("back = [4711]", 'back = ["x"]'), ("keys.back[0]: found 'x'", "a whole number")),
        (("back = [4711]", "pagedwn = [1]"), ("found unknown key `pagedwn`", "did you mean `pagedown`?")),
        (('extends = "coship-hd"', 'extends = "coship"'), ("extends: found 'coship'", "did you mean `coship-hd`?")),
        (('extends = "coship-hd"', 'extends = "our-box"'), ("extends", "our-box -> our-box")),
        (('extends = "coship-hd"', "extends = [3]"), ("our-box.toml:2: extends: found [3]", "name of a profile")),
        (('extends = "coship-hd"', ""), ("our-box.toml", "kind")),
        (('fallback = "bitmap-hd"', 'fallback = "bitmap"'), ("fallback: found 'bitmap'",)),
        (('fallback = "bitmap-hd"', ""), ("fallback", "our-box -> nothing", "web-hd")),
        (('fallback = "bitmap-hd"', 'fallback = "our-box"'), ("fallback", "our-box -> our-box")),
        (('match = [{ ua_contains = ["OurBox"] }]', "match = [{}]"), ("match", "every box")),
        (('match = [{ ua_contains = ["OurBox"] }]', 'match = [{ ua_not = ["x"] }]'), ("match", "every box")),
        (("[keys]", 'charset = "big5"\n[keys]'), ("charset", "'big5'")),
        (("[keys]", 'script = "none"\nkind = "bitmap"\nlarge = "web-hd-large"\n[keys]'), ("large", "lead back")),
        (("[keys]", 'kind = "bitmap"\n[keys]'), ("script", "none")),
        (("[keys]", 'dialect = "xhtml-hbbtv"\n[keys]'), ("media", "xhtml-hbbtv")),
        (("[keys]", 'start = "</script><script>"\n[keys]'), ("start", "</script>")),
        (("[keys]", 'events = { bind = "keyup" }\n[keys]'), ("events.bind", "keyup")),
        (("[keys]", "canvas = [1280]\n[keys]"), ("canvas",)),
        (("[keys]", "ready = { timeout_ms = 9000 }\n[keys]"), ("ready.timeout_ms", "9000")),
        (("[keys]", 'id = "other"\n[keys]'), ("id: found 'other'", "'our-box'")),
        (("[keys]", "guarded_keys = [{ code = 38, action = 'ok', after = [1] }]\n[keys]"), ("guarded_keys", "38")),
        (("[keys]", 'key_names = { red = ["F1"], blue = ["F1"] }\n[keys]'), ("key_names", "twice")),
        (("[keys]", "[keys"), ("not valid TOML",)),
    ],
)
def test_each_mistake_has_its_sentence(change: tuple[str, str], words: tuple[str, ...], tmp_path: Path) -> None:
    """File, key, found, expected, and the nearest name that is known."""
    assert change[0] in BOX
    sentence = _load(tmp_path, BOX.replace(*change))
    assert "our-box.toml" in sentence
    for word in words:
        assert word in sentence


def test_identical_profiles_are_refused(tmp_path: Path) -> None:
    """A copy under another name is one family twice: its rules belong into the first file."""
    sentence = _load(tmp_path, BOX.replace("back = [4711]", "back = [640]"))
    assert "same facts as in 'coship-hd'" in sentence
    assert "add its match rules to coship-hd.toml" in sentence


def test_a_name_of_the_house_is_not_taken_twice(tmp_path: Path) -> None:
    """A channel's own file does not silently replace one of the project."""
    assert "which the house has already" in _load(tmp_path, BOX, "coship-hd")


@pytest.mark.parametrize("name", ["m", "api", "desk", "preview", "assets", "bundles"])
def test_a_name_that_begins_other_addresses_is_refused(tmp_path: Path, name: str) -> None:
    """A family's pages stand under its name, and so does what is no family's."""
    assert f"{name}.toml: id: found '{name}', which begins other addresses" in _load(tmp_path, BOX, name)


def test_a_loop_of_extends_is_named(tmp_path: Path) -> None:
    """Two files that extend each other are told as the chain they make."""
    (tmp_path / "other.toml").write_text(BOX.replace("coship-hd", "our-box"), encoding="utf-8")
    sentence = _load(tmp_path, BOX.replace("coship-hd", "other"))
    assert "our-box -> other -> our-box" in sentence or "other -> our-box -> other" in sentence


def test_a_profile_that_has_no_file_is_not_found() -> None:
    """With the nearest name."""
    with pytest.raises(NotFound, match="did you mean `ipanel-hd`"):
        load_profiles(["ipanel-hdd"])


def test_names_come_back_in_the_order_asked_for() -> None:
    """The channel's list of profiles decides what is built first."""
    assert list(load_profiles(["web-hd", "bitmap-hd", "ipanel-hd"])) == ["web-hd", "bitmap-hd", "ipanel-hd"]


def test_the_example_of_the_docs_is_a_profile(tmp_path: Path) -> None:
    """What an installer copies from docs/profiles.md loads as it stands."""
    docs = (Path(__file__).parents[1] / "docs" / "profiles.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", docs, re.DOTALL)
    assert block is not None
    assert _load(tmp_path, textwrap.dedent(block[1]), "model-x") == ""
    assert load_profiles(["model-x"], tmp_path)["model-x"].keys["back"] == (4711,)
