"""The whole example on phones, for programs and in messengers: a page painted for the portal, served beside the
television's, and what a message account takes to find and to answer.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks._load import SERVER_CORE, wrk
from benchmarks._servers import origin, status_of
from benchmarks.machine import show
from broadcaster.places import STORE
from broadcaster.talk.accounts import KeptAccounts
from broadcaster.talk.answering import Talk
from broadcaster.talk.index import Index
from broadcaster.talk.official import MOST_TEXT
from channel.build.builder import Builder
from channel.folder import Channel
from channel.profiles.terminals import PORTAL
from channel.release import Release, Store
from channel.telling import tell
from channel.terminals import Terminals
from feeds.archive import Archive
from feeds.base.clock import Clock, parse_moment
from feeds.folder import read_records

EXAMPLE = Path(__file__).parents[1] / "examples" / "minhang"
MOMENT = parse_moment("2026-11-24T08:05")
TARGETS = {
    "portal_page_ms_median": 2.0, "index_s": 1.0, "ask_ms_p95": 5.0, "message_ms_p95": 20.0,
}  # fmt: skip
ASKED = (
    "菜价", "caijia", "cj", "醫院", "今天菜价多少", "药房", "挂号", "图书馆", "zzzz", "区中心医院", "千年古墓",
    "停水", "莘庄公园", "下雨吗", "公交", "wxrd", "办理进度", "电影", "急救", "幼儿园",
)  # fmt: skip
PAGE, ESTATE, FAMILY = "201", "mh0001", "web-hd"


class _Then(Clock):
    def now(self) -> datetime:
        return MOMENT


def spoken(state: Path) -> tuple[Channel, Release]:
    """The example with a release of what it says at ``MOMENT``."""
    channel = Channel.open(EXAMPLE, state)
    archive = Archive.open(channel.archive_url, datasets=channel.datasets_folder)
    for source in channel.sources.values():
        snapshot = read_records(source, channel.folder / "records", MOMENT, channel.datasets)
        if snapshot is not None:
            archive.save(snapshot)
    Builder(channel, archive, Store.open(state / STORE)).build(MOMENT)
    archive.close()
    release = Store.open(state / STORE).current()
    assert release is not None
    return channel, release


def timed(work: Iterator[Callable[[], object]]) -> list[float]:
    """Milliseconds of CPU of each, of this process alone."""
    found = []
    for one in work:
        begun = time.process_time()
        one()
        found.append(1000 * (time.process_time() - begun))
    return found


def painted(channel: Channel, release: Release) -> list[float]:
    """Every page of the line-up for two estates, on a phone."""
    terminals = Terminals(channel)
    terminals.load()
    places = [(page, estate) for page in release.pages for estate in (ESTATE, "mh0400")]
    tell(terminals, release, PAGE, ESTATE, PORTAL)
    return timed(partial(tell, terminals, release, page, estate, PORTAL) for page, estate in places)


def answered(channel: Channel, release: Release) -> dict[str, float]:
    """The index of all titles, what it finds, and whole answers."""
    begun = time.process_time()
    index = Index(release, channel.lineup, channel.say)
    built = time.process_time() - begun
    asked = timed(partial(index.find, words) for words in ASKED * 5)
    accounts = KeptAccounts.open(channel.archive_url, channel.state)
    talk = Talk(channel, Store.open(channel.state / STORE), accounts, _Then(), "https://life.example.org")
    talk.answer(PAGE)
    told = timed(partial(_message, talk, words) for words in ASKED * 5)
    return {"index_s": built, "ask_ms_p95": _p95(asked), "message_ms_p95": _p95(told), "index_entries": len(index)}


def _message(talk: Talk, words: str) -> str:
    return talk.answer(words, "somebody").text(MOST_TEXT)


def served(channel: Channel, seconds: float, rounds: int) -> float:
    """A page for a phone against the same page for a television, from the cache, in turns: requests a second."""
    ways = {"phone": f"/m/{ESTATE}/{PAGE}", "television": f"/{FAMILY}/{ESTATE}/{PAGE}.html"}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with origin(channel.folder, channel.state, cores=SERVER_CORE) as (port, _):
        for path in ways.values():
            until = time.monotonic() + 60
            while status_of(port, path) != 200 and time.monotonic() < until:
                time.sleep(0.2)
        for _ in range(rounds):
            for name, path in ways.items():
                measured = wrk(port, path, seconds)
                assert not measured.failed, (name, measured.failed)
                rates[name].append(measured.rate)
    return statistics.median(rates["phone"]) / statistics.median(rates["television"])


def _p95(found: list[float]) -> float:
    return sorted(found)[int(len(found) * 0.95)]


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks terminals", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--seconds", type=float, default=4.0, help="one measurement over HTTP (default: 4; 0: none)")
    parser.add_argument("--rounds", type=int, default=3, help="of the comparison (default: 3)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        channel, release = spoken(Path(folder))
        pages = painted(channel, release)
        figures: dict[str, float | str] = {
            "portal_page_ms_median": statistics.median(pages), "portal_page_ms_max": max(pages),
            **answered(channel, release),
        }  # fmt: skip
        if args.seconds:
            figures["portal_vs_television"] = served(channel, args.seconds, args.rounds)
    show("terminals", figures, as_json=args.json, targets=TARGETS)
