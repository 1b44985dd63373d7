"""Font faces and measured text. The one place that opens fonts; sizes and widths are in pixels."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from PIL import ImageFont, features

from feeds.base import toml
from feeds.base.errors import PersonError

Weight: TypeAlias = Literal["regular", "medium", "bold"]
WIDER = 1.08
"""A box draws with its own font: text must still fit when every glyph is 8 % wider than ours."""

_UNIT = 1000


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The font family: a file in an installed package, or an absolute path, and names for style sheets."""

    name: str
    file: str
    licence: str
    origin: str
    css: tuple[str, ...]
    package: str = ""


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points on the weight axis of a variable font."""

    regular: Annotated[int, msgspec.Meta(ge=100, le=900)]
    medium: Annotated[int, msgspec.Meta(ge=100, le=900)]
    bold: Annotated[int, msgspec.Meta(ge=100, le=900)]


class FontFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``fonts/fonts.toml`` says."""

    family: Family
    weights: Weights


@lru_cache(maxsize=1)
def settings() -> FontFile:
    """The checked contents of ``fonts.toml``."""
    with resources.as_file(resources.files("channel.fonts") / "fonts.toml") as path:
        return toml.load(path, FontFile)


@lru_cache(maxsize=1)
def font_path() -> Path:
    """Where the font file lies. Raises PersonError when it is not installed."""
    family = settings().family
    if not family.package:
        path = Path(family.file)
    else:
        try:
            path = Path(str(import_module(family.package).__file__)).parent / family.file
        except ImportError:
            raise PersonError(
                f"fonts.toml: family.package: found {family.package!r}, which is not installed",
                hint="pip install 'service-channel[station]'",
            ) from None
    if not path.is_file():
        raise PersonError(f"fonts.toml: family.file: found {path}, expected a font file")
    return path


@lru_cache(maxsize=64)
def face(size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    """The face at ``size`` px. The layout engine is fixed, because BASIC and RAQM place glyphs differently."""
    font = ImageFont.truetype(str(font_path()), size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([getattr(settings().weights, weight)])
    return font


def engine_versions() -> str:
    """The libraries and the font on which the pixels of a glyph depend."""
    from PIL import __version__

    stat = font_path().stat()
    weights = settings().weights
    axis = f"{weights.regular}/{weights.medium}/{weights.bold}"
    return f"pillow {__version__} freetype {features.version('freetype2')} {font_path().name} {stat.st_size} {axis}"


@lru_cache(maxsize=64)
def metrics(size: int) -> tuple[int, int]:
    """Ascent and descent in px of every weight at ``size``, each rounded by itself as browsers do."""
    ascent, descent = face(_UNIT, "regular").getmetrics()
    return round(ascent * size / _UNIT), round(descent * size / _UNIT)


FULL_WIDTH = frozenset("—")
"""Marks that stand on a whole square between Han (the font's ``locl`` feature), though their own glyph is narrower."""


class Advances(dict[str, float]):
    """Advance widths in px by character at one size and weight, as the font has them, without kerning.

    They are fractions, as in a browser: a line's width then agrees with its own, and equal strings still align.
    """

    def __init__(self, size: int, weight: Weight) -> None:
        super().__init__()
        self._size = size
        self._unit = face(_UNIT, weight)

    def __missing__(self, char: str) -> float:
        width = self._unit.getlength(char) * self._size / _UNIT
        if char in FULL_WIDTH:
            width = float(self._size)
        self[char] = width
        return width


@lru_cache(maxsize=128)
def advances(size: int, weight: Weight) -> Advances:
    """The advance widths at ``size`` px."""
    return Advances(size, weight)


@lru_cache(maxsize=20_000)
def width(text: str, size: int, weight: Weight) -> int:
    """Width of one line of ``text`` in px, without kerning."""
    table = advances(size, weight)
    if text in FULL_WIDTH:
        # Alone, with no Han beside it, the mark keeps its own width.
        return round(face(_UNIT, weight).getlength(text) * size / _UNIT)
    return round(sum([table[char] for char in text]))


@lru_cache(maxsize=1)
def _notdef() -> bytes:
    return bytes(face(40, "regular").getmask("\U0010fffd"))


@lru_cache(maxsize=20_000)
def has_glyph(char: str) -> bool:
    """Whether the font has a picture of ``char`` (white space counts as having one)."""
    return char.isspace() or bytes(face(40, "regular").getmask(char)) != _notdef()
