"""``channel asrun``: what an estate was served at a moment."""

from __future__ import annotations

import argparse

HELP = "what an estate was served at a moment, for 90 days, also after prune"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whom, when."""
    parser.add_argument("--estate", default="district", metavar="ID", help="default: district")
    parser.add_argument("--at", required=True, metavar="ISO8601", help="without offset it is Asia/Shanghai")


def run(args: argparse.Namespace) -> int:
    """Print the release, the alert, and a line a page with what it was made from."""
    from broadcaster.cli import open_store
    from broadcaster.tools.terminal import table
    from feeds.base.clock import local, parse_moment
    from feeds.base.errors import NotFound

    moment = parse_moment(args.at)
    air = open_store(args).asrun(args.estate, moment)
    if air is None:
        raise NotFound(f"at: found {args.at!r}, of which nothing is recorded for {args.estate}")
    since = f"{air.action}, since {local(air.since):%m-%d %H:%M:%S}"
    print(f"{args.estate} at {local(moment):%Y-%m-%d %H:%M:%S}: {air.release} ({since})")
    if air.alert:
        print(f"alert.json: {air.alert.decode()}")
    if air.denied:
        print(f"taken down: {', '.join(air.denied)}")
    rows = []
    for page in air.pages:
        sources = page.made.sources.items() if page.made else ()
        made = ", ".join(f"{name} {digest[:8]}" for name, (digest, _) in sources)
        rows.append((page.page, page.scope, page.digest, made))
    table(("page", "scope", "digest", "made from"), rows)
    return 0
