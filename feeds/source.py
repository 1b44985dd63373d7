"""A source as ``sources.toml`` declares it, and the snapshot of records it last gave."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec

from feeds.amendments import Amendment
from feeds.base import toml
from feeds.base.clock import parse_duration, zone_names
from feeds.records import KINDS, AnyRecord, Problem

_ID = Annotated[
    str,
    msgspec.Meta(
        pattern="^[a-z][a-z0-9_-]{0,39}$", description="an id of at most 40 of a-z, 0-9, _ and -, a letter first"
    ),
]
_SECRET = re.compile("auth|cookie|key|token|secret|password", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
# So few digits and letters that no sum of them is longer than `parse_duration` takes.
Duration = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(\d{1,4}[dh]|\d{1,8}(ms|s|min))+$",
        max_length=20,
        description="a duration of at most 9999d such as 30s, 15min, 2h or 1d",
    ),
]


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of ``sources.toml``.

    ``url`` is ``http(s)://…`` or ``file:PATH`` relative to the channel's folder. ``fields`` maps a record's field to
    a column name or JMESPath expression (formats that need no map ignore it). Durations are text: ``15min``.
    """

    id: _ID
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    format: str
    publisher: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    """Who stands behind the data, as printed after 来源."""
    record: str = ""
    every: Duration = "1h"
    cron: str = ""
    zone: str = ""
    """The zone of its moments that name no offset, by its name in the IANA database; empty: the channel's."""
    language: str = ""
    """Which of its languages is told where it has several, as a tag of BCP 47 (``en-IE``); empty: the channel's."""
    fields: dict[str, str] = {}
    constants: dict[str, Any] = {}
    """Values given to every record, such as ``kind = "医院"``."""
    rows: str = ""
    """Where the rows are: a JMESPath expression (JSON), a sheet name (XLSX), an XPath (XML)."""
    encoding: str = ""
    licence: str = ""
    fresh_for: Duration = ""
    """After this without a successful gathering the source is late; empty: three times ``every``."""
    stale_after: Duration = ""
    """…stale: marked on the page; empty: twelve times ``every``."""
    expires_after: Duration = ""
    """…expired: its records leave the pages; empty: never."""
    deadline: Duration = "20s"
    max_bytes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = 20_000_000
    max_items: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 50_000
    parse_deadline: Duration = "30s"
    """For reading what came, in a process of its own; one that takes longer is stopped."""
    parse_memory: Annotated[int, msgspec.Meta(ge=10_000_000, le=64_000_000_000)] = 1_500_000_000
    """Bytes of memory that reading may take."""
    retries: Annotated[int, msgspec.Meta(ge=0, le=10)] = 2
    redirects: Annotated[int, msgspec.Meta(ge=0, le=10)] = 3
    min_valid: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    """A gathering of which a smaller share of rows is valid keeps the last good snapshot."""
    max_drop: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    """A gathering whose count drops by more than this share keeps the last good snapshot; 1 switches it off."""
    private: bool = False
    """Whether loopback and private addresses may be asked."""
    release: Annotated[str, msgspec.Meta(pattern="^(auto|review)$", description="auto or review")] = "auto"
    coordinates: Annotated[
        str, msgspec.Meta(pattern="^(wgs84|gcj02|bd09)$", description="wgs84, gcj02 or bd09")
    ] = "wgs84"
    headers: dict[str, str] = {}
    """Request headers; ``${NAME}`` is taken from the environment and never logged."""
    credentials_for: tuple[str, ...] = ()
    """Origins beside the source's own, such as ``https://files.example.org:8443``, that headers with credentials go to
    too: what the source redirects or links to may lie there."""
    options: dict[str, Any] = {}
    """What the format itself asks for."""

    @property
    def is_desk(self) -> bool:
        """Whether these are the channel's own texts, which nobody gathers and which never grow old."""
        return self.format == "desk"

    @property
    def seconds(self) -> float:
        """Seconds between two gatherings."""
        return parse_duration(self.every)

    def border(self, name: str) -> timedelta | None:
        """How long after the last success the source becomes ``late``, ``stale`` or ``expired``; None: never."""
        text, default = {
            "late": (self.fresh_for, 3 * self.seconds),
            "stale": (self.stale_after, 12 * self.seconds),
            "expired": (self.expires_after, None),
        }[name]
        seconds = parse_duration(text) if text else default
        return None if seconds is None else timedelta(seconds=seconds)


def origin_of(url: str) -> str:
    """The origin of an address (RFC 6454): scheme, host, and port where it is not the scheme's own; "" of none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def file_of(url: str, base: Path) -> Path | None:
    """The file that a ``file:`` address means, relative to ``base``; None when it lies outside of that folder."""
    try:
        path = (base / _path_of(url)).resolve()
        return path if path.is_relative_to(base.resolve()) else None
    except (OSError, RuntimeError, ValueError):
        return None


def _path_of(url: str) -> str:
    return unquote(url.removeprefix("file:").removeprefix("//"))


def _is_inside(url: str, base: Path) -> bool:
    """Whether a ``file:`` address says a path inside of the folder; where links lead is seen when it is read."""
    named = Path(os.path.normpath(base / _path_of(url)))
    return named.is_relative_to(base) or file_of(url, base) is not None


def is_credential(name: str, value: str) -> bool:
    """Whether a request header is meant for whom it was given to alone."""
    return "${" in value or _SECRET.search(name) is not None


class Freshness(StrEnum):
    """How far a source's last success lies back, by the source's own borders."""

    FRESH = "fresh"
    LATE = "late"
    STALE = "stale"
    EXPIRED = "expired"
    NEVER = "never"


_BY_THE_MINUTE_S = 300


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The records that a source gave at one time.

    ``observed`` is when this content was first seen; ``checked`` is when the source last confirmed it (a 304 or the
    same bytes). ``digest`` names the records: equal digests mean equal records.
    """

    source: str
    observed: datetime
    checked: datetime
    digest: str
    records: tuple[AnyRecord, ...]
    problems: tuple[Problem, ...] = ()
    updated: datetime | None = None
    """The feed's own word on when it was made, where it gives one."""
    dataset: str = ""
    """The name of the dataset's file, for formats that give one (``Archive.dataset`` opens it)."""
    pinned: tuple[str, ...] = ()
    """The ids of records that editors show first."""
    amendments: tuple[Amendment, ...] = ()
    """What editors say of the dataset's stops and lines."""


def records_digest(records: tuple[AnyRecord, ...]) -> str:
    """The name of these records in this order."""
    return hashlib.blake2b(msgspec.msgpack.encode(records), digest_size=16).hexdigest()


def freshness(source: Source, snapshot: Snapshot | None, moment: datetime) -> Freshness:
    """How fresh ``snapshot`` is at ``moment``; one that was checked ahead of it, before the clock went back, counts as
    checked just then."""
    if snapshot is None:
        return Freshness.NEVER
    return Freshness.FRESH if source.is_desk else aged(source, moment - snapshot.checked)


def aged(source: Source, age: timedelta) -> Freshness:
    """How fresh a source is whose last success lies so far back."""
    for state in (Freshness.EXPIRED, Freshness.STALE, Freshness.LATE):
        border = source.border(state.value)
        if border is not None and age >= border:
            return state
    return Freshness.FRESH


def next_border(source: Source, snapshot: Snapshot | None, moment: datetime) -> datetime | None:
    """The next moment at which ``freshness`` gives another answer without a new gathering; None: never."""
    if snapshot is None:
        return None
    checked = min(snapshot.checked, moment)
    borders = (source.border(name) for name in ("late", "stale", "expired"))
    return min((checked + b for b in borders if b is not None and checked + b > moment), default=None)


def confirmed(source: Source, snapshot: Snapshot) -> datetime:
    """When the source last said what ``snapshot`` says, as people are told it: to five minutes for feeds that are asked
    by the minute, else to the hour, so that a page is not another one each time that its source is asked."""
    seconds = confirmed_step(source).total_seconds()
    step = datetime.fromtimestamp(snapshot.checked.timestamp() // seconds * seconds, UTC)
    return max(snapshot.observed, step)


def confirmed_step(source: Source) -> timedelta:
    """To what ``confirmed`` is rounded."""
    return timedelta(minutes=5) if source.seconds <= _BY_THE_MINUTE_S else timedelta(hours=1)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: dict[str, dict[str, Any]] = {}
    defaults: dict[str, Any] = {}


def load_sources(path: Path, formats: frozenset[str]) -> dict[str, Source]:
    """Every source of ``path`` by id, in the file's order. Raises Mistakes: all that is wrong in the file."""
    notes = toml.Notes(path)
    sources = read_sources(notes, toml.read(path), formats)
    notes.done()
    return sources


def read_sources(notes: toml.Notes, data: dict[str, Any], formats: frozenset[str]) -> dict[str, Source]:
    """The sources of a file's tables that are sound; what is wrong with the others is noted, all of it."""
    file = notes.part(data, _File)
    sources = {}
    for ident, table in file.source.items():
        key, before = f"source.{ident}", len(notes.found)
        if "id" in table:
            notes.add(f"{key}.id", f"found {table['id']!r}, expected it in the table's head alone")
        source = notes.part({**file.defaults, **table, "id": ident}, Source, key)
        _check(source, notes, key, formats)
        if len(notes.found) == before:
            sources[ident] = source
    return sources


_SCHEMES = ("http://", "https://", "file:", "desk:")


def _check(source: Source, notes: toml.Notes, key: str, formats: frozenset[str]) -> None:
    if source.format not in formats:
        notes.unknown(f"{key}.format", source.format, formats, f"one of: {', '.join(sorted(formats))}")
    if source.record and source.record not in KINDS:
        notes.unknown(f"{key}.record", source.record, KINDS, f"one of: {', '.join(sorted(KINDS))}")
    if source.zone and source.zone not in zone_names():
        notes.unknown(f"{key}.zone", source.zone, zone_names(), "a zone such as Europe/Dublin")
    if source.is_desk != (source.url == "desk:") or not source.url.startswith(_SCHEMES):
        expected = "desk: for the channel's own texts" if source.is_desk else "http://, https:// or file:"
        notes.add(f"{key}.url", f"found {source.url!r}, expected {expected}")
    elif source.url.startswith("file:") and not _is_inside(source.url, Path(notes.where).parent):
        expected = "a file or folder inside the channel's folder"
        notes.add(f"{key}.url", f"found {source.url!r}, which lies outside, expected {expected}")
    for origin in source.credentials_for:
        if not origin or origin_of(origin) != origin:
            expected = "origins such as https://files.example.org:8443"
            notes.add(f"{key}.credentials_for", f"found {origin!r}, expected {expected}")
    for name, value in source.headers.items():
        if _SECRET.search(name) and "${" not in value:
            notes.add(
                f"{key}.headers.{name}",
                "found a value, expected ${NAME} of an environment variable",
                hint="a credential in a file ends up in backups and histories",
            )
    if source.record in KINDS and source.format == "table":
        known = set(KINDS[source.record].__struct_fields__)
        for place, names in (("fields", source.fields), ("constants", source.constants)):
            for field in names:
                if field not in known:
                    expected = f"fields of {source.record}: {', '.join(sorted(known))}"
                    notes.unknown(f"{key}.{place}", field, known, expected)


def wanted_language(source: Source) -> str:
    """The tag of the language that is told where a feed has several: its own option's, else the source's, else
    Chinese."""
    return str(source.options.get("language") or source.language or "zh")
