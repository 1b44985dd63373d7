"""``channel bundle``: the release on air as a signed bundle, now."""

from __future__ import annotations

import argparse
import time

HELP = "publish the release on air as a bundle that an operator can pull"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it carries."""
    parser.add_argument(
        "--select", action="append", default=[], metavar="NAME",
        help="a family of boxes or a town to carry; again for more (default: [bundle] of channel.toml)",
    )  # fmt: skip
    parser.epilog = "`channel work` does this by itself; this is for a channel that is built by hand."


def run(args: argparse.Namespace) -> int:
    """Publish, or sign the timestamp anew when the release is there already. Needs a release on air."""
    from broadcaster.bundle import bundles, keys
    from broadcaster.cli import open_channel, open_store
    from broadcaster.tools.terminal import Bar
    from feeds.base.clock import SystemClock
    from feeds.base.errors import NotFound

    channel, store, clock = open_channel(args), open_store(args), SystemClock()
    release = store.current()
    if release is None:
        raise NotFound("no release is on air", hint="`channel build` makes one")
    keys.ensure(channel.state, clock)
    began = time.monotonic()
    with Bar("painting") as bar:
        pack = bundles.publish(store, release, channel, clock, select=args.select, progress=bar.at)
    size = pack.stat().st_size / 1e6
    print(f"release {release.id} is a bundle of {size:.1f} MB ({time.monotonic() - began:.1f} s)")
    print(f"operators pull it with {keys.root_file(channel.state)}")
    return 0
