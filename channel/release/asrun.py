"""The as-run record: what each estate was told at a moment, long after the release itself was pruned.

A file a day, a frame a release. A frame holds a 6-byte digest for each page and scope that changed (the beginning of
its content's hash), and what the page was made from. The first frame of a day, of a process, and of every rollback or
resume names everything, so reading begins there. Because views depend on their inputs alone, they say the same again
from the archive's snapshots, and the digest proves it.

::

    magic 4, length 4, checksum 4, then that many bytes: zlib of MessagePack
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from channel.estates import DISTRICT
from channel.keys import key_of
from channel.release.reading import Release
from channel.release.room import Room
from feeds.base.errors import StoreError

SIZE = 6
"""Bytes of a digest: another screen has the same by a chance of one in 10^14."""
_NONE = bytes(SIZE)
_MAGIC = b"\xa5ran"
_FRAME = struct.Struct(">4sII")


class Made(msgspec.Struct, frozen=True, array_like=True):
    """What a page was made from: the moment it was rendered for, and source id -> (digest of its records, when it
    last confirmed them); moments in unix seconds."""

    moment: float
    sources: dict[str, tuple[str, float]] = {}


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One page as an estate was served it. ``scope`` is the estate, or ``district`` for what it shares; ``digest``
    begins the hash of its content, ``items`` is that of ``items_digest`` (empty: it had none); ``made`` is None where
    nobody knows any more."""

    page: str
    scope: str
    digest: str
    items: str
    made: Made | None


class Air(msgspec.Struct, frozen=True, kw_only=True):
    """What an estate was served: the release, since when it was on air, its pages, its ``alert.json``, what was taken
    down, and the engine that it was made by."""

    release: str
    since: datetime
    action: str
    pages: tuple[Served, ...]
    alert: bytes = b""
    denied: tuple[str, ...] = ()
    engine: str = ""


@dataclass(frozen=True)
class Edits:
    """What differs from the release before: page -> scopes (None: all of them), what these pages were made from, and
    how to learn that of every page."""

    touched: Mapping[str, Iterable[str]] | None
    made: Mapping[str, Made]
    everything: Callable[[], Mapping[str, Made]] = dict


class _Record(msgspec.Struct, omit_defaults=True):
    """``scopes`` stands in full records; the others have a ``mask`` of bits over the last full one's. ``pages`` gives
    page -> a digest for each scope of the mask, ``alerts`` the answers of ``alert.json`` with the mask of the scopes
    that get each. ``held`` was built but not on air."""

    at: float
    release: str
    action: str
    scopes: list[str] = []
    mask: bytes = b""
    pages: dict[str, bytes] = {}
    items: dict[str, bytes] = {}
    engine: str = ""
    made: dict[str, Made] = {}
    alerts: list[tuple[bytes, bytes]] = []
    denied: tuple[str, ...] = ()
    held: bool = False


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Record).decode


def digests_of(release: Release, page: str, scopes: Iterable[str]) -> bytes:
    """The digest of what each of ``scopes`` is told of its own on a page, one after the other."""
    entries = release.map(page).entries
    return b"".join([entries[scope].content[:SIZE] if scope in entries else _NONE for scope in scopes])


def items_digest(items: Mapping[str, bytes]) -> bytes:
    """What names the items of a page (id -> hash), in their order."""
    return key_of(b"".join([name.encode() + b"=" + key for name, key in items.items()]))[:SIZE] if items else b""


class AsRun:
    """Writes and reads the record of one store."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._folder = room.folder / "asrun"
        self._last = ("", "")
        self._scopes: list[str] = []
        self._answers = ""

    def record(
        self,
        release: Release,
        before: str,
        edits: Edits,
        *,
        denied: tuple[str, ...] = (),
        held: bool = False,
    ) -> None:
        """Note that ``release`` followed ``before``. A full disk or a damaged map costs the record, not the release."""
        try:
            self._record(release, before, edits, denied, held)
        except (OSError, StoreError):
            # The next record names everything again.
            self._last, self._scopes = ("", ""), []

    def _record(self, release: Release, before: str, edits: Edits, denied: tuple[str, ...], held: bool) -> None:
        touched = edits.touched
        day = f"{release.published:%Y-%m-%d}"
        record = _Record(release.root.published, release.id, release.root.action, denied=denied, held=held)
        scopes = {scope for mine in touched.values() for scope in mine} if touched is not None else set()
        if touched is None or (not held and self._last != (before, day)) or not scopes <= set(self._scopes):
            record.scopes = self._scopes = _scopes_of(release)
            record.made = {**edits.everything(), **edits.made}
            pages: Collection[str] = release.pages
            chosen = record.scopes
        else:
            record.mask = _mask(self._scopes, scopes)
            record.made = dict(edits.made)
            pages = sorted(touched)
            chosen = [scope for scope in self._scopes if scope in scopes]
        if record.scopes or release.root.answers != self._answers:
            record.alerts = self._alerts(release)
            self._answers = release.root.answers
        record.pages = {page: digests_of(release, page, chosen) for page in pages}
        items = {page: items_digest(release.map(page).items) for page in pages}
        # A page that lost its last item says so; a full record leaves it out.
        record.items = {page: digest for page, digest in items.items() if digest or not record.scopes}
        record.engine = release.root.inputs.get("engine", "")
        self._write(self._folder / f"{day}.log", record)
        self._last = self._last if held else (release.id, day)

    def _alerts(self, release: Release) -> list[tuple[bytes, bytes]]:
        scopes: dict[bytes, set[str]] = {}
        for scope in self._scopes:
            scopes.setdefault(release.alert(scope), set()).add(scope)
        return [(answer, _mask(self._scopes, mine)) for answer, mine in sorted(scopes.items())]

    def _write(self, path: Path, record: _Record) -> None:
        data = zlib.compress(_encode(record), 6)
        self._folder.mkdir(exist_ok=True)
        self._room.disk.append(path, _FRAME.pack(_MAGIC, len(data), zlib.crc32(data)) + data)

    def at(self, estate: str, moment: datetime) -> Air | None:
        """What ``estate`` was served at ``moment``; None when nothing was on air or the record is gone."""
        reader = _Reader(estate)
        name = f"{moment.astimezone(UTC):%Y-%m-%d}.log"
        # The day's own file, and the one before it, whose last release was still on air in the morning.
        for path in [path for path in self._files() if path.name <= name][-2:]:
            # Two processes may append in another order than they published.
            for record in sorted(_records(path), key=lambda record: record.release):
                if record.at <= moment.timestamp():
                    reader.take(record)
        return reader.told()

    def expire(self, now: datetime, days: float) -> None:
        """Forget what is older than ``days``."""
        oldest = f"{now.astimezone(UTC) - timedelta(days=days):%Y-%m-%d}.log"
        for path in self._files():
            if path.name < oldest:
                self._room.disk.remove(path)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("????-??-??.log")) if self._folder.is_dir() else []


class _Reader:
    """Folds records, oldest first, for one estate and the district."""

    def __init__(self, estate: str) -> None:
        self._estates = (estate, DISTRICT)
        self._scopes: list[str] = []
        self._digests: dict[tuple[str, str], bytes] = {}
        self._known: dict[tuple[str, bytes], Made] = {}
        self._items: dict[str, bytes] = {}
        self._last: _Record | None = None
        self._alert = b""

    def take(self, record: _Record) -> None:
        """The next record."""
        if record.scopes:
            self._scopes = record.scopes
        elif not self._scopes:
            return
        scopes = record.scopes or _chosen(self._scopes, record.mask)
        found = {}
        for number, scope in enumerate(scopes):
            if scope in self._estates:
                for page, digests in record.pages.items():
                    digest = digests[number * SIZE : number * SIZE + SIZE]
                    found[scope, page] = digest
                    if page in record.made:
                        self._known[page, digest] = record.made[page]
        if not record.held:
            self._digests = found if record.scopes else {**self._digests, **found}
            self._items = record.items if record.scopes else {**self._items, **record.items}
            self._last = record
            for answer, mask in record.alerts:
                if self._estates[0] in _chosen(self._scopes, mask):
                    self._alert = answer

    def told(self) -> Air | None:
        """What was on air after the last record."""
        if self._last is None:
            return None
        pages = []
        for page in sorted({page for _, page in self._digests}):
            for scope in self._estates:
                digest = self._digests.get((scope, page), _NONE)
                if digest != _NONE:
                    made = self._known.get((page, digest))
                    items = self._items.get(page, b"").hex()
                    pages.append(Served(page=page, scope=scope, digest=digest.hex(), items=items, made=made))
                    break
        return Air(
            release=self._last.release,
            since=datetime.fromtimestamp(self._last.at, UTC),
            action=self._last.action,
            pages=tuple(pages),
            alert=self._alert,
            denied=self._last.denied,
            engine=self._last.engine,
        )


def sound_frames(data: bytes) -> list[bytes]:
    """The whole frames of a file; a torn one is passed over."""
    found = []
    position = data.find(_MAGIC)
    while position >= 0 and position + _FRAME.size <= len(data):
        _, length, check = _FRAME.unpack_from(data, position)
        end = position + _FRAME.size + length
        if end <= len(data) and zlib.crc32(data[position + _FRAME.size : end]) == check:
            found.append(data[position:end])
            position = data.find(_MAGIC, end)
        else:
            position = data.find(_MAGIC, position + 1)
    return found


def _records(path: Path) -> Iterator[_Record]:
    with suppress(OSError):
        for frame in sound_frames(path.read_bytes()):
            with suppress(zlib.error, msgspec.MsgspecError):
                yield _decode(zlib.decompress(frame[_FRAME.size :]))


def _scopes_of(release: Release) -> list[str]:
    return sorted({scope for page in release.pages for scope in release.map(page).entries})


def _mask(scopes: list[str], chosen: set[str]) -> bytes:
    bits = sum(1 << number for number, scope in enumerate(scopes) if scope in chosen)
    return bits.to_bytes(len(scopes) // 8 + 1, "little")


def _chosen(scopes: list[str], mask: bytes) -> list[str]:
    return [scope for number, scope in enumerate(scopes) if mask[number // 8] >> number % 8 & 1]
