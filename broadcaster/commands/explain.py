"""``channel explain``: why a page is as it is."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = (
    "why a page is as it is: view, sources with age, artefacts shared or its own, when it will change next; for "
    "warnings why each is or is not in force"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which page, for whom, when."""
    parser.add_argument("page", metavar="PAGE", help="a number of the line-up, such as 201")
    parser.add_argument("--estate", default="district", metavar="ID", help="default: district")
    parser.add_argument("--profile", default="web-hd", metavar="NAME", help="default: web-hd")
    parser.add_argument("--moment", metavar="ISO8601", help="without offset on the channel's clock (default: now)")
    parser.add_argument("--records", type=Path, metavar="DIR", help="raw files of the sources (default: the archive)")


def run(args: argparse.Namespace) -> int:
    """Print the page's story as a table of two columns."""
    from broadcaster.cli import open_channel
    from broadcaster.tools.explaining import explain
    from broadcaster.tools.terminal import table
    from feeds.base.clock import SystemClock, parse_moment

    channel = open_channel(args)
    moment = parse_moment(args.moment) if args.moment else SystemClock().now()
    facts = explain(channel, args.page, args.estate, args.profile, moment, args.records)
    table(("what", "is"), facts, title=f"page {args.page} for {args.estate} on {args.profile}")
    return 0
