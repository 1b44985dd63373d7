"""The whole example, said: from nothing, with nothing changed, one page, a minute's tick, an alert during a build.

Inputs really change before each figure is taken, and what is on air is compared. ``--estates`` takes fewer or more than
the example has (more are set down beside the real ones), ``--pages`` only some, ``--grow`` measures how the figures
grow with estates; ``--paint`` paints everything of ``--profiles`` besides, as a bundle needs it, and ``--run`` looks
for five minutes at what ``channel run`` takes with nobody watching. Memory is the proportional set size of all
processes, sampled.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.machine import show
from broadcaster.bundle.earlier import EarlierPack, Index
from broadcaster.bundle.pack_writer import write_pack
from broadcaster.bundle.selection import Selection
from broadcaster.painters import recipe
from broadcaster.places import STORE
from channel.batch.painting import BatchPainter
from channel.build.builder import Builder, BuildReport
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.folder import Channel
from channel.memory import collect_seldom
from channel.profiles import load_profiles
from channel.release import Release, Store
from feeds.archive import Archive
from feeds.base.clock import SetClock, parse_moment
from feeds.folder import read_records
from feeds.records import Article, BikeStation
from feeds.source import records_digest

EXAMPLE = Path(__file__).parents[1] / "examples" / "minhang"
PROFILES = ("ipanel-hd", "web-hd", "bitmap-hd", "bitmap-sd")
MOMENT = parse_moment("2026-11-24T08:05")
TARGETS = {
    "cold_air_s": 10.0,
    "store_mb": 20.0,
    "tick_store_kb": 500.0,
    "no_change_s": 0.3,
    "one_page_s": 0.3,
    "news_s": 0.5,
    "tick_s": 1.0,
    "alert_s": 0.3,
    "publish_ms": 50.0,
    "idle_cpu": 0.15,
    "run_rss_mb": 700.0,
}
GROWTH = (818, 5000, 13000)
TICKS = 5
IDLE_AFTER_S, IDLE_S = 240.0, 60.0
"""The fifth minute of a run."""
ONE_PAGE, ONE_SOURCE = "113", "notices"
"""A page of the district, and a source that no other page has."""
NEWS_PAGE, NEWS_SOURCE = "111", "district-news"
"""A page of the district whose headline stands on every estate's home page too."""
ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>bench-1</identifier>
<sender>bench@minhang.example</sender><sent>{sent}</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language>
<category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Extreme</severity>
<certainty>Observed</certainty><expires>{expires}</expires><headline>暴雨红色预警</headline>
<description>立即到高处避险。</description><area><areaDesc>闵行全区</areaDesc>
<polygon>30.9,121.2 30.9,121.7 31.4,121.7 31.4,121.2 30.9,121.2</polygon></area></info></alert>
"""


class Bench:
    """A copy of the example with its archive and store, in a folder that goes away."""

    def __init__(self, folder: Path, estates: int, pages: frozenset[str]) -> None:
        self.channel = _copy(folder / "channel", folder / "state", estates, pages)
        self.clock = SetClock(MOMENT)
        self.archive = Archive.open(self.channel.archive_url)
        self.store = Store.open(self.channel.state / STORE, clock=self.clock)
        self.builder = Builder(self.channel, self.archive, self.store, clock=self.clock)
        self.publish_ms = 0.0
        for source in self.channel.sources.values():
            found = read_records(source, self.channel.folder / "records", MOMENT, self.archive.datasets)
            if found is not None:
                self.archive.save(found)

    def size(self) -> float:
        """What the store takes on the disk, in MB."""
        return sum(path.stat().st_size for path in self.store.folder.rglob("*") if path.is_file()) / 1e6

    def close(self) -> None:
        """Let the database go."""
        self.archive.close()

    @property
    def release(self) -> Release:
        """What is on air."""
        release = self.store.current()
        assert release is not None
        return release

    def built(self, report: BuildReport) -> float:
        """The seconds of a build; the longest time under the lock is kept."""
        self.publish_ms = max(self.publish_ms, report.publish_ms)
        return report.seconds

    def change(self, source: str, records: tuple[Any, ...]) -> None:
        """The source says something else from now on."""
        now = self.clock.now()
        last = self.archive.latest(source)
        digest = records_digest(records)
        assert last is not None and digest != last.digest, f"{source} did not change"
        self.archive.save(msgspec.structs.replace(last, observed=now, checked=now, digest=digest, records=records))

    def no_change(self) -> float:
        """Seconds of a build in which nothing changed, by a builder that was not there before."""
        started = time.perf_counter()
        archive = Archive.open(self.channel.archive_url)
        builder = Builder(self.channel, archive, Store.open(self.store.folder, clock=self.clock), clock=self.clock)
        report = builder.build(self.clock.now())
        spent = time.perf_counter() - started
        assert report.pages == 0 and not report.release_id, f"something did change: {report}"
        archive.close()
        return spent

    def headline(self, page: str, source: str, estates: tuple[str, ...]) -> float:
        """Seconds until another headline of ``page`` is on air, and with it wherever else it stands."""
        self.clock.forward(1)
        last = self.archive.latest(source)
        assert last is not None
        first = last.records[0]
        assert isinstance(first, Article)
        title = f"今天的新消息 {self.clock.now():%H%M%S}"
        self.change(source, (msgspec.structs.replace(first, title=title), *last.records[1:]))
        before = _told(self, page, estates)
        seconds = self.built(self.builder.build(self.clock.now()))
        assert all(after != before[at] for at, after in _told(self, page, estates).items())
        return seconds

    def tick(self) -> float:
        """Seconds until a minute later departures and bicycles of all estates are on air."""
        self.clock.forward(60)
        bikes = self.archive.latest("bikes")
        assert bikes is not None
        stations = [record for record in bikes.records if isinstance(record, BikeStation)]
        moved = tuple(msgspec.structs.replace(s, bikes=(s.bikes + 1 + n % 3) % 30) for n, s in enumerate(stations))
        estates = tuple(self.channel.estates)
        before = _told(self, "404", estates)
        self.change("bikes", moved)
        updates = self.channel.sources.get("bus-updates")
        if updates is not None:
            found = read_records(updates, self.channel.folder / "records", self.clock.now(), self.archive.datasets)
            if found is not None:
                self.archive.save(msgspec.structs.replace(found, digest=f"{found.digest}-tick"))
        seconds = self.built(self.builder.build(self.clock.now()))
        after = _told(self, "404", estates)
        changed = sum(after[at] != before[at] for at in before)
        assert changed > 0.9 * len(before), f"only {changed} of {len(before)} estates are told something else"
        return seconds

    def alert(self) -> float:
        """Seconds from an alert's bytes on disk until every estate has its takeover and its page 900."""
        source = self.channel.sources[self.channel.settings.alert_source]
        raw = self.channel.state / "alarm"
        raw.mkdir()
        now = self.clock.now()
        sent, expires = now.isoformat(), (now + timedelta(hours=2)).isoformat()
        (raw / f"{source.id}.cap").write_text(ALERT.format(sent=sent, expires=expires), encoding="utf-8")
        before = _told(self, "900", tuple(self.channel.estates))
        started = time.perf_counter()
        found = read_records(source, raw, now)
        assert found is not None and found.records
        self.archive.save(found)
        self.built(self.builder.publish_alerts(now))
        seconds = time.perf_counter() - started
        release = self.release
        for estate in self.channel.estates:
            assert b'"takeover"' in release.alert(estate), estate
        assert all(told != before[at] for at, told in _told(self, "900", tuple(self.channel.estates)).items())
        return seconds


def _copy(folder: Path, state: Path, estates: int, pages: frozenset[str]) -> Channel:
    """The example with so many estates, and only these pages (all, when empty)."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
    _set_down(folder / "estates.csv", estates)
    if pages:
        _leave_out(folder / "lineup.toml", pages)
    return Channel.open(folder, state)


def _set_down(path: Path, wanted: int) -> None:
    """So many estates: the first ones, or further ones some hundred metres beside those that there are."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    made = []
    for number in range(wanted):
        row, round_ = rows[number % len(rows)], number // len(rows)
        shift = {"id": f"mh{number + 1:04d}"}
        if round_ and row["lon"] and row["lat"]:
            shift |= {"lon": f"{float(row['lon']) + 0.0021 * round_:.5f}", "lat": f"{float(row['lat']) + 0.0013:.5f}"}
        made.append({**row, **shift})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(made)


def _leave_out(path: Path, pages: frozenset[str]) -> None:
    text = path.read_text(encoding="utf-8")
    tables = re.split(r"(?m)^(?=\[page\.)", text)
    kept = [t for t in tables if (m := re.match(r"\[page\.(\d+)", t)) is None or m[1] in pages]
    gone = set(re.findall(r"(?m)^\[page\.(\d{3})\]", text)) - pages
    # A key or a parent that leads to a page that is left out would be a mistake in the line-up.
    pattern = r'(?m)^(?:(?:red|green) = \[.*"(?:%s)"\]|parent = "(?:%s)")$\n?' % (("|".join(sorted(gone)),) * 2)
    path.write_text(re.sub(pattern, "", "".join(kept)), encoding="utf-8")


def _told(bench: Bench, page: str, estates: tuple[str, ...]) -> Mapping[str, bytes]:
    """What names what each estate is told on a page."""
    found = {}
    for estate in estates:
        entry = bench.release.said(page, estate)
        assert entry is not None, f"{estate}/{page} is not on air"
        found[estate] = entry.content
    return found


@contextmanager
def _memory() -> Iterator[list[float]]:
    """The highest proportional set size of this process and its children meanwhile, in MB."""
    peak = [0.0]
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(0.5):
            peak[0] = max(peak[0], sum(map(_pss, _family())))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _family(of: int = 0) -> list[int]:
    """A process (this one, unless another is named) and all below it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    mine = [of or os.getpid()]
    for ident in mine:
        mine += [child for child, parent in parents.items() if parent == ident]
    return mine


def _pss(ident: int) -> float:
    try:
        text = Path(f"/proc/{ident}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def _cold(bench: Bench) -> float:
    """Seconds of a build from nothing, until every address has something to answer."""
    started = time.perf_counter()
    bench.built(bench.builder.build(bench.clock.now()))
    spent = time.perf_counter() - started
    release, profiles = bench.release, load_profiles()
    for page in bench.channel.lineup.pages:
        for estate in (DISTRICT, *bench.channel.estates):
            assert release.said(page, estate) is not None, f"{estate}/{page}"
        for profile in profiles.values():
            assert recipe(release, profile, DISTRICT, f"{page}.html", engine()) is not None
    return spent


def _overtaking(bench: Bench) -> float:
    """Seconds of an alert that comes while a build of everything is under way."""
    under_way, alert = threading.Event(), [0.0]

    def alarm() -> None:
        under_way.wait()
        alert[0] = bench.alert()

    thread = threading.Thread(target=alarm)
    thread.start()
    bench.clock.forward(3600)
    bench.builder.build(bench.clock.now(), progress=lambda done, _: under_way.set())
    under_way.set()
    thread.join()
    return alert[0]


def paint_all(bench: Bench, profiles: tuple[str, ...]) -> float:
    """Seconds until everything of these profiles is painted, chosen, checked and packed, as a bundle needs it."""
    known = load_profiles()
    selection = Selection({name: known[name] for name in profiles}, tuple(bench.channel.estates), ())
    started = time.perf_counter()
    painting = BatchPainter(bench.store, bench.release, bench.channel.settings.render)
    with painting as painter, Path(os.devnull).open("wb") as out:
        write_pack(bench.release, selection, painter.paint, out, EarlierPack(Index(), None))
    return time.perf_counter() - started


def idle() -> dict[str, float]:
    """What ``channel run`` takes of the machine in its fifth minute, with nobody watching."""
    with tempfile.TemporaryDirectory(prefix="bench-run-") as state:
        common = ["--channel", str(EXAMPLE), "--state", state]
        argv = [sys.executable, "-m", "broadcaster.cli", *common, "run", "--port", "0"]
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(IDLE_AFTER_S)
            before, began = _busy(process.pid), time.monotonic()
            peak = 0.0
            while time.monotonic() - began < IDLE_S:
                peak = max(peak, sum(map(_pss, _family(process.pid))))
                time.sleep(2)
            spent = _busy(process.pid) - before
            return {"idle_cpu": spent / (time.monotonic() - began), "run_rss_mb": peak}
        finally:
            process.terminate()
            process.wait(30)


def _busy(ident: int) -> float:
    """Seconds of processor time that a process and all below it have taken, those that ended included."""
    total = 0.0
    for one in _family(ident):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def measure(estates: int, pages: frozenset[str], paint: tuple[str, ...]) -> dict[str, float | int]:
    """All figures for so many estates; with ``paint`` everything of these profiles is painted as well."""
    folder = Path(tempfile.mkdtemp(prefix="bench-channel-"))
    bench = Bench(folder, estates, pages)
    collect_seldom()
    try:
        with _memory() as peak:
            cold = _cold(bench)
            bench.clock.forward(1)
            bench.built(bench.builder.build(bench.clock.now()))
            built = bench.size()
            no_change = bench.no_change()
            one_page = bench.headline(ONE_PAGE, ONE_SOURCE, (DISTRICT,))
            news = bench.headline(NEWS_PAGE, NEWS_SOURCE, (DISTRICT,))
            before = bench.size()
            ticks = [bench.tick() for _ in range(TICKS)]
            added = (bench.size() - before) / TICKS
            alert = _overtaking(bench)
        found: dict[str, float | int] = {
            "estates": estates,
            "pages": len(bench.channel.lineup.pages),
            "cold_air_s": cold,
            "rss_mb": peak[0],
            "store_mb": built,
            "tick_store_kb": 1000 * added,
            "no_change_s": no_change,
            "one_page_s": one_page,
            "news_s": news,
            "tick_s": statistics.median(ticks),
            "tick_worst_s": max(ticks),
            "alert_s": alert,
            "publish_ms": bench.publish_ms,
        }
        if paint:
            found["paint_all_s"] = paint_all(bench, paint)
        return found
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks channel")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--estates", type=int, default=818)
    parser.add_argument(
        "--pages", default="", help="only these, separated by commas (100, 111, 113, 404 and 900 are needed)"
    )
    parser.add_argument("--profiles", default=",".join(PROFILES), help="what --paint paints")
    parser.add_argument("--paint", action="store_true", help="paint everything of --profiles too")
    parser.add_argument("--run", action="store_true", help="look at `channel run` for five minutes too")
    parser.add_argument("--grow", action="store_true", help=f"with {', '.join(map(str, GROWTH))} estates")
    args = parser.parse_args(argv)
    pages = frozenset(args.pages.split(",")) - {""}
    paint = tuple(args.profiles.split(",")) if args.paint else ()
    for estates in GROWTH if args.grow else (args.estates,):
        figures = measure(estates, pages, paint)
        if args.run:
            figures |= idle()
        show("channel", figures, as_json=args.json, targets=TARGETS)
