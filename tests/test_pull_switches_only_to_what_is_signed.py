"""`channel pull` over real HTTP: the whole release or none of it, and only what the channel signed."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bundle_site import Site, picture_of, read, site, tar_of

from broadcaster import cli
from broadcaster.bundle import bundles, fetcher, keys, pack_format, repository
from broadcaster.bundle.pull import Pulled
from broadcaster.bundle.pulled_folder import ASSET_SECONDS, Home
from channel.estates import DISTRICT
from feeds.base.errors import BusyError, ChannelError, FetchError, PersonError, TrustError

pytestmark = pytest.mark.slow


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    """A channel whose bundles are served."""
    with site(tmp_path) as made:
        yield made


def _refused(there: Site, error: type[ChannelError], match: str = ".") -> ChannelError:
    """A pull that must fail, leaving what is served as it was."""
    before, switch = there.served(), (there.edge / "current").readlink()
    with pytest.raises(error, match=match) as caught:
        there.pull()
    assert (there.edge / "current").readlink() == switch
    assert there.served() == before
    return caught.value


def test_a_pulled_release_is_a_plain_tree_with_the_origins_bytes(there: Site) -> None:
    """Every address that the origin answers is a file with its bytes; a second pull finds nothing new."""
    release = there.air("one")
    done = there.pull()
    assert (done.release, done.changed) == (release.id, True)
    served = there.served()
    (pack,) = (bundles.folder(there.state) / "targets").glob("*.tar.zst")
    tree, files = read(pack)
    assert served == {path: files[file] for path, file in tree.paths()}
    for estate in (DISTRICT, "mh0001", "mh0002"):
        assert served[f"web-hd/{estate}/alert.json"] == release.alert(estate)
        assert served[f"bitmap-hd/{estate}/100.png"] == picture_of("one")
    assert b"bitmap-hd/district/100.html" in served["index.html"]
    assert (there.edge / "current" / "web-hd" / "mh0001" / "i").is_symlink()
    assert not (there.edge / "current" / "web-hd" / DISTRICT / "i").is_symlink()
    assert there.pull() == Pulled(release.id, changed=False)


def test_unchanged_files_are_shared_and_two_releases_stay(there: Site) -> None:
    """A file that did not change is the same file on disk; of the releases the served one and the one before stay."""
    releases = [there.air("one"), None, None]
    there.pull()
    old = (there.edge / "current" / "web-hd" / DISTRICT / "100.html").stat()
    for number in (1, 2):
        releases[number] = there.air(f"words {number}")
        there.pull()
    home = (there.edge / "current" / "web-hd" / DISTRICT / "100.html").stat()
    assert releases[1] and releases[2]
    assert sorted(p.name for p in (there.edge / "releases").iterdir()) == [releases[1].id, releases[2].id]
    pool = [p for p in (there.edge / ".pull" / "pool").rglob("*") if p.is_file()]
    assert all(p.stat().st_nlink > 1 and p.stat().st_mode & 0o777 == 0o444 for p in pool)
    same = there.edge / "releases" / releases[1].id / "web-hd" / "mh0002" / "alert.json"
    now = there.edge / "current" / "web-hd" / "mh0002" / "alert.json"
    assert same.stat().st_ino == now.stat().st_ino
    assert old.st_ino == home.st_ino  # through three releases, the first of them gone


def _picture(words: str) -> str:
    return f"assets/{pack_format.content_hash(picture_of(words))}.png"


def test_pictures_of_earlier_releases_stay_for_a_day(there: Site) -> None:
    """A box that still shows a page of the release before finds its pictures, until a day after that release."""
    picture = _picture("one")
    there.air("one")
    there.pull(now=lambda: 1e9)
    there.air("two")
    there.pull(now=lambda: 1e9 + 5 * ASSET_SECONDS)  # served for five days until now: the day begins now
    assert picture in there.served()
    there.air("three")
    there.pull(now=lambda: 1e9 + 5.9 * ASSET_SECONDS)
    assert picture in there.served()
    there.air("four")
    there.pull(now=lambda: 1e9 + 6.1 * ASSET_SECONDS)
    assert picture not in there.served()


def test_a_release_that_is_still_here_is_not_fetched_again(there: Site) -> None:
    """When the channel goes back to the release before, only the switch changes, and newer pictures stay."""
    first = there.air("one")
    there.pull()
    there.air("two")
    there.pull()
    there.publish(first)
    there.asked.clear()
    done = there.pull()
    assert (done.release, done.paths) == (first.id, 0)
    assert not any("release-" in path for path in there.asked)
    served = there.served()
    assert served["web-hd/mh0001/201.html"] == b"<p>one mh0001"
    assert _picture("two") in served


FILES = ("timestamp.json", ".snapshot.json", ".targets.json", ".channel.json", ".tar.zst")


@pytest.mark.parametrize("ending", FILES)
def test_a_flipped_byte_anywhere_is_refused(there: Site, ending: str) -> None:
    """One changed bit at any place of any file: nothing is switched, exit code 5."""
    there.air("one")
    there.pull()
    there.clock.forward(5)
    there.air("two")
    size = max(p.stat().st_size for p in bundles.folder(there.state).rglob(f"*{ending.removeprefix('.')}"))
    places = {0, size - 1, *random.Random(ending).sample(range(size), 12)}
    for place in places:

        def flip(body: bytes, place: int = place) -> bytes:
            at = place % len(body)
            return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]

        there.forge = {ending: flip}
        assert _refused(there, TrustError).exit_code == 5
    there.forge = {}
    assert there.pull().changed


def test_a_longer_or_shorter_file_is_refused(there: Site) -> None:
    """What is cut short or goes on after its signed length is not trusted, whatever the server says of its length."""
    there.air("one")
    there.pull()
    there.air("two")
    forges: list[Callable[[bytes], bytes]] = [lambda b: b[:-1], lambda b: b + b"\n", lambda b: b"", lambda b: b * 2]
    for ending in (".targets.json", ".channel.json", ".tar.zst"):
        for forge in forges:
            there.forge = {ending: forge}
            assert _refused(there, TrustError).exit_code == 5


def test_a_download_that_breaks_off_is_a_network_failure(there: Site) -> None:
    """A connection that ends in the middle may be tried again: exit code 3; the next pull succeeds."""
    there.air("one")
    there.pull()
    there.air("two")
    for ending in FILES:
        there.cut = ending
        assert _refused(there, FetchError).exit_code == 3
    there.cut = ""
    assert there.pull().changed


def test_older_metadata_is_a_rollback_attack(there: Site) -> None:
    """Whoever plays back yesterday's signed files is refused, though every signature is right."""
    there.air("one")
    old = {p.name: p.read_bytes() for p in (bundles.folder(there.state) / "metadata").iterdir()}
    there.clock.forward(5)
    there.air("two")
    there.pull()
    now = bundles.folder(there.state) / "metadata"
    for name, body in old.items():
        (now / name).write_bytes(body)
    assert _refused(there, TrustError, "refused").exit_code == 5


def test_a_mix_of_two_releases_is_refused(there: Site) -> None:
    """A fresh timestamp over an old snapshot is neither release."""
    there.air("one")
    there.pull()
    metadata = bundles.folder(there.state) / "metadata"
    old = next(metadata.glob("*.snapshot.json")).read_bytes()
    there.clock.forward(5)
    there.air("two")
    there.forge = {".snapshot.json": lambda body: old}
    _refused(there, TrustError)


def test_a_channel_that_is_held_back_is_noticed(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timestamp past its end is refused with a hint at the three possible reasons."""
    there.clock.forward(-8 * 3600)
    with monkeypatch.context() as longer:
        longer.setattr(repository, "TIMESTAMP_HOURS", 24)
        there.air("one")
    there.pull()
    there.clock.forward(3600)
    there.air("two")
    error = _refused(there, TrustError, "expired")
    assert error.exit_code == 5
    assert "clock" in error.hint


def test_another_channels_signatures_are_refused(there: Site, tmp_path: Path) -> None:
    """Files signed with keys that the operator's root metadata does not name are worth nothing."""
    there.air("one")
    there.pull()
    other = Site(tmp_path / "other")
    other.air("two")
    there.root = keys.root_file(other.state)
    _refused(there, TrustError)


def test_a_signed_pack_cannot_leave_its_folder(there: Site, tmp_path: Path) -> None:
    """Even with the channel's own signature: no path outside, no link, no lie about a release's name."""
    there.air("one")
    there.pull()
    body = b"<p>evil"
    file = pack_format.content_hash(body)
    inside = (f"files/{file}", body)

    def tree(release: str = "r000666-ffffff", **shared: str) -> tuple[str, bytes]:
        return "tree.json", pack_format.Tree(release, shared).encode()

    outside = pack_format.Tree("r000666-ffffff", {"../../../evil": file})
    tars = [
        tar_of(("../../evil", body), inside, tree(x=file)),
        tar_of(inside, ("tree.json", outside.encode())),
        tar_of(inside, tree(release="../../x", x=file)),
        tar_of(inside, tree(release="r000667-ffffff", x=file)),
        tar_of(inside, tree(x="0" * 32)),
        tar_of(inside),
        tar_of(inside, tree(x=file), inside),
        b"not a tar",
    ]
    for tar in tars:
        there.clock.forward(1)
        there.publish_pack(tar)
        assert _refused(there, TrustError).exit_code == 5
    assert not list(tmp_path.rglob("evil"))
    assert [p.name for p in (there.edge / "releases").iterdir()] == [(there.edge / "current").readlink().name]
    there.clock.forward(1)
    there.publish_pack(tar_of(inside, tree(x=file)))
    assert there.pull().changed
    assert there.served()["x"] == body


def test_a_bomb_ends_as_a_sentence(there: Site) -> None:
    """A small pack that unpacks to more than the limits is refused without filling memory or disk."""
    there.air("one")
    there.pull()
    zeros = bytes(8 << 20)
    there.publish_pack(tar_of((f"files/{pack_format.content_hash(zeros)}", zeros)))
    narrow = ({"file": 1 << 20}, {"unpacked": 1 << 20}, {"pack": 100})
    for limits in (pack_format.Limits(**limit) for limit in narrow):
        with pytest.raises(TrustError, match="more than this machine allows"):
            there.pull(limits=limits)


def test_a_server_that_is_gone_silent_or_empty_is_a_network_failure(
    there: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody there, 404, an answer that never comes: exit code 3 within the time given, and `current` stays."""
    there.air("one")
    there.pull()
    there.air("two")
    url, there.url = there.url, there.url + "elsewhere/"
    _refused(there, FetchError, "404")
    there.url = "http://127.0.0.1:9/"
    _refused(there, FetchError, "refused")
    there.url = url
    monkeypatch.setattr(fetcher, "HEAD_SECONDS", 0.2)
    there.hang_on = ".tar.zst"
    _refused(there, FetchError, "no answer")


def test_one_pull_at_a_time(there: Site) -> None:
    """A pull that starts while another is under way says so and ends."""
    there.air("one")
    with Home(there.edge).locked(), pytest.raises(BusyError):
        there.pull()
    assert there.pull().changed


def test_a_crash_while_unpacking_leaves_nothing_to_be_trusted(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a torn pull may have their names without their bytes; the next pull writes them again."""
    there.air("one")
    there.pull()
    there.air("two")

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr(Home, "install", killed)
        with pytest.raises(KeyboardInterrupt):
            there.pull()
    torn = [p for p in (there.edge / ".pull" / "pool").rglob("*") if p.is_file() and p.stat().st_nlink == 1]
    assert torn
    for path in torn:
        path.chmod(0o644)
        path.write_bytes(bytes(path.stat().st_size))
    assert there.pull().changed
    assert there.served()["web-hd/mh0001/201.html"] == b"<p>two mh0001"


def test_readers_never_see_half_a_release(there: Site) -> None:
    """While releases are pulled one after the other, a reader through `current` finds one of them, whole."""
    there.air("words 0")
    there.pull()
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            top = os.path.realpath(there.edge / "current")
            try:
                found = {
                    Path(top, "web-hd", estate, "201.html").read_bytes().split(b" mh")[0]
                    for estate in ("mh0001", "mh0002")
                }
            except FileNotFoundError:
                continue  # this release was pruned while it was read
            if len(found) != 1:
                wrong.append(found)
            if not (there.edge / "current" / "index.html").exists():
                wrong.append("no index")

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for number in range(1, 6):
            there.air(f"words {number}")
            there.pull()
    finally:
        stop.set()
        thread.join()
    assert not wrong


def test_the_command_says_what_happened(there: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One line each time, an exit code a family of trouble, and no progress bar where nobody looks."""
    there.air("one")

    def run(*args: object) -> tuple[int, str, str]:
        code = cli.main(["pull", *map(str, args)])
        said = capsys.readouterr()
        return code, said.out, said.err

    code, out, err = run(there.url, there.edge, "--root", there.root)
    assert (code, err) == (0, "")
    assert "is on air now" in out
    assert "nothing new" in run(there.url, there.edge, "--root", there.root)[1]
    assert run("ftp://x/", there.edge, "--root", there.root)[0] == 2
    assert run(there.url, there.edge, "--root", tmp_path / "nothing.json")[0] == 2
    (tmp_path / "text.json").write_text("{}")
    assert run(there.url, there.edge, "--root", tmp_path / "text.json")[0] == 2
    assert run("http://127.0.0.1:9/", there.edge, "--root", there.root)[0] == 3
    there.forge = {"timestamp.json": lambda body: body[:-1]}
    code, out, err = run(there.url, there.edge, "--root", there.root)
    assert (code, out) == (5, "")
    assert "`current` is as it was" in err


def test_arguments_that_are_wrong_touch_nothing(there: Site) -> None:
    """A wrong URL or root file is a person's mistake: exit code 2, no folder made."""
    there.url = "channel.example/bundles"
    with pytest.raises(PersonError):
        there.pull()
    assert not there.edge.exists()
