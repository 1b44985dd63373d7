"""Boxes notice nothing of what goes wrong behind the origin, and as little as can be of what goes wrong in it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from pathlib import Path

import pytest
from load import Load, sha256
from origin_figures import workers_of
from small_origin import PICTURE, get, get_quietly, html, publish, served, wait_for

from channel.release import Store
from channel.release.objects import MAP

pytestmark = pytest.mark.slow
PATHS = ("/web-hd/mh0001/101.html", "/web-hd/mh0002/201.html", "/ipanel-hd/mh0003/100.html", f"/assets/{PICTURE.name}")
WORDS = {PATHS[0]: ("小区一", "utf-8"), PATHS[1]: ("医院", "utf-8"), PATHS[2]: ("首页", "gbk")}


def expected_of(words: str) -> dict[str, str]:
    return {path: sha256(html(f"{title} {words}", charset)) for path, (title, charset) in WORDS.items()}


def test_releases_come_under_load_and_none_is_mixed_or_missed(tmp_path: Path) -> None:
    """Releases one after the other while boxes ask: no failed request, every body is that of the release it names, and
    the last is seen however close they came."""
    store = Store.open(tmp_path / "store")
    expected: dict[tuple[str, str], str] = {}

    def put_on_air(words: str) -> str:
        # What it will say is known before anybody can be served it: ids are made from content and number.
        body = expected_of(words)
        release = publish(store, words)
        expected.update({(release, path): sha for path, sha in body.items()})
        return release

    put_on_air("号0")
    with served(tmp_path, workers=2) as (port, _), Load(port, PATHS, expected=expected) as load:
        for number in range(1, 13):
            release = put_on_air(f"号{number}")
            wait_for(lambda release=release: release in load.releases)
        for number in range(13, 23):
            release = put_on_air(f"号{number}")
        wait_for(lambda: release in load.releases)
    assert not load.failures and not load.mixed
    assert set(load.statuses) == {200}


def test_a_worker_killed_under_load_is_replaced(tmp_path: Path) -> None:
    """Those whose answer was under way lose it; nobody else notices, and a new worker takes the place."""
    publish(Store.open(tmp_path / "store"), "一")
    with served(tmp_path, workers=2) as (port, process), Load(port, PATHS, boxes=6) as load:
        wait_for(lambda: load.answers > 200)
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        killed = load.answers
        wait_for(lambda: len(workers_of(process.pid)) == 2)
        wait_for(lambda: load.answers > killed + 500)
    assert len(load.failures) <= 6, load.failures
    assert set(load.statuses) == {200}


@pytest.mark.parametrize("keep", [True, False], ids=["kept connections", "new connections"])
def test_a_restart_loses_no_request(tmp_path: Path, keep: bool) -> None:
    """SIGHUP replaces every worker while boxes ask; each request is answered."""
    publish(Store.open(tmp_path / "store"), "一")
    with served(tmp_path, workers=2) as (port, process):
        before = set(workers_of(process.pid))
        with Load(port, PATHS, boxes=6, keep=keep) as load:
            wait_for(lambda: load.answers > 100)
            process.send_signal(signal.SIGHUP)
            wait_for(lambda: len(workers_of(process.pid)) == 2 and not before & set(workers_of(process.pid)))
            seen = load.answers
            wait_for(lambda: load.answers > seen + 100)
    assert not load.failures and set(load.statuses) == {200}


def test_a_store_that_is_gone_is_not_missed(tmp_path: Path) -> None:
    """The folder vanishes after the start: the release in memory and in open files is served on; a new store is taken
    up when there is one."""
    store = Store.open(tmp_path / "store")
    publish(store, "一")
    with served(tmp_path) as (port, _):
        for path in PATHS:
            get(port, path)
        shutil.rmtree(tmp_path / "store")
        time.sleep(0.4)
        assert [get(port, path).status for path in PATHS] == [200] * len(PATHS)
        assert get(port, "/web-hd/mh0001/201.html").status == 200
        assert get(port, "/readyz").status == 200
        publish(Store.open(tmp_path / "store"), "二")
        publish(Store.open(tmp_path / "store"), "三")
        wait_for(lambda: get(port, PATHS[1]).body == html("医院 三"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_is_read_only_is_served(tmp_path: Path) -> None:
    """The origin writes nothing into the store, so it may be mounted read-only."""
    publish(Store.open(tmp_path / "store"), "一")
    for path in [tmp_path / "store", *(tmp_path / "store").rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    with served(tmp_path) as (port, _):
        assert [get(port, path).status for path in PATHS] == [200] * len(PATHS)


def test_serving_writes_nothing_into_the_store(tmp_path: Path) -> None:
    """A disk that is full or read-only costs figures, never an answer: the store's bytes are as they were."""
    publish(Store.open(tmp_path / "store"), "一")

    def seen() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*")}

    before = seen()
    # A file in the place of the folder of counters: nothing can be left there, as on a full disk.
    (tmp_path / "metrics").write_text("")
    with served(tmp_path) as (port, _):
        assert [get(port, path).status for path in PATHS] == [200] * len(PATHS)
        time.sleep(2.2)
        assert get(port, "/metrics").status == 200
        assert get(port, PATHS[0]).status == 200
    assert seen() == before


def damage(store: Store, page: str, ident: str) -> None:
    """Flip bits in what a page of that release says, to whom."""
    release = store.release(ident)
    body = store.object(MAP, bytes.fromhex(release.root.contents[page]))
    for path in (store.folder / "packs").glob("*.pack"):
        data = path.read_bytes()
        path.write_bytes(data.replace(body, body[:10] + bytes(b ^ 0xFF for b in body[10:20]) + body[20:]))


def test_a_damaged_map_costs_its_own_page_only(tmp_path: Path) -> None:
    """Bits flip in the store: that page answers 503 and asks again by itself; the others live."""
    store = Store.open(tmp_path / "store")
    damage(store, "101", publish(store, "一"))
    with served(tmp_path) as (port, _):
        broken = get(port, "/web-hd/mh0001/101.html")
        assert broken.status == 503 and broken.fields["retry-after"] == "5"
        assert 'content="5; url=/web-hd/mh0001/101.html"' in broken.body.decode()
        assert "返回首页" in broken.body.decode() and broken.fields["cache-control"] == "no-store"
        assert get(port, "/web-hd/mh0001/100.html").status == 200
        assert get(port, "/web-hd/mh0001/201.html").status == 200


def test_a_damaged_map_of_before_costs_nothing_more(tmp_path: Path) -> None:
    """A page is not painted yet, and what it was before cannot be read: it asks again by itself, and no fault is
    logged."""
    store = Store.open(tmp_path / "store")
    first = publish(store, "一")
    with served(tmp_path) as (port, _):
        second = publish(store, "二", unpainted=("101",))
        wait_for(lambda: get(port, "/healthz").fields["x-release"] == second)
        damage(store, "101", first)
        answer = get(port, "/web-hd/mh0001/101.html")
        assert answer.status == 503 and 'content="5; url=/web-hd/mh0001/101.html"' in answer.body.decode()
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


def test_slow_clients_by_the_hundred_hold_up_nobody(tmp_path: Path) -> None:
    """Three hundred connections that send a byte now and then, or nothing at all, or never read: others are served
    while all of them are there."""
    publish(Store.open(tmp_path / "store"), "一")
    with served(tmp_path, workers=1, patient=True) as (port, _):
        idle = []
        for number in range(300):
            sock = socket.create_connection(("127.0.0.1", port), timeout=60)
            idle.append(sock)
            if number % 3 == 0:
                sock.sendall(b"GET /web-hd/mh0001/201.html HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            elif number % 3 == 1:
                sock.sendall(b"GET /web-hd/mh0001/201.html HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        try:
            with Load(port, PATHS, boxes=4) as load:
                for sock in idle[::3]:
                    sock.send(b"a")
                wait_for(lambda: load.answers > 400)
            assert not load.failures and set(load.statuses) == {200}
        finally:
            for sock in idle:
                sock.close()
        assert get(port, "/healthz").status == 200


def test_half_open_connections_are_let_go(tmp_path: Path) -> None:
    """Whoever does not finish a request in ten seconds is hung up on."""
    publish(Store.open(tmp_path / "store"), "一")
    with served(tmp_path) as (port, _):
        began = time.monotonic()
        # Silence between two requests may last longer than this socket waits.
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
            while sock.recv(4096):
                pass
        assert time.monotonic() - began > 5


def test_before_the_first_release_everybody_is_asked_to_wait(tmp_path: Path) -> None:
    """An empty store: the entry waits by itself, health says so, and the first release opens the way."""
    with served(tmp_path) as (port, _):
        waiting = get(port, "/")
        assert waiting.status == 503 and waiting.fields["retry-after"] == "5"
        assert 'content="5; url=/"' in waiting.body.decode()
        assert get(port, "/readyz").status == 503
        assert get(port, "/healthz").status == 200
        assert get_quietly(port, "/web-hd/mh0001/100.html") in (404, 503)
        publish(Store.open(tmp_path / "store"), "一")
        wait_for(lambda: get(port, "/readyz").status == 200)
        assert get(port, "/", user_agent="x").status == 302
