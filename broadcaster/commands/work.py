"""``channel work``."""

from __future__ import annotations

import argparse

HELP = "gather each source in its own time, build what changed, publish it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C."""
    from broadcaster.cli import open_channel
    from broadcaster.station import parent_watch
    from broadcaster.station.work import work

    parent_watch.watch()
    work(open_channel(args))
    return 0
