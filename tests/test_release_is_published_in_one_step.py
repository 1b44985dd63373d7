"""A release goes on air whole or not at all, estates override the district, and ids tell releases apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import NOON, document, opened, picture, publish, text

from channel.paint.output import Asset, PaintedDocument
from channel.release import NO_ALERT, Store
from feeds.base.clock import SetClock
from feeds.base.errors import NotFound


def test_an_estate_overrides_the_district(tmp_path: Path) -> None:
    """An estate with a page of its own sees that page; every other estate sees the district's."""
    store = opened(tmp_path)
    publish(store, {("district", "201"): "district", ("mh0001", "201"): "one", ("district", "110"): "menu"})
    assert text(store, "mh0001", "201.html") == "one"
    assert text(store, "mh0002", "201.html") == "district"
    assert text(store, "mh0001", "110.html") == "menu"
    assert text(store, "mh0001", "999.html") is None
    assert text(store, "mh0001", "../../etc/passwd") is None
    assert text(store, "mh0001", "201.html", profile="no-such") is None


def test_a_shorter_page_does_not_show_the_districts_further_screens(tmp_path: Path) -> None:
    """Screens of one page never come from two scopes, but an estate finds the district's items."""
    store = opened(tmp_path)
    with store.changes() as changes:
        screens = [document("201.html", "d1"), document("201-2.html", "d2"), document("i/201.h17.html", "item")]
        changes.documents("web-hd", "district", "201", screens)
        changes.documents("web-hd", "mh0001", "201", [document("201.html", "e1"), document("i/201.h17.html", "no")])
        store.publish(changes)
    assert text(store, "mh0001", "201-2.html") is None
    assert text(store, "mh0002", "201-2.html") == "d2"
    assert text(store, "mh0001", "i/201.h17.html") == "item"
    release = store.current()
    assert release is not None
    assert [name for name, _ in release.paths("web-hd", "mh0001")] == ["201.html", "i/201.h17.html"]
    assert [name for name, _ in release.paths("web-hd", "mh0001", own=True)] == ["201.html"]
    assert release.estates("web-hd") == ("district", "mh0001")
    assert release.profiles == ("web-hd",)


def test_ids_are_monotonic_and_equal_content_publishes_nothing(tmp_path: Path) -> None:
    """A second publication of the same pages is no release; ids count releases."""
    store = opened(tmp_path)
    first = publish(store, {("district", "100"): "a"})
    assert publish(store, {("district", "100"): "a"}) is None
    second = publish(store, {("district", "100"): "b"})
    assert first is not None and second is not None
    assert first.id.startswith("r000001-") and second.id.startswith("r000002-")
    assert store.current_id() == second.id
    assert [info.id for info in store.releases()] == [first.id, second.id]
    assert store.releases()[0].published == NOON
    old = store.release(first.id).entry("web-hd", "district", "100.html")
    assert old is not None and store.body(old) == b"a"
    with pytest.raises(NotFound):
        store.release("../current")


def test_the_descriptor_says_what_a_server_needs(tmp_path: Path) -> None:
    """Length, encoding, validator, policy hashes, validity, and redirects survive the store."""
    store = opened(tmp_path)
    body = b"<html>" + b"hello " * 500
    with store.changes() as changes:
        html = PaintedDocument(name="100.html", media="text/html", body=body, style=("sha256-x",), script=("sha256-y",))
        png = PaintedDocument(name="100.png", media="image/png", body=b"", location="../../assets/a.png")
        changes.documents("web-hd", "district", "100", [html, png], valid_until=1234)
        store.publish(changes)
    release = store.current()
    assert release is not None
    found = release.entry("web-hd", "mh0001", "100.html")
    assert found is not None
    assert (found.media, found.encoding, found.size, found.valid_until) == ("text/html", "gzip", len(body), 1234)
    assert (found.style, found.script) == (("sha256-x",), ("sha256-y",))
    assert len(store.encoded(found)) == found.length < found.size
    assert store.body(found) == body
    assert len(found.etag) == 32
    redirect = release.entry("web-hd", "mh0001", "100.png")
    assert redirect is not None and redirect.location == "../../assets/a.png" and redirect.parts == ()
    assert redirect.etag != found.etag


@pytest.mark.parametrize(
    ("media", "encoding"),
    [
        ("text/html", "gzip"),
        ("text/html; charset=gbk", "gzip"),
        ("application/vnd.hbbtv.xhtml+xml; charset=utf-8", "gzip"),
        ("application/json", "gzip"),
        ("image/png", ""),
    ],
)
def test_texts_are_stored_compressed_and_pictures_as_they_are(tmp_path: Path, media: str, encoding: str) -> None:
    """Whatever parameters the media type has; equal bodies are stored once."""
    store = opened(tmp_path)
    body = b"text " * 500
    with store.changes() as changes:
        changes.documents("web-hd", "district", "100", [PaintedDocument(name="100.html", media=media, body=body)])
        store.publish(changes)
    release = store.current()
    assert release is not None
    found = release.entry("web-hd", "district", "100.html")
    assert found is not None
    assert (found.media, found.encoding, found.size) == (media, encoding, len(body))
    assert (found.length < 200) is (encoding == "gzip") and store.body(found) == body


def test_pictures_share_their_bands_and_no_other_hash_is_an_asset(tmp_path: Path) -> None:
    """Two pictures with a common band store it once; the hash of a part or map is not the name of an asset."""
    store = opened(tmp_path)
    one, two = picture("top" * 100, "row one", "end"), picture("top" * 100, "row two", "end")
    script = Asset((b"var a = 1;" * 50,), "js")
    with store.changes() as changes:
        for asset in (one, two, script):
            changes.asset(asset)
        changes.documents("bitmap-hd", "district", "100", [document("100.html", "x", one, two)])
        store.publish(changes)
        assert changes.written[0] == 4 + 1 + 3 + 1 + 3  # bands, script, descriptors, body, maps
    for asset in (one, two, script):
        found = store.asset(asset.name)
        assert found is not None and store.body(found) == asset.body
    release = store.current()
    assert release is not None
    assert release.assets() == {one.name, two.name}
    descriptor = release.entry("bitmap-hd", "district", "100.html")
    assert descriptor is not None
    for key in (descriptor.parts[0].hex(), release.root.pages["bitmap-hd"]):
        assert store.asset(f"{key}.png") is None
    assert store.asset(one.name.replace(".png", ".js")) is None
    assert store.asset(one.name.upper()) is None and store.asset("x.png") is None


def test_the_same_input_gives_the_same_release(tmp_path: Path) -> None:
    """Two stores that were given the same pages in another order hold the same trees."""
    pages = {("district", "100"): "a", ("mh0001", "201"): "b", ("mh0002", "201"): "c"}
    roots = []
    for name, items in (("one", list(pages.items())), ("two", list(reversed(pages.items())))):
        store = Store.open(tmp_path / name, clock=SetClock(NOON + timedelta(days=len(roots))))
        publish(store, dict(items))
        release = store.current()
        assert release is not None
        roots.append((release.id, release.root.pages))
    assert roots[0] == roots[1]


def test_removing_a_page_an_estate_and_a_profile(tmp_path: Path) -> None:
    """What leaves the line-up leaves the release."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a", ("mh0001", "201"): "b", ("mh0002", "201"): "c"})
    with store.changes() as changes:
        changes.remove("web-hd", "district", "100")
        changes.forget("web-hd", "mh0001")
        store.publish(changes)
    assert text(store, "mh0001", "100.html") is None and text(store, "mh0001", "201.html") is None
    assert text(store, "mh0002", "201.html") == "c"
    with store.changes() as changes:
        changes.forget("web-hd")
        store.publish(changes)
    release = store.current()
    assert release is not None and release.profiles == ()


def test_alert_answers_are_served_by_estate(tmp_path: Path) -> None:
    """An estate gets its own answer, an unknown one the district's, and before any a calm one."""
    store = opened(tmp_path)
    publish(store, {("district", "100"): "a"})
    release = store.current()
    assert release is not None and release.alert("mh0001") == NO_ALERT
    with store.changes() as changes:
        changes.answers({"mh0001": b'{"level":"takeover"}', "district": b'{"level":"none"}'})
        store.publish(changes)
    release = store.current()
    assert release is not None
    assert release.alert("mh0001") == b'{"level":"takeover"}' and release.alert("nowhere") == b'{"level":"none"}'


def test_another_process_sees_a_new_release(tmp_path: Path) -> None:
    """A reader that opened the store before finds the new release, its packs included."""
    writer, reader = opened(tmp_path), opened(tmp_path)
    assert reader.current() is None and reader.current_id() == ""
    publish(writer, {("district", "100"): "a"})
    assert text(reader, "mh0001", "100.html") == "a"
    kept = reader.current()
    assert reader.current() is kept
    publish(writer, {("district", "100"): "b"})
    assert text(reader, "mh0001", "100.html") == "b"
    assert kept is not None
    old = kept.entry("web-hd", "district", "100.html")
    assert old is not None and reader.body(old) == b"a"


def test_two_builders_at_once_lose_nothing(tmp_path: Path) -> None:
    """Builders that start from the same release and publish one after the other both end up on air."""
    store, other = opened(tmp_path), opened(tmp_path)
    publish(store, {("mh0001", "201"): "old", ("mh0002", "201"): "old"})
    with store.changes() as one, other.changes() as two:
        one.documents("web-hd", "mh0001", "201", [document("201.html", "from one")])
        two.documents("web-hd", "mh0001", "204", [document("204.html", "from two")])
        two.documents("web-hd", "mh0002", "201", [document("201.html", "from two")])
        store.publish(one)
        other.publish(two)
    assert text(store, "mh0001", "201.html") == "from one"
    assert text(store, "mh0001", "204.html") == text(store, "mh0002", "201.html") == "from two"


def test_many_builders_in_threads_lose_nothing(tmp_path: Path) -> None:
    """Forty publications by four builders: every one is on air at the end, under forty different numbers."""

    def build(number: int) -> None:
        store = opened(tmp_path)
        for turn in range(10):
            publish(store, {(f"mh{number}{turn}", "201"): f"{number} {turn}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(build, range(4)))
    store = opened(tmp_path)
    assert all(text(store, f"mh{n}{t}", "201.html") == f"{n} {t}" for n in range(4) for t in range(10))
    assert [info.seq for info in store.releases()] == list(range(1, 41))
    assert store.check() == []
