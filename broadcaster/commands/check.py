"""``channel check``."""

from __future__ import annotations

import argparse

HELP = "list everything that is wrong: files, sources, pages and, if asked, the store"


def arguments(parser: argparse.ArgumentParser) -> None:
    """How deep to look."""
    parser.add_argument("--render", action="store_true", help="render every page now, not recall the last build")
    parser.add_argument("--store", action="store_true", help="read and verify every object of the store")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Print a line a problem; the exit code is that of the worst family: 0 none, 3 sources, 4 pages, 5 the store."""
    import json
    from dataclasses import asdict

    from broadcaster.cli import open_channel
    from broadcaster.tools.checking import check
    from feeds.base.clock import SystemClock

    channel = open_channel(args)
    problems = check(channel, SystemClock().now(), render=args.render, store=args.store)
    for problem in problems:
        if args.json:
            print(json.dumps(asdict(problem), ensure_ascii=False))
        else:
            print(f"{'problem' if problem.code else 'note'}: {problem.where}: {problem.sentence}")
    if not args.json:
        serious = sum(1 for problem in problems if problem.code)
        looked = f"{len(channel.lineup.pages)} pages, {len(channel.sources)} sources, {len(channel.estates)} estates"
        print(f"{serious} problems, {len(problems) - serious} notes; {looked}")
    return max((problem.code for problem in problems), default=0)
