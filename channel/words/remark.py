"""Remarks: sentences about a channel, for logs and machines in English, for its editors in the channel's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeAlias

import msgspec

from channel.words.say import Say

Value: TypeAlias = str | int | float


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """``sentence`` is English. ``message`` is what the catalogues say in its place, with ``given`` in its holes; empty
    where a sentence is nobody's of ours, such as what a file's reader says of it."""

    sentence: str
    message: str = ""
    given: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, message: str, given: Mapping[str, Value] | None = None, /, **facts: Any) -> Self:
        """The remark that says ``message`` with what is ``given``; ``facts`` are the other fields."""
        holes = dict(given or {})
        sentence = message.format(**holes) if holes else str(message)
        return cls(sentence=sentence, message=str(message), given=tuple(holes.items()), **facts)

    def said(self, say: Say) -> str:
        """In the channel's language."""
        return say(self.message, **dict(self.given)) if self.message else self.sentence
