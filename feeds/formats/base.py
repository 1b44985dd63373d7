"""What a format is: a pure function from documents to records and problems.

A module of this package (or of another package, through the entry point group ``service_channel.formats``) is a format
when it has ``NAME`` and ``parse``. ``links`` is for formats whose source spreads over several documents: it names the
addresses that are still missing, and is asked again after each round until it names none. ``carry`` is for formats
whose messages hold longer than their source lists them: it adds to what was read what earlier gatherings read.
``sniff`` lets a format be found by ``channel source try``: it looks at a document and says how sure it is that this is
one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import msgspec

from feeds.records import AnyRecord, Problem

if TYPE_CHECKING:
    from feeds.formats.glance import Glance
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


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset at a glance: how many it has of ``what`` (one of them, as a word), of what ``kinds``, over which
    ``span``, and the ``first`` of them as (name, words).

    ``last`` is the last day on which it says anything, None where it has none; ``over`` whether that is past.
    """

    count: int
    what: str
    kinds: str = ""
    span: str = ""
    last: date | None = None
    over: bool = False
    first: tuple[tuple[str, str], ...] = ()


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
    overview: Overview | None = None
    """What is in the dataset, where there is one and its format says so."""
    complete: bool = True
    """Whether every document that the entry names was there."""

    @property
    def share(self) -> float:
        """The share of the rows that became records, 0 to 1; 1 when there were no rows."""
        return len(self.records) / self.total if self.total else 1.0

    def too_few(self, min_valid: float) -> str:
        """Why a gathering of this is not believed: too small a share of rows is valid; "" when it is believed."""
        if self.share >= min_valid:
            return ""
        first = f" ({self.problems[0].reason})" if self.problems else ""
        return f"only {len(self.records)} of {self.total} rows are valid{first}"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a format makes of a document at a glance.

    ``certainty`` goes from 0 to 1; the surest of all formats counts. ``record``, ``fields`` and ``constants`` are what
    a source should declare; ``missing`` are fields that only a person can fill. ``instead``
    is set when the document belongs to this format but is no source: a sentence for an editor that says what it is a
    part of, and what to give. ``look`` is an address whose document decides, when this one alone does not; ``note`` is
    a remark on what was chosen.
    """

    certainty: float
    record: str = ""
    fields: dict[str, str] = {}
    constants: dict[str, Any] = {}
    missing: tuple[str, ...] = ()
    instead: str = ""
    look: str = ""
    note: str = ""


Sniff: TypeAlias = "Callable[[Document, Glance], Evidence | None]"
Links: TypeAlias = Callable[[Sequence[Document], "Source"], list[str]]


Carry: TypeAlias = Callable[[Sequence[AnyRecord], Parsed, "Source", datetime], Parsed]


class Format(Protocol):
    """The shape of a format module; ``links``, ``carry`` and ``sniff`` are optional: asked for with ``getattr``."""

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


def no_evidence(document: Document, glance: Glance) -> Evidence | None:
    """Sniff of a format that is only read when it is named."""
    return None


def sniff_of(format_: Format) -> Sniff:
    """The format's ``sniff``, or the function that never finds anything."""
    return getattr(format_, "sniff", no_evidence)


def is_linked(format_: Format) -> bool:
    """Whether the entry document alone says nothing about the whole, so that a 304 for it proves nothing."""
    return hasattr(format_, "links")
