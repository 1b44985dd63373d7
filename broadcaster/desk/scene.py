"""What is looked at on the desk's television, all of it in the query of an address: whoever has the link sees the same.

::

    page=115  item=desk12  screen=2   what
    estate=mh0001  profile=bitmap-hd  size=large   where, on which boxes
    theme=day                         another theme than the channel's
    at=2026-11-27T18:00               when, on the channel's clock; none: what is on air now
    release=r000017-3fa9c2            as that release had it
    text=12                           with a text of the desk as if it were approved
    beside=air  beside=box&box=web-hd what stands beside it
    marks=safe                        what is drawn over it
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from broadcaster.desk.edits import WITH
from broadcaster.desk.forms import moment_of, written
from broadcaster.preview.looks import Look, segment_of
from broadcaster.preview.studio import Studio
from channel.estates import DISTRICT
from channel.paint.addresses import document
from channel.words import N_, Say
from feeds.base.errors import NotFound

MARKS = {
    "safe": N_("Safe area"), "focus": N_("Order of the focus"), "text": N_("Room of texts, with 8 %"),
    "stale": N_("What is out of date"), "differing": N_("Where both differ"),
}  # fmt: skip
"""What can be drawn over a picture."""
DIFFERING = "differing"
"""The one that is of two pictures."""
BESIDE = {"": N_("Nothing"), "air": N_("What is on air now"), "box": N_("Another box")}
_NAME = re.compile(r"[a-z0-9-]{1,40}")
_PAGE = re.compile(r"[1-9][0-9]{2}")
_MOST_SCREENS = 99
_PAST = timedelta(minutes=1)


class Scene(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One view of the television; names as they stand in an address, whether or not there is such a thing."""

    page: str = "100"
    item: str = ""
    screen: int = 1
    estate: str = DISTRICT
    profile: str = ""
    size: str = ""
    theme: str = ""
    at: str = ""
    release: str = ""
    text: int = 0
    beside: str = ""
    box: str = ""
    marks: tuple[str, ...] = ()

    @property
    def query(self) -> dict[str, Any]:
        """The scene as an address has it: what differs from the usual."""
        return {name: value for name, value in msgspec.to_builtins(self).items() if value}

    def document(self, ending: str) -> str:
        """The name of the document, relative to its estate."""
        return document(self.page, self.item, self.screen, ending)


def read(query: Mapping[str, str], marks: Iterable[str], profiles: Iterable[str]) -> Scene:
    """The scene of an address; what is no name is the usual one, for it would name nothing."""
    first = next(iter(profiles), "")

    def name(key: str, usual: str = "") -> str:
        found = query.get(key, "")
        return found if _NAME.fullmatch(found) else usual

    number, _, item = query.get("page", "").partition(".")
    return Scene(
        page=number if _PAGE.fullmatch(number) else "100", item=item if _NAME.fullmatch(item) else name("item"),
        screen=min(max(_number(query, "screen"), 1), _MOST_SCREENS), estate=query.get("estate", "")[:64] or DISTRICT,
        profile=name("profile", first), size=name("size"), theme=name("theme"),
        at=query.get("at", "")[:40], release=name("release"),
        text=_number(query, "text"), beside=name("beside"), box=name("box"),
        marks=tuple(mark for mark in MARKS if mark in set(marks)),
    )  # fmt: skip


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """A scene as it is painted: ``look`` is as what; ``then`` says whether it is the past, and was really so."""

    scene: Scene
    look: Look
    moment: datetime
    then: bool = False


def sight_of(scene: Scene, studio: Studio, begins: datetime | None, now: datetime, say: Say) -> Sight:
    """As what a scene is painted: a release, of the past or on air, or what texts and sources will say. ``begins`` is
    when the scene's text does. Raises NotFound, PersonError."""
    moment = moment_of("at", scene.at, say) if scene.at else max(now, begins) if scene.text and begins else now
    of = f"{WITH}{scene.text}" if scene.text else scene.release
    if not of and not scene.at:
        current = studio.aired.current()
        of = current.id if current and current.has_pages else ""
    elif not of and moment < now - _PAST:
        of = studio.aired.at(scene.estate, moment)
    past = bool(of) and not scene.text and bool(scene.at or scene.release)
    look = studio.look(segment_of(Look(moment, scene.theme, of=of)))
    return Sight(scene=scene, look=look, moment=moment, then=past)


def kept(scene: Scene, *names: str) -> dict[str, Any]:
    """What an address has of the fields of these names."""
    return {name: value for name, value in scene.query.items() if name in names}


def stamp(moment: datetime, say: Say) -> str:
    """A moment as ``at`` has it."""
    return written(moment, say)


def _number(query: Mapping[str, str], key: str) -> int:
    found = query.get(key, "")
    if found and not (found.isdecimal() and len(found) < 10):
        raise NotFound(f"{key}: found {found[:20]!r}, which is no number")
    return int(found or 0)
