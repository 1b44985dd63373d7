"""Each source is gathered in its own time; what changed is built once, alerts at once, and failures are tried again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from small_origin import wait_for

from broadcaster.station import scheduler
from broadcaster.station.figures import Figures
from broadcaster.station.scheduler import Work, gather_now
from broadcaster.station.timing import FIRST_SPREAD_S, first_run, spread, trigger
from feeds.archive import Archive
from feeds.base.clock import SystemClock
from feeds.base.errors import PersonError
from feeds.source import Source

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Done(NamedTuple):
    """What a build says of itself."""

    next_wake: datetime | None
    release_id: str


class Bench:
    """A builder that reads the archive as the real one does; ``fails`` makes its next builds go wrong."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.builds: list[dict[str, str]] = []
        self.alerts = 0
        self.fails = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.moments: list[datetime] = []
        self.at_once = threading.Lock()
        self.wake: datetime | None = None

    def build(self, moment: datetime) -> Done:
        assert self.at_once.acquire(blocking=False), "two builds at once"
        try:
            seen = {ident: s.digest for ident, s in self.archive.latest_all([f"s{n}" for n in range(50)]).items()}
            assert self.go_on.wait(60)
            self.moments.append(moment)
            if self.fails:
                self.fails -= 1
                raise RuntimeError("the disk is full")
            self.builds.append(seen)
            wake, self.wake = self.wake, None
            return Done(wake, f"r{len(self.builds)}")
        finally:
            self.at_once.release()

    def publish_alerts(self, moment: datetime) -> Done:
        self.alerts += 1
        return Done(None, "")


def source(tmp_path: Path, ident: str, **more: Any) -> Source:
    (tmp_path / f"{ident}.csv").write_text("name,tel\n某部门,110\n")
    facts = {"every": "1s", "format": "table", "record": "contact", "fields": {"name": "name", "phone": "tel"}}
    return Source(id=ident, url=f"file:{ident}.csv", publisher="某局", **{**facts, **more})


@pytest.fixture
def archive(tmp_path: Path) -> Any:
    opened = Archive.open(f"sqlite:///{tmp_path / 'archive.sqlite'}")
    yield opened
    opened.close()


def change(folder: Path, work: Work, *idents: str, phone: str = "119") -> None:
    """Give these sources other contents and have them gathered."""
    for ident in idents:
        (folder / f"{ident}.csv").write_text(f"name,tel\n某部门,{phone}\n")
        work.enqueue(ident)


def all_told(bench: Bench, told: list[str]) -> bool:
    """Whether every build so far was told of, in its order."""
    return told == [f"r{n + 1}" for n in range(len(bench.builds))]


def test_every_source_is_gathered_and_built_and_one_build_takes_many(tmp_path: Path, archive: Archive) -> None:
    """Forty-nine sources that change during a build are one build after it, never two at once; none is forgotten."""
    bench = Bench(archive)
    sources = [source(tmp_path, f"s{n}", every="1h") for n in range(50)]
    told: list[str] = []
    figures = Figures()
    work = Work(
        sources, tmp_path, archive, bench, SystemClock(), alert_source="s7", published=told.append, figures=figures
    )
    work.start()
    try:
        wait_for(lambda: bench.builds and len(bench.builds[-1]) == 50)
        wait_for(lambda: bench.alerts)
        wait_for(lambda: all_told(bench, told))

        built, before, alerts = len(bench.builds), bench.builds[-1], bench.alerts
        bench.go_on.clear()
        change(tmp_path, work, "s0")
        wait_for(bench.at_once.locked)
        change(tmp_path, work, *(f"s{n}" for n in range(1, 50)))
        # Alerts wait for no build.
        wait_for(lambda: figures.dump()["gatherings"]["changed"] == 100 and bench.alerts > alerts)
        bench.go_on.set()
        wait_for(lambda: len(bench.builds) > built and not set(bench.builds[-1].values()) & set(before.values()))
        # A change of its own is the fence: whatever else was still to be built is built before it or with it.
        fenced = bench.builds[-1]["s0"]
        change(tmp_path, work, "s0", phone="120")
        wait_for(lambda: bench.builds[-1]["s0"] != fenced and all_told(bench, told))
        # One that was under way, one for all that came meanwhile, the fence; a last one may be a moment late.
        assert 3 <= len(bench.builds) - built <= 4
    finally:
        bench.go_on.set()
        work.stop()


def test_a_failed_build_is_tried_again_with_all_it_was_asked_for(
    tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that changed is lost with the build that failed."""
    monkeypatch.setattr(scheduler, "RETRY_S", 0.3)
    bench = Bench(archive)
    bench.fails = 2
    work = Work([source(tmp_path, "s1", every="1h")], tmp_path, archive, bench, SystemClock())
    work.start()
    try:
        wait_for(lambda: bench.builds and "s1" in bench.builds[-1])
        assert bench.fails == 0
    finally:
        work.stop()


def test_the_builder_is_woken_at_the_moment_it_named(tmp_path: Path, archive: Archive) -> None:
    """Time alone changes pages: a bus leaves, a clinic closes."""
    bench = Bench(archive)
    bench.wake = SystemClock().now() + timedelta(seconds=1)
    work = Work([], tmp_path, archive, bench, SystemClock())
    named = bench.wake
    work.start()
    try:
        # Without the moment that was named it would sleep for minutes.
        wait_for(lambda: len(bench.builds) == 2)
        assert named <= bench.moments[1]
    finally:
        work.stop()


def test_another_process_asks_for_a_build_by_touching_a_file(tmp_path: Path, archive: Archive) -> None:
    """What an editor has decided is built, although no source has said anything new."""
    bench, ask = Bench(archive), tmp_path / "ask"
    work = Work([], tmp_path, archive, bench, SystemClock(), ask=ask)
    work.start()
    try:
        wait_for(lambda: len(bench.builds) == 1)
        ask.touch()
        wait_for(lambda: len(bench.builds) == 2)
    finally:
        work.stop()


def test_a_source_that_fails_stops_no_other(tmp_path: Path, archive: Archive) -> None:
    """One is gone, the other is built."""
    bench = Bench(archive)
    good, bad = source(tmp_path, "s1"), source(tmp_path, "s2")
    (tmp_path / "s2.csv").unlink()
    work = Work([bad, good], tmp_path, archive, bench, SystemClock())
    work.start()
    try:
        wait_for(lambda: bench.builds and set(bench.builds[-1]) == {"s1"})
        wait_for(lambda: archive.state("s2").failures >= 1)
    finally:
        work.stop()


def test_gathering_by_hand_names_every_source(tmp_path: Path, archive: Archive) -> None:
    """One result a source, in order, whatever became of it."""
    sources = [source(tmp_path, "b"), source(tmp_path, "a"), source(tmp_path, "c")]
    (tmp_path / "c.csv").unlink()
    heard: list[str] = []
    done = gather_now(sources, archive, tmp_path, SystemClock(), lambda one: heard.append(one.source))
    assert [(one.source, one.ok) for one in done] == [("a", True), ("b", True), ("c", False)]
    assert sorted(heard) == ["a", "b", "c"]


def test_sources_are_spread_and_a_restart_does_not_ask_again(tmp_path: Path) -> None:
    """The moment comes from the id; a source that was asked a minute ago is asked when its interval is over."""
    hourly = source(tmp_path, "hourly", every="1h")
    assert first_run(hourly, NOW - timedelta(minutes=1), NOW) == NOW + timedelta(minutes=59)
    late = first_run(hourly, NOW - timedelta(days=2), NOW)
    assert NOW <= late <= NOW + timedelta(seconds=30)
    fresh = first_run(hourly, None, NOW)
    assert NOW <= fresh <= NOW + timedelta(seconds=FIRST_SPREAD_S)
    shares = [spread(f"source-{n}") for n in range(1000)]
    assert min(shares) < 0.01 and max(shares) > 0.99 and len(set(shares)) == 1000


def test_a_cron_expression_is_district_time_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    """``30 6 * * *`` is half past six in Shanghai."""
    due = trigger(source(tmp_path, "daily", cron="30 6 * * *")).get_next_fire_time(None, NOW)
    assert due is not None and due.astimezone(UTC).hour == 22 and due.minute == 30
    with pytest.raises(PersonError, match="cron"):
        trigger(source(tmp_path, "wrong", cron="every day"))
