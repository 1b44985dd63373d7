"""``channel gather``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.gather import Gathering

HELP = "ask the sources once, now, and keep what they say"
SOURCE_FAILED = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which sources."""
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="ids of sources.toml (default: all of them)")


def run(args: argparse.Namespace) -> int:
    """Gather, print a line a source; exit code 3 when one of them could not be read."""
    from broadcaster.cli import open_channel, own_state
    from broadcaster.station.scheduler import gather_now
    from broadcaster.tools.terminal import Bar, table
    from feeds.archive import Archive
    from feeds.base.clock import SystemClock
    from feeds.base.errors import NotFound
    from feeds.base.toml import nearest

    channel = own_state(open_channel(args))
    for ident in args.sources:
        if ident not in channel.sources:
            raise NotFound(f"source: found {ident!r}, which is not in sources.toml{nearest(ident, channel.sources)}")
    named = [channel.sources[ident] for ident in args.sources or channel.sources]
    wanted = [source for source in named if not source.is_desk]
    archive = Archive.open(channel.archive_url, datasets=channel.datasets_folder)
    try:
        with Bar("gathering", len(wanted)) as bar:
            done = gather_now(wanted, archive, channel.folder, SystemClock(), lambda one: bar.step(one.source))
    finally:
        archive.close()
    rows = [
        (d.source, d.outcome, _read(d), d.quarantined or "", f"{d.seconds:.1f}", d.error or d.drift) for d in done
    ]
    table(("source", "outcome", "records", "quarantined", "seconds", "why"), rows)
    return SOURCE_FAILED if any(not one.ok for one in done) else 0


def _read(done: Gathering) -> str:
    """How many records there are, and how much is in the dataset beside them."""
    return f"{done.count}, {done.entries:,} in its dataset" if done.entries else str(done.count)
