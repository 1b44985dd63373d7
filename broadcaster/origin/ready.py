"""The short way: bytes of a request in, a reply that is ready out, without parser, environ and routing in between.

Only what boxes ask for all day goes this way: a plain GET over HTTP/1.1 for a path whose answer is in memory, in the
cache of paintings or about to be painted. The head must be written by the letter of RFC 9112; whatever is rare (a
range, a body, another method, a spelling that needs thought) is left to the careful way, which gives the same answer.

A box writes the same bytes for the same page each time, so the last few thousand heads are remembered with what they
ask for. What they are answered is looked up each time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from time import perf_counter, time
from typing import NamedTuple

from broadcaster.origin.answer import Answer, Headers, Reply, completed
from broadcaster.origin.metrics import BUCKETS_S, Counters
from broadcaster.origin.negotiate import accepts_gzip
from broadcaster.origin.paintings import NotPainted
from broadcaster.origin.patience import Patience, stale
from broadcaster.origin.view import ServedRelease
from broadcaster.painters import Answer as Heard
from broadcaster.painters import Ask, PaintedPage
from feeds.base.errors import StoreError

LONGEST = 4096
"""Bytes of a head that may go this way; boxes send a few hundred."""
LONGEST_PATH = 512
REMEMBERED = 4096
"""Heads that are remembered, 16 MB at the very most."""
# Request line and field lines of RFC 9112, 3 and 5, without its lenient forms. Possessive, so that hostile bytes cost
# no more than their length.
_HEAD = re.compile(rb"GET (/[!-~]*+) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t -~\x80-\xff]*+\r\n)++)\r\n")
_RARE = frozenset({
    b"content-length", b"transfer-encoding", b"range", b"expect", b"upgrade", b"te", b"http2-settings",
})  # fmt: skip


Entry = Callable[[str, Mapping[str, str], str], Headers | None]
"""``entry.Entry.answer``."""


class Asked(NamedTuple):
    """What a head asks for: a path, whether gzip may come, the If-None-Match, whether the connection ends with it, and
    what it says of whom it asks for."""

    path: str
    gzip: bool
    wanted: str | None
    closing: bool
    forwarded: str = ""
    entry: tuple[str, Mapping[str, str]] | None = None
    """Of ``/``: its query and all header fields."""


def read_head(data: bytes) -> Asked | None:
    """What ``data`` asks for, when it is exactly one whole head of the plain kind; else None."""
    match = _HEAD.fullmatch(data) if len(data) <= LONGEST else None
    if match is None:
        return None
    fields: dict[bytes, bytes] = {}
    for line in match[2].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        name = name.lower()
        # A field that comes twice is a list (RFC 9110, 5.3), or a trick.
        if name in _RARE or name in fields:
            return None
        fields[name] = value.strip(b" \t")
    connection = fields.get(b"connection", b"").lower()
    if b"host" not in fields or connection not in (b"", b"keep-alive", b"close"):
        return None
    wanted = fields.get(b"if-none-match")
    path, _, query = match[1].partition(b"?")
    told = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields.items()} if path == b"/" else {}
    return Asked(
        forwarded=fields.get(b"x-forwarded-for", b"").decode("latin-1"),
        path=path.decode("ascii"),
        entry=(query.decode("ascii"), told) if path == b"/" else None,
        gzip=accepts_gzip(fields.get(b"accept-encoding", b"").decode("latin-1")),
        wanted=wanted.decode("latin-1") if wanted is not None else None,
        closing=connection == b"close",
    )


class OnAir:
    """Holds the view on air; replaced in one assignment, so a request sees one release from its first byte on."""

    def __init__(self) -> None:
        self.current: ServedRelease | None = None


class Door:
    """Answers from ``views.current`` and counts what it answers. For one thread."""

    def __init__(
        self,
        views: OnAir,
        counters: Counters,
        entry: Entry,
        patience: Patience,
        take: Callable[[PaintedPage], None],
        *,
        count_viewers: bool = True,
    ) -> None:
        """``take`` is told of each page that was painted for somebody who waited here."""
        self._entry = entry
        self._patience = patience
        self._take = take
        self._views = views
        self._counters = counters
        self._count_viewers = count_viewers
        self._heads: dict[bytes, Asked] = {}

    def answer(self, data: bytes, peer: str) -> Reply | Ask | None:
        """The reply to ``data``, the bytes of one head from address ``peer``; what has to be painted before ``heard``
        gives it; None when it has to go the careful way.

        One function without further calls of ours: each would cost as much as the look-ups themselves.
        """
        began = perf_counter()
        asked = self._heads.get(data)
        if asked is None:
            asked = read_head(data)
            if asked is None:
                return None
            self._remember(data, asked)
        view = self._views.current
        if view is None:
            return None
        if asked.entry is not None:
            return self._entered(asked, peer, view.id, began)
        path = asked.path
        answer = view.paths.get(path)
        if answer is None:
            found = self._found(view, asked, peer)
            if not isinstance(found, Answer):
                return found
            answer = found
        reply = answer.reply(asked.gzip, asked.wanted)
        counters = self._counters
        counters.requests[answer.kind, reply.status] += 1
        if answer.served.is_page and self._count_viewers:
            counters.seen[path] += 1
        spent = perf_counter() - began
        counters.latency[bisect_left(BUCKETS_S, spent)] += 1
        counters.latency_sum += spent
        return reply.last() if asked.closing else reply

    def heard(self, data: bytes, peer: str, heard: Heard) -> Reply | None:
        """The reply to what ``answer`` gave an Ask for, now that ``heard`` came of it; None when there is nothing but a
        short page for it, which is made the careful way."""
        if heard.page is not None:
            self._take(heard.page)
        asked, view = self._heads.get(data) or read_head(data), self._views.current
        if asked is None or view is None:
            return None
        began = perf_counter()
        try:
            answer = view.find(asked.path)
        except NotPainted:
            answer = None if heard.status == "gone" else stale(view, asked.path)
        except StoreError:
            return None
        if answer is None:
            return None
        reply = answer.reply(asked.gzip, asked.wanted)
        if self._count_viewers and answer.served.is_page:
            self._counters.seen[asked.path] += 1
        self._counters.request(answer.kind, reply.status, perf_counter() - began)
        return reply.last() if asked.closing else reply

    def _entered(self, asked: Asked, peer: str, release: str, began: float) -> Reply | None:
        """Where a box begins."""
        assert asked.entry is not None
        fields = self._entry(*asked.entry, peer)
        if fields is None:
            return None
        reply = Reply("302 Found", completed(fields, release), b"", int(time()), closing=asked.closing)
        self._counters.request("other", reply.status, perf_counter() - began)
        return reply

    def _found(self, view: ServedRelease, asked: Asked, peer: str) -> Answer | Ask | None:
        """What was painted, perhaps for an earlier release that says the same: after each of them every page is asked
        for a first time. Else what an earlier release had there, or what has to be painted."""
        if len(asked.path) > LONGEST_PATH:
            return None
        try:
            return view.find(asked.path)
        except NotPainted as missing:
            return self._patience.at_once(view, asked.path, missing.ask, peer, asked.forwarded)
        except StoreError:
            return None

    def _remember(self, data: bytes, asked: Asked) -> None:
        if len(self._heads) >= REMEMBERED:
            # Beginning again costs less than the bookkeeping of an order at every look-up.
            self._heads.clear()
        self._heads[data] = asked
