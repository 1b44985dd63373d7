"""Content codings taken off a stream, with a cap on what comes out."""

from __future__ import annotations

import zlib

from feeds.base.errors import FetchError

_GZIP = b"\x1f\x8b"


class Unpacker:
    """Takes gzip or deflate off a stream, with a cap on what comes out.

    A body that is itself a gzip file (``guide.xml.gz``) is unpacked too. Members that follow each other are joined.
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
        while data:
            if self._inflate is None:
                self._out += data
                data = b""
            else:
                data = self._unpack(self._inflate, data)
            if len(self._out) > self._most:
                raise FetchError(f"more than {self._most} bytes after decompression", retryable=False)

    def _unpack(self, inflate: zlib._Decompress, data: bytes) -> bytes:
        """Unpack a little; the bytes that are still to be unpacked."""
        try:
            self._out += inflate.decompress(data, self._most - len(self._out) + 1)
        except zlib.error:
            raise FetchError("the compressed body is damaged") from None
        if inflate.eof:
            rest = inflate.unused_data
            if rest[:2] != _GZIP:
                return b""
            self._inflate = zlib.decompressobj(31)
            return rest
        return inflate.unconsumed_tail

    def finish(self) -> bytes:
        if self._inflate is not None and not self._inflate.eof:
            raise FetchError("the compressed body ends too early")
        return bytes(self._out or self._head)
