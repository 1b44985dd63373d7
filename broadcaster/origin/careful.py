"""The careful way: one whole request, read by gunicorn's parser, answered by the WSGI application, piece by piece.

Nothing here waits for a client: the request is there, and each piece of the answer is made when the last one is sent.
Methods of an exchange are called one after the other, by any thread.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, cast

from gunicorn.http import errors, wsgi
from gunicorn.http.parser import RequestParser

from broadcaster.origin import framing, short
from broadcaster.painters import Answer, Ask

_LOG = logging.getLogger(__name__)
PIECE = 262_144
"""Bytes of an answer that are made at a time; a pack of a whole release is hundreds of megabytes."""
PARK, PAINTED = "channel.park", "channel.painted"
"""Names in the environ: how to wait for what has to be painted first, and what came of it."""
Address = tuple[str, int]
Application = Callable[[Any, Any], Iterable[bytes]]
"""WSGI (PEP 3333)."""


class _Written:
    """What gunicorn writes an answer to in place of a socket."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def sendall(self, data: bytes) -> None:
        """Keep ``data``."""
        self.parts.append(bytes(data))
        self.size += len(data)

    def send(self, data: bytes) -> int:
        """``100 Continue``, which nobody waits for any more: the body is here."""
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self.parts)
        self.parts, self.size = [], 0
        return data


class Exchange:
    """A request and its answer. ``done`` says that the last piece was given, ``closing`` that the connection ends with
    it."""

    def __init__(
        self, data: bytes, client: Address, *, application: Application, server: Address, cfg: Any, last: bool
    ) -> None:
        """``data`` is one whole request, ``cfg`` gunicorn's configuration; ``last`` ends the connection after it."""
        self._data, self._client, self._server = data, client, server
        self._application, self._cfg = application, cfg
        self.closing = last
        self.done = False
        self.wanted: Ask | None = None
        """What has to be painted before this can be answered; the loop waits for it without a thread."""
        self._heard: Answer | None = None
        self._written = _Written()
        self._response: Any = None
        self._body: Any = None
        self._pieces: Iterator[bytes] = iter(())

    def begin(self) -> bytes:
        """Read the request, ask the application, give the first piece of the answer."""
        data = framing.spoken(self._data)
        if not framing.names_host(data):
            self.done = self.closing = True
            return refusal(400)
        try:
            parser = RequestParser(self._cfg, iter((data,)), self._client)
            request = next(parser)
        except (errors.ParseException, StopIteration, OSError) as error:
            self.done = self.closing = True
            return refusal(_status_of(error))
        try:
            out = cast("socket.socket", self._written)
            self._response, environ = wsgi.create(request, out, self._client, self._server, self._cfg)
            environ["wsgi.multithread"] = True
            environ[PARK] = self._park
            environ[PAINTED] = self._heard
            # Where the next request begins is known for certain only after one without a body.
            if self.closing or any(name == "CONTENT-LENGTH" for name, _ in request.headers):
                self._response.force_close()
            self._body = self._application(environ, self._response.start_response)
            self._pieces = iter(self._body)
        except Exception:
            return self._failed()
        return b"" if self.wanted is not None else self.more()

    def again(self, heard: Answer) -> bytes:
        """Ask the application once more, now that ``heard`` came of what was wanted."""
        self.wanted, self._heard = None, heard
        return self.begin()

    def _park(self, wanted: Ask) -> None:
        """For the application: have ``wanted`` painted and be asked again."""
        self.wanted = wanted

    def more(self) -> bytes:
        """The next piece of the answer."""
        try:
            while self._written.size < PIECE:
                piece = next(self._pieces, None)
                if piece is None:
                    self._response.close()
                    self.closing = self.closing or self._response.should_close()
                    self.leave()
                    break
                self._response.write(piece)
        except Exception:
            return self._failed()
        return self._written.take()

    def leave(self) -> None:
        """Nothing more is wanted: let the application close what it has open."""
        self.done = True
        body, self._body = self._body, None
        if hasattr(body, "close"):
            with suppress(Exception):
                body.close()

    def broken(self) -> bytes:
        """What is sent when making a piece raised something that nothing here was made for."""
        return self._failed()

    def _failed(self) -> bytes:
        """The application failed: a short page if the answer has not begun, else its end."""
        _LOG.exception("a request failed")
        self.leave()
        self.closing = True
        begun = self._response is not None and self._response.headers_sent
        return self._written.take() if begun else refusal(500)


def _status_of(error: Exception) -> int:
    if isinstance(error, errors.LimitRequestLine):
        return 414
    if isinstance(error, errors.LimitRequestHeaders):
        return 431
    return 400


def refusal(status: int, back: str = "/") -> bytes:
    """A whole answer that ends its connection: the short page for ``status``, whose one link leads ``back``."""
    page = short.short_page(status, back=back)
    fields = [*short.headers(status, page), ("Connection", "close")]
    text = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {short.status_line(status)}\r\n{text}\r\n".encode("latin-1") + page
