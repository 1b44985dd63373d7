"""The pages on which a warning is written, looked at on the television, and sent: on purpose, so with two questions.

::

    /takeover/new?of=gas       an empty warning, or one of a template
    /takeover/{id}             a warning; POST checks, sends, asks for approval, approves or ends it
    /takeover/drafted          POST: page 900 as it would be, as JSON
"""

from __future__ import annotations

import logging
from typing import cast

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import paste
from broadcaster.desk.compare import compared
from broadcaster.desk.forms import Warned, read_warned, warned_of
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import IDENT, Begun, Room, base, given, login
from broadcaster.desk.takeover import LEVELS, TEMPLATES, WARNINGS, Takeover, alert, checked, fresh
from broadcaster.desk.texts import Conflict, Text
from broadcaster.desk.words import check_places, desk_source, line, places_of
from channel.estates import DISTRICT
from channel.views.alerts import mark
from channel.words import N_
from feeds.base.errors import NotFound, PersonError

_LOG = logging.getLogger(__name__)
_MOST_REASON = 200


class Takeovers:
    """``/takeover/new``, ``/takeover/{id}``, ``/takeover/drafted``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/takeover/new", "warn", self._new, methods=["GET", "POST"])
        blueprint.add_url_rule(f"/takeover/{IDENT}", "takeover", self._takeover, methods=["GET", "POST"])
        blueprint.add_url_rule("/takeover/drafted", "warned", self._drafted, methods=["POST"])

    def _new(self) -> BaseResponse:
        if not desk_source(self._room.channel, WARNINGS):
            raise NotFound("takeover: this channel has no source of the desk for warnings")
        if request.method == "POST":
            return self._done(None)
        now = self._room.clock.now()
        if begun := self._room.begun(Takeover, None, now.replace(second=0, microsecond=0)):
            return self._edit(None, warned_of(begun.words, self._say), "", begun=begun)
        words = fresh(request.args.get("of", ""), now, self._say)
        return self._edit(None, warned_of(words, self._say), "")

    def _takeover(self, ident: int) -> BaseResponse:
        text = self._room.texts.get(ident)
        if not isinstance(text.words, Takeover):
            return redirect(self._room.address(text), 303)
        if request.method == "POST":
            return self._done(text)
        begun = self._room.begun(Takeover, text, text.words.begins)
        return self._edit(text, warned_of(begun.words if begun else text.words, self._say), "", begun=begun)

    def _done(self, text: Text | None) -> BaseResponse:
        """What the form's button means; on any trouble the form comes back with every word in it."""
        room, me, now = self._room, login().person, self._room.clock.now()
        filled, do = read_warned(request.form), given("do")
        steps = {"approve": room.texts.approve, "back": room.texts.take_back, "archive": room.texts.archive}
        try:
            if text is not None and do in steps:
                # Its form has no words.
                filled = warned_of(cast("Takeover", text.words), self._say)
                check_places(text.words, room.channel.estates, me)
                made = steps[do](me, text.id, base(), now)
            else:
                words = checked(filled.takeover(self._say), room.channel.estates, me)
                if text is not None:
                    check_places(text.words, room.channel.estates, me)
                if do == "edit":
                    return self._edit(text, filled, "")
                if do == "check":
                    return self._confirm(text, filled, words, "")
                if do == "send":
                    return self._sent(text, filled, words)
                if do != "ask":
                    raise PersonError(f"do: found {do!r}, which no button of this form says")
                made = self._asked(text, words)
        except Conflict as conflict:
            mine = None if do in steps else filled.takeover(self._say)
            return self._edit(conflict.now, filled, room.changed(conflict), 409, mine=mine)
        except PersonError as error:
            return self._edit(text, filled, sentence(error, self._say), 400)
        room.aired()
        if do in ("approve", "back"):
            _LOG.warning("a warning of the desk", extra={"did": do, "by": me.name, "text": made.id})
        return redirect(url_for("desk.takeover", ident=made.id), 303)

    def _asked(self, text: Text | None, words: Takeover) -> Text:
        texts, me, now = self._room.texts, login().person, self._room.clock.now()
        if text is not None and text.state == "approved":
            raise Refusal("approval", N_("this warning is on air: send what is new at once, so that it never goes off"))
        anew = text is not None and text.state == "back"
        return texts.write(me, text, base(), words, now, ask=True, anew=anew)

    def _sent(self, text: Text | None, filled: Warned, words: Takeover) -> BaseResponse:
        room, me = self._room, login().person
        try:
            reason = line("reason", given("reason"), _MOST_REASON, 0)
            if not given("seen"):
                raise Refusal("seen", N_("look at it first, and tick that you have"))
            made = room.texts.send(me, text.id if text else None, base(), words, room.clock.now(), reason)
        except Conflict:
            raise
        except PersonError as error:
            return self._confirm(text, filled, words, sentence(error, self._say), 400)
        room.aired()
        _LOG.warning(
            "a warning of the desk", extra={"did": "sent", "by": me.name, "text": made.id, "reason": reason or "-"}
        )
        return redirect(url_for("desk.takeover", ident=made.id), 303)

    def _confirm(
        self, text: Text | None, filled: Warned, words: Takeover, trouble: str, status: int = 200
    ) -> BaseResponse:
        """The second question: the television, who will see it, and whether one is alone with it."""
        room, me = self._room, login().person
        if not me.may("approver"):
            raise Refusal("role", N_("{name} cannot send: ask for approval instead"), name=me.name)
        writers = {author for _, author, _, _ in room.texts.revisions(text.id)} if text else set()
        is_alone = me.name in writers or text is None or words != text.words
        return room.page(
            "send.html", status, text=text, filled=filled, words=words, trouble=trouble, said=self._told(words),
            level=self._say(LEVELS[words.severity]), is_alone=is_alone,
            reaches=len(places_of(words, room.channel.estates)),
            silent=words.drill and not room.channel.settings.drills,
        )  # fmt: skip

    def _drafted(self) -> BaseResponse:
        room = self._room
        filled = read_warned(request.form)
        try:
            words = checked(filled.takeover(self._say), room.channel.estates, login().person)
        except PersonError as error:
            return jsonify({"trouble": sentence(error, self._say)})
        place = next(iter(places_of(words, room.channel.estates)), DISTRICT)
        shown = room.drafts.warned(room.archive, words, place, room.clock.now())
        left = paste.said(paste.dropped((filled.title, filled.event, filled.text, filled.steps)), self._say)
        return jsonify({"said": self._told(words), "left": left, "shown": [one.told for one in shown]})

    def _told(self, words: Takeover) -> str:
        """What was chosen, and what stands in every header: the word where it is short enough."""
        marked = mark(alert(0, words, 0, self._room.channel.estates), self._say)
        return f"{self._room.said(words)} · ▲ {marked}"

    def _edit(
        self, text: Text | None, filled: Warned, trouble: str, status: int = 200, *, mine: Takeover | None = None,
        begun: Begun | None = None,
    ) -> BaseResponse:  # fmt: skip
        room, me = self._room, login().person
        revisions = room.texts.revisions(text.id) if text else []
        writers = {author for _, author, _, _ in revisions}
        return room.page(
            "takeover.html", status, text=text, filled=filled, trouble=trouble, revisions=revisions,
            beside=compared(text.words, mine, self._say) if text and mine else (), begun=begun,
            of=request.args.get("of", ""), towns=room.channel.estates.towns, plan=room.plan,
            levels={name: self._say(words) for name, words in LEVELS.items()},
            templates={name: self._say(made.event) for name, made in TEMPLATES.items()},
            stand=room.stand(text) if text else "", said=room.said(text.words) if text else "",
            drills=room.channel.settings.drills, may_write=me.may("editor"), may_send=me.may("approver"),
            may_approve=room.may_approve(me, writers),
        )  # fmt: skip
