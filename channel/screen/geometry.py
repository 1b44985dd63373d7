"""Geometry of a family of canvases: sizes of type by role, and the numbers that layouts place things with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from feeds.base import toml
from feeds.base.errors import PersonError


class Geometry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``layouts/metrics/NAME.toml``: the drawn canvas (square pixels), type sizes by role, and a table a layout.

    ``stretch`` is the factor from drawn to stored pixels across (0.9375 on SD, whose pixels are wide); ``lines`` the
    stored height, by which legibility is judged.
    """

    name: str
    width: int
    height: int
    type: dict[str, int]
    frame: dict[str, Any]
    layouts: dict[str, dict[str, Any]]
    stretch: float = 1.0
    floor: int = 24
    body: int = 30
    large: bool = False

    @property
    def mark(self) -> tuple[int, int, int, int]:
        """The place of a warning's mark in the header: x, y, w, h."""
        x, y, w, h = (int(self.frame[f"mark_{key}"]) for key in "xywh")
        return x, y, w, h

    @property
    def echo(self) -> tuple[int, int, int, int]:
        """The place of what the script says in few words, over number and title in the header: x, y, w, h."""
        frame = self.frame
        x, y = int(frame["left"]), int(frame["tab_y"]) - 4
        return x, y, int(frame["title_x"]) + int(frame["title_w"]) - x, int(frame["tab_h"]) + 8


@lru_cache(maxsize=16)
def load_geometry(name: str, folder: Path | None = None) -> Geometry:
    """The checked geometry of that name. Raises PersonError.

    ``folder`` is a channel's own layouts folder: its ``metrics/NAME.toml`` may hold only what it adds or changes, such
    as the table of a layout of its own.
    """
    house = Path(str(resources.files("channel.layouts")))
    paths = [base / "metrics" / f"{name}.toml" for base in (house, folder) if base is not None]
    found = [path for path in paths if path.is_file()]
    if not found:
        known = [p.stem for p in sorted((house / "metrics").glob("*.toml"))]
        raise PersonError(f"metrics: found {name!r}, expected one of: {', '.join(known)}{toml.nearest(name, known)}")
    table: dict[str, Any] = {"name": name}
    for path in found:
        table = _laid_over(table, toml.read(path))
    return toml.convert(table, Geometry, where=str(found[-1]))


def _laid_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with the values of ``over``, tables key by key."""
    out = dict(base)
    for key, value in over.items():
        below = out.get(key)
        out[key] = _laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return out
