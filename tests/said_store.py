"""A store that says what the small example's pages say, with nothing painted, and a house of painters over it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from running import make_small

from broadcaster.painters import Client
from broadcaster.painters.wire import Counts
from broadcaster.places import STORE
from channel.build.ledger import scopes_of
from channel.build.planning import Task
from channel.build.saying import Sayer
from channel.declared import pack_folder
from channel.folder import Channel
from channel.release import Release, Store
from channel.release.objects import MAP
from feeds.base.clock import parse_moment
from feeds.folder import read_records
from feeds.source import Snapshot

MOMENT = parse_moment("2026-11-24T08:05")
PROFILES = ("web-hd", "ipanel-hd", "bitmap-hd", "bitmap-sd")
ESTATES = ("mh0001", "mh0002")


def small_example(folder: Path, state: Path, profiles: tuple[str, ...] = PROFILES, estates: int = 3) -> Channel:
    """The example in ``folder`` (a copy of it that may be changed) with few estates and these profiles."""
    make_small(folder, profiles, estates)
    return Channel.open(folder, state)


def snapshots_of(channel: Channel) -> dict[str, Snapshot]:
    """What every source says at ``MOMENT``."""
    found = {
        ident: read_records(source, channel.folder / "records", MOMENT, channel.datasets)
        for ident, source in channel.sources.items()
    }
    return {ident: snapshot for ident, snapshot in found.items() if snapshot is not None}


def say(channel: Channel, snapshots: Mapping[str, Snapshot], pages: tuple[str, ...] = ()) -> Release:
    """Publish what the pages say (all of them when none is named); gives the release."""
    store = Store.open(channel.state / STORE)
    wanted = [p for p in channel.lineup.pages.values() if not pages or p.number in pages]
    tasks = [Task(page=page, scopes=scopes_of(page, channel.estates), inputs="") for page in wanted]
    with store.changes() as changes:
        changes.declared = changes.keep(MAP, pack_folder(channel)).hex()
        Sayer(channel, store).say(changes, "pages", tasks, snapshots, MOMENT)
        store.publish(changes)
    release = store.current()
    assert release is not None
    return release


@contextmanager
def house(state: Path, painters: int = 2, **options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A house of painters over a state folder, until the block ends."""
    process = start_house(state, painters, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait()


def start_house(state: Path, painters: int = 2, **options: str) -> subprocess.Popen[bytes]:
    """A house, once all its painters are ready."""
    argv = [sys.executable, "-m", "broadcaster.painters.house", str(state), "--painters", str(painters)]
    argv += [word for name, value in options.items() for word in (f"--{name}", value)]
    process = subprocess.Popen(argv, env={**os.environ, "CHANNEL_PARENT": str(os.getpid())})
    wait_until(lambda: process.poll() is not None or len(counts(state).painters) == painters, "painters are ready")
    assert process.poll() is None
    return process


def counts(state: Path) -> Counts:
    """What the house has done; nothing while it is away."""
    client = Client(state, patience=5.0)
    try:
        return client.counts() or Counts(0)
    finally:
        client.close()


def wait_until(happened: object, what: str, seconds: float = 60.0) -> None:
    """Wait for something that other processes do."""
    until = time.monotonic() + seconds
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < until, f"it took too long until {what}"
        time.sleep(0.02)
