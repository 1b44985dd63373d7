"""The head and style of a page are compressed and stored once for all estates that begin with the same."""

import gzip
import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from channel.paint.output import PaintedDocument
from channel.release import Store
from channel.release.squeeze import gunzip, gzipped


@given(body=st.binary(max_size=5_000), data=st.data())
def test_a_shared_beginning_is_one_gzip_member_with_the_rest(body: bytes, data: st.DataObject) -> None:
    """Wherever the beginning ends: one member of the whole, with nothing after it, that any reader takes."""
    shared = data.draw(st.integers(0, len(body)))
    stored = b"".join(part for part, _ in gzipped(body, shared))
    assert gzip.decompress(stored) == gunzip(stored) == body
    inflate = zlib.decompressobj(31)
    assert inflate.decompress(stored) == body
    assert inflate.eof and not inflate.unused_data


def test_equal_beginnings_are_equal_parts() -> None:
    """Two estates' documents have the beginning in common and nothing else; the same bytes each time."""
    head = b"<style>" + b".a0{left:64px}" * 200
    first, second = (gzipped(head + words, len(head)) for words in (b"<body>one", b"<body>two"))
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert gzipped(head + b"<body>one", len(head)) == first
    assert len(gzipped(head)) == 1, "what shares nothing is one part"


def test_a_store_holds_the_beginning_once(tmp_path: Path) -> None:
    """What 40 estates read is theirs, and takes little more room than one document and 39 bodies."""
    head = b"<html><head>" + bytes(range(65, 91)) * 300
    store = Store.open(tmp_path)
    with store.changes() as changes:
        for number in range(40):
            body = head + f"<body>estate {number}".encode()
            document = PaintedDocument(name="201.html", media="text/html; charset=utf-8", body=body, shared=len(head))
            changes.documents("web-hd", f"mh{number:04d}", "201", [document])
        release = store.publish(changes)
    assert release is not None
    on_air = store.current()
    assert on_air is not None
    parts = set()
    for number in range(40):
        artefact = on_air.entry("web-hd", f"mh{number:04d}", "201.html")
        assert artefact is not None and artefact.encoding == "gzip"
        assert store.body(artefact) == head + f"<body>estate {number}".encode()
        assert artefact.length == len(store.encoded(artefact)) and artefact.size == len(store.body(artefact))
        parts.update(artefact.parts)
    assert len(parts) == 41
