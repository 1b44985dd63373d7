"""The television at the desk: any page, anywhere, at any time, one look beside another.

::

    /television               a scene: what, where, when, beside what (``broadcaster.desk.scene``)
    /television/picture.png   a screen of a box without a browser, of that scene
    /television/marks.svg     what is drawn over it
    /television/differing.svg where it differs from what stands beside it
    /television/set/…         the television with its remote: ``broadcaster.preview``
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import drawn
from broadcaster.desk.difference import differences
from broadcaster.desk.room import Room, plain
from broadcaster.desk.scene import BESIDE, DIFFERING, MARKS, Scene, Sight, kept, stamp
from broadcaster.desk.scenes import Scenes
from broadcaster.preview.blueprint import families, within
from broadcaster.preview.looks import segment_of
from channel.profiles import Profile
from channel.words import N_
from feeds.base.errors import BusyError, ChannelError, NotFound
from feeds.source import Freshness

QUARTERS = 96
"""Of an hour, on either side of now: what the slider goes over."""
_QUARTER_S = 900
_DAY = timedelta(hours=24)
OLD = {Freshness.STALE: N_("out of date"), Freshness.EXPIRED: N_("expired"), Freshness.NEVER: N_("never gathered")}


class Television:
    """``/television…``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say
        self._scenes = Scenes(room)

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/television", "television", self._page)
        blueprint.add_url_rule("/television/picture.png", "screen", self._picture)
        blueprint.add_url_rule("/television/marks.svg", "marks", self._marks)
        blueprint.add_url_rule("/television/differing.svg", "differing", self._differing)
        room = self._room
        set_ = within(room.say, lambda: room.studio, room.clock, sheet="../../static/set.css", back="../../television")
        blueprint.register_blueprint(set_, url_prefix="/television/set")

    # --- pages ------------------------------------------------------------------------------------------------------

    def _page(self) -> BaseResponse:
        room = self._room
        scene, now = self._scenes.asked(), room.clock.now()
        trouble, moment = "", now
        sides: list[dict[str, Any]] = []
        try:
            for side in _sides(scene):
                sight = self._scenes.sight(side)
                moment = moment if sides else sight.moment
                sides.append(self._side(sight))
        except ChannelError as error:
            trouble = self._scenes.trouble(error)
        return room.page(
            "television.html", scene=scene, sides=sides, trouble=trouble, pages=room.channel.lineup.pages.values(),
            families=list(families(room.studio.profiles, room.say)), themes=room.studio.themes, beside=BESIDE,
            marks=MARKS,
            profiles=self._room.studio.profiles.values(), estate=self._scenes.named(scene.estate),
            releases=[(one.id, f"{room.at(one.published)} · {one.id}") for one in self._room.studio.aired.kept()],
            differing=url_for("desk.differing", **scene.query) if _compared(scene, sides) else "",
            now=now, quarters=_quarters(moment, now) if scene.at or scene.text else 0, most=QUARTERS,
            turns=self._turns(scene), text=room.texts.get(scene.text) if scene.text else None,
            set=self._set_address(scene, moment),
            sheet=url_for("desk.sheet", **kept(scene, "estate", "profile", "size", "at", "release", "text")),
        )  # fmt: skip

    # --- pictures ---------------------------------------------------------------------------------------------------

    def _picture(self) -> BaseResponse:
        sight = self._scenes.sight(self._scenes.asked())
        try:
            made = self._room.easel.picture(sight)
        except BusyError:
            return busy(self._say("The painters are busy: ask again in a moment."))
        return Response(made, content_type="image/png")

    def _marks(self) -> BaseResponse:
        sight = self._scenes.sight(self._scenes.asked())
        scene, studio = sight.scene, self._room.studio
        studio.check(scene.profile, scene.estate)
        screens = studio.screens(scene.page, scene.estate, scene.profile, sight.look, scene.item)
        screen = next((one for one in screens if one.number == scene.screen), None)
        if screen is None:
            raise NotFound(f"screen: found {scene.screen}, where page {scene.page} has {len(screens)}")
        old, everything = set[str](), False
        if "stale" in scene.marks:
            readings = studio.readings(scene.page, sight.look)
            stale = [one for one in readings if one.freshness in OLD]
            everything = bool(readings) and len(stale) == len(readings)
            old = {record.id for one in stale if one.snapshot for record in one.snapshot.records}
        shape = studio.profiles[scene.profile]
        made = drawn.marked(screen, shape, scene.marks, old, all_stale=everything)
        return Response(made, content_type="image/svg+xml")

    def _differing(self) -> BaseResponse:
        scene = self._scenes.asked()
        sights = [self._scenes.sight(side) for side in _sides(scene)]
        if len(sights) < 2:
            raise NotFound("document: found one look, which differs from nothing")
        try:
            one, other = map(self._room.easel.picture, sights)
        except BusyError:
            return busy(self._say("The painters are busy: ask again in a moment."))
        canvas = self._room.studio.profiles[sights[0].scene.profile].canvas
        return Response(drawn.differing(canvas, differences(one, other)), content_type="image/svg+xml")

    # --- scenes -----------------------------------------------------------------------------------------------------

    def _side(self, sight: Sight) -> dict[str, Any]:
        """A look as the page shows it. Raises NotFound and RenderError for what cannot be seen."""
        scene, studio = sight.scene, self._room.studio
        studio.check(scene.profile, scene.estate)
        shape = studio.profiles[scene.profile]
        screens = studio.screens(scene.page, scene.estate, scene.profile, sight.look, scene.item)
        bare = msgspec.structs.replace(scene, beside="", box="", marks=())
        at = f"{segment_of(sight.look)}/{scene.profile}/{scene.estate}/{scene.document('html')}"
        return {
            "scene": scene, "title": self._say(shape.title), "count": len(screens), "when": self._scenes.moment(sight),
            "wide": shape_of(shape), "canvas": shape.canvas, "words": screens[0].title if screens else "",
            "picture": url_for("desk.screen", **bare.query) if shape.kind == "bitmap" else "",
            "frame": "" if shape.kind == "bitmap" else f"{url_for('desk.preview.home')}at/{at}",
            "marks": url_for("desk.marks", **bare.query, marks=scene.marks) if scene.marks else "",
        }  # fmt: skip

    # --- words ------------------------------------------------------------------------------------------------------

    def _turns(self, scene: Scene) -> list[tuple[str, str, str]]:
        """What begins and ends in the next 24 hours: when, the sentence, the address that shows it."""
        room, say, now = self._room, self._say, self._room.clock.now()
        found = []
        for text in room.texts.running(now):
            words = text.words
            begins = say("{title} begins", title=words.title)
            ends = say("{title} ends", title=words.title)
            found += [(words.begins, begins, text), (words.ends, ends, text)]
        soon = sorted((t for t in found if now < t[0] <= now + _DAY), key=lambda t: t[0])
        rest = kept(scene, "estate", "profile", "size", "theme")
        return [
            (room.at(moment), told, url_for("desk.television", **rest, page=room.page_of(text), at=stamp(moment, say)))
            for moment, told, text in soon
        ]

    def _set_address(self, scene: Scene, moment: datetime) -> str:
        """The same with the remote in hand."""
        sight = None
        try:
            sight = self._scenes.sight(scene)
        except ChannelError:
            return ""
        given: dict[str, Any] = {
            "page": scene.page, "estate": scene.estate, "profile": sight.scene.profile, "theme": sight.look.theme,
            "moment": f"{self._say.local(moment):%Y-%m-%dT%H:%M}", "of": sight.look.of,
        }  # fmt: skip
        return url_for("desk.preview.home", **{name: value for name, value in given.items() if value})


def _sides(scene: Scene) -> list[Scene]:
    """The scene, and what stands beside it."""
    if scene.beside == "air":
        beside = msgspec.structs.replace(scene, at="", release="", text=0, beside="")
    elif scene.beside == "box" and scene.box:
        beside = msgspec.structs.replace(scene, profile=scene.box, size="", beside="", box="")
    else:
        return [scene]
    return [scene, beside]


def _quarters(moment: datetime, now: datetime) -> int:
    """How many quarters of an hour lie between the two, each counted from the last full one."""
    return int(moment.timestamp() // _QUARTER_S - now.timestamp() // _QUARTER_S)


def _compared(scene: Scene, sides: list[dict[str, Any]]) -> bool:
    """Whether what differs is to be marked, and can be: on two pictures of one size."""
    is_pair = len(sides) == 2 and all(side["picture"] for side in sides)
    return DIFFERING in scene.marks and is_pair and sides[0]["canvas"] == sides[1]["canvas"]


def shape_of(profile: Profile) -> str:
    """``wide`` for a set of 16:9, ``square`` for one of 4:3."""
    width, height = profile.canvas
    return "wide" if width * profile.pixel_aspect / height > 1.5 else "square"


def busy(words: str) -> BaseResponse:
    """The answer to what cannot be painted now."""
    answer = plain(503, words)
    answer.headers["Retry-After"] = "2"
    return answer
