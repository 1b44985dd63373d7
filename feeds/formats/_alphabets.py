"""Which of the code pages of accented letters a short text is in, by the alphabets of languages
(``_alphabets.toml``)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import msgspec

from feeds.base import toml

_WORD = re.compile(r"[A-Za-z\x80-\U0010ffff]*[^\W\d_][A-Za-z\x80-\U0010ffff]*")
"""Letters, and what touches them and is not ASCII."""
_QUIET = ("P", "Z", "Sc")
"""Categories of what may well touch a word: quotes, spaces, money."""


class Alphabets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The alphabets of a code page's languages: each is their letters beyond a to z, small."""

    letters: list[str]


@cache
def alphabets() -> dict[str, Alphabets]:
    """The alphabets by code page, read once. Raises PersonError when the file is not as it should be."""
    return {name: msgspec.convert(table, Alphabets) for name, table in toml.read(_FILE).items()}


_FILE = Path(__file__).with_name("_alphabets.toml")


def misfit(text: str, codec: str) -> float:
    """The share of what is beyond ASCII in a text's words that the best fitting language of a code page does not have,
    0 to 1."""
    beyond = [letter for word in _WORD.findall(text.lower()) for letter in word if letter > "\x7f"]
    beyond = [letter for letter in beyond if not unicodedata.category(letter).startswith(_QUIET)]
    if not beyond:
        return 0.0
    return min(sum(letter not in known for letter in beyond) for known in alphabets()[codec].letters) / len(beyond)
