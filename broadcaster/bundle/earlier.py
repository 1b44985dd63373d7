"""What is known of things that were painted for an earlier bundle or tree: they are not painted again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from broadcaster.bundle import pack_format
from broadcaster.bundle.zstd_frames import Frame, check_of
from channel.batch.jobs import Row
from channel.keys import key_of
from channel.memory import Shelf
from feeds.base.errors import TrustError

Held = dict[str, bytes]
"""Bytes by their hash."""
_OPEN = 2
"""Frames that stay unpacked: a page of one family each, megabytes of pictures."""
_END = zstandard.ZstdCompressor().compress(pack_format.END)
"""What ends the archive after a frame of it."""
_SUM = 16
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Row).decode


class Index(msgspec.Struct):
    """What is known of one pack: the rows that went into it by their keys, its frames by the hash of their files, and
    the files of each. Rows stay packed: they are tens of thousands, and one is looked at at a time."""

    pack: str = ""
    rows: dict[bytes, msgspec.Raw] = {}
    frames: dict[str, Frame] = {}
    files: dict[str, list[str]] = {}

    @classmethod
    def load(cls, path: Path) -> Index:
        """The index in that file; an empty one when there is none that can be read, or when a bit of it is not as it
        was."""
        with suppress(OSError, msgspec.MsgspecError):
            data = memoryview(path.read_bytes())
            if data[:_SUM] == key_of(data[_SUM:]):
                return msgspec.msgpack.decode(data[_SUM:], type=cls)
        return cls()

    def row(self, key: bytes) -> Row | None:
        """What went in under that key."""
        found = self.rows.get(key)
        return None if found is None else _decode(found)

    def keep(self, key: bytes, row: Row, known: Index) -> None:
        """Note what went in; what is ``known`` is not packed again."""
        self.rows[key] = known.rows.get(key) or msgspec.Raw(_encode(row))

    def save(self, path: Path) -> None:
        """Write it in one step."""
        fresh = path.with_name(f"{path.name}.new")
        data = msgspec.msgpack.encode(self)
        with fresh.open("wb") as file:
            file.write(key_of(data))
            file.write(data)
        fresh.replace(path)


class EarlierPack:
    """The pack before, and its index. Where either is damaged or gone nothing is known."""

    def __init__(self, index: Index, file: BinaryIO | None) -> None:
        self.index, self._file = index, file
        self._where = {file: name for name, files in index.files.items() for file in files}
        self._unpacked: Shelf[Held] = Shelf(_OPEN)

    def row(self, key: bytes) -> Row | None:
        """What was painted under that key."""
        return self.index.row(key) if self._file is not None else None

    def frame(self, name: str) -> tuple[Frame, bytes] | None:
        """The compressed frame of that name, whole."""
        frame = self.index.frames.get(name)
        if frame is None or self._file is None:
            return None
        self._file.seek(frame.offset)
        data = self._file.read(frame.length)
        return (frame, data) if check_of(data) == frame.check else None

    def bytes_of(self, files: Collection[str]) -> Held:
        """The bytes of those files that can be had."""
        found: Held = {}
        for name in dict.fromkeys(self._where.get(file, "") for file in files):
            held = self._unpacked.get(name, lambda name=name: self._opened(name))  # type: ignore[misc]
            found.update((file, held[file]) for file in files if file in held)
        return found

    def _opened(self, name: str) -> Held:
        frame = self.frame(name)
        if frame is None:
            return {}
        held: Held = {}
        with suppress(zstandard.ZstdError, TrustError):
            unpacker = zstandard.ZstdDecompressor(max_window_size=1 << pack_format.WINDOW_LOG)
            stream = unpacker.stream_reader(frame[1] + _END, read_across_frames=True)
            held.update(pack_format.read_members(stream, pack_format.Limits()))
        return held


class EarlierTree:
    """The files of a folder of plain files, and the index of what led to them."""

    def __init__(self, index: Index, pool: Path) -> None:
        self.index, self._pool = index, pool

    def row(self, key: bytes) -> Row | None:
        """What was painted under that key."""
        return self.index.row(key)

    def frame(self, name: str) -> None:
        """A tree has no frames."""

    def bytes_of(self, files: Iterable[str]) -> Held:
        """The bytes of those files that can be had, whole."""
        found: Held = {}
        for file in files:
            with suppress(OSError):
                data = (self._pool / file[:2] / file).read_bytes()
                if pack_format.content_hash(data) == file:
                    found[file] = data
        return found

