"""Whatever is asked, a household gets a short page of ours that a remote can leave, and never a traceback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_origin import get, publish, served

from channel.release import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    state: Path = tmp_path_factory.mktemp("state")
    publish(Store.open(state / "store"), "一号")
    with served(state) as (port, _):
        yield port, state


@pytest.mark.parametrize(
    "path",
    [
        "/web-hd/mh9999/100.html",
        "/web-hd/MH0001/100.html",
        "/web-hd/mh0001/999.html",
        "/web-hd/mh0001/201.html/",
        "/web-hd/mh0001",
        "/web-hd/",
        "/web-hd/mh0001/../mh0002/201.html",
        "/web-hd/mh0001/%2e%2e/%2e%2e/etc/passwd",
        "/web-hd/mh0001/i/201.nobody.html",
        "/web-hd/mh0001/i/../201.html",
        "/web-hd/%00/100.html",
        "/web-hd/mh0001/%ff%fe.html",
        "/web-hd/mh0001/201.html%0d%0aX-Forged:%201",
        "/web-hd/%E5%B0%8F%E5%8C%BA/100.html",
        "/ipanel-hd/mh0001/%3Cscript%3Ealert(1)%3C/script%3E",
        "/assets/../store/current",
        "/assets/00000000000000000000000000000000.png",
        "/assets/00000000000000000000000000000000.exe",
        "/nothing",
        "/bundles/../store/current",
        "/bundles/%2e%2e/store/current",
        "/etc/passwd",
        "//web-hd/mh0001/100.html",
    ],
)
def test_an_unknown_path_is_404_with_a_way_home(origin: tuple[int, Path], path: str) -> None:
    """The page says so in Chinese, leads home, keeps nothing, repeats nothing of what was asked."""
    port, _ = origin
    answer = get(port, path)
    assert answer.status == 404
    charset = answer.fields["content-type"].partition("charset=")[2]
    text = answer.body.decode(charset)
    assert "返回首页" in text and 'href="/' in text
    assert "<script>alert" not in text and "passwd" not in text and "Traceback" not in text
    assert answer.fields["cache-control"] == "no-store"
    assert "x-forged" not in answer.fields
    assert len(answer.body) < 2000


def test_the_page_speaks_the_boxs_charset_and_knows_its_home(origin: tuple[int, Path]) -> None:
    """A GBK box gets GBK; whoever was in an estate goes back to that estate, others to the district."""
    port, _ = origin
    lost = get(port, "/ipanel-hd/mh0001/999.html")
    assert lost.fields["content-type"] == "text/html; charset=gbk"
    assert 'href="/ipanel-hd/mh0001/100.html"' in lost.body.decode("gbk")
    assert 'href="/web-hd/district/100.html"' in get(port, "/web-hd/mh9999/100.html").body.decode()
    assert 'href="/"' in get(port, "/nowhere").body.decode()


def test_long_paths_and_headers_are_refused_shortly(origin: tuple[int, Path]) -> None:
    """64 kB of header or path is nobody's box."""
    port, _ = origin
    for path in ("/web-hd/mh0001/201.html", "/", "/nothing"):
        answer = get(port, path, cookie="a=" + "b" * 65_000)
        assert answer.status == 431 and "返回首页" in answer.body.decode()
    assert get(port, "/web-hd/mh0001/" + "a" * 5000).status == 414
    assert get(port, "/?estate=" + "a" * 60_000).status in (302, 414)


def test_other_methods_change_nothing(origin: tuple[int, Path]) -> None:
    """A page can only be looked at."""
    port, _ = origin
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = get(port, "/web-hd/mh0001/201.html", method, b"")
        assert answer.status == 405 and answer.fields["allow"] == "GET, HEAD"
    assert get(port, "/", "POST", b"x").status == 405


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET /web-hd/<script>/\xe5\xb0\x8f HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /keytest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    ],
)
def test_smuggled_and_broken_requests_get_no_second_answer(origin: tuple[int, Path], request_bytes: bytes) -> None:
    """What follows a request that cannot be framed is never taken for another request; the server lives on."""
    port, _ = origin
    hidden = b"GET /web-hd/mh0002/alert.json HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        sock.sendall(request_bytes + hidden)
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := sock.recv(65_536):
            received += chunk
    assert b"takeover" not in received and b"Traceback" not in received
    assert get(port, "/healthz").status == 200


def test_nothing_that_was_asked_for_is_in_the_log_as_a_traceback(origin: tuple[int, Path]) -> None:
    """After all of this, and whatever order tests run in, no worker has logged a fault."""
    port, state = origin
    get(port, "/web-hd/mh0001/%00")
    assert "Traceback" not in (state / "serve.log").read_text()
