"""Views select and shape records for a page, one module each, found by walking this package.

The content types (``content``) are what layouts receive. Views know nothing of pixels, profiles or painters.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast

from channel.lineup import Lineup
from channel.views.base import Inputs, View, parse_options
from channel.views.content import Content
from feeds.base.errors import PersonError

__all__ = ["Content", "Inputs", "View", "check", "make", "views"]

_NO_VIEWS = frozenset({"base", "content"})


@cache
def views() -> Mapping[str, View]:
    """Every view's module by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {
        name: cast("View", importlib.import_module(f"{__name__}.{name}"))
        for name in names
        if name not in _NO_VIEWS and not name.startswith("_")
    }


def make(inputs: Inputs) -> Content:
    """The content of the inputs' page. Raises PersonError for a view that is not there or options it does not know."""
    found = views().get(inputs.page.view)
    if found is None:
        raise PersonError(f"page.{inputs.page.number}.view: found {inputs.page.view!r}, expected a view")
    return found.view(inputs)


def check(lineup: Lineup, path: Path) -> None:
    """Hold every page's options against its view. Raises PersonError with file, key, found and expected."""
    for page in lineup.pages.values():
        found = views().get(page.view)
        if found is None:
            raise PersonError(f"{path}: page.{page.number}.view: found {page.view!r}, expected a view")
        try:
            parse_options(page, found.Options)
        except PersonError as error:
            raise PersonError(f"{path.parent}/{error.message}", hint=error.hint) from None
