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
    """Print a line a problem, what repeats once; the exit code is that of the worst family: 0 none, 2 files, 3 sources,
    4 pages, 5 the store. Files that cannot be loaded hide the rest."""
    import json

    from broadcaster.cli import open_channel
    from broadcaster.tools.checking import check, doubting, grouped, of_mistakes
    from feeds.base.clock import SystemClock
    from feeds.base.errors import Mistake, Mistakes

    doubted: list[Mistake] = []
    try:
        channel = open_channel(args, doubting(doubted))
        problems = check(channel, SystemClock().now(), render=args.render, store=args.store)
        looked = f"{len(channel.lineup.pages)} pages, {len(channel.sources)} sources, {len(channel.estates)} estates"
    except Mistakes as error:
        problems = of_mistakes([*error.found, *doubted])
        looked = "the rest is looked at when these are mended"
    groups = grouped(problems)
    for group in groups:
        first = group.first
        if args.json:
            told = {"where": first.where, "sentence": group.sentence, "code": first.code, "places": group.names}
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(f"{'problem' if first.code else 'note'}: {group.text}")
    if not args.json:
        serious = sum(1 for group in groups if group.first.code)
        print(f"{serious} problems, {len(groups) - serious} notes; {looked}")
    return max((problem.code for problem in problems), default=0)
