"""``channel restore``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

HELP = "put a backup's releases into an empty state folder, and its desk into a database that has none"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where from; ``--state`` says where to."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what backup wrote")


def run(args: argparse.Namespace) -> int:
    """Restore; refused when there are releases already."""
    from broadcaster.cli import open_channel
    from broadcaster.desk.tables import open_database
    from broadcaster.places import STORE

    channel = open_channel(args)
    engine = open_database(channel.archive_url)
    try:
        for line in restored(engine, args.file, channel.state / STORE):
            print(line)
    finally:
        engine.dispose()
    return 0


def restored(engine: Engine, file: Path, store: Path) -> list[str]:
    """Both or neither; what was done, a line each. A desk that the database has already stays as it is."""
    import tempfile

    from broadcaster.desk import backup
    from broadcaster.desk.tables import Turn
    from channel.release import Store
    from channel.release.backup import beside

    with tempfile.TemporaryDirectory() as folder:
        beside(file, Path(folder))
        if backup.is_there(engine):
            said = "the database has a desk already, which stays as it is"
            made = Store.restore(file, store)
        else:
            with Turn(engine) as connection:
                head = backup.load(connection, Path(folder))
                said = "the backup has no desk"
                if head is not None:
                    texts, people = head.rows["desk_texts"], head.rows["desk_people"]
                    said = f"the desk has its {texts} texts and {people} people; its record is whole"
                # Within the desk's transaction: where one fails, neither is there.
                made = Store.restore(file, store)
    return [f"{made.current_id() or 'nothing'} is on air again", said]
