"""Whether a household comes to every page with arrows and OK: from the home page by tiles, colour keys and links.

A list of all services leads everywhere and therefore says nothing; what only it knows is not on a menu.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

import channel.views as registry
from channel.lineup import Lineup, Page
from channel.views import category, menu
from feeds.base.toml import Notes, near


def note_doubts(lineup: Lineup, notes: Notes) -> None:
    """Note categories that have no menu, and pages to which nothing leads and that are not said to be unlisted.

    A number that is no page's counts as every page that it may have been meant as.
    """
    note_categories(lineup, notes)
    reached, menus = _reached(lineup), _menus(lineup)
    for page in lineup.pages.values():
        if not (_is_homeless(page, menus) or page.number in reached or page.unlisted):
            sentence = "found no menu, key or link that leads here, expected one, or unlisted = true"
            notes.add(f"page.{page.number}", sentence)


def unsure(lineup: Lineup, notes: Notes) -> list[str]:
    """The keys of ``notes.unread`` that may lead to a page or make a menu: before they are mended nobody can tell which
    pages nothing leads to."""
    found = []
    for key in sorted(notes.unread):
        head, _, rest = key.partition(".")
        number, _, field = rest.partition(".")
        page = lineup.pages.get(number)
        if head == "page" and (page is None or _leads(page, field)):
            found.append(key)
    return found


def _leads(page: Page, field: str) -> bool:
    name, _, option = field.partition(".")
    if name != "options":
        return name in LEADING
    links = getattr(registry.views().get(page.view), "LINKS", ())
    return not option or bool(near(option.split(".")[0].split("[")[0], links))


def note_categories(lineup: Lineup, notes: Notes) -> None:
    """Note the pages whose category has no menu."""
    menus = _menus(lineup)
    for page in lineup.pages.values():
        if _is_homeless(page, menus):
            expected = f'a category that has a menu ({", ".join(menus)}), or parent = "{menu.HOME}"'
            notes.unknown(f"page.{page.number}.category", page.category, menus, expected)


LEADING = frozenset(("category", "layout", "view", "parent", "red", "green", "unlisted"))
"""The keys of a page that say where it stands and leads."""


def _menus(lineup: Lineup) -> list[str]:
    return sorted({page.category for page in lineup.pages.values() if page.layout == "menu"})


def _is_homeless(page: Page, menus: list[str]) -> bool:
    # A service with its own tile on the home page is a category of one, and says that BACK leads home.
    return page.category not in menus and page.parent != menu.HOME and not page.unlisted


def _reached(lineup: Lineup) -> set[str]:
    found: set[str] = set()
    ahead = [menu.HOME]
    while ahead:
        number = ahead.pop()
        if number not in lineup.pages:
            ahead += near(number, lineup.pages)
        elif number not in found:
            found.add(number)
            ahead += _targets(lineup.pages[number], lineup)
    return found


def _targets(page: Page, lineup: Lineup) -> Iterator[str]:
    if page.view == "menu":
        yield from menu.leads_to(_sound(page, lineup), lineup)
    if page.view == "category":
        yield from category.leads_to(page, lineup)
    for key in (page.red, page.green):
        if key:
            yield key[1]
    for _, number in registry.links(page):
        yield number


def _sound(page: Page, lineup: Lineup) -> Page:
    """A menu with those of its options that can be read, and those of its pages that are there."""
    options = msgspec.to_builtins(Notes("").part(dict(page.options), menu.Options), enc_hook=str)
    options["pages"] = [number for number in options["pages"] if number in lineup.pages]
    return msgspec.structs.replace(page, options=options)
