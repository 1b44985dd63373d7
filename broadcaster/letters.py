"""The letters of a channel: what a person wrote must have a picture in the fonts, or boxes would leave it out."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator

from channel import views
from channel.estates import Estates
from channel.folder import Channel
from channel.lineup import Lineup, Page
from channel.words import Catalogue
from feeds.base.errors import Mistake
from feeds.base.toml import Notes


def note_mistakes(lineup: Lineup, numbers: Collection[str], notes: Notes) -> None:
    """What views hold against a line-up, and every title, label and key with a letter that no font here has."""
    views.note_mistakes(lineup, numbers, notes)
    for page in lineup.pages.values():
        for name, text in _texts(page):
            if text and not text.strip():
                notes.add(f"page.{page.number}.{name}", f"found {text!r}, expected a word")
            found = _missing(text)
            if found:
                notes.add(f"page.{page.number}.{name}", _sentence(found))


def settings_doubts(channel: Channel) -> list[Mistake]:
    """The title and the district of ``channel.toml`` with a letter that no font here has: they stand without it."""
    notes = Notes(channel.folder / "channel.toml")
    for name in ("title", "district"):
        found = _missing(getattr(channel.settings, name))
        if found:
            notes.add(name, _sentence(found))
    return notes.found


def estate_doubts(estates: Estates) -> Iterator[Mistake]:
    """The names of estates and towns with such a letter."""
    for estate in estates.values():
        found = _missing(estate.name) or _missing(estate.town)
        if found:
            yield estates.at(estate.id, _sentence(found))


def unpictured(catalogue: Catalogue) -> str:
    """The first letters of a language's words that no font here has; empty where there are pictures of all."""
    letters = dict.fromkeys(char for forms in catalogue.forms.values() for text in forms for char in text)
    return ", ".join(f"{char} (U+{ord(char):04X})" for char in [c for c in letters if _missing(c)][:8])


def _texts(page: Page) -> Iterator[tuple[str, str]]:
    yield "title", page.title
    yield "label", page.label
    for name in ("red", "green"):
        for text in (getattr(page, name) or ())[::2]:
            yield name, text


def _missing(text: str) -> str:
    """The first letter without a picture; of Han and ASCII there is nothing to ask."""
    if text.isascii() and text.isprintable():
        return ""
    from channel.screen.fonts import has_glyph

    return next((char for char in text if (char > "\x7f" or not char.isprintable()) and not has_glyph(char)), "")


def _sentence(char: str) -> str:
    name = unicodedata.name(char, "a letter without a name")
    why = ""
    if unicodedata.bidirectional(char) in ("R", "AL", "AN"):
        why = "; what is written from right to left takes shaping and mirrored layouts, which are not there"
    return f"found {char!r} (U+{ord(char):04X}, {name}), of which no font here has a picture{why}"
