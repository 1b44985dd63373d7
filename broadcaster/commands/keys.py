"""``channel keys``: the keys that bundles are signed with."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

HELP = "make, show, replace and put away the keys that bundles are signed with"
ROLES = ("root", "targets", "snapshot", "timestamp")


def arguments(parser: argparse.ArgumentParser) -> None:
    """``init``, ``status``, ``rotate``, ``renew``, ``export-root`` and ``accept``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("init", help="make new keys; refused when there are keys already")
    actions.add_parser("status", help="which keys there are, until when what they signed is good, and what to do")
    rotate = actions.add_parser("rotate", help="new keys for these roles, in a way that operators follow by themselves")
    rotate.add_argument("roles", metavar="ROLE", nargs="+", choices=ROLES, help=", ".join(ROLES))
    renew = actions.add_parser("renew", help="the same keys, and a root.json that is good for five years from now")
    for action in (rotate, renew):
        action.add_argument("--keys", metavar="FOLDER", type=Path, help="where the root key is, if it is not here")
    export = actions.add_parser("export-root", help="copy the root key and root.json to a folder outside of the state")
    export.add_argument("folder", metavar="FOLDER", type=Path, help="on a medium that can be taken away")
    export.add_argument("--remove", action="store_true", help="then remove the root key from this machine")
    accept = actions.add_parser("accept", help="take over what `rotate --keys` or `renew --keys` made in a folder")
    accept.add_argument("folder", metavar="FOLDER", type=Path)


def run(args: argparse.Namespace) -> int:
    """Do it, and say what belongs where."""
    from broadcaster.bundle import ceremony, keys
    from broadcaster.cli import open_channel
    from feeds.base.clock import SystemClock

    clock = SystemClock()
    if args.action in ("rotate", "renew") and args.keys:
        made = ceremony.rotate(args.keys, getattr(args, "roles", ()), clock)
        print(f"root.json version {made.signed.version} is signed, good until {made.signed.expires:%Y-%m-%d}")
        print(f"Bring this folder back to the channel's machine: `channel keys accept {args.keys}`")
        return 0
    state = args.state or open_channel(args).state
    home = keys.folder(state)
    if args.action == "init":
        keys.create(state)
        print(f"made four ed25519 keys in {home}")
    elif args.action == "export-root":
        ceremony.export(home, args.folder, remove=args.remove)
        print(f"the root key is in {args.folder}, for its owner alone{'' if args.remove else ', and here still'}")
        print("Take it away and keep a second copy of it: whoever has it can speak as this channel, and who lost it")
        print("can replace no key.")
    elif args.action != "status":
        if args.action == "accept":
            made = ceremony.accept(home, args.folder)
            for path in sorted(path for path in args.folder.glob("*.pem") if path.name != ceremony.KEY):
                print(f"{path} is needed there no longer: remove it")
        else:
            made = ceremony.rotate(home, getattr(args, "roles", ()), clock)
        print(f"root.json version {made.signed.version} is in force here")
        print("Operators follow with their next pull after `channel work` (or `channel bundle`, now) has published it.")
    _show(state, clock.now())
    return 0


def _show(state: Path, now: datetime) -> None:
    from broadcaster.bundle import key_status, keys

    for row in key_status.rows(state, now):
        good = f"{row.until:%Y-%m-%d %H:%M} UTC" if row.until else ""
        until = f"signed until {good}" if row.signed else "signed nothing yet"
        if good and not row.signed:
            until += f"; what the key before it signed is good until {good}"
        print(f"  {row.role:<10}{row.keyid[:16]}  {'here' if row.here else 'not here':<10}{until}")
    print(f"Give {keys.root_file(state)} to the operator by hand; it is public, but must come from you.")
    for trouble in key_status.troubles(state, now):
        print(f"{'fault' if trouble.fault else 'warning'}: {trouble.sentence}")
        print(f"    {trouble.mend}")
