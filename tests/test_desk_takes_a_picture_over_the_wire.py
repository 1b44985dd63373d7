"""A picture comes to the same workers that serve boxes: as much of it as that bears, and nobody waits for it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import EXAMPLE
from picture_files import scene, written
from running import port_of, start

from broadcaster.desk import people
from broadcaster.desk.tables import open_database
from broadcaster.origin.framing import LONGEST_BODY, LONGEST_UPLOAD, UPLOADS, framed
from channel.folder import Channel
from feeds.base.clock import SystemClock

pytestmark = pytest.mark.slow
PASSWORD = "three blue herons 1"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A desk's server, of one worker."""
    state = tmp_path_factory.mktemp("wire")
    engine = open_database(Channel.open(EXAMPLE, state).archive_url)
    people.add(engine, "ann", "editor", PASSWORD, SystemClock().now())
    engine.dispose()
    process = start(EXAMPLE, state, "--desk", "--port", "0", "--workers", "1", command="serve")
    try:
        yield port_of(state)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _ask(port: int, path: str, body: bytes = b"", **fields: str) -> tuple[int, str, bytes]:
    """Status, cookie and body of the answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST" if body else "GET", path, body or None, fields)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Set-Cookie") or "", answer.read()


def _logged_in(port: int) -> tuple[str, str]:
    """The cookie and the form's word of a login."""
    form = urlencode({"name": "ann", "password": PASSWORD}).encode()
    fields = {"Content-Type": "application/x-www-form-urlencoded"}
    cookie = _ask(port, "/desk/login", form, **fields)[1].partition(";")[0]
    _, _, page = _ask(port, "/desk/notice/new", Cookie=cookie)
    found = re.search(rb'name="form" value="([^"]+)"', page)
    assert found, page
    return cookie, found[1].decode()


def _multipart(form: str, file: bytes) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="form"\r\n\r\n{form}\r\n--b\r\n'
    name = 'Content-Disposition: form-data; name="file"; filename="../../x.png"\r\nContent-Type: image/png\r\n\r\n'
    return (head + name).encode() + file + b"\r\n--b--\r\n"


def test_a_large_picture_arrives(port: int) -> None:
    cookie, form = _logged_in(port)
    file = written(scene(1800, 1200), "PNG") + bytes(1_500_000)
    fields = {"Cookie": cookie, "Content-Type": "multipart/form-data; boundary=b"}
    status, _, told = _ask(port, "/desk/picture", _multipart(form, file), **fields)
    assert status == 200 and re.search(rb'"picture":"[0-9a-f]{32}"', told.replace(b" ", b"")), told


def test_what_was_taken_outlives_a_kill(tmp_path: Path) -> None:
    """Killed right after the answer: the picture and the text that names it are there for the next server."""
    engine = open_database(Channel.open(EXAMPLE, tmp_path).archive_url)
    people.add(engine, "ann", "editor", PASSWORD, SystemClock().now())
    engine.dispose()
    where, key = "", ""
    for number in range(2):
        before = (tmp_path / "out.log").stat().st_size if number else 0
        process = start(EXAMPLE, tmp_path, "--desk", "--port", "0", "--workers", "1", command="serve")
        try:
            port = port_of(tmp_path, before)
            cookie, form = _logged_in(port)
            if number:
                assert _ask(port, f"/desk/picture/{key}", Cookie=cookie)[0] == 200
                assert key.encode() in _ask(port, where, Cookie=cookie)[2]
                continue
            fields = {"Cookie": cookie, "Content-Type": "multipart/form-data; boundary=b"}
            told = _ask(port, "/desk/picture", _multipart(form, written(scene())), **fields)[2]
            key = json.loads(told)["picture"]
            words = {
                "form": form, "base": "0", "title": "周末停水", "text": "请接水。", "page": "115", "picture": key,
                "alt": "供水车", "begins": "2026-11-27T18:00", "ends": "2026-11-29T18:00",
            }  # fmt: skip
            fields = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            where = _located(port, "/desk/notice/new", urlencode(words).encode(), fields)
        finally:
            process.kill()
            process.wait()


def _located(port: int, path: str, body: bytes, fields: dict[str, str]) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", path, body, fields)
        answer = connection.getresponse()
        assert answer.status == 303, answer.read()
        return answer.getheader("Location") or ""


def test_only_a_few_at_a_time_and_boxes_wait_for_none(port: int) -> None:
    """Strangers who promise pictures and send halves: the third is refused, and everything else goes on."""
    head = f"POST /desk/picture HTTP/1.1\r\nHost: a\r\nContent-Length: {LONGEST_UPLOAD}\r\n\r\n".encode()
    socks = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(3)]
    try:
        for sock in socks[:2]:
            sock.sendall(head + bytes(500_000))
        assert _ask(port, "/keytest")[0] == 200
        socks[2].sendall(head + bytes(500_000))
        assert socks[2].recv(64).startswith(b"HTTP/1.1 503"), "it can read why it may not"
        assert _ask(port, "/keytest")[0] == 200
    finally:
        for sock in socks:
            sock.close()


def test_more_than_any_picture_is_refused_before_it_comes(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(f"POST /desk/picture HTTP/1.1\r\nHost: a\r\nContent-Length: {LONGEST_UPLOAD + 1}\r\n\r\n".encode())
        assert sock.recv(64).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("line", "uploads", "status"),
    [
        (b"POST /desk/picture", UPLOADS, 0), (b"POST /desk/picture", b"", 413), (b"POST /keytest", UPLOADS, 413),
        (b"GET /desk/picture", UPLOADS, 413), (b"POST /preview/desk/", UPLOADS, 413),
    ],
)  # fmt: skip
def test_long_requests_are_the_desks_alone(line: bytes, uploads: bytes, status: int) -> None:
    data = line + b" HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (LONGEST_BODY + 1)
    assert framed(data, uploads) == (0, status)
