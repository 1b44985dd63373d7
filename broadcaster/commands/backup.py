"""``channel backup``."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write what is on air, its history and what the desk keeps into one file that restore reads"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, metavar="FILE", help="such as channel-2026-11-24.tar")


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    import tempfile

    from broadcaster.cli import open_channel, open_store
    from broadcaster.desk import backup
    from broadcaster.desk.tables import open_database

    engine = open_database(open_channel(args).archive_url)
    try:
        with tempfile.TemporaryDirectory() as folder:
            head = backup.keep(engine, Path(folder))
            size = open_store(args).backup(args.file, Path(folder))
    finally:
        engine.dispose()
    texts, people = head.rows["desk_texts"], head.rows["desk_people"]
    print(f"{args.file}: {size:,} bytes; of the desk {texts} texts, {people} people")
    return 0
