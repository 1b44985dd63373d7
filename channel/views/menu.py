"""Tiles of a category's pages; on the home page a tile for each category, the weather and a ticker (layout ``menu``).

Roles, all of them optional: ``weather`` (forecasts), ``air`` (readings), ``alerts``, ``news`` (articles), ``ticker``
(articles that go before the news; ``link`` is the page that they lead to). Options: ``pages`` names the tiles' pages
where the category's own are not meant; ``order`` those whose tiles come first; ``weather`` is the page that the weather
card opens, in place of its tile; ``finder`` is the page that takes the place of ``home`` (my estate) for a box whose
estate is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from channel.estates import Estate
from channel.lineup import Lineup, Page, in_order
from channel.memory import Slot
from channel.views import _weather
from channel.views._air import Stations, air_line, stations_of
from channel.views._keys import keys
from channel.views._warnings import Held, for_estate, headline, held, is_loud, standing, turns
from channel.views.base import Inputs, Until, parse_options
from channel.views.content import Content, Empty, Menu, Ticker, Tile, Tone, WeatherCard
from channel.views.latest import concerns
from channel.words import N_
from feeds.records import Alert, Article, Forecast

ROLES = ("weather", "air", "alerts", "news", "ticker")
LINKS = ("pages", "order", "weather", "home", "finder", "alerts", "news")
AROUND = True
HOME = "100"


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    pages: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    weather: str = ""
    home: str = "101"
    finder: str = "109"
    alerts: str = "900"
    news: str = ""
    empty: str = N_("These services are being prepared")


@dataclass(frozen=True)
class _Shared:
    """What all estates share at one moment."""

    weather: WeatherCard | None
    stations: Stations
    alerts: Held
    said: tuple[Article, ...]
    news: Ticker | None
    until: datetime | None


_SHARED: Slot[_Shared] = Slot("menu")
_TILES: Slot[tuple[Tile, ...]] = Slot("tiles", 64)
_CARDS: Slot[WeatherCard] = Slot("weather by station")
_TICKERS: Slot[Ticker] = Slot("tickers")


def view(inputs: Inputs) -> Content:
    """The tiles, where no other order is chosen in that of their numbers."""
    options = inputs.options(Options)
    shared = inputs.once(_SHARED, lambda: _shared(inputs, options))
    known = inputs.estate is not None
    key = (inputs.page_key, known, shared.weather is not None)
    tiles = inputs.remembered(_TILES, key, lambda: _tiles(inputs, options, shared))
    until = Until(inputs)
    until.at(shared.until)
    return Content(
        body=Menu(
            tiles=tiles,
            weather=_card(inputs, shared),
            ticker=_ticker(inputs, options, shared),
            empty=None if tiles else Empty(sentence=options.empty),
        ),
        sources=inputs.source_lines(),
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def _tiles(inputs: Inputs, options: Options, shared: _Shared) -> tuple[Tile, ...]:
    pages = _pages(inputs.page, inputs.lineup, options, known=inputs.estate is not None)
    return tuple(
        _tile(page, inputs.lineup) for page in pages if not (shared.weather and page.number == options.weather)
    )


def heads(lineup: Lineup) -> list[Page]:
    """The first page of each category that a menu leads to: its menu, else its lowest number."""
    found: dict[str, Page] = {}
    for page in lineup.pages.values():
        if page.unlisted:
            continue
        if page.category not in found or (page.layout == "menu" and found[page.category].layout != "menu"):
            found[page.category] = page
    return sorted(found.values(), key=lambda page: page.number)


def leads_to(page: Page, lineup: Lineup) -> frozenset[str]:
    """The numbers of all pages for which a menu has a tile, whether or not a box's estate is known."""
    options = parse_options(page, Options)
    both = (_pages(page, lineup, options, known=known) for known in (True, False))
    return frozenset(tile.number for tiles in both for tile in tiles)


def pages_of(own: Page, lineup: Lineup) -> list[Page]:
    """The pages of the tiles, in their order, for a box whose estate is known."""
    return _pages(own, lineup, parse_options(own, Options), known=True)


def _pages(own: Page, lineup: Lineup, options: Options, *, known: bool) -> list[Page]:
    return in_order(_own_pages(own, lineup, options, known=known), options.order)


def _own_pages(own: Page, lineup: Lineup, options: Options, *, known: bool) -> list[Page]:
    if options.pages:
        return [lineup.page(number) for number in options.pages]
    if own.number != HOME:
        others = (page for page in lineup.pages.values() if page.number != own.number and not page.unlisted)
        return [page for page in others if page.category == own.category]
    first = options.home if known else options.finder
    mine = [lineup.pages[number] for number in (first, options.finder) if number in lineup.pages][:1]
    # The alert page is reached by the ticker and the red key: its tile would say nothing on most days.
    rest = [page for page in heads(lineup) if page.category != own.category and page.number != options.alerts]
    return [*mine, *rest]


def _tile(page: Page, lineup: Lineup) -> Tile:
    icon = page.icon or next((head.icon for head in heads(lineup) if head.category == page.category), "")
    return Tile(number=page.number, label=page.label or page.title, icon=icon, to=page.number)


def _shared(inputs: Inputs, options: Options) -> _Shared:
    until = Until(inputs)
    records = inputs.records("weather", Forecast) if options.weather else ()
    stations = stations_of(inputs, "air")
    weather = _weather.card(records, inputs.moment, inputs.say, to=options.weather, place=inputs.settings.district)
    if weather:
        until.at(_weather.next_turn(records, inputs.moment), stations.turns(inputs.moment))
        until.midnight()
    heard = inputs.records("alerts", Alert)
    until.at(*turns(heard))
    alerts = standing(heard, inputs.moment, inputs.say, drills=inputs.settings.drills)
    is_home = inputs.page.number == HOME
    said = _said(inputs, until) if is_home else ()
    news = _news(inputs, options, until) if is_home else None
    return _Shared(weather, stations, held(alerts, inputs.estates), said, news, until.value)


def _card(inputs: Inputs, shared: _Shared) -> WeatherCard | None:
    """The weather, with the air at the estate's nearest station in its first line."""
    card = shared.weather
    if card is None:
        return None
    station, readings = shared.stations.near(inputs.estate)
    return inputs.once(_CARDS, lambda: with_air(card, air_line(readings, inputs.moment, inputs.say)), station)


def with_air(card: WeatherCard, air: str) -> WeatherCard:
    """The card with the air in its first line."""
    return msgspec.structs.replace(card, lines=(air, *card.lines)[:2]) if air else card


def _ticker(inputs: Inputs, options: Options, shared: _Shared) -> Ticker | None:
    """The loudest alert for the estate, else what editors say there, else the news; the home page alone has any."""
    mine = for_estate(shared.alerts, inputs.estate)
    if not mine:
        own = next((article for article in shared.said if _is_for(article, inputs.estate)), None)
        return shared.news if own is None else inputs.once(_TICKERS, lambda: _told(own, inputs), own.id)
    text = headline(mine[0])
    label = inputs.say.within("of the public", "Alert")
    tone: Tone = "red" if is_loud(mine[0]) else "warn"
    return inputs.once(_TICKERS, lambda: Ticker(label=label, text=text, to=options.alerts, tone=tone), (text, tone))


def _said(inputs: Inputs, until: Until) -> tuple[Article, ...]:
    """What editors say in the ticker now, the newest first."""
    heard = inputs.records("ticker", Article)
    for article in heard:
        until.at(article.published, article.ends)
    now = inputs.moment
    begun = [(a.published, a.id, a) for a in heard if a.published is not None and a.published <= now]
    return tuple(a for _, _, a in sorted(begun, reverse=True) if a.ends is None or a.ends > now)


def _is_for(article: Article, estate: Estate | None) -> bool:
    """Whether it is for the estate; a box whose estate is not known is told what is for everybody."""
    if estate is None:
        return not (article.estates or article.town)
    return concerns(article, estate)


def _told(article: Article, inputs: Inputs) -> Ticker:
    label = inputs.say.within("what the ticker tells", "Note")
    return Ticker(label=label, text=article.title, to=article.link if article.link in inputs.lineup.pages else "")


def _news(inputs: Inputs, options: Options, until: Until) -> Ticker:
    """The newest article, else the day."""
    articles = [(a.published, a.id, a) for a in inputs.records("news", Article) if a.published is not None]
    until.at(*(published for published, _, _ in articles))
    newest = max((row for row in articles if row[0] <= inputs.moment), default=None)
    say = inputs.say
    if newest is not None:
        label = say.within("what the ticker tells", "News")
        return Ticker(label=label, text=newest[2].title, to=_article_page(inputs, options, newest[2]))
    until.midnight()
    today = say("Today is {day}", day=say.dated(say.day_of(inputs.moment), "EEEE, d MMMM y"))
    label = say.within("a narrow label", "{district}", district=inputs.settings.district)
    return Ticker(label=label, text=today)


def _article_page(inputs: Inputs, options: Options, article: Article) -> str:
    """The article on the page that lists it, if that page reads the same source."""
    page = inputs.lineup.pages.get(options.news)
    source = inputs.page.sources.get("news")
    return f"{options.news}.{article.id}" if page and source in page.sources.values() else options.news
