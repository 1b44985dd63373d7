"""Telephone numbers as links that dial them (RFC 3966): a field that is one, and those that stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from channel.words import Say

_FIELD = re.compile(r"\+?[0-9][0-9 ()-]{1,18}[0-9]")
# Whole numbers alone: with their country (E.164), with a trunk prefix, of services, of mobile telephones.
_WHOLE = re.compile(
    r"(?<![A-Za-z0-9./:+-])"
    r"(?:\+[1-9][0-9 -]{6,16}[0-9]|0[0-9]{2,3}[- ][0-9]{3,4}[- ]?[0-9]{3,4}|[48]00-[0-9]{3}-?[0-9]{4}|1[3-9][0-9]{9})"
    r"(?![A-Za-z0-9/:%]|[.-][0-9])"
)
_PART = re.compile(r"[0-9]{3,6}(?:[ -][0-9]{3,4})?")
_FEWEST = 3
"""Digits of the shortest number: 110."""


class Dialling:
    """Finds numbers in the words of one language."""

    def __init__(self, say: Say) -> None:
        before = say.within("words before a number that is to be called, with | between", "call|dial|ring|phone")
        joins = _either(say.within("words between numbers that are to be called, with | between", "or|and"))
        counts = _either(say.within("words behind a number of things, with | between", "times|people|euro|percent"))
        named = (say("Phone"), say("Telephone"), say("Contact"), say("Telephone for questions"))
        self._labels = tuple(word.casefold() for word in named)
        number, calls = _PART.pattern, _either(before)
        # A number of few digits is one to call where the sentence says so, and never by its digits alone.
        self._short = re.compile(
            rf"(?:{calls})[:\uff1a \u3000]{{0,2}}"
            rf"(?P<numbers>{number}(?:(?:[,/\u3001\uff0c ]|{joins}| (?:{joins}) ){number}){{0,4}})"
            rf"(?![0-9A-Za-z:%]|[.-][0-9]| ?(?:{counts}))",
            re.IGNORECASE,
        )

    def is_label(self, label: str) -> bool:
        """Whether what a fact is called says that it is a telephone number."""
        return any(word in label.casefold() for word in self._labels)

    def field(self, text: str) -> Markup:
        """``text`` that is a number, or several: each dials."""
        return _linked(text, (match.span() for match in _FIELD.finditer(text)))

    def sentence(self, text: str) -> Markup:
        """``text`` that may name numbers: whole ones dial, short ones where it says to call them."""
        if not _PART.search(text):
            return escape(text)
        found = {match.span() for match in _WHOLE.finditer(text)}
        for match in self._short.finditer(text):
            start, end = match.span("numbers")
            found |= {part.span() for part in _PART.finditer(text, start, end)}
        return _linked(text, _apart(found))


def _either(words: str) -> str:
    return "|".join(re.escape(word) for word in words.split("|"))


def _apart(spans: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order; of two that touch, the longer alone."""
    end = 0
    for span in sorted(spans, key=lambda one: (one[0], -one[1])):
        if span[0] >= end:
            yield span
            end = span[1]


def _linked(text: str, spans: Iterator[tuple[int, int]]) -> Markup:
    out, at = Markup(""), 0
    for start, end in spans:
        number = re.sub(r"[^0-9+]", "", text[start:end])
        if len(number) >= _FEWEST:
            link = Markup('<a href="tel:{}">{}</a>').format(number, text[start:end])
            out += escape(text[at:start]) + link
            at = end
    return out + escape(text[at:])
