"""What an address gave, or a file that somebody brought: read as a gathering would, under tighter limits, and kept
while a source is made of it."""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import zstandard
from sqlalchemy import Engine, delete, insert, select, update

from broadcaster.desk import audit
from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.tables import SampleRow
from channel.folder import Channel
from channel.memory import Shelf
from channel.words import N_
from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, FeedError, NotFound
from feeds.database import Writing
from feeds.formats import Document, get, is_linked
from feeds.guess import Sheet, Trial, trial
from feeds.network.fetch import fetch
from feeds.parsing import shared
from feeds.source import Source
from feeds.tables import to_micros

MOST_BYTES = 20_000_000
"""Of a file, and of what an address gives."""
LIMITS: Mapping[str, Any] = {
    "retries": 0, "deadline": "10s", "max_bytes": MOST_BYTES, "max_items": 5_000, "parse_deadline": "5s",
    "parse_memory": 500_000_000,
}  # fmt: skip
_KEPT = 40
"""Samples that are kept; the oldest go."""
_WAIT_S = 2.0
_READ = 8
_SHEET = "feeds.guess.columns:sheet"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes from outside: ``address`` is where they came from, "" for a file that was brought; ``name`` is one that we
    gave it; with ``private`` inner addresses may be asked."""

    id: str
    address: str
    name: str
    private: bool
    body: bytes

    @property
    def url(self) -> str:
        """The address that a source of it has."""
        return self.address or f"file:{self.name}"


class Read(msgspec.Struct, frozen=True):
    """What trying it gave, and the first rows as they stand there; none where it is no table."""

    trial: Trial
    sheet: Sheet


class Samples:
    """Takes samples and reads them. One is read at a time: the threads here are the boxes' too."""

    def __init__(self, channel: Channel, engine: Engine, clock: Clock) -> None:
        self._channel, self._engine, self._clock = channel, engine, clock
        self._turn = threading.Lock()
        self._known: Shelf[Read] = Shelf(_READ)

    def fetched(self, address: str, who: Person, *, private: bool) -> Sample:
        """What an address gives. Raises PersonError for one that may not be asked, and for what went wrong."""
        address = address.strip()
        if not _is_askable(address):
            raise Refusal("address", N_("expected an address that begins with http:// or https://, without a password"))
        source = Source(id="sample", url=address, format="table", publisher="?", private=private, **LIMITS)
        with self._alone():
            try:
                found = fetch(source, self._channel.folder, clock=self._clock)
            except FeedError as error:
                raise Refusal("address", N_("nothing came of it: {words}"), words=error.message) from None
        name = _name_of(urlsplit(address).path.rpartition("/")[2])
        return self._keep(found.documents[0].body, name, who, address=address, private=private)

    def brought(self, name: str, body: bytes, who: Person) -> Sample:
        """A file that somebody brought; its name is a hint and nothing else. Raises PersonError."""
        if not body.strip():
            raise Refusal("file", N_("there is nothing in it"))
        return self._keep(body, _name_of(name), who, address="", private=False)

    def get(self, ident: str) -> Sample:
        """A sample that was taken before. Raises NotFound."""
        with self._engine.connect() as connection:
            row = connection.execute(select(SampleRow.__table__).where(SampleRow.id == ident)).first()
        if row is None:
            raise NotFound(f"sample: found {ident!r}, which is not there any more")
        body = zstandard.ZstdDecompressor().decompress(row.content, max_output_size=MOST_BYTES)
        return Sample(id=row.id, address=row.address, name=row.name, private=row.private, body=body)

    def read(self, sample: Sample, **facts: Any) -> Read:
        """What it is; ``facts`` are fields of Source that a person has said. Raises PersonError when somebody else is
        being read to."""
        # What a bare hour means depends on the day.
        key = (sample.id, self._clock.now().date(), msgspec.json.encode(facts, order="sorted"))
        with self._alone():
            return self._known.get(key, lambda: self._read(sample, facts))

    def _read(self, sample: Sample, facts: Mapping[str, Any]) -> Read:
        known: dict[str, Any] = {**LIMITS, "private": sample.private, **facts}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / sample.name
            path.write_bytes(sample.body)
            found = trial(str(path), self._channel.folder, self._clock, **known)
            if sample.address and found.source is not None and is_linked(get(found.source.format)):
                # What it links to is found from where it came from.
                found = trial(sample.address, self._channel.folder, self._clock, **known)
            return Read(found, self._sheet(sample, found.source))

    def _sheet(self, sample: Sample, source: Source | None) -> Sheet:
        if source is None or source.format != "table":
            return Sheet()
        document = Document(url=sample.url, body=sample.body)
        try:
            return shared().call(_SHEET, (document, source), source, Sheet)
        except ChannelError:
            return Sheet()

    def _keep(self, body: bytes, name: str, who: Person, *, address: str, private: bool) -> Sample:
        ident = hashlib.blake2b(f"{address}\n{name}\n{private}\n".encode() + body, digest_size=16).hexdigest()
        now = self._clock.now()
        row = {
            "at": to_micros(now), "who": who.name, "address": address, "name": name, "private": private,
            "content": zstandard.ZstdCompressor(level=3).compress(body),
        }  # fmt: skip
        with Writing(self._engine) as connection:
            mine = SampleRow.id == ident
            if not connection.execute(update(SampleRow).where(mine).values(at=row["at"])).rowcount:
                connection.execute(insert(SampleRow).values(id=ident, **row))
            newest = select(SampleRow.id).order_by(SampleRow.at.desc()).limit(_KEPT)
            kept = list(connection.execute(newest).scalars())
            connection.execute(delete(SampleRow).where(SampleRow.id.not_in(kept)))
            audit.note(connection, now, who.name, "sample taken", sample=ident, address=address, name=name)
        return Sample(id=ident, address=address, name=name, private=private, body=body)

    def _alone(self) -> _Turn:
        return _Turn(self._turn)


class _Turn:
    """``with`` one's turn. Raises PersonError when it does not come soon."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=_WAIT_S):
            raise Refusal("file", N_("another one is being read just now: try again in a moment"))

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _is_askable(address: str) -> bool:
    """Whether a person at the desk may have it asked: no file of this machine, no secret of its environment, and none
    that would stand in the record."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = "${" not in address and "@" not in parts.netloc and address.isprintable() and " " not in address
    return plain and parts.scheme in ("http", "https") and bool(host) and len(address) <= 2_000


def _name_of(given: str) -> str:
    """A name of our own for a file, like the one that was given."""
    stem, _, ending = given.rpartition(".") if "." in given else (given, "", "")
    plain = re.sub("[^a-z0-9]+", "-", stem.lower()).strip("-")[:40].strip("-") or "file"
    return f"{plain}.{ending.lower()}" if re.fullmatch("[A-Za-z0-9]{1,5}", ending) else plain
