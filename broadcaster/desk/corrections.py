"""The pages on which records of sources are looked up and corrected.

::

    /records?source=&q=            sources, and the records of one of them
    /correction/new?source=&item=  a record as its source says it; POST makes a draft of a correction
    /correction/{id}               a correction; POST saves, submits, approves, ends or archives it
    /correction/drafted            POST: the record's page as it would be, as JSON
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.compare import compared
from broadcaster.desk.correction import (
    LABELS,
    Correction,
    checked,
    directory_of,
    fits,
    name_of,
    record_of,
    sources_of,
    standing,
    told_of,
)
from broadcaster.desk.forms import moment_of, written
from broadcaster.desk.refusal import sentence
from broadcaster.desk.room import IDENT, Begun, Room, base, given, login
from broadcaster.desk.texts import Conflict, Text
from broadcaster.desk.words import check_towns
from feeds.amendments import MOST_NOTE, Amendment
from feeds.base.errors import NotFound, PersonError
from feeds.corrections import fields_of
from feeds.records import AnyRecord
from feeds.source import Snapshot

_MOST = 50
_AROUND = 8
_FIELD = "field-"


class Corrections:
    """``/records``, ``/correction/…``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/records", "records", self._records)
        blueprint.add_url_rule("/correction/new", "correct", self._new, methods=["GET", "POST"])
        blueprint.add_url_rule(f"/correction/{IDENT}", "correction", self._correction, methods=["GET", "POST"])
        blueprint.add_url_rule("/correction/drafted", "corrected", self._drafted, methods=["POST"])

    def _records(self) -> BaseResponse:
        room, source, wanted = self._room, request.args.get("source", ""), request.args.get("q", "").strip()
        sources = sources_of(room.channel)
        found = room.archive.latest(source, everything=True) if source in sources else None
        amended = self._amendments(found, wanted.casefold()) if found else []
        named = [(record.id, name_of(record), self._line(record)) for record in (found.records if found else ())]
        hits = [row for row in named if wanted.casefold() in f"{row[1]} {row[2]}".casefold()]
        return room.page(
            "records.html", sources=sources, source=source, q=wanted, amended=amended[:_MOST], amendable=len(amended),
            rows=hits[:_MOST], count=len(hits),
        )  # fmt: skip

    def _amendments(self, found: Snapshot, wanted: str) -> list[tuple[str, str, str]]:
        """Lines and stops of a timetable by a part of their names: id, name, and what tells the first of them apart."""
        directory, say = directory_of(self._room.archive, found), self._say
        hits = [one for one in directory.amendments() if wanted in name_of(one).casefold()] if directory else []
        told: list[tuple[str, str, str]] = []
        for one in hits:
            around = directory.around(one)[:_AROUND] if directory and len(told) < _MOST else ()
            kind = say("Line") if one.line else say("Stop")
            told.append((one.id, name_of(one), " · ".join((kind, *around))))
        return told

    def _new(self) -> BaseResponse:
        now = self._room.clock.now().replace(second=0, microsecond=0)
        if request.method == "POST":
            return self._saved(None)
        if begun := self._room.begun(Correction, None, now):
            words = begun.words
            record = record_of(self._room.archive, self._room.channel, words.source, words.item)
            return self._edit(None, words, record, "", begun=begun)
        source, item = request.args.get("source", ""), request.args.get("item", "")
        record = record_of(self._room.archive, self._room.channel, source, item)
        empty = Correction(
            title=name_of(record), source=source, item=item, reason="", begins=now, ends=now + timedelta(days=30)
        )
        return self._edit(None, empty, record, "")

    def _correction(self, ident: int) -> BaseResponse:
        room, texts = self._room, self._room.texts
        text = texts.get(ident)
        if not isinstance(text.words, Correction):
            return redirect(room.address(text), 303)
        if request.method == "GET":
            begun = room.begun(Correction, text, text.words.begins)
            return self._edit(text, begun.words if begun else text.words, self._record(text.words), "", begun=begun)
        step = texts.step(given("do"))
        if step is None:
            return self._saved(text)
        try:
            me, record = login().person, self._record(text.words)
            check_towns(me, {getattr(record, "town", "")})
            step(me, ident, base(), room.clock.now())
        except Conflict as conflict:
            return self._edit(conflict.now, text.words, self._record(text.words), room.changed(conflict), 409)
        except PersonError as error:
            return self._edit(text, text.words, self._record(text.words), sentence(error, self._say), 400)
        room.aired()
        return redirect(url_for("desk.correction", ident=ident), 303)

    def _saved(self, text: Text | None) -> BaseResponse:
        room, me, now = self._room, login().person, self._room.clock.now()
        record = record_of(room.archive, room.channel, given("source"), given("item"))
        try:
            typed = self._typed(record)
        except PersonError as error:
            words = text.words if text and isinstance(text.words, Correction) else None
            return self._edit(text, words or self._blank(record), record, sentence(error, self._say), 400)
        try:
            words = checked(typed, record, me)
            made = room.texts.write(me, text, base(), words, now, ask=given("do") == "ask")
        except Conflict as conflict:
            return self._edit(conflict.now, typed, record, room.changed(conflict), 409, mine=words)
        except PersonError as error:
            return self._edit(text, typed, record, sentence(error, self._say), 400)
        room.aired()
        return redirect(url_for("desk.correction", ident=made.id), 303)

    def _drafted(self) -> BaseResponse:
        room = self._room
        try:
            record = record_of(room.archive, room.channel, given("source"), given("item"))
            words = checked(self._typed(record), record, login().person)
        except PersonError as error:
            return jsonify({"trouble": sentence(error, self._say)})
        now = room.clock.now()
        shown = room.drafts.corrected(room.archive, standing(0, 0, words), now)
        return jsonify({"said": room.said(words), "shown": [one.told for one in shown]})

    def _typed(self, record: AnyRecord | Amendment) -> Correction:
        """What the form says. Raises PersonError for a time that is none."""
        fields = {name: request.form.get(_FIELD + name) for name in told_of(record)}
        return Correction(
            title=name_of(record), source=given("source"), item=record.id, reason=given("reason"),
            fields=tuple((n, text.replace("\r\n", "\n")) for n, text in fields.items() if text is not None),
            hide=bool(given("hide")), pin=bool(given("pin")), begins=moment_of("begins", given("begins"), self._say),
            ends=moment_of("ends", given("ends"), self._say),
        )  # fmt: skip

    def _blank(self, record: AnyRecord | Amendment) -> Correction:
        now = self._room.clock.now().replace(second=0, microsecond=0)
        return Correction(
            title=name_of(record), source=given("source"), item=record.id, reason=given("reason"), begins=now,
            ends=now + timedelta(days=30),
        )  # fmt: skip

    def _record(self, words: Correction) -> AnyRecord | Amendment | None:
        try:
            return record_of(self._room.archive, self._room.channel, words.source, words.item)
        except NotFound:
            return None

    def _line(self, record: AnyRecord) -> str:
        """What helps to tell records of one name apart."""
        told: dict[str, Any] = fields_of(record)
        return " · ".join(told[name] for name in ("town", "address", "phone", "hours") if told.get(name))

    def _edit(
        self, text: Text | None, words: Correction, record: AnyRecord | Amendment | None, trouble: str,
        status: int = 200, *, mine: Correction | None = None, begun: Begun | None = None,
    ) -> BaseResponse:  # fmt: skip
        room, me = self._room, login().person
        revisions = room.texts.revisions(text.id) if text else []
        known, typed = told_of(record) if record else {}, dict(words.fields)
        fields = [
            (name, self._say(LABELS[name]) if name in LABELS else name, typed.get(name, told), told)
            for name, told in known.items()
        ]
        return room.page(
            "correction.html", status, text=text, words=words, fields=fields, trouble=trouble, revisions=revisions,
            beside=compared(text.words, mine, self._say) if text and mine else (), begun=begun,
            begins=written(words.begins, self._say), ends=written(words.ends, self._say),
            stand=room.stand(text) if text else "", said=room.said(words) if text else "",
            lost=text is not None and not fits(room.archive, room.channel, words),
            may_write=me.may("editor"), amends=record if isinstance(record, Amendment) else None, most_note=MOST_NOTE,
            may_approve=room.may_approve(me, {author for _, author, _, _ in revisions}),
        )  # fmt: skip
