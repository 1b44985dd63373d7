"""The printed nginx configuration, in the real nginx: one question for a wave, stale when the origin is gone, no card
in any log."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from edge_nginx import NGINX, edge
from prometheus_client.parser import text_string_to_metric_families
from small_origin import PICTURE, get, html, publish, served, wait_for

from broadcaster.origin.edge import Edge, nginx
from broadcaster.talk.official import LARGEST
from channel.release import Store
from channel.words import Say
from feeds.base.errors import PersonError

CARD = "8122334455667788"
needs_nginx = pytest.mark.skipif(not NGINX, reason="nginx is not installed")


def asked(port: int, kind: str) -> int:
    """How many answers of that kind the origin gave."""
    text = get(port, "/metrics").body.decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return int(sum(s.value for s in samples if s.name == "channel_requests_total" and s.labels["kind"] == kind))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[int, int, Store, Any]]:
    """(edge's port, origin's port, store, the origin's process)."""
    store = Store.open(tmp_path / "store")
    publish(store, "一", alert=b'{"id":"","level":"none"}')
    with served(tmp_path) as (origin, process), edge(tmp_path / "edge", origin) as port:
        yield port, origin, store, process


@needs_nginx
@pytest.mark.slow
def test_what_comes_through_is_what_the_origin_has(site: tuple[int, int, Store, Any]) -> None:
    """Pages, pictures, redirects, alerts, ranges, validators, in both encodings, with every header field."""
    port, origin, _, _ = site
    pages = ("/web-hd/mh0001/201.html", "/ipanel-hd/mh0001/100.html", "/web-hd/mh0003/i/201.h17.html")
    others = ("/ipanel-hd/mh0002/remote.js", "/bitmap-hd/mh0001/201.png", "/web-hd/mh0002/alert.json")
    for path in (*pages, f"/assets/{PICTURE.name}", *others):
        for encoding in ("", "gzip", "gzip, deflate, br", "deflate, gzip;q=0.5", "gzip;q=0"):
            fields = {"accept_encoding": encoding} if encoding else {}
            for _ in range(2):
                through, direct = get(port, path, **fields), get(origin, path, **fields)
                assert (through.status, through.body) == (direct.status, direct.body), (path, encoding)
                for name in ("etag", "content-type", "x-release", "content-security-policy", "location"):
                    assert through.fields.get(name) == direct.fields.get(name)
    page = get(port, "/web-hd/mh0001/201.html")
    assert get(port, "/web-hd/mh0001/201.html", if_none_match=page.fields["etag"]).status == 304
    assert get(port, f"/assets/{PICTURE.name}", range="bytes=0-3").body == PICTURE.body[:4]
    assert get(port, "/?estate=mh0002", user_agent="x").fields["location"] == "/web-hd/mh0002/100.html"
    for estate in ("mh0001", "mh0002"):
        assert get(port, f"/m/go?page=201&estate={estate}").fields["location"] == f"/m/{estate}/201"
        assert get(port, "/m/201", cookie=f"estate={estate}").fields["location"] == f"/m/{estate}/201"
    assert get(port, "/report?profile=web-hd&kind=page").status == 204
    assert "返回首页" in get(port, "/web-hd/mh9999/100.html").body.decode()
    assert "返回首页" in get(port, "/nothing/at/All?x").body.decode()
    for path in ("/preview/", "/metrics", "/readyz", "/desk/", "/preview"):
        assert get(port, path).status == 404


@needs_nginx
@pytest.mark.slow
def test_a_wave_is_one_question(site: tuple[int, int, Store, Any]) -> None:
    """A hundred boxes of all profiles and encodings ask at once; the origin is asked once for each encoding."""
    port, origin, _, _ = site
    before = asked(origin, "alert"), asked(origin, "document")

    def box(number: int) -> None:
        profile = ("web-hd", "ipanel-hd", "bitmap-hd")[number % 3]
        assert get(port, f"/{profile}/mh0002/alert.json").status == 200
        assert get(port, f"/web-hd/mh000{number % 3 + 1}/i/201.h17.html?t={number}").status == 200

    boxes = [threading.Thread(target=box, args=(number,)) for number in range(100)]
    for one in boxes:
        one.start()
    for one in boxes:
        one.join()
    assert asked(origin, "alert") - before[0] <= 2
    assert asked(origin, "document") - before[1] <= 2


@needs_nginx
@pytest.mark.slow
def test_pages_outlive_the_origin_and_alerts_do_not(site: tuple[int, int, Store, Any]) -> None:
    """With the origin gone a page that was seen is still served; an alert is not served past its five seconds."""
    port, _, _, process = site
    assert get(port, "/web-hd/mh0001/201.html").status == 200
    assert get(port, "/web-hd/mh0002/alert.json").status == 200
    process.terminate()
    process.wait(60)
    # Longer does no harm: what is asked is what is served after the alert's time.
    time.sleep(6)
    page = get(port, "/web-hd/mh0001/201.html")
    assert (page.status, page.body) == (200, html("医院 一"))
    alert = get(port, "/web-hd/mh0002/alert.json")
    assert alert.status == 503 and b"takeover" not in alert.body
    never_seen = get(port, "/web-hd/mh0001/101.html")
    assert never_seen.status == 503 and never_seen.fields["retry-after"] == "5"
    own = unescape(never_seen.body.decode("ascii"))
    assert '<html lang="en">' in own and "Being prepared, please wait." in own and "Back to the home page" in own
    assert get(port, "/").status == 503


@needs_nginx
@pytest.mark.slow
def test_an_alert_is_through_within_its_five_seconds(site: tuple[int, int, Store, Any]) -> None:
    """A new alert reaches a box behind the edge no later than the old answer may be kept, and nobody is given the old
    one once more while it is fetched."""
    port, origin, store, _ = site
    assert b"none" in get(port, "/web-hd/mh0001/alert.json").body
    publish(store, "一", alert=b'{"id":"a9","level":"takeover","text":"x","page":"900"}')
    wait_for(lambda: b"a9" in get(origin, "/web-hd/mh0001/alert.json").body)
    # Longer does no harm: the first answer after that time must be the new one.
    time.sleep(6)
    assert b"a9" in get(port, "/web-hd/mh0001/alert.json").body


@needs_nginx
@pytest.mark.slow
def test_no_log_has_a_card_a_query_or_an_address(site: tuple[int, int, Store, Any], tmp_path: Path) -> None:
    """Whatever boxes append, and whatever goes wrong on the way, logs hold bare paths."""
    port, _, _, process = site
    paths = (f"/?smid={CARD}", f"/web-hd/mh0001/201.html?card={CARD}", f"/x?{CARD}", f"/keytest?card={CARD}")
    fields = {"referer": f"http://portal/?smid={CARD}", "cookie": f"card={CARD}"}
    for path in paths:
        get(port, path, **fields)
    process.terminate()
    process.wait(60)
    for path in paths:
        get(port, path, **fields)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/?smid={CARD}", headers={"X": "y" * 40_000})
    assert connection.getresponse().status in (400, 414, 431)
    connection.close()
    access = tmp_path / "edge" / "access.log"
    wait_for(lambda: access.stat().st_size > 0)
    logs = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix in (".log", ".json")]
    assert access in logs and b" /web-hd/mh0001/201.html " in access.read_bytes()
    for path in logs:
        assert CARD.encode() not in path.read_bytes(), path
    assert b"127.0.0.1" not in access.read_bytes()


@needs_nginx
@pytest.mark.slow
def test_what_message_accounts_send_comes_through_whole(tmp_path: Path) -> None:
    """With its query, which is its signature, and each time anew; the largest that adapters take, and no log of it."""
    came: list[tuple[str, int]] = []

    class Account(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, len(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(200)
            self.send_header("Cache-Control", "public, max-age=60")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    address = f"/talk/official?signature={CARD}&timestamp=1&nonce=b"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Account)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with edge(tmp_path / "edge", server.server_port) as port:
        for _ in range(2):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", address, body=b"x" * LARGEST)
            assert connection.getresponse().status == 200
            connection.close()
    server.shutdown()
    server.server_close()
    assert came == [(address, LARGEST)] * 2
    assert CARD.encode() not in (tmp_path / "edge" / "access.log").read_bytes()


@pytest.mark.parametrize(
    "edge_",
    [
        Edge([]), Edge(["no-port"]), Edge(["127.0.0.1:0"]), Edge(["127.0.0.1:80; return 200"]),
        Edge(["a:80"], listen="80;"), Edge(["a:80"], cache="/tmp/a b"), Edge(["a:80"], log="$host"),
    ],
)  # fmt: skip
def test_a_value_that_would_change_the_configuration_is_refused(edge_: Edge) -> None:
    """An argument stays an argument."""
    with pytest.raises(PersonError, match="edge"):
        nginx(edge_, Say("en"))
