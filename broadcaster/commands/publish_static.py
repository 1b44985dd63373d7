"""``channel publish-static``."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write the release on air as plain files that any web server or CDN can serve"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, which release, what of it."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="DIR/current becomes the release")
    parser.add_argument("--release", default="", metavar="ID", help="default: the one on air")
    parser.add_argument(
        "--select", action="append", default=[], metavar="NAME",
        help="a family of boxes or a town to carry; again for more (default: [bundle] of channel.toml)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write and switch."""
    from broadcaster.bundle.static_site import publish_static
    from broadcaster.cli import open_channel, open_store
    from broadcaster.tools.terminal import Bar

    with Bar("painting") as bar:
        release, paths = publish_static(
            open_store(args), open_channel(args), args.folder,
            release=args.release, select=args.select, progress=bar.at,
        )  # fmt: skip
    print(f"{args.folder / 'current'} is release {release}: {paths:,} paths")
    return 0
