"""The pages on which the line-up is changed.

::

    /lineup                 the pages, and what is changed in them
    /lineup/new?page=201    a page's form; POST makes a draft of a change
    /lineup/{id}            a change
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import change
from broadcaster.desk.change import LineupChange
from broadcaster.desk.drafts import Shown
from broadcaster.desk.forms import moment_of
from broadcaster.desk.page_form import PageForm, moved
from broadcaster.desk.room import login
from broadcaster.desk.texts import Text
from broadcaster.desk.way import Fields, Way
from broadcaster.desk.words import FOREVER, Words
from channel import overlay
from feeds.base.errors import NotFound


class Lineups(Way[LineupChange]):
    """Changes of the line-up."""

    kind, name = LineupChange, "lineup"

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        super().register(blueprint)
        blueprint.add_url_rule("/lineup", "lineups", self._all)

    def blank(self) -> LineupChange:
        """Of the page that the address names, from now on, without an end."""
        page = request.args.get("page", "")
        if page not in self.room.channel.lineup.pages:
            raise NotFound(f"page: found {page!r}, which is not in the line-up")
        now = self.room.clock.now().replace(second=0, microsecond=0)
        return LineupChange(title="", page=page, begins=now, ends=FOREVER)

    def fields(self, words: LineupChange) -> Mapping[str, str | Sequence[str]]:
        """What the page's form says with the change in it."""
        return {**self._form(words.page, self._ident()).filled(words.said), "page": words.page,
                "endless": "1" if words.ends == FOREVER else ""}  # fmt: skip

    def read(self, fields: Fields, ident: int) -> LineupChange:
        """What differs from what the page says without this change."""
        page, channel = fields.get("page", ""), self.room.channel
        form = self._form(page, ident)
        differs = form.read(fields)
        file = overlay.file_tables(channel.folder, change.LINEUP)
        base = {key: found for key in differs if (found := overlay.said(file, f"page.{page}", key)) is not None}
        ends = FOREVER if fields.get("endless") else moment_of("ends", fields.get("ends", ""), self.say)
        words = LineupChange(
            title=f"{page} {fields.get('title', '').strip() or channel.lineup.page(page).title}"[:80], page=page,
            fields=change.told(differs), base=change.told(base),
            begins=moment_of("begins", fields.get("begins", ""), self.say), ends=ends,
        )  # fmt: skip
        return change.checked(words, channel, ident, login().person)

    def may(self, words: LineupChange) -> None:
        """The line-up is everybody's."""
        change.check_writer(login().person)

    def shown(self, words: LineupChange, ident: int, estate: str) -> Sequence[Shown]:
        """The page as it would be, and the menu that leads to it."""
        room = self.room
        made = change.applied(room.channel, ident, words)
        return room.drafts.lineup(room.archive, made, words.page, room.clock.now())

    def rearranged(self, fields: Fields, step: str) -> bool:
        """A tile up or down."""
        return moved(fields, step)

    def beside(self, fields: Fields, text: Text | None) -> dict[str, Any]:
        """The parts of the page's form."""
        channel, page = self.room.channel, fields.get("page", "")
        ident = text.id if text else 0
        form = self._form(page, ident)
        return {
            "page": channel.lineup.page(page), "options": form.parts(fields), "ident": ident,
            "pages": {one.number: one.title for one in channel.lineup.pages.values()},
            "conflicts": self._conflicts(text.words) if text else (),
        }  # fmt: skip

    def _form(self, page: str, ident: int) -> PageForm:
        channel = self.room.channel
        if page not in channel.lineup.pages:
            raise NotFound(f"page: found {page!r}, which is not in the line-up")
        return PageForm(channel, page, change.table_without(channel, page, ident), self.say)

    @staticmethod
    def _ident() -> int:
        """The text that the address names; 0 for a new one."""
        return int((request.view_args or {}).get("ident", 0))

    def _conflicts(self, words: Words) -> tuple[tuple[str, Any, Any], ...]:
        """Key, what the file says by now, what the change says."""
        if not isinstance(words, LineupChange):
            return ()
        tables, mine = overlay.file_tables(self.room.channel.folder, change.LINEUP), change.change(0, 0, words)
        return tuple(
            (key, overlay.said(tables, mine.table, key), mine.fields[key]) for key in overlay.conflicts(tables, mine)
        )

    def _all(self) -> BaseResponse:
        """Every page with what is changed in it."""
        room, now = self.room, self.room.clock.now()
        running = [text for text in room.texts.running(now) if isinstance(text.words, LineupChange)]
        misfits = {misfit.change.text: misfit.why for misfit in room.channel.misfits}
        return room.page(
            "lineups.html", pages=room.channel.lineup.pages.values(), stand=room.stand, said=room.said,
            changes=[(text, misfits.get(text.id, ""), self._conflicts(text.words)) for text in running],
            changed={change_.table.removeprefix("page.") for change_ in room.channel.overlay.changes},
        )  # fmt: skip
