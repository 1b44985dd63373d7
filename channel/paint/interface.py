"""The open interface: what the pages say as JSON that a program reads, and the feeds beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from channel.folder import Channel
from channel.lineup import Page
from channel.paint.documents import (
    AlertsDocument,
    EstateLine,
    EstatesDocument,
    ItemDocument,
    LineupDocument,
    Link,
    PageDocument,
    PageLine,
    Refusal,
    SourceSaid,
)
from channel.paint.feeds import Feeds
from channel.paint.geojson import Point, points
from channel.paint.openapi import JSON, openapi
from channel.paint.output import PaintedDocument
from channel.paint.portal import Notice
from channel.views.content import Alert, Body, Content, Item, Nearest, SourceLine

_encode = msgspec.json.Encoder().encode


class Interface:
    """Writes the documents of a channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._feeds = Feeds(channel.settings.portal.url, channel.settings.title, channel.say)

    def page(self, page: Page, content: Content) -> list[PaintedDocument]:
        """A page as JSON, its feeds, and its places as points; ``content`` says until when it holds."""
        document = PageDocument(
            page=page.number, title=page.title, category=page.category, layout=page.layout, place=content.place,
            body=content.body, links=_links(content), sources=self._origins(content.sources),
            valid_until=content.valid_until,
        )  # fmt: skip
        return [
            _written(f"{page.number}.json", document),
            *self._feeds.page(page.number, page.title, content.body, content.sources),
            *_places(f"{page.number}.geojson", content.body),
        ]

    def item(self, page: Page, item: Item) -> list[PaintedDocument]:
        """An item as JSON, and as a calendar where it is an event."""
        document = ItemDocument(
            page=page.number, item=item.id, title=item.title, layout=item.layout, body=item.body, links=_links(item),
            sources=self._origins(item.sources or ()),
        )  # fmt: skip
        return [
            _written(f"i/{page.number}.{item.id}.json", document),
            *self._feeds.item(page.number, item),
        ]

    def alerts(self, estate: str, notice: Notice | None, content: Content | None, form: str) -> PaintedDocument:
        """The alerts of an estate as ``atom`` or JSON; ``content`` is what their page says, where it says anything."""
        alert = content.body if content and isinstance(content.body, Alert) and content.body.headline else None
        if form == "atom":
            return self._feeds.alerts(estate, alert, content.sources if content else ())
        notice = notice or Notice()
        document = AlertsDocument(
            estate=estate, id=notice.id, level=notice.level, mark=notice.mark, text=notice.text, do=notice.do,
            page=notice.page, alert=alert, sources=self._origins(content.sources if content else ()),
        )  # fmt: skip
        return _written("alerts.json", document)

    def files(self) -> list[PaintedDocument]:
        """Line-up, estates and the description of all this."""
        channel = self._channel
        estates = tuple(
            EstateLine(id=e.id, name=e.name, town=e.town, lon=e.lon, lat=e.lat) for e in channel.estates.values()
        )
        pages = tuple(
            PageLine(
                page=page.number, title=page.title, category=page.category, layout=page.layout, scope=page.scope,
                parent=channel.lineup.parent(page), listed=not page.unlisted,
            )
            for page in channel.lineup.pages.values()
        )  # fmt: skip
        own = channel.settings
        lineup = LineupDocument(title=own.title, district=own.district, language=channel.say.tag, pages=pages)
        return [
            _written("lineup.json", lineup),
            _written("estates.json", EstatesDocument(estates=estates)),
            points("estates.geojson", _estates(estates)),
            PaintedDocument(name="openapi.json", media=JSON, body=_encode(openapi(own.title))),
        ]

    def _origins(self, lines: Sequence[SourceLine]) -> tuple[SourceSaid, ...]:
        sources = self._channel.sources
        return tuple(
            SourceSaid(
                id=line.id, publisher=line.publisher, observed=line.observed, state=line.state,
                licence=sources[line.id].licence if line.id in sources else "",
            )
            for line in lines
        )  # fmt: skip


def refusal(sentence: str) -> bytes:
    """What is answered where there is nothing."""
    return _encode(Refusal(error=sentence, see="/api/v1/openapi.json"))


def _written(name: str, document: msgspec.Struct) -> PaintedDocument:
    return PaintedDocument(name=name, media=JSON, body=_encode(document))


def _links(told: Content | Item) -> tuple[Link, ...]:
    return tuple(Link(label=key.label, to=key.to) for key in (told.red, told.green) if key)


def _estates(estates: Sequence[EstateLine]) -> Iterator[Point]:
    """The estates whose place is known."""
    for estate in estates:
        if estate.lon is not None and estate.lat is not None:
            yield Point(estate.id, estate.lon, estate.lat, {"name": estate.name, "town": estate.town})


def _places(name: str, body: Body) -> list[PaintedDocument]:
    """The places of a page that lists some, as far as it is known where they are."""
    if not isinstance(body, Nearest):
        return []
    known = [(row, row.at) for row in body.rows if row.at is not None]
    if not known:
        return []
    told = (
        Point(row.to, lon, lat, {"name": row.name, "kind": row.level, "hours": row.hours, "now": row.word})
        for row, (lat, lon) in known
    )
    return [points(name, told)]
