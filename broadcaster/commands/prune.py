"""``channel prune``."""

from __future__ import annotations

import argparse

HELP = "free what no kept release needs any more"


def arguments(parser: argparse.ArgumentParser) -> None:
    """How many releases stay."""
    parser.add_argument("--keep", type=int, default=None, metavar="N", help="how many stay (default: channel.toml)")


def run(args: argparse.Namespace) -> int:
    """Prune the store."""
    from broadcaster.cli import open_channel, open_store

    channel = open_channel(args)
    keep = args.keep if args.keep is not None else channel.settings.retention.releases
    done = open_store(args).prune(keep)
    print(f"{done.kept} releases kept, {done.dropped} dropped; {done.bytes / 1e6:.1f} MB given back")
    return 0
