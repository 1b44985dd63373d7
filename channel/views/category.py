"""A category's pages with what is new on each of them: its headline, price, next event, or how many there are (layout
``menu``).

The page's sources are those of the pages that it leads to, under any role; a page whose sources are not among them
says what it is for. Options: ``about`` is that sentence, by page; ``order`` names the pages whose tiles come first, the
others following by their numbers; ``empty`` is what stands where the category has no pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

import channel.views as registry
from channel.lineup import Lineup, Page, in_order
from channel.memory import Slot
from channel.views import content as c
from channel.views._keys import keys
from channel.views.base import Inputs, Until, parse_options
from channel.views.content import Body, Content, Empty, Menu, TableRow, Tile
from channel.views.dashboard import inputs_of
from channel.views.nearest import MOST
from channel.words import N_, Say
from feeds.base.errors import ChannelError

ROLES = None
"""Any: they are those of the category's pages."""
LINKS = ("order",)
AROUND = True


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    order: tuple[str, ...] = ()
    about: dict[str, str] = {}
    empty: str = N_("These services are still being prepared")


class News(NamedTuple):
    """What is new on a page: a line, of when it is, how much there is, and what else; any may be empty."""

    line: str = ""
    when: str = ""
    note: str = ""
    more: tuple[str, ...] = ()


_FEW, _MORE = 2, 5
"""Tiles that have the screen to themselves, and the further lines that each has room for then."""
_DAY = 1440
_DISTRICT: Slot[Page] = Slot("pages for the district", 256)


def view(inputs: Inputs) -> Content:
    """A tile for each page of the category."""
    options = inputs.options(Options)
    until = Until(inputs)
    pages = pages_of(inputs.page, inputs.lineup)
    tiles = tuple(_tile(page, inputs, options, until, _MORE if len(pages) <= _FEW else 0) for page in pages)
    return Content(
        body=Menu(tiles=tiles, empty=None if tiles else Empty(sentence=options.empty)),
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def pages_of(own: Page, lineup: Lineup) -> list[Page]:
    """The pages that a category's own page leads to, in the order of their tiles."""
    others = (page for page in lineup.pages.values() if page.number != own.number and not page.unlisted)
    return in_order((p for p in others if p.category == own.category), parse_options(own, Options).order)


def leads_to(page: Page, lineup: Lineup) -> frozenset[str]:
    """Their numbers."""
    return frozenset(other.number for other in pages_of(page, lineup))


def _tile(page: Page, inputs: Inputs, options: Options, until: Until, more: int) -> Tile:
    news = News()
    given = inputs_of(_for_the_district(page, inputs), inputs)
    if given.sources:
        try:
            made = registry.view_of(given)(given)
        except ChannelError:
            # It is the other page's fault, which is found and told there.
            made = None
        if made is not None:
            until.at(made.valid_until)
            # Lists by town have pages of their own, and are none of what is listed.
            records = sum(item.layout not in ("index", "nearest") for item in made.items)
            if not _is_ones_own(page, made.body):
                news = news_of(made.body, records, inputs.say)
                news = news._replace(more=_further(made.body)[:more])
            if page.view == "nearest" and page.options.get("state", "hours") not in ("hours", "queue"):
                news = news._replace(line="")
    line = news.line or options.about.get(page.number, "")
    return Tile(
        number=page.number, label=page.title, icon=page.icon, to=page.number, line=line, when=news.when, note=news.note,
        more=news.more, short=page.label,
    )  # fmt: skip


def _is_ones_own(page: Page, body: Body) -> bool:
    """Whether the page tells each estate something else, so that no line of it holds for everybody."""
    return page.scope == "estate" and isinstance(body, c.List | c.Table | c.Timetable | c.Chart)


def _for_the_district(page: Page, inputs: Inputs) -> Page:
    """The page as the district sees it, for a category says the same to everybody, with all places that it can show, so
    that they can be counted; the same object each time."""
    options = {**page.options, "limit": MOST} if page.view == "nearest" else page.options
    changed = {"scope": "district", "options": options}
    return inputs.remembered(_DISTRICT, page.number, lambda: msgspec.structs.replace(page, **changed))


def news_of(body: Body, items: int, say: Say) -> News:
    """What a body has to say in a tile; ``items`` is how many of its records have a page of their own."""
    if isinstance(body, c.List) and body.rows:
        count = say.plural("{n} item", "{n} items", max(items, len(body.rows)))
        return News(body.rows[0].title, body.rows[0].date, count)
    if isinstance(body, c.Nearest) and body.rows:
        count = say.plural("{n} place in all", "{n} places in all", max(items, len(body.rows)))
        return News(_open(body.rows, say), "", count)
    if isinstance(body, c.Table) and body.rows:
        return News(_cells(body.rows[0]), "", _listed(max(items, len(body.rows)), say))
    if isinstance(body, c.Timetable) and body.rows:
        return News(say.joined(row.name for row in body.rows[:3]), "", _listed(len(body.rows), say))
    if isinstance(body, c.Timegrid):
        return _running(body, say)
    if isinstance(body, c.Calendar) and body.agenda:
        return News(body.agenda[0].title, body.agenda[0].time, "")
    if isinstance(body, c.Forecast) and body.days:
        day = body.days[0]
        return News(f"{day.word} {day.low}–{day.high}°", day.label, "")
    if isinstance(body, c.Chart) and body.value:
        return News(f"{body.place} {body.value} {body.level}".strip(), "", "")
    if isinstance(body, c.Status) and body.title:
        return News(body.title, "", "")
    if isinstance(body, c.Guide) and body.steps:
        return News(body.cost, "", say.plural("{n} step", "{n} steps", len(body.steps)))
    return News()


def _running(grid: c.Timegrid, say: Say) -> News:
    """What runs, or begins next; of what can be booked, what is free first."""
    ahead = [(track.name, block) for track in grid.tracks for block in track.blocks if block.state != "past"]
    free = [one for one in ahead if one[1].mark == "open"]
    first = min(free or ahead, key=lambda one: (one[1].state != "now", one[1].start), default=None)
    if first is None:
        return News()
    name, block = first
    tomorrow = grid.start + block.start >= _DAY
    when = say("{day} {time}", day=say("tomorrow"), time=block.time.partition("–")[0]) if tomorrow else block.time
    return News(f"{name}　{block.title}", when)


def _further(body: Body) -> tuple[str, ...]:
    """What else a body has, where its tile has room for more than a line."""
    if isinstance(body, c.List):
        return tuple(row.title for row in body.rows[1:])
    if isinstance(body, c.Nearest):
        return tuple(row.name for row in body.rows)
    if isinstance(body, c.Table):
        return tuple(filter(None, map(_cells, body.rows[1:])))
    if isinstance(body, c.Calendar):
        return tuple(entry.title for entry in body.agenda[1:])
    if isinstance(body, c.Chart):
        return tuple(f"{name} {value}" for name, value in body.facts)
    if isinstance(body, c.Guide):
        return tuple(step.head for step in body.steps)
    return ()


def _cells(row: TableRow) -> str:
    """The first two cells of a row; where a tile has no room for both, it shows the first alone."""
    return "　".join(cell.text for cell in row.cells[:2] if cell.text not in ("", "—"))


def _listed(count: int, say: Say) -> str:
    return say.plural("{n} entry", "{n} entries", count)


def _open(rows: Sequence[c.NearestRow], say: Say) -> str:
    """How many of the places are open, where all are here and their hours known."""
    if len(rows) == MOST or any(not row.hours for row in rows):
        return ""
    now = sum(row.mark == "open" for row in rows)
    if now:
        return say.plural("{n} is open now", "{n} are open now", now)
    return say("None is open now")
