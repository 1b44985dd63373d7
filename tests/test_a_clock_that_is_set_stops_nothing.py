"""However the clock is set, by seconds or by years, forward or back: sources are gathered and alerts published."""

from __future__ import annotations

import datetime as dates
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apscheduler.schedulers.base
import pytest
from build_help import NOON, World
from small_origin import wait_for
from snapshots import snapshot

from broadcaster.origin import answer as answer_module
from broadcaster.origin.answer import Answer, Served
from broadcaster.station import clock_watch
from broadcaster.station.clock_watch import ClockWatch
from broadcaster.station.scheduler import Work
from broadcaster.station.timing import every, first_run, trigger
from feeds.archive import Archive
from feeds.source import Freshness, Source, freshness

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
YEAR = 365 * 86_400.0
JUMPS = {"an hour back": -3600.0, "an hour forward": 3600.0, "two years back": -2 * YEAR, "three forward": 3 * YEAR}


class Hands:
    """A wall clock that can be set, and goes on by itself."""

    def __init__(self) -> None:
        self.set_by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.set_by


class Steady:
    """Two clocks that one moves by hand."""

    def __init__(self) -> None:
        self.wall, self.ran = NOW, 1000.0

    def now(self) -> datetime:
        return self.wall

    def steady(self) -> float:
        return self.ran

    def go(self, seconds: float, set_by: float = 0.0) -> None:
        self.ran += seconds
        self.wall += timedelta(seconds=seconds + set_by)


class Air:
    """A builder that says what it sees of the alert source."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.seen: list[str] = []
        self.builds = 0
        self.next_wake: datetime | None = None
        self.release_id = ""

    def build(self, moment: datetime) -> Air:
        self.builds += 1
        return self

    def publish_alerts(self, moment: datetime) -> Air:
        latest = self._archive.latest("alerts", moment)
        self.seen.append(latest.records[0].phone if latest is not None else "nothing")  # type: ignore[union-attr]
        return self


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path / 'archive.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """A clock that the scheduler's library goes by, too."""
    hands = Hands()

    class Moved(dates.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return hands.now().astimezone(tz)

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Moved)
    return hands


def source(tmp_path: Path, ident: str, **more: Any) -> Source:
    say(tmp_path, "110", ident)
    facts = {"every": "1s", "format": "table", "record": "contact", "fields": {"name": "name", "phone": "tel"}}
    return Source(id=ident, url=f"file:{ident}.csv", publisher="某局", **{**facts, **more})


def say(folder: Path, phone: str, ident: str = "alerts") -> None:
    (folder / f"{ident}.csv").write_text(f"name,tel\n某部门,{phone}\n")


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_a_source_is_gathered_and_its_alerts_published_within_seconds(
    tmp_path: Path, archive: Archive, hands: Hands, jump: float
) -> None:
    """There and back again: after each setting the alert source's next word is seen."""
    air = Air(archive)
    work = Work([source(tmp_path, "alerts")], tmp_path, archive, air, hands, alert_source="alerts")
    work.start()
    try:
        wait_for(lambda: "110" in air.seen)
        for phone, moved in (("119", jump), ("120", 0.0)):
            built = air.builds
            hands.set_by = timedelta(seconds=moved)
            say(tmp_path, phone)
            began = time.monotonic()
            wait_for(lambda phone=phone, built=built: air.seen[-1] == phone and air.builds > built)  # type: ignore[misc]
            assert time.monotonic() - began < 30
    finally:
        work.stop()


def test_what_a_source_said_stays_while_it_says_nothing_new(tmp_path: Path, archive: Archive, hands: Hands) -> None:
    """After the clock went back the same alert is in force: seen as late as now, not in two years."""
    air = Air(archive)
    # It is not asked again in this test: what it said before has to do.
    alerts = source(tmp_path, "alerts", every="1h")
    work = Work([alerts], tmp_path, archive, air, hands, alert_source="alerts")
    work.start()
    try:
        wait_for(lambda: "110" in air.seen)
        (tmp_path / "alerts.csv").unlink()
        asked = len(air.seen)
        hands.set_by = timedelta(seconds=-2 * YEAR)
        wait_for(lambda: len(air.seen) > asked)
        assert air.seen[-1] == "110"
        latest = archive.latest("alerts", hands.now())
        assert latest is not None and latest.checked <= hands.now()
        # And it ages from now on.
        assert freshness(alerts, latest, hands.now()) is Freshness.FRESH
        assert freshness(alerts, latest, hands.now() + timedelta(hours=4)) is Freshness.LATE
    finally:
        work.stop()


def test_nothing_of_the_archive_lies_ahead_of_now(archive: Archive) -> None:
    """What was observed by a wrong clock counts as of now; what was observed before is as it was."""
    early, late = NOW - timedelta(days=3), NOW + timedelta(days=700)
    archive.save(snapshot(1, early))
    archive.save(snapshot(2, late))
    assert archive.latest("one", NOW) == snapshot(1, early)
    assert archive.not_after(NOW) == 1
    found = archive.latest("one", NOW)
    assert found is not None and found.records == snapshot(2, NOW).records
    assert found.observed == found.checked == NOW
    assert [past.observed for past in archive.history("one")] == [NOW, early]
    assert archive.not_after(NOW) == 0


@pytest.mark.parametrize("years", [1, 50])
@pytest.mark.parametrize("more", [{"every": "1s"}, {"every": "7min"}, {"cron": "* * * * *"}, {"cron": "30 6 * * *"}])
def test_turns_that_the_clock_ran_past_are_one_turn(tmp_path: Path, more: dict[str, str], years: int) -> None:
    """However many they are, finding the next takes one step: a second's interval over three years is 94 million."""
    when, now = trigger(source(tmp_path, "one", **more)), NOW + timedelta(days=365 * years, seconds=0.5)
    due = when.get_next_fire_time(NOW, now)
    assert due is not None and now < due <= now + timedelta(days=1)
    following = when.get_next_fire_time(due, due)
    assert following is not None and following > due


def test_an_interval_keeps_its_pace_while_the_clock_goes_on(tmp_path: Path) -> None:
    """A turn is an interval after the one before it, wherever in the interval the source began."""
    begun = NOW + timedelta(seconds=17.25)
    assert every(60).get_next_fire_time(begun, begun) == begun + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("last", "least", "most"),
    [
        (None, 0.0, 3.0),
        (timedelta(seconds=1), 0.0, 3.0),
        (timedelta(days=800), 0.0, 3.0),
        (timedelta(minutes=-10), 3000.0, 3000.0),
        (timedelta(days=-1100), 0.0, 30.0),
    ],
    ids=["never", "a second ahead", "years ahead", "ten minutes ago", "years ago"],
)
def test_an_attempt_ahead_of_the_clock_puts_no_other_off(
    tmp_path: Path, last: timedelta | None, least: float, most: float
) -> None:
    """It says that the clock went back: the source is asked as one that never was."""
    due = first_run(source(tmp_path, "hourly", every="1h"), None if last is None else NOW + last, NOW)
    assert least <= (due - NOW).total_seconds() <= most


def watched(clock: Steady) -> tuple[ClockWatch, list[float]]:
    heard: list[float] = []
    return ClockWatch(clock, heard.append, steady=clock.steady), heard


@pytest.mark.parametrize("jump", [*JUMPS.values(), 2.5, -2.5])
def test_a_clock_that_is_set_is_noticed_once(jump: float) -> None:
    """By how much it was set, at the next look and never again."""
    clock = Steady()
    watch, heard = watched(clock)
    clock.go(0.5)
    watch.look()
    clock.go(0.5, set_by=jump)
    for _ in range(3):
        watch.look()
        clock.go(0.5)
    assert heard == [pytest.approx(jump, abs=1e-3)]


def test_a_clock_that_only_goes_on_is_not_set() -> None:
    """Not by a look that came a minute late, nor by a time server that slews it for a day."""
    clock = Steady()
    watch, heard = watched(clock)
    for seconds in (0.5, 60.0, 0.5, 3600.0):
        clock.go(seconds)
        watch.look()
    for _ in range(10_000):
        clock.go(0.5, set_by=0.5 * 500e-6)
        watch.look()
    assert not heard


def test_what_could_not_be_planned_anew_is_tried_again() -> None:
    """The archive may be away just then."""
    clock = Steady()
    turns: list[Callable[[], None]] = []
    heard: list[float] = []

    def was_set(seconds: float) -> None:
        heard.append(seconds)
        if turns:
            turns.pop()()

    def fail() -> None:
        raise OSError("the database is away")

    turns += [fail, fail]
    watch = ClockWatch(clock, was_set, steady=clock.steady)
    clock.go(0.5, set_by=-3600.0)
    for _ in range(5):
        watch.look()
        clock.go(0.5)
    assert heard == pytest.approx([-3600.0] * 3, abs=1e-3)


@pytest.mark.parametrize(
    ("sets", "doubted"),
    [
        ([3 * YEAR], 3 * YEAR),
        ([3 * YEAR, -3 * YEAR], 0.0),
        ([-2 * YEAR], 0.0),
        ([-2 * YEAR, 2 * YEAR], 0.0),
    ],
    ids=["forward", "forward and back", "back", "back and forward"],
)
def test_a_clock_that_was_set_forward_throws_nothing_away_for_a_day(sets: list[float], doubted: float) -> None:
    """What looks years old may be of this morning. After a day the clock is believed."""
    clock = Steady()
    watch, _ = watched(clock)
    for seconds in sets:
        clock.go(0.5, set_by=seconds)
        watch.look()
    assert watch.doubted_s() == pytest.approx(doubted, abs=1e-2)
    clock.go(clock_watch.DOUBT_S + 1)
    watch.look()
    assert watch.doubted_s() == 0.0


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1100)], ids=["an hour", "three years"])
def test_what_was_built_by_a_wrong_clock_is_built_anew(tmp_path: Path, ahead: timedelta) -> None:
    """After the clock went back the pages are those of now, and are looked at again when those of now are due."""
    world = World(tmp_path / "grown", every="1h")
    try:
        turn = NOON + timedelta(minutes=30)
        world.says("news", f"at {turn.isoformat()}")
        world.says("towns", "town")
        world.warns("Extreme", "310112001", hours=0.5)
        world.builder.build(NOON)
        world.clock.moment = NOON + ahead
        world.builder.build(world.clock.now())
        world.clock.moment = NOON + timedelta(seconds=5)
        world.archive.not_after(world.clock.now())
        report = world.builder.build(world.clock.now())
        assert report.next_wake == turn
        fresh = World.beside(world, tmp_path / "fresh")
        fresh.builder.build(world.clock.now())
        for estate in ("district", "mh0001"):
            assert world.store.current().alert(estate) == fresh.store.current().alert(estate)  # type: ignore[union-attr]
            for name in ("100.html", "111.html", "115.html", "900.html"):
                assert world.text(estate, name) == fresh.text(estate, name)
    finally:
        world.close()


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_an_edge_is_never_told_to_keep_a_page_longer_than_ever(monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """``valid_until`` only shortens: an origin whose clock went back does not have pages kept until it comes there."""
    now = int(NOW.timestamp())
    page = Served("document", b"x", False, 1, "t", "text/html", valid_until=now + 5)
    answer = Answer(page, "r1")
    told = []
    for moment in (now, now + jump, now):
        monkeypatch.setattr(answer_module, "time", lambda moment=moment: moment)
        fields = dict(answer.reply(False, None).fields)
        told.append(int(fields["Cache-Control"].partition("max-age=")[2].partition(",")[0]))
    assert told == [5, 0 if jump > 0 else page.keep_s, 5]
