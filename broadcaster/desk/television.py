"""The television at the desk: any page, anywhere, at any time, one look beside another; and all pages at once.

::

    /television               a scene: what, where, when, beside what (``broadcaster.desk.scene``)
    /television/sheet         every page of the line-up, small
    /television/picture.png   a screen of a box without a browser, of that scene
    /television/marks.svg     what is drawn over it
    /television/set/…         the television with its remote: ``broadcaster.preview``
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import drawn
from broadcaster.desk.refusal import sentence
from broadcaster.desk.room import Room, plain
from broadcaster.desk.scene import BESIDE, MARKS, Scene, Sight, read, sight_of, stamp
from broadcaster.preview.blueprint import families, search, within
from broadcaster.preview.looks import segment_of
from broadcaster.preview.trouble import told
from channel.estates import DISTRICT
from channel.profiles import Profile
from channel.views.menu import heads
from channel.words import N_
from feeds.base.errors import BusyError, ChannelError, NotFound, PersonError
from feeds.source import Freshness

QUARTERS = 96
"""Of an hour, on either side of now: what the slider goes over."""
_DAY = timedelta(hours=24)
_OLD = {Freshness.STALE: N_("out of date"), Freshness.EXPIRED: N_("expired"), Freshness.NEVER: N_("never gathered")}


class Television:
    """``/television…``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say, self._studio = room, room.say, room.studio

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/television", "television", self._page)
        blueprint.add_url_rule("/television/sheet", "sheet", self._sheet)
        blueprint.add_url_rule("/television/picture.png", "picture", self._picture)
        blueprint.add_url_rule("/television/marks.svg", "marks", self._marks)
        room = self._room
        set_ = within(room.channel, self._studio, room.clock, sheet="../../static/set.css", back="../../television")
        blueprint.register_blueprint(set_, url_prefix="/television/set")

    # --- pages ------------------------------------------------------------------------------------------------------

    def _page(self) -> BaseResponse:
        room, say = self._room, self._say
        scene, now = self._scene(), room.clock.now()
        trouble, moment = "", now
        sides: list[dict[str, Any]] = []
        try:
            for side in _sides(scene):
                sight = self._sight(side)
                moment = moment if sides else sight.moment
                sides.append(self._side(sight))
        except ChannelError as error:
            trouble = self._trouble(error)
        return room.page(
            "television.html", scene=scene, sides=sides, trouble=trouble, pages=room.channel.lineup.pages.values(),
            families=list(families(self._studio.profiles)), themes=self._studio.themes, beside=BESIDE, marks=MARKS,
            profiles=self._studio.profiles.values(), estate=self._named(scene.estate), at_field=stamp(moment, say),
            releases=[(past.id, self._when(past)) for past in self._studio.aired.releases()],
            now=now, quarters=round((moment - now) / timedelta(minutes=15)), most=QUARTERS, turns=self._turns(scene),
            text=room.texts.get(scene.text) if scene.text else None, set=self._set_address(scene, moment),
            sheet=url_for("desk.sheet", **_kept(scene, "estate", "profile", "size", "at", "release", "text")),
        )  # fmt: skip

    def _sheet(self) -> BaseResponse:
        room, scene = self._room, self._scene()
        shape = self._profile(scene)
        if shape.kind != "bitmap":
            scene = msgspec.structs.replace(scene, profile=self._pictured(), size="")
        trouble, sight = "", None
        try:
            sight = self._sight(scene)
        except ChannelError as error:
            trouble = self._trouble(error)
        titles = {page.category: page.label or page.title for page in heads(room.channel.lineup)}
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for page in room.channel.lineup.pages.values() if sight else ():
            one = msgspec.structs.replace(scene, page=page.number, item="", screen=1, beside="", box="", marks=())
            rows.setdefault(titles.get(page.category, page.title), []).append(
                (page, url_for("desk.television", **one.query), url_for("desk.picture", **one.query))
            )
        return room.page(
            "sheet.html", scene=scene, trouble=trouble, rows=rows, old=self._old(sight) if sight else {},
            when=self._moment(sight) if sight else "", wide=shape_of(self._profile(scene)),
            families=[f for f in families(self._studio.profiles) if self._studio.profiles[f.name].kind == "bitmap"],
            estate=self._named(scene.estate), at_field=stamp(sight.moment, self._say) if sight else scene.at,
            text=room.texts.get(scene.text) if scene.text else None,
        )  # fmt: skip

    # --- pictures ---------------------------------------------------------------------------------------------------

    def _picture(self) -> BaseResponse:
        sight = self._sight(self._scene())
        try:
            made = self._room.easel.picture(sight)
        except BusyError:
            return busy(self._say("The painters are busy: ask again in a moment."))
        return Response(made, content_type="image/png")

    def _marks(self) -> BaseResponse:
        sight = self._sight(self._scene())
        scene, studio = sight.scene, self._studio
        studio.check(scene.profile, scene.estate)
        screens = studio.screens(scene.page, scene.estate, scene.profile, sight.look, scene.item)
        screen = next((one for one in screens if one.number == scene.screen), None)
        if screen is None:
            raise NotFound(f"screen: found {scene.screen}, where page {scene.page} has {len(screens)}")
        old, everything = set[str](), False
        if "stale" in scene.marks:
            readings = studio.readings(scene.page, sight.look)
            stale = [one for one in readings if one.freshness in _OLD]
            everything = bool(readings) and len(stale) == len(readings)
            old = {record.id for one in stale if one.snapshot for record in one.snapshot.records}
        shape = studio.profiles[scene.profile]
        made = drawn.marked(screen, shape, scene.marks, old, all_stale=everything)
        return Response(made, content_type="image/svg+xml")

    # --- scenes -----------------------------------------------------------------------------------------------------

    def _scene(self) -> Scene:
        names = list(self._studio.profiles)
        scene = read(request.args, request.args.getlist("marks"), [self._pictured(), *names])
        if scene.text and "page" not in request.args:
            page = self._room.page_of(self._room.texts.get(scene.text))
            scene = msgspec.structs.replace(scene, page=page or scene.page)
        return msgspec.structs.replace(scene, estate=self._estate(scene.estate))

    def _sight(self, scene: Scene) -> Sight:
        begins = self._room.texts.get(scene.text).words.begins if scene.text else None
        scene = msgspec.structs.replace(scene, profile=self._profile(scene).id)
        return sight_of(scene, self._studio, begins, self._room.clock.now(), self._say)

    def _side(self, sight: Sight) -> dict[str, Any]:
        """A look as the page shows it. Raises NotFound and RenderError for what cannot be seen."""
        scene, studio = sight.scene, self._studio
        studio.check(scene.profile, scene.estate)
        shape = studio.profiles[scene.profile]
        screens = studio.screens(scene.page, scene.estate, scene.profile, sight.look, scene.item)
        bare = msgspec.structs.replace(scene, beside="", box="", marks=())
        at = f"{segment_of(sight.look)}/{scene.profile}/{scene.estate}/{scene.document('html')}"
        return {
            "scene": scene, "title": shape.title, "count": len(screens), "when": self._moment(sight),
            "wide": shape_of(shape), "canvas": shape.canvas, "words": screens[0].title if screens else "",
            "picture": url_for("desk.picture", **bare.query) if shape.kind == "bitmap" else "",
            "frame": "" if shape.kind == "bitmap" else f"{url_for('desk.preview.home')}at/{at}",
            "marks": url_for("desk.marks", **bare.query, marks=scene.marks) if scene.marks else "",
        }  # fmt: skip

    def _profile(self, scene: Scene) -> Profile:
        """The family of boxes, in the size of text that is asked for where it has that. Raises NotFound."""
        known = self._studio.profiles
        if scene.profile not in known:
            raise NotFound(f"profile: found {scene.profile!r}, which is not served")
        found = known[scene.profile]
        return known[found.large] if scene.size == "large" and found.large in known else found

    def _pictured(self) -> str:
        """The first family without a browser, else the first there is."""
        known = self._studio.profiles
        return next((name for name, shape in known.items() if shape.kind == "bitmap"), next(iter(known), ""))

    def _estate(self, typed: str) -> str:
        """The estate by its id, or by what somebody typed of its name."""
        known = self._room.channel.estates
        if typed in known or typed in (DISTRICT, self._say("Whole district")):
            return typed if typed in known else DISTRICT
        return next((found.id for found in search(typed, known.values())), typed)

    def _named(self, estate: str) -> str:
        known = self._room.channel.estates
        return known[estate].name if estate in known else self._say("Whole district") if estate == DISTRICT else estate

    # --- words ------------------------------------------------------------------------------------------------------

    def _moment(self, sight: Sight) -> str:
        """As what it is shown: on air, as it really was, or as it will be."""
        say, when = self._say, self._room.at_zone(sight.moment)
        if sight.scene.text:
            return say("with this text on air, {moment}", moment=when)
        if sight.then:
            return say("as it really was, {moment}, release {release}", moment=when, release=sight.look.release)
        if sight.look.release:
            return say("on air now, {moment}, release {release}", moment=when, release=sight.look.release)
        return say("as it will be, {moment}", moment=when)

    def _when(self, past: Any) -> str:
        return f"{self._room.at(past.since)} · {past.id}"

    def _trouble(self, error: ChannelError) -> str:
        if isinstance(error, PersonError):
            return sentence(error, self._say)
        return told(error, self._say)[1].replace("\n", " ")

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
        rest = _kept(scene, "estate", "profile", "size", "theme")
        return [
            (room.at(moment), told, url_for("desk.television", **rest, page=room.page_of(text), at=stamp(moment, say)))
            for moment, told, text in soon
        ]

    def _old(self, sight: Sight) -> dict[str, str]:
        """Which pages show what is out of date, in a word."""
        channel = self._room.channel
        names = {name for page in channel.lineup.pages.values() for name in page.sources.values()}
        states = self._studio.states(names, sight.look)
        return {
            page.number: self._say(_OLD[worst])
            for page in channel.lineup.pages.values()
            for worst in [next((s for s in reversed(_OLD) if s in {states[n] for n in page.sources.values()}), None)]
            if worst is not None
        }

    def _set_address(self, scene: Scene, moment: Any) -> str:
        """The same with the remote in hand."""
        sight = None
        try:
            sight = self._sight(scene)
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


def _kept(scene: Scene, *names: str) -> dict[str, Any]:
    return {name: value for name, value in scene.query.items() if name in names}


def shape_of(profile: Profile) -> str:
    """``wide`` for a set of 16:9, ``square`` for one of 4:3."""
    width, height = profile.canvas
    return "wide" if width * profile.pixel_aspect / height > 1.5 else "square"


def busy(words: str) -> BaseResponse:
    """The answer to what cannot be painted now."""
    answer = plain(503, words)
    answer.headers["Retry-After"] = "2"
    return answer
