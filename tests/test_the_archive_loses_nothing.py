"""Snapshots survive kills, processes and time; the past can be asked for."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from feeding import NOW
from snapshots import snapshot

from feeds import migrations
from feeds.archive import Archive, pack, unpack
from feeds.source import records_digest

pytestmark = pytest.mark.slow


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/archive.db"


def test_what_is_saved_comes_back_in_another_process(url: str) -> None:
    """Records, problems and moments are the same after closing."""
    first = Archive.open(url)
    first.save(snapshot(1))
    first.close()
    again = Archive.open(url)
    assert again.latest("one") == snapshot(1)
    assert again.latest("two") is None
    assert again.state("two").last_attempt is None
    again.close()


def test_the_past_is_seen_as_it_was(url: str) -> None:
    """At a moment only what had been observed counts, and nothing was checked later than that moment."""
    archive = Archive.open(url)
    for n in range(4):
        archive.save(snapshot(n, NOW + timedelta(hours=n)))
    archive.confirm("one", NOW + timedelta(hours=9))
    assert archive.latest("one", NOW - timedelta(seconds=1)) is None
    seen = archive.latest("one", NOW + timedelta(hours=1, minutes=30))
    assert seen is not None and seen.digest == snapshot(1).digest
    now = archive.latest("one", NOW + timedelta(hours=5))
    assert now is not None and (now.digest, now.checked) == (snapshot(3).digest, NOW + timedelta(hours=5))
    assert [past.observed for past in archive.history("one", 2)] == [NOW + timedelta(hours=3), NOW + timedelta(hours=2)]
    assert archive.snapshot(archive.history("one")[-1].id) == snapshot(0)
    archive.close()


def test_only_the_last_snapshots_are_kept(url: str) -> None:
    """The archive does not grow for ever, and a quiet source loses nothing to a busy one."""
    archive = Archive.open(url, keep=5)
    archive.save(snapshot(99, source="quiet"))
    for n in range(20):
        archive.save(snapshot(n, NOW + timedelta(hours=n)))
    assert len(archive.history("one", 100)) == 5
    archive.keep(2)
    assert len(archive.history("one", 100)) == 2
    assert archive.latest("quiet") is not None
    archive.close()


def test_many_sources_are_read_at_once(url: str) -> None:
    """Each source's newest, and only those asked for."""
    archive = Archive.open(url)
    for n in range(20):
        archive.save(snapshot(n, source=f"s{n}"))
        archive.save(snapshot(100 + n, NOW + timedelta(hours=1), source=f"s{n}"))
    found = archive.latest_all([f"s{n}" for n in range(5)] + ["nobody"])
    assert {name: s.records[0].name for name, s in found.items()} == {f"s{n}": f"第{100 + n}版" for n in range(5)}  # type: ignore[union-attr]
    assert archive.latest_all([]) == {}
    archive.close()


def test_threads_share_an_archive(url: str) -> None:
    """Many gatherings at once all succeed."""
    archive = Archive.open(url)
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            for n in range(5):
                archive.save(snapshot(n, NOW + timedelta(minutes=n), source=f"s{number}"))
                archive.failed(f"s{number}", NOW, "x")
                assert archive.latest(f"s{number}") is not None
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(archive.states()) == 16
    archive.close()


def test_a_start_on_a_known_schema_is_quick_and_needs_no_alembic(url: str) -> None:
    """Opening costs a question, not a migration tool."""
    Archive.open(url).close()
    code = (
        f"import sys; from feeds.archive import Archive; Archive.open({url!r}).close(); print('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_two_first_starts_at_once_agree(url: str) -> None:
    """Whoever comes second finds the tables made."""
    code = f"from feeds.archive import Archive; Archive.open({url!r}).close()"
    both = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0)] * 3


def test_a_first_start_waits_for_another_ones_lock(tmp_path: Path) -> None:
    """While somebody writes a file whose log is not written ahead yet, opening it takes a moment and no error."""
    file = tmp_path / "archive.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("create table x (y)")
    other.execute("BEGIN IMMEDIATE")
    other.execute("insert into x values (1)")
    threading.Timer(0.5, lambda: other.execute("COMMIT")).start()
    archive = Archive.open(f"sqlite:///{file}")
    assert archive.save(snapshot(1))
    archive.close()
    other.close()


def test_the_tables_are_what_the_migrations_make(url: str) -> None:
    """No column is in the code alone or in the migrations alone, and the newest file is Alembic's head."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine

    from feeds.tables import Base

    Archive.open(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
    assert ScriptDirectory(str(migrations.FOLDER)).get_current_head() == migrations.head()


WRITER = """
import sys
from datetime import timedelta
sys.path.insert(0, {tests!r})
from snapshots import snapshot
from feeding import NOW
from feeds.archive import Archive
archive = Archive.open({url!r}, keep=3)
for n in range(1, 100000):
    archive.save(snapshot(n, NOW + timedelta(minutes=n), count=2000))
    print(n, flush=True)
"""


def test_a_killed_writer_loses_no_earlier_snapshot(url: str) -> None:
    """Whatever was reported as saved is there after kill -9, whole, and the next process writes on."""
    Archive.open(url).close()
    for patience in (1, 4, 9):
        code = WRITER.format(tests=str(Path(__file__).parent), url=url)
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = 0
            for line in process.stdout:
                told = int(line)
                if told >= patience:
                    os.kill(process.pid, signal.SIGKILL)
                    break
            told = max([told, *(int(line) for line in process.stdout if line.strip().isdigit())])
        archive = Archive.open(url)
        found = archive.latest("one")
        assert found is not None
        number = int(found.records[0].name[1:-1])  # type: ignore[union-attr]
        assert number >= told
        assert found.digest == snapshot(number, count=2000).digest == records_digest(found.records)
        archive.save(snapshot(0, NOW))
        archive.close()


def test_a_fault_at_any_write_loses_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in any statement of a save takes the whole save back and nothing else."""
    from sqlalchemy import event

    archive = Archive.open(url, keep=1)
    archive.save(snapshot(1))
    engine = archive._engine
    for at in range(1, 12):
        count = 0

        def fail(*args: object) -> None:
            nonlocal count
            count += 1
            if count == at:  # noqa: B023 - used within this turn of the loop
                raise OSError("disk full")

        event.listen(engine, "before_cursor_execute", fail)
        try:
            archive.save(snapshot(2, NOW + timedelta(hours=1)))
        except OSError:
            failed = True
        else:
            failed = False
        event.remove(engine, "before_cursor_execute", fail)
        found = archive.latest("one")
        assert found == (snapshot(1) if failed else snapshot(2, NOW + timedelta(hours=1)))
        if not failed:
            break
    assert at > 4
    archive.close()


def test_payloads_are_packed() -> None:
    """Packing gives back what went in, in far fewer bytes."""
    one = snapshot(1, count=500)
    assert unpack(pack(one.records, one.problems)) == (one.records, one.problems)
    assert len(pack(one.records, one.problems)) < 6_000
