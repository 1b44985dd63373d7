"""Items that wait until an editor lets them go.

A source with ``release = "review"`` shows nothing that nobody has looked at. Every other source holds only what has a
word of the channel's list in it: ``words.txt`` in the channel's folder, a word a line, ``#`` for remarks. An item is
held in one wording: when its text changes, somebody looks again.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from feeds.records import Alert, AnyRecord
from feeds.source import Source

WORDS_FILE = "words.txt"
Verdict: TypeAlias = Literal["released", "refused"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An item that waits, why, and since when. ``record`` is None in what a gathering hands to the archive."""

    source: str
    item: str
    content: str
    reason: str
    since: datetime
    record: AnyRecord | None = None


def content_of(record: AnyRecord) -> str:
    """The name of a record's wording."""
    return hashlib.blake2b(msgspec.msgpack.encode(record), digest_size=16).hexdigest()


def read_words(folder: Path) -> tuple[str, ...]:
    """The channel's word list; empty when there is none."""
    try:
        lines = (folder / WORDS_FILE).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return ()
    found = (_folded(line.partition("#")[0]) for line in lines)
    return tuple(dict.fromkeys(word for word in found if word))


def to_hold(source: Source, records: Iterable[AnyRecord], words: tuple[str, ...], moment: datetime) -> list[Held]:
    """The items that may not be shown before an editor has seen them."""
    review = source.release == "review"
    if not review and not words:
        return []
    found = []
    for record in records:
        # A Cancel is never shown, and what it ends cannot wait for an editor.
        if isinstance(record, Alert) and record.message == "Cancel":
            continue
        text = _folded(" ".join(_texts(record)))
        word = next((word for word in words if word in text), "")
        if word or review:
            reason = f"contains {word}" if word else "the source is reviewed"
            found.append(
                Held(source=source.id, item=record.id, content=content_of(record), reason=reason, since=moment)
            )
    return found


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)


def _folded(text: str) -> str:
    """Text in which spaces, widths and cases cannot hide a word."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
