"""The pages on which an address or a file becomes a source with a page, and is proposed.

::

    /sources/new               an address or a file; with ``sample``, what was read and the form of it
    /sources/drafted           POST: the page as it would be, as JSON
    /proposal/{id}             a proposal; POST saves, submits, approves, takes back or archives it
"""

from __future__ import annotations

from typing import Any, cast

import msgspec
from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.correction import LABELS
from broadcaster.desk.drafts import Drafts, Shown
from broadcaster.desk.proposal import (
    RECORDS,
    VIEWS,
    Proposal,
    Wanted,
    categories_of,
    channel_with,
    check_everywhere,
    fields_of,
    proposed,
    read_wanted,
    snapshot_of,
    toml_of,
    views_of,
    wanted_of,
)
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import IDENT, Room, base, given, login, plain
from broadcaster.desk.samples import MOST_BYTES, Read, Sample, Samples
from broadcaster.desk.texts import Conflict, Text
from broadcaster.tools.starting.feeding import host_of, record_of
from channel.words import N_
from feeds.base.errors import NotFound, PersonError
from feeds.guess import suggest_id

_MOST_PROBLEMS, _MOST_SHOWN = 8, 5
_CODECS = ("utf-8", "gb18030", "big5")


class Proposals:
    """``/sources/new``, ``/sources/drafted``, ``/proposal/{id}``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say
        self._samples = Samples(room.channel, room.texts.engine, room.clock)

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/sources/new", "add", self._add, methods=["GET", "POST"])
        blueprint.add_url_rule("/sources/drafted", "added", self._drafted, methods=["POST"])
        blueprint.add_url_rule(f"/proposal/{IDENT}", "proposal", self._proposal, methods=["GET", "POST"])

    # --- pages ------------------------------------------------------------------------------------------------------

    def _add(self) -> BaseResponse:
        me = login().person
        if not me.may("operator"):
            return plain(403, self._say("This page is for operators."))
        if request.method == "GET":
            ident = request.args.get("sample", "")
            return self._edit(None, self._samples.get(ident), None, "") if ident else self._ask("")
        if given("do") != "read":
            return self._saved(None, self._samples.get(given("sample")))
        try:
            check_everywhere(me)
            sample = self._taken()
        except PersonError as error:
            return self._ask(sentence(error, self._say), 400)
        return redirect(url_for("desk.add", sample=sample.id), 303)

    def _taken(self) -> Sample:
        """What the first form brought. Raises PersonError."""
        me, file = login().person, request.files.get("file")
        if file is not None and file.filename:
            return self._samples.brought(file.filename, file.read(MOST_BYTES + 1), me)
        return self._samples.fetched(
            given("address"), me, private=bool(given("private")) and me.may("administrator")
        )

    def _proposal(self, ident: int) -> BaseResponse:
        room, texts = self._room, self._room.texts
        text = texts.get(ident)
        if not isinstance(text.words, Proposal):
            return redirect(self._room.address(text), 303)
        sample = self._kept(text.words)
        if request.method == "GET":
            return self._edit(text, sample, None, "")
        step = texts.step(given("do"))
        if step is None:
            return self._saved(text, sample)
        try:
            check_everywhere(login().person)
            step(login().person, ident, base(), room.clock.now())
        except Conflict as conflict:
            return self._edit(conflict.now, sample, None, room.changed(conflict), 409)
        except PersonError as error:
            return self._edit(text, sample, None, sentence(error, self._say), 400)
        return redirect(url_for("desk.proposal", ident=ident), 303)

    def _saved(self, text: Text | None, sample: Sample | None) -> BaseResponse:
        """Save what the form says; on any trouble, and when it is only looked at, it comes back with every word."""
        room, me, now = self._room, login().person, self._room.clock.now()
        wanted = read_wanted(request.form)
        if given("do") == "look":
            return self._edit(text, sample, wanted, "")
        try:
            if not me.may("operator"):
                raise Refusal("role", N_("{name} may not do that at this desk"), name=me.name)
            check_everywhere(me)
            if sample is None:
                raise Refusal("file", N_("what it was made from is not kept any more: begin anew"))
            words, read = self._made(wanted, sample, text)
            if given("do") == "ask":
                self._check_shown(words, read)
            made = room.texts.write(me, text, base(), words, now, ask=given("do") == "ask")
        except Conflict as conflict:
            return self._edit(conflict.now, sample, wanted, room.changed(conflict), 409)
        except PersonError as error:
            return self._edit(text, sample, wanted, sentence(error, self._say), 400)
        return redirect(url_for("desk.proposal", ident=made.id), 303)

    def _drafted(self) -> BaseResponse:
        try:
            sample = self._samples.get(given("sample"))
            typed = self._typed()
            # The television shows the rows before anybody has named them.
            title, publisher = typed.title or typed.ident, typed.publisher or typed.ident[:30]
            words, read = self._made(msgspec.structs.replace(typed, title=title, publisher=publisher), sample)
            shown = self._shown(words, read)
        except PersonError as error:
            return jsonify({"trouble": sentence(error, self._say)})
        return jsonify({"said": self._room.said(words), "shown": [one.told for one in shown]})

    # --- what they need ---------------------------------------------------------------------------------------------

    def _typed(self) -> Wanted:
        """What the form says; of somebody who may only look, whose form says nothing, what stands."""
        ident = given("proposal")
        if "ident" in request.form or not ident.isdecimal():
            return read_wanted(request.form)
        words = self._room.texts.get(int(ident)).words
        return wanted_of(words) if isinstance(words, Proposal) else Wanted()

    def _made(self, wanted: Wanted, sample: Sample, before: Text | None = None) -> tuple[Proposal, Read]:
        read = self._samples.read(sample, **wanted.facts)
        # The day alone: a form that is sent twice says the same.
        today = self._room.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        begins = before.words.begins if before else today
        return proposed(self._room.channel, wanted, read, sample, begins), read

    def _shown(self, words: Proposal, read: Read) -> tuple[Shown, ...]:
        room, now = self._room, self._room.clock.now()
        channel = channel_with(room.channel, words)
        page = channel.lineup.page(words.number)
        return Drafts(channel).proposed(room.archive, page, snapshot_of(words, read, now), now)

    def _check_shown(self, words: Proposal, read: Read) -> None:
        """Raises PersonError for what no television could show."""
        for one in self._shown(words, read):
            if not one.pictures:
                raise Refusal("source", N_("no television can show it ({why})"), why="; ".join(one.findings))

    def _kept(self, words: Proposal) -> Sample | None:
        try:
            return self._samples.get(words.sample)
        except NotFound:
            return None

    def _fresh(self, sample: Sample) -> Wanted:
        """What can be said of a sample before anybody has said anything."""
        ident = suggest_id(sample.address or sample.name)
        while ident in self._room.channel.sources:
            ident = f"{ident[:37]}-2"
        numbers = (f"{number}" for number in range(701, 1000))
        free = next((number for number in numbers if number not in self._room.channel.lineup.pages), "")
        return Wanted(ident=ident, publisher=host_of(sample.address), number=free)

    def _ask(self, trouble: str, status: int = 200) -> BaseResponse:
        return self._room.page(
            "add.html", status, trouble=trouble, address=given("address"), most=MOST_BYTES // 1_000_000,
            may_ask_inside=login().person.may("administrator"),
        )  # fmt: skip

    def _edit(
        self, text: Text | None, sample: Sample | None, wanted: Wanted | None, trouble: str, status: int = 200
    ) -> BaseResponse:
        room, me = self._room, login().person
        words = cast("Proposal", text.words) if text else None
        if wanted is None:
            wanted = wanted_of(words) if words else self._fresh(cast("Sample", sample))
        read: Read | None = None
        if sample is not None:
            try:
                read = self._samples.read(sample, **wanted.facts)
            except PersonError as error:
                trouble, status = trouble or sentence(error, self._say), 400
        revisions = room.texts.revisions(text.id) if text else []
        is_own = me.name in {author for _, author, _, _ in revisions}
        return room.page(
            "proposal.html", status, text=text, words=words, sample=sample, wanted=wanted, trouble=trouble,
            stand=room.stand(text) if text else "", toml=toml_of(words) if words else {}, revisions=revisions,
            codecs=_CODECS, kinds={name: self._say(told) for name, told in RECORDS.items()}, **self._told(wanted, read),
            categories=categories_of(room.channel.lineup),
            stands=words is not None and words.ident in room.channel.sources,
            may_write=me.may("operator") and not me.towns,
            may_approve=me.may("approver") and not me.towns and not is_own,
        )  # fmt: skip

    def _told(self, wanted: Wanted, read: Read | None) -> dict[str, Any]:
        """What was read, and how its columns are taken."""
        trial = read.trial if read else None
        source, parsed = (trial.source, trial.parsed) if trial else (None, None)
        record = wanted.record or (record_of(trial) if trial else "")
        columns = read.sheet.columns if read and read.sheet.columns else parsed.shape if parsed else ()
        known = source.fields if source else {}
        fields = [
            (name, self._say(LABELS[name]) if name in LABELS else name, known.get(name) or (
                name if name not in known and name in columns else ""), wanted.same.get(name, ""), needed)
            for name, needed in fields_of(record).items()
        ]  # fmt: skip
        if source is not None and source.format == "geojson":
            fields = [field for field in fields if field[0] not in ("lon", "lat")]
        is_mapped = source is not None and source.format in ("table", "geojson", "ckan")
        return {
            "read": trial, "sheet": read.sheet if read else None, "record": record, "columns": columns,
            "fields": fields if is_mapped else [], "format": source.format if source else "",
            "count": len(parsed.records) if parsed else 0, "total": parsed.total if parsed else 0,
            "problems": parsed.problems[:_MOST_PROBLEMS] if parsed else (),
            "first": [_line(r) for r in parsed.records[:_MOST_SHOWN]] if parsed else [],
            "views": {name: self._say(VIEWS[name]) for name in views_of(record)},
        }  # fmt: skip


def _line(record: Any) -> str:
    """What a record says, in one line."""
    said = (getattr(record, name) for name in record.__struct_fields__ if name != "id")
    return " · ".join(str(value) for value in said if isinstance(value, str | int | float) and value != "")[:200]
