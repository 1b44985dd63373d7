"""``channel ask``."""

from __future__ import annotations

import argparse

HELP = "ask the channel as a message account is asked: channel ask 201, channel ask WORDS --estate ID"
MOST = 20_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked, and for which estate."""
    parser.add_argument("words", nargs="*", help="a page number or words; nothing: the menu")
    parser.add_argument("--estate", default="", metavar="ID", help="whose answer (default: the district's)")


def run(args: argparse.Namespace) -> int:
    """Print the answer from the release on air."""
    from broadcaster.cli import open_channel
    from broadcaster.places import STORE
    from broadcaster.talk.accounts import NoAccounts
    from broadcaster.talk.answering import Talk
    from channel.release import Store
    from feeds.base.clock import SystemClock
    from feeds.base.errors import NotFound

    channel = open_channel(args)
    if args.estate and args.estate not in channel.estates:
        raise NotFound(f"--estate: found {args.estate!r}, which is not in estates.csv")
    store, portal = Store.open(channel.state / STORE), channel.settings.portal.url
    talk = Talk(channel, store, NoAccounts(), SystemClock(), portal)
    print(talk.answer(" ".join(args.words), estate=args.estate).text(MOST))
    return 0
