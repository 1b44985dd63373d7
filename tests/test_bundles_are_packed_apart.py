"""A bundle is packed by a process that ends with it: what it needs for a moment the builder never has."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import EXAMPLE
from painted_site import children_of
from said_store import MOMENT, house, say, small_example, snapshots_of, wait_until

from broadcaster.bundle import bundles, keys
from broadcaster.bundle.packing import packed
from broadcaster.bundle.repository import newest_release
from broadcaster.places import STORE
from channel.folder import Channel
from channel.release import Store
from feeds.base.clock import SetClock, SystemClock
from feeds.base.errors import BusyError, ChannelError

pytestmark = pytest.mark.slow


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    """What two pages say, with somebody to paint it."""
    folder, state = tmp_path / "channel", tmp_path / "state"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
    state.mkdir()
    made = small_example(folder, state, ("ipanel-hd", "bitmap-hd"), estates=2)
    say(made, snapshots_of(made), ("100", "201"))
    keys.ensure(state, SetClock(MOMENT))
    with house(state, 1):
        yield made


def test_it_leaves_a_bundle_and_no_process(channel: Channel) -> None:
    """What it carries is said by the release: the folder may be in an editor's hands meanwhile."""
    shutil.rmtree(channel.folder)
    packed(channel.state)
    assert newest_release(bundles.folder(channel.state))[0] == Store.open(channel.state / STORE).current_id()
    assert not _packing()


def test_one_that_is_killed_costs_a_retry(channel: Channel, caplog: pytest.LogCaptureFixture) -> None:
    """``kill -9`` in the middle of a pack: it is packed again, to the same bytes, and nothing half done stays."""
    targets = bundles.folder(channel.state) / "targets"
    done = _in_a_thread(channel.state)
    wait_until(lambda: list(targets.glob(".*.new")), "a pack is begun")
    for pid in _packing():
        os.kill(pid, signal.SIGKILL)
    assert done() is None
    assert "was ended" in caplog.text
    (pack,) = targets.glob("*.zst")
    assert not list(targets.glob(".*"))
    body = pack.read_bytes()
    store = Store.open(channel.state / STORE)
    release = store.current()
    assert release is not None
    shutil.rmtree(bundles.folder(channel.state))
    assert bundles.publish(store, release, channel, SystemClock()).read_bytes() == body


def test_one_that_is_killed_again_leaves_it_to_the_next_release(channel: Channel) -> None:
    """It gives up, and says so; whoever asks next has it packed."""
    done = _in_a_thread(channel.state)
    for _ in range(2):
        wait_until(_packing, "a process packs")
        for pid in _packing():
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: pid not in _packing(), "it is gone")  # type: ignore[misc]
    assert isinstance(done(), BusyError)
    packed(channel.state)
    assert newest_release(bundles.folder(channel.state))[0]


def test_what_goes_wrong_there_is_said_here(channel: Channel) -> None:
    """A key that is gone is named where bundles are asked for."""
    shutil.rmtree(keys.folder(channel.state))
    with pytest.raises(ChannelError, match=r"root\.json"):
        packed(channel.state)


def _packing() -> list[int]:
    return [pid for pid, line in children_of(os.getpid()) if "broadcaster.bundle.packing" in line]


def _in_a_thread(state: Path) -> Callable[[], ChannelError | None]:
    """Have it packed meanwhile; what is given waits for it, and gives what was raised."""
    raised: list[ChannelError] = []

    def run() -> None:
        try:
            packed(state)
        except ChannelError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def done() -> ChannelError | None:
        thread.join(120)
        return raised[0] if raised else None

    return done
