"""``channel token``."""

from __future__ import annotations

import argparse

HELP = "sign an entry token that brings a box to its estate: /?e=TOKEN"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which estate, for how long."""
    parser.add_argument("estate", metavar="ESTATE", help="an id of estates.csv")
    parser.add_argument(
        "--for", dest="duration", default="365d", metavar="DURATION", help="such as 30d (default: 365d)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the token; its key is CHANNEL_ENTRY_KEY of the environment."""
    import os

    from broadcaster.cli import open_channel
    from broadcaster.origin.identity import sign_token
    from broadcaster.places import TOKEN_KEY
    from feeds.base.clock import SystemClock, parse_duration
    from feeds.base.errors import PersonError

    key = os.environ.get(TOKEN_KEY, "").encode()
    if len(key) < 32:
        raise PersonError(f"environment: {TOKEN_KEY}: expected a key of 32 characters or more")
    try:
        seconds = parse_duration(args.duration)
    except ValueError as error:
        raise PersonError(f"--for: {error}") from None
    estate = open_channel(args).estates[args.estate]
    print(sign_token(estate.id, int(SystemClock().now().timestamp() + seconds), key))
    return 0
