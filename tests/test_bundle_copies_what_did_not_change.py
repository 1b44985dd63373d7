"""A further pack costs what changed: the rest is copied compressed, and the result is the same to the byte."""

from __future__ import annotations

import io
import random
import shutil
import weakref
from pathlib import Path

import pytest
from bundle_site import Asked, Site, files_below, site, tree_of

from broadcaster.bundle import bundles
from broadcaster.bundle.earlier import Index
from broadcaster.bundle.static_site import ROWS
from broadcaster.bundle.zstd_frames import Out
from channel.estates import DISTRICT
from channel.release import Release

PROFILES = ("bitmap-hd", "web-hd")


def _changed(made: Site, words: str) -> Release:
    """A release in which page 201 says something else to one estate."""
    told = {DISTRICT: "one 201.html|one 201-2.html", "mh0001": "one mh0001", "mh0002": words}
    return made.say({"201": told}, {"201": {"h17": "one i/201.h17.html"}})


def _published(made: Site, release: Release) -> tuple[Path, list[Asked]]:
    """The pack, and what was painted for it."""
    made.painted.clear()
    return made.publish(release), made.painted.copy()


def _index(made: Site) -> Path:
    return made.state / "bundling" / bundles.INDEX


def test_only_what_changed_is_painted(tmp_path: Path) -> None:
    """After a tick the painter is asked for the one page of the one estate that is told something else; the pack equals
    one that was made from nothing, and what is still as it was is asked for no more."""
    made, fresh = Site(tmp_path / "one"), Site(tmp_path / "two")
    _, first = _published(made, made.release("one"))
    pack, again = _published(made, _changed(made, "changed"))
    fresh.release("one")
    whole, all_of_it = _published(fresh, _changed(fresh, "changed"))
    assert sorted(first) == sorted(all_of_it) and len(set(first)) == len(first)
    assert {asked.page for asked in first} == {"100", "201", ""}
    assert sorted(again) == [Asked("201", profile, "mh0002") for profile in PROFILES]
    assert pack.name == whole.name
    assert pack.read_bytes() == whole.read_bytes()
    assert _index(made).read_bytes() == _index(fresh).read_bytes()


def test_how_far_it_is_is_told(tmp_path: Path) -> None:
    """Of everything that the pack will have, from the first on; what is taken over counts as what is painted."""
    made = Site(tmp_path)
    told: list[tuple[int, int]] = []
    _, painted = _published(made, made.release("one"))
    made.publish(_changed(made, "changed"), progress=lambda done, of: told.append((done, of)))
    assert {of for _, of in told} == {len(painted)} and told == sorted(told)
    assert told[0][0] > 0 and told[-1][0] == len(painted)


def test_other_declarations_are_painted_anew(tmp_path: Path) -> None:
    """How all pages look hangs on what declares the channel: with another line-up nothing is taken over."""
    made = Site(tmp_path)
    _, first = _published(made, made.release("one"))
    lineup = made.channel.folder / "lineup.toml"
    lineup.write_text(lineup.read_text(encoding="utf-8") + "# 201\n", encoding="utf-8")
    _, again = _published(made, _changed(made, "one mh0002"))
    assert sorted(again) == sorted(first)


def test_what_was_said_before_the_last_pack_is_not_known(tmp_path: Path) -> None:
    """An index knows its own pack and no older one: words that come back are painted again, and nothing grows."""
    made = Site(tmp_path)
    _published(made, made.release("one"))
    known = len(Index.load(_index(made)).rows)
    for words in ("two", "three", "two"):
        _, painted = _published(made, _changed(made, words))
        assert sorted(painted) == [Asked("201", profile, "mh0002") for profile in PROFILES]
        assert len(Index.load(_index(made)).rows) == known


HARMS = ("no index", "torn index", "foreign index", "no pack", "torn pack", "another pack", "one bit of the pack")


@pytest.mark.parametrize("harm", HARMS)
def test_what_cannot_be_copied_is_painted_again(tmp_path: Path, harm: str) -> None:
    """A lost or damaged index or pack costs a repaint, never a wrong byte: the next pack is the same to the byte, and
    whoever pulls it has it whole."""
    with site(tmp_path / "harmed") as made:
        pack, first = _published(made, made.release("one"))
        _harm(made, pack, harm)
        release = _changed(made, "changed")
        after, painted = _published(made, release)
        fresh = Site(tmp_path / "fresh")
        fresh.release("one")
        whole, _ = _published(fresh, _changed(fresh, "changed"))
        assert after.read_bytes() == whole.read_bytes()
        assert len(PROFILES) < len(painted) <= 2 * len(first)
        assert made.pull().release == release.id
        assert made.served()["web-hd/mh0002/201.html"] == b"<p>changed"
        assert made.served()["web-hd/mh0001/201.html"] == b"<p>one mh0001"
        # And the harm is over: what is known now is sound.
        assert len(_published(made, _changed(made, "again"))[1]) == len(PROFILES)


def _harm(made: Site, pack: Path, harm: str) -> None:
    index, body = _index(made), pack.read_bytes()
    match harm:
        case "no index":
            index.unlink()
        case "torn index":
            index.write_bytes(index.read_bytes()[:-20])
        case "foreign index":
            index.write_text('{"pack":3}')
        case "no pack":
            pack.unlink()
        case "torn pack":
            pack.write_bytes(body[: len(body) // 9])
        case "another pack":
            pack.write_bytes(bytes(len(body)))
        case "one bit of the pack":
            known = Index.load(index)
            file = tree_of(pack)["web-hd/mh0001/201.html"]
            frame = next(known.frames[name] for name, files in known.files.items() if file in files)
            at = frame.offset + frame.length // 2
            pack.write_bytes(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])


def test_one_bit_of_the_index_that_is_not_as_it_was_costs_a_repaint(tmp_path: Path) -> None:
    """Wherever it is: the next pack is the same to the byte."""
    made = Site(tmp_path / "made")
    pack = made.publish(made.release("one"))
    release, body, bundled = _changed(made, "changed"), _index(made).read_bytes(), pack.read_bytes()
    expected = made.publish(release).read_bytes()
    for at in random.Random(1).sample(range(len(body)), 24):
        shutil.rmtree(bundles.folder(made.state))
        pack.parent.mkdir(parents=True)
        pack.write_bytes(bundled)
        _index(made).write_bytes(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])
        assert made.publish(release).read_bytes() == expected, at


def test_a_page_that_gives_its_picture_away_keeps_it(tmp_path: Path) -> None:
    """Two pages share a document and a picture; when the first stops using them, the second still has them."""
    with site(tmp_path) as made:
        made.publish(made.say({"100": {DISTRICT: "shared@sky"}, "201": {DISTRICT: "shared@sky"}}))
        _, painted = _published(made, made.say({"100": {DISTRICT: "own"}}))
        assert {asked.page for asked in painted} == {"100"}
        made.pull()
        served = made.served()
    assert (served["web-hd/district/100.html"], served["web-hd/district/201.html"]) == (b"<p>own", b"<p>shared")
    assert served["bitmap-hd/mh0001/201.png"] == b"PNG sky"


def test_after_a_take_down_nothing_is_painted(tmp_path: Path) -> None:
    """What goes is left out, and what stays is taken over; what is put back is painted once more."""
    made = Site(tmp_path)
    whole, _ = _published(made, made.release("one"))
    made.store.take_down("201.h17")
    less, painted = _published(made, made.on_air)
    assert painted == [] and tree_of(whole).keys() - tree_of(less).keys() == {
        f"{profile}/{estate}/i/201.h17.html" for profile in PROFILES for estate in (DISTRICT, "mh0001", "mh0002")
    }
    made.store.put_back("201.h17")
    again, painted = _published(made, made.on_air)
    assert sorted(painted) == [Asked("201", profile, DISTRICT, "h17") for profile in PROFILES]
    assert tree_of(again) == tree_of(whole)


@pytest.mark.parametrize("harm", ["no record", "torn record", "no files"])
def test_plain_files_take_over_what_the_tree_before_has(tmp_path: Path, harm: str) -> None:
    """A tree of plain files has no pack: what is recorded of it and lies there is painted no more; where either is lost
    it is, and every path is as in a folder that was made from nothing."""
    made, folder = Site(tmp_path), tmp_path / "plain"
    made.release("one")
    made.publish_static(folder)
    first = made.painted.copy()
    made.painted.clear()
    _changed(made, "changed")
    made.publish_static(folder)
    assert sorted(made.painted) == [Asked("201", profile, "mh0002") for profile in PROFILES]
    match harm:
        case "no record":
            (folder / ".pull" / ROWS).unlink()
        case "torn record":
            (folder / ".pull" / ROWS).write_bytes(b"torn")
        case "no files":
            shutil.rmtree(folder / ".pull" / "pool")
    made.painted.clear()
    _changed(made, "again")
    made.publish_static(folder)
    assert len(PROFILES) < len(made.painted) <= len(first)
    made.publish_static(tmp_path / "fresh")
    assert files_below(folder / "current") == files_below(tmp_path / "fresh" / "current")


def test_a_frame_that_is_written_is_let_go() -> None:
    """A pack has hundreds of frames; what compressed one of them must not stay in memory until the last."""
    out = Out(io.BytesIO())
    frame = out.frame()
    alive = weakref.ref(frame)
    with frame as stream:
        stream.write(bytes(1000))
    del frame, stream
    assert alive() is None
    assert 0 < out.last.length == out.offset < 1000
