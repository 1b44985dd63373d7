"""A source that hangs holds up nobody, and no host is asked too much at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from feeding import NOW, source
from upstream import Connection, Request, Upstream, answer, hang

from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.gatherer import Gatherer, host_of
from feeds.source import Source

RSS = "<rss><channel><item><title>一条</title></item></channel></rss>".encode()


@pytest.fixture
def gatherer(tmp_path: Path) -> Iterator[Gatherer]:
    archive = Archive.open(f"sqlite:///{tmp_path}/a.db")
    one = Gatherer(archive, tmp_path, SetClock(NOW), per_host=3)
    yield one
    one.close()
    archive.close()


def feed(ident: str, url: str, deadline: str = "2s") -> Source:
    return source("rss", url, id=ident, private=True, retries=0, deadline=deadline)


def test_hanging_sources_delay_no_other(gatherer: Gatherer) -> None:
    """More hang than a usual pool has threads; the living are done at once all the same."""
    with ExitStack() as stack:
        import socket

        dead = [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(70)]
        up = stack.enter_context(Upstream())
        up.serve("/", answer(RSS))
        sources = [feed(f"dead{n}", f"http://127.0.0.1:{port}/", "5s") for n, port in enumerate(dead)]
        sources += [feed(f"live{n}", up.url("/")) for n in range(30)]
        start = time.monotonic()
        done = {}
        for gathering in gatherer.gather_all(sources):
            done[gathering.source] = (gathering.outcome, time.monotonic() - start)
        living = [at for name, (_, at) in done.items() if name.startswith("live")]
        assert {outcome for name, (outcome, _) in done.items() if name.startswith("live")} == {"changed"}
        assert {outcome for name, (outcome, _) in done.items() if name.startswith("dead")} == {"failed"}
        assert max(living) < min(at for name, (_, at) in done.items() if name.startswith("dead"))
        # All the dead end by their own deadline, not one pool-load after another.
        assert max(at for _, at in done.values()) < 9


def test_a_host_is_asked_politely(gatherer: Gatherer) -> None:
    """At most three at a time of one host, and every one gets its turn."""
    lock, now, most = threading.Lock(), 0, 0

    def count(connection: Connection, request: Request) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.03)
        with lock:
            now -= 1
        answer(RSS)(connection, request)

    with Upstream() as up:
        up.serve("/", count)
        done = list(gatherer.gather_all([feed(f"s{n}", up.url("/")) for n in range(12)]))
    assert len(done) == 12
    assert all(gathering.ok for gathering in done)
    assert most == 3


def test_one_source_is_never_gathered_twice_at_once(gatherer: Gatherer) -> None:
    """Whoever asks while it is under way gets the same answer."""
    with Upstream() as up:
        up.serve("/", hang(0.2), answer(RSS))
        one = feed("one", up.url("/"))
        first, second = gatherer.submit(one), gatherer.submit(one)
        assert first is second
        first.result()
        assert len(up.requests) == 1
        assert gatherer.submit(one).result().outcome == "changed"


def test_a_closed_gatherer_takes_no_more(gatherer: Gatherer) -> None:
    """And its threads end."""
    with Upstream() as up:
        up.serve("/", answer(RSS))
        gatherer.submit(feed("one", up.url("/"))).result()
        gatherer.close()
        with pytest.raises(RuntimeError):
            gatherer.submit(feed("one", up.url("/")))
    for _ in range(50):
        if not any(thread.name.startswith("gather-") for thread in threading.enumerate()):
            break
        time.sleep(0.05)
    assert not any(thread.name.startswith("gather-") for thread in threading.enumerate())


def test_hosts_are_told_apart_by_port() -> None:
    """Credentials in an address are not part of the host."""
    assert host_of(source("rss", "http://u:p@Example.org:80/x")) == "example.org:80"
    assert host_of(source("rss", "file:x")) == ""
