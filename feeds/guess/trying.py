"""Trying a source: fetch, guess, read, and judge it as a gathering would."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, FetchError
from feeds.dated import without_misdated
from feeds.formats import Document, Parsed, get, is_linked
from feeds.formats._moments import read_moment
from feeds.formats._rows import kind_of
from feeds.formats._vocabulary import words_for
from feeds.guess.declaring import suggest_id, to_toml
from feeds.guess.encoding import CERTAIN, Encoding
from feeds.guess.formats import Guess, Look, Sight, settled
from feeds.guess.past import end_of_event, over, said
from feeds.network.fetch import fetch
from feeds.parsing import shared
from feeds.records import KINDS, Event
from feeds.source import Source

# Whoever tries a source waits for it, and would rather see a big one than be told that it is big.
_GENEROUS: Mapping[str, Any] = {"retries": 0, "max_bytes": 300_000_000, "deadline": "60s", "max_items": 200_000}
_LOOK_DEADLINE = "10s"
_SIGHT = "feeds.guess.formats:sight"
_WIDEST, _MOST_SPANS = 800, 50
"""Days that a calendar is written out for at once, and how often that is done to find its last event."""
_LEAST_SHARE = 0.2
"""A smaller share of valid rows is no feed to get by with."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What trying a source gave. ``error`` is why it is no source, "" when it is one; ``toml`` is the table for
    ``sources.toml``, which may be there beside an error when a person can complete it. ``notes`` are remarks;
    ``encoding`` is there when it had to be guessed."""

    source: Source | None = None
    parsed: Parsed | None = None
    error: str = ""
    toml: str = ""
    seconds: float = 0.0
    bytes: int = 0
    notes: tuple[str, ...] = ()
    encoding: Encoding | None = None

    @property
    def ok(self) -> bool:
        """Whether at least one record (or a dataset) was read, and a gathering would believe it."""
        read = self.parsed is not None and bool(self.parsed.records or self.parsed.dataset is not None)
        return read and not self.error


def trial(
    address: str, base: Path, clock: Clock, *, ident: str = "", private: bool = True, publisher: str = "", **facts: Any
) -> Trial:
    """Fetch ``address`` (a URL, ``file:PATH``, or the path of a file), guess what it is, and read it.

    ``facts`` are fields of Source that are known already (``format``, ``record``, ``fields``, …) and are not guessed.
    Never raises for what comes from outside.
    """
    url, folder = _located(address, base)
    known = {"format": "table", "publisher": publisher or "?", "private": private, **_GENEROUS, **facts}
    source: Source | None = None
    encoding: Encoding | None = None
    try:
        source = Source(id=ident or suggest_id(address), url=url, **known)
        if source.record:
            kind_of(source)
        fetched = fetch(source, folder, clock=clock)
        parser = shared()
        given = (fetched.documents[0], facts.get("format", ""), source.record, source.encoding, words_for(base))
        seen = parser.call(_SIGHT, given, source, Sight)
        encoding = seen.encoding
        found = settled(seen, _looker(source, folder, clock))
        evidence = found.evidence
        source = _declared(source, found)
        missing = tuple(f for f in evidence.missing if f not in source.constants and f not in source.fields)
        asked = _asked_for(source, missing, evidence.note) if missing else ""
        if missing and _cannot_be(source.record, missing):
            toml = to_toml(source, address, fetched.bytes, missing)
            return Trial(source=source, error=asked, toml=toml, encoding=encoding, bytes=fetched.bytes)
        if is_linked(get(source.format)):
            fetched = fetch(source, folder, clock=clock, links=lambda documents, of: parser.links(of, documents))
        parsed, note = _read(source, fetched.documents, clock.now())
    except ChannelError as error:
        return Trial(source=source, error=str(error), encoding=encoding)
    notes = tuple(filter(None, (asked or ("" if evidence.missing else evidence.note), note)))
    result = Trial(
        source=source, parsed=parsed, seconds=fetched.seconds, bytes=fetched.bytes, notes=notes, encoding=encoding
    )
    return _judged(result, parsed, source, to_toml(_pinned(source, encoding), address, fetched.bytes, missing))


def _declared(source: Source, found: Guess) -> Source:
    """The source with what was guessed; what the editor gave stays."""
    evidence = found.evidence
    return msgspec.structs.replace(
        source, format=found.format, record=source.record or evidence.record,
        fields={**evidence.fields, **source.fields}, constants={**evidence.constants, **source.constants},
    )  # fmt: skip


def _pinned(source: Source, encoding: Encoding | None) -> Source:
    """The source with its encoding written out when that is not certain, for the editor to see."""
    unsure = encoding is not None and encoding.sure < CERTAIN and not source.encoding
    return msgspec.structs.replace(source, encoding=encoding.name) if encoding and unsure else source


def _judged(result: Trial, parsed: Parsed, source: Source, toml: str) -> Trial:
    """The trial of what was read, judged by the rule by which a gathering is believed."""
    error = ""
    if not result.ok:
        why = parsed.problems[0].reason if parsed.problems else f"this is {source.format}, but there is no item in it"
        error = f"no record could be read: {why}"
    elif few := parsed.too_few(source.min_valid):
        error = (
            f"{few}; that is {parsed.share:.0%}, and a gathering believes no less than min_valid = "
            f"{source.min_valid:g} ({source.min_valid:.0%}). Have the publisher mend the rows"
        )
        if parsed.share >= _LEAST_SHARE:
            error += f"; if those that are valid will do, write min_valid = {int(parsed.share * 100) / 100:g}"
    return msgspec.structs.replace(result, error=error, toml="" if error else toml)


def _cannot_be(record: str, missing: Sequence[str]) -> bool:
    """Whether there is no such record without these fields."""
    return any(field.required and field.name in missing for field in msgspec.structs.fields(KINDS[record]))


def _asked_for(source: Source, missing: Sequence[str], note: str) -> str:
    """What an editor is asked for about rows of a known kind, and where to write it."""
    columns = ", ".join(f"{field} = {column}" for field, column in source.fields.items())
    words = ", ".join(f'{field} = "…"' for field in missing)
    return (
        f"as {source.format} its rows look like the record {source.record}{f' ({columns})' if columns else ''}, but "
        f"nothing says the {' and the '.join(missing)}{f'; {note}' if note else ''}. Name the column under fields, or "
        f"write constants = {{ {words} }} when it is the same for all"
    )


def _read(source: Source, documents: Sequence[Document], now: datetime) -> tuple[Parsed, str]:
    """What the format reads, and a remark where all of it is past; a calendar of the past, which gives nothing any
    more, is read as of its last events, to be seen."""
    parsed = _parse(source, documents, now)
    if source.format == "ical" and not parsed.total:
        parsed = next(_once(source, documents, now), parsed)
        ends = [end_of_event(record) for record in parsed.records if isinstance(record, Event)]
        return parsed, said("events", max(ends)) if ends else ""
    seen = parsed.overview
    if seen is not None and seen.over and seen.last is not None:
        return parsed, said(f"{seen.what}s", seen.last)
    return without_misdated(parsed, now), over(parsed.records, now)


def _once(source: Source, documents: Sequence[Document], now: datetime) -> Iterator[Parsed]:
    """What a calendar gave before ``now``, the latest first: from the day on which the last of its events first began,
    in the widest spans that are read at once."""
    days = re.findall(rb"^DTSTART[^:\r\n]{0,200}:(\d{8})", b"\n".join(d.body for d in documents), re.MULTILINE)
    wide = msgspec.structs.replace(source, options={**source.options, "days": _WIDEST})
    for day in sorted(days, reverse=True):
        with contextlib.suppress(ValueError):
            first = read_moment(f"{day[:4].decode()}-{day[4:6].decode()}-{day[6:].decode()}", now)
            spans = min((now - first) // timedelta(days=_WIDEST), _MOST_SPANS)
            for number in range(spans, -1, -1):
                parsed = _parse(wide, documents, first + number * timedelta(days=_WIDEST))
                if parsed.records:
                    yield parsed
            return


def _parse(source: Source, documents: Sequence[Document], now: datetime) -> Parsed:
    """The one place where a trial reads. Raises FormatError and ParseError."""
    return shared().parse(source, documents, now)


def _looker(source: Source, folder: Path, clock: Clock) -> Look:
    """Looks at a document that the entry links to, fetched under a short deadline."""
    brief = msgspec.structs.replace(source, deadline=_LOOK_DEADLINE)

    def look(address: str) -> Sight:
        fetched = fetch(brief, folder, clock=clock, links=lambda documents, _: [address] if len(documents) == 1 else [])
        if len(fetched.documents) < 2:
            raise FetchError("no answer")
        return shared().call(_SIGHT, (fetched.documents[1],), source, Sight)

    return look


def _located(address: str, base: Path) -> tuple[str, Path]:
    """(url, base): a plain path becomes a ``file:`` address in the channel's folder, or else in its own."""
    if address.startswith(("http://", "https://", "file:")):
        return address, base
    path = Path(address).expanduser().resolve()
    if path.is_relative_to(base.resolve()):
        return f"file:{path.relative_to(base.resolve())}", base
    return f"file:{path.name}", path.parent
