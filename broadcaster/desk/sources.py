"""The pages on which sources are looked at, asked now, held and let go, and their items that wait are decided on.

::

    /sources                every source: its state, when it was asked and is next, how many records
    /source/{id}            one closely; POST asks it now, holds it, lets it go, lets an item go or refuses it
    /source/{id}/asked      whether it was asked since somebody wanted it, as JSON
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import audit
from broadcaster.desk.correction import name_of
from broadcaster.desk.graph import HEIGHT, SPANS, WIDTH, graph
from broadcaster.desk.people import Person, Role
from broadcaster.desk.proposal import Proposal, check_everywhere
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import Room, given, login
from broadcaster.desk.watched import OUTCOMES, STATES, Watched, source_of, watched
from broadcaster.desk.words import check_towns, line
from channel.words import N_
from feeds import asks, holds, waiting
from feeds.asks import Wish
from feeds.base.errors import PersonError
from feeds.corrections import fields_of
from feeds.database import Writing
from feeds.holds import Hold
from feeds.review import Held, Verdict
from feeds.source import Source

_MOST_REASON = 200
_MOST_ROWS, _MOST_ITEMS, _MOST_PAST = 40, 50, 12
_LATE = timedelta(seconds=15)
"""Whoever gathers has taken a wish by then."""


class Sources:
    """``/sources``, ``/source/…``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/sources", "sources", self._sources)
        blueprint.add_url_rule("/source/<source>", "source", self._source, methods=["GET", "POST"])
        blueprint.add_url_rule("/source/<source>/asked", "asked", self._asked)

    def _sources(self) -> BaseResponse:
        room = self._room
        texts = room.texts.all(("draft", "back", "submitted", "approved"))
        return room.page(
            "sources.html", rows=self._watched(), may_add=login().person.may("operator"), stand=room.stand,
            said=room.said, proposals=[text for text in texts if isinstance(text.words, Proposal)],
        )  # fmt: skip

    def _source(self, source: str) -> BaseResponse:
        known = source_of(self._room.channel, source)
        if request.method == "GET":
            return self._show(known, "")
        steps: dict[str, Callable[[Source], None]] = {
            "try": self._try, "hold": self._hold, "go": self._release,
            "release": self._decide, "refuse": self._decide,
        }  # fmt: skip
        try:
            step = steps.get(given("do"))
            if step is None:
                raise PersonError(f"do: found {given('do')!r}, which no button of this page says")
            step(known)
        except PersonError as error:
            return self._show(known, sentence(error, self._say), 400)
        return redirect(url_for("desk.source", source=source), 303)

    def _asked(self, source: str) -> BaseResponse:
        source_of(self._room.channel, source)
        with self._room.texts.engine.connect() as connection:
            return jsonify({"done": all(wish.source != source for wish in asks.wanted(connection))})

    # --- what can be done -------------------------------------------------------------------------------------------

    def _try(self, source: Source) -> None:
        me, now = self._may("operator"), self._room.clock.now()
        with self._writing() as connection:
            asks.want(connection, Wish(source=source.id, at=now, who=me.name))
            audit.note(connection, now, me.name, "source tried", source=source.id)

    def _hold(self, source: Source) -> None:
        me, now = self._may_hold(), self._room.clock.now()
        if source.id in self._room.channel.alert_sources:
            raise Refusal("source", N_("public warnings are never held"))
        reason, snapshot = line("reason", given("reason"), _MOST_REASON), given("snapshot")
        chosen = int(snapshot) if snapshot.isdecimal() and len(snapshot) < 16 else None
        with self._writing() as connection:
            held = Hold(source=source.id, since=now, who=me.name, reason=reason)
            if not holds.hold(connection, held, chosen):
                raise Refusal("source", N_("it is held already, or has not said that: look at it again"))
            audit.note(connection, now, me.name, "source held", source=source.id, reason=reason)
        self._room.wake()

    def _release(self, source: Source) -> None:
        me, now = self._may_hold(), self._room.clock.now()
        with self._writing() as connection:
            if not holds.release(connection, source.id, now):
                raise Refusal("source", N_("it is not held"))
            audit.note(connection, now, me.name, "source let go", source=source.id)
        self._room.wake()

    def _decide(self, source: Source) -> None:
        """Let an item go in the wording that stood on the page, or refuse it."""
        me, now = self._may("approver"), self._room.clock.now()
        verdict: Verdict = "released" if given("do") == "release" else "refused"
        held = next((held for held in self._held(source) if held.content == given("content")), None)
        if held is None or held.item != given("item"):
            raise Refusal("item", N_("it waits no more, or says something else now: look at it again"))
        check_towns(me, {getattr(held.record, "town", "")})
        with self._writing() as connection:
            if not waiting.decide(connection, held, verdict, now):
                raise Refusal("item", N_("it waits no more, or says something else now: look at it again"))
            audit.note(
                connection, now, me.name, f"item {verdict}", source=source.id, item=held.item, content=held.content
            )
        self._room.wake()

    def _may(self, role: Role) -> Person:
        me = login().person
        if not me.may(role):
            raise Refusal("role", N_("{name} may not do that at this desk"), name=me.name)
        return me

    def _may_hold(self) -> Person:
        me = self._may("operator")
        check_everywhere(me)
        return me

    def _writing(self) -> Writing:
        return Writing(self._room.texts.engine)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _watched(self) -> list[Watched]:
        room = self._room
        return watched(room.channel, room.archive, room.texts.engine, room.clock.now())

    def _held(self, source: Source) -> list[Held]:
        return self._room.archive.waiting([source.id])

    def _show(self, source: Source, trouble: str, status: int = 200) -> BaseResponse:
        room, me, now = self._room, login().person, self._room.clock.now()
        days = next((span for span in SPANS if str(span) == request.args.get("days")), 7)
        with room.texts.engine.connect() as connection:
            went = asks.recent(connection, source.id, now - timedelta(days=days))
        seen = next(row for row in self._watched() if row.source.id == source.id)
        last, held = room.archive.latest(source.id, everything=True), self._held(source)
        return room.page(
            "source.html", status, row=seen, trouble=trouble, days=days, spans=SPANS, states=STATES, outcomes=OUTCOMES,
            graph=graph(source, went, now, days, self._say), width=WIDTH, height=HEIGHT,
            asks=went[: -_MOST_ROWS - 1 : -1], problems=last.problems[:_MOST_ROWS] if last else (),
            items=[(one, name_of(one.record), _told(one)) for one in held[:_MOST_ITEMS] if one.record], count=len(held),
            past=room.archive.history(source.id, _MOST_PAST),
            untaken=seen.wish is not None and now - seen.wish.at > _LATE,
            may_try=me.may("operator"), may_decide=me.may("approver"),
            may_hold=me.may("operator") and not me.towns and source.id not in room.channel.alert_sources,
        )  # fmt: skip


def _told(held: Held) -> list[tuple[str, str]]:
    """All that an item says in words."""
    found: dict[str, Any] = fields_of(held.record) if held.record else {}
    return [(name, words) for name, words in found.items() if words]
