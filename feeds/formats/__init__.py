"""The data formats, one module each, found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from feeds.base.errors import PersonError
from feeds.base.toml import nearest
from feeds.formats.base import (
    Document,
    Evidence,
    Format,
    Links,
    Overview,
    Parsed,
    carry_of,
    is_linked,
    links_of,
    no_links,
    sniff_of,
)

__all__ = [
    "Document",
    "Evidence",
    "Format",
    "Links",
    "Overview",
    "Parsed",
    "carry_of",
    "format_names",
    "formats",
    "is_linked",
    "links_of",
    "no_links",
    "sniff_of",
]

GROUP = "service_channel.formats"
"""The entry point group by which other packages bring formats: ``name = package.module``."""


class _Formats(Mapping[str, Format]):
    """Formats by name; a module is imported when it is first asked for, so that start stays fast."""

    def __getitem__(self, name: str) -> Format:
        places = _places()
        if name not in places:
            raise KeyError(name)
        place = places[name]
        module = place.load() if isinstance(place, EntryPoint) else importlib.import_module(place)
        return cast("Format", module)

    def __iter__(self) -> Iterator[str]:
        return iter(_places())

    def __len__(self) -> int:
        return len(_places())


@cache
def _places() -> dict[str, str | EntryPoint]:
    """Where each format is; one of ours cannot be replaced from outside."""
    foreign: dict[str, str | EntryPoint] = {entry.name: entry for entry in entry_points(group=GROUP)}
    ours = {
        module.name: f"{__name__}.{module.name}"
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_") and module.name not in ("base", "glance")
    }
    return dict(sorted({**foreign, **ours}.items()))


def formats() -> Mapping[str, Format]:
    """Every format by name."""
    return _Formats()


def format_names() -> frozenset[str]:
    """The names that ``format`` may have in ``sources.toml``; imports none of them."""
    return frozenset(_places())


def get(name: str) -> Format:
    """The format called ``name``. Raises PersonError with the nearest name that is known."""
    try:
        return formats()[name]
    except KeyError:
        expected = ", ".join(sorted(format_names()))
        raise PersonError(
            f"format: found {name!r}, expected one of: {expected}{nearest(name, format_names())}"
        ) from None
