"""``python -m benchmarks feeds``: how fast big feeds are read, and whether dead sources hold up living ones.

Keys: ``gtfs_load_s`` and ``gtfs_rss_mb`` (a GTFS of 1,000,000 stop times, from the bytes of its ZIP to the mapped
dataset, in a process of its own), ``gtfs_departures_818_s`` (the next 8 departures at the 3 stops nearest to each of
818 estates), ``xmltv_20mb_s``, ``hung_sources_delay_s`` (200 sources of which 80 hang: how much later the last living
one is done), ``pool_small_ms`` (a table of ten rows, read in a process of the pool, from call to records).
The departures of 50 stops are checked against an answer worked out from the files by brute force.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import logging
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.machine import show

TARGETS = {
    "gtfs_load_s": 10, "gtfs_rss_mb": 600, "gtfs_departures_818_s": 1, "xmltv_20mb_s": 1.5, "hung_sources_delay_s": 1,
    "pool_small_ms": 2,
}  # fmt: skip
STOP_TIMES = 1_000_000
STOPS, STOPS_PER_TRIP, LINES = 2_500, 40, 250
ESTATES = 818
WEST, SOUTH, EAST, NORTH = 121.25, 30.98, 121.57, 31.24
ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 11, 24, tzinfo=ZONE)
MOMENTS = tuple(DAY + timedelta(hours=hours) for hours in (0.3, 1.7, 8.2, 17.5, 23.6))


def main(argv: list[str]) -> dict[str, Any]:
    """Measure everything; print a table, or one JSON line with ``--json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks feeds")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stop-times", type=int, default=STOP_TIMES, help="size of the timetable")
    parser.add_argument("--in-child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.in_child:
        print(json.dumps(measure_gtfs(args.in_child)))
        return {}
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gtfs.zip"
        path.write_bytes(make_gtfs(args.stop_times))
        results = _in_child(path)
        results["gtfs_checked"] = check(path, results.pop("answers"))
        results["xmltv_20mb_s"] = measure_xmltv()
        results["hung_sources_delay_s"] = measure_hung(Path(folder))
        results["pool_small_ms"] = measure_pool()
    show("feeds", results, as_json=args.json, targets=TARGETS)
    return results


def make_gtfs(stop_times: int) -> bytes:
    """A city's timetable, always the same: buses from 4:30 to 25:30, three calendars, two days of exceptions."""
    random.seed(818)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(
            "agency.txt", "agency_id,agency_name,agency_url,agency_timezone\n1,公交,http://x,Asia/Shanghai\n"
        )
        archive.writestr(
            "calendar.txt",
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
            "WD,1,1,1,1,1,0,0,20261101,20261231\nSA,0,0,0,0,0,1,0,20261101,20261231\nSU,0,0,0,0,0,0,1,20261101,20261231\n",
        )
        archive.writestr("calendar_dates.txt", "service_id,date,exception_type\nWD,20261125,2\nSU,20261125,1\n")
        places = [(random.uniform(WEST, EAST), random.uniform(SOUTH, NORTH)) for _ in range(STOPS)]
        archive.writestr(
            "stops.txt",
            "stop_id,stop_name,stop_lat,stop_lon\n"
            + "".join(f"s{n},站点{n},{lat:.6f},{lon:.6f}\n" for n, (lon, lat) in enumerate(places)),
        )
        archive.writestr(
            "routes.txt",
            "route_id,route_short_name,route_type\n" + "".join(f"r{n},{100 + n}路,3\n" for n in range(LINES)),
        )
        trips, times = _trips(max(1, stop_times // STOPS_PER_TRIP))
        archive.writestr("trips.txt", trips)
        archive.writestr("stop_times.txt", times)
    return out.getvalue()


def _trips(count: int) -> tuple[str, str]:
    trips = ["route_id,service_id,trip_id,trip_headsign,direction_id\n"]
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"]
    ways = [random.sample(range(STOPS), STOPS_PER_TRIP) for _ in range(LINES)]
    for number in range(count):
        line = number % LINES
        service = ("WD", "WD", "WD", "SA", "SU")[number // LINES % 5]
        trips.append(f"r{line},{service},t{number},终点{line},{number % 2}\n")
        clock = random.randrange(4 * 3600 + 1800, 24 * 3600 + 5400)
        for sequence, stop in enumerate(ways[line] if number % 2 else reversed(ways[line])):
            text = f"{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"
            times.append(f"t{number},{text},{text},s{stop},{sequence}\n")
            clock += random.randrange(60, 240)
    return "".join(trips), "".join(times)


def estates() -> list[tuple[float, float]]:
    """818 places in the district, always the same."""
    places = random.Random(1)
    return [(places.uniform(WEST, EAST), places.uniform(SOUTH, NORTH)) for _ in range(ESTATES)]


def _in_child(path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks", "feeds", "--in-child", str(path)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def measure_gtfs(path: Path) -> dict[str, Any]:
    """Load the timetable and ask it, in this process alone, so that its memory is what it says."""
    import resource

    from feeds.datasets import DatasetStore
    from feeds.formats import Document, get
    from feeds.source import Source
    from feeds.timetable import Timetable, boards

    source = Source(id="bus", url="file:gtfs.zip", format="gtfs", publisher="公交")
    start = time.perf_counter()
    parsed = get("gtfs").parse([Document(url=source.url, body=path.read_bytes())], source, DAY)
    assert parsed.dataset is not None
    store = DatasetStore(path.parent)
    timetable = store.open(store.save("bus", parsed.dataset))
    assert isinstance(timetable, Timetable)
    load = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    for calls in boards(timetable, estates(), MOMENTS[3]):
        for call in calls:
            timetable.departure(call)
    asked = time.perf_counter() - start
    stops = random.Random(2).sample(range(STOPS), 50)
    answers = {
        f"s{stop}": [
            [[call.at, timetable.trip_id(call.row)] for call in timetable.calls([index], moment)] for moment in MOMENTS
        ]
        for stop in stops
        if (index := timetable.stop(f"s{stop}")) is not None
    }
    return {"gtfs_load_s": load, "gtfs_rss_mb": peak, "gtfs_departures_818_s": asked, "answers": answers}


def check(path: Path, answers: dict[str, list[list[list[Any]]]]) -> int:
    """How many stops gave at every moment exactly what the files say. Raises when one did not."""
    with zipfile.ZipFile(path) as archive:
        service = {row["trip_id"]: row["service_id"] for row in _read(archive, "trips.txt")}
        at_stop: dict[str, list[tuple[int, str]]] = {stop: [] for stop in answers}
        lasts: dict[str, int] = {}
        for row in _read(archive, "stop_times.txt"):
            lasts[row["trip_id"]] = max(lasts.get(row["trip_id"], 0), int(row["stop_sequence"]))
        for row in _read(archive, "stop_times.txt"):
            if row["stop_id"] in at_stop and int(row["stop_sequence"]) < lasts[row["trip_id"]]:
                hours, minutes, seconds = map(int, row["departure_time"].split(":"))
                at_stop[row["stop_id"]].append((hours * 3600 + minutes * 60 + seconds, row["trip_id"]))
    for stop, given in answers.items():
        for moment, calls in zip(MOMENTS, given, strict=True):
            expected = _brute_force(at_stop[stop], service, moment)
            if [at for at, _ in calls] != [at for at, _ in expected] or not {tuple(c) for c in calls} <= set(
                _brute_force(at_stop[stop], service, moment, n=len(expected) + 20)
            ):
                raise AssertionError(f"{stop} at {moment}: found {calls}, expected {expected}")
    return len(answers)


def _brute_force(
    leaves: list[tuple[int, str]], service: dict[str, str], moment: datetime, n: int = 8
) -> list[tuple[int, str]]:
    """Every departure of four service days, sorted: slow and plain."""
    found = []
    for days in range(-2, 3):
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
        running = (
            {"SU"} if day.month == 11 and day.day == 25 else {("WD", "WD", "WD", "WD", "WD", "SA", "SU")[day.weekday()]}
        )
        found += [(int(day.timestamp()) + at, trip) for at, trip in leaves if service[trip] in running]
    return sorted(pair for pair in found if pair[0] >= moment.timestamp())[:n]


def _read(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, str]]:
    with archive.open(name) as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, "utf-8", newline=""))


def make_xmltv(size: int = 20_000_000) -> bytes:
    """A guide of about ``size`` bytes: a hundred channels, as many days as it takes."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<tv>\n']
    parts += [f'<channel id="c{n}"><display-name lang="zh">频道{n}</display-name></channel>\n' for n in range(100)]
    length, number = 0, 0
    description = "本期节目带您走进社区，看一看居民身边的变化，听一听他们自己的故事。" * 3
    while length < size:
        begins = DAY.astimezone(UTC) + timedelta(minutes=30 * (number // 100))
        start, stop = (f"{moment:%Y%m%d%H%M%S} +0000" for moment in (begins, begins + timedelta(minutes=30)))
        parts.append(
            f'<programme start="{start}" stop="{stop}" channel="c{number % 100}">'
            f'<title lang="zh">第{number}期节目</title>'
            f'<sub-title lang="zh">社区新闻</sub-title><desc lang="zh">{description}</desc>'
            '<category lang="zh">新闻</category><episode-num system="xmltv_ns">1.2.</episode-num></programme>\n'
        )
        length += len(parts[-1].encode())
        number += 1
    return ("".join(parts) + "</tv>\n").encode()


def measure_xmltv() -> float:
    """Seconds to read a guide of 20 MB; the best of three."""
    from feeds.formats import Document, get
    from feeds.source import Source

    source = Source(id="tv", url="file:tv.xml", format="xmltv", publisher="台", max_items=100_000)
    document = Document(url=source.url, body=make_xmltv())
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        parsed = get("xmltv").parse([document], source, DAY)
        best = min(best, time.perf_counter() - start)
        assert len(parsed.records) > 20_000
    return best


def measure_pool() -> float:
    """Milliseconds to read a small table in a process that runs already; the best of many."""
    from feeds.formats import Document
    from feeds.parsing import Parser
    from feeds.source import Source

    source = Source(id="small", url="file:x.csv", format="table", record="contact", publisher="某局")
    document = Document(url=source.url, body=b"name,phone\n" + b"".join(b"n%d,%d\n" % (n, n) for n in range(10)))
    parser, best = Parser(1), float("inf")
    try:
        for _ in range(200):
            start = time.perf_counter()
            parser.parse(source, [document], DAY)
            best = min(best, time.perf_counter() - start)
    finally:
        parser.close()
    return best * 1000


def measure_hung(folder: Path, living: int = 120, hung: int = 80) -> float:
    """Seconds that 80 hanging sources add to the time after which the last of 120 living ones is done."""
    with ExitStack() as stack:
        ports = [stack.enter_context(_living()) for _ in range(40)]
        dead = [stack.enter_context(_hanging()) for _ in range(hung)]
        alone = _last_living(folder / "alone.db", [ports[n % 40] for n in range(living)], [])
        together = _last_living(folder / "together.db", [ports[n % 40] for n in range(living)], dead)
    return max(0.0, together - alone)


def _last_living(database: Path, ports: list[int], dead: list[int]) -> float:
    from feeds.archive import Archive
    from feeds.base.clock import SystemClock
    from feeds.gatherer import Gatherer
    from feeds.source import Source

    facts: dict[str, Any] = {"format": "rss", "publisher": "某局", "private": True, "retries": 0, "deadline": "4s"}
    sources = [Source(id=f"dead{n}", url=f"http://127.0.0.1:{port}/", **facts) for n, port in enumerate(dead)]
    sources += [Source(id=f"live{n}", url=f"http://127.0.0.1:{port}/{n}", **facts) for n, port in enumerate(ports)]
    archive = Archive.open(f"sqlite:///{database}")
    gatherer = Gatherer(archive, database.parent, SystemClock())
    start, last, done = time.perf_counter(), 0.0, 0
    for gathering in gatherer.gather_all(sources):
        if gathering.source.startswith("live"):
            assert gathering.ok, gathering
            last, done = time.perf_counter() - start, done + 1
    assert done == len(ports)
    gatherer.close()
    archive.close()
    return last


@contextmanager
def _living() -> Iterator[int]:
    """A server that answers after a tenth of a second, as a good one does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(0.1)
            body = "<rss><channel><item><title>一条</title></item></channel></rss>".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _hanging() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])
