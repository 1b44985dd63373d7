"""A bundle's pack: the origin's addresses, each file once, the same bytes for the same release."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
import zstandard
from bundle_site import Site, tar_of

from broadcaster.bundle import pack_format
from channel.paint.output import PaintedDocument
from channel.release.tree import REMOTE
from feeds.base.errors import TrustError


def _plain(path: Path) -> Any:
    return zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)


def _members(path: Path) -> list[tarfile.TarInfo]:
    with _plain(path) as plain, tarfile.open(fileobj=io.BytesIO(plain.read())) as tar:
        return tar.getmembers()


def _tree(path: Path) -> pack_format.Tree:
    with _plain(path) as plain:
        files = dict(pack_format.read_members(plain, pack_format.Limits()))
    return pack_format.decode(files[""], pack_format.Limits())


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two channels with the same release make the same pack, whatever the time."""
    one, two = Site(tmp_path / "one"), Site(tmp_path / "two")
    two.clock.forward(86_400)
    first, second = (site.publish(site.release("one")) for site in (one, two))
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_each_content_is_there_once_and_carries_no_owner_and_no_time(tmp_path: Path) -> None:
    """Any tar program reads the pack: plain files under ``files/`` and ``tree.json``, no trace of the machine."""
    site = Site(tmp_path)
    members = _members(site.publish(site.release("one")))
    assert members[-1].name == "tree.json"
    assert len({m.name for m in members}) == len(members)
    assert all(m.isreg() and (m.mtime, m.uid, m.gid, m.uname, m.mode) == (0, 0, 0, "", 0o444) for m in members)


def test_the_paths_are_the_origins_addresses(tmp_path: Path) -> None:
    """Whatever the origin answers for an estate, the tree has: own pages instead of the district's, items, alerts."""
    site = Site(tmp_path)
    release = site.release("one")
    tree = dict(_tree(site.publish(release)).paths())
    expected = {"index.html", *(f"assets/{name}" for name in release.assets())}
    for profile in release.profiles:
        for estate in release.estates(profile):
            expected |= {f"{profile}/{estate}/{name}" for name, _ in release.paths(profile, estate)}
            expected.add(f"{profile}/{estate}/alert.json")
    assert set(tree) == expected
    assert "web-hd/mh0001/201-2.html" not in tree  # its own page 201 has one screen
    assert tree["web-hd/mh0001/remote.js"] == tree["web-hd/district/remote.js"] == pack_format.content_hash(b"// one")
    assert tree["web-hd/mh0001/alert.json"] == tree["web-hd/district/alert.json"] != tree["web-hd/mh0002/alert.json"]


def test_a_redirect_is_the_picture_itself(tmp_path: Path) -> None:
    """A plain web server has no redirects: ``100.png`` of a bitmap profile is a further name of its picture."""
    site = Site(tmp_path)
    release = site.release("one")
    tree = dict(_tree(site.publish(release)).paths())
    picture = min(release.assets())
    assert tree["bitmap-hd/mh0001/100.png"] == tree[f"assets/{picture}"]


def test_an_alert_page_of_the_district_goes_before_an_estates_own_page(tmp_path: Path) -> None:
    """As at the origin: while an alert page of that number is on, no estate's ordinary page hides it."""

    site = Site(tmp_path)
    site.release("one")
    with site.store.changes() as changes:
        alert = PaintedDocument(name="201.html", media="text/html", body=b"<p>alert")
        changes.documents("web-hd", "district", "201", [alert], layer="alerts")
        site.store.publish(changes)
    release = site.store.current()
    assert release is not None
    tree = dict(_tree(site.publish(release)).paths())
    assert tree["web-hd/mh0001/201.html"] == tree["web-hd/district/201.html"] == pack_format.content_hash(b"<p>alert")
    assert tree["bitmap-hd/mh0001/201.html"] != tree["bitmap-hd/district/201.html"]


def test_the_script_of_the_pages_goes_before_that_of_the_alerts(tmp_path: Path) -> None:
    """As at the origin; where the pages have none, the alerts' own is there."""
    site = Site(tmp_path)
    site.release("one")
    with site.store.changes() as changes:
        for profile in ("web-hd", "bitmap-hd"):
            script = PaintedDocument(name="remote.js", media="application/javascript", body=b"// of alerts")
            changes.documents(profile, "district", REMOTE, [script], layer="alerts")
        site.store.publish(changes)
    release = site.store.current()
    assert release is not None
    before = dict(_tree(site.publish(release)).paths())
    assert before["web-hd/mh0001/remote.js"] == pack_format.content_hash(b"// one")
    assert before["bitmap-hd/mh0001/remote.js"] == pack_format.content_hash(b"// of alerts")
    # The next bundle, which copies what it can from this one, has the next script.
    after = dict(_tree(site.publish(site.release("two"))).paths())
    assert after["web-hd/mh0002/remote.js"] == pack_format.content_hash(b"// two")


def test_what_was_taken_down_is_not_in_the_next_bundle(tmp_path: Path) -> None:
    """Taking an item down makes a release, and its bundle has neither the item nor its bytes."""
    site = Site(tmp_path)
    before = _tree(site.publish(site.release("one")))
    site.store.take_down("201.h17")
    release = site.store.current()
    assert release is not None
    after = _tree(site.publish(release))
    gone = "web-hd/district/i/201.h17.html"
    assert gone in dict(before.paths())
    assert gone not in dict(after.paths())
    assert dict(before.paths())[gone] not in pack_format.referenced(after)


@pytest.mark.parametrize(
    "tree",
    [
        b"not json",
        b"[]",
        b'{"format":2,"release":"r","shared":{},"profiles":{}}',
        b'{"format":1,"release":"r","shared":{"../x":"%s"},"profiles":{}}' % (b"0" * 32),
        b'{"format":1,"release":"r","shared":{"/x":"%s"},"profiles":{}}' % (b"0" * 32),
        b'{"format":1,"release":"r","shared":{".hidden":"%s"},"profiles":{}}' % (b"0" * 32),
        b'{"format":1,"release":"r","shared":{"a/b/c":"%s"},"profiles":{}}' % (b"0" * 32),
        b'{"format":1,"release":"r","shared":{"a":"../../etc/passwd"},"profiles":{}}',
        b'{"format":1,"release":"r","shared":{},"profiles":{"..":{"district":{},"items":{},"estates":{}}}}',
        b'{"format":1,"release":"r","shared":{},"profiles":{"p":{"district":{},"items":{},"estates":{"..":{}}}}}',
        b'{"format":1,"release":"r","shared":{"p/x":"%s"},"profiles":{"p":{"district":{},"items":{},"estates":{}}}}'
        % (b"0" * 32),
        b"[" * 100_000,
    ],
)
def test_a_tree_that_leaves_its_folder_is_refused(tree: bytes) -> None:
    """No name of a tree can lead anywhere but below the release's folder."""
    with pytest.raises(TrustError):
        pack_format.decode(tree, pack_format.Limits())


def _special(kind: bytes, name: bytes = b"files/" + b"0" * 32) -> bytes:
    info = tarfile.TarInfo(name.decode())
    info.type, info.linkname, info.mtime, info.mode = kind, "/etc/passwd", 0, 0o444
    return info.tobuf(tarfile.USTAR_FORMAT) + pack_format.END


def _named(name: str) -> bytes:
    return tar_of((name, b"x"))


@pytest.mark.parametrize(
    "tar",
    [
        _named("../../etc/cron.d/x"),
        _named("/etc/passwd"),
        _named("files/../x"),
        _named("files/" + "0" * 32),  # bytes that do not match the name
        _special(tarfile.SYMTYPE),
        _special(tarfile.LNKTYPE),
        _special(tarfile.CHRTYPE),
        _special(tarfile.FIFOTYPE),
        _special(tarfile.XHDTYPE),
        _special(tarfile.GNUTYPE_LONGNAME),
        tar_of() + b"more",
        tar_of()[:-1],
        b"",
        pack_format.member("tree.json", 10_000) + b"short",
    ],
)
def test_a_tar_with_anything_but_plain_named_files_is_refused(tar: bytes) -> None:
    """Links, devices, long names, other paths, wrong hashes, a torn end: the reader knows one form and no other."""
    with pytest.raises(TrustError):
        list(pack_format.read_members(io.BytesIO(tar), pack_format.Limits()))


def test_what_a_pack_unpacks_to_is_bounded() -> None:
    """A member, the whole and the number of files have limits, so a bomb ends as a sentence."""
    big = bytes(2000)
    tar = tar_of((f"files/{pack_format.content_hash(big)}", big), ("tree.json", big))
    assert len(list(pack_format.read_members(io.BytesIO(tar), pack_format.Limits()))) == 2
    for limits in (
        pack_format.Limits(file=1999),
        pack_format.Limits(tree=1999),
        pack_format.Limits(unpacked=3999),
        pack_format.Limits(files=1),
    ):
        with pytest.raises(TrustError, match="more than this machine allows"):
            list(pack_format.read_members(io.BytesIO(tar), limits))
