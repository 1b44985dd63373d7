"""Painting on demand: the example's pages asked for over a house of painters, each for the first time.

``paint_ms_median`` and its neighbours are of what nobody asked for yet, one question at a time, from the question to
the answer on the same machine: documents of an HTML family and of a bitmap family, painters warm. ``*_per_s`` is what
all painters together give when everything is asked for at once; ``hit_us`` is one look into the cache by one process,
``cache_mb`` what it takes then. ``--estates`` says how many places are asked for.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.channel import Bench
from benchmarks.machine import show
from broadcaster.painters import Ask, Cache, Client, Line, recipe
from broadcaster.places import PAINTED
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.folder import Channel
from channel.profiles import load_profiles
from channel.release import Release

HTML, BITMAP = "web-hd", "bitmap-hd"
TARGETS = {"paint_ms_median": 6.0, "paint_ms_p99": 30.0}
"""Of a first look over HTTP."""


def asks_of(channel: Channel, release: Release, profile: str, estates: Sequence[str]) -> list[Ask]:
    """A question for everything that differs, in no order."""
    box = load_profiles([profile])[profile]
    pages = channel.lineup.pages.values()
    places = [(p.number, e) for p in pages for e in ((DISTRICT, *estates) if p.scope == "estate" else (DISTRICT,))]
    asks = {}
    for number, estate in places:
        found = recipe(release, box, estate, f"{number}.html", engine())
        assert found is not None
        asks[found.key] = Ask(0, found.key, release.id, profile, estate, f"{number}.html", within=60.0)
    ordered = list(asks.values())
    random.Random(1).shuffle(ordered)
    return ordered


def one_by_one(state: Path, asks: Sequence[Ask]) -> list[float]:
    """Milliseconds from each question to its answer."""
    client, spent = Client(state), []
    for ask in asks:
        started = time.perf_counter()
        answer = client.ask(ask)
        spent.append(1000 * (time.perf_counter() - started))
        assert answer.status == "painted", answer.status
    client.close()
    return sorted(spent)


def at_once(state: Path, asks: Sequence[Ask]) -> float:
    """Pages a second, everything asked for at once."""
    line, started = Line(state), time.perf_counter()
    numbers = {line.ask(ask) for ask in asks}
    while numbers:
        for answer in line.answers():
            assert answer.status == "painted", answer.status
            numbers.discard(answer.number)
        time.sleep(0.001)
    line.close()
    return len(asks) / (time.perf_counter() - started)


def _hit_us(state: Path, asks: Sequence[Ask]) -> float:
    cache, dice = Cache(state / PAINTED), random.Random(2)
    keys = [dice.choice(asks).key for _ in range(5000)]
    started = time.perf_counter()
    found = sum(cache.get(key) is not None for key in keys)
    spent = time.perf_counter() - started
    assert found == len(keys)
    return 1e6 * spent / len(keys)


def main(argv: list[str]) -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks painters", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--estates", type=int, default=8)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        started = time.perf_counter()
        bench = Bench(Path(name), 818, frozenset())
        bench.builder.build(bench.clock.now())
        channel, state, release = bench.channel, bench.channel.state, bench.release
        bench.close()
        figures = {"said_s": time.perf_counter() - started}
        argv = [sys.executable, "-m", "broadcaster.painters.house", str(state)]
        house = subprocess.Popen(argv, env={**os.environ, "CHANNEL_PARENT": str(os.getpid())})
        try:
            figures |= _measured(channel, release, state, options.estates, time.perf_counter())
        finally:
            house.send_signal(signal.SIGTERM)
            house.wait(10)
    figures = {name: round(value, 3) for name, value in figures.items()}
    show("painters", figures, as_json=options.json, targets=TARGETS)


def _measured(channel: Channel, release: Release, state: Path, estates: int, started: float) -> dict[str, float]:
    while not (found := Client(state).counts()) or len(found.painters) < len(os.sched_getaffinity(0)):
        time.sleep(0.05)
    figures = {"house_ready_s": time.perf_counter() - started}
    names = list(channel.estates)
    # Painters are warm by a day of viewing: every layout was painted for somebody else.
    for profile in (HTML, BITMAP):
        at_once(state, asks_of(channel, release, profile, names[-2:]))
    first, rest = names[:estates], names[estates : 4 * estates]
    every: list[float] = []
    for kind, profile in (("html", HTML), ("bitmap", BITMAP)):
        asks = [ask for ask in asks_of(channel, release, profile, first) if ask.estate != DISTRICT]
        spent = one_by_one(state, asks)
        every += spent
        figures[f"paint_{kind}_ms_median"] = statistics.median(spent)
        figures[f"paint_{kind}_ms_p99"] = spent[int(0.99 * len(spent))]
        further = [ask for ask in asks_of(channel, release, profile, rest) if ask.estate != DISTRICT]
        figures[f"paint_{kind}_per_s"] = at_once(state, further)
        figures[f"{kind}_hit_us"] = _hit_us(state, asks)
    every.sort()
    figures["paint_ms_median"], figures["paint_ms_p99"] = statistics.median(every), every[int(0.99 * len(every))]
    kept = [path for path in (state / PAINTED).rglob("*") if path.is_file()]
    figures["cache_mb"] = sum(path.stat().st_blocks * 512 for path in kept) / 1e6
    return figures


if __name__ == "__main__":
    main(sys.argv[1:])
