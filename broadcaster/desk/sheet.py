"""Every page of the line-up at once, small, to look over before the evening: ``/television/sheet``."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.room import Room
from broadcaster.desk.scene import Sight
from broadcaster.desk.scenes import Scenes
from broadcaster.desk.television import OLD, shape_of
from broadcaster.preview.blueprint import families
from channel.views.menu import heads
from feeds.base.errors import ChannelError


class Sheet:
    """``/television/sheet``."""

    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say
        self._scenes = Scenes(room)

    def register(self, blueprint: Blueprint) -> None:
        """Add the address."""
        blueprint.add_url_rule("/television/sheet", "sheet", self._sheet)

    def _sheet(self) -> BaseResponse:
        room, scene = self._room, self._scenes.asked()
        shape = self._scenes.profile(scene)
        if shape.kind != "bitmap":
            scene = msgspec.structs.replace(scene, profile=self._scenes.pictured(), size="")
        trouble, when, sight = "", "", None
        try:
            found = self._scenes.sight(scene)
            when, sight = self._scenes.moment(found), found
        except ChannelError as error:
            trouble = self._scenes.trouble(error)
        titles = {page.category: page.label or page.title for page in heads(room.channel.lineup)}
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for page in room.channel.lineup.pages.values() if sight else ():
            one = msgspec.structs.replace(scene, page=page.number, item="", screen=1, beside="", box="", marks=())
            rows.setdefault(titles.get(page.category, page.title), []).append(
                (page, url_for("desk.television", **one.query), url_for("desk.screen", **one.query))
            )
        known = room.studio.profiles
        return room.page(
            "sheet.html", scene=scene, trouble=trouble, rows=rows, old=self._old(sight) if sight else {},
            when=when, wide=shape_of(self._scenes.profile(scene)),
            families=[f for f in families(known, room.say) if known[f.name].kind == "bitmap"],
            estate=self._scenes.named(scene.estate),
            text=room.texts.get(scene.text) if scene.text else None,
        )  # fmt: skip

    def _old(self, sight: Sight) -> dict[str, str]:
        """Which pages show what is out of date, in a word."""
        channel = self._room.channel
        names = {name for page in channel.lineup.pages.values() for name in page.sources.values()}
        states = self._room.studio.states(names, sight.look)
        return {
            page.number: self._say(OLD[worst])
            for page in channel.lineup.pages.values()
            for worst in [next((s for s in reversed(OLD) if s in {states[n] for n in page.sources.values()}), None)]
            if worst is not None
        }
