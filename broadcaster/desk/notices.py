"""The pages on which notices are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from flask import Blueprint, request

from broadcaster.desk.drafts import Shown
from broadcaster.desk.editing import Editing
from broadcaster.desk.forms import Filled, filled_of, read
from broadcaster.desk.notice import Notice, checked, pages_of
from broadcaster.desk.pictures import uploaded
from broadcaster.desk.room import login
from feeds.records import Picture

_MOST_TYPED = 200
"""Letters of a picture's words that are looked at at all."""


class Notices(Editing[Filled, Notice]):
    """``/notice/new``, ``/notice/{id}``, ``/drafted``."""

    kind = "notice"
    words = Notice

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        self._register(blueprint, "new", "drafted", "/drafted")

    def _empty(self, begins: datetime, ends: datetime) -> Filled:
        return Filled.fresh(next(iter(pages_of(self._room.channel.lineup)), ""), begins, ends, self._say)

    def _read(self) -> Filled:
        return read(request.form)

    def _filled(self, words: Notice) -> Filled:
        return filled_of(words, self._say)

    def _checked(self, filled: Filled, *, drafted: bool = False) -> Notice:
        channel, picture = self._room.channel, None
        if drafted:
            # The television is there from the first letter on.
            filled = msgspec.structs.replace(filled, title=filled.title.strip() or "…", text=filled.text.strip() or "…")
        if filled.picture:
            kept = self._room.picture(filled.picture)
            # One that has no words yet is looked at all the same.
            alt = filled.alt.strip() or "—" if drafted else filled.alt
            picture = Picture(key=kept.key, w=kept.w, h=kept.h, alt=alt[:_MOST_TYPED])
        return checked(filled.notice(self._say, picture), channel.lineup, channel.estates, login().person)

    def _brought(self, filled: Filled) -> Filled:
        key = uploaded(self._room)
        return msgspec.structs.replace(filled, picture=key) if key else filled

    def _shown(self, words: Notice, estate: str) -> Sequence[Shown]:
        return self._room.drafts.shown(self._room.archive, words, estate, self._room.clock.now())

    def _typed(self, filled: Filled) -> Iterable[str]:
        return filled.title, filled.text, filled.facts, filled.alt

    def _given(self, filled: Filled) -> dict[str, Any]:
        channel = self._room.channel
        return {"pages": pages_of(channel.lineup), "towns": channel.estates.towns, "plan": self._room.plan}
