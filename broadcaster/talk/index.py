"""What a release has, to be found by words: pages and items by title, by what people call them, and by Pinyin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin
from rapidfuzz import fuzz, process

from channel.lineup import Lineup
from channel.release import Release
from channel.views.content import Item
from channel.words import Say
from feeds.base.errors import ChannelError

_OWN = frozenset({"index", "nearest"})
"""Layouts of items that are lists of their own and no record."""
_NO_LETTER = re.compile(r"[\W_]+")
_LATIN = re.compile(r"[a-z]{2,}")
NEAREST = 3
MOST = 8
_SHORT = 8
"""Letters of a name of which people remember some in the middle."""
_LIKE, _LIKE_LATIN = 50.0, 65.0
"""How alike (0 to 100) what was not found and what is offered must be: one of two characters may be another, and words
in Latin letters have half of these in common by chance."""


class Hit(NamedTuple):
    """A page (``201``) or an item (``201.h17``) that was found; ``sure`` when it is what was meant, and not only like
    it."""

    target: str
    title: str
    sure: bool


class _Known(NamedTuple):
    target: str
    title: str
    plain: str
    called: tuple[str, ...]
    spelt: str
    starts: frozenset[int]
    """Where its syllables begin in ``spelt``."""
    initials: str


class Index:
    """The titles of one release. Built once a release, from what is other than in the one ``before``; asked by any
    thread."""

    def __init__(self, release: Release, lineup: Lineup, say: Say, before: Index | None = None) -> None:
        self.release = release.id
        self._spells = say.tag.startswith("zh")
        self._maps: dict[str, tuple[str, frozenset[str], tuple[_Known, ...]]] = {}
        for number in release.pages:
            if number in lineup.pages:
                name, denied = release.root.map_of(number), release.denied
                known = before._maps.get(number) if before else None
                same = known is not None and known[:2] == (name, denied)
                items = known[2] if known is not None and same else tuple(self._items(release, number))
                self._maps[number] = name, denied, items
        pages = [lineup.pages[number] for number in self._maps]
        whole = [self._one(page.number, page.title, (page.label, *page.words)) for page in pages]
        self._known = (*whole, *(known for _, _, items in self._maps.values() for known in items))
        self._pages = len(whole)
        self._titles = {number: known.plain for number, known in enumerate(self._known)}
        self._letters = [f"{known.spelt} {known.initials}" for known in self._known]

    def __len__(self) -> int:
        """How many pages and items are known."""
        return len(self._known)

    def find(self, words: str) -> tuple[Hit, ...]:
        """What ``words`` are found in, the best first: at most eight; where they are in nothing, the three nearest."""
        asked = plain(words)
        if not asked:
            return ()
        is_latin = bool(_LATIN.fullmatch(asked))
        known = self._known
        ranks = ((_rank(known[n], asked, is_latin=is_latin), n) for n in self._perhaps(asked, is_latin=is_latin))
        ranked = [pair for pair in ranks if pair[0]]
        if ranked:
            ranked.sort(key=lambda pair: (-pair[0], pair[1]))
            return tuple(self._hit(number, sure=True) for _, number in ranked[:MOST])
        like = _LIKE_LATIN if asked.isascii() else _LIKE
        near = process.extract(asked, self._titles, scorer=fuzz.ratio, limit=MOST, score_cutoff=like)
        # What several stands or branches have in common is offered once.
        unlike = {known[number].title: number for _, _, number in reversed(near)}
        return tuple(self._hit(number, sure=False) for number in list(unlike.values())[::-1][:NEAREST])

    def _perhaps(self, asked: str, *, is_latin: bool) -> set[int]:
        """Those among which all are that ``_rank`` knows: the pages, and what shares letters with what is asked."""
        found = set(range(self._pages))
        found.update(n for n, title in self._titles.items() if asked in title or title in asked)
        if is_latin:
            found.update(n for n, letters in enumerate(self._letters) if asked in letters)
        return found

    def _hit(self, number: int, *, sure: bool) -> Hit:
        known = self._known[number]
        return Hit(known.target, known.title, sure)

    def _items(self, release: Release, number: str) -> Iterator[_Known]:
        for ident in release.item_ids(number):
            try:
                item = release.item(number, ident)
            except ChannelError:
                continue
            if item.layout not in _OWN:
                yield self._one(f"{number}.{ident}", name_of(item), ())

    def _one(self, target: str, title: str, called: tuple[str, ...]) -> _Known:
        letters = _spelling(title) if self._spells else ()
        return _Known(
            target=target, title=title, plain=plain(title), called=tuple(filter(None, map(plain, called))),
            spelt="".join(letters), starts=frozenset(accumulate(map(len, letters), initial=0)),
            initials="".join(letter[0] for letter in letters),
        )  # fmt: skip


def name_of(item: Item) -> str:
    """What an item is called: its header has the page's name."""
    return getattr(item.body, "name", "") or getattr(item.body, "title", "") or item.title


def plain(text: str) -> str:
    """The text as it is compared: small letters, no marks, simplified characters, nothing between the words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(char for char in unicodedata.normalize("NFD", folded) if not unicodedata.combining(char))
    return _NO_LETTER.sub("", simplified(bare))


def simplified(text: str) -> str:
    """Traditional characters as simplified ones."""
    return text if text.isascii() else str(_converter().convert(text))


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _rank(known: _Known, asked: str, *, is_latin: bool) -> float:
    """How well it is what was asked; 0: not at all. Pages come before their items, whole names before parts."""
    page = 1.5 if "." not in known.target else 0.0
    if asked == known.plain or asked in known.called:
        return 9 + page
    if known.plain.startswith(asked) or any(word.startswith(asked) for word in known.called):
        return 7 + page
    if asked in known.plain:
        return 6 + page
    if any(asked in word for word in known.called):
        return 5.5 + page
    if known.spelt and is_latin:
        if asked in (known.spelt, known.initials):
            return 5 + page
        if known.spelt.find(asked) in known.starts:
            return 4 + page
        # In a long headline any few letters stand somewhere.
        if asked in known.initials and len(known.initials) <= _SHORT:
            # What a name ends with is what it is.
            return 4 + page + known.initials.endswith(asked) / 4
    # Somebody asks in a sentence: 今天菜价多少.
    if len(asked) > 2 and any(len(word) > 1 and word in asked for word in (*known.called, known.plain)):
        return 3 + page
    return 0.0


def _spelling(title: str) -> tuple[str, ...]:
    return tuple(letters for char in title if (letters := _letters(char)))


@lru_cache(maxsize=16_384)
def _letters(char: str) -> str:
    found = lazy_pinyin(char, style=Style.NORMAL)[0].lower() if char > "\x7f" else char.lower()
    return found if found.isascii() and found.isalnum() else ""
