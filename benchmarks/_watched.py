"""The whole example as it is watched: first looks, a day of viewing, an evening."""

from __future__ import annotations

import gc
import itertools
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks._boxes import Boxes, evening
from benchmarks._load import Measured, fields_of, wrk
from benchmarks._servers import origin
from broadcaster.painters import CHECK, Ask, Cache, Client, recipe
from broadcaster.painters.client import counts_of
from broadcaster.painters.wire import Counts
from broadcaster.places import PAINTED, STORE
from channel.fingerprint import engine
from channel.folder import Channel
from channel.profiles import load_profiles
from channel.release import Store

EVENING = ("web-hd", "ipanel-hd", "bitmap-hd", "iptv-hd")
"""The families of an evening."""
ALL = ("coship-hd", "inspur-hd", "suma-hd", "enrich-hd", "bitmap-hd-large", "web-hd-large")
"""Families that a crawler looks at and nobody else does."""
FAVOURITES = ("401", "201", "101", "404", "110", "602", "501")
"""The pages that are watched most, in this order; all others follow."""
MINUTE_S = 60.0
DAY_BOXES = 340_000
"""Each household once."""
_JUST_SEEN = 20_000
"""Looks in which nothing is let go again."""


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
    # As after a day of viewing: every layout and most rows were painted for somebody else, all over the district.
    for path in example.addresses(EVENING, estates[1::16]):
        fields_of(port, path)
    _settled(example.folder / "state")
    hits = f"/web-hd/{estates[-1]}/100.html"
    load: list[Measured] = []
    thread = threading.Thread(target=lambda: load.append(_steady(port, hits, seconds)))
    thread.start()
    paths = example.addresses(EVENING, estates[::32])[: round(50 * seconds)]
    told = Boxes(port).run((number / 50, path) for number, path in enumerate(paths))
    thread.join()
    return {
        "first_look_ms_median": told.percentile(0.5),
        "first_look_ms_p99": told.percentile(0.99),
        "first_look_failed": sum(told.failed.values()),
        "hits_meanwhile_per_second": round(load[0].rate),
        "hits_meanwhile_p99_ms": load[0].p99_ms,
    }


def crawled(example: Example, port: int, seconds: float) -> dict[str, object]:
    """Hits beside somebody who asks for every address, thirty-two at a time, as quickly as he is answered."""
    channel = Channel.open(example.folder / "channel", example.folder / "state")
    hits = f"/web-hd/{list(channel.estates)[-1]}/100.html"
    fields_of(port, hits)
    alone = _steady(port, hits, seconds)
    load: list[Measured] = []
    thread = threading.Thread(target=lambda: load.append(_steady(port, hits, seconds)))
    thread.start()
    until = time.monotonic() + seconds
    paths = itertools.takewhile(lambda _: time.monotonic() < until, example.addresses(ALL, list(channel.estates)))
    told = Boxes(port, 32).run((0.0, path) for path in paths)
    thread.join()
    return {
        "crawl_hits_p99_ratio": load[0].p99_ms / alone.p99_ms,
        "crawl_hits_failed": load[0].failed,
        "crawl_answers": len(told.spent),
    }


def _steady(port: int, path: str, seconds: float) -> Measured:
    """Hits at five thousand a second."""
    return wrk(port, path, seconds, script="function delay() return 10 end", connections=50)


def _settled(state: Path) -> None:
    """Wait until nobody is painted for: the warmer has done what comes first."""
    client, quiet = Client(state), 0
    while quiet < 20:
        counts = client.counts()
        quiet = quiet + 1 if counts and not counts.waiting and not counts.painting else 0
        time.sleep(0.1)
    client.close()


def a_day_of_viewing(example: Example) -> float:
    """Look as the households of a day have looked, by the evening's law, and paint what they found unpainted or what
    the cache had let go by then. Seconds."""
    channel = Channel.open(example.folder / "channel", example.folder / "state")
    release = Store.open(channel.state / STORE).current()
    assert release is not None
    boxes, began = load_profiles(EVENING), time.monotonic()

    cache, seen = Cache(channel.state / PAINTED), dict[str, int]()
    looks = evening(list(channel.estates), EVENING, _by_liking(channel), rate=1, seconds=DAY_BOXES)

    def asks() -> Iterator[Ask]:
        for number, (_, path) in enumerate(looks):
            # What was just looked at is there, or on its way.
            if not path.endswith(".html") or number - seen.get(path, -_JUST_SEEN) < _JUST_SEEN:
                continue
            seen[path] = number
            _, name, estate, document = path.split("/")
            found = recipe(release, boxes[name], estate, document, engine())
            if found is not None and cache.get(found.key) is None:
                yield Ask(0, found.key, release.id, name, estate, document, CHECK, within=60.0)

    client = Client(channel.state)
    for _, answer in client.ask_all(asks(), window=16):
        assert answer.status == "painted", answer.status
    client.close()
    return time.monotonic() - began


def _by_liking(channel: Channel) -> list[str]:
    """The pages that are walked to, those that are watched most before the others."""
    return [*FAVOURITES, *(number for number in channel.lineup.pages if number not in (*FAVOURITES, "100"))]


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
    # The client remembers every answer: looking through all of that for cycles would be measured as the origin's delay.
    gc.disable()
    told = Boxes(port, 1024).run(evening(estates, EVENING, _by_liking(channel), rate=600, seconds=seconds))
    gc.enable()
    stop.set()
    thread.join()
    painted = painted_by(example.folder / "state") - before
    kept = subprocess.run(["du", "-sk", example.folder / "state" / PAINTED], capture_output=True, text=True).stdout
    return {
        "evening_answers": len(told.spent),
        "evening_failed": sum(told.failed.values()),
        "evening_failures": ", ".join(f"{why}: {number}" for why, number in told.failed.items()) or "none",
        "evening_mixed": told.mixed,
        "evening_p50_ms": told.percentile(0.5),
        "evening_p99_ms": told.percentile(0.99),
        "evening_painted_share": painted / max(1, told.documents),
        "evening_earlier_share": told.earlier / max(1, told.documents),
        "evening_tick_s": max(ticks, default=0.0),
        "evening_client_late": told.late,
        "evening_cache_mb": int(kept.split()[0]) * 1024 / 1e6,
    }


def painted_by(state: Path) -> int:
    """What the painters of a state folder have painted."""
    counts = counts_of(state, 10.0)
    return counts.painted if counts else 0


def watched(folder: Path, looks: float, seconds: float) -> dict[str, object]:
    """First looks, then an evening, at the whole example."""
    example = Example(folder)
    # The boxes come through an edge, which says for whom it asks.
    (folder / "channel" / "edges.csv").write_text("prefix\n127.0.0.1/32\n", encoding="utf-8")
    try:
        with origin(folder / "channel", folder / "state") as (port, _):
            while len((counts_of(folder / "state", 10.0) or Counts(0)).painters) < 2:
                time.sleep(0.1)
            found = first_looks(example, port, looks) if looks else {}
            if seconds:
                found["day_painted_s"] = a_day_of_viewing(example)
                found |= an_evening(example, port, seconds)
            # Last: what a crawler has painted pushes out what is watched.
            return found | crawled(example, port, looks) if looks else found
    finally:
        example.end()
