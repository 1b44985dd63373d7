"""``channel doctor``."""

from __future__ import annotations

import argparse

HELP = "examine this machine: packages, folders, fonts, database, clock, port, keys, sources; and how to mend each"


def arguments(parser: argparse.ArgumentParser) -> None:
    """How far to look."""
    parser.add_argument("--network", action="store_true", help="also open a connection to each source's server")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Print every finding; exit code 1 when one is a fault."""
    import json
    from dataclasses import asdict

    from broadcaster.cli import open_channel
    from broadcaster.tools.doctor import examine
    from broadcaster.tools.terminal import table

    found = examine(open_channel(args), network=args.network)
    if args.json:
        for finding in found:
            print(json.dumps(asdict(finding), ensure_ascii=False))
    else:
        table(("", "about", "finding", "what to do"), [(f.level, f.about, f.sentence, f.mend) for f in found])
    return 1 if any(finding.level == "fault" for finding in found) else 0
