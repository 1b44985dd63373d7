"""What readers of feeds write is a code, and each language says it; a feed's own words stand as they are."""

from __future__ import annotations

import pytest

from channel.views._codes import fact_word, headway_word, is_late, status_word
from channel.words import Manner, Say

ENGLISH, CHINESE = Say("en", "Europe/Dublin"), Say()


@pytest.mark.parametrize(
    ("status", "english", "chinese"),
    [
        ("late 5", "5 min late", "晚点5分"),
        ("on time", "on time", "准点"),
        ("early 2, by telephone", "2 min early, to be booked by telephone", "提前2分，须电话预约"),
        ("cancelled", "cancelled", "取消"),
        ("Boarding at gate 4, late", "Boarding at gate 4, late", "Boarding at gate 4, late"),
        ("", "", ""),
    ],
)
def test_a_status(status: str, english: str, chinese: str) -> None:
    assert (status_word(status, ENGLISH), status_word(status, CHINESE)) == (english, chinese)


def test_late_is_late_by_code_and_by_a_feeds_own_words() -> None:
    found = {status: is_late(status, CHINESE) for status in ("late 5", "晚点 20 分钟", "on time", "")}
    assert found == {"late 5": True, "晚点 20 分钟": True, "on time": False, "": False}


def test_a_headway_and_the_names_of_facts() -> None:
    assert [headway_word(text, ENGLISH) for text in ("PT20M", "PT90M", "every 5 min")] == [
        "about 20 min", "about 1.5 hours", "every 5 min",
    ]  # fmt: skip
    assert headway_word("PT61M", CHINESE) == "约1小时"
    assert (fact_word("routes", CHINESE), fact_word("Gate", CHINESE)) == ("线路", "Gate")


@pytest.mark.parametrize(
    ("currency", "value", "said"), [("EUR", 3.5, "€3.50"), ("EUR", 12.0, "€12"), ("CNY", 3.5, "3.5 yuan")]
)
def test_a_sum_is_of_the_channels_currency(currency: str, value: float, said: str) -> None:
    assert Say("en", "Europe/Dublin", Manner(currency=currency)).money(value) == said
