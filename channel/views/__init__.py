"""Views select and shape records for a page, one module each, found by walking this package.

The content types (``content``) are what layouts receive. Views know nothing of pixels, profiles or painters.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from operator import is_
from pathlib import Path
from typing import cast

import msgspec

from channel.lineup import Lineup, Page
from channel.memory import Shelf, Slot
from channel.views.base import Inputs, View
from channel.views.content import Body, Content, Item
from feeds.base import toml
from feeds.base.errors import PersonError
from feeds.base.toml import Notes

__all__ = ["Content", "Inputs", "View", "check", "links", "looks_around", "make", "note_mistakes", "view_of", "views"]

_NO_VIEWS = frozenset({"base", "content", "down", "words"})


@cache
def views() -> Mapping[str, View]:
    """Every view's module by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {
        name: cast("View", importlib.import_module(f"{__name__}.{name}"))
        for name in names
        if name not in _NO_VIEWS and not name.startswith("_")
    }


def looks_around(page: Page) -> bool:
    """Whether what ``page`` says depends on other pages of the line-up than itself."""
    return getattr(views().get(page.view), "AROUND", False)


def make(inputs: Inputs) -> Content:
    """The content of the inputs' page. Raises PersonError for a view that is not there or options it does not know.

    What says the same is the same object (``is``), for neighbouring estates and from moment to moment: the body, each
    item, and ``items`` as a whole while none of them changes. The profiles of an estate share one content, and so do
    estates whose contents differ in nothing, not even in their place.
    """
    return inputs.once(_CONTENTS, lambda: _shared(inputs, view_of(inputs)(inputs)), inputs.estate)


def view_of(inputs: Inputs) -> Callable[[Inputs], Content]:
    """The view of the inputs' page. Raises PersonError when there is none of its name."""
    found = views().get(inputs.page.view)
    if found is None:
        raise PersonError(f"page.{inputs.page.number}.view: found {inputs.page.view!r}, expected a view")
    return found.view


def _shared(inputs: Inputs, content: Content) -> Content:
    """The content with parts that were there already in place of equal ones, or the whole as it was last said."""
    memory = inputs.memory
    said = memory.of(_BODIES).get(content.body, lambda: _Said(content.body))
    items = content.items
    if items:
        items = memory.of(_LAST).get(inputs.page_key, _Items).shared(items, memory.of(_ITEMS))
    if said.body is not content.body or items is not content.items:
        content = msgspec.structs.replace(content, body=said.body, items=items)
    known = said.content
    if known is not None and known.items is items and known == content:
        return known
    said.content = content
    return content


class _Said:
    """A body, and the content in which it was said last."""

    __slots__ = ("body", "content")

    def __init__(self, body: Body) -> None:
        self.body = body
        self.content: Content | None = None


class _Items:
    """A page's items as they were last said."""

    def __init__(self) -> None:
        self._last: tuple[tuple[Item, ...], tuple[Item, ...]] = ((), ())
        """As the view said them, and as they were given out; one value, for threads that ask side by side."""

    def shared(self, items: tuple[Item, ...], known: Shelf[Item]) -> tuple[Item, ...]:
        """The items, with those that were there already in place of equal ones."""
        said, kept = self._last
        if items is not said and items is not kept:
            found = tuple(map(known.one, items))
            kept = kept if len(found) == len(kept) and all(map(is_, found, kept)) else found
            self._last = (items, kept)
        return kept


_CONTENTS: Slot[Content] = Slot("contents", 4)
_BODIES: Slot[_Said] = Slot("bodies")
"""More than the minute's pages have for all estates."""
_ITEMS: Slot[Item] = Slot("items", 8192)
_LAST: Slot[_Items] = Slot("last items", 256)


def check(lineup: Lineup, path: Path) -> None:
    """Hold a line-up whose names were checked against its views. Raises Mistakes: all that they do not know."""
    notes = Notes(path)
    note_mistakes(lineup, frozenset(lineup.pages), notes)
    notes.done()


def note_mistakes(lineup: Lineup, numbers: Collection[str], notes: Notes) -> None:
    """Note the options and roles that a page's view does not know, and options that name a page that is not there.

    ``numbers`` are those of all pages, sound or not.
    """
    for page in lineup.pages.values():
        found = views().get(page.view)
        if found is None:
            continue
        key = f"page.{page.number}"
        notes.part(dict(page.options), found.Options, f"{key}.options")
        for name, number in links(page):
            if number not in numbers:
                notes.unknown(f"{key}.options.{name}", number, numbers, "a page of the line-up")
        if found.ROLES is not None:
            for role in sorted(set(page.sources) - set(found.ROLES)):
                expected = ", ".join(found.ROLES) or "none: this view asks no source"
                hint = toml.nearest(role, found.ROLES)
                notes.add(f"{key}.sources.{role}", f"found role {role!r}, expected one of: {expected}{hint}")


def links(page: Page) -> Iterator[tuple[str, str]]:
    """The option and the number of every page that a page's own options name."""
    found = views().get(page.view)
    for name in getattr(found, "LINKS", ()):
        for number in _texts(page.options.get(name, ())):
            yield name, number


def _texts(value: object) -> Iterator[str]:
    """The texts of a value that is one or is made of lists of them."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
