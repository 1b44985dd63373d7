"""Content: what a view gives a layout. Plain data, already in the words that will stand on the screen.

One body type a layout. A *target* (``to``) is written in neutral form and turned into a relative address by a painter:
``"201"`` a page, ``"201.h17"`` an item of page 201, ``"@mh0001/100"`` a page in another estate, ``"live"`` television,
``""`` nothing (the row cannot be chosen). A *mark* is a shape that says a state beside its word: ``open`` (green disc),
``later`` (warn triangle), ``closed`` (red square), ``up`` (red triangle), ``down`` (green triangle), ``""`` none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from feeds.base.errors import NotFound

Album: TypeAlias = Callable[[str], bytes]
"""Gives the bytes of a picture by its key. Raises NotFound and StoreError."""
Mark: TypeAlias = Literal["", "open", "later", "closed", "up", "down", "flat"]
Tone: TypeAlias = Literal["", "text", "text2", "brand", "warn", "red", "green", "yellow", "blue"]


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Content is compared and looked up by value again and again, so each part remembers its hash."""


class SourceLine(_Frozen, frozen=True, kw_only=True):
    """One source behind a page, as the header prints it. ``state`` is a ``feeds.source.Freshness`` value."""

    id: str
    publisher: str
    observed: datetime | None = None
    state: str = "fresh"


def observed(sources: Sequence[SourceLine]) -> datetime | None:
    """When the newest of the sources was observed."""
    return max((s.observed for s in sources if s.observed), default=None)


class Key(_Frozen, frozen=True, kw_only=True):
    """What the red or green key does on a page: at most four Han and a target; ``short`` are two Han for where there
    is little room, chosen where the first two of the label say nothing."""

    label: str
    to: str
    short: str = ""


class Empty(_Frozen, frozen=True, kw_only=True):
    """What stands in place of rows when there are none: one sentence, and when to try again."""

    sentence: str
    hint: str = ""


class Tile(_Frozen, frozen=True, kw_only=True):
    """One tile of a menu; ``icon`` is a file name in layouts/icons without its ending, ``short`` stands where the label
    has no room. A category's tile says what is new on its page in ``line``, of ``when`` it is, and in ``note`` how much
    there is; where there is room, ``more`` lines follow."""

    number: str
    label: str
    icon: str
    to: str
    line: str = ""
    when: str = ""
    note: str = ""
    more: tuple[str, ...] = ()
    short: str = ""


class WeatherCard(_Frozen, frozen=True, kw_only=True):
    """The weather on a menu or dashboard. ``temperature`` such as ``9°``, ``span`` such as ``6° 到 13°``; ``short``
    stands where ``word`` has no room."""

    to: str
    place: str
    temperature: str
    word: str
    span: str
    icon: str
    lines: tuple[str, ...] = ()
    short: str = ""


class Ticker(_Frozen, frozen=True, kw_only=True):
    """The strip under a menu: a short ``label`` and one line. ``tone`` is that of a warning."""

    label: str
    text: str
    to: str = ""
    tone: Tone = "brand"


class Menu(_Frozen, frozen=True, kw_only=True, tag="menu"):
    """Tiles in the order of their numbers; ``weather`` and ``ticker`` on page 100 alone."""

    tiles: tuple[Tile, ...]
    weather: WeatherCard | None = None
    ticker: Ticker | None = None
    empty: Empty | None = None


class Entry(_Frozen, frozen=True, kw_only=True):
    """One entry of an index: a label of at most 8 Han, what stands where that has no room, and a short note at its
    right."""

    label: str
    to: str
    note: str = ""
    short: str = ""


class Index(_Frozen, frozen=True, kw_only=True, tag="index"):
    """Many short entries in columns, under an optional heading line."""

    entries: tuple[Entry, ...]
    heading: str = ""
    columns: int = 3
    empty: Empty | None = None


class CardRow(_Frozen, frozen=True, kw_only=True):
    """One line of a dashboard card: label left, value right (figure and unit), a mark before the label or value;
    ``word`` is what the mark says, for whoever has room for it."""

    label: str
    figure: str = ""
    unit: str = ""
    mark: Mark = ""
    note: str = ""
    word: str = ""


class Card(_Frozen, frozen=True, kw_only=True):
    """A card of the dashboard: ``title`` (at most 7 Han), ``number`` of the page it opens, at most three rows."""

    title: str
    number: str
    to: str
    rows: tuple[CardRow, ...] = ()
    weather: WeatherCard | None = None
    empty: str = ""


class Dashboard(_Frozen, frozen=True, kw_only=True, tag="dashboard"):
    """Five cards: the first is wide."""

    cards: tuple[Card, ...]


class ListRow(_Frozen, frozen=True, kw_only=True):
    """One row of a list: tag of two Han, title, date (``今天`` or ``11-23``), the moment ``at`` which it stands for.
    ``summary`` shows in the lead only."""

    to: str
    title: str
    tag: str = ""
    date: str = ""
    summary: str = ""
    at: datetime | None = None


class List(_Frozen, frozen=True, kw_only=True, tag="list"):
    """Rows, newest first; the first is the lead when ``lead``."""

    rows: tuple[ListRow, ...]
    lead: bool = True
    empty: Empty | None = None


class Picture(_Frozen, frozen=True, kw_only=True):
    """A picture by the hash of its bytes (32 hexadecimal digits), its size in pixels, and what it shows in words: what
    a release says leads to it, and holds it."""

    key: str
    w: int
    h: int
    alt: str


class Article(_Frozen, frozen=True, kw_only=True, tag="article"):
    """Prose in paragraphs, and label-value facts in a panel at the right, under a picture where there is one."""

    title: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    picture: Picture | None = None


class NearestRow(_Frozen, frozen=True, kw_only=True):
    """One place: name, level, distance figure with unit, hours or another detail, mark and word of its state now, and
    where it is (latitude and longitude, WGS-84 degrees)."""

    to: str
    name: str
    level: str = ""
    figure: str = ""
    unit: str = ""
    hours: str = ""
    mark: Mark = ""
    word: str = ""
    at: tuple[float, float] | None = None


class Sheet(_Frozen, frozen=True, kw_only=True, tag="sheet"):
    """A place by itself: how it stands now (``mark`` and ``word``, and ``until`` when), whom to call, a fact a row, and
    where it is (latitude and longitude, WGS-84 degrees)."""

    name: str
    mark: Mark = ""
    word: str = ""
    until: str = ""
    phone: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    at: tuple[float, float] | None = None


class Nearest(_Frozen, frozen=True, kw_only=True, tag="nearest"):
    """Places in the order of distance; ``heads`` name the five columns: name, level, distance, hours, state."""

    rows: tuple[NearestRow, ...]
    heads: tuple[str, str, str, str, str]
    empty: Empty | None = None


class Column(_Frozen, frozen=True, kw_only=True):
    """A table's column. ``share`` is its part of the width; ``figures`` are right-aligned with a mark and a change;
    ``phone`` says that its cells are telephone numbers."""

    label: str
    share: float = 1.0
    align: Literal["left", "right"] = "left"
    strong: bool = False
    phone: bool = False


class Cell(_Frozen, frozen=True, kw_only=True):
    """A table's cell; ``best`` is underlined in brand, ``note`` is small at the right (a change) after its mark."""

    text: str
    note: str = ""
    mark: Mark = ""
    best: bool = False
    tone: Tone = ""


class TableRow(_Frozen, frozen=True, kw_only=True):
    """A table's row, with as many cells as the table has columns."""

    cells: tuple[Cell, ...]
    to: str = ""


class Table(_Frozen, frozen=True, kw_only=True, tag="table"):
    """Rows under column heads; the first column is the row's name. At most six columns stand side by side."""

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    empty: Empty | None = None


class Day(_Frozen, frozen=True, kw_only=True):
    """A column of the timetable: ``label`` such as 周二, ``date`` such as 24日."""

    label: str
    date: str
    today: bool = False


class TimetableRow(_Frozen, frozen=True, kw_only=True):
    """A name and one word a day (``—`` none, ``约满`` warn, ``停诊`` red); ``under`` stands below the name, ``later``
    in place of cells that are all empty."""

    name: str
    cells: tuple[Cell, ...]
    to: str = ""
    under: str = ""
    later: str = ""


class Timetable(_Frozen, frozen=True, kw_only=True, tag="timetable"):
    """Days across (or hours, or what else has a label), names down; ``notes`` stand before them."""

    corner: str
    days: tuple[Day, ...]
    rows: tuple[TimetableRow, ...]
    notes: tuple[str, ...] = ()
    empty: Empty | None = None


class BoardRow(_Frozen, frozen=True, kw_only=True):
    """A line at a stop: ``minutes`` as text (``2``, ``约 6``), ``soon`` for 即将到; in place of them ``at`` the clock
    of a departure that nobody predicts or that is far away; ``reason`` when it does not run; ``note`` below."""

    line: str
    destination: str
    minutes: str = ""
    at: str = ""
    then: str = ""
    soon: bool = False
    reason: str = ""
    to: str = ""
    note: str = ""


class Stop(_Frozen, frozen=True, kw_only=True):
    """A stop with its lines; ``walk`` such as 步行 3 分钟, ``to`` its timetable; ``note`` stands below its name."""

    name: str
    walk: str
    rows: tuple[BoardRow, ...]
    to: str = ""
    note: str = ""


class Board(_Frozen, frozen=True, kw_only=True, tag="board"):
    """Departures by stop, nearest first."""

    stops: tuple[Stop, ...]
    empty: Empty | None = None


class Block(_Frozen, frozen=True, kw_only=True):
    """A programme on the time grid; minutes count from the grid's own start and may lie outside its window."""

    title: str
    time: str
    start: int
    minutes: int
    state: Literal["past", "now", "future"] = "future"
    to: str = ""
    mark: Mark = ""


class Track(_Frozen, frozen=True, kw_only=True):
    """A channel, hall or court with its blocks; ``note`` when it has none."""

    name: str
    blocks: tuple[Block, ...]
    note: str = ""


class Timegrid(_Frozen, frozen=True, kw_only=True, tag="timegrid"):
    """Tracks down, time across. ``start`` is the first tick as minutes after local midnight (a multiple of 30),
    ``hours`` the width of a screen, ``spans`` how many screens lie side by side, ``now`` minutes from ``start``.
    Where the clock is set in them, that is ``turn`` minutes from ``start``, and ``by`` so many minutes."""

    heading: str
    start: int
    hours: int
    spans: int
    now: int | None
    tracks: tuple[Track, ...]
    unit: str = ""
    """What the tracks are (频道); which of them a screen has is said by it."""
    turn: int = 0
    by: int = 0
    empty: Empty | None = None


class CalendarDay(_Frozen, frozen=True, kw_only=True):
    """A day of the month with the number of its events (at most four squares are drawn)."""

    day: int
    lunar: str = ""
    events: int = 0
    state: Literal["past", "today", "future"] = "future"
    to: str = ""


class Occasion(_Frozen, frozen=True, kw_only=True):
    """An event as a calendar keeps it; one of a whole day has no time of day, and ``ends`` with the day after its last
    (RFC 5545, 3.6.1)."""

    title: str
    begins: datetime
    ends: datetime | None = None
    all_day: bool = False
    venue: str = ""


class Agenda(_Frozen, frozen=True, kw_only=True):
    """One event: ``time`` beside its day in the month, ``when`` where it stands alone (empty: the same)."""

    time: str
    title: str
    venue: str = ""
    to: str = ""
    when: str = ""
    occasion: Occasion | None = None


class Calendar(_Frozen, frozen=True, kw_only=True, tag="calendar"):
    """A month from Monday on. ``first`` is the weekday of its first day (0 Monday). ``agenda`` lists what comes next,
    under ``heading``."""

    month: str
    year: str
    first: int
    days: tuple[CalendarDay, ...]
    heading: str
    agenda: tuple[Agenda, ...]
    empty: Empty | None = None


class ForecastDay(_Frozen, frozen=True, kw_only=True):
    """One column of the forecast, degrees Celsius; ``short`` stands where ``word`` has no room."""

    label: str
    date: str
    icon: str
    word: str
    high: int
    low: int
    short: str = ""
    wind: str = ""
    to: str = ""


class Forecast(_Frozen, frozen=True, kw_only=True, tag="forecast"):
    """Seven days side by side on one scale."""

    days: tuple[ForecastDay, ...]
    empty: Empty | None = None


class Point(_Frozen, frozen=True, kw_only=True):
    """One bar or line point; ``value`` None is a gap, ``label`` stands under the axis, ``tone`` colours a bar. ``name``
    is the point's own where values are read one by one: on an axis not each has a label."""

    value: float | None
    label: str = ""
    tone: Tone = ""
    name: str = ""


class Series(_Frozen, frozen=True, kw_only=True):
    """A named row of points. ``kind``: bars, or a line over bars or other lines."""

    name: str
    points: tuple[Point, ...]
    kind: Literal["bars", "line"] = "bars"
    tone: Tone = "brand"


class Chart(_Frozen, frozen=True, kw_only=True, tag="chart"):
    """A value now with facts and advice at the left, and series on labelled axes at the right; ``short`` stands where
    ``level`` has no room."""

    place: str
    value: str
    level: str
    tone: Tone
    facts: tuple[tuple[str, str], ...]
    advice: str
    heading: str
    series: tuple[Series, ...]
    ticks: tuple[float, ...]
    legend: tuple[tuple[str, Tone], ...] = ()
    short: str = ""
    empty: Empty | None = None


class StatusRow(_Frozen, frozen=True, kw_only=True):
    """A metro line: badge, route, note, mark and word."""

    badge: str
    route: str
    note: str
    mark: Mark
    word: str
    to: str = ""


class Status(_Frozen, frozen=True, kw_only=True, tag="status"):
    """How lines run: the lead card says the worst (or that all is well), rows follow worst first. ``route`` is the
    title without the line that the ``badge`` names; ``to`` is the line's own page."""

    title: str
    sentence: str
    badge: str
    mark: Mark
    word: str
    rows: tuple[StatusRow, ...]
    route: str = ""
    to: str = ""
    empty: Empty | None = None


class Step(_Frozen, frozen=True, kw_only=True):
    """A numbered step: a head and one line; ``keys`` are keys of the remote to draw (help page)."""

    head: str
    line: str
    keys: tuple[str, ...] = ()
    to: str = ""


class Guide(_Frozen, frozen=True, kw_only=True, tag="guide"):
    """Numbered steps, and a panel with what to bring, what it costs and whom to call."""

    steps: tuple[Step, ...]
    bring_title: str = ""
    bring: tuple[str, ...] = ()
    cost: str = ""
    phone: str = ""
    phone_hours: str = ""
    mark: Mark = ""
    now: str = ""
    """How the place whose telephone that is stands now."""
    empty: Empty | None = None


class Alert(_Frozen, frozen=True, kw_only=True, tag="alert"):
    """Page 900: the alert in force that matters most, or none (``headline`` empty and ``empty`` set).

    ``headline`` at most 7 Han is set in hero size, longer ones smaller; ``order`` is the one sentence to follow;
    ``actions`` at most three, and ``more`` of them only in the whole text; ``others`` are the further alerts in force.
    ``ends`` is when it ends by itself, as far as anybody knows: what keeps a page without a network goes by it.
    """

    headline: str = ""
    severity: Literal["", "minor", "moderate", "severe", "extreme"] = ""
    area: str = ""
    times: str = ""
    order: str = ""
    actions: tuple[str, ...] = ()
    more: int = 0
    others: tuple[Entry, ...] = ()
    to: str = ""
    ends: datetime | None = None
    empty: Empty | None = None


Body: TypeAlias = (
    Menu
    | Index
    | Dashboard
    | List
    | Article
    | Sheet
    | Nearest
    | Table
    | Timetable
    | Board
    | Timegrid
    | Calendar
    | Forecast
    | Chart
    | Status
    | Guide
    | Alert
)

LAYOUTS: tuple[str, ...] = (
    "menu", "index", "dashboard", "list", "article", "sheet", "nearest", "table", "timetable", "board", "timegrid",
    "calendar", "forecast", "chart", "status", "guide", "alert",
)  # fmt: skip
"""The layouts whose body types stand above. A layout file of another name receives the body it is given."""


class Item(_Frozen, frozen=True, kw_only=True):
    """A record's own page: ``id`` is the record's, ``title`` stands in the header, district scope always.

    ``sources`` are those that its header names, where it is made from fewer than the page; None: from all of them. In
    a list that is the same for everybody ``place`` is the item's (``3/28``), and ``red`` and ``green`` lead to the one
    before and the next. ``occasion`` is what it is of, where that is an event.
    """

    id: str
    title: str
    layout: str
    body: Body
    sources: tuple[SourceLine, ...] | None = None
    place: str = ""
    red: Key | None = None
    green: Key | None = None
    occasion: Occasion | None = None


class Content(_Frozen, frozen=True, kw_only=True):
    """What a view made of a page for one estate at one moment.

    ``place`` (town and estate) is set on estate pages only; a district page must not name an estate, or its artefact
    could not be shared. ``items`` are the same for every estate: they are made once, from what the view says for the
    district. ``valid_until`` is the earliest moment at which the view would answer otherwise.
    """

    body: Body
    sources: tuple[SourceLine, ...] = ()
    items: tuple[Item, ...] = ()
    red: Key | None = None
    green: Key | None = None
    place: tuple[str, str] | None = None
    valid_until: datetime | None = None


def pictures_of(items: Iterable[Item]) -> tuple[Picture, ...]:
    """The pictures that items show, each once."""
    found = (item.body.picture for item in items if isinstance(item.body, Article) and item.body.picture)
    return tuple(dict.fromkeys(found))


def without_pictures(item: Item, lost: Collection[Picture]) -> Item:
    """The item, without its picture where that is among the ``lost``."""
    if not isinstance(item.body, Article) or item.body.picture not in lost:
        return item
    return msgspec.structs.replace(item, body=msgspec.structs.replace(item.body, picture=None))


def no_album(key: str) -> bytes:
    """The album of whoever has no pictures. Raises NotFound."""
    raise NotFound(f"picture: found {key!r}, which is not there")
