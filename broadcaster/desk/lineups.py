"""The pages on which the line-up is changed.

::

    /lineup                 the pages, and what is changed in them
    /lineup/new?page=201    a page's form; POST makes a draft of a change
    /lineup/{id}            a change
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import change
from broadcaster.desk.change import LineupChange
from broadcaster.desk.drafts import Shown
from broadcaster.desk.editing import Editing
from broadcaster.desk.forms import moment_of, written
from broadcaster.desk.page_form import PageForm, moved
from broadcaster.desk.room import given, login
from broadcaster.desk.words import FOREVER, Words
from channel import overlay
from feeds.base.errors import NotFound

Fields = MultiDict[str, str]


class Lineups(Editing[Fields, LineupChange]):
    """Changes of the line-up; the form's fields are those of the page's ``PageForm``, times, and what it is about."""

    kind = "lineup"
    words = LineupChange

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        self._register(blueprint, "lineup_new", "lineup_drafted", "/lineup/drafted")
        blueprint.add_url_rule("/lineup", "lineups", self._all)

    def _empty(self, begins: datetime, ends: datetime) -> Fields:
        now = self._room.clock.now().replace(second=0, microsecond=0)
        page = request.args.get("page", "")
        return self._filled(LineupChange(title="", page=page, begins=now, ends=FOREVER))

    def _read(self) -> Fields:
        return Fields(request.form)

    def _filled(self, words: LineupChange) -> Fields:
        told = self._form(words.page).filled(words.said)
        return Fields(
            {
                **{name: value if isinstance(value, str) else list(value) for name, value in told.items()},
                "page": words.page, "endless": "1" if words.ends == FOREVER else "",
                "begins": written(words.begins, self._say), "ends": written(words.ends, self._say),
            }
        )  # fmt: skip

    def _checked(self, filled: Fields, *, drafted: bool = False) -> LineupChange:
        """What differs from what the page says without this change."""
        page, channel = filled.get("page", ""), self._room.channel
        differs = self._form(page).read(filled)
        file = overlay.file_tables(channel.folder, change.LINEUP)
        base = {key: found for key in differs if (found := overlay.said(file, f"page.{page}", key)) is not None}
        ends = FOREVER if filled.get("endless") else moment_of("ends", filled.get("ends", ""), self._say)
        words = LineupChange(
            title=f"{page} {filled.get('title', '').strip() or channel.lineup.page(page).title}"[:80], page=page,
            fields=change.told(differs), base=change.told(base),
            begins=moment_of("begins", filled.get("begins", ""), self._say), ends=ends,
        )  # fmt: skip
        return change.checked(words, channel, self._ident(), login().person)

    def _may(self, words: LineupChange) -> None:
        change.check_writer(login().person)

    def _is_moved(self, filled: Fields) -> bool:
        return moved(filled, given("do"))

    def _shown(self, words: LineupChange, estate: str) -> Sequence[Shown]:
        room = self._room
        made = change.applied(room.channel, self._ident(), words)
        return room.drafts.lineup(room.archive, made, words.page, room.clock.now())

    def _typed(self, filled: Fields) -> Iterable[str]:
        return filled.values()

    def _given(self, filled: Fields) -> dict[str, Any]:
        channel, page, ident = self._room.channel, filled.get("page", ""), self._ident()
        words = self._room.texts.get(ident).words if ident else None
        return {
            "page": channel.lineup.page(page), "options": self._form(page).parts(filled), "ident": ident,
            "pages": {one.number: one.title for one in channel.lineup.pages.values()},
            "conflicts": self._conflicts(words) if words else (),
        }  # fmt: skip

    def _form(self, page: str) -> PageForm:
        channel = self._room.channel
        if page not in channel.lineup.pages:
            raise NotFound(f"page: found {page!r}, which is not in the line-up")
        return PageForm(channel, page, change.table_without(channel, page, self._ident()), self._say)

    @staticmethod
    def _ident() -> int:
        """The text that is looked at; 0 for a new one."""
        text = given("ident")
        typed = int(text) if text.isdecimal() and len(text) < 9 else 0
        return int((request.view_args or {}).get("ident", typed))

    def _conflicts(self, words: Words) -> tuple[tuple[str, Any, Any], ...]:
        """Key, what the file says by now, what the change says."""
        if not isinstance(words, LineupChange):
            return ()
        tables, mine = overlay.file_tables(self._room.channel.folder, change.LINEUP), change.change(0, 0, words)
        return tuple(
            (key, overlay.said(tables, mine.table, key), mine.fields[key]) for key in overlay.conflicts(tables, mine)
        )

    def _all(self) -> BaseResponse:
        """Every page with what is changed in it."""
        room, now = self._room, self._room.clock.now()
        running = [text for text in room.texts.running(now) if isinstance(text.words, LineupChange)]
        misfits = {misfit.change.text: misfit.why for misfit in room.channel.misfits}
        return room.page(
            "lineups.html", pages=room.channel.lineup.pages.values(), stand=room.stand, said=room.said,
            changes=[(text, misfits.get(text.id, ""), self._conflicts(text.words)) for text in running],
            changed={change_.table.removeprefix("page.") for change_ in room.channel.overlay.changes},
        )  # fmt: skip
