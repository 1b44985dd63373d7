"""``channel new source``, ``page``, ``layout`` and ``profile`` add to a channel, or change nothing at all."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from broadcaster.cli import main
from tests.conftest import EXAMPLE

pytestmark = pytest.mark.slow

LIBRARIES = """\
name,address,phone,hours,lon,lat
Galveias,Campo Pequeno,218 173 090,Tu-Sa 10:00-19:00,-9.1449,38.7415
Marvila,Rua António Gedeão,218 173 000,Mo-Sa 10:00-18:00,-9.1126,38.7438
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new channel, stood in, with a CSV and a news feed in its folder."""
    city = ["--name", "Lisboa TV", "--language", "en", "--timezone", "Europe/Lisbon"]
    (tmp_path / "e.csv").write_text("name,lon,lat\nTelheiras,-9.166,38.759\n", encoding="utf-8")
    shutil.copy(EXAMPLE / "records" / "district-news.xml", tmp_path / "n.xml")
    given = ["--estates", str(tmp_path / "e.csv"), "--news", str(tmp_path / "n.xml")]
    assert main(["new", "channel", str(tmp_path / "lisboa"), *city, *given]) == 0
    monkeypatch.chdir(tmp_path / "lisboa")
    Path("libraries.csv").write_text(LIBRARIES, encoding="utf-8")
    return tmp_path / "lisboa"


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and "var" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_csv_on_disk_becomes_a_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Source and page follow from what the rows are, and what stood in the files stands there still."""
    own = b"# mine\r\n" + (folder / "sources.toml").read_bytes().replace(b"\n", b"\r\n").rstrip()
    (folder / "sources.toml").write_bytes(own)
    before = files(folder)
    assert main(["new", "source", "libraries", "file:libraries.csv", "--publisher", "CM Lisboa"]) == 0
    assert "source libraries: table, 2 place records" in capsys.readouterr().out
    added = (folder / "sources.toml").read_bytes()
    assert added.startswith(own) and b"\n" not in added.replace(b"\r\n", b"")
    assert main(["new", "page", "340", "--title", "Libraries", "--source", "libraries"]) == 0
    assert (folder / "lineup.toml").read_bytes().startswith(before["lineup.toml"])
    page = tomllib.loads((folder / "lineup.toml").read_text(encoding="utf-8"))["page"]["340"]
    assert (page["view"], page["layout"], page["scope"]) == ("nearest", "nearest", "estate")
    assert page["sources"] == {"places": "libraries"} and page["parent"] == "100"
    assert main(["gather", "libraries"]) == 0
    assert main(["check"]) == 0
    assert main(["show", "340", "--estate", "telheiras", "--out", str(folder.parent / "out")]) == 0
    assert "Galveias" in (folder.parent / "out" / "340.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["source", "No Id", "file:libraries.csv"], "NAME: found 'No Id', expected an id"),
        (["source", "news", "file:libraries.csv"], "NAME: found 'news', which sources.toml has already"),
        (["source", "one", "file:none.csv"], "No such file or directory"),
        (["source", "one", "/etc/hostname"], "URL: found '/etc/hostname', expected http(s)://… or a file in"),
        (["source", "one", "file:libraries.csv", "--every", "often"], "found 'often', expected a duration"),
        (["source", "one", "file:libraries.csv", "--every", "9999999999d"], "expected a duration of at most 9999d"),
        (["page", "34", "--title", "A"], "NUMBER: found '34', expected three digits"),
        (["page", "100", "--title", "A"], "NUMBER: found 100, which is 'Home' already"),
        (["page", "340", "--title", "A", "--view", "latset"], "--view: found 'latset', expected one of: air"),
        (["page", "340", "--title", "A", "--layout", "lits"], "did you mean `list`?"),
        (["page", "340", "--title", "A", "--source", "nwes"], "--source: found 'nwes', expected a source"),
        (["page", "340", "--title", "A"], "--view: found nothing, expected one of: air"),
        (["page", "340", "--title", "A" * 99, "--source", "news"], "lineup.toml:"),
        (["page", "340", "--title", "A", "--source", "news", "--icon", "hous"], "icon: found 'hous', expected an icon"),
        (["page", "340", "--title", "A", "--source", "news", "--category", "news"], "found no menu, key or link"),
        (["page", "340", "--title", "A\udcff"], "which is not UTF-8, expected text"),
        (["layout", "menu"], "NAME: found 'menu', a layout that comes with the channel"),
        (["layout", "_x"], "NAME: found '_x', expected a layout's name"),
        (["profile", "x", "--extends", "coship"], "--extends: found 'coship', expected one of: android-hd"),
        (["profile", "x", "--extends", "coship-hd"], "--key: found nothing, expected at least one code"),
        (["profile", "x", "--extends", "coship-hd", "--key", "bakc=1"], "--key: found 'bakc=1', expected ACTION=CODE"),
        (["profile", "x", "--extends", "coship-hd", "--key", "back=38"], "code 38 means both up and back"),
        (["profile", "web-hd", "--extends", "coship-hd", "--key", "back=1"], "a family of boxes already"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Exit code 2, and every file as it was, byte for byte."""
    before = files(folder)
    assert main(["new", *words]) == 2
    assert said in capsys.readouterr().err
    assert files(folder) == before and not (folder / "profiles").exists()


def test_what_was_wrong_before_keeps_nobody_from_adding(folder: Path) -> None:
    """Only what is new is held against what is added."""
    with (folder / "estates.csv").open("a", encoding="utf-8") as file:
        file.write("Bad Id,x,y,1,2,\n")
    assert main(["new", "source", "libraries", "file:libraries.csv"]) == 0
    assert main(["check"]) == 2


def test_a_layout_is_a_template_to_go_on_with(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It paints on every canvas once channel.toml names the folder, which is said and not done."""
    before = (folder / "channel.toml").read_bytes()
    assert main(["new", "layout", "wall"]) == 0
    assert 'layouts = "layouts"' in capsys.readouterr().out and (folder / "channel.toml").read_bytes() == before
    (folder / "channel.toml").write_bytes(b'layouts = "layouts"\n' + before)
    lineup = folder / "lineup.toml"
    lineup.write_text(
        lineup.read_text(encoding="utf-8").replace('layout = "list"', 'layout = "wall"'), encoding="utf-8"
    )
    assert main(["gather", "news"]) == 0
    for profile in ("web-hd", "bitmap-sd", "ipanel-sd", "bitmap-hd-large"):
        capsys.readouterr()
        assert main(["show", "110", "--profile", profile, "--out", str(folder.parent / profile)]) == 0
        assert "fault" not in capsys.readouterr().err
    assert main(["new", "layout", "wall"]) == 2


def test_a_profile_is_a_family_of_the_channels_own(folder: Path) -> None:
    """It differs in what was said, is asked before the one that it is like, and shows a page."""
    assert main(["new", "profile", "modelx", "--extends", "coship-hd", "--key", "back=4711", "--agent", "ModelX"]) == 0
    table = tomllib.loads((folder / "profiles" / "modelx.toml").read_text(encoding="utf-8"))
    assert table["keys"] == {"back": [4711]} and table["fallback"] == "coship-hd" and table["order"] < 50
    assert main(["check"]) == 0
    assert main(["show", "100", "--profile", "modelx", "--out", str(folder.parent / "out")]) == 0


def test_the_example_is_not_added_to_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no channel is and none is named, nothing is added to."""
    monkeypatch.chdir(tmp_path)
    before = (EXAMPLE / "lineup.toml").read_bytes()
    assert main(["new", "page", "199", "--title", "A", "--view", "latest"]) == 2
    assert "found no channel.toml" in capsys.readouterr().err
    assert main(["--channel", str(tmp_path), "new", "layout", "wall"]) == 2
    assert (EXAMPLE / "lineup.toml").read_bytes() == before
