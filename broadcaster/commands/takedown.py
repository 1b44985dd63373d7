"""``channel takedown``."""

from __future__ import annotations

import argparse

HELP = "remove one page or item from every estate, profile and release at once, or put it back"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What, and which way."""
    parser.add_argument("unit", nargs="?", metavar="UNIT", help="a page such as 201, or an item such as 201.h17")
    parser.add_argument("--undo", action="store_true", help="put it back")
    parser.add_argument("--note", default="", help="why, for the list of releases")


def run(args: argparse.Namespace) -> int:
    """Take down or put back; without UNIT, list what is down."""
    from broadcaster.cli import open_store

    store = open_store(args)
    if not args.unit:
        for unit in store.taken_down():
            print(unit)
        return 0
    act = store.put_back if args.undo else store.take_down
    ident = act(args.unit, args.note)
    print(f"{args.unit} is {'back' if args.undo else 'down'}; release {ident} is on air")
    return 0
