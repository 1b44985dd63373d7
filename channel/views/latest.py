"""Articles, newest first, each with a page of its own (layout ``list``).

Role ``articles``; ``desk`` for the channel's own texts beside them. Options: ``when`` is the moment that orders and
dates the rows (``published``, or ``begins`` for notices that run from-to: coming and running ones, the next first,
those that ended leave); ``own`` keeps what concerns the estate (its id, its town, or nobody in particular); ``towns``
tags rows with their town; ``lead`` sets the first row large; ``limit`` rows; ``empty`` is the sentence when there are
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from channel.estates import Estate
from channel.memory import Slot
from channel.views._items import in_order, items_of
from channel.views._keys import keys
from channel.views._words import day_word, first_sentence, moment_word, town_word
from channel.views.base import Inputs, Until
from channel.views.content import Content, Item, List, ListRow
from channel.words import N_, Say
from feeds.records import Article

ROLES = ("articles", "desk")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may choose; see the module's docstring."""

    when: Literal["published", "begins"] = "published"
    own: bool = False
    towns: bool = False
    lead: bool = True
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 60
    empty: str = N_("No news for now")


@dataclass(frozen=True)
class _News:
    """What all estates share at one moment: the articles to choose from, in order, their rows and items, when any of
    them turns, and the estates that one of them names."""

    articles: tuple[Article, ...]
    rows: tuple[ListRow, ...]
    items: tuple[Item, ...]
    until: datetime | None
    named: frozenset[str]


_NEWS: Slot[_News] = Slot("news")
_BODIES: Slot[List] = Slot("news by town")
_ITEMS: Slot[tuple[Item, ...]] = Slot("items of news", 64)
_ROWS: Slot[ListRow] = Slot("rows of news", 1024)


def view(inputs: Inputs) -> Content:
    """The list, and an item for each article of the source."""
    options = inputs.options(Options)
    news = inputs.once(_NEWS, lambda: _news(inputs, options))
    estate = inputs.estate if options.own else None
    # Estates of a town read the same, but for those that an article names.
    key = estate and (estate.town, estate.id if estate.id in news.named else "")
    body = inputs.once(_BODIES, lambda: _body(news, estate, inputs, options), key)
    until = Until(inputs)
    until.at(news.until)
    if body.rows:
        until.midnight()
    return Content(
        body=body,
        sources=inputs.source_lines(),
        items=news.items,
        place=inputs.place(),
        valid_until=until.value,
        **keys(inputs.page),
    )


def concerns(article: Article, estate: Estate) -> bool:
    """Whether the article is for the estate: named, its town named, or nobody in particular."""
    if article.estates:
        return estate.id in article.estates
    return not article.town or article.town == estate.town


def _body(news: _News, estate: Estate | None, inputs: Inputs, options: Options) -> List:
    articles = zip(news.articles, news.rows, strict=True)
    rows = tuple([row for article, row in articles if estate is None or concerns(article, estate)][: options.limit])
    return List(rows=rows, lead=options.lead, empty=None if rows else inputs.empty("articles", options.empty))


def _news(inputs: Inputs, options: Options) -> _News:
    articles = [a for a in _heard(inputs) if _shows(a, options.when, inputs.moment)]
    if options.when == "begins":
        articles.sort(key=lambda a: a.begins or a.published or _EPOCH)
    else:
        articles.sort(key=lambda a: a.published or _EPOCH, reverse=True)
    first = inputs.pinned("articles", "desk")
    articles.sort(key=lambda a: a.id not in first)
    key = (inputs.page_key, inputs.digest("articles", "desk"), tuple(article.id for article in articles))
    items = inputs.remembered(_ITEMS, key, lambda: _items(articles, inputs))
    linked = frozenset(item.id for item in items)
    same = inputs.memory.of(_ROWS)
    until = Until(inputs)
    for article in _heard(inputs):
        until.at(*_turns(article, options.when))
    return _News(
        articles=tuple(articles),
        rows=tuple(same.one(_row(article, inputs, options, linked)) for article in articles),
        items=items,
        until=until.value,
        named=frozenset(ident for article in articles for ident in article.estates),
    )


def _heard(inputs: Inputs) -> tuple[Article, ...]:
    return (*inputs.records("articles", Article), *inputs.records("desk", Article))


def _items(articles: Sequence[Article], inputs: Inputs) -> tuple[Item, ...]:
    items = items_of(articles, inputs.page.title, inputs.say, inputs.page.detail)
    # What follows what differs from estate to estate, and an item is everybody's.
    return in_order(items, inputs.page.number, inputs.say) if inputs.page.scope == "district" else items


def _shows(article: Article, when: str, moment: datetime) -> bool:
    if when == "begins":
        return article.ends is None or article.ends > moment
    return (article.published is None or article.published <= moment) and (
        article.ends is None or article.ends > moment
    )


def _turns(article: Article, when: str) -> tuple[datetime | None, ...]:
    if when == "begins":
        return article.begins, article.ends
    return article.published, article.ends


def _row(article: Article, inputs: Inputs, options: Options, linked: frozenset[str]) -> ListRow:
    tag = town_word(article.town, inputs.say) if options.towns and article.town else article.tag
    return ListRow(
        to=f"{inputs.page.number}.{article.id}" if article.id in linked else "",
        title=article.title,
        tag=tag,
        date=_date(article, options.when, inputs.moment, inputs.say),
        summary=article.summary or first_sentence(article.body, 60),
        at=(article.begins if options.when == "begins" else None) or article.published,
    )


def _date(article: Article, when: str, moment: datetime, say: Say) -> str:
    if when == "begins" and article.begins is not None:
        if article.begins <= moment and article.ends is not None:
            today = say.day_of(article.ends) == say.day_of(moment)
            ends = say.clock(article.ends) if today else day_word(article.ends, moment, say)
            return say("until {time}", time=ends)
        begins = say.local(article.begins)
        # What has no time of day begins with its day.
        is_day = (begins.hour, begins.minute) == (0, 0)
        return day_word(article.begins, moment, say) if is_day else moment_word(article.begins, moment, say)
    return day_word(article.published, moment, say) if article.published else ""
