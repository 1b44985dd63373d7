"""The documents of the open interface, as types: their description is made from them.

Fields are added, never changed and never taken away; ``format`` would say otherwise.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from channel.views.content import Alert, Body


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    format: Literal[1] = 1


class SourceSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A source of what is said: whose it is, when that was observed, how fresh it is, and what may be done with it."""

    id: str
    publisher: str
    observed: datetime | None
    state: str
    licence: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page leads on: ``201`` is a page, ``201.h17`` an item, ``@mh0001/100`` a page of another estate."""

    label: str
    to: str


class PageDocument(_Document, frozen=True, kw_only=True):
    """What a page says, for an estate: ``place`` is its town and name, null on a page of the whole district. It holds
    until ``valid_until`` (null: until something else is said). Targets (``to``) are written as in ``Link``."""

    page: str
    title: str
    category: str
    layout: str
    place: tuple[str, str] | None
    body: Body
    links: tuple[Link, ...]
    sources: tuple[SourceSaid, ...]
    valid_until: datetime | None


class ItemDocument(_Document, frozen=True, kw_only=True):
    """What an item of a page says, which is the same for all estates."""

    page: str
    item: str
    title: str
    layout: str
    body: Body
    links: tuple[Link, ...]
    sources: tuple[SourceSaid, ...]


class PageLine(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the line-up. ``scope`` is ``estate`` where it differs by estate; a page that is not ``listed`` stands
    in no menu."""

    page: str
    title: str
    category: str
    layout: str
    scope: Literal["district", "estate"]
    parent: str
    listed: bool


class LineupDocument(_Document, frozen=True, kw_only=True):
    """All pages of the channel, in the order of their numbers."""

    title: str
    district: str
    language: str
    pages: tuple[PageLine, ...]


class EstateLine(msgspec.Struct, frozen=True, kw_only=True):
    """An estate; degrees of WGS-84, null where nobody knows them."""

    id: str
    name: str
    town: str
    lon: float | None
    lat: float | None


class EstatesDocument(_Document, frozen=True, kw_only=True):
    """All estates that have pages of their own."""

    estates: tuple[EstateLine, ...]


class AlertsDocument(_Document, frozen=True, kw_only=True):
    """The alerts in force in an estate. ``level`` is ``none``, ``strip`` or ``takeover``, ``id`` names what speaks,
    ``alert`` says all of it; ``page`` is where it is read."""

    estate: str
    id: str = ""
    level: str = "none"
    mark: str = ""
    text: str = ""
    do: str = ""
    page: str = ""
    alert: Alert | None = None
    sources: tuple[SourceSaid, ...] = ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer, and where it is said what there is."""

    error: str
    see: str


DOCUMENTS = (PageDocument, ItemDocument, LineupDocument, EstatesDocument, AlertsDocument, Refusal)
