"""The pages on which notices are written, looked at while they are, approved and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.correction import Correction
from broadcaster.desk.forms import Filled, filled_of, read
from broadcaster.desk.notice import Notice, checked, pages_of
from broadcaster.desk.proposal import Proposal
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import IDENT, Room, base, given, login
from broadcaster.desk.takeover import Takeover
from broadcaster.desk.texts import Conflict, Text
from broadcaster.desk.words import check_places
from channel.estates import DISTRICT
from channel.words import N_
from feeds.base.errors import PersonError


class Notices:
    """``/notice/new``, ``/notice/{id}``, ``/drafted``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/notice/new", "new", self._new, methods=["GET", "POST"])
        blueprint.add_url_rule(f"/notice/{IDENT}", "notice", self._notice, methods=["GET", "POST"])
        blueprint.add_url_rule("/drafted", "drafted", self._drafted, methods=["POST"])

    def _new(self) -> BaseResponse:
        pages = pages_of(self._room.channel.lineup)
        if request.method == "GET":
            begins = _next_hour(self._room.clock.now())
            empty = Filled.fresh(next(iter(pages), ""), begins, begins + timedelta(days=2), self._say)
            return self._edit(None, empty, "")
        return self._saving(None)

    def _notice(self, ident: int) -> BaseResponse:
        texts = self._room.texts
        text = texts.get(ident)
        if isinstance(text.words, Takeover):
            return redirect(url_for("desk.takeover", ident=ident), 303)
        if isinstance(text.words, Correction):
            return redirect(url_for("desk.correction", ident=ident), 303)
        if isinstance(text.words, Proposal):
            return redirect(url_for("desk.proposal", ident=ident), 303)
        if request.method == "GET":
            return self._edit(text, self._filled(text), "")
        steps: dict[str, Callable[..., Text]] = {
            "submit": texts.submit, "approve": texts.approve, "back": texts.take_back, "archive": texts.archive,
        }  # fmt: skip
        step = steps.get(given("do"))
        if step is None:
            return self._saving(ident)
        try:
            check_places(text.words, self._room.channel.estates, login().person)
            if given("do") in ("submit", "approve"):
                self._check_shown(text.words)
            step(login().person, ident, base(), self._room.clock.now())
        except Conflict as conflict:
            return self._edit(conflict.now, self._filled(conflict.now), self._room.changed(conflict), 409)
        except PersonError as error:
            text = texts.get(ident)
            return self._edit(text, self._filled(text), sentence(error, self._say), 400)
        self._room.aired()
        return redirect(url_for("desk.notice", ident=ident), 303)

    def _saving(self, ident: int | None) -> BaseResponse:
        """Save what the form says; on any trouble the form comes back with every word in it."""
        filled, texts = read(request.form), self._room.texts
        text = texts.get(ident) if ident else None
        try:
            notice = self._checked(filled)
            if text is not None:
                check_places(text.words, self._room.channel.estates, login().person)
            if given("do") == "ask":
                self._check_shown(notice)
            now, me = self._room.clock.now(), login().person
            text = texts.create(me, notice, now) if ident is None else texts.save(me, ident, base(), notice, now)
            if given("do") == "ask" and text.state == "draft":
                text = texts.submit(me, text.id, text.revision, now)
        except Conflict as conflict:
            return self._edit(conflict.now, filled, self._room.changed(conflict), 409, theirs=True)
        except PersonError as error:
            return self._edit(text, filled, sentence(error, self._say), 400)
        self._room.aired()
        return redirect(url_for("desk.notice", ident=text.id), 303)

    def _drafted(self) -> BaseResponse:
        """What the notice looks like now, and what was chosen, said back."""
        room = self._room
        try:
            notice = self._checked(read(request.form))
        except PersonError as error:
            return jsonify({"trouble": sentence(error, self._say)})
        estate = given("estate")
        place = estate if estate in room.channel.estates else DISTRICT
        shown = room.drafts.shown(room.archive, notice, place, room.clock.now())
        return jsonify({"said": room.said(notice), "shown": [one.told for one in shown]})

    def _checked(self, filled: Filled) -> Notice:
        channel = self._room.channel
        return checked(filled.notice(self._say), channel.lineup, channel.estates, login().person)

    def _check_shown(self, notice: Notice) -> None:
        """Raises PersonError for what no television could show: nobody should approve it in vain."""
        room = self._room
        for one in room.drafts.shown(room.archive, notice, DISTRICT, room.clock.now()):
            if not one.pictures:
                raise Refusal("text", N_("no television can show it ({why})"), why="; ".join(one.findings))

    def _filled(self, text: Text) -> Filled:
        assert isinstance(text.words, Notice)
        return filled_of(text.words, self._say)

    def _edit(
        self, text: Text | None, filled: Filled, trouble: str, status: int = 200, *, theirs: bool = False
    ) -> BaseResponse:
        room, me = self._room, login().person
        revisions = room.texts.revisions(text.id) if text else []
        writers = {author for _, author, _, _ in revisions}
        return room.page(
            "notice.html", status, text=text, filled=filled, trouble=trouble,
            theirs=text.words if text and theirs else None,
            pages=pages_of(room.channel.lineup), towns=room.channel.estates.towns,
            stand=room.stand(text) if text else "", said=room.said(text.words) if text else "", revisions=revisions,
            may_write=me.may("editor"), may_approve=me.may("approver") and me.name not in writers,
        )  # fmt: skip


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
