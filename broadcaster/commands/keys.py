"""``channel keys``: the keys that bundles are signed with."""

from __future__ import annotations

import argparse

HELP = "make the keys that bundles are signed with, or show them"


def arguments(parser: argparse.ArgumentParser) -> None:
    """``init`` and ``show``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("init", help="make new keys; refused when there are keys already")
    actions.add_parser("show", help="which keys there are, until when root.json is good, what to keep offline")


def run(args: argparse.Namespace) -> int:
    """Make the keys, or list them; both say what belongs where."""
    from broadcaster.bundle import keys
    from broadcaster.cli import open_channel

    state = args.state or open_channel(args).state
    if args.action == "init":
        keys.create(state)
        print(f"made four ed25519 keys in {keys.folder(state)}")
    trusted = keys.root(state)
    for role in keys.ROLES:
        here = (keys.folder(state) / f"{role}.pem").exists()
        print(f"  {role:<10}{trusted.signed.roles[role].keyids[0][:16]}  {'here' if here else 'not here'}")
    print(f"root.json is good until {trusted.signed.expires:%Y-%m-%d}")
    print(f"Give {keys.root_file(state)} to the operator by hand; it is public, but must come from you.")
    if (keys.folder(state) / "root.pem").exists():
        print(f"Move {keys.folder(state) / 'root.pem'} to a medium that is kept offline: it is needed only to replace")
        print("the other keys. Back up that medium; whoever has it can speak as this channel.")
    print("The keys of targets, snapshot and timestamp stay here, mode 0600: they sign every release.")
    return 0
