"""An origin elsewhere takes what a channel says, signed, over real HTTP, and serves the same bytes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from build_help import World, write_channel
from running import port_of, start
from small_origin import get, get_quietly, wait_for

from broadcaster.bundle import contents, keys
from broadcaster.bundle.follow import Follower, follow, followed_channel
from broadcaster.origin.parcels import ALL, Parcels
from broadcaster.places import BUNDLES, FOLLOWED, STORE
from channel.release import Store
from channel.release.parcel import record
from channel.screen.geometry import load_geometry
from channel.screen.templates import Layouts
from feeds.base.clock import SetClock
from feeds.base.errors import FetchError, MarkupError, NotFound, PersonError, TrustError
from tests.samples import picture

pytestmark = pytest.mark.slow

PAGE = "/web-hd/mh0001/115.html"


class Channel:
    """A small channel that is built, signed and served; ``say`` puts another release on air."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder / "channel")
        self.state = folder / "channel" / "var"
        self.world.store = Store.open(self.state / STORE, clock=self.world.clock)
        self.world.builder = self.world.new_builder()
        self.root = keys.ensure(self.state, self.clock)
        self.url = ""

    @property
    def clock(self) -> SetClock:
        """Metadata is signed by the time of now: whoever follows looks at a real clock."""
        return SetClock(datetime.now(UTC))

    def say(self, title: str) -> str:
        self.build(title)
        return self.sign()

    def build(self, title: str) -> None:
        for source in ("news", "towns"):
            self.world.says(source, title)
        self.world.builder.build(self.world.clock.now())

    def declare(self, *pages: tuple[str, str, str]) -> None:
        self.world.channel = write_channel(self.world.folder, pages=pages)
        self.world.builder = self.world.new_builder()

    def sign(self) -> str:
        return contents.publish(self.world.store, self.state, self.clock)


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    made = Channel(tmp_path)
    made.say("第一版")
    process = start(made.world.folder, made.state, "--port", "0", command="serve")
    try:
        made.url = f"http://127.0.0.1:{port_of(made.state)}/bundles/"
        yield made
    finally:
        process.terminate()
        process.wait(60)


def here(tmp_path: Path, channel: Channel) -> Follower:
    return Follower(channel.url, channel.root, tmp_path / "hub")


def test_what_is_on_air_there_is_on_air_here(channel: Channel, tmp_path: Path) -> None:
    follower = here(tmp_path, channel)
    assert follower.look() and not follower.look()
    first, mine = channel.world.store.current(), follower.store.current()
    assert first is not None and mine is not None and mine.root == first.root
    assert followed_channel(tmp_path / "hub").lineup.pages.keys() == channel.world.channel.lineup.pages.keys()
    second = channel.say("第二版")
    assert follower.look() and follower.store.current_id() == second
    assert follower.store.check() == []
    entry = follower.store.release(second).said("111", "mh0001")
    assert entry is not None
    assert "第二版" in str(follower.store.release(second).content("111", entry.content))


def test_a_further_release_costs_what_it_changes(channel: Channel, tmp_path: Path) -> None:
    follower = here(tmp_path, channel)
    follower.look()
    before = channel.world.store.current_id()
    channel.say("第二版")
    parcels, now = Parcels(channel.world.store, tmp_path / "parcels"), channel.world.store.current_id()
    whole, more = (parcels.get(now, known) for known in (ALL, before))
    assert 0 < more.stat().st_size < whole.stat().st_size
    # What is long ago counts as nothing, so that nobody has an origin make more than a few.
    assert parcels.get(now, "r000900-000000") == whole == parcels.get(now, ALL)
    for ident, known in (("r000000-000000", ALL), ("../x", ALL), (now, "x" * 400), ("\0", ALL), (now, "\0")):
        with pytest.raises(NotFound):
            parcels.get(ident, known)


def test_a_takedown_and_a_roll_back_are_followed(channel: Channel, tmp_path: Path) -> None:
    follower = here(tmp_path, channel)
    first = channel.world.store.current_id()
    channel.say("第二版")
    follower.look()
    channel.world.store.take_down("111")
    channel.sign()
    follower.look()
    mine = follower.store.current()
    assert mine is not None and mine.denies("111") and "111" not in mine.pages
    channel.world.store.rollback(first)
    channel.sign()
    follower.look()
    assert follower.store.current_id() == channel.world.store.current_id()
    assert not follower.store.held


def _forged(channel: Channel) -> None:
    """Somebody else's keys."""
    shutil.rmtree(channel.state / BUNDLES)
    shutil.rmtree(keys.folder(channel.state))
    keys.ensure(channel.state, channel.clock)
    channel.say("假的")


def _changed(channel: Channel) -> None:
    """The record is another one than was signed."""
    channel.say("第二版")
    for path in (contents.folder(channel.state) / "targets").iterdir():
        path.write_bytes(path.read_bytes().replace(b'"action"', b'"Action"'))


def _expired(channel: Channel) -> None:
    channel.build("第二版")
    contents.publish(channel.world.store, channel.state, SetClock(datetime.now(UTC) - timedelta(days=60)))


@pytest.mark.parametrize("harm", [_forged, _changed, _expired])
def test_what_is_not_to_be_trusted_changes_nothing(
    channel: Channel, tmp_path: Path, harm: Callable[[Channel], None]
) -> None:
    follower = here(tmp_path, channel)
    follower.look()
    before = follower.store.current_id()
    harm(channel)
    with pytest.raises((TrustError, FetchError)):
        follower.look()
    assert follower.store.current_id() == before and follower.store.check() == []


def test_a_parcel_of_something_else_is_refused(channel: Channel, tmp_path: Path) -> None:
    store = channel.world.store
    first = store.release(store.current_id()).root
    channel.say("第二版")
    second = store.release(store.current_id()).root
    hub = Store.open(tmp_path / "other")
    for data in (b"", b"no zstd at all", store.parcel(first), store.parcel(second, first)):
        with pytest.raises(TrustError):
            hub.adopt(second, data)
        assert hub.current_id() == "" and hub.check() == []
    hub.adopt(second, store.parcel(second))
    assert hub.current_id() == second.id and hub.check() == []


def test_what_was_lost_here_comes_again(channel: Channel, tmp_path: Path) -> None:
    follower = here(tmp_path, channel)
    follower.look()
    for pack in (tmp_path / "hub" / STORE / "packs").iterdir():
        pack.unlink()
    second = channel.say("第二版")
    again = here(tmp_path, channel)
    assert again.look() and again.store.current_id() == second
    assert all(damage.release != second for damage in again.store.check())


def test_what_was_damaged_here_comes_again_without_news(channel: Channel, tmp_path: Path) -> None:
    """Bytes of a pack are others than they were: the index knows the thing, and it is fetched and written all the
    same."""
    here(tmp_path, channel).look()
    for pack in (tmp_path / "hub" / STORE / "packs").glob("*.pack"):
        data = bytearray(pack.read_bytes())
        for at in range(200, len(data), 500):
            data[at] ^= 0xFF
        pack.write_bytes(data)
    again = here(tmp_path, channel)
    root = again.store.release(again.store.current_id()).root
    assert not again.store.is_whole(root)
    assert again.look() and again.store.is_whole(root)
    assert not again.look()


def test_a_damaged_record_there_stops_nobody(channel: Channel, tmp_path: Path) -> None:
    """The difference to it cannot be told any more: everything is."""
    follower = here(tmp_path, channel)
    follower.look()
    record = channel.state / STORE / "releases" / follower.store.current_id()
    second = channel.say("第二版")
    record.write_bytes(b"x" + record.read_bytes()[1:])
    assert follower.look() and follower.store.current_id() == second


def test_what_lies_in_its_folder_is_not_believed(channel: Channel, tmp_path: Path) -> None:
    """Torn declarations are laid out again; a folder in the place of a file is removed."""
    hub = tmp_path / "hub"
    follower = here(tmp_path, channel)
    follower.look()
    (folder,) = (hub / FOLLOWED).glob("declared-*") if followed_channel(hub) else ()
    (folder / "channel.toml").write_text("title =")
    assert followed_channel(hub).lineup.pages.keys() == channel.world.channel.lineup.pages.keys()
    timestamp = hub / FOLLOWED / "metadata" / "timestamp.json"
    timestamp.unlink()
    timestamp.mkdir()
    second, stop = channel.say("第二版"), threading.Event()
    thread = threading.Thread(target=follow, args=(follower, stop, lambda: None, 0.05))
    thread.start()
    wait_for(lambda: follower.store.current_id() == second)
    stop.set()
    thread.join()


def _record(channel: Channel, **fields: Any) -> bytes:
    root = channel.world.store.release(channel.world.store.current_id()).root
    return msgspec.structs.replace(root, **fields).encode()


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "../../evil"}, {"id": "/tmp/evil"}, {"id": "current"}, {"id": ""}, {"id": "r²-aaaaaa"}, {"id": "r" * 99},
        {"declared": ""}, {"declared": "../x"}, {"contents": {"100": "zz"}}, {"contents": {"../1": "0" * 32}},
        {"units": ("../../x",)}, {"seq": 5},
    ],
)  # fmt: skip
def test_a_signed_record_is_no_reason_to_write_anywhere(channel: Channel, fields: dict[str, Any]) -> None:
    with pytest.raises(TrustError):
        record(_record(channel, **fields))


def test_a_parcel_is_bounded_by_what_its_release_leads_to(channel: Channel, tmp_path: Path) -> None:
    """Millions of small things are refused at the first that nothing leads to."""
    store = channel.world.store
    root = store.release(store.current_id()).root
    tiny = b"".join(bytes((2,)) + (4).to_bytes(4, "big") + n.to_bytes(4, "big") for n in range(200_000))
    hub = Store.open(tmp_path / "other")
    with pytest.raises(TrustError, match="does not lead to"):
        hub.adopt(root, zstandard.ZstdCompressor().compress(tiny))
    assert hub.current_id() == ""


@pytest.mark.parametrize(
    "words", ['{{ cycler.__init__.__globals__.os.system("true") }}', '{{ "".__class__.__mro__[1].__subclasses__() }}']
)
def test_layouts_that_came_along_reach_nothing(tmp_path: Path, words: str) -> None:
    (tmp_path / "list.xml").write_text(f"<screen>{words}</screen>")
    shape = load_geometry("hd")
    with pytest.raises(MarkupError):
        Layouts(tmp_path).markup("list", None, picture.head("list", "hd"), shape)


def test_a_folder_is_built_in_or_follows(channel: Channel, tmp_path: Path) -> None:
    with pytest.raises(PersonError, match="built here"):
        Follower(channel.url, channel.root, channel.state)
    here(tmp_path, channel).look()
    argv = [sys.executable, "-m", "broadcaster.cli", "--channel", str(channel.world.folder), "--state"]
    done = subprocess.run([*argv, str(tmp_path / "hub"), "work"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "follows" in done.stderr


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--follow", "nowhere", "--root", "root.json"), "--follow"),
        (("--follow", "http://127.0.0.1:9/bundles/"), "--root"),
        (("--follow", "http://127.0.0.1:9/bundles/", "--root", "none.json"), "none.json"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    argv = [sys.executable, "-m", "broadcaster.cli", "--state", str(tmp_path / "hub"), "serve", *more]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and says in done.stderr, done.stderr


@pytest.mark.slow
def test_two_origins_paint_the_same_and_a_new_line_up_loses_no_request(channel: Channel, tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    more = ("--follow", channel.url, "--root", str(channel.root), "--port", "0")
    process = start(tmp_path, hub, *more, command="serve")
    try:
        there, port = int(channel.url.split(":")[2].split("/")[0]), port_of(hub)
        wait_for(lambda: get_quietly(port, PAGE) == 200 and get_quietly(there, PAGE) == 200)
        assert get(port, PAGE).body == get(there, PAGE).body
        assert get(port, PAGE).fields["etag"] == get(there, PAGE).fields["etag"]
        second = channel.say("第二版")
        wait_for(lambda: get(port, "/healthz").fields.get("x-release") == second)
        assert (hub / FOLLOWED).is_dir()
        failed, stop = [], threading.Event()

        def boxes() -> None:
            while not stop.is_set():
                status = get_quietly(port, PAGE)
                if status != 200:
                    failed.append(status)

        box = threading.Thread(target=boxes)
        box.start()
        channel.declare(("100", "estate", "news"), ("112", "district", "news"), ("115", "estate", "towns"))
        channel.say("第三版")
        wait_for(lambda: get_quietly(port, "/web-hd/district/112.html") == 200)
        stop.set()
        box.join()
        assert failed == []
    finally:
        process.terminate()
        process.wait(60)
