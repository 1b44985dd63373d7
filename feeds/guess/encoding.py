"""In which encoding a text was read, how sure that is, and what else it might be: for an editor to look at."""

from __future__ import annotations

import re

import msgspec

from feeds.formats._cells import shown
from feeds.formats._decode import Decoded, alternatives, start_of
from feeds.formats.glance import Glance

CERTAIN = 0.9
"""An encoding that is less sure than this is written into the table, for the editor to see."""
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>?|<!\[CDATA\[|\]\]>")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


class Encoding(msgspec.Struct, frozen=True, kw_only=True):
    """The encoding that a text was read in. ``sure`` goes from 0 to 1, which is the editor's own word; ``piece`` is a
    piece of the text, and ``other`` the next best encoding with the same piece in it, "" when there is none."""

    name: str
    sure: float
    piece: str
    other: str = ""
    other_piece: str = ""


def encoding_of(glance: Glance) -> Encoding | None:
    """How the text was decoded; None when there was nothing to guess: ASCII, UTF-8, or no text at all."""
    read = glance.decoded
    if not glance.is_text or (read.sure >= 1.0 and not glance.encoding) or not _BEYOND_ASCII.search(read.text):
        return None
    others = [] if glance.encoding else alternatives(start_of(glance.document.body), read.codec)
    other = others[0] if others and read.sure < CERTAIN else None
    return Encoding(
        name=read.codec, sure=read.sure, piece=_piece(read),
        other=other.codec if other else "", other_piece=_piece(other) if other else "",
    )  # fmt: skip


def _piece(decoded: Decoded) -> str:
    """The line around the first character beyond ASCII."""
    found = _BEYOND_ASCII.search(decoded.text)
    if not found:
        return ""
    text = decoded.text
    start = max(text.rfind(mark, 0, found.start()) + 1 for mark in "\n>[")
    start = max(start, found.start() - 20)
    line = text[start : start + 200].partition("\n")[0]
    return shown(_TAG.sub(" ", line))[:60]
