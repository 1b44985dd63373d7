"""The line-up: the numbered pages of a channel, as ``lineup.toml`` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from feeds.base import toml
from feeds.base.errors import NotFound, PersonError


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One numbered page.

    ``sources`` gives each role that the view asks for a source's id. ``scope`` is ``estate`` when the page differs by
    estate. ``parent`` is where BACK leads (empty: the category's menu, else 100). ``options`` are the view's own.
    """

    number: Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{2}$")]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=9)]
    category: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,20}$")]
    layout: str
    view: str
    sources: dict[str, str] = {}
    scope: Literal["district", "estate"] = "district"
    parent: str = ""
    icon: str = ""
    label: str = ""
    """Four Han on a menu tile; empty: the title."""
    detail: str = "article"
    """Layout of the page's items."""
    red: tuple[str, str] | None = None
    """Label and target of the red key."""
    green: tuple[str, str] | None = None
    options: dict[str, Any] = {}


@dataclass(frozen=True)
class Lineup:
    """The pages by number, in the order of their numbers."""

    pages: Mapping[str, Page]

    def page(self, number: str) -> Page:
        """The page of that number. Raises NotFound."""
        try:
            return self.pages[number]
        except KeyError:
            raise NotFound(f"page: found {number!r}, which is not in the line-up") from None

    def parent(self, page: Page) -> str:
        """The number of the page that BACK leads to; empty for the home page."""
        if page.number == "100":
            return ""
        if page.parent:
            return page.parent
        menus = (p for p in self.pages.values() if p.category == page.category and p.layout == "menu")
        menu = next(menus, None)
        return menu.number if menu and menu.number != page.number else "100"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    page: dict[str, dict[str, Any]]


def load_lineup(path: Path, *, sources: frozenset[str], views: frozenset[str], layouts: frozenset[str]) -> Lineup:
    """The checked line-up of ``path``, whose tables are ``[page.201]``. Raises PersonError.

    A number given twice is found by TOML itself, with its line; so are unknown sources, views, layouts and targets.
    """
    file = toml.load(path, _File)
    pages = {}
    for number, table in sorted(file.page.items()):
        pages[number] = toml.convert({"number": number, **table}, Page, where=str(path), key=f"page.{number}")
    if "100" not in pages:
        raise PersonError(f"{path}: page.100: found nothing, expected the home page")
    for page in pages.values():
        _check(page, path, pages, sources, views, layouts)
    return Lineup(pages)


def _check(
    page: Page,
    path: Path,
    pages: Mapping[str, Page],
    sources: frozenset[str],
    views: frozenset[str],
    layouts: frozenset[str],
) -> None:
    def known(key: str, found: str, names: frozenset[str] | Mapping[str, Any], what: str) -> None:
        if found not in names:
            raise PersonError(
                f"{path}: page.{page.number}.{key}: found {found!r}, expected {what}{toml.nearest(found, names)}"
            )

    known("layout", page.layout, layouts, "a layout")
    known("detail", page.detail, layouts, "a layout")
    known("view", page.view, views, "a view")
    for role, source in page.sources.items():
        known(f"sources.{role}", source, sources, "a source of sources.toml")
    if page.parent:
        known("parent", page.parent, pages, "a page of the line-up")
    for key, target in (("red", page.red), ("green", page.green)):
        if target:
            known(key, target[1], pages, "a page of the line-up")
