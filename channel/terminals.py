"""A page for a terminal that is no television: what is said, as documents. Pure, as painting for boxes is.

The same contents, the same sources and times, the same line of alerts; what differs is who reads them.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

from channel.asking import unsaid
from channel.folder import Channel
from channel.heading import source_line, told
from channel.lineup import Page
from channel.paint.interface import Interface
from channel.paint.output import PaintedDocument, Rendered
from channel.paint.portal import Leaf, Notice, Portal
from channel.profiles.terminals import PORTAL
from channel.views._keys import own_keys
from channel.views.content import Article, Body, Calendar, Content, Item, List, Sheet
from feeds.base.errors import MarkupError

MOST_BYTES = 200_000
"""Of a document: a page that a source made longer is no page for a phone."""


class Terminals:
    """Paints the pages of a channel for terminals. Not for use by several threads at once."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @cached_property
    def portal(self) -> Portal:
        """What paints the portal."""
        own = self._channel.settings
        return Portal(own.title, own.district, self._channel.say, self._channel.layouts)

    @cached_property
    def interface(self) -> Interface:
        """What writes the open interface."""
        return Interface(self._channel)

    def load(self) -> None:
        """Read every template now, not when a page needs it. Raises MarkupError."""
        self.portal.load()

    def page(
        self, number: str, estate: str, terminal: str, content: Content, day: date | None, *,
        alert: Notice | None = None,
    ) -> Rendered:
        """What page ``number`` says, for ``estate`` (empty: the district); ``day`` is the district's (None: the page
        names no source), ``alert`` what is in force there. Raises NotFound and MarkupError."""
        page = self._channel.lineup.page(number)
        if terminal == PORTAL:
            documents = [self.portal.page(self._leaf(page, estate, content, None, day, alert), content.body)]
        else:
            documents = self.interface.page(page, content)
        return _rendered(page, documents)

    def item(
        self, number: str, terminal: str, item: Item, day: date | None, *, alert: Notice | None = None
    ) -> Rendered:
        """One ``item`` of page ``number``, which says whose data it shows. Raises as ``page`` does."""
        page = self._channel.lineup.page(number)
        if terminal == PORTAL:
            leaf = self._leaf(page, "", unsaid(self._channel.say), item, day, alert)
            documents = [self.portal.page(leaf, item.body)]
        else:
            documents = self.interface.item(page, item)
        return _rendered(page, documents)

    def unavailable(self, number: str, estate: str, terminal: str, item: str = "") -> Rendered:
        """That a page, or one of its items, cannot be shown now."""
        content = unsaid(self._channel.say)
        if not item:
            return self.page(number, estate, terminal, content, None)
        page = self._channel.lineup.page(number)
        return self.item(number, terminal, Item(id=item, title=page.title, layout="list", body=content.body), None)

    def files(self, terminal: str) -> list[PaintedDocument]:
        """The documents that come from the declarations alone."""
        return self.portal.files() if terminal == PORTAL else self.interface.files()

    def _leaf(
        self, page: Page, estate: str, content: Content, item: Item | None, day: date | None, alert: Notice | None
    ) -> Leaf:
        channel = self._channel
        sources = told(content, item)
        line = source_line(sources, day, channel.say, short=False)
        known = None
        if estate in channel.estates:
            known = channel.estates[estate]
        body = item.body if item else content.body
        parent = page.number if item else channel.lineup.parent(page)
        over = channel.lineup.pages.get(parent)
        title = item.title if item else page.title if parent else channel.settings.title
        name = _name(body) if item else ""
        return Leaf(
            number=page.number,
            title=name or title,
            above=title if name and name != title else "",
            kind=str(body.__struct_config__.tag),
            item=item.id if item else "",
            estate=estate if known else "",
            place=(known.town, known.name) if known else (),
            source=line.forms[0],
            stale=line.stale,
            licences=tuple(dict.fromkeys(filter(None, (channel.sources[s.id].licence for s in sources)))),
            back=(parent, over.title) if over else ("", ""),
            keys=tuple((key.label, key.to) for key in own_keys(page, content, item) if key),
            alert=alert,
            occasion=bool(item and item.occasion) or (isinstance(body, Calendar) and bool(body.agenda) and not item),
            feed=isinstance(body, List) and not item,
        )


def _name(body: Body) -> str:
    """What a record's own page is called: the place, the thing."""
    return body.name if isinstance(body, Sheet) else body.title if isinstance(body, Article) else ""


def _rendered(page: Page, documents: list[PaintedDocument]) -> Rendered:
    long = next((document for document in documents if len(document.body) > MOST_BYTES), None)
    if long is not None:
        raise MarkupError(f"{page.number}: {long.name} has {len(long.body)} bytes, expected {MOST_BYTES} at most")
    return Rendered(page=page.number, scope=page.scope, documents=tuple(documents), assets={})
