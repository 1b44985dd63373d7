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


class Further(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where letters come from that the family lacks: a file for each weight in an installed package, ``scale`` times as
    large."""

    name: str
    package: str
    regular: str
    medium: str
    bold: str
    scale: Annotated[float, msgspec.Meta(ge=0.5, le=2)]
    licence: str
    origin: str
    css: tuple[str, ...] = ()


class Fallback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wider font that browsers have where they lack ours: its names, and to how many percent of its size it fits."""

    regular: tuple[str, ...]
    bold: tuple[str, ...]
    regular_fit: Annotated[int, msgspec.Meta(ge=50, le=100)]
    bold_fit: Annotated[int, msgspec.Meta(ge=50, le=100)]


class FontFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``fonts/fonts.toml`` says."""

    family: Family
    weights: Weights
    further: Further
    fallback: Fallback


@lru_cache(maxsize=1)
def settings() -> FontFile:
    """The checked contents of ``fonts.toml``."""
    with resources.as_file(resources.files("channel.fonts") / "fonts.toml") as path:
        return toml.load(path, FontFile)


@lru_cache(maxsize=1)
def font_path() -> Path:
    """Where the font file lies. Raises PersonError when it is not installed."""
    family = settings().family
    return _located("family", family.package, family.file)


@lru_cache(maxsize=3)
def further_path(weight: Weight) -> Path:
    """Where the file lies that has the letters which the family lacks. Raises PersonError when it is not installed."""
    further = settings().further
    return _located("further", further.package, getattr(further, weight))


def _located(table: str, package: str, file: str) -> Path:
    path = Path(file)
    if package:
        try:
            path = Path(str(import_module(package).__file__)).parent / file
        except ImportError:
            raise PersonError(
                f"fonts.toml: {table}.package: found {package!r}, which is not installed",
                hint="pip install 'service-channel[station]'",
            ) from None
    if not path.is_file():
        raise PersonError(f"fonts.toml: {table}: found {path}, expected a font file")
    return path


@lru_cache(maxsize=64)
def face(size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    """The face at ``size`` px. The layout engine is fixed, because BASIC and RAQM place glyphs differently."""
    font = ImageFont.truetype(str(font_path()), size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([getattr(settings().weights, weight)])
    return font


@lru_cache(maxsize=64)
def further_face(size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    """The face of the letters that the family lacks, as tall as its own at ``size`` px."""
    scaled = round(size * settings().further.scale)
    return ImageFont.truetype(str(further_path(weight)), scaled, layout_engine=ImageFont.Layout.BASIC)


def face_of(char: str, size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    """The face that draws ``char``: the family's own, unless only the further one has it."""
    return face(size, weight) if is_own(char) or not _is_further(char) else further_face(size, weight)


def engine_versions() -> str:
    """The libraries and the font on which the pixels of a glyph depend."""
    from PIL import __version__

    stat = font_path().stat()
    weights = settings().weights
    axis = f"{weights.regular}/{weights.medium}/{weights.bold}"
    more = " ".join(f"{further_path(w).name} {further_path(w).stat().st_size}" for w in ("medium", "bold"))
    return (
        f"pillow {__version__} freetype {features.version('freetype2')} {font_path().name} {stat.st_size} {axis} {more}"
    )


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
        self._size, self._weight = size, weight
        self._unit = face(_UNIT, weight)

    def __missing__(self, char: str) -> float:
        unit = self._unit if char < "\x7f" else face_of(char, _UNIT, self._weight)
        width = unit.getlength(char) * self._size / _UNIT
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
def is_own(char: str) -> bool:
    """Whether the family has a picture of ``char`` (white space counts as having one)."""
    return char in " \u00a0\u3000\u2002\u2003\u2009" or bytes(face(40, "regular").getmask(char)) != _notdef()


@lru_cache(maxsize=20_000)
def _is_further(char: str) -> bool:
    missing = bytes(further_face(40, "regular").getmask("\U0010fffd"))
    return bytes(further_face(40, "regular").getmask(char)) != missing


def has_glyph(char: str) -> bool:
    """Whether there is a picture of ``char``."""
    return is_own(char) or _is_further(char)
