"""Content codings taken off a stream, with a cap on what comes out."""

from __future__ import annotations

import zlib

from feeds.base.errors import FetchError

_GZIP = b"\x1f\x8b"
_PIECE = 4_096
"""Bytes handed over at a time: what follows a member is copied once for each, so it must be short."""
_MOST_MEMBERS = 20_000
"""A file of blocks, as genome tools and dictionaries make them, has one for 64 kB."""


class Unpacker:
    """Takes gzip or deflate off a stream, with a cap on what comes out.

    A body that is itself a gzip file (``guide.xml.gz``) is unpacked too. Members that follow each other are joined, up
    to a number that no publisher comes near.
    """

    def __init__(self, coding: str, most: int) -> None:
        coding = coding.strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise FetchError(f"content coding {coding[:20]!r} was not asked for", retryable=False)
        self._coding = "" if coding == "identity" else coding
        self._most = most
        self._out = bytearray()
        self._inflate: zlib._Decompress | None = None
        self._head = b""
        self._members = 1
        self._ended = False

    def feed(self, data: bytes) -> None:
        if self._inflate is None and not self._out:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._head = self._head, b""
            self._inflate = self._start(data)
        self._take(data)

    def _start(self, data: bytes) -> zlib._Decompress | None:
        if data[:2] == _GZIP:
            return zlib.decompressobj(31)
        if self._coding == "deflate":
            # RFC 9110 means the zlib format; some servers send the bare stream.
            wrapped = data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0
            return zlib.decompressobj(15 if wrapped else -15)
        if self._coding:
            raise FetchError("the body is not in the content coding that it claims")
        return None

    def _take(self, data: bytes) -> None:
        if self._inflate is None:
            self._out += data
            self._check()
            return
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            while piece and not self._ended and self._inflate is not None:
                piece = self._unpack(self._inflate, piece)
                self._check()

    def _check(self) -> None:
        if len(self._out) > self._most:
            raise FetchError(f"more than {self._most} bytes after decompression", retryable=False)
        if self._members > _MOST_MEMBERS:
            raise FetchError(f"more than {_MOST_MEMBERS} compressed files in one", retryable=False)

    def _unpack(self, inflate: zlib._Decompress, data: bytes) -> bytes:
        """Unpack a little; the bytes that are still to be unpacked."""
        if inflate.eof:
            return self._follow(data)
        try:
            self._out += inflate.decompress(data, self._most - len(self._out) + 1)
        except zlib.error:
            raise FetchError("the compressed body is damaged") from None
        return inflate.unused_data if inflate.eof else inflate.unconsumed_tail

    def _follow(self, data: bytes) -> bytes:
        """Begin the member that follows, if it is one; whatever else follows is padding and counts for nothing."""
        data, self._head = self._head + data, b""
        if len(data) < len(_GZIP) and _GZIP.startswith(data):
            self._head = data
            return b""
        if not data.startswith(_GZIP):
            self._ended = True
            return b""
        self._inflate = zlib.decompressobj(31)
        self._members += 1
        return data

    def finish(self) -> bytes:
        if self._inflate is not None and not self._inflate.eof:
            raise FetchError("the compressed body ends too early")
        return bytes(self._out if self._inflate is not None or self._out else self._head)
