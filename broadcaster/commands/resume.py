"""``channel resume``."""

from __future__ import annotations

import argparse

HELP = "end the hold after a rollback: what was built meanwhile goes on air"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Why."""
    parser.add_argument("--note", default="", help="why, for the list of releases")


def run(args: argparse.Namespace) -> int:
    """Resume; without a hold nothing changes."""
    from broadcaster.cli import open_own_store

    store = open_own_store(args)
    held = store.held
    ident = store.resume(args.note)
    print(f"release {ident} is on air" if held else f"publishing was not held; release {ident} stays on air")
    return 0
