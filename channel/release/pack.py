"""A pack: many objects in one file, found through a sorted index that is searched where it lies.

An object is a kind and a key (BLAKE2b-128) with its bytes. The pack repeats both before the bytes, so that an index
that is missing or torn can be made again from the pack alone, and a wrong index can never yield another object.

::

    NAME.pack   magic 16, then per object: kind 1, key 16, length 4, bytes
    NAME.idx    magic 8, pack size 8, checksum 16, then per object 32 bytes: key 16, kind 1, zero 3, offset 8, length 4
"""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import struct
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from channel.release.disk import Disk

PACK_MAGIC = b"channel-pack-01\n"
INDEX_MAGIC = b"chnidx01"
HEAD = struct.Struct(">B16sI")
ENTRY = struct.Struct(">16sB3xQI")
INDEX_HEAD = struct.Struct(">8sQ16s")
FLUSH = 1 << 20
"""Bytes gathered before they are written."""


class PackWriter:
    """Appends objects to a temporary file; ``finish`` puts pack and index in place with one sync of the pack."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._temporary = folder / f".{os.getpid()}-{id(self):x}-{os.urandom(4).hex()}.tmp"
        self._file: BinaryIO | None = disk.create(self._temporary)
        self._buffer = bytearray(PACK_MAGIC)
        self._entries: list[bytes] = []
        self.size = len(PACK_MAGIC)

    def add(self, kind: int, key: bytes, data: bytes) -> None:
        """Append an object. The caller knows that it is not in this pack yet."""
        self._buffer += HEAD.pack(kind, key, len(data))
        self._buffer += data
        offset = self.size + HEAD.size
        self._entries.append(ENTRY.pack(key, kind, offset, len(data)))
        self.size = offset + len(data)
        if len(self._buffer) >= FLUSH:
            self._flush()

    def finish(self) -> str | None:
        """The name of the pack that is now in place; None when nothing was added."""
        if not self._entries:
            self.discard()
            return None
        assert self._file is not None
        self._flush()
        self._disk.sync(self._file)
        self._file.close()
        self._file = None
        table = b"".join(sorted(self._entries))
        name = hashlib.blake2b(table, digest_size=12).hexdigest()
        # The same objects again, when those of a damaged pack are replaced: its readers must see another name.
        while (self._folder / f"{name}.pack").exists():
            name = hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
        # The index goes first: a pack is looked at only once it has its own name, and then its index is there.
        index = self._temporary.with_suffix(".itmp")
        with self._disk.create(index) as file:
            self._disk.write(file, index_header(table, self.size) + table)
        self._disk.rename(index, self._folder / f"{name}.idx")
        self._disk.rename(self._temporary, self._folder / f"{name}.pack")
        self._disk.sync_folder(self._folder)
        return name

    def discard(self) -> None:
        """Give up what was written."""
        if self._file is not None:
            self._file.close()
            self._file = None
        with suppress(OSError):
            self._disk.remove(self._temporary)

    def _flush(self) -> None:
        assert self._file is not None
        self._disk.write(self._file, self._buffer)
        self._buffer = bytearray()


class Pack:
    """One pack opened for reading. Stays readable after another process has removed its files."""

    def __init__(self, folder: Path, name: str) -> None:
        """Raises FileNotFoundError when the pack is gone, another OSError when it cannot be read."""
        self.name = name
        self._handle = os.open(folder / f"{name}.pack", os.O_RDONLY)
        weakref.finalize(self, os.close, self._handle)
        self.size = os.fstat(self._handle).st_size
        self._table: bytes | mmap.mmap
        self._base = 0
        self.indexed = self._map_index(folder / f"{name}.idx")
        """Whether its index is there and whole; else it was made again, in memory."""
        if not self.indexed:
            self.reindex()
        self.sieve = Sieve(self.count)
        self.sieve.add(self)

    def _map_index(self, path: Path) -> bool:
        try:
            with path.open("rb") as file:
                table = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            return False
        records = len(table) - INDEX_HEAD.size
        if records < 0 or records % ENTRY.size:
            return False
        magic, size, check = INDEX_HEAD.unpack_from(table)
        if magic != INDEX_MAGIC or size != self.size or check != checksum(memoryview(table)[INDEX_HEAD.size :]):
            return False
        self._table, self._base, self.count = table, INDEX_HEAD.size, records // ENTRY.size
        return True

    def reindex(self) -> None:
        """Make the index again from the pack, in memory; it ends where the pack is torn or makes no sense."""
        entries = [ENTRY.pack(key, kind, offset, length) for kind, key, offset, length in self._scan()]
        self._table, self._base, self.count = b"".join(sorted(entries)), 0, len(entries)

    def index(self) -> bytes:
        """The bytes of its index."""
        table = bytes(memoryview(self._table)[self._base :])
        return index_header(table, self.size) + table

    def _scan(self) -> Iterator[tuple[int, bytes, int, int]]:
        if os.pread(self._handle, len(PACK_MAGIC), 0) != PACK_MAGIC:
            return
        position = len(PACK_MAGIC)
        while position + HEAD.size <= self.size:
            kind, key, length = HEAD.unpack(os.pread(self._handle, HEAD.size, position))
            if kind == 0 or position + HEAD.size + length > self.size:
                return
            yield kind, key, position + HEAD.size, length
            position += HEAD.size + length

    def find(self, kind: int, key: bytes) -> tuple[int, int] | None:
        """Offset and length of an object, or None.

        Keys are spread evenly, so the search starts with a window about the place where the key ought to be.
        """
        if not self.sieve.passes(key):
            return None
        table, base, count = self._table, self._base, self.count
        wanted = key + bytes((kind,))
        guess = int.from_bytes(key[:8], "big") * count >> 64
        step = 2 * math.isqrt(count) + 4
        low, high = max(0, guess - step), min(count, guess + step)
        while low > 0 and table[base + low * 32 : base + low * 32 + 17] > wanted:
            low = max(0, low - 4 * step)
        while high < count and table[base + high * 32 - 32 : base + high * 32 - 15] < wanted:
            high = min(count, high + 4 * step)
        while low < high:
            middle = (low + high) >> 1
            start = base + middle * 32
            if table[start : start + 17] < wanted:
                low = middle + 1
            else:
                high = middle
        start = base + low * 32
        if low < count and table[start : start + 17] == wanted:
            entry = ENTRY.unpack_from(table, start)
            return entry[2], entry[3]
        return None

    def read(self, kind: int, key: bytes, offset: int, length: int) -> bytes | None:
        """The object's bytes, unverified; None when what stands there is not that object."""
        if offset < HEAD.size or offset + length > self.size:
            return None
        try:
            data = os.pread(self._handle, HEAD.size + length, offset - HEAD.size)
        except OSError:
            return None  # a bad place on the medium
        if data[: HEAD.size] != HEAD.pack(kind, key, length) or len(data) != HEAD.size + length:
            return None
        return data[HEAD.size :]

    def objects(self) -> Iterator[tuple[int, bytes, bytes | None]]:
        """Kind, key and what ``read`` gives of every object, by offset."""
        for kind, key, offset, length in self:
            yield kind, key, self.read(kind, key, offset, length)

    def keys(self) -> npt.NDArray[np.uint32]:
        """The part of each key by which a sieve knows it."""
        table = np.frombuffer(self._table, np.uint8, self.count * ENTRY.size, self._base)
        records = table.reshape(self.count, ENTRY.size)
        return np.ascontiguousarray(records[:, 8:12]).view(">u4").ravel().astype(np.uint32)

    def __iter__(self) -> Iterator[tuple[int, bytes, int, int]]:
        """Kind, key, offset and length of every object, by offset."""
        span = memoryview(self._table)[self._base :]
        entries = [ENTRY.unpack_from(span, i * ENTRY.size) for i in range(self.count)]
        entries.sort(key=lambda entry: entry[2])
        for key, kind, offset, length in entries:
            yield kind, key, offset, length


class Sieve:
    """A bit map by which most keys that are not in some packs are turned away at once.

    Sixteen bits or more for each of ``room`` objects: one in sixteen strangers passes and is searched for in vain.
    """

    def __init__(self, room: int) -> None:
        size = 1 << max(3, (16 * room).bit_length())
        self.room = room
        self._bits = bytearray(size // 8)
        self._mask = size - 1

    def add(self, pack: Pack) -> None:
        """Let the keys of a pack through."""
        if pack.count:
            bits = pack.keys() & np.uint32(self._mask)
            np.bitwise_or.at(np.frombuffer(self._bits, np.uint8), bits >> 3, (1 << (bits & 7)).astype(np.uint8))

    def passes(self, key: bytes) -> bool:
        """Whether an object with this key may be there."""
        bit = int.from_bytes(key[8:12], "big") & self._mask
        return bool(self._bits[bit >> 3] >> (bit & 7) & 1)


def index_header(table: bytes, pack_size: int) -> bytes:
    """What stands before an index."""
    return INDEX_HEAD.pack(INDEX_MAGIC, pack_size, checksum(table))


def checksum(table: bytes | memoryview) -> bytes:
    """BLAKE2b-128 of an index's records."""
    return hashlib.blake2b(table, digest_size=16).digest()
