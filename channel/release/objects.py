"""The store's objects: every pack of a folder seen as one mapping from kind and key to bytes.

A key is the BLAKE2b-128 of the bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from channel.keys import key_of
from channel.release.disk import Disk
from channel.release.pack import Pack, PackWriter, Sieve
from feeds.base.errors import StoreError

MAP = 2
"""A map of the release tree, or what stands beside it: declarations, answers, drafts."""
BOOK = 4
"""Words of contents, compressed together."""

ROLL = 128 << 20
"""Bytes after which a batch begins another pack: bounds what a compaction must copy."""


def sound(key: bytes, data: bytes) -> bool:
    """Whether the stored bytes are what their key promises."""
    return key_of(data) == key


class Objects:
    """All objects of a folder of packs. Reading is safe from many threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packs: tuple[Pack, ...] = ()
        self._sieve = Sieve(0)
        self._unreadable: set[str] = set()
        self._lock = threading.Lock()
        self.refresh()

    def refresh(self) -> None:
        """Look at the folder again: open packs that are new, let go of those that are gone; one that cannot be read is
        as good as gone."""
        with self._lock:
            for _ in range(5):
                try:
                    names = sorted(p.stem for p in self.folder.iterdir() if p.suffix == ".pack")
                except FileNotFoundError:
                    names = []
                known = {pack.name: pack for pack in self.packs}
                if list(known) == [name for name in names if name not in self._unreadable]:
                    return
                # A pack that a compaction removes between listing and opening: list again.
                with suppress(FileNotFoundError):
                    opened = {name: known.get(name) or self._opened(name) for name in names}
                    self._unreadable = {name for name, pack in opened.items() if pack is None}
                    packs = tuple(pack for pack in opened.values() if pack is not None)
                    self._sieve = self._sieved(packs, known)
                    self.packs = packs
                    return

    def _opened(self, name: str) -> Pack | None:
        try:
            return Pack(self.folder, name)
        except FileNotFoundError:
            raise
        except OSError:
            return None

    def _sieved(self, packs: Sequence[Pack], known: Mapping[str, Pack]) -> Sieve:
        """A sieve for all of the packs; the one that there is, while it has room for what is new."""
        count = sum(pack.count for pack in packs)
        new = [pack for pack in packs if pack.name not in known]
        sieve = self._sieve
        if count > sieve.room or len(packs) - len(new) < len(known):
            sieve, new = Sieve(2 * count), list(packs)
        for pack in new:
            sieve.add(pack)
        return sieve

    def __contains__(self, wanted: tuple[int, bytes]) -> bool:
        if not self._sieve.passes(wanted[1]):
            return False
        return any(pack.find(*wanted) for pack in self.packs)

    def get(self, kind: int, key: bytes) -> bytes:
        """The bytes, verified against the key. Raises StoreError when they are missing or damaged everywhere."""
        for again in (False, True):
            if again:
                self.refresh()
            damaged = False
            for pack in self.packs:
                found = pack.find(kind, key)
                if found is None:
                    continue
                data = pack.read(kind, key, *found)
                if data is not None and sound(key, data):
                    return data
                damaged = True
        state = "damaged" if damaged else "missing"
        raise StoreError(f"store: object {key.hex()} is {state}", hint="run `channel repair`")


class Batch:
    """Objects on their way into packs: what the store has already is not written again."""

    def __init__(self, objects: Objects, disk: Disk) -> None:
        self._objects = objects
        self._disk = disk
        self._writer: PackWriter | None = None
        self._pending: set[bytes] = set()
        self.added = 0
        self.bytes = 0

    def add(self, kind: int, data: bytes, *, again: bool = False) -> bytes:
        """Store ``data`` and return its key: the hash of the bytes. With ``again`` also what is there by its name: it
        may be damaged."""
        key = key_of(data)
        mark = key + bytes((kind,))
        if mark not in self._pending and (again or (kind, key) not in self._objects):
            self._pending.add(mark)
            if self._writer is None:
                self._writer = PackWriter(self._objects.folder, self._disk)
            self._writer.add(kind, key, data)
            self.added += 1
            self.bytes += len(data)
            if self._writer.size >= ROLL:
                self.flush()
        return key

    def flush(self) -> None:
        """Put everything added so far in place, durably, and let the store's readers see it."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            try:
                writer.finish()
            except BaseException:
                writer.discard()
                raise
            self._objects.refresh()
            self._pending.clear()

    def close(self) -> None:
        """Give up what was not flushed."""
        if self._writer is not None:
            self._writer.discard()
            self._writer = None
