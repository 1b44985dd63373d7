"""What workers do: the functions that look at bytes from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feeds.base.clock import on_clock_of
from feeds.formats import Document, Parsed, get, links_of
from feeds.source import Source


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """What the source's format reads. Raises FormatError."""
    with on_clock_of(source.zone):
        return get(source.format).parse(documents, source, moment)


def links(documents: Sequence[Document], source: Source) -> list[str]:
    """What the documents link to and the source needs too. Raises FormatError."""
    return links_of(get(source.format))(documents, source)
