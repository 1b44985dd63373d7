"""What word processors leave in a text that is pasted: taken out, and said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from channel.words import N_, Say
from feeds.text import clean, from_html

DROPPED: dict[str, str] = {
    "formatting": N_("formatting of a word processor"), "marks": N_("marks that nobody can see"),
    "signs": N_("signs of a font that televisions do not have"),
}  # fmt: skip
"""What may be left out of a text, by name."""
MOST = 100_000
"""Letters that are looked at: far more than any text of the desk may have."""
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_MARKUP = re.compile(
    r"<!--|</?(?:[a-z][a-z0-9]{0,3}:[a-z]+|p|br|div|span|font|b|i|u|li|ul|ol|t[dr]|table|style)\b[^<>]*>", re.IGNORECASE
)
_CONDITION = re.compile(r"<!\[[^<>]{0,80}\]>")
_ENTITY = re.compile(r"&(?:nbsp|#160|#xa0|shy|lt|gt|amp|quot);", re.IGNORECASE)
# Without a break those of C0 and C1, soft hyphens, zero-width marks, marks of direction, the byte-order mark, and what
# stands in place of an object.
_MARKS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\uffff]"
)
_SIGNS = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_BULLET = re.compile(
    # Symbol and Wingdings write a bullet as a letter of their own, so that one counts before a tab alone.
    "^[ \t\u00a0\u3000]*(?:[\u2022\u2023\u2043\u25aa\u25ab\u25cf\u25cb\u25e6\u25a0\u25a1\u25c6\u25c7\u27a2\u27a4\u2713"
    "\u2714\u00b7\u2219\uf000-\uf0ff*][ \t\u00a0\u3000]+|[o\u00a7\u00d8\u00fcvq]\t[ \t]*|[-\u2013\u2014]\t[ \t]*)"
)
_SHAPES = re.compile("[\u2011\u2f00-\u2fd5\ufb00-\ufb06]")
"""Hyphens that do not break, and radicals and ligatures in whose shape a PDF writes plain letters."""
BULLET = "\u2022 "


class Pasted(NamedTuple):
    """A text in paragraphs, and what was left out of it: names of ``DROPPED``."""

    text: str
    dropped: tuple[str, ...]


def pasted(text: str) -> Pasted:
    """The text as somebody would have typed it: its words, a paragraph a line, points of a list begun alike."""
    found = set()
    text = _BREAKS.sub("\n", text[:MOST])
    if _MARKUP.search(text) or _ENTITY.search(text):
        found.add("formatting")
        text = from_html(_CONDITION.sub("", text))
    lines = [_BULLET.sub(BULLET, line) for line in text.split("\n")]
    text = _SHAPES.sub(lambda letter: unicodedata.normalize("NFKC", letter[0]).replace("\u2010", "-"), "\n".join(lines))
    for name, what in (("signs", _SIGNS), ("marks", _MARKS)):
        text, count = what.subn("", text)
        if count:
            found.add(name)
    told = "\n".join(clean(line) for line in text.split("\n"))
    return Pasted(re.sub("\n{3,}", "\n\n", told).strip(), tuple(name for name in DROPPED if name in found))


def dropped(texts: Iterable[str]) -> tuple[str, ...]:
    """What is left out of any of the texts of a form, by name."""
    return tuple(dict.fromkeys(name for text in texts for name in pasted(text).dropped))


def said(left: Iterable[str], say: Say) -> str:
    """What was left out, as a sentence; nothing where nothing was."""
    names = [say(DROPPED[name]) for name in DROPPED if name in set(left)]
    return say("Left out of what was pasted: {things}.", things=say.joined(names)) if names else ""
