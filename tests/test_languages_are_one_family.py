"""A text in the reader's language is found however the feed writes the language's name."""

from __future__ import annotations

import pytest

from feeds.languages import best, matches


@pytest.mark.parametrize("tag", ["zh", "ZH", "zh-CN", "zh_cn", "zh-Hans-CN", "zh-TW", "zho", "chi", "cmn-Hans"])
def test_every_way_to_write_chinese_is_chinese(tag: str) -> None:
    """Whatever was asked for, a tag of the same language matches (RFC 4647, 2.1: case means nothing)."""
    assert all(matches(wanted, tag) for wanted in ("zh", "zh-CN", "zh-Hans-CN", "*"))
    assert not any(matches(wanted, tag) for wanted in ("en", "zha", "z", ""))


@pytest.mark.parametrize("tag", ["", "und", "zha", "en", "z", "-", "chn"])
def test_what_only_begins_alike_is_another_language(tag: str) -> None:
    """``zha`` (Zhuang) is not Chinese, and a text without a tag is of no language."""
    assert not matches("zh", tag)


@pytest.mark.parametrize(
    ("wanted", "choices", "chosen"),
    [
        ("zh-CN", ["en", "zh-TW", "zh", "zh-cn"], "zh-cn"),
        ("zh-Hans-CN", ["zh", "zh-Hans", "zh-Hant"], "zh-Hans"),
        ("zh-Hans-CN", ["zh-Hant", "zh-Hans-SG", "en"], "zh-Hans-SG"),
        ("zh", ["en", "zh-TW", "zh-Hans-CN"], "zh-Hans-CN"),
        ("zh-CN", ["en", "zh-Hans"], "zh-Hans"),
        ("zh-HK", ["zh-CN", "zh-Hant", "en"], "zh-Hant"),
        ("zh", ["en", "zh-TW"], "zh-TW"),
        ("zh", ["en", ""], ""),
        ("zh", ["fr", "en"], "fr"),
        ("en-GB", ["zh", "en-US", "fr"], "en-US"),
        ("en", ["zh", "en-US", "en"], "en"),
        ("*", ["fr", "en"], "fr"),
        ("fr", ["", "fra"], "fra"),
    ],
)
def test_the_nearest_language_is_chosen(wanted: str, choices: list[str], chosen: str) -> None:
    """The same tag, what is wider, what is narrower, the same script, the same language, none, the first."""
    assert choices[best(choices, wanted) or 0] == chosen


def test_no_choice_is_no_choice() -> None:
    """An empty list has no best text."""
    assert best([], "zh") is None
