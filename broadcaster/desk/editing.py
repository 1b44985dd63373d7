"""The pages on which one kind of text is written, looked at while it is, approved and taken back; what differs from
kind to kind is the form, what it means, and what the television shows of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import paste
from broadcaster.desk.compare import compared
from broadcaster.desk.drafts import Shown
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import IDENT, Begun, Room, base, given, login
from broadcaster.desk.texts import Conflict, Text
from broadcaster.desk.words import Words, check_places
from channel.estates import DISTRICT
from channel.words import N_
from feeds.base.errors import PersonError

F = TypeVar("F")
W = TypeVar("W", bound=Words)


class Editing(ABC, Generic[F, W]):
    """An address for a new text, one for each that there is, and one that looks at a draft; of a form ``F`` that means
    words ``W``."""

    kind: ClassVar[str]
    """The name of the texts' address, and of their template."""
    words: type[W]

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def _register(self, blueprint: Blueprint, new: str, drafted: str, look: str) -> None:
        """Add the addresses; ``new`` and ``drafted`` are names, ``look`` is where a draft is looked at."""
        blueprint.add_url_rule(f"/{self.kind}/new", new, self._new, methods=["GET", "POST"])
        blueprint.add_url_rule(f"/{self.kind}/{IDENT}", self.kind, self._text, methods=["GET", "POST"])
        blueprint.add_url_rule(look, drafted, self._drafted, methods=["POST"])

    @abstractmethod
    def _empty(self, begins: datetime, ends: datetime) -> F:
        """The form of a new text."""

    @abstractmethod
    def _read(self) -> F:
        """The form as a browser sent it."""

    @abstractmethod
    def _filled(self, words: W) -> F:
        """The form of words that there are."""

    @abstractmethod
    def _checked(self, filled: F, *, drafted: bool = False) -> W:
        """What the form means; a ``drafted`` one is still being written. Raises PersonError."""

    @abstractmethod
    def _shown(self, words: W, estate: str) -> Sequence[Shown]:
        """What the television would show."""

    @abstractmethod
    def _typed(self, filled: F) -> Iterable[str]:
        """What was typed or pasted as text."""

    @abstractmethod
    def _given(self, filled: F) -> dict[str, Any]:
        """What the template needs besides what all forms need."""

    def _brought(self, filled: F) -> F:
        """The form with what came as a file. Raises PersonError."""
        return filled

    def _may(self, words: W) -> None:
        """Raises PersonError where these words are not for whoever asks."""
        check_places(words, self._room.channel.estates, login().person)

    def _is_moved(self, filled: F) -> bool:
        """Whether the form's button only moved something in the form, and nothing is to be saved."""
        return False

    def _new(self) -> BaseResponse:
        if request.method == "POST":
            return self._saving(None)
        begins = self._room.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if begun := self._room.begun(self.words, None, begins):
            return self._edit(None, self._filled(begun.words), "", begun=begun)
        return self._edit(None, self._empty(begins, begins + timedelta(days=2)), "")

    def _text(self, ident: int) -> BaseResponse:
        texts = self._room.texts
        text = texts.get(ident)
        if not isinstance(text.words, self.words):
            return redirect(self._room.address(text), 303)
        words = text.words
        if request.method == "GET":
            begun = self._room.begun(self.words, text, words.begins)
            return self._edit(text, self._filled(begun.words if begun else words), "", begun=begun)
        step = texts.step(given("do"))
        if step is None:
            return self._saving(text)
        try:
            self._may(words)
            if given("do") in ("submit", "approve"):
                self._check_shown(words)
            step(login().person, ident, base(), self._room.clock.now())
        except Conflict as conflict:
            return self._edit(conflict.now, self._filled_of(conflict.now), self._room.changed(conflict), 409)
        except PersonError as error:
            text = texts.get(ident)
            return self._edit(text, self._filled_of(text), sentence(error, self._say), 400)
        self._room.aired()
        return redirect(self._room.address(text), 303)

    def _saving(self, text: Text | None) -> BaseResponse:
        """Save what the form says; on any trouble the form comes back with every word in it."""
        filled, texts = self._read(), self._room.texts
        if self._is_moved(filled):
            return self._edit(text, filled, "")
        try:
            filled = self._brought(filled)
            words = self._checked(filled)
            if text is not None and isinstance(text.words, self.words):
                self._may(text.words)
            if given("do") == "ask":
                self._check_shown(words)
            now, me = self._room.clock.now(), login().person
            text = texts.write(me, text, base(), words, now, ask=given("do") == "ask")
        except Conflict as conflict:
            return self._edit(conflict.now, filled, self._room.changed(conflict), 409, mine=words)
        except PersonError as error:
            return self._edit(text, filled, sentence(error, self._say), 400)
        self._room.aired()
        left = " ".join(paste.dropped(self._typed(filled)))
        return redirect(url_for(f"desk.{self.kind}", ident=text.id, left=left or None), 303)

    def _drafted(self) -> BaseResponse:
        """What the text looks like now, what was chosen, said back, and what was left out of it."""
        room, filled = self._room, self._read()
        try:
            words = self._checked(filled, drafted=True)
        except PersonError as error:
            return jsonify({"trouble": sentence(error, self._say)})
        estate = given("estate")
        shown = self._shown(words, estate if estate in room.channel.estates else DISTRICT)
        left = paste.said(paste.dropped(self._typed(filled)), self._say)
        return jsonify({"said": room.said(words), "left": left, "shown": [one.told for one in shown]})

    def _check_shown(self, words: W) -> None:
        """Raises PersonError for what no television could show: nobody should approve it in vain."""
        for one in self._shown(words, DISTRICT):
            if not one.pictures:
                raise Refusal("text", N_("no television can show it ({why})"), why="; ".join(one.findings))

    def _filled_of(self, text: Text) -> F:
        assert isinstance(text.words, self.words)
        return self._filled(text.words)

    def _edit(
        self,
        text: Text | None,
        filled: F,
        trouble: str,
        status: int = 200,
        *,
        mine: W | None = None,
        begun: Begun | None = None,
    ) -> BaseResponse:
        room, me = self._room, login().person
        revisions = room.texts.revisions(text.id) if text else []
        writers = {author for _, author, _, _ in revisions}
        return room.page(
            f"{self.kind}.html", status, text=text, filled=filled, trouble=trouble, begun=begun,
            beside=compared(text.words, mine, self._say) if text and mine else (),
            stand=room.stand(text) if text else "", said=room.said(text.words) if text else "", revisions=revisions,
            left=paste.said(request.args.get("left", "").split(), self._say),
            may_write=me.may("editor"), may_approve=room.may_approve(me, writers),
            **self._given(filled),
        )  # fmt: skip
