"""One build by hand, with a progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from broadcaster.painters.checks import Checks
from broadcaster.painters.client import Client
from broadcaster.places import STORE
from broadcaster.tools.terminal import Bar
from channel.build.builder import Builder, BuildReport
from channel.build.report import RepairReport
from channel.folder import Channel
from channel.memory import collect_seldom
from channel.release import Store
from channel.verdicts import Verdicts
from feeds.archive import Archive


def build_once(channel: Channel, moment: datetime, only: set[str] | None = None) -> BuildReport:
    """Build what is touched at ``moment`` (of these pages alone, if any are given). Raises ChannelError."""
    with _builder(channel) as builder, Bar("building") as bar:
        return builder.build(moment, only=only or None, progress=bar.at)


def repair_once(channel: Channel, moment: datetime) -> RepairReport:
    """Check the store and mend it by asking again. Raises ChannelError."""
    with _builder(channel) as builder, Bar("mending") as bar:
        return builder.repair(moment, progress=bar.at)


@contextmanager
def _builder(channel: Channel) -> Iterator[Builder]:
    collect_seldom()
    channel.state.mkdir(parents=True, exist_ok=True)
    archive = Archive.open(channel.archive_url)
    store = Store.open(channel.state / STORE)
    client = Client(channel.state)
    checks = Checks(channel, store, client)
    try:
        yield Builder(channel, archive, store, failed=Verdicts(channel.state).failed, check=checks.draft)
    finally:
        client.close()
        archive.close()
