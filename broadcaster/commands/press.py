"""``channel press``: walk the screens of a channel in a terminal, so that a bug is reproducible in a line."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = 'walk from page 100 by keys, in a terminal: channel press "right ok down ok back"'


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which keys, from where, for whom, when."""
    parser.add_argument(
        "keys", metavar="KEYS", help="up down left right ok back red green yellow blue pageup pagedown, digits"
    )
    parser.add_argument("--from", dest="page", default="100", metavar="PAGE", help="default: 100")
    parser.add_argument("--estate", default="district", metavar="ID", help="default: district")
    parser.add_argument("--profile", default="web-hd", metavar="NAME", help="default: web-hd")
    parser.add_argument("--moment", metavar="ISO8601", help="without offset on the channel's clock (default: now)")
    parser.add_argument("--records", type=Path, metavar="DIR", help="raw files of the sources (default: the archive)")


def run(args: argparse.Namespace) -> int:
    """Print where each key leads."""
    from broadcaster.cli import open_channel
    from broadcaster.tools.terminal import table
    from broadcaster.tools.walking import Walk
    from feeds.base.clock import SystemClock, parse_moment

    channel = open_channel(args)
    moment = parse_moment(args.moment) if args.moment else SystemClock().now()
    walk = Walk(channel, args.estate, args.profile, moment, args.records, args.page)
    rows = [("", *walk.where())]
    for key in args.keys.split():
        walk.press(key)
        rows.append((key, *walk.where()))
    table(("key", "page", "screen", "focus", "words", "leads to"), rows)
    return 0
