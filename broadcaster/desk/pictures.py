"""The addresses of pictures: one is taken as soon as it is chosen, so that no typed word waits for it or is lost by it.

::

    /picture                   POST: a file; what it became, as JSON
    /picture/{key}             the picture as it is kept
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.room import Room, login
from channel.words import N_
from feeds.base.errors import PersonError


class Pictures:
    """``/picture``, ``/picture/{key}``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/picture", "upload", self._upload, methods=["POST"])
        blueprint.add_url_rule("/picture/<key>", "picture", self._picture)

    def _upload(self) -> BaseResponse:
        try:
            key = uploaded(self._room)
            if not key:
                raise Refusal("picture", N_("no file came"))
        except PersonError as error:
            return jsonify({"trouble": sentence(error, self._say)})
        return jsonify({"picture": key, "shown": url_for("desk.picture", key=key)})

    def _picture(self, key: str) -> BaseResponse:
        return Response(self._room.archive.picture(key), content_type="image/jpeg")


def uploaded(room: Room) -> str:
    """The key of the picture that a form brings as a file; empty where it brings none. Raises PersonError."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return ""
    who = login().person
    if not who.may("editor"):
        raise Refusal("role", N_("{name} may not do that at this desk"), name=who.name)
    return room.take_picture(file.stream.read(), who).key
