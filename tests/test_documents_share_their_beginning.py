"""What boxes get is gzip, and the head and style of a page are compressed once for all that begin with the same."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.painters.squeeze import gunzip, gzipped
from broadcaster.painters.wire import file_of
from channel.paint.output import PaintedDocument

HEAD = b"<style>" + bytes(range(65, 91)) * 100 + b".a0{left:64px}" * 200


@given(body=st.binary(max_size=5_000), data=st.data())
def test_a_shared_beginning_is_one_gzip_member_with_the_rest(body: bytes, data: st.DataObject) -> None:
    """Wherever the beginning ends: one member of the whole, with nothing after it, that any reader takes."""
    stored = gzipped(body, data.draw(st.integers(0, len(body))))
    assert gzip.decompress(stored) == gunzip(stored) == body
    inflate = zlib.decompressobj(31)
    assert inflate.decompress(stored) == body
    assert inflate.eof and not inflate.unused_data


def test_equal_beginnings_are_equal_bytes() -> None:
    """Two estates' documents have the beginning in common, compressed too, and take little more room than alone; the
    same bytes each time."""
    first, second = (gzipped(HEAD + words, len(HEAD)) for words in (b"<body>one", b"<body>another"))
    common = next(n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    alone = gzipped(HEAD)
    assert common > 0.8 * len(alone) and len(first) < len(alone) + 40 < len(HEAD)
    assert gzipped(HEAD + b"<body>one", len(HEAD)) == first


@pytest.mark.parametrize(
    ("media", "packed"),
    [
        ("text/html", True),
        ("text/html; charset=gbk", True),
        ("application/vnd.hbbtv.xhtml+xml; charset=utf-8", True),
        ("application/json", True),
        ("application/javascript", True),
        ("image/png", False),
    ],
)
def test_texts_are_packed_and_pictures_are_as_they_are(media: str, packed: bool) -> None:
    """Whatever parameters the media type has; what a server needs of a document comes with it."""
    body = HEAD + b"<body>one"
    document = PaintedDocument(
        name="100.html", media=media, body=body, style=("sha256-x",), script=("sha256-y",), assets=("b.png", "a.png"),
        shared=len(HEAD),
    )  # fmt: skip
    file = file_of(document)
    assert (file.media, file.packed, file.size) == (media, packed, len(body))
    assert (gunzip(file.stored) if packed else file.stored) == body and (len(file.stored) < len(body)) == packed
    assert (file.style, file.script, file.assets) == (("sha256-x",), ("sha256-y",), ("a.png", "b.png"))


def test_a_redirect_is_where_it_leads() -> None:
    """It has no body that could be packed."""
    document = PaintedDocument(name="100.png", media="image/png", body=b"", location="../../assets/a.png")
    file = file_of(document)
    assert (file.location, file.stored, file.packed, file.size) == ("../../assets/a.png", b"", False, 0)
