"""Finding an estate by what somebody remembers of its name: its letters, its Pinyin, or something like it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from rapidfuzz import fuzz, process

from channel.estates import Estate, Estates
from channel.views._names import is_chinese, spelt
from channel.words import Say

MOST = 60
_MOST_LIKE = 8
_LIKE = 60.0
"""How alike (0 to 100) a name must be to be offered for one that is not there."""


class Found(NamedTuple):
    """Estates for what was asked; ``like`` where none is called so, and these are only like it."""

    estates: Sequence[Estate]
    like: bool = False


class _Named(NamedTuple):
    estate: Estate
    plain: str
    syllables: tuple[str, ...]


class Households:
    """The names of a channel's estates, to be searched by any thread."""

    def __init__(self, estates: Estates, say: Say) -> None:
        self._estates, self._say = estates, say

    def find(self, wanted: str) -> Found:
        """The estates that have all words of ``wanted`` in their names, towns or ids; in Chinese also by how they sound
        (``jingcheng``, ``jchy``); else those that are called nearly so."""
        words = _plain(wanted).split()
        found = [one.estate for one in self._named if all(word in one.plain for word in words)]
        if not found and is_chinese(self._say):
            letters = "".join(words)
            found = [one.estate for one in self._named if _sounds(one, letters)]
        if found or not words:
            return Found(found[:MOST])
        names = [_plain(one.estate.name) for one in self._named]
        alike = process.extract("".join(words), names, scorer=fuzz.ratio, limit=_MOST_LIKE, score_cutoff=_LIKE)
        return Found([self._named[index].estate for _, _, index in alike], like=True)

    @cached_property
    def _named(self) -> Sequence[_Named]:
        return [self._one(estate) for estate in self._estates.values()]

    def _one(self, estate: Estate) -> _Named:
        plain = _plain(f"{estate.name} {estate.town} {estate.id}")
        return _Named(estate, plain, spelt(estate.name) if is_chinese(self._say) else ())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _sounds(one: _Named, letters: str) -> bool:
    """Whether ``letters`` begin a syllable of the name and go on as it does."""
    if not letters.isascii() or not letters.isalpha():
        return False
    initials = "".join(syllable[:1] for syllable in one.syllables)
    tails = ("".join(one.syllables[start:]) for start in range(len(one.syllables)))
    return letters in initials or any(tail.startswith(letters) for tail in tails)
