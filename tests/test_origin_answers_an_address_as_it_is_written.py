"""Whatever a client writes, no answer sends it elsewhere with what it wrote, and none leaves it waiting for ever."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_origin import get, publish, served

from broadcaster.origin.careful import Exchange
from broadcaster.origin.loop import Loop
from channel.release import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    state: Path = tmp_path_factory.mktemp("state")
    publish(Store.open(state / "store"), "一")
    with served(state) as (port, _):
        yield port


@pytest.mark.parametrize(
    "path",
    ["/bundles//x?card=8431", "//?card=8431", "/healthz/?card=8431", "/bundles/?card=8431", "//keytest?card=8431"],
)
def test_no_redirect_carries_a_card_number_or_a_made_up_host(origin: int, path: str) -> None:
    """Routing knows better addresses for these; we do not say them."""
    answer = get(origin, path, host="evil.example")
    # The entry itself redirects, to an address of ours alone.
    assert answer.fields.get("location", "") in ("", "/bitmap-hd/district/100.html")
    assert b"8431" not in answer.body and b"evil" not in answer.body


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /healthz HTTP/1.9\r\nHost: a\r\n\r\n", b"200"),
        (b"GET /web-hd/district/100.html HTTP/1.2\r\nHost: a\r\n\r\n", b"200"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /web-hd/district/100.html HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"200"),
    ],
)
def test_versions_and_hosts_by_the_letter(origin: int, request_: bytes, expected: bytes) -> None:
    """RFC 9110, 2.5 and RFC 9112, 3.2, over a real socket."""
    with socket.create_connection(("127.0.0.1", origin), timeout=30) as sock:
        sock.sendall(request_)
        line = sock.recv(1 << 16).partition(b"\r\n")[0]
    assert line.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")) and line.split()[1] == expected


def test_work_that_raises_anything_ends_its_connection() -> None:
    """Not only what an application may raise: an exit, an interrupt. The client is told, and nobody waits."""

    class Broken(Exchange):
        def begin(self) -> bytes:
            raise SystemExit(3)

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    broken = Broken(b"", ("127.0.0.1", 1), application=lambda e, s: [], server=("", 1), cfg=None, last=False)
    loop = Loop([listener], lambda data, peer: None, lambda data, address: broken, threads=1, most=4)
    try:
        with socket.create_connection(listener.getsockname()[:2], timeout=10) as sock:
            sock.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in range(50):
                loop.turn(0.1)
                sock.setblocking(False)
                try:
                    said = sock.recv(1 << 16)
                except BlockingIOError:
                    continue
                break
        assert said.startswith(b"HTTP/1.1 500 ")
    finally:
        loop.drain(0)
        listener.close()
