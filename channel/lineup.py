"""The line-up: the numbered pages of a channel, as ``lineup.toml`` declares them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from feeds.base.errors import NotFound
from feeds.base.toml import Notes

KeyParts = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1)], ...], msgspec.Meta(min_length=2, max_length=3)
]


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One numbered page.

    ``sources`` gives each role that the view asks for a source's id. ``scope`` is ``estate`` when the page differs by
    estate. ``parent`` is where BACK leads (empty: the category's menu, else 100). ``options`` are the view's own.
    """

    number: Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{2}$", description="three digits, 100 to 999")]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    category: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,20}$", description="2 to 20 letters of a-z")]
    layout: str
    view: str
    sources: dict[str, str] = {}
    scope: Literal["district", "estate"] = "district"
    parent: str = ""
    icon: str = ""
    label: str = ""
    """The title's short form, for menu tiles and wherever the title has no room; empty: the title."""
    detail: str = "article"
    """Layout of the page's items."""
    red: KeyParts | None = None
    """Label and target of the red key, and the label's short form for where it has no room."""
    green: KeyParts | None = None
    words: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=20)], ...] = ()
    """What people call it besides, for whoever looks for it by words."""
    unlisted: bool = False
    """Whether the page stands in no menu and no index, so that only its number and keys lead there."""
    qr: bool = True
    """Whether the page and its items show a code that opens them on a phone, where there is room for one."""
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


def in_order(pages: Iterable[Page], first: Sequence[str]) -> list[Page]:
    """The pages, those whose numbers are in ``first`` before the others; these stay as they stand."""
    places = {number: place for place, number in enumerate(first)}
    return sorted(pages, key=lambda page: places.get(page.number, len(places)))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    page: dict[str, dict[str, Any]]


Further = Callable[[Lineup, frozenset[str], Notes], None]
"""What else is held against a line-up: given its pages, as far as they are sound, and the numbers of all, it notes
their mistakes."""


@dataclass(frozen=True)
class Names:
    """What a page may name; ``sources`` is None when nobody can say which there are."""

    sources: Collection[str] | None
    views: Collection[str]
    layouts: Collection[str]
    icons: Collection[str] | None = None
    """None: not looked at."""


def read_lineup(notes: Notes, data: dict[str, Any], names: Names, further: Further | None = None) -> Lineup:
    """The line-up of a file's tables as far as it is sound: what is wrong is noted, and the rest held against it."""
    file = notes.part(data, _File)
    lost = {key.removeprefix("page.") for key in notes.unread if key.startswith("page.")}
    numbers = frozenset(file.page) | lost
    pages = {}
    for number, table in sorted(file.page.items()):
        if "number" in table:
            notes.add(f"page.{number}.number", f"found {table['number']!r}, expected it in the table's head alone")
        page = notes.part({**table, "number": number}, Page, f"page.{number}")
        page = msgspec.structs.replace(page, number=number)
        _check_targets(page, notes, numbers)
        pages[number] = _check(page, notes, names)
    if "100" not in numbers:
        notes.add("page.100", "found nothing, expected the home page")
    lineup = Lineup(pages)
    _check_loops(lineup, notes)
    if further:
        further(lineup, numbers, notes)
    return lineup


def _check(page: Page, notes: Notes, names: Names) -> Page:
    """Whether there are the layouts, the view, the icon and the sources that a page names; the page as it was meant."""
    key = f"page.{page.number}"
    meant = {}
    for field, what, known in (
        ("layout", "a layout", names.layouts),
        ("detail", "a layout", names.layouts),
        ("view", "a view", names.views),
        ("icon", "an icon", names.icons),
    ):
        name = getattr(page, field)
        if known is not None and name not in known and (name or field != "icon"):
            meant[field] = notes.unknown(f"{key}.{field}", name, known, what)
    for role, source in page.sources.items():
        if names.sources is not None and source not in names.sources:
            notes.unknown(f"{key}.sources.{role}", source, names.sources, "a source of sources.toml")
    return msgspec.structs.replace(page, **meant)


def _check_targets(page: Page, notes: Notes, numbers: Collection[str]) -> None:
    """Whether there are the pages to which BACK and the colour keys lead."""
    targets = {"parent": page.parent, "red": page.red and page.red[1], "green": page.green and page.green[1]}
    for key, target in targets.items():
        if target and target not in numbers:
            notes.unknown(f"page.{page.number}.{key}", target, numbers, "a page of the line-up")


def _check_loops(lineup: Lineup, notes: Notes) -> None:
    """BACK must come home from everywhere: parents that lead round in a circle are noted, each circle once."""
    told: set[str] = set()
    for page in lineup.pages.values():
        way = [page.number]
        while (parent := lineup.parent(lineup.pages[way[-1]])) in lineup.pages and parent not in way:
            way.append(parent)
        if parent in way and told.isdisjoint(way):
            circle = [*way[way.index(parent) :], parent]
            told.update(circle)
            notes.add(f"page.{page.number}.parent", f"found {' -> '.join(circle)}, expected a way back to 100")
