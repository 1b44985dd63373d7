"""A backup holds what the desk keeps: restored into an empty folder it has its people, texts, versions and record."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from postgres_server import server
from store_help import opened, publish
from view_inputs import at

from broadcaster.commands.restore import restored
from broadcaster.desk import audit, backup, logins, people
from broadcaster.desk.notice import Notice
from broadcaster.desk.people import Person
from broadcaster.desk.tables import MIGRATIONS, VERSION, SessionRow, open_database
from broadcaster.desk.texts import Texts
from feeds import migrations, pictures
from feeds.base.errors import PersonError, TrustError
from feeds.database import Writing

NOW = at("2026-11-27T10:00")
ANN, BEN = Person(name="ann", role="editor"), Person(name="ben", role="approver")
NOTICE = Notice(title="停水", text="周五晚上停水。", page="115", begins=NOW, ends=NOW + timedelta(days=3))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Where a desk is, and an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/one.sqlite", f"sqlite:///{tmp_path}/two/archive.sqlite"
        return
    with server() as running:
        engine = sa.create_engine(running.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("create database second")
        engine.dispose()
        yield running.url, running.url.rpartition("/")[0] + "/second"


def filled(url: str) -> sa.Engine:
    """A desk on which something has happened."""
    engine = open_database(url)
    for person in (ANN, BEN):
        people.add(engine, person.name, person.role, "three blue herons", NOW)
    people.add(engine, "root", "administrator", "three blue herons", NOW)
    logins.log_in(engine, "ann", "three blue herons", "127.0.0.1", NOW)
    texts = Texts(engine)
    for number in range(1, 7):
        made = texts.create(ANN, msgspec.structs.replace(NOTICE, title=f"停水 {number}"), NOW)
        texts.save(ANN, made.id, 1, msgspec.structs.replace(NOTICE, title=f"停电 {number}"), NOW)
        texts.submit(ANN, made.id, 2, NOW)
    texts.approve(BEN, 1, 2, NOW)
    people.end(engine, "ann", NOW)
    with Writing(engine) as connection:
        pictures.keep(connection, pictures.Kept(key="0" * 32, w=4, h=3, data=b"a picture"), "ann", NOW)
    return engine


def backed_up(engine: sa.Engine, folder: Path) -> Path:
    """A backup of a store and of that desk."""
    store = opened(folder / "store")
    publish(store, {("mh0001", "201"): "good"})
    kept = folder / "kept"
    kept.mkdir()
    backup.keep(engine, kept)
    store.backup(folder / "backup.tar", kept)
    return folder / "backup.tar"


def rows(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Everything that a backup keeps."""
    with engine.connect() as connection:
        return {
            table.name: list(map(tuple, connection.execute(sa.select(table).order_by(*table.primary_key.columns))))
            for table in backup.kept_tables()
        }


def test_a_restored_desk_is_the_same_and_goes_on(urls: tuple[str, str], tmp_path: Path) -> None:
    first = filled(urls[0])
    file = backed_up(first, tmp_path)
    second = open_database(urls[1])
    said = restored(second, file, tmp_path / "fresh" / "store")
    assert "6 texts and 3 people" in said[1] and said[0].endswith("is on air again")
    assert rows(second) == rows(first) and audit.verify(second) is None
    with second.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(SessionRow.__table__)).scalar() == 0
    texts = Texts(second)
    assert [(ident, number) for ident, number, _ in texts.approved(NOW)] == [(1, 2)]
    assert texts.create(BEN, NOTICE, NOW).id == 7, "numbers go on where they were"
    assert audit.verify(second) is None
    with pytest.raises(PersonError):
        logins.log_in(second, "ann", "three blue herons", "127.0.0.1", NOW)
    logins.log_in(second, "ben", "three blue herons", "127.0.0.1", NOW)
    first.dispose()
    second.dispose()


def test_a_desk_that_is_there_stays(tmp_path: Path) -> None:
    """The store alone was lost; the database lives on."""
    engine = filled(f"sqlite:///{tmp_path}/one.sqlite")
    file = backed_up(engine, tmp_path)
    Texts(engine).save(BEN, 1, 2, NOTICE, NOW)
    before = rows(engine)
    assert "stays as it is" in restored(engine, file, tmp_path / "fresh")[1] and rows(engine) == before
    engine.dispose()


def test_a_backup_of_an_older_desk_is_brought_forward(tmp_path: Path) -> None:
    first = filled(f"sqlite:///{tmp_path}/one.sqlite")
    wanted = rows(first)["desk_revisions"]
    with first.connect().execution_options(write=True) as connection, connection.begin():
        migrations.move(connection, MIGRATIONS, VERSION, "0002")
        old = {
            name: [dict(row._mapping) for row in connection.execute(sa.text(f"select * from {name}"))]
            for name in ("desk_people", "desk_texts", "desk_revisions", "desk_audit")
        }
    kept = tmp_path / "kept"
    kept.mkdir()
    for name, found in old.items():
        packed = msgspec.msgpack.encode([name, list(found[0]), [list(row.values()) for row in found]])
        (kept / f"{name}.000000").write_bytes(backup.zstandard.compress(packed))
    head = backup.Head(version="0002", rows={name: len(found) for name, found in old.items()})
    (kept / "desk.json").write_bytes(msgspec.json.encode(head))
    second = open_database(f"sqlite:///{tmp_path}/two.sqlite")
    with second.connect().execution_options(write=True) as connection, connection.begin():
        assert backup.load(connection, kept) == head
    assert rows(second)["desk_revisions"] == wanted and "停电 1" in str(rows(second)["desk_texts"])
    first.dispose()
    second.dispose()


@pytest.mark.parametrize("harm", ["a deed was changed", "rows are missing", "bytes flipped", "newer", "no store"])
def test_what_is_damaged_leaves_nothing(tmp_path: Path, harm: str) -> None:
    """Neither a desk nor a store: both or none."""
    first = filled(f"sqlite:///{tmp_path}/one.sqlite")
    if harm == "a deed was changed":
        with first.begin() as connection:
            connection.execute(sa.text("update desk_audit set who = 'eve' where did = 'approved'"))
    file = backed_up(first, tmp_path)
    if harm != "a deed was changed":
        with tarfile.open(file) as archive:
            members = {info.name: _read(archive, info) for info in archive if info.isfile()}
        if harm == "rows are missing":
            del members["beside/desk_texts.000000"]
        elif harm == "bytes flipped":
            members["beside/desk_texts.000000"] = members["beside/desk_texts.000000"][:-9] + b"123456789"
        elif harm == "newer":
            members["beside/desk.json"] = members["beside/desk.json"].replace(b'"000', b'"900')
        else:
            members = {name: body for name, body in members.items() if not name.startswith("packs/")}
        with tarfile.open(file, "w") as archive:
            for name, body in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(body)
                archive.addfile(info, io.BytesIO(body))
    second = open_database(f"sqlite:///{tmp_path}/two.sqlite")
    with pytest.raises(TrustError):
        restored(second, file, tmp_path / "fresh")
    assert not backup.is_there(second) and not (tmp_path / "fresh").exists()
    assert Texts(second).create(ANN, NOTICE, NOW).id == 1, "it is a sound empty desk"
    first.dispose()
    second.dispose()


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    found = archive.extractfile(info)
    assert found is not None
    return found.read()
