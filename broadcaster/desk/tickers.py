"""The pages on which lines of the ticker are written: ``/ticker/…``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, request

from broadcaster.desk import ticker
from broadcaster.desk.area import read_corners, written_corners
from broadcaster.desk.drafts import Shown
from broadcaster.desk.editing import Editing
from broadcaster.desk.forms import Filled, moment_of, read, written
from broadcaster.desk.room import login
from broadcaster.desk.ticker import TickerLine


class Tickers(Editing[Filled, TickerLine]):
    """Lines of the ticker; the form's ``page`` is the one that a line leads to."""

    kind = "ticker"
    words = TickerLine

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        self._register(blueprint, "ticker_new", "ticker_drafted", "/ticker/drafted")

    def _empty(self, begins: datetime, ends: datetime) -> Filled:
        now = self._room.clock.now().replace(second=0, microsecond=0)
        return Filled(begins=written(now, self._say), ends=written(now + timedelta(days=1), self._say))

    def _read(self) -> Filled:
        return read(request.form)

    def _filled(self, words: TickerLine) -> Filled:
        return Filled(
            title=words.title, page=words.leads, towns=words.towns, estates=words.estates,
            area=written_corners(words.area), begins=written(words.begins, self._say),
            ends=written(words.ends, self._say),
        )  # fmt: skip

    def _checked(self, filled: Filled, *, drafted: bool = False) -> TickerLine:
        # The television is there from the first letter on.
        title = filled.title.strip() or "…" if drafted else filled.title
        words = TickerLine(
            title=title, leads=filled.page, towns=filled.towns, estates=filled.estates,
            area=read_corners(filled.area), begins=moment_of("begins", filled.begins, self._say),
            ends=moment_of("ends", filled.ends, self._say),
        )  # fmt: skip
        return ticker.checked(words, self._room.channel, login().person)

    def _shown(self, words: TickerLine, estate: str) -> Sequence[Shown]:
        return self._room.drafts.ticker(self._room.archive, words, self._room.clock.now())

    def _typed(self, filled: Filled) -> Iterable[str]:
        return (filled.title,)

    def _given(self, filled: Filled) -> dict[str, Any]:
        channel = self._room.channel
        return {
            "pages": {page.number: page.title for page in channel.lineup.pages.values()},
            "towns": channel.estates.towns, "plan": self._room.plan, "most": ticker.MOST,
        }  # fmt: skip
