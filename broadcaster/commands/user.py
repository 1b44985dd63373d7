"""``channel user``: who may work at the desk."""

from __future__ import annotations

import argparse

HELP = "add, list and end people of the desk, set passwords, ask for no codes any more"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, to whom; ``no-codes`` is for a telephone that was lost."""
    parser.add_argument("do", choices=("add", "list", "password", "no-codes", "end"))
    parser.add_argument("name", nargs="?", default="", help="whom (not for list)")
    parser.add_argument("--role", default="editor", help="viewer, editor, approver, operator or administrator")
    parser.add_argument("--town", action="append", default=[], metavar="TOWN", help="only for this town (repeatable)")


def run(args: argparse.Namespace) -> int:
    """A password is asked twice, never taken as an argument."""
    from broadcaster.cli import open_channel
    from broadcaster.desk import people
    from broadcaster.desk.tables import open_database
    from broadcaster.tools.terminal import table
    from feeds.base.clock import SystemClock
    from feeds.base.errors import PersonError

    channel = open_channel(args)
    engine, now = open_database(channel.archive_url), SystemClock().now()
    try:
        if args.do == "list":
            rows = [(p.name, p.role, ", ".join(p.towns) or "everywhere") for p in people.people(engine)]
            table(("name", "role", "for"), rows)
            return 0
        if not args.name:
            raise PersonError("name: found none, expected whom")
        unknown = [town for town in args.town if town not in channel.estates.towns]
        if unknown:
            raise PersonError(f"--town: found {unknown[0]!r}, which is none of this channel's")
        if args.do == "add":
            people.add(engine, args.name, args.role, _asked(), now, towns=tuple(args.town))
        elif args.do == "password":
            people.set_password(engine, args.name, _asked(), now)
        elif args.do == "no-codes":
            people.drop_codes(engine, args.name, now)
        else:
            people.end(engine, args.name, now)
    finally:
        engine.dispose()
    print(f"{args.name}: done")
    return 0


def _asked() -> str:
    """The password, typed twice; from a pipe, its first line."""
    import getpass
    import sys

    from feeds.base.errors import PersonError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise PersonError("password: the two were not the same")
    return first
