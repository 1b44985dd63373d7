"""``channel asrun``: what an estate was served at a moment."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channel.release import Air

HELP = "what an estate was served at a moment, for 90 days, also after prune"
UNPROVED = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whom, when."""
    parser.add_argument("--estate", default="district", metavar="ID", help="default: district")
    parser.add_argument("--page", default="", metavar="PAGE", help="make this page again and write it as files")
    parser.add_argument("--profile", default="web-hd", metavar="NAME", help="for these boxes (default: web-hd)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files of --page go")
    parser.add_argument("--at", required=True, metavar="ISO8601", help="without offset it is on the channel's clock")


def run(args: argparse.Namespace) -> int:
    """Print the release, the alert, and a line a page with what it was made from; with ``--page`` write the page itself
    and say whether that is proved (exit code 5 where it is not)."""
    from broadcaster.cli import open_store
    from broadcaster.tools.terminal import table
    from feeds.base.clock import local, parse_moment
    from feeds.base.errors import NotFound

    store = open_store(args)
    moment = parse_moment(args.at)
    air = store.asrun(args.estate, moment)
    if air is None:
        raise NotFound(f"at: found {args.at!r}, of which nothing is recorded for {args.estate}")
    since = f"{air.action}, since {local(air.since):%m-%d %H:%M:%S}"
    print(f"{args.estate} at {local(moment):%Y-%m-%d %H:%M:%S}: {air.release} ({since})")
    if air.alert:
        print(f"alert.json: {air.alert.decode()}")
    if air.denied:
        print(f"taken down: {', '.join(air.denied)}")
    if args.page:
        return _again(args, air)
    rows = []
    for page in air.pages:
        sources = page.made.sources.items() if page.made else ()
        made = ", ".join(f"{name} {digest[:8]}" for name, (digest, _) in sources)
        rows.append((page.page, page.scope, page.digest, made))
    table(("page", "scope", "digest", "made from"), rows)
    return 0


def _again(args: argparse.Namespace, air: Air) -> int:
    """Write one page as it was; its exit code."""
    from broadcaster.cli import open_channel
    from broadcaster.tools import showing
    from broadcaster.tools.witness import witness
    from feeds.base.errors import PersonError

    if args.out is None:
        raise PersonError("asrun: found --page without --out, expected a folder for its files")
    found = witness(open_channel(args), air, args.page, args.profile)
    names = showing.write(found.rendered, args.out)
    print(f"page {args.page}: {found.sentence}")
    print(f"{len(names)} files in {args.out}")
    return 0 if found.proved else UNPROVED
