"""What the short way takes for a request, gunicorn's parser takes for the same one; whatever is doubtful goes there."""

from __future__ import annotations

import pytest
from effort import within
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadcaster.origin.framing import LONGEST_BODY, LONGEST_HEAD, LONGEST_UPLOAD, framed, names_host, spoken
from broadcaster.origin.ready import LONGEST, Asked, read_head

PLAIN = b"GET /web-hd/mh0001/201.html HTTP/1.1\r\nHost: a\r\n\r\n"


def head(*fields: str, line: str = "GET /a HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: a", *fields, "", ""]).encode("latin-1")


def test_a_plain_request_is_read() -> None:
    """Path without query, gzip, validator and the end of the connection are all that matters."""
    assert read_head(PLAIN) == Asked("/web-hd/mh0001/201.html", gzip=False, wanted=None, closing=False)
    asked = read_head(head("Accept-Encoding: gzip", 'if-none-match:\t"x" ', line="GET /a?card=1#b HTTP/1.1"))
    assert asked == Asked("/a", gzip=True, wanted='"x"', closing=False)
    assert read_head(head("Connection: close")) == Asked("/a", gzip=False, wanted=None, closing=True)
    assert read_head(head("Connection: Keep-Alive")) == Asked("/a", gzip=False, wanted=None, closing=False)


@pytest.mark.parametrize(
    "data",
    [
        head(line="HEAD /a HTTP/1.1"),
        head(line="POST /a HTTP/1.1"),
        head(line="GET /a HTTP/1.0"),
        head(line="GET  /a HTTP/1.1"),
        head(line="GET a HTTP/1.1"),
        head(line="GET http://a/a HTTP/1.1"),
        head(line="GET /a b HTTP/1.1"),
        head(line="GET /\xe5 HTTP/1.1"),
        b"GET /a HTTP/1.1\r\n\r\n",
        b"GET /a HTTP/1.1\nHost: a\n\n",
        b"\r\n" + PLAIN,
        PLAIN[:-1],
        PLAIN + b"x",
        PLAIN + PLAIN,
        head("Host: b"),
        head("Range: bytes=0-1"),
        head("Content-Length: 0"),
        head("Transfer-Encoding: chunked"),
        head("Expect: 100-continue"),
        head("Upgrade: h2c"),
        head("Connection: keep-alive, TE"),
        head("Accept-Encoding: gzip", "Accept-Encoding: br"),
        head("X-Folded: a\r\n b"),
        head("X-Space : a"),
        head("X-Null: \x00"),
        head("X-Return: a\rb"),
        head(": a"),
        head("X-Long: " + "a" * LONGEST),
    ],
)  # fmt: skip
def test_what_is_rare_or_doubtful_is_left_to_the_parser(data: bytes) -> None:
    """Nothing of this is answered the short way."""
    assert read_head(data) is None


NAMES = st.sampled_from([
    "Host", "Connection", "Content-Length", "Transfer-Encoding", "If-None-Match", "Accept-Encoding", "X_Y", "Cookie",
    "Transfer-Encoding ", "content-length", "X\x00",
])  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["a", "close", "keep-alive", "chunked", "3", "+3", '"tag"', "gzip;q=0", "a\r\n b", "a\nX: y", " "]),
    st.text(st.characters(max_codepoint=255), max_size=12),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=5), st.text(st.characters(max_codepoint=255), max_size=10))
@example([], "x%2f..%00")
def test_both_ways_read_the_same_request(fields: list[tuple[str, str]], path: str) -> None:
    """Whatever the short way recognises, the parser reads as the same path, with no body and the same last word."""
    data = head(*(f"{name}: {value}" for name, value in fields), line=f"GET /{path} HTTP/1.1")
    asked = read_head(data)
    length, status = framed(data)
    if asked is None:
        return
    assert (length, status) == (len(data), 0)
    try:
        request = next(RequestParser(Config(), iter((data,)), ("127.0.0.1", 1)))
    except ParseException as error:
        raise AssertionError(f"the parser refuses what is answered: {error}") from None
    assert request.method == "GET" and request.uri.partition("?")[0] == asked.path
    assert request.should_close() == asked.closing
    assert request.body.read() == b""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PLAIN, (len(PLAIN), 0)),
        (PLAIN + PLAIN, (len(PLAIN), 0)),
        (PLAIN[:-1], (0, 0)),
        (b"", (0, 0)),
        (head("Content-Length: 3"), (0, 0)),
        (head("Content-Length: 3") + b"abcd", (len(head("Content-Length: 3")) + 3, 0)),
        (head("Content-Length: 3", "content-length: 3"), (0, 400)),
        (head("Content-Length: -1"), (0, 400)),
        (head("Content-Length: 1_0"), (0, 400)),
        (head("Content-Length: 99999999999999999999"), (0, 400)),
        (head(f"Content-Length: {LONGEST_BODY + 1}"), (0, 413)),
        (b"POST /desk/notice/new HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (LONGEST_UPLOAD + 1), (0, 413)),
        (head("Transfer-Encoding: chunked") + b"0\r\n\r\n", (0, 411)),
        (head("transfer-encoding : chunked"), (0, 411)),
        (b"GET /" + b"a" * LONGEST_HEAD, (0, 414)),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * LONGEST_HEAD, (0, 431)),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * LONGEST_HEAD + b"\r\n\r\n", (0, 431)),
    ],
)
def test_where_a_request_ends_is_certain_or_it_is_refused(data: bytes, expected: tuple[int, int]) -> None:
    """Length of the first request, or the status it is refused with: never a guess."""
    assert framed(data) == expected


@pytest.mark.parametrize(
    "sign", [" ", "\t", "a", ":", "\r", "\n", "a:\r\n", "\r\ncontent-length:", "\r\ntransfer-encoding "]
)
def test_no_head_costs_more_than_its_length(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads of one sign, in every place of a request, cost in proportion to their length: half a megabyte, which would
    take minutes otherwise, is read or refused in hundredths of a second."""
    length = 16 * LONGEST_HEAD
    monkeypatch.setattr("broadcaster.origin.framing.LONGEST_HEAD", 2 * length)
    monkeypatch.setattr("broadcaster.origin.ready.LONGEST", 2 * length)
    many = (sign * length)[:length]
    with within(10):
        for line in (f"GET /{many} HTTP/1.1", "GET /a HTTP/1.1"):
            for field in (f"X: {many}y", f"Content-Length: x{many}y", f"{many}: y", f"Transfer-Encoding{many}y: y"):
                data = head(field, line=line)
                framed(data)
                read_head(data[:LONGEST])
                read_head(data)


@pytest.mark.parametrize("version", ["1.2", "1.9"])
def test_a_later_minor_version_is_read_as_ours(version: str) -> None:
    """RFC 9110, 2.5: a request of a higher minor version is answered as one of 1.1; nothing else of it is touched."""
    data = head("X-Note: HTTP/1.9", line=f"GET /a?q=HTTP/1.9 HTTP/{version}")
    assert spoken(data) == data.replace(f" HTTP/{version}\r\n".encode(), b" HTTP/1.1\r\n", 1)
    for other in (PLAIN, head(line="GET /a HTTP/1.0"), head(line="GET /a HTTP/2.0"), b"GET /a HTTP/1.9", b""):
        assert spoken(other) == other


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PLAIN, True),
        (b"GET /a HTTP/1.1\r\n\r\n", False),
        (b"GET /a HTTP/1.1\r\nX-Host: a\r\n\r\n", False),
        (head("host: b"), False),
        (b"GET /a HTTP/1.0\r\n\r\n", True),
        (b"GET /a HTTP/1.0\r\nHost: a\r\nHOST: b\r\n\r\n", False),
        (b"POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\n\r\nHost: a", False),
    ],
)
def test_a_request_says_once_which_server_it_means(data: bytes, expected: bool) -> None:
    """RFC 9112, 3.2: without Host, or with two, 400; a body's lines are no fields. HTTP/1.0 knew no Host."""
    assert names_host(data) is expected
