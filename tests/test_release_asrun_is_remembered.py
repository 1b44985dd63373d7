"""What an estate was served at a moment is known for 90 days, also after prune, rollback and a torn record."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from store_help import NOON, document

from channel.release import Air, Made, Store, screens_digest
from feeds.base.clock import SetClock


class Day:
    """A store whose clock is moved by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = SetClock(NOON)
        self.store = Store.open(path, clock=self.clock)

    def says(self, word: str, scope: str = "mh0001", page: str = "201") -> str:
        """A page says ``word``; the digest of its screens."""
        with self.store.changes() as changes:
            changes.documents("web-hd", scope, page, [document(f"{page}.html", word)])
            changes.made = {page: Made(self.clock.now().timestamp(), {"hospitals": (word, 0.0)})}
            done = self.store.publish(changes)
        assert done is not None
        return screens_digest(self.store.release(done.id), scope, page).hex()

    def served(self, at: datetime, estate: str = "mh0001") -> Air:
        """What a process that starts now reads in the record."""
        air = Store.open(self.path).asrun(estate, at)
        assert air is not None
        return air


def test_each_minute_is_remembered(tmp_path: Path) -> None:
    """The release, the screens' digest and their sources are those of the moment that is asked for."""
    day = Day(tmp_path)
    digests = []
    for minute in range(5):
        day.clock.moment = NOON + timedelta(minutes=minute)
        digests.append(day.says(f"minute {minute}"))
    assert len(set(digests)) == 5
    for minute in range(5):
        air = day.served(NOON + timedelta(minutes=minute, seconds=30))
        [page] = air.pages
        assert (page.page, page.scope, page.digest) == ("201", "mh0001", digests[minute])
        assert page.made is not None and page.made.sources["hospitals"][0] == f"minute {minute}"
        assert air.since == NOON + timedelta(minutes=minute)
    assert Store.open(tmp_path).asrun("mh0001", NOON - timedelta(seconds=1)) is None


def test_an_estate_without_a_page_was_served_the_districts(tmp_path: Path) -> None:
    """Scope says whose screens answered."""
    day = Day(tmp_path)
    day.says("own")
    shared = day.says("shared", scope="district")
    assert day.served(NOON).pages[0].scope == "mh0001"
    [page] = day.served(NOON, "mh0002").pages
    assert (page.scope, page.digest) == ("district", shared)


def test_the_record_outlives_pruning_by_90_days(tmp_path: Path) -> None:
    """A day that is long pruned is still told, across midnights; after 90 days it is gone."""
    day = Day(tmp_path)
    first = day.says("first")
    for number in range(1, 4):
        day.clock.moment = NOON + timedelta(days=number)
        day.says(f"day {number}")
    day.clock.moment = NOON + timedelta(days=60)
    day.store.prune(1)
    assert len(day.store.releases()) == 1
    assert day.served(NOON).pages[0].digest == first
    # In the morning the release of the evening before is still on air.
    assert day.served(NOON + timedelta(hours=14)).pages[0].digest == first
    day.clock.moment = NOON + timedelta(days=92, hours=12)
    day.store.prune(1)
    assert Store.open(tmp_path).asrun("mh0001", NOON) is None


def test_rollback_and_resume_are_told(tmp_path: Path) -> None:
    """While held the old screens were served with what they were made from; what was built meanwhile was not."""
    day = Day(tmp_path)
    good = day.says("good")
    release = day.store.current_id()
    day.clock.forward(60)
    day.says("mistake")
    day.clock.forward(60)
    day.store.rollback(release)
    held = day.clock.now()
    day.clock.forward(60)
    better = day.says("better")
    day.clock.forward(60)
    day.store.resume()
    air = day.served(held + timedelta(seconds=90))
    assert air.pages[0].digest == good and air.action == "rollback"
    assert air.pages[0].made is not None and air.pages[0].made.sources["hospitals"][0] == "good"
    air = day.served(day.clock.now())
    assert air.pages[0].digest == better and air.action == "resume"
    assert air.pages[0].made is not None and air.pages[0].made.sources["hospitals"][0] == "better"


def test_alerts_and_takedowns_are_told(tmp_path: Path) -> None:
    """The estate's alert answer and what was taken down belong to the record."""
    day = Day(tmp_path)
    day.says("page")
    day.clock.forward(10)
    with day.store.changes() as changes:
        changes.answers({"mh0001": b"takeover", "district": b"none"})
        day.store.publish(changes, action="alerts")
    day.clock.forward(10)
    day.store.take_down("201")
    assert day.served(NOON).alert != b"takeover"
    assert day.served(NOON + timedelta(seconds=10)).alert == b"takeover"
    air = day.served(day.clock.now())
    assert air.denied == ("201",) and air.alert == b"takeover"


def test_a_torn_record_costs_itself_only(tmp_path: Path) -> None:
    """Half a frame at the end of the file, and frames after it, written by the next process."""
    day = Day(tmp_path)
    day.says("one")
    [log] = (tmp_path / "asrun").glob("*.log")
    whole = log.read_bytes()
    log.write_bytes(whole + whole[: len(whole) // 2])
    again = Day(tmp_path)
    again.clock.forward(60)
    two = again.says("two")
    assert again.served(NOON).pages and again.served(NOON + timedelta(minutes=2)).pages[0].digest == two


def test_two_processes_write_one_record(tmp_path: Path) -> None:
    """Publications of two builders in turns are all told."""
    one, two = Day(tmp_path), Day(tmp_path)
    digests = {}
    for minute in range(6):
        day = (one, two)[minute % 2]
        day.clock.moment = NOON + timedelta(minutes=minute)
        digests[minute] = day.says(f"minute {minute}", page=("201", "204")[minute % 2])
    air = one.served(NOON + timedelta(minutes=5))
    assert [p.digest for p in air.pages] == [digests[4], digests[5]]
    air = one.served(NOON + timedelta(minutes=2))
    assert [p.digest for p in air.pages] == [digests[2], digests[1]]
