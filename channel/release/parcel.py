"""A release on its way to another store: what it leads to, without what the other store has already.

::

    zstd( kind (1 byte), length (4 bytes, big-endian), bytes; and so on )

The record names its maps by their hashes, and a map its books: whoever trusts the record can tell whether what came is
what it leads to, and takes nothing else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress

import zstandard

from channel.keys import key_of
from channel.release.contents import Get, decode_map
from channel.release.heads import Heads, is_ident, seq_of
from channel.release.locks import acquire, give_back, locked
from channel.release.objects import BOOK, MAP, Batch
from channel.release.publish import put
from channel.release.room import Room
from channel.release.tree import Root, decode_root, is_unit
from feeds.base.errors import StoreError, TrustError

Mark = tuple[int, bytes]
"""Kind and key of an object."""
MOST_BYTES = 512 << 20
"""Of a parcel unpacked: a whole large city takes a tenth of it."""
MOST_OBJECT = 64 << 20
LEVEL = 6
_KEY = re.compile(r"[0-9a-f]{32}")
_HEAD = 5


def marks(root: Root, get: Get) -> Iterator[Mark]:
    """Everything that a release leads to, each once, a map before its books. Raises StoreError where ``get`` does."""
    seen: set[Mark] = set()
    names = (root.declared, root.answers)
    plain = [(MAP, bytes.fromhex(name)) for name in names if name]
    pages = [(MAP, bytes.fromhex(name)) for tree in (root.contents, root.warnings) for name in tree.values()]
    for mark in (*plain, *pages):
        if mark in seen:
            continue
        seen.add(mark)
        yield mark
        if mark in plain:
            continue
        for book in decode_map(get(*mark)).books:
            if (BOOK, book) not in seen:
                seen.add((BOOK, book))
                yield BOOK, book


def packed(room: Room, root: Root, over: Root | None = None) -> bytes:
    """What ``root`` leads to and ``over`` does not; where what ``over`` leads to cannot be read, everything. Raises
    StoreError when something of ``root`` cannot be read."""
    known: set[Mark] = set()
    if over is not None:
        with suppress(StoreError):
            known = set(marks(over, room.objects.get))
    out = io.BytesIO()
    with zstandard.ZstdCompressor(level=LEVEL).stream_writer(out, closefd=False) as stream:
        for kind, key in marks(root, room.objects.get):
            if (kind, key) not in known:
                data = room.objects.get(kind, key)
                stream.write(bytes((kind,)) + len(data).to_bytes(4, "big") + data)
    return out.getvalue()


def record(data: bytes) -> Root:
    """The record of another store's release: whole, and with nothing in it but what a record has. Raises TrustError."""
    try:
        root = decode_root(data, "record")
    except StoreError as error:
        raise TrustError(error.message, hint=error.hint) from None
    keys = (root.declared, root.answers, *root.contents.values(), *root.warnings.values())
    pages = (*root.contents, *root.warnings)
    sound = (
        is_ident(root.id)
        and all(_KEY.fullmatch(key) for key in keys if key)
        and all(is_unit(page) for page in pages)
        and all(is_unit(unit) for unit in root.units)
        and root.named(root.seq).id == root.id
    )
    if not sound or not root.declared:
        raise TrustError(f"record: not one that a store writes ({root.id[:40]!r})")
    return root


def adopt(room: Room, root: Root, data: bytes) -> None:
    """Put ``root``, the record of another store's release, on air here, with what parcel ``data`` has of it.

    Takes only what the release leads to. Raises TrustError, and changes nothing, when the parcel has anything else, or
    when something that the release leads to is neither here, sound, nor in it.
    """
    came = _Coming(room, root).taken(data)
    guard = acquire(room.lock("write"), shared=True)
    batch = Batch(room.objects, room.disk)
    try:
        for (kind, _), body in came.items():
            # What is here and damaged is in the index too.
            batch.add(kind, body, again=True)
        batch.flush()
        with locked(room.lock("publish")):
            for ident in room.records.ids():
                # The other store went back behind what it had said, after a restoration: what is ahead never was.
                if seq_of(ident) > root.seq:
                    room.records.remove(ident)
            room.records.write(root)
            put(room, Heads(air=root.id, built=root.id, seq=root.seq), "follow", release=root.id, note=root.action)
    finally:
        batch.close()
        give_back(guard)


def is_whole(room: Room, root: Root) -> bool:
    """Whether everything that ``root`` leads to is here and sound."""
    return not _Coming(room, root).missing


class _Coming:
    """What of a release is not here; what comes of it leads to more."""

    def __init__(self, room: Room, root: Root) -> None:
        self._room = room
        self._seen: set[Mark] = set()
        self.missing: set[Mark] = set()
        self._pages = {(MAP, bytes.fromhex(key)) for tree in (root.contents, root.warnings) for key in tree.values()}
        for mark in ((MAP, bytes.fromhex(name)) for name in (root.declared, root.answers) if name):
            self._need(mark)
        for mark in self._pages:
            self._need(mark)

    def taken(self, data: bytes) -> dict[Mark, bytes]:
        """The objects of a parcel that are missing here, which must be all. Raises TrustError."""
        came: dict[Mark, bytes] = {}
        for mark, body in _objects(data):
            if mark not in self._seen:
                raise TrustError("parcel: holds what its release does not lead to")
            if mark in self.missing:
                self.missing.discard(mark)
                came[mark] = body
                self._follow(mark, body)
        if self.missing:
            raise TrustError(f"parcel: {len(self.missing)} things are not in it that its release leads to")
        return came

    def _need(self, mark: Mark) -> None:
        if mark in self._seen:
            return
        self._seen.add(mark)
        try:
            body = self._room.objects.get(*mark)
        except StoreError:
            self.missing.add(mark)
        else:
            self._follow(mark, body)

    def _follow(self, mark: Mark, body: bytes) -> None:
        if mark in self._pages:
            try:
                page = decode_map(body)
            except StoreError as error:
                raise TrustError(f"parcel: {error.message}") from None
            for book in page.books:
                self._need((BOOK, book))


def _objects(data: bytes) -> Iterator[tuple[Mark, bytes]]:
    """The objects of a parcel one by one. Raises TrustError for what is none, or too much."""
    total = 0
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(data) as stream:
            while head := stream.read(_HEAD):
                size = int.from_bytes(head[1:], "big")
                total += _HEAD + size
                if len(head) < _HEAD or head[0] not in (MAP, BOOK) or total > MOST_BYTES or size > MOST_OBJECT:
                    raise TrustError("parcel: torn, or more than any release has")
                body = stream.read(size)
                if len(body) < size:
                    raise TrustError("parcel: torn")
                yield (head[0], key_of(body)), body
    except zstandard.ZstdError as error:
        raise TrustError(f"parcel: cannot be decompressed: {error}") from None
