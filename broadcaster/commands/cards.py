"""``channel cards``."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make the table that tells which estate a smart card belongs to, without keeping a card number"


def arguments(parser: argparse.ArgumentParser) -> None:
    """``import`` and ``key``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    load = actions.add_parser("import", help="read the operator's CSV (columns card, estate); workers take it at start")
    load.add_argument("file", type=Path, metavar="CSV")
    actions.add_parser("key", help="print a fresh key for CHANNEL_CARD_KEY, to be kept away from the table")


def run(args: argparse.Namespace) -> int:
    """Make the table, or print a key."""
    import os
    import secrets

    if args.action == "key":
        print(secrets.token_hex(32))
        return 0
    from broadcaster.cli import open_channel
    from broadcaster.origin.identity import CardTable
    from broadcaster.places import CARD_KEY, CARDS
    from feeds.base.errors import PersonError

    key = os.environ.get(CARD_KEY, "").encode()
    if len(key) < 32:
        raise PersonError(
            f"environment: {CARD_KEY}: expected a key of 32 characters or more", hint="`channel cards key`"
        )
    channel = open_channel(args)
    channel.state.mkdir(parents=True, exist_ok=True)
    taken, left_out = CardTable.write(args.file, channel.state / CARDS, key, channel.estates)
    print(f"{taken:,} cards in {channel.state / CARDS}; {left_out:,} rows left out (no card number, or no such estate)")
    print("Running workers take it with a reload: kill -HUP of `channel serve`.")
    return 0
