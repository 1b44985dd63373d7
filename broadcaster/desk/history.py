"""The versions of a text, any two beside each other, and who else has it open.

::

    /versions/{id}?old=&new=    the versions, and what differs between two of them
    /present/{id}               POST: this tab has it open; who else has, as JSON
"""

from __future__ import annotations

from collections.abc import Container

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import presence
from broadcaster.desk.compare import compared
from broadcaster.desk.room import IDENT, Room, given, login


class History:
    """``/versions/{id}``, ``/present/{id}``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule(f"/versions/{IDENT}", "versions", self._versions)
        blueprint.add_url_rule(f"/present/{IDENT}", "present", self._present, methods=["POST"])

    def _versions(self, ident: int) -> BaseResponse:
        room = self._room
        text, revisions = room.texts.get(ident), room.texts.revisions(ident)
        known = {number: words for number, _, _, words in revisions}
        new = _number("new", text.revision, known)
        old = _number("old", max(1, new - 1), known)
        return room.page(
            "versions.html", text=text, revisions=revisions, old=old, new=new, stand=room.stand(text),
            fields=compared(known[old], known[new], self._say), may_write=login().person.may("editor"),
        )  # fmt: skip

    def _present(self, ident: int) -> BaseResponse:
        room, me, now, tab = self._room, login().person, self._room.clock.now(), given("tab")
        engine = room.texts.engine
        room.texts.get(ident)
        presence.here(engine, ident, me.name, tab, now, leaves=bool(given("leaves")))
        return jsonify({"said": room.said_others(presence.others(engine, ident, tab, now))})


def _number(name: str, otherwise: int, known: Container[int]) -> int:
    text = request.args.get(name, "")
    number = int(text) if text.isdecimal() and len(text) < 9 else otherwise
    return number if number in known else otherwise
