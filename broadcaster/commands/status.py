"""``channel status``."""

from __future__ import annotations

import argparse

HELP = "what is on air, how fresh the sources are and who works, as one table"


def arguments(parser: argparse.ArgumentParser) -> None:
    """In which form."""
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print it; exit code 1 when nothing is on air."""
    import json

    from broadcaster.cli import open_channel
    from broadcaster.tools.status import status
    from broadcaster.tools.terminal import table

    told = status(open_channel(args))
    if args.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        table(("what", "value"), [(name.replace("_", " "), value) for name, value in told.items()])
    return 0 if told["release"] else 1
