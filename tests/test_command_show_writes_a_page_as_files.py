"""``channel show`` writes every screen of a page under the names of its address; the same arguments, the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from broadcaster.cli import main

pytestmark = pytest.mark.slow

MOMENT = "2026-11-24T08:12"


def show(channel: Path, out: Path, *more: str, page: str = "201", state: Path | None = None) -> dict[str, str]:
    args = ["--channel", str(channel), "--state", str(state or out / "no-state"), "show", page, "--out", str(out)]
    assert main([*args, *more]) == 0
    assert state is not None or not (out / "no-state").exists()
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


@pytest.mark.parametrize("profile", ["web-hd", "ipanel-hd", "bitmap-hd"])
def test_the_same_arguments_give_the_same_bytes(channel_dir: Path, tmp_path: Path, profile: str) -> None:
    """Twice, in two folders, file by file; a moment without offset is Shanghai's."""
    args = ("--estate", "mh0001", "--profile", profile)
    first = show(channel_dir, tmp_path / "a", *args, "--moment", MOMENT)
    assert first == show(channel_dir, tmp_path / "b", *args, "--moment", MOMENT + "+08:00")
    endings = {"html", "png", "json"} if profile == "bitmap-hd" else {"html"}
    for ending in endings:
        assert f"201.{ending}" in first and f"201-2.{ending}" in first
    assert any(name.startswith("i/201.") for name in first)
    assert any(name.startswith("assets/") for name in first)


def test_pictures_maps_and_references_are_whole(channel_dir: Path, tmp_path: Path) -> None:
    """The picture is a picture, its map names it, and what a document refers to is there under its address."""
    show(channel_dir, tmp_path, "--estate", "mh0001", "--profile", "bitmap-hd", "--moment", MOMENT)
    assert (tmp_path / "201.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    map_ = json.loads((tmp_path / "201.json").read_bytes())

    def opened(reference: str) -> Path:
        # As a browser does: the reference is worked out in the address, before any link of the folder is followed.
        return Path(os.path.normpath(tmp_path / "view" / "bitmap-hd" / "mh0001" / reference))

    assert opened(map_["image"]).read_bytes() == (tmp_path / "201.png").read_bytes()
    for link in map_["links"].values():
        if "ring" in link:
            assert opened(link["ring"]["src"]).is_file()


def test_estates_differ_and_moments_differ(channel_dir: Path, tmp_path: Path) -> None:
    """An estate page is the estate's, and of its moment."""
    one = show(channel_dir, tmp_path / "1", "--estate", "mh0001", "--moment", MOMENT)
    two = show(channel_dir, tmp_path / "2", "--estate", "mh0700", "--moment", MOMENT)
    assert one["201.html"] != two["201.html"]


def test_records_of_a_folder_take_the_place_of_the_archive(channel_dir: Path, tmp_path: Path) -> None:
    """``--records`` decides alone; an empty folder gives a page without data, not an error."""
    (tmp_path / "empty").mkdir()
    full = show(channel_dir, tmp_path / "1", "--moment", MOMENT, "--records", str(channel_dir / "records"))
    assert full == show(channel_dir, tmp_path / "2", "--moment", MOMENT)
    assert full != show(channel_dir, tmp_path / "3", "--moment", MOMENT, "--records", str(tmp_path / "empty"))


def test_the_archive_is_read_as_of_the_moment(channel_dir: Path, tmp_path: Path) -> None:
    """What was gathered later than the moment is not known yet; with nothing gathered by then, the records stand in."""
    text = (channel_dir / "sources.toml").read_text()
    (channel_dir / "sources.toml").write_text(text.replace("http://127.0.0.1:8181/", "file:gone/"))
    state = tmp_path / "state"
    assert main(["--channel", str(channel_dir), "--state", str(state), "gather", "hospitals"]) == 3
    before = show(channel_dir, tmp_path / "1", "--moment", MOMENT, state=state)
    assert before == show(channel_dir, tmp_path / "2", "--moment", MOMENT)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["show", "999"], "999"), (["show", "201", "--estate", "mh9999"], "mh9999"),
        (["show", "201", "--profile", "web"], "web"), (["show", "201", "--moment", "yesterday"], "ISO 8601"),
        (["show", "201", "--records", "/nowhere"], "/nowhere"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(
    channel_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], args: list[str], says: str
) -> None:
    """A page, estate, profile, moment or folder that is none: exit code 2 and nothing written."""
    code = main(["--channel", str(channel_dir), *args, "--out", str(tmp_path / "out")])
    assert code == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
