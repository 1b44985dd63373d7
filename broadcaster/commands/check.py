"""``channel check``."""

from __future__ import annotations

import argparse

HELP = "list everything that is wrong: files, sources, pages and, if asked, the store"


def arguments(parser: argparse.ArgumentParser) -> None:
    """How deep to look."""
    parser.add_argument("--render", action="store_true", help="render every page now for two places")
    parser.add_argument("--all", action="store_true", help="paint and check everything on air; half an hour or more")
    parser.add_argument("--store", action="store_true", help="read and verify every object of the store")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Print a line a problem, what repeats once; the exit code is that of the worst family: 0 none, 2 files, 3 sources,
    4 pages, 5 the store. A file that cannot be read hides nothing of the others; what waits for it is said. Pages,
    sources and catalogues are told in the channel's language; JSON is for machines, and English."""
    import json

    from broadcaster.cli import channel_folder
    from broadcaster.tools.checking import check
    from broadcaster.tools.problems import grouped, size
    from feeds.base.clock import SystemClock

    moment = SystemClock().now()
    channel, checked = check(
        channel_folder(args), args.state, moment, render=args.render, everything=args.all, store=args.store
    )
    problems, say = checked.problems, checked.say
    groups = grouped(problems)
    for group in groups:
        first = group.first
        if args.json:
            told = {"where": first.where, "sentence": group.sentence, "code": first.code}
            print(json.dumps({**told, "places": group.names, "keys": group.keys}, ensure_ascii=False))
        else:
            print(group.line(say))
    if not args.json:
        for remark in checked.waiting:
            print(say("not looked at: {what}", what=remark.said(say)))
        serious = sum(1 for group in groups if group.first.code)
        counts = (
            say.plural("{n} problem", "{n} problems", serious),
            say.plural("{n} note", "{n} notes", len(groups) - serious),
        )
        print(f"{say.clauses(counts)}; {size(channel, say)}")
    return max((problem.code for problem in problems), default=0)
