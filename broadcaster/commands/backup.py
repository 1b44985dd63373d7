"""``channel backup``."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write what is on air and its history into one file that restore reads"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, metavar="FILE", help="such as channel-2026-11-24.tar")


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    from broadcaster.cli import open_store

    size = open_store(args).backup(args.file)
    print(f"{args.file}: {size:,} bytes")
    return 0
