"""How names are ordered and looked up: in Chinese by their Pinyin, elsewhere by the letters of the language's alphabet.

Which letters those are, and in which order, a catalogue says.
"""

from __future__ import annotations

import itertools
import math
import sys
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias, TypeVar

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from channel.words import Say

T = TypeVar("T")
OTHERS = "#"
Order: TypeAlias = tuple[object, ...]
"""What names of one channel are sorted by."""


def _share() -> None:
    """Have equal syllables of the library's phrases be one: each of them is a list, and two thirds of what 47,000
    phrases take."""
    known: dict[tuple[str, ...], list[str]] = {}
    for phrase in PHRASES_DICT.values():
        phrase[:] = [known.setdefault(tuple(syllables), syllables) for syllables in phrase]


_share()


def spelt(name: str) -> tuple[str, ...]:
    """The syllables of a Chinese name in Pinyin without tones."""
    return _pinyin(name)


def is_chinese(say: Say) -> bool:
    """Whether names go by Pinyin, and days have a word of the Chinese calendar."""
    return say.language.startswith("zh")


def order(name: str, say: Say) -> Order:
    """What a name is sorted by: ``("min", "xing")`` for 闵行, the places of its letters in the alphabet elsewhere."""
    return _pinyin(name) if is_chinese(say) else _alphabetic(name, _alphabet(say))


def letters(first: str, last: str, say: Say) -> str:
    """``B–D`` for names from Barton to Dunmore, ``L`` where both begin with one letter."""
    return "–".join(dict.fromkeys((initial(first, say), initial(last, say))))


def initial(name: str, say: Say) -> str:
    """``M`` for 闵行 and for Móra, ``Є`` for Європа; ``#`` for what begins with no letter."""
    if is_chinese(say):
        first = _pinyin(name)[0][:1].upper() if name else ""
        return first if "A" <= first <= "Z" else OTHERS
    first = name[:1].upper()
    return _own(first, _alphabet(say)) if first.isalpha() else OTHERS


def by_letters(named: Sequence[tuple[str, T]], most: int, say: Say) -> list[list[tuple[str, T]]]:
    """What is (name, thing) in order of names, in parts of ``most``: a letter stands in one part, unless it has more
    names than that; then it is divided evenly, and keeps to itself."""
    parts: list[list[tuple[str, T]]] = []
    whole = False
    for _, group in itertools.groupby(named, lambda one: initial(one[0], say)):
        found = list(group)
        if whole and len(parts[-1]) + len(found) <= most:
            parts[-1] = parts[-1] + found
        else:
            size = math.ceil(len(found) / math.ceil(len(found) / most))
            parts += [found[at : at + size] for at in range(0, len(found), size)]
            whole = len(found) <= most
    return parts


def spans(parts: Sequence[Sequence[tuple[str, object]]], say: Say) -> list[str]:
    """What each part holds: its letters, or from which name on where a letter is divided."""
    firsts = [initial(part[0][0], say) for part in parts]
    return [
        say("from {name}", name=part[0][0])
        if firsts.count(first) > 1
        else letters(part[0][0], part[-1][0], say)
        for first, part in zip(firsts, parts, strict=True)
    ]


def _alphabet(say: Say) -> str:
    return say.within("the letters of the alphabet in their order", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@lru_cache(maxsize=65_536)
def _pinyin(name: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in lazy_pinyin(name, style=Style.NORMAL))


@lru_cache(maxsize=65_536)
def _alphabetic(name: str, alphabet: str) -> Order:
    """Letter by letter: figures and marks first, letters of other alphabets last."""
    return tuple(_place(letter, alphabet) for letter in unicodedata.normalize("NFC", name).upper()), name


def _place(letter: str, alphabet: str) -> int:
    own = _own(letter, alphabet)
    if own in alphabet:
        return alphabet.index(own)
    return len(alphabet) + ord(own) if own.isalpha() else ord(own) - sys.maxunicode


def _own(letter: str, alphabet: str) -> str:
    """A letter as it stands in the alphabet: with its marks where they make it another, else without."""
    if letter in alphabet:
        return letter
    bare = unicodedata.normalize("NFD", letter)[:1]
    return bare if bare in alphabet or bare.isalpha() else letter
