"""With PostgreSQL everything is as with SQLite: what is kept, who leads, and that boxes never depend on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from feeding import NOW
from gtfs_files import gtfs
from leases import Clocked, elsewhere
from postgres_server import Server, server
from running import make_small, processes_of, start
from small_origin import get, served, wait_for
from snapshots import snapshot

from broadcaster.station.lease import TERM_S, Lease
from channel.release import Store
from feeds import migrations, pictures
from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.base.errors import NotFound
from feeds.database import Writing, connect
from feeds.gatherer import Gatherer
from feeds.review import Held, content_of
from feeds.source import Source

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as one:
        yield one


@pytest.fixture
def url(running: Server) -> str:
    """An empty database."""
    engine = sa.create_engine(running.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop schema public cascade; create schema public")
    engine.dispose()
    return running.url


def story(archive: Archive) -> list[Any]:
    """All that an archive does, and what it says of it."""
    told: list[Any] = [archive.save(snapshot(n, NOW + timedelta(hours=n)), etag=f'"{n}"') for n in (0, 1, 1, 2)]
    archive.save(snapshot(7, source="two"))
    archive.confirm("one", NOW + timedelta(hours=9), seconds=0.5)
    archive.failed("two", NOW + timedelta(hours=1), "无法连接", resting_until=NOW + timedelta(hours=2))
    told += [
        archive.latest("one"), archive.latest("one", NOW + timedelta(minutes=90)), archive.latest("nobody"),
        archive.latest_all(["one", "two", "three"]), archive.states(), archive.state("two"),
        [(p.observed, p.checked, p.digest, p.count) for p in archive.history("one")],
    ]  # fmt: skip
    archive.expire(NOW + timedelta(hours=2))
    told.append(len(archive.history("one")))
    archive.keep(1)
    told += [len(archive.history("one")), archive.waiting()]
    return told


def test_it_keeps_what_sqlite_keeps(url: str) -> None:
    """The same story told to both ends the same."""
    first, second = Archive.open(url), Archive.open("sqlite://")
    assert story(first) == story(second)
    first.close()
    again = Archive.open(url)
    assert again.latest("one") == second.latest("one")
    again.close()
    second.close()


def test_items_wait_and_are_let_go(url: str) -> None:
    """An item held back is hidden until an editor releases it."""
    archive, given = Archive.open(url), snapshot(1)
    record = given.records[0]
    held = Held(source="one", item=record.id, content=content_of(record), reason="词", since=NOW, record=record)
    archive.save(given, held=[held])
    shown = archive.latest("one")
    assert shown is not None and len(shown.records) == len(given.records) - 1
    assert [one.item for one in archive.waiting()] == [record.id]
    assert archive.decide("one", record.id, "released", NOW)
    assert archive.latest("one") == given
    archive.close()


def test_pictures_are_kept_and_those_unused_are_few(url: str) -> None:
    archive, engine = Archive.open(url), connect(url)
    with Writing(engine) as connection:
        for number in range(pictures.MOST_UNUSED + 3):
            one = pictures.Kept(key=f"{number:032x}", w=1, h=1, data=b"\xff\x00%d" % number)
            pictures.keep(connection, one, "ann", NOW + timedelta(seconds=number))
            if not number:
                pictures.name(connection, one.key)
    assert archive.picture("0" * 32) == b"\xff\x000", "a text names it"
    with pytest.raises(NotFound):
        archive.picture(f"{1:032x}")
    assert archive.picture(f"{pictures.MOST_UNUSED + 2:032x}")
    engine.dispose()
    archive.close()


def test_what_a_source_sends_for_a_validator_never_stops_it(url: str) -> None:
    """Validators longer than a column, and errors with signs that no text may hold."""
    archive = Archive.open(url)
    archive.save(snapshot(1), etag='"' + "x" * 5000, last_modified="\x00" * 3 + "never")
    archive.failed("one", NOW, "\x00\ud800" + "坏" * 3000)
    state = archive.state("one")
    assert state.etag == "" and state.last_modified == "never" and state.error.startswith("?坏")
    archive.close()


def test_many_that_open_it_at_once_bring_it_up_to_date_once(url: str) -> None:
    """Whoever comes second finds the tables made; a database of an earlier version is brought forward."""
    with ThreadPoolExecutor(6) as pool:
        archives = list(pool.map(lambda _: Archive.open(url), range(6)))
        leases = list(pool.map(lambda _: Lease(url), range(6)))
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("select version_num from alembic_version")).scalars().all() == [
            migrations.head()
        ]
    engine.dispose()
    for archive in archives:
        archive.close()
    for lease in leases:
        lease.give_back()


def test_threads_save_at_once(url: str) -> None:
    """A source's own thread writes while others do; nothing is lost."""
    archive = Archive.open(url)

    def work(number: int) -> None:
        for n in range(6):
            archive.save(snapshot(n, NOW + timedelta(minutes=n), source=f"s{number}"))
            archive.failed(f"s{number}", NOW, "x")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(12)))
    assert {state.failures for state in archive.states().values()} == {1}
    assert {len(archive.history(f"s{n}")) for n in range(12)} == {6}
    archive.close()


def test_a_gatherer_fills_it_and_datasets_have_a_folder(url: str, tmp_path: Path) -> None:
    """Sources of the example's folder, a timetable among them, are gathered as ever."""
    (tmp_path / "feed.zip").write_bytes(gtfs())
    (tmp_path / "rows.csv").write_text("名称,电话\n居委会,12345\n", "utf-8")
    table = {"format": "table", "record": "contact", "fields": {"name": "名称", "phone": "电话"}}
    sources = [
        Source(id="buses", url="file:feed.zip", format="gtfs", publisher="某局"),
        Source(id="phones", url="file:rows.csv", publisher="某局", **table),
    ]
    archive = Archive.open(url, datasets=tmp_path / "datasets")
    gatherer = Gatherer(archive, tmp_path, SetClock(NOW))
    done = {one.source: one for one in gatherer.gather_all(sources)}
    gatherer.close()
    assert {one.outcome for one in done.values()} == {"changed"}, done
    buses = archive.latest("buses")
    assert buses is not None and archive.dataset(buses) is not None
    archive.close()


def test_one_leads(url: str) -> None:
    """The lease is one process's, for its term, however many want it at once."""
    clock = Clocked()
    first, second = elsewhere(Lease(url, now=clock, steady=clock)), Lease(url, now=clock, steady=clock)
    assert first.take() and not second.take()
    clock.at += TERM_S + 1
    assert second.take() and not first.take()
    second.give_back()
    first.give_back()
    clock.at += 1
    leases = [Lease(url, now=clock) for _ in range(8)]
    gate = threading.Barrier(len(leases))

    def want(lease: Lease) -> bool:
        gate.wait()
        return lease.take()

    with ThreadPoolExecutor(len(leases)) as pool:
        assert sorted(pool.map(want, leases)) == [False] * 7 + [True]
    for lease in leases:
        lease.give_back()


def with_database(channel: Path, url: str) -> Path:
    """The small example with its archive there and a source that is asked each second; gives that source's file."""
    make_small(channel)
    text = (channel / "sources.toml").read_text(encoding="utf-8")
    text = text.replace('url = "http://127.0.0.1:8181/phones.csv"', 'url = "file:own/phones.csv"')
    text = text.replace('publisher = "12345 热线"\nevery = "7d"', 'publisher = "12345 热线"\nevery = "1s"')
    (channel / "sources.toml").write_text(text.replace("http://127.0.0.1:8181/", "file:records/"), encoding="utf-8")
    settings = channel / "channel.toml"
    settings.write_text(f'archive = "{url}"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    file = channel / "own" / "phones.csv"
    file.parent.mkdir()
    file.write_bytes((channel / "records" / "phones.csv").read_bytes())
    return file


def test_the_database_goes_away_and_comes_back(url: str, running: Server, channel_dir: Path, state: Path) -> None:
    """``work`` waits for it at the start and lives on without it; boxes notice nothing; what changed meanwhile is on
    air once it is back."""
    phones, page = with_database(channel_dir, url), "/web-hd/district/604.html"
    running.stop()
    process = start(channel_dir, state, command="work")
    log = state / "out.log"
    try:
        wait_for(lambda: "the database does not answer" in log.read_text())
        running.start()
        wait_for(lambda: Store.open(state / "store").current_id() != "", 90)
        with served(state) as (port, _):
            wait_for(lambda: get(port, page).status == 200, 60)
            running.stop()
            phones.write_text("id,名称,号码,时间,类别,说明\nq01,久别重逢,110,24/7,紧急,无\n", encoding="utf-8")
            until = time.monotonic() + 4
            while time.monotonic() < until:
                assert get(port, page).status == 200
                time.sleep(0.05)
            assert process.poll() is None and "久别重逢" not in get(port, page).body.decode()
            running.start()
            wait_for(lambda: "久别重逢" in get(port, page).body.decode(), 60)
            assert process.poll() is None
    finally:
        process.terminate()
        process.wait(60)
        running.stop()
        running.start()
    assert not processes_of(str(state))
