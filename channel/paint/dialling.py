"""Telephone numbers as links that dial them (RFC 3966), with their extension (3): a field that is one, and those that
stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markupsafe import Markup, escape

from channel.words import Say

# In a field of its own: an area in brackets, groups of digits apart by one sign. Neither hours, dates, codes of a
# telephone exchange nor what a bracket remarks.
_FIELD = re.compile(
    r"(?<![A-Za-z0-9*#:.+(\uff08-])"
    r"(?:\+[1-9][0-9]{0,2}[ -]?)?(?:\([0-9]{2,4}\)[ -]?)?[0-9]{2,14}(?:[ -][0-9]{2,8}){0,4}"
    r"(?![A-Za-z0-9:*#%]|[.-][0-9]|/[0-9]{1,2}(?![0-9]))"
)
_DAY = re.compile(r"(?:19|20)[0-9]{2}[- ](?:0[1-9]|1[0-2])[- ](?:0[1-9]|[12][0-9]|3[01])")
_MOST = 12
"""Digits of the longest national number: what stands behind is an extension."""
# Whole numbers alone: with their country (E.164), with a trunk prefix, of services, of mobile telephones.
_WHOLE = re.compile(
    r"(?<![A-Za-z0-9*./:+-])"
    r"(?:\+[1-9][0-9 -]{6,16}[0-9]|0[0-9]{2,3}[- ][0-9]{3,4}[- ]?[0-9]{3,4}|[48]00-[0-9]{3}-?[0-9]{4}|1[3-9][0-9]{9})"
    r"(?![A-Za-z0-9/:*#%]|[.-][0-9])"
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
        inside = _either(say.within("words before a telephone's extension, with | between", "ext.|ext|extension|x"))
        self._extension = re.compile(rf" ?(?:{inside}) ?(?P<digits>[0-9]{{1,6}})(?![0-9])", re.IGNORECASE)
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
        return self._linked(text, (match.span() for match in _FIELD.finditer(text)))

    def sentence(self, text: str) -> Markup:
        """``text`` that may name numbers: whole ones dial, short ones where it says to call them."""
        if not _PART.search(text):
            return escape(text)
        found = {match.span() for match in _WHOLE.finditer(text)}
        for match in self._short.finditer(text):
            start, end = match.span("numbers")
            found |= {part.span() for part in _PART.finditer(text, start, end)}
        return self._linked(text, _apart(found))

    def _linked(self, text: str, spans: Iterable[tuple[int, int]]) -> Markup:
        out, at = Markup(""), 0
        for start, end in spans:
            shown = text[start:end]
            number = re.sub(r"[^0-9+]", "", shown)
            if start < at or len(number) < _FEWEST or _DAY.fullmatch(shown):
                continue
            cut = max(shown.rfind("-"), shown.rfind(" "))
            if len(number) > _MOST and not number.startswith("+") and cut > 0:
                own = re.sub(r"[^0-9]", "", shown[:cut])
                number = f"{own};ext={number[len(own) :]}"
            elif more := self._extension.match(text, end):
                number, end = f"{number};ext={more['digits']}", more.end()
            link = Markup('<a href="tel:{}">{}</a>').format(number, text[start:end])
            out += escape(text[at:start]) + link
            at = end
        return out + escape(text[at:])


def _either(words: str) -> str:
    return "|".join(re.escape(word) for word in words.split("|"))


def _apart(spans: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order; of two that touch, the longer alone."""
    end = 0
    for span in sorted(spans, key=lambda one: (one[0], -one[1])):
        if span[0] >= end:
            yield span
            end = span[1]
