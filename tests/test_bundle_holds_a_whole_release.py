"""A bundle's pack: the origin's addresses, each file once, the same bytes for the same release."""

from __future__ import annotations

import io
import posixpath
import random
import re
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
import zstandard
from build_help import World
from bundle_site import SCRIPT, Site, files_below, picture_of, read, tar_of, tree_of

from broadcaster.bundle import bundles, keys, pack_format
from broadcaster.bundle.static_site import publish_static
from channel.batch.jobs import Result, Want
from channel.batch.painting import BatchPainter
from channel.estates import DISTRICT
from channel.paint.output import Rendered
from channel.painting import choose
from channel.render import Renderer
from feeds.base.errors import NotFound, TrustError

pytestmark = pytest.mark.slow

OWN, OTHERS = ("mh0001", "mh0002"), ("mh0003", "mh0004")
BUNDLED = ("bitmap-hd", "web-hd")
BUNDLE = f"""
[bundle]
profiles = ["{BUNDLED[0]}", "{BUNDLED[1]}"]
towns = ["莘庄镇"]
[render]
executor = "serial"
"""
ASKED: Counter[str] = Counter()
"""How many things were painted of each page."""


class Counting(BatchPainter):
    """Paints, and counts what it is asked for."""

    def paint(
        self, pages: Iterable[tuple[str, Sequence[Want]]], *, bodies: bool = True
    ) -> Iterator[tuple[str, Result]]:
        """See there."""

        def counted() -> Iterator[tuple[str, Sequence[Want]]]:
            for page, wants in pages:
                ASKED[page] += len(wants)
                yield page, wants

        return super().paint(counted(), bodies=bodies)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A small channel with something to read on every page, a warning, a page that cannot be shown, and a bundle for
    two of its three profiles and one of its two towns."""
    folder = tmp_path_factory.mktemp("real")
    pages = (
        ("100", "estate", "news"), ("109", "district", "towns"), ("111", "district", "news"),
        ("115", "estate", "towns"), ("900", "estate", "alerts"),
    )  # fmt: skip
    World(folder, estates=4, pages=pages, profiles=("web-hd", "ipanel-hd", "bitmap-hd")).close()
    estates, settings = folder / "estates.csv", folder / "channel.toml"
    rows = estates.read_text(encoding="utf-8").splitlines(keepends=True)
    rows = [row.replace("莘庄镇", "七宝镇") if row.startswith(OTHERS) else row for row in rows]
    estates.write_text("".join(rows), encoding="utf-8")
    settings.write_text(settings.read_text(encoding="utf-8") + BUNDLE, encoding="utf-8")
    made = World.at(folder)
    made.says("news", *(f"新闻{n}" for n in range(9)))
    made.says("towns", "raise mh0002", "镇里")
    made.warns("Severe", "310112002", "310112003")
    assert [fault.page for fault in made.builder.build(made.clock.now()).faults] == ["115"]
    keys.ensure(made.channel.state, made.clock)
    yield made
    made.close()


def _published(world: World) -> Path:
    return bundles.publish(world.store, world.air, world.channel, world.clock)


def _chosen(world: World, profile: str, estate: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Every document that an estate is shown, by its name, and every picture."""
    renderer, release = Renderer(world.channel), world.air
    chosen: list[Rendered] = []
    for page in release.pages:
        chosen.append(choose(renderer, release, page, estate, profile).rendered)
        chosen += [choose(renderer, release, page, estate, profile, item).rendered for item in release.item_ids(page)]
    pictures = {name: asset.body for rendered in chosen for name, asset in rendered.assets.items()}
    documents = {
        document.name: pictures[document.location.rpartition("/")[2]] if document.location else document.body
        for rendered in chosen
        for document in rendered.documents
    }
    documents |= {script.name: script.body for script in renderer.scripts(profile)}
    return documents | {"alert.json": release.alert(estate)}, pictures


def test_everything_that_is_chosen_is_there_to_the_byte(real: World) -> None:
    """Every address of the bundle's profiles and estates with the bytes that whoever paints the release gives, every
    picture under its name, and nothing else; estates of towns that are left out have the district's pages."""
    tree, files = read(_published(real))
    served = {path: files[file] for path, file in tree.paths()}
    expected = {"index.html": served["index.html"]}
    for profile in BUNDLED:
        district, pictures = _chosen(real, profile, DISTRICT)
        for estate in (DISTRICT, *OWN):
            documents, more = _chosen(real, profile, estate)
            pictures |= more
            expected |= {f"{profile}/{estate}/{name}": body for name, body in documents.items()}
        for estate in OTHERS:
            shown = district | {"alert.json": real.air.alert(estate)}
            expected |= {f"{profile}/{estate}/{name}": body for name, body in shown.items()}
        expected |= {f"assets/{name}": body for name, body in pictures.items()}
    assert served.keys() == expected.keys()
    assert [path for path, body in served.items() if expected[path] != body] == []
    assert set(files) == pack_format.referenced(tree)
    own, other = (_chosen(real, "web-hd", estate)[0]["115.html"] for estate in ("mh0001", "mh0003"))
    assert own == served["web-hd/mh0001/115.html"] != other != served["web-hd/mh0003/115.html"]
    calm, *warned = (served[f"web-hd/{estate}/alert.json"] for estate in ("mh0001", "mh0002", "mh0003"))
    assert warned[0] == warned[1] != calm


def test_no_link_and_no_picture_leads_out_of_the_tree(real: World) -> None:
    """Every reference of every document, resolved as a box does it, is a path of the tree."""
    tree, files = read(_published(real))
    paths = dict(tree.paths())
    followed = set()
    for path, file in paths.items():
        if path.endswith(".html"):
            text = files[file].decode()
            for found in re.findall(r"(?:href|src)=\"([^\"]*)\"|url\(([^)]*)\)|content=\"0; url=([^\"]*)\"", text):
                target = re.split("[?#]", max(found))[0]
                if target:
                    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
                    followed.add("index.html" if target == "." else target)
    assert followed - paths.keys() == set()
    kinds = {"web-hd/mh0001/i/100.a0.html", "bitmap-hd/mh0003/111.html", "web-hd/mh0001/remote.js"}
    assert kinds <= followed and sum(path.startswith("assets/") for path in followed) > 20


def test_after_a_tick_only_what_changed_is_painted(real: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One source says something else: of its two pages what says it is painted, and no other page; the pack is the one
    that is made from nothing, where everything is painted."""
    monkeypatch.setattr(bundles, "BatchPainter", Counting)
    _published(real)
    real.clock.forward(60)
    real.says("towns", "raise mh0002", "镇里又说")
    real.builder.build(real.clock.now())
    ASKED.clear()
    after = _published(real)
    # The district's and one estate's own list (the other's cannot be had, as before), and one of two items.
    assert dict(ASKED) == {"109": len(BUNDLED) * 2, "115": len(BUNDLED) * 3}
    shutil.rmtree(bundles.folder(real.channel.state))
    ASKED.clear()
    whole = _published(real)
    assert ASKED.keys() == {*real.air.pages, ""} and ASKED["100"] >= len(BUNDLED) * (3 + 9)
    assert (after.name, hash(whole.read_bytes())) == (whole.name, hash(whole.read_bytes()))


def test_plain_files_are_what_a_pull_lays_out(real: World, tmp_path: Path) -> None:
    """`channel publish-static` here and `channel pull` at the operator's give the same tree."""
    pack = _published(real)
    publish_static(real.store, real.channel, tmp_path / "plain")
    tree, files = read(pack)
    plain = files_below(tmp_path / "plain" / "current")
    assert plain == {path: files[file] for path, file in tree.paths()}


def test_what_is_carried_may_be_named(real: World, tmp_path: Path) -> None:
    """Families and towns of `--select` go before those of the settings; a name that is neither is told."""
    publish_static(real.store, real.channel, tmp_path / "plain", select=("web-hd", "七宝镇"))
    served = files_below(tmp_path / "plain" / "current")
    assert {name.partition("/")[0] for name in served} == {"web-hd", "assets", "index.html"}
    for estate in (*OWN, *OTHERS):
        scope = estate if estate in OTHERS else DISTRICT
        assert served[f"web-hd/{estate}/115.html"] == _chosen(real, "web-hd", scope)[0]["115.html"]
    with pytest.raises(NotFound, match="select: found '七宝', expected a family of boxes or a town"):
        publish_static(real.store, real.channel, tmp_path / "plain", select=("七宝",))


def test_a_release_that_is_a_bundle_already_may_be_chosen_from_anew(tmp_path: Path) -> None:
    """Another choice from the same release is another pack, and the newest bundle."""
    made = Site(tmp_path)
    release = made.release("one")
    assert any(path.startswith("bitmap-hd/") for path in tree_of(made.publish(release)))
    assert not any(path.startswith("bitmap-hd/") for path in tree_of(made.publish(release, "web-hd")))


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two channels with the same release make the same pack, whatever the time and whoever paints first."""
    packs = []
    for number in range(5):
        made = Site(tmp_path / str(number))
        made.clock.forward(number * 86_400)
        made.disorder = random.Random(number) if number else None
        packs.append(made.publish(made.release("one")))
    assert {pack.name for pack in packs} == {packs[0].name}
    assert {pack.read_bytes() for pack in packs} == {packs[0].read_bytes()}


def test_each_content_is_there_once_and_carries_no_owner_and_no_time(tmp_path: Path) -> None:
    """Any tar program reads the pack: plain files under ``files/`` and ``tree.json``, no trace of the machine."""
    made = Site(tmp_path)
    with made.publish(made.release("one")).open("rb") as file:
        plain = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        members = tar.getmembers()
    assert members[-1].name == "tree.json"
    assert len({m.name for m in members}) == len(members)
    assert all(m.isreg() and (m.mtime, m.uid, m.gid, m.uname, m.mode) == (0, 0, 0, "", 0o444) for m in members)


def test_an_estate_has_its_own_pages_in_place_of_the_districts(tmp_path: Path) -> None:
    """All screens of a page of its own, and none of the district's; items, script and alert answer as everybody."""
    made = Site(tmp_path)
    tree = tree_of(made.publish(made.release("one")))
    assert tree["web-hd/mh0001/201.html"] != tree["web-hd/district/201.html"]
    assert "web-hd/district/201-2.html" in tree and "web-hd/mh0001/201-2.html" not in tree
    assert tree["web-hd/mh0001/i/201.h17.html"] == tree["web-hd/district/i/201.h17.html"]
    script = pack_format.content_hash(SCRIPT + b"web-hd")
    assert tree["web-hd/mh0001/remote.js"] == tree["web-hd/district/remote.js"] == script
    assert "bitmap-hd/district/remote.js" not in tree
    assert tree["web-hd/mh0001/alert.json"] == tree["web-hd/district/alert.json"] != tree["web-hd/mh0002/alert.json"]


def test_a_redirect_is_the_picture_itself(tmp_path: Path) -> None:
    """A plain web server has no redirects: ``100.png`` of a bitmap profile is a further name of its picture."""
    made = Site(tmp_path)
    tree = tree_of(made.publish(made.release("one")))
    picture = pack_format.content_hash(picture_of("one"))
    assert tree["bitmap-hd/mh0001/100.png"] == tree[f"assets/{picture}.png"] == picture


def test_an_alert_page_goes_before_an_estates_own_page(tmp_path: Path) -> None:
    """As at the origin: while an alert page of that number is on, no estate's ordinary page hides it."""
    made = Site(tmp_path)
    made.release("one")
    tree = tree_of(made.publish(made.say({"201": {DISTRICT: "alert"}}, layer="alerts")))
    for profile in ("web-hd", "bitmap-hd"):
        shown = {tree[f"{profile}/{estate}/201.html"] for estate in (DISTRICT, "mh0001", "mh0002")}
        assert shown == {pack_format.content_hash(b"<p>alert")}
        assert f"{profile}/district/201-2.html" not in tree


def test_what_was_taken_down_is_not_in_the_next_bundle(tmp_path: Path) -> None:
    """Taking an item down makes a release, and its bundle has neither the item nor its bytes; a page goes with all that
    is its own."""
    made = Site(tmp_path)
    gone = "web-hd/district/i/201.h17.html"
    before = tree_of(made.publish(made.release("one")))
    made.store.take_down("201.h17")
    after, files = read(made.publish(made.on_air))
    assert gone in before and gone not in dict(after.paths())
    assert before[gone] not in files
    made.store.take_down("201")
    left = tree_of(made.publish(made.on_air))
    assert "web-hd/mh0001/100.html" in left and not any("201" in path for path in left)


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
