"""A worker's memory has an end, however many documents there are and whatever is asked for."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from small_origin import CHARSETS, publish

from broadcaster.origin.answer import Reply
from broadcaster.origin.metrics import Counters
from broadcaster.origin.paintings import Paintings
from broadcaster.origin.patience import Patience
from broadcaster.origin.ready import LONGEST, REMEMBERED, Door, OnAir
from broadcaster.origin.view import ServedRelease, Terms
from broadcaster.painters import Line
from broadcaster.places import PAINTED, STORE
from channel.fingerprint import engine
from channel.profiles import load_profiles
from channel.release import Store

ESTATES = [f"mh{number:04d}" for number in range(1, 2001)]


def view(state: Path, room: int) -> ServedRelease:
    store = Store.open(state / STORE)
    publish(store, "一")
    release = store.current()
    assert release is not None
    terms = Terms(charsets=CHARSETS, profiles=tuple(CHARSETS), estates=frozenset(ESTATES), room=room)
    paintings = Paintings(load_profiles(list(CHARSETS)), engine(), state / PAINTED, Line(state))
    return ServedRelease(release, terms, paintings)


def test_paths_and_answers_are_forgotten_when_they_are_too_many(tmp_path: Path) -> None:
    """What is remembered stays under the room it was given, and every answer is still right."""
    small = view(tmp_path, 60_000)
    most = 0
    for estate in ESTATES:
        for name in ("201.html", "100.html", "i/201.h17.html"):
            answer = small.find(f"/web-hd/{estate}/{name}")
            assert answer is not None and answer.kind == "document"
            most = max(most, len(small.paths))
    assert 20 < most < 60_000 / 256
    assert small.find("/web-hd/mh0001/201.html") is not None


def test_heads_of_every_kind_fill_no_memory(tmp_path: Path) -> None:
    """Boxes that never write the same request twice are answered, and forgotten."""
    views = OnAir()
    views.current = view(tmp_path, 1 << 20)
    views.current.find("/web-hd/mh0001/201.html")
    patience = Patience(Line(tmp_path), lambda peer, forwarded: peer)
    door = Door(views, Counters(), lambda query, fields, peer: None, patience, lambda page: None)
    for number in range(REMEMBERED + 500):
        reply = door.answer(f"GET /web-hd/mh0001/201.html?{number} HTTP/1.1\r\nHost: a\r\n\r\n".encode(), "")
        assert isinstance(reply, Reply) and reply.status == 200
        assert len(door._heads) <= REMEMBERED
    long = b"GET /web-hd/mh0001/201.html HTTP/1.1\r\nHost: a\r\nX: " + b"a" * LONGEST + b"\r\n\r\n"
    assert door.answer(long, "") is None


def test_a_release_that_has_passed_leaves_nothing_but_what_it_served(tmp_path: Path) -> None:
    """A minute has a release: views hand on what they served, and are gone, whatever was asked of them."""
    state, last = tmp_path, view(tmp_path, 1 << 20)
    store = Store.open(state / STORE)
    gone: list[weakref.ref[ServedRelease]] = []
    for words in "二三四五六七八九":
        answer = last.find("/web-hd/mh0001/201.html")
        assert answer is not None and answer.body
        publish(store, words)
        release = store.current()
        assert release is not None
        gone.append(weakref.ref(last))
        last = ServedRelease(release, last._terms, last._paintings, last)
    del answer
    gc.collect()
    assert [one() for one in gone] == [None] * len(gone)
