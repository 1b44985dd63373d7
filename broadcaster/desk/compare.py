"""What differs between two versions of a text: field by field, and word by word inside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, Literal

import msgspec

from broadcaster.desk.correction import LABELS
from broadcaster.desk.refusal import FIELDS
from broadcaster.desk.takeover import LEVELS
from broadcaster.desk.words import Words, said_moment
from channel.words import Say

_RUN = re.compile(r"\w+|\s+|[^\w\s]")


class Piece(msgspec.Struct, frozen=True):
    """Some letters that both versions have, or one of them alone."""

    text: str
    kind: Literal["same", "gone", "new"] = "same"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a text in two versions."""

    label: str
    pieces: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        """Whether they differ."""
        return any(piece.kind != "same" for piece in self.pieces)

    @property
    def old(self) -> tuple[Piece, ...]:
        """As the older version has it."""
        return tuple(piece for piece in self.pieces if piece.kind != "new")

    @property
    def new(self) -> tuple[Piece, ...]:
        """As the newer version has it."""
        return tuple(piece for piece in self.pieces if piece.kind != "gone")


def compared(old: Words, new: Words, say: Say) -> tuple[Field, ...]:
    """Every field that either version says something in."""
    before, after = dict(_told(old, say)), dict(_told(new, say))
    return tuple(
        Field(label=label, pieces=pieces(before.get(label, ""), after.get(label, ""))) for label in before | after
    )


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Lines that differ are compared word by word, and letter by letter where a letter is a word."""
    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found: list[Piece] = []
    for gone, came in _blocks(*lines):
        if gone == came:
            found.append(Piece("".join(gone)))
            continue
        for before, after in _blocks(_words("".join(gone)), _words("".join(came))):
            if before == after:
                found.append(Piece("".join(before)))
            else:
                found += [Piece("".join(before), "gone"), Piece("".join(after), "new")]
    joined = ((kind, "".join(piece.text for piece in some)) for kind, some in groupby(found, lambda one: one.kind))
    return tuple(Piece(text, kind) for kind, text in joined if text)


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    # Frequent words are no anchors in long texts (difflib's autojunk), or a text of one letter would take minutes.
    for _, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        yield old[a:b], new[c:d]


def _words(text: str) -> list[str]:
    found: list[str] = []
    for run in _RUN.findall(text):
        for is_alone, letters in groupby(run, lambda letter: unicodedata.category(letter) == "Lo"):
            word = "".join(letters)
            found += word if is_alone else [word]
    return found


def _told(words: Words, say: Say) -> Iterator[tuple[str, str]]:
    """The fields by what they are called, as a person reads them."""
    for name in words.__struct_fields__:
        value = getattr(words, name)
        if name == "base":
            # What the files said is nobody's word.
            continue
        if name == "fields":
            yield from ((say(LABELS[field]) if field in LABELS else field, text) for field, text in value)
        elif text := _named(name, value, say):
            yield (say(FIELDS[name]) if name in FIELDS else name), text


def _named(name: str, value: Any, say: Say) -> str:
    if name == "severity":
        return say(LEVELS[value])
    return said_moment(value, say, end=True) if name == "ends" else _said(value, say)


def _said(value: Any, say: Say) -> str:
    match value:
        case datetime():
            return said_moment(value, say)
        case bool():
            return say("Yes") if value else ""
        case str():
            return value
        case None:
            return ""
        case tuple() | list():
            return "\n".join(": ".join(one) if isinstance(one, (tuple, list)) else _said(one, say) for one in value)
        case msgspec.Struct():
            said = ((name, _said(getattr(value, name), say)) for name in value.__struct_fields__)
            return "\n".join(f"{name}: {text}" for name, text in said if text)
        case _:
            return str(value)
