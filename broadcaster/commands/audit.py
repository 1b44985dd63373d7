"""``channel audit``: the desk's record of who did what."""

from __future__ import annotations

import argparse

HELP = "show the desk's record of who did what, or prove that nobody changed it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Show or verify."""
    parser.add_argument("do", choices=("show", "verify"))


def run(args: argparse.Namespace) -> int:
    """Exit code 5 when a row is not as it was written."""
    from broadcaster.cli import open_channel
    from broadcaster.desk import audit
    from broadcaster.desk.tables import open_database
    from broadcaster.tools.terminal import table
    from feeds.base.clock import local
    from feeds.base.errors import TrustError

    engine = open_database(open_channel(args).archive_url)
    try:
        broken = audit.verify(engine)
        if args.do == "show":
            rows = [(f"{local(d.at):%Y-%m-%d %H:%M}", d.who, d.did, str(d.what)) for d in audit.deeds(engine)]
            table(("when", "who", "did", "what"), rows)
    finally:
        engine.dispose()
    if broken is not None:
        raise TrustError(f"audit: row {broken} is not as it was written, or does not follow the one before")
    print("the record is whole")
    return 0
