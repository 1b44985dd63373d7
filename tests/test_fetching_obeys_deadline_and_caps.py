"""No server takes more time or memory than its source allows."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from small_origin import wait_for
from upstream import (
    Behaviour,
    Connection,
    Request,
    Upstream,
    announced,
    answer,
    bomb,
    drip_body,
    drip_head,
    endless,
    endless_head,
    hang,
    reset_midway,
    status,
)

from feeds.base.errors import FetchError
from feeds.network.fetch import Fetched, fetch
from feeds.source import Source

LONG = "10min"
"""A deadline that no test reaches; those about the deadline make it come themselves."""


HEAD = b"HTTP/1.1 200 Said\r\nConnection: close\r\n\r\n"


def source(url: str, **more: Any) -> Source:
    facts = {"deadline": LONG, "max_bytes": 1_000_000, "retries": 0, "private": True, **more}
    return Source(id="one", url=url, format="rss", publisher="某局", **facts)


def get(url: str, **more: Any) -> Fetched:
    return fetch(source(url, **more), Path(), wait=lambda seconds: None)


def deadlines() -> list[threading.Timer]:
    """The deadlines that are set now."""
    return [one for one in threading.enumerate() if isinstance(one, threading.Timer) and one.interval == 600]


@contextmanager
def under_way(url: str, **more: Any) -> Iterator[Future[Fetched]]:
    """A fetch in a thread of its own."""
    pool = ThreadPoolExecutor(1)
    try:
        yield pool.submit(get, url, **more)
    finally:
        for deadline in deadlines():
            deadline.function()
        # Where the deadline does not end it, the server's end does.
        pool.shutdown(wait=False)


@pytest.mark.parametrize(
    ("behaviour", "sent"),
    [
        (hang(), 0),
        (drip_head(0.01), 5),
        (drip_head(600), 1),
        (drip_body(b"x" * 100_000, 0.01), 100),
        (drip_body(b"x" * 100_000, 0.01, announced=True), 100),
        (drip_body(b"x" * 100_000, 600), len(HEAD) + 1),
    ],
    ids=["hang", "drip-head-fast", "drip-head", "drip-body", "drip-body-announced", "drip-body-slow"],
)
def test_a_slow_server_is_left_at_the_deadline(behaviour: Behaviour, sent: int) -> None:
    """Silence and drips, in the head or in the body, end when the deadline comes, whatever a single read would take."""
    talking: list[Connection] = []

    def watched(connection: Connection, request: Request) -> None:
        talking.append(connection)
        behaviour(connection, request)

    with Upstream() as up, under_way(up.serve("/", watched)) as fetched:
        wait_for(lambda: talking and talking[0].sent >= sent)
        assert not fetched.done()
        (deadline,) = deadlines()
        deadline.function()
        with pytest.raises(FetchError, match="not finished within 10min") as raised:
            fetched.result(60)
        assert raised.value.retryable


def test_the_deadline_comes_by_itself() -> None:
    """It is the source's own."""
    with Upstream() as up, pytest.raises(FetchError, match="not finished within 300ms"):
        get(up.serve("/", hang()), deadline="300ms")


def test_retries_share_the_deadline() -> None:
    """The deadline is for the whole: it was set before the first of three attempts, and no other follows it."""
    with Upstream() as up:
        held: list[list[threading.Timer]] = []

        def failing(connection: Connection, request: Request) -> None:
            held.append(deadlines())
            (status(500) if len(held) < 3 else hang())(connection, request)

        with under_way(up.serve("/", failing), retries=5) as fetched:
            wait_for(lambda: len(held) == 3)
            assert held[0] == held[1] == held[2] and len(held[0]) == 1
            held[0][0].function()
            with pytest.raises(FetchError, match="not finished within 10min"):
                fetched.result(60)
        assert len(up.requests) == 3


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (endless(), "more than 1000000 bytes"),
        (endless(chunked=True), "more than 1000000 bytes"),
        (announced(2_000_000_000), "2000000000 bytes announced"),
        (bomb(200), "after decompression"),
        (bomb(200, "deflate"), "after decompression"),
    ],
    ids=["endless", "endless-chunked", "2-GB", "gzip-bomb", "deflate-bomb"],
)
def test_a_huge_body_is_cut_off(behaviour: Behaviour, words: str) -> None:
    """The cap holds before and after decompression, and while streaming: the memory stays small."""
    with Upstream() as up:
        url = up.serve("/", behaviour)
        tracemalloc.start()
        with pytest.raises(FetchError, match=words) as raised:
            get(url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert not raised.value.retryable
    assert peak < 12_000_000


def test_an_endless_head_is_cut_off() -> None:
    """Header lines without end are refused, and no deadline is needed for it."""
    with Upstream() as up, pytest.raises(FetchError) as raised:
        get(up.serve("/", endless_head()))
    assert "not finished" not in str(raised.value)


def test_a_body_that_breaks_off_is_no_answer() -> None:
    """Half a body is an error that may be tried again, never a shorter document."""
    body = b"<rss>" + b"x" * 100_000
    with Upstream() as up:
        with pytest.raises(FetchError) as raised:
            get(up.serve("/", reset_midway(body)))
        assert raised.value.retryable
        assert get(up.serve("/again", reset_midway(body), answer(body)), retries=1).documents[0].body == body


def test_compression_is_taken_off() -> None:
    """A gzip body arrives as what it holds, also when it is a .gz file by itself."""
    import gzip

    with Upstream() as up:
        assert get(up.serve("/a", answer(b"<rss/>" * 50, zipped=True))).documents[0].body == b"<rss/>" * 50
        packed = gzip.compress(b"one ") + gzip.compress(b"two")
        assert get(up.serve("/b.gz", answer(packed))).documents[0].body == b"one two"
        with pytest.raises(FetchError, match="ends too early"):
            get(up.serve("/c", answer(gzip.compress(b"x" * 1000)[:-9], headers={"Content-Encoding": "gzip"})))
        assert get(up.serve("/d", answer(b"x"))).documents[0].body == b"x"
        assert get(up.serve("/e", answer(b""))).documents[0].body == b""


@pytest.mark.parametrize(
    "code", [201, 204, 206, 300, 304, 400, 401, 403, 404, 410, 418, 429, 500, 501, 502, 503, 504, 599]
)
def test_every_status_but_200_is_an_error(code: int) -> None:
    """Only what may pass by itself is worth another attempt."""
    with Upstream() as up:
        with pytest.raises(FetchError, match=str(code)) as raised:
            get(up.serve("/", status(code)), retries=1)
        assert raised.value.retryable == (code in (429, 500, 502, 503, 504))
        assert len(up.requests) == (2 if raised.value.retryable else 1)


def test_retry_after_is_obeyed() -> None:
    """The server's own wish is waited for; one that is longer than the deadline is passed on instead."""
    waits: list[float] = []
    with Upstream() as up:
        url = up.serve("/", status(503, {"Retry-After": "2"}), answer(b"ok"))
        fetch(source(url, retries=1), Path(), wait=waits.append)
        assert waits == [2.0]
        with pytest.raises(FetchError) as raised:
            get(up.serve("/", status(429, {"Retry-After": "7200"})), retries=3)
        assert raised.value.retry_after == 7200
        assert len(up.requests) == 3


def test_backoff_doubles_with_jitter() -> None:
    """Attempts spread out, and not in step with each other."""
    waits: list[float] = []
    with Upstream() as up, pytest.raises(FetchError):
        fetch(source(up.serve("/", status(500)), retries=4), Path(), wait=waits.append)
    assert len(waits) == 4
    assert all(0.25 * 2**n <= wait <= 0.75 * 2**n for n, wait in enumerate(waits))
