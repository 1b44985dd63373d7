"""``channel sources``."""

from __future__ import annotations

import argparse

HELP = "list the sources: how fresh, how many records, what went wrong last"


def arguments(parser: argparse.ArgumentParser) -> None:
    """In which form."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Print a line a source."""
    import json

    from broadcaster.cli import open_channel
    from broadcaster.tools.sources import source_rows
    from broadcaster.tools.terminal import table

    channel = open_channel(args)
    rows = source_rows(channel)
    if args.json:
        for row in rows:
            print(json.dumps(row.as_json(), ensure_ascii=False))
        return 0
    table(("source", "state", "age", "records", "quarantined", "every", "why"), [row.as_cells() for row in rows])
    return 0
