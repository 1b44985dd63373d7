"""A picture goes the whole way: into a release, by painters that have the store alone, to boxes and plain files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from painted_site import Site
from picture_files import scene, written
from said_store import MOMENT
from small_origin import get

from broadcaster.bundle.static_site import publish_static
from broadcaster.desk.picture import normal
from channel.build.builder import Builder
from channel.keys import key_of
from feeds.archive import Archive
from feeds.base.errors import NotFound
from feeds.database import Writing, connect
from feeds.pictures import Kept, keep
from feeds.records import Article, Picture
from feeds.source import Snapshot, records_digest

pytestmark = pytest.mark.slow
ITEM = "i/115.desk1"
ALT = "供水车停在门口"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"), ("web-hd", "ipanel-hd", "bitmap-hd"))
    taken = normal(written(scene()))
    key = key_of(taken.data).hex()
    engine = connect(made.channel.archive_url)
    with Writing(engine) as connection:
        keep(connection, Kept(key=key, w=taken.w, h=taken.h, data=taken.data), "ann", MOMENT)
    engine.dispose()
    told = Article(id="desk1", title="周末停水", body="请提前接水。", published=MOMENT, picture=Picture(
        key=key, w=taken.w, h=taken.h, alt=ALT
    ))  # fmt: skip
    said = Snapshot(
        source="desk", observed=MOMENT, checked=MOMENT, digest=records_digest((told,)), records=(told,)
    )
    made.archive.save(said)
    Builder(made.channel, made.archive, made.store).build(MOMENT)
    yield made
    made.archive.close()


def test_painters_need_the_store_alone(site: Site, tmp_path: Path) -> None:
    """And whoever has only the picture's address gets it from them, after everything painted is lost."""
    state = site.copied(tmp_path)
    with site.served(state) as origin:
        page = origin.look(f"/web-hd/district/{ITEM}.html")
        found = re.search(rb'src="\.\./\.\./\.\./assets/([0-9a-f-]+\.jpg)"[^>]*alt="([^"]*)"', page.body)
        assert page.status == 200 and found and found[2].decode() == ALT
        picture = origin.look(f"/assets/{found[1].decode()}")
        assert picture.fields["content-type"] == "image/jpeg" and picture.body.startswith(b"\xff\xd8\xff")
        assert len(picture.body) < 60_000
        bitmap = origin.look(f"/bitmap-hd/district/{ITEM}.json")
        assert bitmap.status == 200 and b".png" in bitmap.body
    for file in sorted((state / "painted").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    with site.served(state) as origin:
        again = origin.look(f"/assets/{found[1].decode()}")
        assert again.body == picture.body
        assert get(origin.port, f"/assets/{'0' * 57}-1-1.jpg").status == 404


def test_plain_files_have_it_too(site: Site, tmp_path: Path) -> None:
    publish_static(site.store, site.channel, tmp_path / "out", select=["web-hd"])
    current = tmp_path / "out" / "current"
    page = (current / "web-hd" / "district" / f"{ITEM}.html").read_bytes()
    found = re.search(rb"assets/([0-9a-f-]+\.jpg)", page)
    assert found and (current / "assets" / found[1].decode()).read_bytes().startswith(b"\xff\xd8\xff")


def test_an_older_archive_gets_its_table(tmp_path: Path) -> None:
    """The table comes by a migration, and the archive is whole before and after."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    Archive.open(url).close()
    engine = connect(url)
    with Writing(engine) as connection:
        connection.exec_driver_sql("drop table pictures")
        connection.exec_driver_sql("update alembic_version set version_num = '0006'")
    engine.dispose()
    archive = Archive.open(url)
    with pytest.raises(NotFound):
        archive.picture("0" * 32)
    archive.close()
