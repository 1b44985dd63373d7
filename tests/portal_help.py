"""Pages of both examples for terminals, and how a person's program reads them: by an HTML parser, not by their text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import lxml.html
from conftest import ROOT

from channel.folder import Channel
from channel.paint.output import PaintedDocument
from channel.paint.portal import Notice
from channel.render import Renderer
from channel.views.content import Content, Item
from feeds.base.clock import parse_moment
from feeds.folder import read_records
from feeds.source import Snapshot

MOMENTS = {
    "minhang": parse_moment("2026-11-24T08:05"),
    "harbour": datetime(2026, 11, 24, 8, 5, tzinfo=ZoneInfo("Europe/Dublin")),
}
NAMES = tuple(MOMENTS)


class Spoken(NamedTuple):
    """An example, what its sources say at its moment, and an estate of it."""

    channel: Channel
    renderer: Renderer
    snapshots: dict[str, Snapshot]
    moment: datetime
    estate: str

    def content(self, number: str, estate: str = "") -> Content:
        page = self.channel.lineup.page(number)
        return self.renderer.content(page, estate or self.estate, self.snapshots, self.moment)

    def page(
        self, number: str, terminal: str, *, alert: Notice | None = None, estate: str = ""
    ) -> list[PaintedDocument]:
        """The documents of a page."""
        estate, day = estate or self.estate, self.channel.say.day_of(self.moment)
        content = self.content(number, estate)
        return list(self.renderer.terminals.page(number, estate, terminal, content, day, alert=alert).documents)

    def item(self, number: str, terminal: str, item: Item) -> list[PaintedDocument]:
        """The documents of an item."""
        day = self.channel.say.day_of(self.moment)
        return list(self.renderer.terminals.item(number, terminal, item, day).documents)

    def everything(self, terminal: str) -> Iterator[tuple[str, PaintedDocument]]:
        """Every document of every page and of its first items of each kind, with the name of what it shows."""
        for number in self.channel.lineup.pages:
            for document in self.page(number, terminal):
                yield number, document
            kinds: dict[type, int] = {}
            for item in self.content(number).items:
                kinds[type(item.body)] = kinds.get(type(item.body), 0) + 1
                if kinds[type(item.body)] <= 3:
                    for document in self.item(number, terminal, item):
                        yield f"{number}.{item.id}", document


def spoken(name: str, state: Path) -> Spoken:
    """The example of that name; its datasets go into ``state``."""
    folder = ROOT / "examples" / name
    channel, moment = Channel.open(folder, state), MOMENTS[name]
    found = {
        ident: snapshot
        for ident, source in channel.sources.items()
        if (snapshot := read_records(source, folder / "records", moment, channel.datasets))
    }
    return Spoken(channel, Renderer(channel), found, moment, next(iter(channel.estates)))


def parsed(document: PaintedDocument) -> lxml.html.HtmlElement:
    """The document as a browser's parser has it."""
    return lxml.html.document_fromstring(document.body.decode())


def words(element: lxml.html.HtmlElement) -> str:
    """All that an element says, its spaces as one."""
    return " ".join(element.text_content().split())
