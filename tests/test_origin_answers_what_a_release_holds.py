"""The origin answers every path of the release on air as HTTP wants it, with the production server."""

from __future__ import annotations

import gzip
import http.client
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from small_origin import PICTURE, SCRIPT, STYLE, get, html, publish, served, wait_for

from channel.release import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    state: Path = tmp_path_factory.mktemp("state")
    release = publish(Store.open(state / "store"), "一号")
    with served(state) as (port, _):
        yield port, release


def test_a_page_comes_in_its_profiles_charset_with_every_field(origin: tuple[int, str]) -> None:
    """Content, charset, policy, validators, freshness and release are all there and true."""
    port, release = origin
    for profile, charset in (("web-hd", "utf-8"), ("ipanel-hd", "gbk")):
        answer = get(port, f"/{profile}/mh0002/201.html")
        assert answer.status == 200
        assert answer.body == html("医院 一号", charset)
        assert answer.fields["content-type"] == f"text/html; charset={charset}"
        assert answer.fields["content-length"] == str(len(answer.body))
        assert answer.fields["x-release"] == release
        assert answer.fields["x-content-type-options"] == "nosniff"
        assert answer.fields["referrer-policy"] == "same-origin"
        assert answer.fields["vary"] == "Accept-Encoding"
        policy = answer.fields["content-security-policy"]
        assert f"style-src '{STYLE}'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
        assert "stale-while-revalidate=" in answer.fields["cache-control"]
        assert "stale-if-error=" in answer.fields["cache-control"]


def test_gzip_is_sent_as_stored_with_a_validator_of_its_own(origin: tuple[int, str]) -> None:
    """Two encodings are two sets of bytes, so two strong validators; each gives a 304 only for itself."""
    port, _ = origin
    plain = get(port, "/web-hd/mh0001/101.html")
    packed = get(port, "/web-hd/mh0001/101.html", accept_encoding="gzip, deflate")
    assert packed.fields["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.fields
    assert gzip.decompress(packed.body) == plain.body
    assert plain.fields["etag"] != packed.fields["etag"]
    assert not plain.fields["etag"].startswith("W/")
    again = get(port, "/web-hd/mh0001/101.html", if_none_match=plain.fields["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.fields["etag"] == plain.fields["etag"]
    assert "cache-control" in again.fields and "x-release" in again.fields
    crossed = get(port, "/web-hd/mh0001/101.html", if_none_match=plain.fields["etag"], accept_encoding="gzip")
    assert crossed.status == 200
    refused = get(port, "/web-hd/mh0001/101.html", accept_encoding="gzip;q=0, identity")
    assert "content-encoding" not in refused.fields


def test_head_says_what_get_would_and_sends_no_body(origin: tuple[int, str]) -> None:
    """HEAD has the fields of GET."""
    port, _ = origin
    full, head = get(port, "/web-hd/mh0001/100.html"), get(port, "/web-hd/mh0001/100.html", "HEAD")
    assert head.status == 200 and head.body == b""
    same = ("content-length", "content-type", "etag", "x-release", "content-security-policy")
    assert [head.fields[name] for name in same] == [full.fields[name] for name in same]


def test_pictures_come_in_ranges_and_stay_for_ever(origin: tuple[int, str]) -> None:
    """Assets are immutable; a part of a picture is 206, one outside it 416, nonsense the whole."""
    port, _ = origin
    path, body = f"/assets/{PICTURE.name}", PICTURE.body
    whole = get(port, path)
    assert whole.body == body and whole.fields["content-type"] == "image/png"
    assert "immutable" in whole.fields["cache-control"] and whole.fields["accept-ranges"] == "bytes"
    part = get(port, path, range="bytes=4-9")
    assert (part.status, part.body) == (206, body[4:10])
    assert part.fields["content-range"] == f"bytes 4-9/{len(body)}"
    assert get(port, path, range="bytes=-5").body == body[-5:]
    assert get(port, path, range=f"bytes={len(body) - 3}-").body == body[-3:]
    beyond = get(port, path, range=f"bytes={len(body)}-")
    assert (beyond.status, beyond.fields["content-range"]) == (416, f"bytes */{len(body)}")
    assert get(port, path, range="bytes=9-4").status == 200
    assert get(port, path, range="bytes=0-1,4-5").body == body
    assert get(port, path, range="bytes=4-9", if_range=whole.fields["etag"]).status == 206
    assert get(port, path, range="bytes=4-9", if_range='"other"').body == body
    assert get(port, path, if_none_match=whole.fields["etag"]).status == 304
    assert "content-encoding" not in get(port, path, accept_encoding="gzip").fields


def test_the_script_is_kept_as_pages_are(origin: tuple[int, str]) -> None:
    """A profile's own under every estate, kept for seconds and asked for again by its validator, never immutable."""
    port, _ = origin
    for profile in ("web-hd", "ipanel-hd"):
        answers = [get(port, f"/{profile}/{estate}/remote.js") for estate in ("district", "mh0001", "mh0003")]
        assert {(a.status, a.body) for a in answers} == {(200, SCRIPT + profile.encode())}
        assert len({a.fields["etag"] for a in answers}) == 1
        fields = answers[0].fields
        assert fields["content-type"].startswith("application/javascript")
        packed = get(port, f"/{profile}/mh0001/remote.js", accept_encoding="gzip")
        assert gzip.decompress(packed.body) == answers[0].body and packed.fields["content-encoding"] == "gzip"
        page = get(port, f"/{profile}/mh0001/201.html").fields["cache-control"]
        assert fields["cache-control"] == page and "immutable" not in page
        assert get(port, f"/{profile}/mh0001/remote.js", if_none_match=fields["etag"]).status == 304
    assert get(port, "/bitmap-hd/mh0001/remote.js").status == 404
    assert get(port, "/web-hd/mh9999/remote.js").status == 404
    assert get(port, "/web-hd/mh0001/remote.jsx").status == 404


def test_alerts_are_an_estates_own_and_never_stale(origin: tuple[int, str]) -> None:
    """``alert.json`` may be kept five seconds and not one longer, not even without an origin."""
    port, _ = origin
    mine, others = get(port, "/web-hd/mh0002/alert.json"), get(port, "/bitmap-hd/mh0003/alert.json")
    assert b"takeover" in mine.body and b"none" in others.body
    assert len(mine.body) <= 400
    assert mine.fields["content-type"] == "application/json; charset=utf-8"
    assert mine.fields["cache-control"] == "public, max-age=5, must-revalidate"


def test_a_bitmap_page_leads_to_its_picture(origin: tuple[int, str]) -> None:
    """``.png`` is a redirect to the asset, ``.json`` the navigation map."""
    port, _ = origin
    picture = get(port, "/bitmap-hd/mh0001/201.png")
    assert picture.status == 302 and picture.fields["location"] == f"../../assets/{PICTURE.name}"
    assert "max-age=" in picture.fields["cache-control"]
    assert get(port, "/bitmap-hd/district/201.json").fields["content-type"] == "application/json; charset=utf-8"


def test_items_are_the_same_under_every_estate(origin: tuple[int, str]) -> None:
    """An item is district scope: equal bytes and validator wherever it is asked for."""
    port, _ = origin
    answers = [get(port, f"/web-hd/{estate}/i/201.h17.html") for estate in ("district", "mh0001", "mh0003")]
    assert {a.status for a in answers} == {200}
    assert len({(a.body, a.fields["etag"]) for a in answers}) == 1


def test_freshness_counts_down_to_valid_until(tmp_path: Path) -> None:
    """A page is kept no longer than it is true, and at most as long as the settings say."""
    store = Store.open(tmp_path / "store")
    publish(store, "一", valid_until=int(time.time()) + 10_000)
    with served(tmp_path) as (port, _):

        def seconds() -> int:
            field = get(port, "/web-hd/mh0001/201.html").fields["cache-control"]
            return int(field.split("max-age=")[1].split(",")[0])

        assert seconds() == 10
        release = publish(store, "二", valid_until=(until := int(time.time()) + 9))
        wait_for(lambda: get(port, "/web-hd/mh0001/201.html").fields["x-release"] == release)
        told = None
        while told != 0:
            before = int(time.time())
            told = seconds()
            assert max(0, until - int(time.time())) <= told <= max(0, until - before)
            time.sleep(0.1)


def test_a_new_release_is_on_air_without_being_asked_for_and_nobody_goes_back(tmp_path: Path) -> None:
    """Both workers take the new release up by themselves; a connection that has seen it never sees the old one."""
    store = Store.open(tmp_path / "store")
    old = publish(store, "一")
    log = tmp_path / "serve.log"
    with served(tmp_path, workers=2) as (port, _):
        wait_for(lambda: log.read_text().count("release taken up") == 2)
        with ExitStack() as stack:
            connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(16)]
            for connection in connections:
                stack.callback(connection.close)

            def seen() -> list[str]:
                for connection in connections:
                    connection.request("GET", "/web-hd/mh0001/201.html")
                answers = [connection.getresponse() for connection in connections]
                bodies = [answer.read() for answer in answers]
                releases = [answer.headers["x-release"] for answer in answers]
                assert bodies == [html("医院 一" if release == old else "医院 二") for release in releases]
                return releases

            history = [seen()]
            fresh = publish(store, "二")
            wait_for(lambda: history.append(seen()) or set(history[-1]) == {fresh})
            # All connections may be one worker's: the other takes it up in its own time.
            wait_for(lambda: log.read_text().count("release taken up") == 4)
            history += [seen() for _ in range(5)]
        for releases in zip(*history, strict=True):
            assert list(releases) == sorted(releases, key=[old, fresh].index)
