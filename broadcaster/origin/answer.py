"""One artefact of a release, ready to be sent: every header worked out once, an answer is a few look-ups.

Freshness is the one thing that moves: ``max-age`` counts down to the artefact's ``valid_until``, so a document's
fields are made again each second at most. A reply is ready in two forms: header fields for WSGI, and the bytes of its
head for whoever writes to the socket itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from time import time
from typing import Any

from broadcaster.origin import short
from broadcaster.origin.negotiate import accepts_gzip, byte_range, matches
from broadcaster.painters.squeeze import gunzip

Environ = Mapping[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[[str, Headers], Any]

WHILE_REVALIDATING_S = 30
"""How long an edge may go on serving a document that it is asking for again (RFC 5861, 3)."""
ON_ERROR_S = 86_400
"""How long an edge may serve a document while the origin cannot be reached (RFC 5861, 4)."""
IMMUTABLE = "public, max-age=31536000, immutable"
OPEN = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "ETag, X-Release")]
"""Of what pages of any other site may read (Fetch, 3.2.3)."""
PREFLIGHT = [
    *OPEN,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "If-None-Match"),
    ("Access-Control-Max-Age", "86400"),
]
"""What such a page is told before it asks whether something is another by now (Fetch, 3.2.2)."""
BRIEFLY = "public, max-age=2"
"""What an earlier release had, where nothing newer was there in time."""
NEVER_STALE = "public, max-age=5, must-revalidate"
"""Alerts: an edge keeps them five seconds and never longer, not even when the origin is gone."""


@dataclass(frozen=True)
class Served:
    """What a release holds under one path: ``stored`` as it lies in the store, gzip where ``packed`` says so.

    ``size`` is the length of what a client ends up with, ``tag`` names the bytes. ``valid_until`` is seconds since
    1970, 0 when nothing is known; ``keep_s`` the longest an edge may hold it. A redirect has a ``location``.
    """

    kind: str
    stored: bytes
    packed: bool
    size: int
    tag: str
    content_type: str
    policy: str = ""
    valid_until: int = 0
    keep_s: int = 10
    location: str = ""
    is_open: bool = False
    """Whether pages of any other site may read it (Fetch, 3.2.3)."""

    @property
    def is_page(self) -> bool:
        """Whether somebody looks at it: a document of this release or of one before."""
        return self.kind in ("document", "stale")


def policy(style: Sequence[str], script: Sequence[str], media: str = "") -> str:
    """The Content-Security-Policy of a document whose style blocks and inline commands have these hashes.

    A page of HbbTV (``media``) asks for its keys through an embedded object of the set's own (TS 102 796, 10.2.2).
    """
    objects = "object-src 'self'; " if "hbbtv" in media else ""

    def sources(*names: str) -> str:
        return " ".join(f"'{name}'" for name in names) or "'none'"

    return (
        f"default-src 'none'; img-src 'self'; style-src {sources(*style)}; script-src {sources('self', *script)}; "
        f"{objects}connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )


def portal_policy(style: Sequence[str]) -> str:
    """The Content-Security-Policy of a page of the portal: its own scripts, its worker and manifest, and a form that
    leads to another page."""
    styles = " ".join(f"'{name}'" for name in style) or "'none'"
    return (
        f"default-src 'none'; img-src 'self'; style-src {styles}; "
        "script-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def completed(headers: Headers, release: str) -> Headers:
    """Header fields with those that every answer carries; ``release`` is what is on air, empty before the first."""
    names = {name.lower() for name, _ in headers}
    more = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("X-Release", release)]
    return [*headers, *((name, value) for name, value in more if value and name.lower() not in names)]


@lru_cache(maxsize=4)
def _date(now: int) -> str:
    """``now`` (unix seconds) as a Date: the same for thousands of answers."""
    return formatdate(now, usegmt=True)


class Reply:
    """One answer as it is sent: status line, header fields and body, and ``head``, the bytes before the body."""

    __slots__ = ("_last", "_now", "body", "closing", "fields", "head", "line", "size", "status")

    def __init__(self, line: str, fields: Headers, body: bytes, now: int, *, closing: bool = False) -> None:
        self.status = int(line[:3])
        self.line = line
        self.fields = fields
        self.body = body
        self.closing = closing
        # An origin has a clock, so it says when it answered (RFC 9110, 6.6.1).
        more = [("Date", _date(now)), *([("Connection", "close")] if closing else [])]
        text = "".join([f"{name}: {value}\r\n" for name, value in (*fields, *more)])
        self.head = f"HTTP/1.1 {line}\r\n{text}\r\n".encode("latin-1")
        self.size = len(self.head) + len(body)
        self._now = now
        self._last: Reply | None = None

    def last(self) -> Reply:
        """The same as the last answer on its connection (RFC 9112, 9.6)."""
        if self._last is None:
            self._last = Reply(self.line, self.fields, self.body, self._now, closing=True)
        return self._last


class Answer:
    """What is served under one path, with its header fields, for one release. ``weigh`` is told the bytes that it takes
    beside what it was given: those of its unpacked form, once somebody asks for that."""

    __slots__ = (
        "_body", "_common", "_etag", "_etag_packed", "_kept", "_not_modified", "_not_modified_packed", "_packed",
        "_plain", "_ranged", "_second", "_weigh", "kind", "served",
    )  # fmt: skip

    def __init__(self, served: Served, release: str, weigh: Callable[[int], None] = lambda size: None) -> None:
        self.served = served
        self._weigh = weigh
        self.kind = served.kind
        self._body = None if served.packed else served.stored
        self._etag = f'"{served.tag}"'
        self._etag_packed = f'"{served.tag}-gz"'
        self._ranged = served.content_type.startswith("image/")
        self._common = self._common_fields(served, release)
        self._renew(0)

    @staticmethod
    def _common_fields(served: Served, release: str) -> Headers:
        fields = [("X-Release", release), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")]
        if served.policy:
            fields.append(("Content-Security-Policy", served.policy))
        if served.packed:
            fields.append(("Vary", "Accept-Encoding"))
        if served.is_open:
            fields += OPEN
        return fields

    @property
    def body(self) -> bytes:
        """The bytes as a client without gzip gets them, unpacked once."""
        if self._body is None:
            self._body = gunzip(self.served.stored)
            self._weigh(len(self._body))
        return self._body

    def cache_control(self, now: int) -> str:
        """Who may keep the artefact how long, at ``now`` (seconds since 1970)."""
        if self.kind == "asset":
            return IMMUTABLE
        if self.kind == "alert":
            return NEVER_STALE
        if self.kind == "stale":
            return BRIEFLY
        left = self.served.keep_s
        if self.served.valid_until:
            left = min(left, max(0, self.served.valid_until - now))
        return f"public, max-age={left}, stale-while-revalidate={WHILE_REVALIDATING_S}, stale-if-error={ON_ERROR_S}"

    def _renew(self, now: int) -> None:
        """Forget the replies of another second. Two threads may both do it; either result is whole."""
        self._kept = [("Cache-Control", self.cache_control(now)), *self._common]
        self._plain: Reply | None = None
        self._packed: Reply | None = None
        self._not_modified: Reply | None = None
        self._not_modified_packed: Reply | None = None
        self._second = now

    def reply(self, gzip: bool, wanted: str | None) -> Reply:
        """The reply to a GET without Range: whether the client takes ``gzip``, and its If-None-Match."""
        now = int(time())
        if now != self._second:
            self._renew(now)
        if gzip and self.served.packed:
            if wanted is not None and (wanted == self._etag_packed or matches(wanted, self._etag_packed)):
                return self._not_modified_packed or self._make_not_modified_packed(now)
            return self._packed or self._make_packed(now)
        if wanted is not None and (wanted == self._etag or matches(wanted, self._etag)):
            return self._not_modified or self._make_not_modified(now)
        return self._plain or self._make_plain(now)

    def _make_not_modified(self, now: int) -> Reply:
        self._not_modified = reply = Reply("304 Not Modified", [("ETag", self._etag), *self._kept], b"", now)
        return reply

    def _make_not_modified_packed(self, now: int) -> Reply:
        fields = [("ETag", self._etag_packed), *self._kept]
        self._not_modified_packed = reply = Reply("304 Not Modified", fields, b"", now)
        return reply

    def _make_plain(self, now: int) -> Reply:
        served = self.served
        if served.location:
            fields = [("Location", served.location), ("Content-Length", "0"), *self._kept]
            reply = Reply("302 Found", fields, b"", now)
        else:
            fields = [("Content-Type", served.content_type), ("Content-Length", str(served.size))]
            if self._ranged:
                fields.append(("Accept-Ranges", "bytes"))
            reply = Reply("200 OK", [*fields, ("ETag", self._etag), *self._kept], self.body, now)
        self._plain = reply
        return reply

    def _make_packed(self, now: int) -> Reply:
        served = self.served
        fields = [
            ("Content-Type", served.content_type),
            ("Content-Length", str(len(served.stored))),
            ("Content-Encoding", "gzip"),
            ("ETag", self._etag_packed),
        ]
        self._packed = reply = Reply("200 OK", [*fields, *self._kept], served.stored, now)
        return reply

    def send(self, environ: Environ, start: StartResponse) -> tuple[int, list[bytes]]:
        """Answer a GET or HEAD, of a range where one is asked for; gives the status and the body."""
        gzip = self.served.packed and accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        reply = self.reply(gzip, environ.get("HTTP_IF_NONE_MATCH"))
        head = environ["REQUEST_METHOD"] == "HEAD"
        if reply.status == 200 and self._ranged and not head and "HTTP_RANGE" in environ:
            partial = self._send_range(environ, start, [("ETag", self._etag), *self._kept])
            if partial is not None:
                return partial
        start(reply.line, reply.fields)
        return reply.status, [] if head else [reply.body]

    def _send_range(self, environ: Environ, start: StartResponse, fields: Headers) -> tuple[int, list[bytes]] | None:
        """206 or 416, or None when the whole is to be sent. A changed picture voids the range (RFC 9110, 13.1.5)."""
        condition = environ.get("HTTP_IF_RANGE")
        if condition is not None and condition != self._etag:
            return None
        size = self.served.size
        try:
            span = byte_range(environ["HTTP_RANGE"], size)
        except ValueError:
            page = short.short_page(416)
            start("416 Range Not Satisfiable", [("Content-Range", f"bytes */{size}"), *short.headers(416, page)])
            return 416, [page]
        if span is None:
            return None
        first, last = span
        start(
            "206 Partial Content",
            [
                ("Content-Type", self.served.content_type),
                ("Content-Range", f"bytes {first}-{last}/{size}"),
                ("Content-Length", str(last - first + 1)),
                *fields,
            ],
        )
        return 206, [self.body[first : last + 1]]
