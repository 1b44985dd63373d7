"""Scenes as they are asked for at the desk: read from the address, with what they name looked up, and told in words."""

from __future__ import annotations

import msgspec
from flask import request

from broadcaster.desk.refusal import sentence
from broadcaster.desk.room import Room
from broadcaster.desk.scene import Scene, Sight, read, sight_of
from broadcaster.preview.blueprint import search
from broadcaster.preview.trouble import told
from channel.estates import DISTRICT
from channel.profiles import Profile
from feeds.base.errors import ChannelError, NotFound, PersonError


class Scenes:
    """The scenes of a room."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say

    def asked(self) -> Scene:
        """The scene of the request's address."""
        names = list(self._room.studio.profiles)
        scene = read(request.args, request.args.getlist("marks"), [self.pictured(), *names])
        if scene.text and "page" not in request.args:
            page = self._room.page_of(self._room.texts.get(scene.text))
            scene = msgspec.structs.replace(scene, page=page or scene.page)
        return msgspec.structs.replace(scene, estate=self._estate(scene.estate))

    def sight(self, scene: Scene) -> Sight:
        """As what a scene is painted. Raises NotFound, PersonError."""
        begins = self._room.texts.get(scene.text).words.begins if scene.text else None
        scene = msgspec.structs.replace(scene, profile=self.profile(scene).id)
        return sight_of(scene, self._room.studio, begins, self._room.clock.now(), self._say)

    def profile(self, scene: Scene) -> Profile:
        """The family of boxes, in the size of text that is asked for where it has that. Raises NotFound."""
        known = self._room.studio.profiles
        if scene.profile not in known:
            raise NotFound(f"profile: found {scene.profile!r}, which is not served")
        found = known[scene.profile]
        return known[found.large] if scene.size == "large" and found.large in known else found

    def pictured(self) -> str:
        """The first family without a browser, else the first there is."""
        known = self._room.studio.profiles
        return next((name for name, shape in known.items() if shape.kind == "bitmap"), next(iter(known), ""))

    def _estate(self, typed: str) -> str:
        """The estate by its id, or by what somebody typed of its name."""
        known = self._room.channel.estates
        if typed in known or typed in (DISTRICT, self._say("Whole district")):
            return typed if typed in known else DISTRICT
        return next((found.id for found in search(typed, known.values())), typed)

    def named(self, estate: str) -> str:
        """An estate's name, as it is typed."""
        known = self._room.channel.estates
        return known[estate].name if estate in known else self._say("Whole district") if estate == DISTRICT else estate

    def moment(self, sight: Sight) -> str:
        """As what it is shown: on air, as it really was, or as it will be."""
        say, when = self._say, self._room.at_zone(sight.moment)
        if sight.scene.text:
            return say("with this text on air, {moment}", moment=when)
        if sight.look.is_recorded:
            proved = self._room.studio.aired.told(sight.scene.page, sight.scene.estate, sight.look.moment).proved
            if proved:
                return say("as it really was, {moment}, said again and proved by the record", moment=when)
            return say("as it may have been, {moment}: the record does not prove it", moment=when)
        if sight.then:
            return say("as it really was, {moment}, release {release}", moment=when, release=sight.look.release)
        if sight.look.release:
            return say("on air now, {moment}, release {release}", moment=when, release=sight.look.release)
        return say("as it will be, {moment}", moment=when)

    def trouble(self, error: ChannelError) -> str:
        """What cannot be seen, for an editor."""
        if isinstance(error, PersonError) and not isinstance(error, NotFound):
            return sentence(error, self._say)
        return told(error, self._say)[1].partition("\n")[0]
