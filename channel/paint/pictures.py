"""The names of pictures: each leads to its recipe, so that whoever is asked for one can paint it.

::

    {said 32}{item 8}{day 6}{page 3}{look 8}-{screen}-{number}.png    a picture of a page, or of one of its items
                                                              .jpg    one of the channel's own
    i{svg 8}{w 3}{h 3}{ink 6}{ground 6}{raster 4}.png                 an icon, the same for all pages

``said`` is the hash of the words that are shown, ``look`` of the box family, the engine and the declarations. All is in
hexadecimal digits, fixed in length, and nothing of it is text: what a name asks for is looked up, never taken over.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from channel.paint.icons import read_icon

_PICTURE = re.compile(
    r"(?P<said>[0-9a-f]{32})(?P<item>[0-9a-f]{8})(?P<day>[0-9a-f]{6})(?P<page>[0-9]{3})(?P<look>[0-9a-f]{8})"
    r"-[0-9]{1,2}-[0-9]{1,3}\.(?:png|jpg)"
)
_ICON = re.compile(
    r"i(?P<svg>[0-9a-f]{8})(?P<w>[0-9a-f]{3})(?P<h>[0-9a-f]{3})(?P<ink>[0-9a-f]{6})(?P<ground>[0-9a-f]{6})[0-9a-f]{4}\.png"
)
NO_ITEM = "00000000"


class PictureOf(NamedTuple):
    """What a picture's name says of it; ``item`` names the item by its hash, ``day`` is None on a page that names no
    source."""

    said: bytes
    item: str
    day: date | None
    page: str
    look: str

    @property
    def prefix(self) -> str:
        """What the names of all pictures of these screens begin with."""
        day = self.day.toordinal() if self.day else 0
        return f"{self.said.hex()}{self.item}{day:06x}{self.page}{self.look}"


class IconOf(NamedTuple):
    """An icon by the hash of its file, its size in pixels and its two colours (six hexadecimal digits)."""

    svg: str
    w: int
    h: int
    ink: str
    ground: str


def named(name: str) -> PictureOf | IconOf | None:
    """What ``/assets/{name}`` is a picture of; None for a name that we do not give."""
    if match := _PICTURE.fullmatch(name):
        day = int(match["day"], 16)
        when = date.fromordinal(day) if 0 < day <= date.max.toordinal() else None
        return PictureOf(bytes.fromhex(match["said"]), match["item"], when, match["page"], match["look"])
    if match := _ICON.fullmatch(name):
        return IconOf(match["svg"], int(match["w"], 16), int(match["h"], 16), match["ink"], match["ground"])
    return None


def bundle_of(name: str) -> str:
    """What is kept together with a picture: all of the same screens, an icon alone; empty for a name that we do not
    give."""
    if _PICTURE.fullmatch(name):
        return name.partition("-")[0]
    return name if _ICON.fullmatch(name) else ""


def picture_name(prefix: str, screen: int, number: int, ext: str = "png") -> str:
    """The name of a screen's picture; number 0 is the whole canvas."""
    return f"{prefix}-{screen}-{number}.{ext}"


@lru_cache(maxsize=4096)
def item_of(ident: str) -> str:
    """What stands for an item in a picture's name."""
    return _short(ident.encode()) if ident else NO_ITEM


@lru_cache(maxsize=4096)
def icon_name(name: str, w: int, h: int, ink: str, ground: str, folder: Path | None) -> str:
    """The name of an icon's picture; colours as ``#RRGGBB``. Raises MarkupError for an icon that is not there."""
    return f"i{svg_of(name, folder)}{w:03x}{h:03x}{ink[1:].lower()}{ground[1:].lower()}{_raster()}.png"


@lru_cache(maxsize=1024)
def svg_of(name: str, folder: Path | None) -> str:
    """The hash of an icon's file. Raises MarkupError."""
    return _short(read_icon(name, folder).encode())


@lru_cache(maxsize=1)
def _raster() -> str:
    """The code that turns an icon into pixels: another one, other names."""
    # Read, not loaded: whoever only names pictures has no use for what paints them.
    state = hashlib.blake2b(version("pillow").encode(), digest_size=2)
    for module in ("raster", "palette"):
        state.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    return state.hexdigest()


def _short(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=4).hexdigest()


def look_of(data: bytes) -> str:
    """What names a box family, an engine and declarations together."""
    return _short(data)
