"""A notice with a picture, end to end: taken, said in words, seen, approved, on every family of boxes, and gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pytest
from desk_help import NOW, PAGE, Desk
from picture_files import photograph, scene, written
from PIL import Image
from sqlalchemy import select

from broadcaster.painters.painter import Studio
from broadcaster.tools.showing import painted_page
from channel.batch.jobs import SaidPage
from channel.build.builder import Builder
from channel.paint.output import Asset
from channel.painting import choose
from channel.profiles.profile import Image as ImageOf
from channel.release import Store
from channel.release.objects import BOOK, MAP
from channel.render import Renderer
from feeds import pictures
from feeds.archive import Archive
from feeds.base.errors import NotFound
from feeds.database import Writing, connect
from feeds.tables import PictureRow

pytestmark = pytest.mark.slow

ALT = "街道上的临时供水车"
FORM = {
    "title": "周末停水", "text": "周五晚上到周日停水。\n请提前接水。", "page": PAGE, "alt": ALT,
    "facts": "电话：021-5550 0112\n地点：莘庄镇莘松路\n时间：早八点到晚八点",
    "begins": "2026-11-27T10:00", "ends": "2026-11-30T00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.archive.close()


@pytest.fixture(scope="module")
def shown(desk: Desk) -> tuple[str, str]:
    """Number and picture of a notice that is on air."""
    ann, ben = desk.person("ann"), desk.person("ben")
    key = ann.upload(written(scene()))
    _, where = ann.post("/notice/new", **FORM, picture=key, base="0", do="ask")
    ident = where.rpartition("/")[2]
    assert ben.post(f"/notice/{ident}", base="1", do="approve")[0] == 303
    desk.build()
    return ident, key


def _assets(desk: Desk, ident: str, profile: str) -> tuple[bytes, dict[str, Asset]]:
    release = desk.store.current()
    assert release is not None
    made = choose(Renderer(desk.channel), release, PAGE, "district", profile, f"desk{ident}")
    assert made.shown == "content", made.findings
    return made.rendered.documents[0].body, dict(made.rendered.assets)


def test_a_picture_asks_for_words(desk: Desk) -> None:
    ann = desk.person("ann")
    key = ann.upload(written(scene()))
    status, page = ann.post("/notice/new", **{**FORM, "alt": "  "}, picture=key, base="0", do="ask")
    assert status == 400 and f'value="{key}"' in page, "and the form still has it"
    status, told = ann.post("/drafted", **{**FORM, "alt": ""}, picture=key)
    assert "data:image/png" in told, "while one is still typing the television shows it all the same"


def test_without_a_script_the_form_itself_brings_it(desk: Desk) -> None:
    ann = desk.person("ann")
    file = (BytesIO(photograph()), "../../../etc/passwd")
    answer = ann.client.post("/desk/notice/new", data={"form": ann.form, **FORM, "base": "0", "file": file})
    assert answer.status_code == 303
    page = ann.client.get(answer.headers["Location"]).text
    assert "passwd" not in page and _chosen(page)
    kept = ann.client.get(f"/desk/picture/{_chosen(page)}")
    assert kept.content_type == "image/jpeg" and b"secret words" not in kept.data
    answer = ann.client.post("/desk/notice/new", data={"form": ann.form, **FORM, "file": (BytesIO(b"<svg/>"), "a.jpg")})
    assert answer.status_code == 400 and "周末停水" in answer.text


def _chosen(page: str) -> str:
    found = re.search(r'name="picture" value="([0-9a-f]{32})"', page)
    return found[1] if found else ""


def test_only_what_was_taken_can_be_named(desk: Desk) -> None:
    ann = desk.person("ann")
    for key in ("0" * 32, "../secret", "a" * 40):
        assert ann.post("/notice/new", **FORM, picture=key, base="0")[0] == 400
        assert ann.client.get(f"/desk/picture/{key}").status_code == 404
    assert "eve" in desk.person("eve").upload(written(scene())), "nor by whoever may not write"


@pytest.mark.parametrize("profile", ["web-hd", "web-hd-large", "enrich-hd", "hbbtv", "ipanel-sd"])
def test_a_browser_shows_it_in_its_size_and_says_it(desk: Desk, shown: tuple[str, str], profile: str) -> None:
    body, assets = _assets(desk, shown[0], profile)
    found = re.search(rb'src="[^"]*/([0-9a-f]{57}-1-\d+\.jpg)" width="(\d+)" height="(\d+)" alt="([^"]+)"', body)
    charset = re.search(rb"charset=([\w-]+)", body)
    assert found and charset and found[4].decode(charset[1].decode()) == ALT
    picture = assets[found[1].decode()]
    with Image.open(BytesIO(picture.body)) as made:
        assert made.size == (int(found[2]), int(found[3]))
        low, high = made.convert("L").getextrema()
        assert low >= 10 and high <= 245, "what a set can show"
    assert len(picture.body) < 60_000


def test_boxes_that_know_no_jpeg_get_another_file(desk: Desk, shown: tuple[str, str]) -> None:
    """And share nothing with those that do, though their pages are alike otherwise."""
    release = desk.store.current()
    assert release is not None
    renderer = Renderer(desk.channel)
    old = msgspec.structs.replace(renderer.profiles["web-hd"], id="old-hd", image=ImageOf(formats=("png", "gif")))
    renderer.profiles = {**renderer.profiles, "old-hd": old}
    jpeg, png = ("jpg", b"\xff\xd8"), ("png", b"\x89PNG")
    for profile, (ext, head) in (("web-hd", jpeg), ("old-hd", png), ("web-hd", jpeg)):
        made = choose(renderer, release, PAGE, "district", profile, f"desk{shown[0]}")
        assert made.shown == "content", made.findings
        # Icons and the code that leads to the phone are pictures too, and smaller.
        name, picture = max(made.rendered.assets.items(), key=lambda one: len(one[1].body))
        assert name.endswith(f".{ext}") and picture.body.startswith(head)


@pytest.mark.parametrize("profile", ["bitmap-hd", "bitmap-hd-large", "bitmap-sd"])
def test_a_bitmap_holds_it_in_its_palette(desk: Desk, shown: tuple[str, str], profile: str) -> None:
    _, assets = _assets(desk, shown[0], profile)
    whole = next(asset for name, asset in assets.items() if name.endswith("-1-0.png"))
    with Image.open(BytesIO(whole.body)) as made:
        assert made.mode == "P"
        pixels = made.convert("RGB")
        right = pixels.crop((pixels.width * 5 // 8, 0, pixels.width, pixels.height))
        r, g, b = np.asarray(right).transpose(2, 0, 1)
        assert ((r > 150) & (g < 70) & (b < 70)).sum() > 500, "the red corner of the scene"
    assert len(whole.body) < 260_000


def test_the_list_and_what_has_no_picture_are_painted_as_before(desk: Desk, shown: tuple[str, str]) -> None:
    release = desk.store.current()
    assert release is not None
    made = choose(Renderer(desk.channel), release, PAGE, "mh0001", "web-hd")
    assert not any(name.endswith(".jpg") for name in made.rendered.assets)


def test_the_release_holds_it_without_the_desks_database(desk: Desk, shown: tuple[str, str]) -> None:
    """What painters, jobs for other machines and origins that follow have is the release alone."""
    release = desk.store.current()
    assert release is not None
    data = desk.archive.picture(shown[1])
    assert release.picture(PAGE, shown[1]) == data
    page = release.map(PAGE)
    map_ = desk.store.object(MAP, bytes.fromhex(release.root.map_of(PAGE) or ""))
    carried = SaidPage(PAGE, map_, [desk.store.object(BOOK, key) for key in page.books])
    assert carried.picture(PAGE, shown[1]) == data


def test_it_travels_to_an_origin_that_follows(desk: Desk, shown: tuple[str, str], tmp_path: Path) -> None:
    release = desk.store.current()
    assert release is not None
    there = Store.open(tmp_path / "store", clock=desk.clock)
    there.adopt(release.root, desk.store.parcel(release.root))
    followed = there.current()
    assert followed is not None and followed.picture(PAGE, shown[1]) == desk.archive.picture(shown[1])
    there.prune(1, desk.clock.now() + timedelta(days=3))
    assert followed.picture(PAGE, shown[1]) and not there.check()


def test_its_name_alone_leads_to_it(desk: Desk, shown: tuple[str, str], tmp_path: Path) -> None:
    """An origin that never saw the document paints the picture from what the release says."""
    from channel.paint.pictures import PictureOf, named

    _, assets = _assets(desk, shown[0], "web-hd")
    name = next(name for name in assets if name.endswith(".jpg"))
    of = named(name)
    assert isinstance(of, PictureOf)
    assert Studio(desk.channel.state, tmp_path)._pictures_of(of)[name].body == assets[name].body


def test_a_page_that_changes_does_not_write_it_again(desk: Desk, shown: tuple[str, str]) -> None:
    release = desk.store.current()
    assert release is not None
    before = release.map(PAGE)
    ann, ben = desk.person("ann"), desk.person("ben")
    _, where = ann.post("/notice/new", **{**FORM, "title": "另一条"}, base="0", do="ask")
    ben.post(f"/notice/{where.rpartition('/')[2]}", base="1", do="approve")
    desk.build()
    after = desk.store.current()
    assert after is not None and after.id != release.id
    key = bytes.fromhex(shown[1])
    page = after.map(PAGE)
    assert page.books[page.where[key]] == before.books[before.where[key]]


def test_a_picture_that_is_lost_costs_no_words(desk: Desk, shown: tuple[str, str], tmp_path: Path) -> None:
    class Without(Archive):
        def picture(self, key: str) -> bytes:
            raise NotFound(f"picture: found {key!r}, which is not there")

    archive = Without.open(desk.channel.archive_url)
    store = Store.open(tmp_path / "store", clock=desk.clock)
    report = Builder(desk.channel, archive, store, clock=desk.clock).build(NOW, only={PAGE})
    assert any("picture" in fault.sentence for fault in report.faults)
    release = store.current()
    assert release is not None
    assert getattr(release.item(PAGE, f"desk{shown[0]}").body, "picture", "none") is None
    archive.close()


def test_the_versions_keep_theirs(desk: Desk, shown: tuple[str, str]) -> None:
    ann = desk.person("ann")
    _, where = ann.post("/notice/new", **FORM, picture=shown[1], base="0")
    ident = where.rpartition("/")[2]
    other = ann.upload(written(scene(640, 480)))
    assert ann.post(f"/notice/{ident}", **FORM, picture=other, base="1", do="save")[0] == 303
    assert ann.post(f"/notice/{ident}", **FORM, picture=other, unpicture="1", base="2", do="save")[0] == 303
    page = ann.client.get(f"/desk/notice/{ident}").text
    assert f"/picture/{shown[1]}" in page and f"/picture/{other}" in page and not _chosen(page)


def test_pictures_that_no_text_names_are_forgotten(desk: Desk, shown: tuple[str, str]) -> None:
    ann = desk.person("ann")
    unused = ann.upload(written(scene(500, 400)))
    desk.clock.moment = NOW + timedelta(days=8)
    again = desk.person("ann")
    again.upload(written(scene(600, 400)))
    assert again.client.get(f"/desk/picture/{unused}").status_code == 404
    assert again.client.get(f"/desk/picture/{shown[1]}").status_code == 200
    desk.clock.moment = NOW


def test_those_that_wait_for_a_text_are_not_many(desk: Desk, shown: tuple[str, str]) -> None:
    """Whoever uploads without end pushes out what he uploaded, and nothing that a text names."""
    engine = connect(desk.channel.archive_url)
    with Writing(engine) as connection:
        for number in range(pictures.MOST_UNUSED + 20):
            one = pictures.Kept(key=f"{number:032x}", w=1, h=1, data=b"")
            pictures.keep(connection, one, "ann", NOW + timedelta(seconds=number))
        rows = connection.execute(select(PictureRow.key).where(PictureRow.named == 0)).scalars().all()
        assert len(rows) == pictures.MOST_UNUSED and f"{pictures.MOST_UNUSED + 19:032x}" in rows
        assert pictures.find(connection, shown[1]).data
    engine.dispose()


def test_what_was_shown_can_be_painted_again(desk: Desk, shown: tuple[str, str]) -> None:
    from broadcaster.tools.witness import witness

    air = desk.store.asrun("mh0001", desk.clock.now())
    assert air is not None
    made = witness(desk.channel, air, PAGE, "web-hd")
    assert made.proved and any(name.endswith(".jpg") for name in made.rendered.assets)


def test_taken_down_it_is_gone_everywhere(desk: Desk, shown: tuple[str, str]) -> None:
    before = desk.store.current_id()
    desk.store.take_down(f"{PAGE}.desk{shown[0]}")
    release = desk.store.current()
    assert release is not None and f"desk{shown[0]}" not in desk.items()
    desk.store.rollback(before)
    desk.store.resume()
    assert f"desk{shown[0]}" not in desk.items(), "and stays so"
    desk.store.put_back(f"{PAGE}.desk{shown[0]}")
    assert f"desk{shown[0]}" in desk.items()
    parts = painted_page(desk.channel, desk.store.current(), PAGE, "district", "web-hd")  # type: ignore[arg-type]
    assert any(name.endswith(".jpg") for name in parts.assets)
