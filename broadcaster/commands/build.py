"""``channel build``."""

from __future__ import annotations

import argparse

HELP = "build what changed from what the sources last said, and put it on air"
FAULTS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which pages, as of when."""
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="only these pages (default: all that are touched)")
    parser.add_argument("--moment", metavar="ISO8601", help="build as of this moment (default: now)")


def run(args: argparse.Namespace) -> int:
    """Build once; exit code 4 when a page was kept off air."""
    import sys

    from broadcaster.cli import open_channel, own_state
    from broadcaster.tools.building import build_once
    from feeds.base.clock import SystemClock, parse_moment

    channel = own_state(open_channel(args))
    for page in args.pages:
        channel.lineup.page(page)
    moment = parse_moment(args.moment) if args.moment else SystemClock().now()
    report = build_once(channel, moment, set(args.pages))
    for finding in report.faults[:20]:
        print(f"fault: {finding.page} screen {finding.screen} {finding.element}: {finding.sentence}", file=sys.stderr)
    if report.release_id:
        where = "on air" if report.on_air else "built; publishing is held"
        print(f"release {report.release_id} is {where}: {report.pages:,} pages asked {report.asked:,} times, "
              f"{report.changed:,} answers new, {report.seconds:.1f} s")  # fmt: skip
    else:
        print(f"nothing differs from what is on air ({report.seconds:.1f} s)")
    return FAULTS if report.faults else 0
