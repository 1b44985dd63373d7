"""``channel show``."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write one page as files, as of a moment, without touching what is on air"


MOST_FINDINGS = 12


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which page, for whom, when, from what, to where."""
    parser.add_argument("page", metavar="PAGE", help="a number of the line-up, such as 201")
    parser.add_argument("--estate", default="district", metavar="ID", help="default: district")
    parser.add_argument("--profile", default="web-hd", metavar="NAME", help="default: web-hd")
    parser.add_argument("--moment", metavar="ISO8601", help="without offset on the channel's clock (default: now)")
    parser.add_argument(
        "--records", type=Path, metavar="DIR", help="raw files of the sources (default: the archive)"
    )
    parser.add_argument(
        "--release", metavar="ID", help="paint what this release says (`air`: the one on air), not what sources say"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")


def run(args: argparse.Namespace) -> int:
    """Render and write; findings of preflight go to standard error."""
    import sys

    from broadcaster.cli import open_channel
    from broadcaster.places import STORE
    from broadcaster.tools import showing
    from channel.release import Store
    from feeds.base.clock import SystemClock, parse_moment
    from feeds.base.errors import NotFound

    channel = open_channel(args)
    moment = parse_moment(args.moment) if args.moment else SystemClock().now()
    if args.release:
        store = Store.open(channel.state / STORE)
        release = store.current() if args.release == "air" else store.release(args.release)
        if release is None:
            raise NotFound("release: nothing is on air yet")
        rendered = showing.painted_page(channel, release, args.page, args.estate, args.profile)
    else:
        rendered = showing.render_page(channel, args.page, args.estate, args.profile, moment, args.records)
    names = showing.write(rendered, args.out)
    view = showing.link_for_browsers(args.out, args.profile, args.estate)
    for finding in rendered.findings[:MOST_FINDINGS]:
        where = f"{finding.page} screen {finding.screen} {finding.element}"
        print(f"{finding.level}: {where}: {finding.sentence}", file=sys.stderr)
    if len(rendered.findings) > MOST_FINDINGS:
        print(f"and {len(rendered.findings) - MOST_FINDINGS} findings more", file=sys.stderr)
    print(f"{len(names)} files in {args.out}; open {view / (args.page + '.html')}")
    return 0
