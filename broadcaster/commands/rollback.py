"""``channel rollback``."""

from __future__ import annotations

import argparse

HELP = "put the pages of an earlier release back on air and hold publishing"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which release."""
    parser.add_argument("release", metavar="ID", help="as `channel releases` lists it")
    parser.add_argument("--note", default="", help="why, for the list of releases")


def run(args: argparse.Namespace) -> int:
    """Roll back; alerts stay live."""
    from broadcaster.cli import open_own_store

    ident = open_own_store(args).rollback(args.release, args.note)
    print(f"release {ident} is on air, with the pages of {args.release}")
    print("Publishing is held: only alerts go on air until `channel resume`.")
    return 0
