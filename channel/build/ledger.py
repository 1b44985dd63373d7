"""What every page on air was built from, and when each must be looked at again: kept from build to build.

The ledger is a note about the store, never its master: one that is lost, torn or from another store only costs a build
that renders the same bytes again.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from channel.estates import DISTRICT
from channel.keys import key_of
from channel.lineup import Page
from channel.paint.output import Finding
from channel.release import Made
from channel.release.disk import Disk
from feeds.source import Snapshot, Source, confirmed, freshness

_FORMAT = 1


class LedgerEntry(msgspec.Struct):
    """One page. ``inputs`` names what it was made from, ``untils`` gives estates the moment (unix seconds) from which
    their screens may say something else; ``findings`` are those of its last rendering, each once, with the first
    scope that had it."""

    inputs: str
    built: float
    untils: dict[str, float] = {}
    findings: list[tuple[str, Finding]] = []
    sources: dict[str, tuple[str, float]] = {}
    """Source id -> digest and observation (unix seconds) of its snapshot."""
    look: str = ""
    """What named the page's own table in the line-up."""

    @property
    def until(self) -> float | None:
        """The earliest moment at which some estate's screens are due."""
        return min(self.untils.values(), default=None)

    def due(self, moment: float) -> list[str]:
        """Estates whose screens are due."""
        return [estate for estate, until in self.untils.items() if until <= moment]


class _File(msgspec.Struct):
    format: int = _FORMAT
    seq: int = 0
    declared: str = ""
    pages: dict[str, LedgerEntry] = {}


class Ledger:
    """The entries of all pages. Its methods may be called from several threads."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or Disk()
        self._lock = threading.Lock()
        self._file = _File()

    def load(self, seq: int, declared: str) -> bool:
        """Read what was noted, unless it is not about a store that has come to release number ``seq``; whether that was
        with the declarations and the engine that ``declared`` names. Each page's own stand in its ``inputs``."""
        with self._lock:
            self._file = _File(declared=declared)
            with suppress(OSError, msgspec.MsgspecError):
                data = self._path.read_bytes()
                file = msgspec.msgpack.decode(data[16:], type=_File)
                known = file.format == _FORMAT and 0 < file.seq <= seq
                if known and data[:16] == key_of(data[16:]):
                    self._file = msgspec.structs.replace(file, declared=declared)
                    return file.declared == declared
            return False

    def save(self, seq: int) -> None:
        """Write everything down. A full disk only costs time after the next start."""
        with self._lock:
            self._file.seq = max(self._file.seq, seq)
            body = msgspec.msgpack.encode(self._file)
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._disk.replace_file(self._path, key_of(body) + body)

    def entry(self, page: str) -> LedgerEntry | None:
        """What is known of a page."""
        return self._file.pages.get(page)

    def put(self, page: str, entry: LedgerEntry) -> None:
        """Note a page."""
        with self._lock:
            self._file.pages[page] = entry

    def forget(self, pages: Iterable[str] | None) -> None:
        """Have these pages built again, whatever they were made from; None: all."""
        with self._lock:
            for page in list(self._file.pages) if pages is None else pages:
                self._file.pages.pop(page, None)

    def keep_only(self, pages: Iterable[str]) -> None:
        """Forget pages that left the line-up."""
        with self._lock:
            wanted = set(pages)
            self._file.pages = {page: entry for page, entry in self._file.pages.items() if page in wanted}

    def next_wake(self, moment: datetime) -> datetime | None:
        """The earliest moment after ``moment`` at which some page is due."""
        now = moment.timestamp()
        ahead = [u for entry in list(self._file.pages.values()) for u in entry.untils.values() if u > now]
        return datetime.fromtimestamp(min(ahead), UTC) if ahead else None

    def made(self) -> dict[str, Made]:
        """What every page was made from."""
        with self._lock:
            return {page: Made(entry.built, entry.sources) for page, entry in self._file.pages.items() if entry.inputs}

    def findings(self) -> list[Finding]:
        """The findings of all pages, by page."""
        with self._lock:
            return [finding for _, entry in sorted(self._file.pages.items()) for _, finding in entry.findings]


def inputs_of(
    page: Page, declared: str, sources: Mapping[str, Source], snapshots: Mapping[str, Snapshot], moment: datetime
) -> str:
    """What names a page's inputs: declarations, engine, and each source's records, age and freshness.

    Of ``checked`` counts what people are told of it: a source that says the same again seldom changes anything.
    """
    state = hashlib.blake2b(f"{declared} {page.number}".encode(), digest_size=16)
    for source in sorted(set(page.sources.values())):
        snapshot = snapshots.get(source)
        seen = f"{snapshot.digest} {snapshot.dataset} {confirmed(sources[source], snapshot)}" if snapshot else "-"
        state.update(f"\n{source} {seen} {freshness(sources[source], snapshot, moment)}".encode())
    return state.hexdigest()


def sources_of(
    page: Page, sources: Mapping[str, Source], snapshots: Mapping[str, Snapshot]
) -> dict[str, tuple[str, float]]:
    """Digest and confirmation of each of a page's snapshots."""
    found = {name: snapshots.get(name) for name in page.sources.values()}
    return {
        name: (s.digest, confirmed(sources[name], s).timestamp()) for name, s in sorted(found.items()) if s is not None
    }


def scopes_of(page: Page, estates: Iterable[str]) -> tuple[str, ...]:
    """The scopes that a page is rendered for; the district is always one of them."""
    return (DISTRICT, *estates) if page.scope == "estate" else (DISTRICT,)
