"""``channel repair``."""

from __future__ import annotations

import argparse

HELP = "check the store and mend what is damaged by asking it again"
LEFT = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """As of when."""
    parser.add_argument("--moment", metavar="ISO8601", help="ask as of this moment (default: now)")


def run(args: argparse.Namespace) -> int:
    """Mend; exit code 5 when something could not be mended."""
    from broadcaster.cli import open_channel, own_state
    from broadcaster.tools.building import repair_once
    from feeds.base.clock import SystemClock, parse_moment

    channel = own_state(open_channel(args))
    moment = parse_moment(args.moment) if args.moment else SystemClock().now()
    report = repair_once(channel, moment)
    for damage in report.damages:
        print(f"damaged: {damage.sentence}")
    if not report.damages:
        print("nothing is damaged")
        return 0
    print(f"{report.build.pages:,} pages asked again")
    if report.forgotten:
        print(f"{report.forgotten} old releases can no longer be rolled back to")
    for damage in report.left:
        print(f"not mended: {damage.sentence}")
    return LEFT if report.left else 0
