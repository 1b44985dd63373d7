"""What an estate was served at a moment is known for 90 days, also after prune, rollback and a torn record."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from store_help import NOON, content, lay_down

from channel.keys import key_of
from channel.release import Air, Made, Store
from channel.release.asrun import SIZE, items_digest
from channel.views.words import words_of
from feeds.base.clock import SetClock


class Day:
    """A store whose clock is moved by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = SetClock(NOON)
        self.store = Store.open(path, clock=self.clock)

    def says(self, word: str, scope: str = "mh0001", page: str = "201", items: dict[str, str] | None = None) -> str:
        """A page says ``word``; the digest of that."""
        with self.store.changes() as changes:
            lay_down(changes, self.store, page, {scope: word}, items)
            changes.made = {page: Made(self.clock.now().timestamp(), {"hospitals": (word, 0.0)})}
            assert self.store.publish(changes, inputs={"engine": f"engine of {word}"}) is not None
        return key_of(words_of(content(word)))[:SIZE].hex()

    def served(self, at: datetime, estate: str = "mh0001") -> Air:
        """What a process that starts now reads in the record."""
        air = Store.open(self.path).asrun(estate, at)
        assert air is not None
        return air


def test_each_minute_is_remembered(tmp_path: Path) -> None:
    """The release, the digest of what was said and its sources are those of the moment that is asked for."""
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
    """Scope says whose words answered."""
    day = Day(tmp_path)
    day.says("own")
    shared = day.says("shared", scope="district")
    assert day.served(NOON).pages[0].scope == "mh0001"
    [page] = day.served(NOON, "mh0002").pages
    assert (page.scope, page.digest) == ("district", shared)


def test_items_and_engine_are_told(tmp_path: Path) -> None:
    """Which items a page had, in their order, and what painted them: another item, other words or another order is
    another digest."""
    day, told = Day(tmp_path), []
    for minute, items in enumerate(({"a": "one", "b": "two"}, {"a": "one"}, {"b": "two", "a": "one"}, {"a": "other"})):
        day.clock.moment = NOON + timedelta(minutes=minute)
        day.says(f"minute {minute}", scope="district", items=items)
        release = day.store.current()
        assert release is not None
        air = day.served(day.clock.now())
        assert air.engine == f"engine of minute {minute}"
        assert air.pages[0].items == items_digest(release.map("201").items).hex() != ""
        told.append(air.pages[0].items)
    assert len(set(told)) == 4
    day.says("no items", page="204")
    assert [page.items for page in day.served(day.clock.now()).pages] == [told[-1], ""]


def test_a_page_that_lost_its_last_item_had_none(tmp_path: Path) -> None:
    """From then on, while what it was before is told as it was."""
    day = Day(tmp_path)
    day.says("one", scope="district", items={"a": "item"})
    day.clock.forward(60)
    day.says("none any more", scope="district", items={})
    assert day.served(NOON).pages[0].items != ""
    assert day.served(day.clock.now()).pages[0].items == ""


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
    """While held the old pages were served with what they were made from; what was built meanwhile was not."""
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
    """The estate's alert answer and what was taken down belong to the record; a page that was taken down was not
    served."""
    day = Day(tmp_path)
    day.says("page")
    day.says("another", page="204")
    day.clock.forward(10)
    with day.store.changes() as changes:
        changes.answer({"mh0001": b"takeover", "district": b"none"})
        day.store.publish(changes, action="alerts")
    day.clock.forward(10)
    day.store.take_down("201")
    assert day.served(NOON).alert != b"takeover"
    assert day.served(NOON + timedelta(seconds=10)).alert == b"takeover"
    air = day.served(day.clock.now())
    assert air.denied == ("201",) and air.alert == b"takeover" and [page.page for page in air.pages] == ["204"]


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
