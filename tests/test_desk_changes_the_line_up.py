"""The line-up is changed at the desk: an overlay over the files, seen before, approved by another, taken back,
exported, never silently over what the files say by now."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import EXAMPLE
from desk_help import NOW, Desk, Person, form_of
from flask import Flask

from broadcaster.cli import main
from broadcaster.letters import note_mistakes
from broadcaster.preview.blueprint import create_blueprint as create_preview
from broadcaster.renewed import Renewed
from broadcaster.station.desk_watch import DeskWatch
from channel import overlay
from channel.declared import pack_folder, unpack_folder
from channel.folder import Channel
from channel.overlay import Change, Overlay
from feeds.base.errors import StoreError

pytestmark = pytest.mark.slow

PAGE = "111"
TITLE = "区政府的新闻"


def change(text: int = 1, table: str = f"page.{PAGE}", **fields: object) -> Change:
    return Change(text=text, revision=1, table=table, fields=fields)


def opened(folder: Path, state: Path, *changes: Change) -> Channel:
    return Channel.open(folder, state, note_mistakes, Overlay(changes))


# --- over the files ---------------------------------------------------------------------------------------------------


def test_what_is_changed_is_packed_for_whoever_paints(tmp_path: Path) -> None:
    """They open files with the changes in them, and know no overlay."""
    channel = opened(EXAMPLE, tmp_path / "state", change(title=TITLE))
    plain = Channel.open(EXAMPLE, tmp_path / "state")
    assert channel.lineup.pages[PAGE].title == TITLE and channel.digest != plain.digest
    unpack_folder(pack_folder(channel), tmp_path / "there")
    there = Channel.open(tmp_path / "there")
    assert there.lineup == channel.lineup and there.digest == channel.digest


def test_comments_and_all_else_stay(tmp_path: Path) -> None:
    before = (EXAMPLE / "lineup.toml").read_text(encoding="utf-8")
    menu = change(table="page.110", **{"options.order": ["113", "111"]})
    after = overlay.applied(before, [change(title=TITLE), menu])
    gone = [line for line in before.splitlines() if line not in after.splitlines()]
    assert gone == ['title = "区政府新闻"']
    tables = overlay.tables_of(after)
    assert tables["page"]["110"]["options"]["order"] == ["113", "111"]
    assert tables["page"]["110"]["options"]["about"], "what stood beside it stays"


def test_the_newest_change_holds_and_none_takes_a_key_away(tmp_path: Path) -> None:
    channel = opened(EXAMPLE, tmp_path, change(1, title="甲"), change(2, title="乙"), change(3, label=None, red=None))
    page = channel.lineup.pages[PAGE]
    assert (page.title, page.label, page.red) == ("乙", "", None)


def test_what_does_not_fit_is_left_out_and_told(tmp_path: Path) -> None:
    """The file may have lost the page since, or another page the one that leads there."""
    bad = [change(2, parent="999"), change(3, table="page.119", title="没有的页"), change(4, nope=1)]
    channel = opened(EXAMPLE, tmp_path, change(1, title=TITLE), *bad)
    assert channel.lineup.pages[PAGE].title == TITLE and "119" not in channel.lineup.pages
    assert [misfit.change.text for misfit in channel.misfits] == [2, 3, 4]
    assert "page.111.parent" in channel.misfits[0].why and "999" in channel.misfits[0].why


@pytest.mark.parametrize(
    "content",
    [
        b'{"changes": [{"text": 1',
        b'{"changes": [{"text": 1, "revision": 1, "table": "server.x", "fields": {"port": 1}}]}',
        b'{"changes": [{"text": 1, "revision": 1, "table": "page", "fields": {}}]}',
        b'{"changes": [{"text": 1, "revision": 1, "table": "page.1", "fields": {"a": ' + b"[" * 9_000,
    ],
    ids=["cut", "another-table", "no-name", "deep"],
)
def test_a_broken_overlay_is_named_and_takes_nothing_off_air(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is made of the desk's texts, which are whole: the files hold until it is written anew."""
    (tmp_path / overlay.FILE).write_bytes(content)
    assert Channel.open(EXAMPLE, tmp_path).lineup.pages[PAGE].title == "区政府新闻"
    assert overlay.FILE in str([vars(record) for record in caplog.records])
    with pytest.raises(StoreError, match=overlay.FILE):
        overlay.read(tmp_path)
    assert overlay.write(tmp_path, Overlay((change(title=TITLE),)))
    assert Channel.open(EXAMPLE, tmp_path).lineup.pages[PAGE].title == TITLE


def test_another_word_of_the_file_is_a_conflict(tmp_path: Path) -> None:
    mine = Change(text=1, revision=1, table="page.111", fields={"title": "丙"}, base={"title": "甲"})
    said = {title: overlay.conflicts({"page": {"111": {"title": title}}}, mine) for title in "甲乙丙"}
    assert said == {"甲": (), "乙": ("title",), "丙": ()}
    assert overlay.is_needless({"page": {"111": {"title": "丙"}}}, mine)


# --- at the desk ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.archive.close()


@pytest.fixture(autouse=True)
def as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test approved is taken back."""
    yield
    if "desk" in request.fixturenames:
        own: Desk = request.getfixturevalue("desk")
        own.clock.moment, ben = NOW, own.person("ben")
        for one in overlay.read(own.channel.state).changes:
            assert ben.post(f"/lineup/{one.text}", base=str(one.revision), do="back")[0] == 303


def proposed(who: Person, page: str = PAGE, **fields: str) -> str:
    """The address of a change that waits for approval."""
    form = form_of(who, f"/lineup/new?page={page}") | fields
    status, where = who.post("/lineup/new", **form, do="ask")  # type: ignore[arg-type]
    assert status == 303, where
    return where.removeprefix("/desk")


def test_a_title_is_changed_seen_approved_and_taken_back(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    form = form_of(ann, f"/lineup/new?page={PAGE}")
    assert json.loads(ann.post("/lineup/drafted", **form)[1])["trouble"], "nothing differs yet"  # type: ignore[arg-type]
    shown = json.loads(ann.post("/lineup/drafted", **form | {"title": TITLE})[1])  # type: ignore[arg-type]
    assert all(len(one["pictures"]) >= 2 and not one["findings"] for one in shown["shown"]), "the page and its menu"
    address = proposed(ann, title=TITLE)
    assert not overlay.read(desk.channel.state).changes
    assert ann.post(address, base="1", do="approve")[0] == 400, "nobody approves their own words"
    assert ben.post(address, base="1", do="approve")[0] == 303
    (mine,) = overlay.read(desk.channel.state).changes
    assert mine.fields == {"title": TITLE} and mine.base == {"title": "区政府新闻"}
    assert Channel.open(EXAMPLE, desk.channel.state).lineup.pages[PAGE].title == TITLE
    assert TITLE in ben.client.get("/desk/lineup").text
    assert form_of(ann, address)["title"] == [TITLE], "the form begins with what the change says"
    assert ann.post(address, base="1", do="back")[0] == 303
    assert Channel.open(EXAMPLE, desk.channel.state).lineup.pages[PAGE].title == "区政府新闻"


def test_the_television_with_the_remote_follows(desk: Desk) -> None:
    """At the desk, and the one of the preview: nobody starts anything again."""
    ann, ben = desk.person("ann"), desk.person("ben")
    app = Flask("preview")
    app.register_blueprint(create_preview(desk.channel, "a token"), url_prefix="/preview")
    beside = app.test_client()
    assert beside.get("/preview/?token=a+token").status_code == 303

    def titles() -> set[str]:
        answers = (ann.client.get("/desk/television/set/pages"), beside.get("/preview/pages"))
        return {page["name"] for answer in answers for page in answer.json or () if page["id"] == PAGE}

    assert titles() == {"区政府新闻"}
    assert ben.post(proposed(ann, title=TITLE), base="1", do="approve")[0] == 303
    assert titles() == {TITLE}
    look = "20261127T100000"
    assert TITLE in beside.get(f"/preview/at/{look}/web-hd/mh0001/{PAGE}.html").text


def test_a_page_shows_no_code_for_phones(desk: Desk) -> None:
    """One tick, and taken back another."""
    ann, ben = desk.person("ann"), desk.person("ben")
    address = proposed(ann, codeless="1")
    assert ben.post(address, base="1", do="approve")[0] == 303
    (mine,) = overlay.read(desk.channel.state).changes
    assert mine.fields == {"qr": False}
    assert Channel.open(EXAMPLE, desk.channel.state).lineup.pages[PAGE].qr is False
    assert form_of(ann, address)["codeless"] == ["1"], "the form begins with what the change says"


def test_a_tile_moves_up(desk: Desk) -> None:
    ann, ben = desk.person("ann"), desk.person("ben")
    form = form_of(ann, "/lineup/new?page=110")
    order = form["option-order"]
    assert isinstance(order, list) and order == sorted(order)
    status, page = ann.post("/lineup/new", **form, do=f"up:option-order:{order[1]}")  # type: ignore[arg-type]
    assert status == 200 and not desk.person("root").client.get("/desk/").text.count("110 政策资讯"), "nothing is saved"
    moved = re.findall(r'name="option-order" value="(\d+)"', page)
    assert moved == [order[1], order[0], *order[2:]]
    address = ann.post("/lineup/new", **{**form, "option-order": moved}, do="ask")[1].removeprefix("/desk")  # type: ignore[arg-type]
    assert ben.post(address, base="1", do="approve")[0] == 303
    (mine,) = overlay.read(desk.channel.state).changes
    assert mine.fields == {"options.order": moved}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": ""}, "title"),
        ({"title": "字" * 41}, "title"),
        ({"red_label": "去", "red_to": "999"}, "red"),
        ({"red_label": "去", "red_to": ""}, "red"),
        ({"title": "\u2fff\U0001f9ff"}, "U+"),
        ({"option-limit": "many"}, "limit"),
    ],
)
def test_what_the_line_up_cannot_be_is_refused_with_every_word_kept(
    desk: Desk, fields: dict[str, str], told: str
) -> None:
    ann = desk.person("ann")
    form = form_of(ann, f"/lineup/new?page={PAGE}") | {"green_short": "街道"} | fields
    status, page = ann.post("/lineup/new", **form, do="ask")  # type: ignore[arg-type]
    assert status == 400 and told in page and 'value="街道"' in page


def test_it_begins_and_ends_by_itself(desk: Desk) -> None:
    """No browser is open, and nobody does anything."""
    ann, ben = desk.person("ann"), desk.person("ben")
    address = proposed(ann, title=TITLE, begins="2026-11-27T18:00", ends="2026-11-28T00:00", endless="")
    assert ben.post(address, base="1", do="approve")[0] == 303
    assert not overlay.read(desk.channel.state).changes
    watch = DeskWatch(desk.channel, desk.archive, desk.clock)
    watch.tend()
    for hours, count in ((8, 1), (13, 1), (14, 0)):
        desk.clock.moment = NOW + timedelta(hours=hours)
        watch._looked = 0.0
        watch.tend()
        assert len(overlay.read(desk.channel.state).changes) == count, hours


def test_a_change_of_the_file_under_it_is_shown(desk: Desk, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "folder", ignore=shutil.ignore_patterns("var", "__pycache__"))
    own = Desk(tmp_path / "own", folder)
    ann, ben = own.person("ann"), own.person("ben")
    address = proposed(ann, title=TITLE)
    assert ben.post(address, base="1", do="approve")[0] == 303
    lineup = folder / "lineup.toml"
    lineup.write_text(lineup.read_text(encoding="utf-8").replace('"区政府新闻"', '"政府新闻"'), encoding="utf-8")
    page = ann.client.get(f"/desk{address}").text
    assert "政府新闻" in page and "title" in page and 'class="trouble"' in page
    own.archive.close()


def test_who_writes_for_a_town_alone_does_not_change_the_line_up(desk: Desk) -> None:
    tom = desk.person("tom")
    form = form_of(tom, f"/lineup/new?page={PAGE}") | {"title": TITLE}
    assert tom.post("/lineup/new", **form, do="save")[0] == 400  # type: ignore[arg-type]


# --- back into the files ----------------------------------------------------------------------------------------------


def test_an_engineer_writes_it_back_into_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "folder", ignore=shutil.ignore_patterns("var", "__pycache__"))
    state = tmp_path / "state"
    state.mkdir()
    overlay.write(state, Overlay((Change(text=7, revision=1, table="page.111", fields={"title": TITLE}, base={}),)))
    where = ["--channel", str(folder), "--state", str(state)]
    assert main([*where, "lineup"]) == 0
    assert TITLE in (told := capsys.readouterr().out) and "the file has changed since" in told
    main([*where, "check"])
    assert "page.111.title" in capsys.readouterr().out
    assert main([*where, "lineup", "export"]) == 0
    printed = capsys.readouterr().out
    assert main([*where, "lineup", "export", "--write"]) == 0
    assert (folder / "lineup.toml").read_text(encoding="utf-8") == printed
    again = Channel.open(folder, state)
    assert again.lineup.pages[PAGE].title == TITLE
    assert overlay.is_needless(overlay.tables_of(printed), again.overlay.changes[0])


def test_work_takes_it_up_and_brings_it_on_air(tmp_path: Path) -> None:
    """Without being started again; what is not sound in the files meanwhile leaves the line-up as it was."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "folder", ignore=shutil.ignore_patterns("var", "__pycache__"))
    state = tmp_path / "state"
    state.mkdir()
    renewed = Renewed(Channel.open(folder, state))
    assert not renewed.look()
    lineup = folder / "lineup.toml"
    sound = lineup.read_bytes()
    lineup.write_bytes(sound + b"[page.111")
    overlay.write(state, Overlay((change(title=TITLE),)))
    assert not renewed.look() and renewed.channel.lineup.pages[PAGE].title == "区政府新闻"
    lineup.write_bytes(sound)
    renewed._again = 0.0
    assert renewed.look() and renewed.channel.lineup.pages[PAGE].title == TITLE
    assert not renewed.look()
