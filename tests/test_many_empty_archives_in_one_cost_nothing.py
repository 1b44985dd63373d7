"""A compressed body costs what its bytes cost, however many compressed files are in it."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest
from feeding import source

from feeds.base.errors import FetchError
from feeds.network.fetch import fetch
from feeds.network.unpack import Unpacker

EMPTY = gzip.compress(b"", mtime=0)


def unpacked(body: bytes, piece: int = 0, most: int = 10_000_000) -> bytes:
    unpack = Unpacker("", most)
    for start in range(0, len(body), piece or len(body)):
        unpack.feed(body[start : start + (piece or len(body))])
    return unpack.finish()


@pytest.mark.parametrize("piece", [0, 1, 7, 4_096, 65_536])
def test_members_are_joined_however_they_arrive(piece: int) -> None:
    """Members, empty ones between them and padding after them, in pieces of any size."""
    body = b"".join([gzip.compress(b"a" * 70_000), EMPTY, gzip.compress(b"b"), EMPTY, EMPTY])
    assert unpacked(body, piece) == b"a" * 70_000 + b"b"
    assert unpacked(body + b"\0" * 600, piece) == b"a" * 70_000 + b"b"
    assert unpacked(body + b"\x1f", piece) == b"a" * 70_000 + b"b"


def test_millions_of_empty_members_are_refused_at_once(tmp_path: Path) -> None:
    """A delivered file of twenty megabytes of nothing: refused in the time that a thousandth of it takes to read."""
    (tmp_path / "x.xml.gz").write_bytes(EMPTY * 1_000_000)
    start = time.thread_time()
    with pytest.raises(FetchError, match="more than 20000 compressed files in one"):
        fetch(source("rss", "file:x.xml.gz", max_bytes=30_000_000), tmp_path)
    assert time.thread_time() - start < 5


def test_members_cost_the_same_each() -> None:
    """Four times the members, four times the effort: nothing that follows is copied again and again."""

    def effort(count: int) -> float:
        body, best = EMPTY * count, float("inf")
        for _ in range(3):
            start = time.thread_time()
            unpacked(body)
            best = min(best, time.thread_time() - start)
        return best

    assert effort(16_000) < 6 * effort(4_000)
