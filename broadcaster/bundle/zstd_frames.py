"""A pack's file as a row of zstd frames (RFC 8878, clause 3.1: frames may follow each other)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import IO, Protocol

import msgspec
import zstandard

from broadcaster.bundle import pack_format

LEVEL = 3
"""Of zstd: higher levels save a few per cent and take several times as long."""


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Take all of ``data``."""
        ...


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """Where a frame stands in its pack, and the BLAKE2b-128 of its compressed bytes."""

    offset: int
    length: int
    check: str


class Out:
    """The pack's file: knows its own hash, and where each frame begins and ends."""

    def __init__(self, file: IO[bytes], *, plain: bool = False) -> None:
        self._file = file
        self._plain = plain
        self.sha = hashlib.sha256()
        self.offset = 0
        self.last = Frame(0, 0, "")
        parameters = zstandard.ZstdCompressionParameters.from_level(LEVEL, window_log=pack_format.WINDOW_LOG)
        self.compressor = zstandard.ZstdCompressor(compression_params=parameters)

    def write(self, data: bytes) -> int:
        self.sha.update(data)
        self.offset += len(data)
        return self._file.write(data)

    def frame(self) -> AbstractContextManager[Sink]:
        """A context that compresses what is written into one frame (or passes it through, when ``plain``)."""
        return nullcontext(self) if self._plain else _Compressed(self)


class _Compressed:
    def __init__(self, out: Out) -> None:
        self._out = out
        self._start = out.offset
        self._check = hashlib.blake2b(digest_size=16)

    def write(self, data: bytes) -> int:
        """Take compressed bytes from the compressor."""
        self._check.update(data)
        return self._out.write(data)

    def __enter__(self) -> Sink:
        self._stream = self._out.compressor.stream_writer(self, closefd=False)  # type: ignore[arg-type]
        return self._stream

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._stream.close()  # type: ignore[no-untyped-call]
            self._out.last = Frame(self._start, self._out.offset - self._start, self._check.hexdigest())
        # The writer and we hold each other, and the collector does not see through it: megabytes a frame would stay.
        del self._stream


def write_members(stream: Sink, held: Mapping[str, bytes]) -> None:
    """Write files by their hash."""
    for file, data in held.items():
        stream.write(pack_format.member(f"files/{file}", len(data)) + data + pack_format.padding(len(data)))


def check_of(data: bytes) -> str:
    """What ``Frame.check`` says of its compressed bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
