"""The origin against nginx serving the same bytes as static files with the same header fields, on the same core.

Both are measured in turns, round after round, by wrk on another core; ratios are medians of the rounds. Latency is that
of a closed loop. ``new_heads_vs_nginx`` is the document asked for by boxes that never write the same request twice.
``behind_nginx`` compares nginx as a cache before the origin with the same cache before nginx's own files, so that all
else is nginx; ``cache_vs_files`` is that cache against the files themselves. ``--seconds`` is the time of one
measurement, ``--publish`` how long a release a second is published under load.

``first_look_*`` are of documents that nobody asked for yet, fifty a second while five thousand others are answered;
``crawl_*`` compare hits beside somebody who asks for every address with the same hits alone. ``evening_*`` are of boxes
of all estates and four families that come in at 600 a second and walk six pages each by Zipf's law, with a minute's
tick each minute and one warning.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from benchmarks._load import SERVER_CORE, Measured, fields_of, wrk
from benchmarks._servers import NGINX, WRK, free_port, nginx, origin
from benchmarks._watched import watched
from benchmarks.machine import show
from broadcaster.origin.edge import Edge
from broadcaster.origin.edge import nginx as edge_configuration
from broadcaster.painters import Cache, PaintedPage, Picture, recipe
from broadcaster.painters.wire import file_of
from broadcaster.places import PAINTED
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.keys import key_of
from channel.paint.output import PaintedDocument
from channel.profiles import load_profiles
from channel.release import Release, Store
from channel.release.contents import PageMap, Told, encode_map, written
from channel.release.objects import MAP
from channel.release.tree import Root
from channel.views.content import Content, Empty, List
from channel.views.words import words_of
from channel.words import Say

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "minhang"
HTML_BYTES, PNG_BYTES = 12_000, 60_000
PAGE = "/web-hd/mh0001/201.html"
WAVE = 340_000 / 30
"""Alert checks a second when all households' boxes ask within half a minute."""
TARGETS = {
    "html_vs_nginx": 0.60, "png_vs_nginx": 0.60, "not_modified_vs_nginx": 0.75, "behind_nginx": 0.95,
    "p99_vs_nginx": 2.0,
    "failed_requests": 0, "mixed_releases": 0, "first_look_ms_median": 6.0, "first_look_ms_p99": 30.0,
    "evening_failed": 0, "evening_mixed": 0, "evening_p99_ms": 50.0,
    "crawl_hits_p99_ratio": 2.0, "crawl_hits_failed": 0,
    "alert_rate_origin": WAVE, "alert_rate_behind_nginx": WAVE,
}  # fmt: skip
AT_MOST = frozenset({
    "p99_vs_nginx", "failed_requests", "mixed_releases", "first_look_ms_median", "first_look_ms_p99", "evening_failed",
    "evening_mixed", "evening_p99_ms", "crawl_hits_p99_ratio", "crawl_hits_failed",
})  # fmt: skip

_STATIC = """\
worker_processes 1;
pid {folder}/pid;
error_log stderr warn;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
    types {{ text/html html; image/png png; application/json json; }}
    charset utf-8;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=10000 inactive=600s;
    open_file_cache_valid 600s;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location /web-hd/ {{ {page_fields} }}
        location /assets/ {{ {asset_fields} }}
        location = /edge-health {{ return 200 "ok"; }}
    }}
}}
"""


def page_of(words: str, size: int = HTML_BYTES) -> bytes:
    """A document of that many bytes."""
    text = f"<!DOCTYPE html><title>{words}</title>".encode()
    row = f"<div>{words} 附近医院 1.2 公里</div>".encode()
    return (text + row * (size // len(row) + 1))[:size].decode("utf-8", "ignore").encode().ljust(size, b" ")


PICTURE = f"i{'0' * 8}{'00a00a'}{'0' * 16}.png"
"""A name that is a picture's, of which nobody knows the recipe: it lies in the cache."""


def picture() -> bytes:
    """A picture's worth of bytes that do not compress."""
    block = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(PNG_BYTES // 32 + 1))
    return b"\x89PNG\r\n\x1a\n" + block[: PNG_BYTES - 8]


def publish(store: Store, words: str) -> str:
    """Put a release on air whose page says ``words``, painted as it will be asked for; gives its id."""
    told = words_of(Content(body=List(rows=(), empty=Empty(sentence=words))))
    entry = Told(key_of(told), False, date(2026, 11, 24), None)
    release = store.current()
    over = release.root.contents.get("201", "") if release else ""
    with store.changes() as changes:
        page = written(
            PageMap(), {DISTRICT: entry}, {}, {entry.key: told}, kept=None, add=changes.keep, get=store.object
        )
        changes.said("201", changes.keep(MAP, encode_map(page)), over, (DISTRICT,))
        changes.answer({DISTRICT: b'{"id":"","level":"none","page":"","text":""}'})
        root = Root(seq=0, id="draft", published=0.0, action="", contents={"201": str(changes.edits("pages")["201"])})
        _paint(store, store.draft(changes.draft(root)), words)
        done = store.publish(changes)
    assert done is not None
    return done.id


def _paint(store: Store, release: Release, words: str) -> None:
    """What painters would make of it, put into the cache beside the store."""
    box = load_profiles(["web-hd"])["web-hd"]
    found = recipe(release, box, "mh0001", "201.html", engine())
    assert found is not None
    style = "sha256-" + "A" * 43 + "="
    page = PaintedDocument(name="201.html", media="text/html", body=page_of(words), style=(style,), assets=(PICTURE,))
    cache = Cache(store.folder.parent / PAINTED)
    painted = PaintedPage(found.key, {page.name: file_of(page)})
    assert cache.put(painted, {PICTURE: Picture("image/png", picture())})


def in_turns(rounds: int, one: Callable[[], Measured], other: Callable[[], Measured]) -> tuple[float, float, int]:
    """Medians of (one / other) in rate and in 99th percentile, and what failed, over rounds that alternate."""
    rates, tails, failed = [], [], 0
    for number in range(rounds):
        # Who comes first changes, so that neither always meets the warmer machine.
        first, second = (one, other) if number % 2 else (other, one)
        measured = {first: first(), second: second()}
        rates.append(measured[one].rate / measured[other].rate)
        tails.append(measured[one].p99_ms / measured[other].p99_ms)
        failed += measured[one].failed
    return statistics.median(rates), statistics.median(tails), failed


@contextlib.contextmanager
def static_nginx(folder: Path, port_of_origin: int, asset: str) -> Iterator[int]:
    """nginx with the origin's bytes as files and the origin's header fields."""
    port, root = free_port(), folder / "root"
    fields = {}
    for path in (PAGE, f"/assets/{asset}"):
        target = root / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(page_of("同样的字") if path == PAGE else picture())
        ours = fields_of(port_of_origin, path)
        kept = (
            "cache-control",
            "content-security-policy",
            "referrer-policy",
            "vary",
            "x-content-type-options",
            "x-release",
        )
        fields[path] = " ".join(f'add_header {name} "{ours[name]}";' for name in kept if name in ours)
    text = _STATIC.format(
        folder=folder, port=port, root=root, page_fields=fields[PAGE], asset_fields=fields[f"/assets/{asset}"]
    )
    with nginx(folder, text, port, cores=SERVER_CORE):
        yield port


@contextlib.contextmanager
def edge(folder: Path, port_of_origin: int) -> Iterator[int]:
    """The edge that we print, before the origin."""
    port = free_port()
    where = Edge(
        [f"127.0.0.1:{port_of_origin}"], listen=f"127.0.0.1:{port}", cache=f"{folder}/cache", log=f"{folder}/log"
    )
    text = edge_configuration(where, Say("zh_Hans"), standalone=f"{folder}/pid")
    text = text.replace("worker_processes auto", "worker_processes 1")
    with nginx(folder, text, port, cores=SERVER_CORE):
        yield port


def alert_wave() -> str:
    """wrk's script: every request is the alert check of another estate."""
    return """
counter = 0
request = function()
  counter = counter + 1
  return wrk.format("GET", string.format("/web-hd/mh%04d/alert.json", counter % 818 + 1))
end
"""


def new_heads() -> str:
    """wrk's script: no two requests have the same header fields."""
    return f"""
counter = 0
request = function()
  counter = counter + 1
  return wrk.format("GET", "{PAGE}", {{["Cookie"] = "estate=mh0001; n=" .. counter}})
end
"""


def compare(folder: Path, rounds: int, seconds: float) -> dict[str, object]:
    """The ratios to nginx."""
    state = folder / "state"
    state.mkdir()
    publish(Store.open(state / "store"), "同样的字")
    asset = PICTURE
    results: dict[str, object] = {}
    with (
        origin(EXAMPLE, state, cores=SERVER_CORE) as (ours, _),
        static_nginx(folder / "static", ours, asset) as peer,
        edge(folder / "edge", ours) as cached,
        edge(folder / "edge-of-nginx", peer) as cached_peer,
    ):
        wrk(ours, PAGE, 1)
        rate, tail, failed = in_turns(rounds, lambda: wrk(ours, PAGE, seconds), lambda: wrk(peer, PAGE, seconds))
        results |= {"html_vs_nginx": rate, "p99_vs_nginx": tail}
        rate, _, more = in_turns(
            rounds,
            lambda: wrk(ours, PAGE, seconds, script=new_heads()),
            lambda: wrk(peer, PAGE, seconds, script=new_heads()),
        )
        results["new_heads_vs_nginx"], failed = rate, failed + more
        png = f"/assets/{asset}"
        rate, _, more = in_turns(rounds, lambda: wrk(ours, png, seconds), lambda: wrk(peer, png, seconds))
        results["png_vs_nginx"], failed = rate, failed + more
        tags = {port: {"If-None-Match": fields_of(port, PAGE)["etag"]} for port in (ours, peer)}
        rate, _, more = in_turns(
            rounds,
            lambda: wrk(ours, PAGE, seconds, fields=tags[ours]),
            lambda: wrk(peer, PAGE, seconds, fields=tags[peer]),
        )
        results["not_modified_vs_nginx"], failed = rate, failed + more
        alone = in_turns(rounds, lambda: wrk(cached, PAGE, seconds), lambda: wrk(cached_peer, PAGE, seconds))
        results["behind_nginx"], failed = alone[0], failed + alone[2]
        files = in_turns(rounds, lambda: wrk(cached, PAGE, seconds), lambda: wrk(peer, PAGE, seconds))
        results["cache_vs_files"], failed = files[0], failed + files[2]
        last = wrk(ours, PAGE, seconds)
        results["html_per_second"] = round(last.rate)
        for name, port in (("alert_rate_origin", ours), ("alert_rate_behind_nginx", cached)):
            wave = wrk(port, "/web-hd/mh0001/alert.json", max(seconds, 5), script=alert_wave())
            results[name], failed = round(wave.rate), failed + wave.failed
    results["failed_requests"] = failed
    return results


class Reader(threading.Thread):
    """A box that checks the body of every answer against the release that it names."""

    def __init__(self, port: int, expected: Mapping[str, str], until: float) -> None:
        super().__init__(daemon=True)
        self._port, self._expected, self._until = port, expected, until
        self.answers = self.failed = self.mixed = 0
        self.releases: set[str] = set()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        while time.monotonic() < self._until:
            try:
                connection.request("GET", PAGE)
                answer = connection.getresponse()
                body, release = answer.read(), answer.getheader("X-Release", "")
            except (OSError, http.client.HTTPException):
                self.failed += 1
                connection.close()
                continue
            self.answers += 1
            self.releases.add(release)
            self.failed += answer.status != 200
            self.mixed += self._expected.get(hashlib.sha256(body).hexdigest(), release) != release
        connection.close()


def releases_under_load(folder: Path, seconds: float) -> dict[str, object]:
    """A release a second while boxes ask: what failed, and what was not of the release that it named."""
    state = folder / "changing"
    state.mkdir()
    store = Store.open(state / "store")
    of_body: dict[str, str] = {}

    def put(number: int) -> None:
        words = f"第 {number} 版"
        of_body[hashlib.sha256(page_of(words)).hexdigest()] = publish(store, words)

    put(0)
    with origin(EXAMPLE, state, workers=2) as (port, _):
        until = time.monotonic() + seconds
        readers = [Reader(port, of_body, until) for _ in range(4)]
        loaded: list[Measured] = []
        load = threading.Thread(target=lambda: loaded.append(wrk(port, PAGE, seconds)))
        for thread in (*readers, load):
            thread.start()
        number = 0
        while time.monotonic() < until - 0.5:
            time.sleep(1)
            number += 1
            put(number)
        for thread in (*readers, load):
            thread.join()
    return {
        "releases_published": number,
        "releases_seen": len(set().union(*(reader.releases for reader in readers))),
        "answers_checked": sum(reader.answers for reader in readers),
        "answers_under_load_per_second": round(loaded[0].rate),
        "failed_requests": sum(reader.failed for reader in readers) + loaded[0].failed,
        "mixed_releases": sum(reader.mixed for reader in readers),
    }


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks origin", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--seconds", type=float, default=4, help="one measurement (default: 4)")
    parser.add_argument("--rounds", type=int, default=3, help="of each comparison (default: 3)")
    parser.add_argument("--publish", type=float, default=60, help="seconds of a release a second (default: 60)")
    parser.add_argument("--looks", type=float, default=30, help="seconds of first looks (default: 30; 0: none)")
    parser.add_argument("--evening", type=float, default=180, help="seconds of an evening (default: 180; 0: none)")
    parser.add_argument("--only", action="store_true", help="looks and evening alone")
    args = parser.parse_args(argv)
    if not NGINX or not WRK:
        sys.exit("benchmarks origin: nginx and wrk are needed: apt-get install nginx wrk")
    with tempfile.TemporaryDirectory(prefix="origin-") as name:
        folder = Path(name)
        results: dict[str, object] = {}
        if not args.only:
            results = compare(folder, args.rounds, args.seconds)
            failed = results.pop("failed_requests")
            changing = releases_under_load(folder, args.publish)
            results |= changing | {"failed_requests": int(str(failed)) + int(str(changing["failed_requests"]))}
        results |= watched(folder / "example", args.looks, args.evening)
    show("origin", results, as_json=args.json, targets={name: TARGETS[name] for name in AT_MOST})


if __name__ == "__main__":
    main(sys.argv[1:])
