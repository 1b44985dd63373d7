"""What a format is: a pure function from documents to records and problems.

A module of this package (or of another package, through the entry point group ``service_channel.formats``) is a format
when it has ``NAME`` and ``parse``. ``links`` is for formats whose source spreads over several documents: it names the
addresses that are still missing, and is asked again after each round until it names none. ``carry`` is for formats
whose messages hold longer than their source lists them: it adds to what was read what earlier gatherings read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import msgspec

from feeds.records import AnyRecord, Problem

if TYPE_CHECKING:
    from feeds.source import Source


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes as they came, after any content coding was taken off.

    ``charset`` is what the transport said (HTTP's ``charset``), which is a hint and often wrong.
    """

    url: str
    body: bytes
    media_type: str = ""
    charset: str = ""


@runtime_checkable
class Dataset(Protocol):
    """Indexed data that is queried rather than listed, kept in a file of its own."""

    def to_bytes(self) -> bytes:
        """The whole dataset; equal datasets give equal bytes."""
        ...


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What a format read.

    ``total`` counts the rows that were there, quarantined ones included; ``updated`` is the feed's own word on when it
    was made. ``shape`` names what the rows had, so that a feed that changes its shape is noticed.
    """

    records: tuple[AnyRecord, ...]
    problems: tuple[Problem, ...] = ()
    updated: datetime | None = None
    total: int = 0
    shape: tuple[str, ...] = ()
    dataset: Dataset | None = None
    complete: bool = True
    """Whether every document that the entry names was there."""


Links: TypeAlias = Callable[[Sequence[Document], "Source"], list[str]]


Carry: TypeAlias = Callable[[Sequence[AnyRecord], Parsed, "Source", datetime], Parsed]


class Format(Protocol):
    """The shape of a format module; ``links`` and ``carry`` are optional and therefore asked for with ``getattr``."""

    NAME: str

    def parse(self, documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
        """The records of ``documents``, the entry document first. Raises FormatError when the whole is unreadable."""
        ...


def no_links(documents: Sequence[Document], source: Source) -> list[str]:
    """Links of a format whose source is one document."""
    return []


def links_of(format_: Format) -> Links:
    """The format's ``links``, or the function that never names any."""
    return getattr(format_, "links", no_links)


def carry_of(format_: Format) -> Carry | None:
    """The format's ``carry``; None when a reading replaces the one before."""
    return getattr(format_, "carry", None)


def is_linked(format_: Format) -> bool:
    """Whether the entry document alone says nothing about the whole, so that a 304 for it proves nothing."""
    return hasattr(format_, "links")
