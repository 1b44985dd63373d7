"""``channel releases``."""

from __future__ import annotations

import argparse

HELP = "list the releases that are kept, the newest first"


def arguments(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument("-n", type=int, default=20, metavar="N", help="how many (default: 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Print them; the one on air is marked."""
    from broadcaster.cli import open_store
    from broadcaster.tools.terminal import table
    from feeds.base.clock import local

    store = open_store(args)
    releases = list(reversed(store.releases()))[: args.n]
    if args.json:
        import msgspec

        for release in releases:
            print(msgspec.json.encode(release).decode())
        return 0
    rows = [
        (
            "on air" if release.on_air else "built" if release.built else "",
            release.id,
            f"{local(release.published):%Y-%m-%d %H:%M:%S}",
            release.action,
            release.base,
            release.note,
        )
        for release in releases
    ]
    table(("", "release", "published", "by", "pages of", "note"), rows)
    if store.held:
        print("Publishing is held: builds go on, but only alerts go on air until `channel resume`.")
    return 0
