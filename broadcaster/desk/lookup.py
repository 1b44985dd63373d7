"""All texts of the desk, looked up by title, page, kind and where they stand: so many at a time, the newest first.

::

    /texts?q=&page=&kind=&stand=&n=    what fits; ``n`` counts from 1
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from flask import Blueprint, request
from sqlalchemy import Engine, func, select
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.room import STANDS, Room
from broadcaster.desk.tables import TextRow
from broadcaster.desk.texts import Text, joined, sought, text_of
from channel.words import N_
from feeds.tables import to_micros

AT_ONCE = 50
KINDS: dict[str, str] = {
    "notice": N_("Notices"), "takeover": N_("Warnings"), "correction": N_("Corrections"),
    "ticker": N_("Lines of the ticker"), "lineup": N_("Changes of the line-up"),
    "guide": N_("Guides"), "source": N_("Sources"),
}  # fmt: skip


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for; empty: any. ``title`` is a part of one."""

    title: str = ""
    page: str = ""
    kind: str = ""
    stand: str = ""

    def fits(self, now: datetime) -> list[Any]:
        """As conditions of a query."""
        moment, found = to_micros(now), []
        if self.title:
            found.append(TextRow.title.contains(sought(self.title), autoescape=True))
        if self.page:
            found.append(TextRow.page == self.page)
        if self.kind:
            found.append(TextRow.kind == self.kind)
        timed = {
            "scheduled": TextRow.begins > moment, "over": TextRow.ends <= moment,
            "on air": (TextRow.begins <= moment) & (TextRow.ends > moment),
        }  # fmt: skip
        if self.stand in timed:
            found += [TextRow.state == "approved", timed[self.stand]]
        elif self.stand:
            found.append(TextRow.state == self.stand)
        return found


def looked_up(engine: Engine, wanted: Wanted, number: int, now: datetime) -> tuple[list[Text], int]:
    """The texts of page ``number`` (from 1) of what fits, and how many fit."""
    fits = wanted.fits(now)
    newest = joined().where(*fits).order_by(TextRow.id.desc()).limit(AT_ONCE).offset(AT_ONCE * (number - 1))
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(TextRow.__table__).where(*fits)).scalar() or 0
        return list(map(text_of, connection.execute(newest))), count


class Lookup:
    """``/texts``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/texts", "texts", self._texts)

    def _texts(self) -> BaseResponse:
        room, asked = self._room, request.args
        wanted = Wanted(
            title=asked.get("q", "").strip()[:80], page=asked.get("page", ""), kind=asked.get("kind", ""),
            stand=asked.get("stand", ""),
        )  # fmt: skip
        text = asked.get("n", "")
        number = max(1, int(text)) if text.isdecimal() and len(text) < 7 else 1
        texts, count = looked_up(room.texts.engine, wanted, number, room.clock.now())
        return room.page(
            "texts.html", texts=texts, count=count, wanted=wanted, number=number, last=max(1, -(-count // AT_ONCE)),
            stand=room.stand, said=room.said, stands={name: self._say(words) for name, words in STANDS.items()},
            kinds={name: self._say(words) for name, words in KINDS.items()}, pages=room.pages(),
        )  # fmt: skip
