"""The way of one kind of text at the desk: written, looked at while it is, asked for, approved, taken back.

A kind says what its form's fields are, what they mean and what it looks like; the way is the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.compare import compared
from broadcaster.desk.drafts import Shown
from broadcaster.desk.forms import written
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import IDENT, Begun, Room, base, given, login
from broadcaster.desk.texts import Conflict, Text
from broadcaster.desk.words import Words
from channel.estates import DISTRICT
from channel.words import N_
from feeds.base.errors import NotFound, PersonError

W = TypeVar("W", bound=Words)
Fields = MultiDict[str, str]
"""What a form says, or begins with: the values of each name."""
_KEPT = frozenset({"form", "base", "do"})


class Way(ABC, Generic[W]):
    """``/{name}/new``, ``/{name}/{id}``, ``/{name}/drafted``."""

    kind: type[W]
    name: str
    """Of the endpoint, the addresses and the template."""

    def __init__(self, room: Room) -> None:
        self.room, self.say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        name, both = self.name, ["GET", "POST"]
        blueprint.add_url_rule(f"/{name}/new", f"{name}_new", self._new, methods=both)
        blueprint.add_url_rule(f"/{name}/{IDENT}", name, self._one, methods=both)
        blueprint.add_url_rule(f"/{name}/drafted", f"{name}_drafted", self._drafted, methods=["POST"])

    @abstractmethod
    def blank(self) -> W:
        """What an empty form means; ``request.args`` may say of what. Raises NotFound."""

    @abstractmethod
    def fields(self, words: W) -> Mapping[str, str | Sequence[str]]:
        """The words as a form has them, times left out."""

    @abstractmethod
    def read(self, fields: Fields, ident: int) -> W:
        """What the fields of the text ``ident`` (0: a new one) mean, checked. Raises PersonError."""

    @abstractmethod
    def may(self, words: W) -> None:
        """Raises PersonError where these words are not for whoever asks."""

    @abstractmethod
    def shown(self, words: W, ident: int, estate: str) -> Sequence[Shown]:
        """What it looks like on the television."""

    def rearranged(self, fields: Fields, step: str) -> bool:
        """Whether ``step`` only moved something in the fields, and nothing is to be saved."""
        return False

    @abstractmethod
    def beside(self, fields: Fields, text: Text | None) -> dict[str, Any]:
        """What else the template is given."""

    def _new(self) -> BaseResponse:
        if request.method == "POST":
            return self._saved(None)
        begun = self.room.begun(self.kind, None, self.room.clock.now().replace(second=0, microsecond=0))
        return self._edit(None, self._filled(begun.words if begun else self.blank()), "", begun=begun)

    def _one(self, ident: int) -> BaseResponse:
        texts = self.room.texts
        text = texts.get(ident)
        words = text.words
        if not isinstance(words, self.kind):
            raise NotFound(f"text: found {ident}, which is of another kind")
        if request.method == "GET":
            begun = self.room.begun(self.kind, text, words.begins)
            return self._edit(text, self._filled(begun.words if begun else words), "", begun=begun)
        steps: dict[str, Callable[..., Text]] = {
            "submit": texts.submit, "approve": texts.approve, "back": texts.take_back, "archive": texts.archive,
        }  # fmt: skip
        step = steps.get(given("do"))
        if step is None:
            return self._saved(text)
        try:
            self.may(words)
            if given("do") in ("submit", "approve"):
                self._check_shown(words, ident)
            step(login().person, ident, base(), self.room.clock.now())
        except Conflict as conflict:
            now = conflict.now.words
            assert isinstance(now, self.kind)
            return self._edit(conflict.now, self._filled(now), self.room.changed(conflict), 409)
        except PersonError as error:
            return self._edit(text, self._filled(words), sentence(error, self.say), 400)
        self.room.aired()
        return redirect(url_for(f"desk.{self.name}", ident=ident), 303)

    def _saved(self, text: Text | None) -> BaseResponse:
        """Save what the form says; on any trouble the form comes back with every word in it."""
        texts, me, now = self.room.texts, login().person, self.room.clock.now()
        fields = Fields(request.form)
        if self.rearranged(fields, given("do")):
            return self._edit(text, fields, "")
        try:
            words = self.read(fields, text.id if text else 0)
            if text is not None and isinstance(text.words, self.kind):
                self.may(text.words)
            if given("do") == "ask":
                self._check_shown(words, text.id if text else 0)
            made = texts.create(me, words, now) if text is None else texts.save(me, text.id, base(), words, now)
            if given("do") == "ask" and made.state == "draft":
                made = texts.submit(me, made.id, made.revision, now)
        except Conflict as conflict:
            return self._edit(conflict.now, fields, self.room.changed(conflict), 409, mine=words)
        except PersonError as error:
            return self._edit(text, fields, sentence(error, self.say), 400)
        self.room.aired()
        return redirect(url_for(f"desk.{self.name}", ident=made.id), 303)

    def _drafted(self) -> BaseResponse:
        """What it looks like now, and what was chosen, said back."""
        number = given("ident")
        ident = int(number) if number.isdecimal() and len(number) < 9 else 0
        try:
            words = self.read(Fields(request.form), ident)
        except PersonError as error:
            return jsonify({"trouble": sentence(error, self.say)})
        estate = given("estate")
        place = estate if estate in self.room.channel.estates else DISTRICT
        return jsonify({"said": self.room.said(words), "shown": [one.told for one in self.shown(words, ident, place)]})

    def _check_shown(self, words: W, ident: int) -> None:
        """Raises PersonError for what no television could show: nobody should approve it in vain."""
        for one in self.shown(words, ident, DISTRICT):
            if not one.pictures:
                raise Refusal("text", N_("no television can show it ({why})"), why="; ".join(one.findings))

    def _filled(self, words: W) -> Fields:
        times = {"begins": written(words.begins, self.say), "ends": written(words.ends, self.say)}
        return Fields({**times, **{n: v if isinstance(v, str) else list(v) for n, v in self.fields(words).items()}})

    def _edit(
        self,
        text: Text | None,
        fields: Fields,
        trouble: str,
        status: int = 200,
        *,
        mine: W | None = None,
        begun: Begun | None = None,
    ) -> BaseResponse:
        room, me = self.room, login().person
        revisions = room.texts.revisions(text.id) if text else []
        writers = {author for _, author, _, _ in revisions}
        for name in _KEPT:
            fields.poplist(name)
        return room.page(
            f"{self.name}.html", status, text=text, fields=fields, trouble=trouble, begun=begun,
            beside=compared(text.words, mine, self.say) if text and mine else (), revisions=revisions,
            stand=room.stand(text) if text else "", said=room.said(text.words) if text else "",
            may_write=me.may("editor"), may_approve=room.may_approve(me, writers), **self.beside(fields, text),
        )  # fmt: skip
