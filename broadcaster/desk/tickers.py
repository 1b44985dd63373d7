"""The pages on which lines of the ticker are written: ``/ticker/…``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from broadcaster.desk import ticker
from broadcaster.desk.drafts import Shown
from broadcaster.desk.forms import moment_of
from broadcaster.desk.room import login
from broadcaster.desk.texts import Text
from broadcaster.desk.ticker import TickerLine
from broadcaster.desk.way import Fields, Way
from broadcaster.desk.words import check_places


class Tickers(Way[TickerLine]):
    """Lines of the ticker."""

    kind, name = TickerLine, "ticker"

    def blank(self) -> TickerLine:
        """From now on, for a day."""
        now = self.room.clock.now().replace(second=0, microsecond=0)
        return TickerLine(title="", begins=now, ends=now + timedelta(days=1))

    def fields(self, words: TickerLine) -> Mapping[str, str | Sequence[str]]:
        """The line, where it leads, for whom."""
        return {
            "title": words.title, "leads": words.leads, "towns": words.towns, "estates": " ".join(words.estates),
        }  # fmt: skip

    def read(self, fields: Fields, ident: int) -> TickerLine:
        """The line, checked."""
        words = TickerLine(
            title=fields.get("title", ""), leads=fields.get("leads", ""), towns=tuple(fields.getlist("towns")),
            estates=tuple(fields.get("estates", "").split()),
            begins=moment_of("begins", fields.get("begins", ""), self.say),
            ends=moment_of("ends", fields.get("ends", ""), self.say),
        )  # fmt: skip
        return ticker.checked(words, self.room.channel, login().person)

    def may(self, words: TickerLine) -> None:
        """Within one's own towns."""
        check_places(words, self.room.channel.estates, login().person)

    def shown(self, words: TickerLine, ident: int, estate: str) -> Sequence[Shown]:
        """The home page of an estate that it is for."""
        room = self.room
        return room.drafts.ticker(room.archive, words, room.clock.now())

    def beside(self, fields: Fields, text: Text | None) -> dict[str, Any]:
        """Where it may lead, and the towns."""
        channel = self.room.channel
        return {
            "pages": {page.number: page.title for page in channel.lineup.pages.values()},
            "towns": channel.estates.towns, "most": ticker.MOST,
        }  # fmt: skip
