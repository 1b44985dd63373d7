"""``channel restore``."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "put a backup's releases into an empty state folder"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where from; ``--state`` says where to."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what backup wrote")


def run(args: argparse.Namespace) -> int:
    """Restore; refused when there are releases already."""
    from broadcaster.cli import open_channel
    from broadcaster.places import STORE
    from channel.release import Store

    store = Store.restore(args.file, open_channel(args).state / STORE)
    print(f"{store.current_id() or 'nothing'} is on air again")
    return 0
