"""A client that is slow at sending or taking costs a connection, never a thread; order and bytes hold all the same."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from origin_figures import workers_of
from small_origin import get, html, publish, served, wait_for

from channel.release import Store

pytestmark = pytest.mark.slow
PACK = os.urandom(1 << 20) * 8


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    state: Path = tmp_path_factory.mktemp("state")
    publish(Store.open(state / "store"), "一")
    (state / "bundles" / "targets").mkdir(parents=True)
    (state / "bundles" / "targets" / "large.tar.zst").write_bytes(PACK)
    with served(state, patient=True) as (port, _):
        yield port


def connect(port: int, receive: int = 0) -> socket.socket:
    sock = socket.socket()
    if receive:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    sock.settimeout(60)
    sock.connect(("127.0.0.1", port))
    return sock


def read_all(sock: socket.socket) -> bytes:
    parts = []
    while part := sock.recv(1 << 18):
        parts.append(part)
    return b"".join(parts)


def test_requests_in_one_packet_are_answered_in_their_order(origin: int) -> None:
    """Ready ones, careful ones and ones cut in the middle, all sent at once: answers come whole and in order."""
    paths = [
        "/web-hd/mh0001/201.html",
        "/healthz",
        "/web-hd/mh0001/101.html",
        "/nothing",
        "/web-hd/mh0001/201.html",
    ] * 3
    for path in set(paths):
        get(origin, path)
    data = b"".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() for path in paths)
    last = b"GET /web-hd/mh0001/100.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with connect(origin) as sock:
        sock.sendall(data[:-7])
        time.sleep(0.05)
        sock.sendall(data[-7:] + last)
        received = read_all(sock)
    bodies = [html("医院 一"), b"ok", html("小区一 一"), b"404", html("医院 一")] * 3 + [html("首页 一")]
    place = 0
    for body in bodies:
        place = received.index(body, place) + len(body)
    assert received.count(b"HTTP/1.1 ") == len(bodies)
    assert received.rindex(b"Connection: close") > received.rindex(b"HTTP/1.1 ")


def test_slow_takers_of_packs_hold_up_nobody(origin: int) -> None:
    """More of them than there are threads, none reading on: what is dynamic is answered, and each gets its bytes."""
    request = b"GET /bundles/targets/large.tar.zst HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    takers = [connect(origin, receive=4096) for _ in range(12)]
    try:
        for sock in takers:
            sock.sendall(request)
        first = [sock.recv(1) for sock in takers]
        assert get(origin, "/healthz").status == get(origin, "/readyz").status == 200
        _, _, body = (first[0] + read_all(takers[0])).partition(b"\r\n\r\n")
        assert body == PACK
    finally:
        for sock in takers:
            sock.close()
    wait_for(lambda: get(origin, "/healthz").status == 200)


def test_slow_senders_of_bodies_hold_up_nobody(origin: int) -> None:
    """Fifty that promise a body and send half of it: nobody waits, and a whole one is taken."""
    senders = [connect(origin) for _ in range(50)]
    try:
        for sock in senders:
            sock.sendall(b"POST /keytest HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        assert get(origin, "/healthz").status == 200
        assert get(origin, "/keytest", "POST", b"{}").status < 500
        assert not select.select(senders, [], [], 0)[0]
    finally:
        for sock in senders:
            sock.close()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ("Content-Length: 10000000", 413),
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: 1\r\nX: " + "a" * 40_000, 431),
    ],
)
def test_a_refusal_arrives_and_ends_the_connection(origin: int, fields: str, status: int) -> None:
    """However much the client was going to send, it can read why it may not."""
    with connect(origin) as sock:
        sock.sendall(f"POST /keytest HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n".encode() + b"x" * 100_000)
        received = read_all(sock)
    assert received.startswith(f"HTTP/1.1 {status} ".encode()) and "返回首页".encode() in received
    assert received.count(b"HTTP/1.1 ") == 1 and b"Connection: close" in received


def test_an_editor_who_sends_too_much_is_led_back_to_the_desk(origin: int) -> None:
    """Where the browser has kept what was typed, and offers it again."""
    with connect(origin) as sock:
        head = b"POST /desk/notice/new HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n"
        sock.sendall(head + b"x" * 100_000)
        received = read_all(sock)
    assert received.startswith(b"HTTP/1.1 413 ") and b'<a href="/desk/">' in received


def test_clients_that_break_off_cost_nobody_else(tmp_path: Path) -> None:
    """Many requests at once and then a reset, at every stage of the answer: the same worker serves on."""
    publish(Store.open(tmp_path / "store"), "一")
    (tmp_path / "bundles" / "targets").mkdir(parents=True)
    (tmp_path / "bundles" / "targets" / "large.tar.zst").write_bytes(PACK)
    page, pack = b"GET /web-hd/mh0001/201.html", b"GET /bundles/targets/large.tar.zst"
    end = b" HTTP/1.1\r\nHost: a\r\n\r\n"
    with served(tmp_path) as (port, process):
        before = workers_of(process.pid)
        for number in range(60):
            sock = connect(port, receive=4096)
            if number % 3:
                # Closed by a reset; otherwise the reset comes in answer to the first answer.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.sendall(
                (page + end) * (5, 150)[number % 4 // 2] if number % 2 else (pack + end) * 3 + (page + end) * 20
            )
            time.sleep(0.002 * (number % 5))
            sock.close()
            assert get(port, "/web-hd/mh0001/201.html").status == 200
        assert workers_of(process.pid) == before
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


def test_head_and_an_old_version_are_answered_as_they_must_be(origin: int) -> None:
    """HTTP/1.0 ends the connection unless it asks to keep it; HEAD has no body."""
    with connect(origin) as sock:
        sock.sendall(b"GET /web-hd/mh0001/201.html HTTP/1.0\r\n\r\n")
        old = read_all(sock)
    assert old.startswith(b"HTTP/1.") and b" 200 OK" in old[:20] and old.endswith(html("医院 一"))
    with connect(origin) as sock:
        sock.sendall(b"HEAD /web-hd/mh0001/201.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert read_all(sock).endswith(b"\r\n\r\n")


def test_a_reload_that_fails_leaves_the_old_workers_serving(tmp_path: Path) -> None:
    """A table of prefixes that cannot be read: new workers do not start, the old ones answer, and a mended one is taken
    up."""
    publish(Store.open(tmp_path / "store"), "一")
    log = tmp_path / "serve.log"
    with served(tmp_path, workers=2) as (port, process):
        wait_for(lambda: log.read_text().count("release taken up") == 2)
        before = set(workers_of(process.pid))
        table = tmp_path / "prefixes.csv"
        table.write_text("nonsense\n1\n")
        process.send_signal(signal.SIGHUP)

        def both_failed() -> bool:
            assert get(port, "/web-hd/mh0001/201.html").status == 200
            return log.read_text().count("a worker cannot start") == 2 and set(workers_of(process.pid)) == before

        wait_for(both_failed)
        for _ in range(100):
            assert get(port, "/web-hd/mh0001/201.html").status == 200
        assert set(workers_of(process.pid)) == before
        table.unlink()
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(workers_of(process.pid)) == 2 and not before & set(workers_of(process.pid)))
        assert get(port, "/web-hd/mh0001/201.html").status == 200
