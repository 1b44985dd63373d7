"""Themes: colours by token, as data, checked when they are loaded."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec

from channel.paint.icons import icon_folder
from channel.screen.legibility import THINNEST
from channel.screen.pieces import Fill
from feeds.base import toml
from feeds.base.errors import PersonError

Hex = Annotated[str, msgspec.Meta(pattern="^#[0-9A-Fa-f]{6}$")]
TOKENS = (
    "ground", "bar", "panel", "panel2", "text", "text2", "brand", "onbrand", "focus", "onfocus", "ring", "red", "green",
    "yellow", "warn", "blue", "onkey", "onyellow", "button", "line",
)  # fmt: skip
"""The colours that every theme names; ``edge`` besides where it draws edges."""


DARKEST, LIGHTEST = 16, 235
"""What a set can show of a channel (BT.601, 2.5.1): beyond it colours clip, smear and hum."""
Edge = Annotated[int, msgspec.Meta(ge=0, le=12)]


class Edges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pixels of the edge round panels and round key marks: 3 at least, thinner ones flicker; 0: none."""

    panels: Edge = 0
    keys: Edge = 0


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, eq=False):
    """``layouts/themes/NAME.toml``."""

    name: str
    title: str
    colors: dict[str, Hex]
    edges: Edges = Edges()


class Theme(ThemeFile, frozen=True, eq=False):
    """A theme with what is painted in it: ``icons`` is the folder of a channel's own, beside its themes."""

    icons: Path | None = None

    def rgb(self, token: str) -> tuple[int, int, int]:
        """The colour of a token, 0..255 a channel."""
        return rgb_of(self.colors[token])

    @property
    def printed(self) -> tuple[str, str]:
        """The tokens of ink and paper for what is dark on light in every theme."""
        dark, light = sorted(("ground", "text"), key=lambda token: sum(self.rgb(token)))
        return dark, light

    def edge(self, item: Fill) -> int:
        """Pixels of the edge that both painters draw inside a fill: round panels, and round the square key marks."""
        if item.panel and self.edges.panels and item.color == "panel":
            return self.edges.panels
        return self.edges.keys if item.color in ("red", "green", "yellow", "blue") and item.w == item.h else 0


def rgb_of(value: str) -> tuple[int, int, int]:
    """``#RRGGBB`` as numbers, 0..255 a channel."""
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


@lru_cache(maxsize=16)
def load_theme(name: str, folder: Path | None = None) -> Theme:
    """The checked theme of that name; ``folder`` is another layouts folder. Raises PersonError."""
    own = Path(str(resources.files("channel.layouts"))) / "themes"
    paths = [base / "themes" / f"{name}.toml" for base in (folder,) if base] + [own / f"{name}.toml"]
    path = next((p for p in paths if p.is_file()), None)
    if path is None:
        known = sorted(p.stem for p in own.glob("*.toml"))
        raise PersonError(f"theme: found {name!r}, expected one of: {', '.join(known)}{toml.nearest(name, known)}")
    file = toml.convert({"name": name, **toml.read(path)}, ThemeFile, where=str(path))
    theme = Theme(file.name, file.title, file.colors, file.edges, icon_folder(folder))
    missing = [token for token in TOKENS if token not in theme.colors]
    if missing:
        raise PersonError(f"{path}: colors: found no {', '.join(missing)}, expected every token")
    _check(theme, path)
    return theme


def _check(theme: Theme, path: Path) -> None:
    """Raises PersonError for a colour that sets cannot show, and for an edge that flickers."""
    for token, value in theme.colors.items():
        if any(not DARKEST <= channel <= LIGHTEST for channel in theme.rgb(token)):
            raise PersonError(
                f"{path}: colors.{token}: found {value!r}, expected channels of {DARKEST} to {LIGHTEST}"
                f" (#{DARKEST:02X} to #{LIGHTEST:02X} each), which is what a television can show"
            )
    for name in ("panels", "keys"):
        width = getattr(theme.edges, name)
        if 0 < width < THINNEST:
            raise PersonError(f"{path}: edges.{name}: found {width}, expected 0 or {THINNEST} px at least")
        if width and "edge" not in theme.colors:
            raise PersonError(f"{path}: colors: found no edge, expected it where edges.{name} is set")
