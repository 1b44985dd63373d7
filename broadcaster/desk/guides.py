"""The pages on which guides are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from flask import Blueprint, request

from broadcaster.desk.drafts import Shown
from broadcaster.desk.editing import Editing
from broadcaster.desk.forms import moment_of, pair, written
from broadcaster.desk.guide import GUIDES, Guide, checked, pages_of, record
from broadcaster.desk.paste import BULLET, pasted
from broadcaster.desk.room import login
from broadcaster.desk.words import desk_source

_LASTS = timedelta(days=365)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The form's fields, as a browser writes them: a step a line, ``Where: the town hall``; a thing a line."""

    title: str = ""
    page: str = ""
    steps: str = ""
    bring: str = ""
    cost: str = ""
    phone: str = ""
    phone_hours: str = ""
    begins: str = ""
    ends: str = ""


def _read(form: Mapping[str, str]) -> Typed:
    return Typed(**{name: form.get(name, "").replace("\r\n", "\n") for name in Typed.__struct_fields__})


def _lines(text: str) -> list[str]:
    """The lines that say something, as somebody would have typed them."""
    return [line.removeprefix(BULLET) for line in pasted(text).text.splitlines() if line.strip()]


class Guides(Editing[Typed, Guide]):
    """``/guide/new``, ``/guide/{id}``, ``/guide/drafted``."""

    kind = "guide"
    words = Guide

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        self._register(blueprint, "new_guide", "guide_drafted", "/guide/drafted")

    def _empty(self, begins: datetime, ends: datetime) -> Typed:
        pages = self._pages()
        page = request.args.get("of", "")
        page = page if page in pages else next(iter(pages), "")
        return Typed(
            title=pages.get(page, ""), page=page, begins=written(begins, self._say),
            ends=written(begins + _LASTS, self._say),
        )  # fmt: skip

    def _read(self) -> Typed:
        return _read(request.form)

    def _filled(self, words: Guide) -> Typed:
        return Typed(
            title=words.title, page=words.page, steps="\n".join(f"{head}: {text}" for head, text in words.steps),
            bring="\n".join(words.bring), cost=words.cost, phone=words.phone, phone_hours=words.phone_hours,
            begins=written(words.begins, self._say), ends=written(words.ends, self._say),
        )  # fmt: skip

    def _checked(self, filled: Typed, *, drafted: bool = False) -> Guide:
        told = Guide(
            title=filled.title, page=filled.page, steps=tuple(map(pair, _lines(filled.steps))),
            bring=tuple(_lines(filled.bring)), cost=filled.cost, phone=filled.phone, phone_hours=filled.phone_hours,
            begins=moment_of("begins", filled.begins, self._say), ends=moment_of("ends", filled.ends, self._say),
        )  # fmt: skip
        return checked(told, self._room.channel, login().person)

    def _shown(self, words: Guide, estate: str) -> Sequence[Shown]:
        room, now = self._room, self._room.clock.now()
        seen = msgspec.structs.replace(words, begins=now, ends=max(words.ends, now + timedelta(minutes=1)))
        return room.drafts.guided(room.archive, record(0, seen), desk_source(room.channel, GUIDES), estate, now)

    def _typed(self, filled: Typed) -> Iterable[str]:
        return filled.title, filled.steps, filled.bring, filled.cost

    def _given(self, filled: Typed) -> dict[str, Any]:
        return {"pages": self._pages()}

    def _pages(self) -> dict[str, str]:
        channel = self._room.channel
        return pages_of(channel.lineup, desk_source(channel, GUIDES))
