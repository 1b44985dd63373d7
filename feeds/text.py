"""Text from outside is hostile: it is cleaned once, here, before it becomes a record."""

from __future__ import annotations

import html
import re
import unicodedata

# C0 and C1 controls, bidirectional controls, zero-width marks, line and paragraph separators, the byte-order mark,
# surrogates, non-characters and the interlinear and tag planes: none has a picture, and some move what follows.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u206a-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_TAG = re.compile(r"<(br|/p|/div|/li|/tr|/h\d)\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)|</?[a-z][^<>]*>", re.IGNORECASE | re.DOTALL)


def clean(text: str, *, limit: int = 20_000, lines: bool = False) -> str:
    """``text`` as one line (or, with ``lines``, as paragraphs separated by single newlines), NFC, without anything
    that cannot be seen, at most ``limit`` characters.

    A text that is cut ends in an ellipsis. Marks that only move other text (bidirectional controls) are dropped.
    """
    text = _BREAKS.sub("\n", text[: limit * 4])
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    paragraphs = (_SPACES.sub(" ", part).strip() for part in text.split("\n"))
    text = ("\n" if lines else " ").join(part for part in paragraphs if part)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def from_html(text: str, *, limit: int = 20_000) -> str:
    """The words of an HTML fragment as paragraphs; scripts, styles, comments and tags are dropped."""
    text = _TAG.sub("\n", text[: limit * 8])
    return clean(html.unescape(_ANY_TAG.sub("", text)), limit=limit, lines=True)
