"""What a channel's files may name: the views, layouts, icons, themes and families of boxes that come with the project,
and those of the channel's own folder."""

from __future__ import annotations

import importlib.util
import pkgutil
from importlib.resources import files
from pathlib import Path

_VIEWS = "channel.views"
_NO_VIEWS = frozenset({"base", "content", "down", "words"})


def view_names() -> frozenset[str]:
    """The names that ``view`` may have in ``lineup.toml``: the modules of ``channel.views``, none of them imported.

    Views stand above settings, so their package is looked at, not loaded.
    """
    spec = importlib.util.find_spec(_VIEWS)
    paths = spec.submodule_search_locations if spec else None
    names = {module.name for module in pkgutil.iter_modules(paths)}
    return frozenset(name for name in names - _NO_VIEWS if not name.startswith("_"))


def layout_names(folder: Path, layouts: str) -> frozenset[str]:
    """The names that ``layout`` may have: the templates that come with the channel, and those of its own folder."""
    names = {Path(entry.name).stem for entry in files("channel.layouts").iterdir() if entry.name.endswith(".xml")}
    if layouts:
        names |= {path.stem for path in (folder / layouts).glob("*.xml")}
    return frozenset(name for name in names if not name.startswith("_"))


def icon_names(folder: Path, layouts: str) -> frozenset[str]:
    """The names that ``icon`` may have: those that come with the channel, and those of its own folder."""
    house = (files("channel.layouts") / "icons").iterdir()
    names = {Path(entry.name).stem for entry in house if entry.name.endswith(".svg")}
    if layouts:
        names |= {path.stem for path in (folder / layouts / "icons").glob("*.svg")}
    return frozenset(names)


def theme_names(folder: Path, layouts: str) -> frozenset[str]:
    """The names that ``theme`` may have: those that come with the channel, and those of its own folder."""
    house = (files("channel.layouts") / "themes").iterdir()
    names = {Path(entry.name).stem for entry in house if entry.name.endswith(".toml")}
    if layouts:
        names |= {path.stem for path in (folder / layouts / "themes").glob("*.toml")}
    return frozenset(names)


def profile_names(folder: Path) -> frozenset[str]:
    """The profiles that come with the channel, and those of ``folder/profiles``."""
    names = {Path(entry.name).stem for entry in files("channel.profiles").iterdir() if entry.name.endswith(".toml")}
    names |= {path.stem for path in (folder / "profiles").glob("*.toml")}
    return frozenset(names)
