"""The origin against nginx serving the same bytes as static files with the same header fields, on the same core.

Both are measured in turns, round after round, by wrk on another core; ratios are medians of the rounds. Latency is that
of a closed loop. ``new_heads_vs_nginx`` is the document asked for by boxes that never write the same request twice.
``behind_nginx`` compares nginx as a cache before the origin with the same cache before nginx's own files, so that all
else is nginx; ``cache_vs_files`` is that cache against the files themselves. ``--seconds`` is the time of one
measurement, ``--publish`` how long a release a second is published under load.

``first_look_*`` are of documents that nobody asked for yet, fifty a second while five thousand others are answered;
``evening_*`` of boxes of all estates and four families that come in at 600 a second and walk six pages each by Zipf's
law, with a minute's tick each minute and one warning.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import itertools
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks._boxes import Boxes, evening
from benchmarks._servers import NGINX, WRK, free_port, nginx, origin, pinned
from benchmarks.machine import show
from broadcaster.origin.edge import Edge
from broadcaster.origin.edge import nginx as edge_configuration
from broadcaster.painters import CHECK, Ask, Cache, Client, PaintedPage, Picture, recipe
from broadcaster.painters.wire import Counts, file_of
from broadcaster.places import PAINTED, STORE
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.keys import key_of
from channel.paint.output import PaintedDocument
from channel.profiles import load_profiles
from channel.release import Release, Store
from channel.release.contents import PageMap, Told, encode_map, written
from channel.release.objects import MAP
from channel.release.tree import Root
from channel.settings import Channel
from channel.views.content import Content, Empty, List
from channel.views.words import words_of

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
    "alert_rate_origin": WAVE, "alert_rate_behind_nginx": WAVE,
}  # fmt: skip
AT_MOST = frozenset({
    "p99_vs_nginx", "failed_requests", "mixed_releases", "first_look_ms_median", "first_look_ms_p99", "evening_failed",
    "evening_mixed", "evening_p99_ms",
})  # fmt: skip
EVENING = ("web-hd", "ipanel-hd", "bitmap-hd", "iptv-hd")
"""The families of an evening."""
FAVOURITES = ("401", "201", "101", "404", "110", "602", "501")
"""The pages that are watched most, in this order; all others follow."""
MINUTE_S = 60.0
SERVER_CORE, CLIENT_CORE = (0,), (1,)

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


def fields_of(port: int, path: str) -> dict[str, str]:
    """The header fields of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200 or len(body) < 40:
        raise RuntimeError(f"{path}: {answer.status}, {len(body)} bytes")
    return {name.lower(): value for name, value in answer.getheaders()}


class Measured:
    """What wrk said: requests a second, 99th percentile in milliseconds, answers that were none or not 2xx or 3xx."""

    def __init__(self, output: str) -> None:
        rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
        p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output)
        if rate is None or p99 is None:
            raise RuntimeError(f"wrk: {output}")
        self.rate = float(rate[1])
        self.p99_ms = float(p99[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        self.failed = sum(map(int, errors.groups())) if errors else 0
        self.failed += int(bad[1]) if bad else 0


def wrk(
    port: int,
    path: str,
    seconds: float,
    *,
    fields: Mapping[str, str] | None = None,
    script: str = "",
    connections: int = 64,
) -> Measured:
    """Load ``path`` from so many kept connections on the client's core."""
    argv = [*pinned(CLIENT_CORE), WRK, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    for name, value in (fields or {}).items():
        argv += ["-H", f"{name}: {value}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script)
            file.flush()
            argv += ["-s", file.name]
        done = subprocess.run([*argv, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True)
    return Measured(done.stdout)


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
    text = edge_configuration(where, standalone=f"{folder}/pid").replace("worker_processes auto", "worker_processes 1")
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


class Example:
    """The whole example, said in a process of its own and served with painters; ``say`` lets a minute pass there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        argv = [sys.executable, "-m", "benchmarks._ticking", str(folder)]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._said()

    def say(self, what: str) -> float:
        """``tick`` or ``alert``; how long it took until it was on air, in seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return float(self._said())

    def end(self) -> None:
        """No more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the example could not be said")
        return line.strip()

    def addresses(self, profiles: Sequence[str], estates: Sequence[str]) -> list[str]:
        """Every page of these, in no order."""
        channel = Channel.open(self.folder / "channel", self.folder / "state")
        pages = channel.lineup.pages.values()
        paths = [f"/{f}/{e}/{p.number}.html" for f in profiles for e in estates for p in pages if p.scope == "estate"]
        random.Random(1).shuffle(paths)
        return paths


def first_looks(example: Example, port: int, seconds: float) -> dict[str, object]:
    """What nobody asked for yet, fifty a second, while five thousand others a second are answered."""
    channel = Channel.open(example.folder / "channel", example.folder / "state")
    estates = list(channel.estates)
    # As after a day of viewing: every layout was painted for somebody else, and the home pages are there.
    for path in example.addresses(EVENING, estates[-24:]):
        fields_of(port, path)
    hits = f"/web-hd/{estates[-1]}/100.html"
    load: list[Measured] = []
    steady = "function delay() return 10 end"
    thread = threading.Thread(target=lambda: load.append(wrk(port, hits, seconds, script=steady, connections=50)))
    thread.start()
    paths = example.addresses(EVENING, estates[:40])[: round(50 * seconds)]
    told = Boxes(port).run((number / 50, path) for number, path in enumerate(paths))
    thread.join()
    return {
        "first_look_ms_median": told.percentile(0.5),
        "first_look_ms_p99": told.percentile(0.99),
        "first_look_failed": sum(told.failed.values()),
        "hits_meanwhile_per_second": round(load[0].rate),
        "hits_meanwhile_p99_ms": load[0].p99_ms,
    }


def a_day_of_viewing(example: Example) -> float:
    """Paint what a day of viewing has painted: the evening's favourites for every estate in its families, all other
    pages for the district. Seconds."""
    channel = Channel.open(example.folder / "channel", example.folder / "state")
    release = Store.open(channel.state / STORE).current()
    assert release is not None
    boxes, began = load_profiles(EVENING), time.monotonic()

    def asks() -> Iterator[Ask]:
        for page in release.pages:
            for estate in release.map(page).entries if page in ("100", *FAVOURITES) else (DISTRICT,):
                for name, box in boxes.items():
                    found = recipe(release, box, estate, f"{page}.html", engine())
                    if found is not None:
                        yield Ask(0, found.key, release.id, name, estate, f"{page}.html", CHECK, within=60.0)

    client = Client(channel.state)
    for _, answer in client.ask_all(asks(), window=16):
        assert answer.status == "painted", answer.status
    client.close()
    return time.monotonic() - began


def an_evening(example: Example, port: int, seconds: float) -> dict[str, object]:
    """Boxes of all estates come in and walk, while a minute passes again and again, and a warning is raised once."""
    channel = Channel.open(example.folder / "channel", example.folder / "state")
    stop = threading.Event()
    ticks: list[float] = []

    def minutes() -> None:
        for number in itertools.count():
            if stop.wait(MINUTE_S if number else MINUTE_S / 2):
                return
            ticks.append(example.say("alert" if number == 1 else "tick"))

    before = painted_by(example.folder / "state")
    thread = threading.Thread(target=minutes)
    thread.start()
    estates = list(channel.estates)
    pages = [*FAVOURITES, *(number for number in channel.lineup.pages if number not in (*FAVOURITES, "100"))]
    told = Boxes(port, 1024).run(evening(estates, EVENING, pages, rate=600, seconds=seconds))
    stop.set()
    thread.join()
    painted = painted_by(example.folder / "state") - before
    kept = (example.folder / "state" / PAINTED).rglob("*")
    return {
        "evening_answers": len(told.spent),
        "evening_failed": sum(told.failed.values()),
        "evening_failures": ", ".join(f"{why}: {number}" for why, number in told.failed.items()) or "none",
        "evening_mixed": told.mixed,
        "evening_p50_ms": told.percentile(0.5),
        "evening_p99_ms": told.percentile(0.99),
        "evening_painted_share": painted / max(1, told.documents),
        "evening_tick_s": max(ticks, default=0.0),
        "evening_client_late": told.late,
        "evening_cache_mb": sum(path.stat().st_blocks * 512 for path in kept) / 1e6,
    }


def painted_by(state: Path) -> int:
    """What the painters of a state folder have painted."""
    client = Client(state, patience=10.0)
    try:
        counts = client.counts()
    finally:
        client.close()
    return counts.painted if counts else 0


def watched(folder: Path, looks: float, seconds: float) -> dict[str, object]:
    """First looks, then an evening, at the whole example."""
    example = Example(folder)
    # The boxes come through an edge, which says for whom it asks.
    (folder / "channel" / "edges.csv").write_text("prefix\n127.0.0.1/32\n", encoding="utf-8")
    try:
        with origin(folder / "channel", folder / "state") as (port, _):
            while len((Client(folder / "state").counts() or Counts(0)).painters) < 2:
                time.sleep(0.1)
            found = first_looks(example, port, looks) if looks else {}
            if seconds:
                found["day_painted_s"] = a_day_of_viewing(example)
                found |= an_evening(example, port, seconds)
            return found
    finally:
        example.end()


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
