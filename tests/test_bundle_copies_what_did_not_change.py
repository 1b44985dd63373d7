"""A further pack costs what changed: the rest is copied compressed, and the result is the same to the byte."""

from __future__ import annotations

import io
import weakref
from pathlib import Path

import pytest
from bundle_site import Site, site

from broadcaster.bundle import bundles
from broadcaster.bundle.zstd_frames import Out
from channel.paint.output import PaintedDocument
from channel.release import Release
from channel.release.artefact import Artefact


class Counting:
    """The store, counting the bodies that are asked for."""

    def __init__(self, made: Site) -> None:
        self._store = made.store
        self.bodies = 0

    def body(self, artefact: Artefact) -> bytes:
        self.bodies += 1
        return self._store.body(artefact)

    def asset(self, name: str) -> Artefact | None:
        return self._store.asset(name)


def _changed(made: Site, words: str) -> Release:
    """A release in which page 201 of one estate and profile says something else."""
    with made.store.changes() as changes:
        document = PaintedDocument(name="201.html", media="text/html", body=words.encode())
        changes.documents("web-hd", "mh0002", "201", [document])
        made.store.publish(changes)
    release = made.store.current()
    assert release is not None
    return release


def _published(made: Site, release: Release) -> tuple[Path, int]:
    counting = Counting(made)
    return bundles.publish(counting, release, made.state, made.clock), counting.bodies


def test_only_pages_that_changed_are_read_again(tmp_path: Path) -> None:
    """The second pack asks the store for the changed page alone, and equals one that was made from nothing."""
    made, fresh = Site(tmp_path / "one"), Site(tmp_path / "two")
    _, first = _published(made, made.release("one"))
    pack, again = _published(made, _changed(made, "<p>changed"))
    fresh.release("one")
    whole, _ = _published(fresh, _changed(fresh, "<p>changed"))
    assert first > 10
    assert again == 5  # the page's screens and its item in the district, and one for each of two estates
    assert pack.name == whole.name
    assert pack.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("harm", ["no index", "torn index", "no pack", "torn pack", "another pack", "foreign index"])
def test_what_cannot_be_copied_is_made_again(tmp_path: Path, harm: str) -> None:
    """A lost or damaged index or pack costs time, never a wrong byte: the pull of the next release is whole."""
    with site(tmp_path) as made:
        pack, _ = _published(made, made.release("one"))
        index = made.state / "bundling" / bundles.INDEX
        body = pack.read_bytes()
        match harm:
            case "no index":
                index.unlink()
            case "torn index":
                index.write_bytes(index.read_bytes()[:-20])
            case "foreign index":
                index.write_text('{"pack":3}')
            case "no pack":
                pack.unlink()
            case "torn pack":
                pack.write_bytes(body[: len(body) // 2])
            case "another pack":
                pack.write_bytes(bytes(len(body)))
        release = _changed(made, "<p>changed")
        assert _published(made, release)[1] >= 5
        assert made.pull().release == release.id
        assert made.served()["web-hd/mh0002/201.html"] == b"<p>changed"
        assert made.served()["web-hd/mh0001/201.html"] == b"<p>one mh0001"


def test_a_page_that_gives_its_picture_away_keeps_it(tmp_path: Path) -> None:
    """Two pages share a file; when the first stops using it, the second still has it."""
    made = Site(tmp_path)
    shared = PaintedDocument(name="201.html", media="text/html", body=b"<p>shared")
    with made.store.changes() as changes:
        changes.documents(
            "web-hd", "district", "100", [PaintedDocument(name="100.html", media="text/html", body=b"<p>shared")]
        )
        changes.documents("web-hd", "district", "201", [shared])
        made.store.publish(changes)
    release = made.store.current()
    assert release is not None
    _published(made, release)
    with made.store.changes() as changes:
        own = PaintedDocument(name="100.html", media="text/html", body=b"<p>own")
        changes.documents("web-hd", "district", "100", [own])
        made.store.publish(changes)
    release = made.store.current()
    assert release is not None
    _published(made, release)
    with site(tmp_path / "served") as other:
        other.state, other.store, other.root = made.state, made.store, made.root
        other.pull()
        served = other.served()
    assert (served["web-hd/district/100.html"], served["web-hd/district/201.html"]) == (b"<p>own", b"<p>shared")


def test_after_a_take_down_every_page_is_looked_at_again(tmp_path: Path) -> None:
    """What is denied lies across pages, so nothing that was known of them before counts."""
    made = Site(tmp_path)
    _, first = _published(made, made.release("one"))
    made.store.take_down("201.h17")
    release = made.store.current()
    assert release is not None
    assert _published(made, release)[1] > first / 2


def test_a_frame_that_is_written_is_let_go() -> None:
    """A pack has hundreds of frames; what compressed one of them must not stay in memory until the last."""
    out = Out(io.BytesIO())
    frame = out.frame()
    alive = weakref.ref(frame)
    with frame as stream:
        stream.write(bytes(1000))
    del frame, stream
    assert alive() is None
    assert 0 < out.last.length == out.offset < 1000
