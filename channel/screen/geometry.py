"""Geometry of a family of canvases: sizes of type by role, and the numbers that layouts place things with."""

from __future__ import annotations

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


@lru_cache(maxsize=16)
def load_geometry(name: str, folder: Path | None = None) -> Geometry:
    """The checked geometry of that name; ``folder`` is another layouts folder. Raises PersonError."""
    base = folder or Path(str(resources.files("channel.layouts")))
    path = base / "metrics" / f"{name}.toml"
    if not path.is_file():
        known = [p.stem for p in sorted((base / "metrics").glob("*.toml"))]
        raise PersonError(f"metrics: found {name!r}, expected one of: {', '.join(known)}{toml.nearest(name, known)}")
    return toml.convert({"name": name, **toml.read(path)}, Geometry, where=str(path))
