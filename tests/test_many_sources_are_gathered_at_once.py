"""A source that hangs holds up nobody, and no host is asked too much at a time."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pytest
from feeding import NOW, source
from small_origin import wait_for
from upstream import Connection, Request, Upstream, answer

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


@pytest.fixture(autouse=True)
def others() -> set[threading.Thread]:
    """Threads that were there before the test's own."""
    return set(threading.enumerate())


def gathering(others: set[threading.Thread]) -> int:
    """How many threads gather for this test."""
    return sum(thread.name.startswith("gather_") for thread in set(threading.enumerate()) - others)


class Dead:
    """Servers that take a connection and say nothing, until they are let go; each has a port of its own."""

    def __init__(self, count: int) -> None:
        self.held: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self._listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._accept)

    def __enter__(self) -> Dead:
        for listener in self._listeners:
            self._selector.register(listener, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()
        self.let_go()
        self._selector.close()
        for listener in self._listeners:
            listener.close()

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{listener.getsockname()[1]}/" for listener in self._listeners]

    def waiting(self) -> int:
        """Clients that are connected now."""
        for sock in self.held:
            sock.setblocking(False)
        return sum(not _left(sock) for sock in self.held)

    def let_go(self) -> None:
        """End every connection."""
        while self.held:
            self.held.pop().close()

    def _accept(self) -> None:
        while not self._done.is_set():
            for key, _ in self._selector.select(0.02):
                self.held.append(key.fileobj.accept()[0])  # type: ignore[union-attr]


def _left(sock: socket.socket) -> bool:
    """Whether the client has gone away; what it asked is taken off the way."""
    try:
        while sock.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def feed(ident: str, url: str) -> Source:
    """A source whose deadline no test reaches."""
    return source("rss", url, id=ident, private=True, retries=0, deadline="2min")


def test_hanging_sources_delay_no_other(gatherer: Gatherer) -> None:
    """More hang than a usual pool has threads; the living are done while every dead one still hangs, and the dead hang
    side by side, so that each ends by its own deadline and not one pool-load after another."""
    with Dead(70) as dead, Upstream() as up:
        up.serve("/", answer(RSS))
        sources = [feed(f"dead{n}", url) for n, url in enumerate(dead.urls)]
        sources += [feed(f"live{n}", up.url("/")) for n in range(30)]
        done = gatherer.gather_all(sources)
        living = [next(done) for _ in range(30)]
        assert sorted(one.source for one in living) == sorted(f"live{n}" for n in range(30))
        assert {one.outcome for one in living} == {"changed"}
        wait_for(lambda: dead.waiting() == 70)
        dead.let_go()
        ended = list(done)
        assert {one.source for one in ended} == {f"dead{n}" for n in range(70)}
        assert {one.outcome for one in ended} == {"failed"}


def test_a_host_is_asked_politely(gatherer: Gatherer, others: set[threading.Thread]) -> None:
    """At most three at a time of one host, the others wait without a thread, and every one gets its turn."""
    lock, go_on, now, most = threading.Lock(), threading.Event(), 0, 0

    def count(connection: Connection, request: Request) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        go_on.wait(60)
        with lock:
            now -= 1
        answer(RSS)(connection, request)

    with Upstream() as up:
        up.serve("/", count)
        futures = [gatherer.submit(feed(f"s{n}", up.url("/"))) for n in range(12)]
        wait_for(lambda: now == 3)
        assert gathering(others) == 3
        go_on.set()
        done = [future.result() for future in futures]
    assert all(one.ok for one in done)
    assert most == 3


def test_one_source_is_never_gathered_twice_at_once(gatherer: Gatherer) -> None:
    """Whoever asks while it is under way gets the same answer."""
    go_on = threading.Event()
    with Upstream() as up:
        up.serve("/", lambda connection, request: connection.wait_for(go_on), answer(RSS))
        one = feed("one", up.url("/"))
        first, second = gatherer.submit(one), gatherer.submit(one)
        assert first is second
        go_on.set()
        first.result()
        assert len(up.requests) == 1
        wait_for(lambda: gatherer.submit(one).result().outcome == "changed")


def test_a_closed_gatherer_takes_no_more(gatherer: Gatherer, others: set[threading.Thread]) -> None:
    """And its threads end."""
    with Upstream() as up:
        up.serve("/", answer(RSS))
        gatherer.submit(feed("one", up.url("/"))).result()
        assert gathering(others) == 1
        gatherer.close()
        with pytest.raises(RuntimeError):
            gatherer.submit(feed("one", up.url("/")))
    wait_for(lambda: gathering(others) == 0)


def test_closing_ends_what_is_under_way_and_blames_nobody(
    gatherer: Gatherer, others: set[threading.Thread], tmp_path: Path
) -> None:
    """A source with two minutes left is let go at once; it did nothing wrong, so it does not count as failed."""
    with Dead(2) as dead:
        futures = [gatherer.submit(feed(f"dead{n}", url)) for n, url in enumerate(dead.urls)]
        wait_for(lambda: len(dead.held) == 2)
        gatherer.close()
        assert {future.result(30).outcome for future in futures} == {"kept"}
        wait_for(lambda: gathering(others) == 0)
    archive = Archive.open(f"sqlite:///{tmp_path}/a.db")
    assert [archive.state(f"dead{n}").failures for n in range(2)] == [0, 0]
    archive.close()


def test_hosts_are_told_apart_by_port() -> None:
    """Credentials in an address are not part of the host."""
    assert host_of(source("rss", "http://u:p@Example.org:80/x")) == "example.org:80"
    assert host_of(source("rss", "file:x")) == ""
