"""A server that drips, stalls or never ends cannot hold a pull: each answer has its time, and so has the whole."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from bundle_site import Site, site

from broadcaster.bundle import fetcher
from broadcaster.bundle.pulled_folder import Home
from feeds.base.errors import FetchError

pytestmark = pytest.mark.slow
BEAT = 0.02
"""Seconds between two bytes: always far within a socket's patience."""


SLOW = {
    "a body that drips": (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
    "a body without a length": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "the length of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X"),
    "a status": (b"HTTP/1.1 200 ", b"O"),
    "nothing": (b"", b""),
}


@contextmanager
def _dripping(head: bytes, piece: bytes) -> Iterator[str]:
    """A server that sends ``head`` and then ``piece`` again and again; its URL."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                client = listener.accept()[0]
                with client:
                    client.settimeout(0.5)
                    client.recv(65536)
                    client.sendall(head)
                    while not over.wait(BEAT):
                        client.sendall(piece)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize("what", SLOW)
def test_a_pull_ends_when_its_time_is_over(tmp_path: Path, what: str) -> None:
    """Whatever drips, a pull of half a second ends in little more, and gives the folder back."""
    made = Site(tmp_path)
    with _dripping(*SLOW[what]) as made.url:
        began = time.monotonic()
        with pytest.raises(FetchError):
            made.pull(seconds=0.5)
        assert time.monotonic() - began < 3
        with Home(made.edge).locked():
            pass


def test_a_small_file_is_not_waited_for_as_a_pack_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timestamp that drips is given up after the time that its size takes at the slowest, not after the pull's."""
    monkeypatch.setattr(fetcher, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(fetcher, "SLOWEST", 1_000_000)
    made = Site(tmp_path)
    with _dripping(*SLOW["a body that drips"]) as made.url:
        began = time.monotonic()
        with pytest.raises(FetchError, match="too slow"):
            made.pull(seconds=600)
        assert time.monotonic() - began < 5


def test_a_pack_that_drips_leaves_what_is_served(tmp_path: Path) -> None:
    """The metadata comes as it should and the pack byte by byte: the pull ends in time, `current` as it was."""
    with site(tmp_path) as there:
        there.air("one")
        there.pull()
        there.air("two")
        before = there.served()
        there.drip = ".tar.zst"
        began = time.monotonic()
        with pytest.raises(FetchError, match="too slow"):
            there.pull(seconds=2)
        assert time.monotonic() - began < 6
        assert there.served() == before
        there.drip = ""
        assert there.pull().changed


def test_a_channel_held_back_by_slowness_is_noticed(tmp_path: Path) -> None:
    """When what is trusted has ended and the server is only ever too slow, the hint says that releases may be held."""
    with site(tmp_path) as there:
        there.air("one")
        there.pull()
        trusted = there.edge / ".pull" / "metadata" / "timestamp.json"
        there.clock.forward(-timedelta(hours=7).total_seconds())
        there.publish(there.release("old"))
        old = there.state / "bundles" / "metadata" / "timestamp.json"
        trusted.unlink()
        trusted.write_bytes(old.read_bytes())
        with _dripping(*SLOW["a body that drips"]) as there.url, pytest.raises(FetchError) as caught:
            there.pull(seconds=0.5)
    assert "nothing newer came since" in caught.value.hint and "clock" in caught.value.hint
