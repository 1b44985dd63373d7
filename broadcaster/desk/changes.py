"""What a text changes, shown before it goes on air, and what became of it afterwards.

::

    /change/{id}             the pages that change, for how many estates, each before and after; with ``part`` alone
                             what stands on the page of the text itself
    /change/{id}/boxes.svg   where before and after differ
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import drawn
from broadcaster.desk.aftermath import Looked, OnAir, looked, on_air
from broadcaster.desk.difference import differences
from broadcaster.desk.edits import WITH, WITHOUT
from broadcaster.desk.reach import Change
from broadcaster.desk.room import IDENT, Room, login
from broadcaster.desk.scene import Scene, Sight, read
from broadcaster.desk.takeover import Takeover
from broadcaster.desk.television import busy, shape_of
from broadcaster.desk.texts import Text
from broadcaster.desk.words import places_of
from broadcaster.preview.looks import Look
from feeds.base.errors import BusyError


class Changes:
    """``/change/{id}``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule(f"/change/{IDENT}", "change", self._change)
        blueprint.add_url_rule(f"/change/{IDENT}/before.png", "before", self._before)
        blueprint.add_url_rule(f"/change/{IDENT}/after.png", "after", self._after)
        blueprint.add_url_rule(f"/change/{IDENT}/boxes.svg", "boxes", self._boxes)

    def _change(self, ident: int) -> BaseResponse:
        room, now = self._room, self._room.clock.now()
        text = room.texts.get(ident)
        is_over = text.words.ends <= now
        found = () if is_over else room.reach.of(text, now)
        given: dict[str, Any] = {
            "text": text, "moment": room.at_zone(room.reach.moment(text, now)), "is_over": is_over,
            "changes": [self._shown(text, one) for one in found], "air": self._air(text), "looked": self._looked(text),
            # A warning that no page shows is a drill of a channel that shows none.
            "marks": len(places_of(text.words, room.channel.estates)) if found and _warns(text) else 0,
            "stand": room.stand(text), "wide": shape_of(room.studio.profiles[self._profile]),
            "may_write": login().person.may("editor"),
        }  # fmt: skip
        if "part" not in request.args:
            return room.page("change.html", **given)
        words = self._say
        made = render_template("_change.html", say=words, plural=words.plural, at_zone=room.at_zone, **given)
        return Response(made, content_type="text/html; charset=utf-8")

    def _shown(self, text: Text, change: Change) -> dict[str, Any]:
        """A change with the addresses of its pictures."""
        where: dict[str, Any] = {
            "ident": text.id, "page": change.page, "item": change.item, "estate": change.estate,
            "profile": self._profile,
        }  # fmt: skip
        scene = Scene(page=change.page, item=change.item, estate=change.estate, text=text.id)
        known = self._room.channel.estates
        return {
            "change": change, "title": text.words.title if change.item else change.title,
            "before": "" if change.new else url_for("desk.before", **where),
            "after": "" if change.gone else url_for("desk.after", **where),
            "boxes": "" if change.new or change.gone else url_for("desk.boxes", **where),
            "estate": known[change.estate].name if change.estate in known else "",
            "television": url_for("desk.television", **scene.query),
        }  # fmt: skip

    @property
    def _profile(self) -> str:
        """The family whose pictures are compared: what they show is what those with a browser show."""
        known = self._room.studio.profiles
        return next((name for name, shape in known.items() if shape.kind == "bitmap"), next(iter(known), ""))

    def _before(self, ident: int) -> BaseResponse:
        return self._picture(ident, WITHOUT)

    def _after(self, ident: int) -> BaseResponse:
        return self._picture(ident, WITH)

    def _picture(self, ident: int, of: str) -> BaseResponse:
        try:
            return Response(self._room.easel.picture(self._sight(ident, of)), content_type="image/png")
        except BusyError:
            return busy(self._say("The painters are busy: ask again in a moment."))

    def _boxes(self, ident: int) -> BaseResponse:
        try:
            before, after = (self._room.easel.picture(self._sight(ident, of)) for of in (WITHOUT, WITH))
        except BusyError:
            return busy(self._say("The painters are busy: ask again in a moment."))
        shape = self._room.studio.profiles[self._sight(ident, WITH).scene.profile]
        return Response(drawn.differing(shape.canvas, differences(before, after)), content_type="image/svg+xml")

    def _sight(self, ident: int, of: str) -> Sight:
        """A page with the text, or without it. Raises NotFound."""
        room = self._room
        scene = read(request.args, (), [self._profile])
        moment = room.reach.moment(room.texts.get(ident), room.clock.now())
        return Sight(scene=scene, look=Look(moment, of=f"{of}{ident}"), moment=moment)

    def _air(self, text: Text) -> OnAir | None:
        return on_air(text, self._room.studio.aired.recent(), self._room.channel)

    def _looked(self, text: Text) -> Looked | None:
        """Once it was approved, and has begun."""
        room = self._room
        if text.state != "approved" or text.words.begins > room.clock.now():
            return None
        places = places_of(text.words, room.channel.estates)
        return looked(room.page_of(text), places, room.channel, room.channel.state)


def _warns(text: Text) -> bool:
    return isinstance(text.words, Takeover)
