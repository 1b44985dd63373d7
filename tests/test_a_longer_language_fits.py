"""A language of which every text is a third longer, with marks on its letters, runs through every page of the second
example in every canvas: nothing overflows, and what has no room is cut between words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from harbour import DUBLIN, City
from hypothesis import given
from hypothesis import strategies as st

from channel.asking import Asker
from channel.folder import Channel
from channel.render import Renderer
from channel.screen.breaking import cut, wrap
from channel.screen.screen import Screen
from channel.words import Say

pytestmark = pytest.mark.slow

MOMENT = datetime(2026, 11, 24, 8, 12, tzinfo=DUBLIN)
PROFILES = ("web-hd", "bitmap-hd-large", "bitmap-sd", "ipanel-sd")
MARKED = str.maketrans("aeiouycsznAEIOUCSZ", "áéîöüÿčšžňÁÉÎÖÜČŠŽ")
PART = re.compile(r"(\{[^}]*\})|(\s+)")


def longer(text: str) -> str:
    """Each word by a third, its letters marked; placeholders and what is no word as they are."""
    return "".join(part if not part or PART.fullmatch(part) else _word(part) for part in PART.split(text) if part)


def _word(word: str) -> str:
    if not any(letter.isalpha() for letter in word):
        return word
    more = -(-len(word) // 3)
    return (word + "".join("aeiou"[n % 5] for n in range(more))).translate(MARKED)


class Longer(Say):
    """Says everything in that language."""

    def __init__(self) -> None:
        super().__init__("en", "Europe/Dublin")

    def __call__(self, message: str, /, **more: Any) -> str:
        if "MMM" in message or "EEE" in message or message in ("d", "LLLL", "LLL"):
            return super().__call__(message, **more)
        text = longer(super().__call__(message))
        return text.format(**more) if more else text

    def within(self, context: str, message: str, /, **more: Any) -> str:
        text = super().within(context, message)
        text = text if "BCP 47" in context or "|" in context or "contain" in context else longer(text)
        return text.format(**more) if more else text

    def plural(self, one: str, many: str, number: int, /, **more: Any) -> str:
        return longer(super().plural(one, many, number, **more))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    made = City(tmp_path_factory.mktemp("harbour"))
    made.told(MOMENT)
    return made


@pytest.fixture(scope="module")
def channel(city: City) -> Channel:
    found = city.channel
    found.__dict__["say"] = Longer()
    return found


@pytest.fixture(scope="module")
def screens(city: City, channel: Channel) -> dict[str, list[tuple[str, Screen]]]:
    """By profile: every screen of every page, with its number."""
    renderer = Renderer(channel)
    renderer._asker = Asker(channel)
    told = city.told(MOMENT)
    return {
        profile: [
            (f"{number}-{screen.number}", screen)
            for number in channel.lineup.pages
            for screen in renderer.screens(number, "pm01", profile, told, MOMENT)
        ]
        for profile in PROFILES
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_overflows(screens: dict[str, list[tuple[str, Screen]]], profile: str) -> None:
    faults = [
        f"{name}: {flaw.sentence}" for name, screen in screens[profile] for flaw in screen.flaws if flaw.fault
    ]
    assert faults == []
    assert any("č" in text.text for _, screen in screens[profile] for text in texts(screen))


@given(
    words=st.lists(st.text("aáeéčnšöst", min_size=1, max_size=14), min_size=1, max_size=12),
    room=st.integers(60, 900),
)
def test_what_has_no_room_ends_with_a_word(words: list[str], room: int) -> None:
    """Unless half of what had room were lost by that: then a word is cut within."""
    text = " ".join(words)
    shown = cut(text, room, 30, "regular")
    if shown != text:
        whole = shown.removesuffix("…")
        ends = text[len(whole) : len(whole) + 1] in ("", " ")
        assert text.startswith(whole) and (ends or whole.rfind(" ") * 2 <= len(whole))


def test_a_word_that_is_longer_than_its_line_is_parted_by_its_language() -> None:
    lines = wrap("The Lighthouse Television programme", 120, 26, "regular", 0, "en")
    assert "-" in "".join(lines) and re.sub("-(?=[a-z])", "", "".join(lines)).replace(" ", "") == (
        "TheLighthouseTelevisionprogramme"
    )
    assert all(len(line.rstrip("-")) >= 3 for line in lines)
    assert wrap("4°, it is raining", 400, 26, "regular", 1) == ("4°, it is raining",)
    assert wrap("Across the Harbour, every day of it", 200, 26, "regular", 2) == ("Across the", "Harbour…")
    assert wrap("Привет дорогие соседи", 130, 26, "regular") == ("Привет", "дорогие", "соседи")


def texts(screen: Screen) -> Iterator[Any]:
    """The texts of a screen."""
    return (piece for piece in screen.pieces if hasattr(piece, "text"))
